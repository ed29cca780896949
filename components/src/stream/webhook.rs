//! The events as they are, to a URL of the owner's: `POST` of `{"events":[…]}`, signed if there is a secret.

use http::Uri;
use http::uri::Scheme;
use selvedge_core::component::{
    Destination, Encoded, Kind, Moment, Outbound, ResolvedSettings, SettingError, SettingSpec,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::Event;

use super::signature::Key;
use crate::batch::{Room, together, whole};
use crate::request::post_text;

/// A webhook.
pub const KIND: Kind = Kind {
    name: "webhook",
    purposes: &[Purpose::Analytics],
    conversions: false,
    tcf_vendor: None,
    settings: &[
        SettingSpec {
            name: "url",
            // Not where there is an `endpoint`, which may be the whole of it.
            required: false,
            secret: false,
            help: "Where to post the events, https://…; required unless `endpoint` says it.",
        },
        SettingSpec {
            name: "secret",
            required: false,
            secret: true,
            help: "Signs every request as Standard Webhooks does: `whsec_` and base64, or any text. You make it up, \
                   and your receiver checks with it.",
        },
    ],
    build,
};

const OPEN: &str = r#"{"events":["#;
const CLOSE: &str = "]}";

/// What servers take without being asked to, and no comma after the last.
const ROOM: Room = Room { events: usize::MAX, bytes: 1_000_000, around: OPEN.len() + CLOSE.len() - 1 };

#[derive(Debug)]
struct Webhook {
    url: String,
    key: Option<Key>,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let url = match (settings.text("url"), settings.endpoint.as_deref()) {
        (Some(url), None) => checked(&url)?.to_string(),
        (Some(url), Some(endpoint)) => {
            let path =
                checked(&url)?.path_and_query().map_or("/", http::uri::PathAndQuery::as_str).to_owned();
            format!("{}{path}", endpoint.trim_end_matches('/'))
        }
        (None, Some(endpoint)) => endpoint.to_owned(),
        (None, None) => settings.required("url")?,
    };
    let key = settings.text("secret").map(|secret| Key::of(&secret)).transpose();
    let key = key.map_err(|problem| SettingError { name: "secret", problem: problem.into() })?;
    Ok(Box::new(Webhook { url, key }))
}

fn checked(url: &str) -> Result<Uri, SettingError> {
    let uri = url.parse::<Uri>().ok();
    let uri = uri.filter(|uri| {
        uri.host().is_some_and(|host| !host.is_empty())
            && uri.scheme().is_some_and(|scheme| *scheme == Scheme::HTTPS || *scheme == Scheme::HTTP)
    });
    uri.ok_or_else(|| SettingError {
        name: "url",
        problem: "is not an absolute URL, https://host/path".into(),
    })
}

impl Destination for Webhook {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        together(batch, ROOM, whole, |events, _| self.outbound(events, moment))
    }

    fn merges(&self) -> bool {
        true
    }
}

impl Webhook {
    fn outbound(&self, events: &str, moment: &Moment<'_>) -> Outbound {
        let body = format!("{OPEN}{events}{CLOSE}");
        let mut headers = Vec::new();
        if let Some(key) = &self.key {
            // Not made of the events' ids: those a client may choose.
            let id = format!("msg_{}", moment.random.uuid().simple());
            let timestamp = moment.now.seconds();
            let signature = key.sign(&id, timestamp, body.as_bytes());
            headers.push(("webhook-id", id));
            headers.push(("webhook-timestamp", timestamp.to_string()));
            headers.push(("webhook-signature", signature));
        }
        post_text(self.url.clone(), body, headers)
    }
}
