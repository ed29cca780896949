//! Who the visitor is to Google: `cid`, `sid` and what goes with them.
//!
//! Google's own tag may report the same visit. Where its cookies say who the visitor is and in which session, they are
//! believed, so that Google counts neither twice.

use selvedge_core::component::Moment;
use selvedge_core::event::{Event, Session};
use selvedge_core::facts::Timestamp;
use selvedge_core::visitor::native::{GaSession, ga_client_id, ga_session, google_client_id, google_session};

use crate::ids::{Ids, granted};
use crate::query::Query;

const DAY: i64 = 86_400;

/// What the events of one visit share where no identity is kept: drawn once, so that one visit is one client and one
/// session to Google, and the next is another.
#[derive(Debug)]
pub(super) struct Visit {
    opened: Timestamp,
    random: String,
    /// The measurement id, after which Google's cookie of the session is named.
    stream: String,
    /// Whether an event of this batch opened its session: as gtag has it, a session that just opened is not engaged.
    new_session: bool,
}

/// How an event's visitor is known.
enum Identity<'a> {
    /// An id and the session it belongs to, which may be Google's own.
    Session(&'a str, Box<Session>),
    /// A session of Google's own tag, and none of ours.
    Google(GaSession),
    /// An id alone: one that lasts a day at most.
    Day(&'a str),
    /// None. Nothing persistent may be made up.
    None,
}

impl<'a> Identity<'a> {
    /// Where analytics is not granted there is none, as gtag reads no cookie where `analytics_storage` is denied:
    /// `gcs=G100` beside an id that lasts would contradict itself.
    fn of(event: &'a Event, stream: &str) -> Self {
        let id = Ids::granted(event).visitor;
        let theirs = ga_session(&event.context.ids, stream).filter(|_| granted(event));
        match (id, event.context.session.as_ref(), theirs) {
            (Some(id), Some(session), theirs) => Self::Session(id, Box::new(google_session(session, theirs))),
            (_, _, Some(theirs)) if theirs.is_live(event.timestamp) => Self::Google(theirs),
            (Some(id), None, _) => Self::Day(id),
            (None, _, _) => Self::None,
        }
    }
}

/// The client id of Google's own cookie, where analytics is granted.
fn own_client_id(event: &Event) -> Option<&str> {
    ga_client_id(&event.context.ids).filter(|_| granted(event))
}

impl Visit {
    /// Looks at the batch, and draws what a visit without identity needs.
    pub(super) fn of(measurement_id: &str, batch: &[&Event], moment: &Moment<'_>) -> Self {
        let stream = measurement_id.to_owned();
        let opened = batch.first().map_or(moment.now, |event| event.timestamp);
        // As gtag makes one up: 31 random bits, a dot, and the second of its making.
        let bits =
            moment.random.bytes().into_iter().take(4).fold(0_u32, |bits, byte| bits << 8 | u32::from(byte));
        Self {
            opened,
            random: format!("{}.{}", bits & 0x7fff_ffff, opened.seconds()),
            new_session: batch.iter().any(|event| match Identity::of(event, &stream) {
                Identity::Session(_, session) => session.session_start,
                Identity::Google(_) | Identity::Day(_) | Identity::None => false,
            }),
            stream,
        }
    }

    /// When the visit opened: gtag's `_p`, which tells page loads apart.
    pub(super) fn opened(&self) -> Timestamp {
        self.opened
    }

    /// `cid`.
    pub(super) fn client_id(&self, event: &Event) -> String {
        if let Some(own) = own_client_id(event) {
            return own.to_owned();
        }
        match Identity::of(event, &self.stream) {
            Identity::Session(id, session) => google_client_id(id, session.first_seen.seconds()),
            Identity::Day(id) => google_client_id(id, self.day()),
            Identity::Google(_) | Identity::None => self.random.clone(),
        }
    }

    /// The session's id.
    pub(super) fn session_id(&self, event: &Event) -> String {
        self.session_of(event).0
    }

    /// `sid`, `sct` and `seg`.
    pub(super) fn session(&self, event: &Event, query: &mut Query) {
        let (sid, count, engaged) = self.session_of(event);
        query.push("sid", &sid);
        query.push("sct", &count.to_string());
        query.push("seg", if engaged { "1" } else { "0" });
    }

    fn session_of(&self, event: &Event) -> (String, u32, bool) {
        match Identity::of(event, &self.stream) {
            Identity::Session(_, session) => {
                (session.session_id.clone(), session.session_count, !self.new_session)
            }
            Identity::Google(session) => (session.id.to_string(), session.count, true),
            Identity::Day(_) => (self.day().to_string(), 1, true),
            Identity::None => (self.opened.seconds().to_string(), 1, false),
        }
    }

    /// `_fv`, `_nsi` and `_ss` where this event opens something. `first` is whether it is the first that is sent.
    ///
    /// Somebody who is new to us is not new to Google where its own cookie knew them before. A cookie that we made of
    /// our own visitor for this very visit says nothing of the kind.
    pub(super) fn opens(&self, event: &Event, first: bool, line: &mut Query) {
        let (session, visitor) = match Identity::of(event, &self.stream) {
            Identity::Session(id, session) => {
                let ours = google_client_id(id, session.first_seen.seconds());
                let known = own_client_id(event).is_some_and(|own| own != ours);
                let new = session.session_start && session.first_seen == session.last_seen && !known;
                (session.session_start, new)
            }
            Identity::Google(_) | Identity::Day(_) => (false, false),
            Identity::None => (first, first),
        };
        if visitor {
            line.push("_fv", "1");
            line.push("_nsi", "1");
        }
        if session {
            line.push("_ss", "1");
        }
    }

    fn day(&self) -> i64 {
        self.opened.seconds().div_euclid(DAY) * DAY
    }
}
