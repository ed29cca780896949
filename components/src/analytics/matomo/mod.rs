//! Matomo, by its Tracking HTTP API: `POST /matomo.php` of `{"requests":["?…"]}`, the bulk form, however many there are.
//!
//! With a `token_auth` Matomo believes what is said of the visitor's address and place. Without one it takes the edge's
//! address for every visitor's; it still tells them apart, for `cid` names each.
//!
//! From developer.matomo.org/api-reference/tracking-api, and for what needs a token and how visitors are recognised
//! github.com/matomo-org/matomo, `core/Tracker/Request.php`, as of 2026-11.

mod hit;
mod shop;

use std::collections::BTreeMap;

use selvedge_core::account::DropReason;
use selvedge_core::component::{
    Destination, Encoded, Fate, Kind, Moment, Reader, ResolvedSettings, Response, SettingError, SettingSpec,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::Event;
use serde_json::json;

use crate::answer;
use crate::batch::batches;
use crate::request::{own_server, post};
use crate::secret::Secret;
use hit::Visit;

/// Matomo.
pub const KIND: Kind = Kind {
    name: "matomo",
    purposes: &[Purpose::Analytics],
    conversions: false,
    tcf_vendor: None,
    settings: &[
        SettingSpec {
            name: "url",
            // Not where there is an `endpoint`.
            required: false,
            secret: false,
            help: "Where your Matomo is, https://example.matomo.cloud/; required unless `endpoint` says it.",
        },
        SettingSpec {
            name: "site_id",
            required: true,
            secret: false,
            help: "The website's number (`idsite`): Matomo, Administration → Websites → Manage.",
        },
        SettingSpec {
            name: "token_auth",
            required: false,
            secret: true,
            help: "A token with write permission for the website, so that the visitor's address and place count and not \
                   the edge's: Matomo, Personal → Security → Auth tokens.",
        },
    ],
    build,
};

/// Hits of a request. Matomo names no limit; its own log importer sends 200.
const HITS: usize = 200;
/// Bytes of a request's hits. PHP takes 8 MB unless told otherwise.
const BODY: usize = 1_000_000;

#[derive(Debug)]
struct Matomo {
    url: String,
    site_id: String,
    token_auth: Option<Secret>,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let url = own_server(settings, "url")?;
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(SettingError { name: "url", problem: "is not an absolute URL, https://host/".into() });
    }
    let site_id = settings.required("site_id")?;
    if !site_id.bytes().all(|byte| byte.is_ascii_digit()) {
        let problem = format!("`{site_id}` is not a website's number: Administration → Websites → Manage");
        return Err(SettingError { name: "site_id", problem });
    }
    let url = url.trim_end_matches('/').trim_end_matches("/matomo.php").trim_end_matches('/');
    let token_auth = settings.text("token_auth").map(Secret);
    Ok(Box::new(Matomo { url: format!("{url}/matomo.php"), site_id, token_auth }))
}

impl Destination for Matomo {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        let mut visit = Visit::of(&self.site_id, self.token_auth.is_some(), moment);
        let mut encoded = Encoded::default();
        let mut hits = Vec::new();
        // Matomo wants the oldest first.
        let mut order: Vec<(usize, &Event)> = batch.iter().copied().enumerate().collect();
        order.sort_by_key(|(_, event)| event.timestamp);
        for (index, event) in order {
            match visit.hit(event) {
                Some(hit) => hits.push((index, hit)),
                None => encoded.dropped.push((index, DropReason::NotSupported)),
            }
        }
        for batch in batches(hits, |(_, hit)| hit.len(), (HITS, BODY, r#""","#.len())) {
            let (events, hits): (Vec<usize>, Vec<String>) = batch.into_iter().unzip();
            let body = match &self.token_auth {
                Some(token) => json!({ "requests": hits, "token_auth": token.0 }),
                None => json!({ "requests": hits }),
            };
            encoded.requests.push((post(self.url.clone(), &body, Vec::new()), events));
        }
        encoded
    }

    fn reader(&self) -> Option<Reader> {
        Some(read)
    }
}

/// Matomo counts the hits that it did not take, and says which to who has a token
/// (github.com/matomo-org/matomo/blob/5.x-dev/plugins/BulkTracking/Tracker/Response.php).
fn read(response: &Response<'_>) -> Option<Vec<Fate>> {
    let answer = answer::json(response)?;
    let invalid = answer.get("invalid")?.as_u64()?;
    let wrong =
        answer::places(answer.get("invalid_indices")).map(|place| (place, Fate::Rejected("invalid".into())));
    let wrong: BTreeMap<_, _> = wrong.collect();
    let all = usize::try_from(invalid).is_ok_and(|invalid| invalid == response.events);
    if all {
        return Some(response.all(&Fate::Rejected("invalid".into())));
    }
    (invalid == 0 || !wrong.is_empty()).then(|| answer::all_but(response, &Fate::Delivered, &wrong))
}
