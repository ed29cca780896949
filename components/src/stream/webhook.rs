//! The events as they are, to a URL of the owner's: `POST` of `{"events":[…]}`, signed if there is a secret.

use http::uri::Scheme;
use http::{Method, Uri};
use selvedge_core::account::DropReason;
use selvedge_core::component::{
    Destination, Encoded, Kind, Moment, Outbound, ResolvedSettings, SettingError, SettingSpec,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::Event;

use super::signature::Key;

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

const USER_AGENT: &str = concat!("Selvedge/", env!("CARGO_PKG_VERSION"));
const OPEN: &str = r#"{"events":["#;
const CLOSE: &str = "]}";

/// What servers take without being asked to. A single event that is larger goes alone, for it cannot be cut.
const BODY: usize = 1_000_000;

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
        let mut encoded = Encoded::default();
        let mut body = String::new();
        let mut events = Vec::new();
        for (index, event) in batch.iter().enumerate() {
            // Cannot fail for an event, all of whose maps have text for keys.
            let Ok(event) = serde_json::to_string(event) else {
                encoded.dropped.push((index, DropReason::NotSupported));
                continue;
            };
            if !events.is_empty() && body.len() + 1 + event.len() + CLOSE.len() > BODY {
                encoded.requests.push((self.outbound(&body, moment), std::mem::take(&mut events)));
                body.clear();
            }
            body.push_str(if events.is_empty() { OPEN } else { "," });
            body.push_str(&event);
            events.push(index);
        }
        if !events.is_empty() {
            encoded.requests.push((self.outbound(&body, moment), events));
        }
        encoded
    }

    fn merges(&self) -> bool {
        true
    }
}

impl Webhook {
    fn outbound(&self, events: &str, moment: &Moment<'_>) -> Outbound {
        let body = format!("{events}{CLOSE}").into_bytes();
        let mut headers =
            vec![("content-type", "application/json".to_owned()), ("user-agent", USER_AGENT.to_owned())];
        if let Some(key) = &self.key {
            // Not made of the events' ids: those a client may choose.
            let id = format!("msg_{}", moment.random.uuid().simple());
            let timestamp = moment.now.seconds();
            let signature = key.sign(&id, timestamp, &body);
            headers.push(("webhook-id", id));
            headers.push(("webhook-timestamp", timestamp.to_string()));
            headers.push(("webhook-signature", signature));
        }
        Outbound { method: Method::POST, url: self.url.clone(), headers, body }
    }
}
