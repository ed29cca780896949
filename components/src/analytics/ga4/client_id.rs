//! Who the visitor is to Google: `cid`, `sid` and what goes with them.

use md5::{Digest, Md5};
use selvedge_core::component::Moment;
use selvedge_core::consent::Purpose;
use selvedge_core::event::{Event, Session};
use selvedge_core::facts::Timestamp;

use crate::query::Query;

const DAY: i64 = 86_400;

/// What the events of one visit share where no identity is kept: drawn once, so that one visit is one client and one
/// session to Google, and the next is another.
#[derive(Debug)]
pub(super) struct Visit {
    opened: Timestamp,
    random: String,
    /// Whether an event of this batch opened its session: as gtag has it, a session that just opened is not engaged.
    new_session: bool,
}

/// How an event's visitor is known.
enum Identity<'a> {
    /// An id and the session it belongs to.
    Session(&'a str, &'a Session),
    /// An id alone: one that lasts a day at most.
    Day(&'a str),
    /// None. Nothing persistent may be made up.
    None,
}

impl<'a> Identity<'a> {
    /// Where analytics is not granted there is none, as gtag reads no cookie where `analytics_storage` is denied:
    /// `gcs=G100` beside an id that lasts would contradict itself.
    fn of(event: &'a Event) -> Self {
        let granted = event.consent.purposes.has(Purpose::Analytics);
        let id = event.context.user.edgee_id.as_deref().filter(|id| granted && !id.is_empty());
        match (id, event.context.session.as_ref()) {
            (Some(id), Some(session)) => Self::Session(id, session),
            (Some(id), None) => Self::Day(id),
            (None, _) => Self::None,
        }
    }
}

impl Visit {
    /// Looks at the batch, and draws what a visit without identity needs.
    pub(super) fn of(batch: &[&Event], moment: &Moment<'_>) -> Self {
        let opened = batch.first().map_or(moment.now, |event| event.timestamp);
        // As gtag makes one up: 31 random bits, a dot, and the second of its making.
        let bits =
            moment.random.bytes().into_iter().take(4).fold(0_u32, |bits, byte| bits << 8 | u32::from(byte));
        Self {
            opened,
            random: format!("{}.{}", bits & 0x7fff_ffff, opened.seconds()),
            new_session: batch
                .iter()
                .any(|event| event.context.session.as_ref().is_some_and(|session| session.session_start)),
        }
    }

    /// When the visit opened: gtag's `_p`, which tells page loads apart.
    pub(super) fn opened(&self) -> Timestamp {
        self.opened
    }

    /// `cid`.
    pub(super) fn client_id(&self, event: &Event) -> String {
        match Identity::of(event) {
            Identity::Session(id, session) => client_id(id, session.first_seen.seconds()),
            Identity::Day(id) => client_id(id, self.day()),
            Identity::None => self.random.clone(),
        }
    }

    /// `sid`, `sct` and `seg`.
    pub(super) fn session(&self, event: &Event, query: &mut Query) {
        let (sid, count, engaged) = match Identity::of(event) {
            Identity::Session(_, session) => {
                (session.session_id.clone(), session.session_count, !self.new_session)
            }
            Identity::Day(_) => (self.day().to_string(), 1, true),
            Identity::None => (self.opened.seconds().to_string(), 1, false),
        };
        query.push("sid", &sid);
        query.push("sct", &count.to_string());
        query.push("seg", if engaged { "1" } else { "0" });
    }

    /// `_fv`, `_nsi` and `_ss` where this event opens something. `first` is whether it is the first that is sent.
    pub(super) fn opens(event: &Event, first: bool, line: &mut Query) {
        let (session, visitor) = match Identity::of(event) {
            Identity::Session(_, session) => {
                (session.session_start, session.session_start && session.first_seen == session.last_seen)
            }
            Identity::Day(_) => (false, false),
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

/// The client id that Edgee made of its own, so that returning visitors stay the same to Google: the MD5 of the
/// UUID's text modulo 10⁹, padded with ones to nine digits, and when the visitor was first seen. An id that is not a
/// UUID is taken to be Google's own, from its cookie.
fn client_id(id: &str, first_seen: i64) -> String {
    if is_uuid(id) { format!("{:1>9}.{first_seen}", nine_digits(id)) } else { id.to_owned() }
}

fn nine_digits(uuid: &str) -> u128 {
    u128::from_be_bytes(Md5::digest(uuid).into()) % 1_000_000_000
}

fn is_uuid(id: &str) -> bool {
    id.len() == 36
        && id.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What ga-component 1.2.1 made of the same ids.
    #[test]
    fn client_ids_are_those_of_edgee() {
        for (uuid, n) in [
            ("00000000-0000-0000-0000-000000000000", "151760947"),
            ("be9f76b3-2c50-4d12-b14c-85c343745691", "108670052"),
        ] {
            assert_eq!(client_id(uuid, 1_700_000_000), format!("{n}.1700000000"));
        }
    }

    #[test]
    fn small_numbers_are_padded_with_ones() {
        let padded = (0..).map(|n| format!("00000000-0000-4000-8000-{n:012}")).find_map(|uuid| {
            let digits = nine_digits(&uuid);
            (digits < 10_000_000).then(|| (client_id(&uuid, 5), digits))
        });
        let (id, digits) = padded.unwrap();
        assert_eq!(id.len(), "123456789.5".len());
        assert!(id.starts_with("11") && id.ends_with(&format!("{digits}.5")));
    }

    #[test]
    fn googles_own_ids_stay_as_they_are() {
        assert_eq!(client_id("944266522.1681654733", 5), "944266522.1681654733");
        assert_eq!(
            client_id("zzzzzzzz-2c50-4d12-b14c-85c343745691", 5),
            "zzzzzzzz-2c50-4d12-b14c-85c343745691"
        );
    }
}
