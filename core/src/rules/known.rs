//! What is known of a path without an event: for checking a configuration.

use serde_json::{Value, json};
use uuid::Uuid;

use super::node::Kind;
use super::path::{Path, Step};
use super::walk;
use crate::consent::{Decision, Purposes, Source, State};
use crate::event::{Channel, Context, Data, Event, From, Page, Selection, Session, Track, Traffic, User};
use crate::facts::Timestamp;

/// A path that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Nowhere {
    /// The step that does.
    pub(crate) name: String,
    /// What there is instead.
    pub(crate) known: Vec<&'static str>,
}

/// What can stand at the path, in an event of some type.
pub(crate) fn kind(path: &Path) -> Result<Kind, Nowhere> {
    let steps = path.steps();
    let (mut deepest, mut known) = (0, Vec::new());
    for event in specimens() {
        match walk::kind(&event, &steps) {
            Ok(kind) => return Ok(kind),
            Err((at, names)) => {
                if at > deepest {
                    known.clear();
                }
                if at >= deepest {
                    deepest = at;
                    known.extend(names.iter().filter(|name| !known.contains(*name)).collect::<Vec<_>>());
                }
            }
        }
    }
    let name = match steps.get(deepest) {
        Some(Step::Key(name)) => (*name).to_owned(),
        _ => "[]".to_owned(),
    };
    Err(Nowhere { name, known })
}

/// Whether a rule may change what stands there.
pub(crate) fn changeable(path: &Path) -> bool {
    specimens().iter_mut().any(|event| walk::changeable(event, &path.steps()))
}

/// Whether the place takes this value.
pub(crate) fn fits(path: &Path, value: &Value) -> bool {
    specimens().iter_mut().any(|event| walk::put(event, &path.steps(), value))
}

/// Whether the place takes something of that kind.
pub(crate) fn takes(path: &Path, kind: Kind) -> bool {
    let examples = match kind {
        Kind::Text => vec![json!("x")],
        Kind::Number => vec![json!(1)],
        Kind::Flag => vec![json!(true)],
        Kind::Texts => vec![json!(["x"])],
        Kind::Open => vec![json!("x"), json!(1), json!(["x"]), json!({"x": 1})],
        Kind::Table => vec![],
    };
    examples.iter().any(|value| fits(path, value))
}

/// An event of each type that has every table, and one element in each list.
fn specimens() -> [Event; 3] {
    let page = || Page { keywords: vec![String::new()], ..Page::default() };
    let data = [Data::Page(page()), Data::Track(Track::default()), Data::User(User::default())];
    let session = || Session {
        session_id: String::new(),
        previous_session_id: None,
        session_count: 1,
        session_start: false,
        first_seen: Timestamp(0),
        last_seen: Timestamp(0),
    };
    data.map(|data| Event {
        uuid: Uuid::nil(),
        timestamp: Timestamp(0),
        data,
        context: Context {
            page: page(),
            traffic: Some(Traffic { channel: Channel::Direct, source: None }),
            session: Some(session()),
            ..Context::default()
        },
        components: Selection::default(),
        from: From::Edge,
        consent: Decision {
            state: State::Pending,
            purposes: Purposes::NONE,
            source: Source::Default,
            cmp: None,
            vendors: None,
            gpc: false,
        },
        anonymous: false,
    })
}
