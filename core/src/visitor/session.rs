//! Sessions: when one begins, and how an event speaks of it.

use super::{Landing, Visitor};
use crate::event::Session;
use crate::facts::{Random, Timestamp};

impl Visitor {
    /// Somebody who was never here, in their first session.
    #[must_use]
    pub fn new(now: Timestamp, random: &Random) -> Self {
        Self {
            id: random.uuid(),
            first_seen: now,
            last_seen: now,
            session_start: now,
            previous_session: None,
            session_count: 1,
            user: None,
            landing: Landing::default(),
        }
    }

    /// They did something: now, and whether that began a session, because they had done nothing for
    /// `timeout_minutes`.
    ///
    /// The clocks of two machines at the edge differ. One that stands before `last_seen` neither begins a session nor
    /// turns `last_seen` back.
    #[must_use]
    pub fn advance(mut self, now: Timestamp, timeout_minutes: u16) -> (Self, bool) {
        let idle = now.0.saturating_sub(self.last_seen.0);
        if idle < 0 {
            return (self, false);
        }
        self.last_seen = now;
        let started = idle >= i64::from(timeout_minutes) * 60_000;
        if started {
            self.previous_session = Some(self.session_start);
            self.session_start = now;
            self.session_count = self.session_count.saturating_add(1);
            self.landing = Landing::default();
        }
        (self, started)
    }

    /// The session of their events; `started` for the one that began it.
    #[must_use]
    pub fn to_session(&self, started: bool) -> Session {
        let id = |start: Timestamp| start.seconds().to_string();
        Session {
            session_id: id(self.session_start),
            previous_session_id: self.previous_session.map(id),
            session_count: self.session_count,
            session_start: started,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_730_000_000_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(START + seconds * 1000)
    }

    #[test]
    fn a_session_begins_after_the_timeout_and_never_before() {
        // Seconds since the visitor was last seen, the timeout, and whether a session begins.
        for (idle, minutes, begins) in [
            (0, 30, false),
            (29 * 60 + 59, 30, false),
            (30 * 60, 30, true),
            (30 * 60 + 1, 30, true),
            (59, 1, false),
            (60, 1, true),
            (400 * 86_400, 30, true),
            (-1, 30, false),
            (-86_400, 30, false),
        ] {
            let visitor = Visitor::new(at(0), &Random::from_seed([1; 32]));
            let (after, started) = visitor.clone().advance(at(idle), minutes);
            assert_eq!(started, begins, "{idle} s of {minutes} min");
            assert_eq!(after.last_seen, at(idle.max(0)), "{idle} s");
            assert_eq!(after.session_start, if begins { at(idle) } else { at(0) });
            assert_eq!(after.previous_session, begins.then_some(at(0)));
            assert_eq!(after.session_count, 1 + u32::from(begins));
            assert_eq!((after.id, after.first_seen), (visitor.id, at(0)));
        }
    }

    #[test]
    fn activity_keeps_a_session_alive_and_the_previous_one_stays_known() {
        let mut visitor = Visitor::new(at(0), &Random::from_seed([1; 32]));
        for minute in [20, 40, 60] {
            let (next, started) = visitor.advance(at(minute * 60), 30);
            assert!(!started);
            visitor = next;
        }
        let (visitor, started) = visitor.advance(at(90 * 60), 30);
        assert!(started);
        // Edgee forgot the previous session with the response that began the next.
        let (visitor, started) = visitor.advance(at(91 * 60), 30);
        assert_eq!(
            visitor.to_session(started),
            Session {
                session_id: (START / 1000 + 5400).to_string(),
                previous_session_id: Some((START / 1000).to_string()),
                session_count: 2,
                session_start: false,
                first_seen: at(0),
                last_seen: at(91 * 60),
            }
        );
    }

    #[test]
    fn times_at_the_ends_of_their_range_do_no_harm() {
        for (last, now) in [(i64::MIN, i64::MAX), (i64::MAX, i64::MIN), (i64::MIN, 0)] {
            let visitor = Visitor::new(Timestamp(last), &Random::from_seed([1; 32]));
            let _ = visitor.advance(Timestamp(now), u16::MAX);
        }
    }
}
