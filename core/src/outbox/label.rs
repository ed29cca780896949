//! What stands on a parcel: a store's key that says what is in it. Who lists the store needs to look into none.

use crate::account::DropReason;
use crate::facts::Timestamp;

/// In which part of a store a parcel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It waits to be tried again.
    Waiting,
    /// It was set aside.
    Dead,
}

impl Place {
    /// What the keys begin with. Then comes when they are due, or were set aside, so that a list has the oldest first.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Waiting => "parcel/",
            Self::Dead => "dead/",
        }
    }
}

/// What a key says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where it is.
    pub place: Place,
    /// When it may be tried again, or was set aside.
    pub due: Timestamp,
    /// When it was first kept.
    pub since: Timestamp,
    /// How often it was tried.
    pub attempts: u16,
    /// How many events are in it.
    pub events: usize,
    /// Why it was set aside.
    pub reason: Option<DropReason>,
    /// Whose it is.
    pub component: String,
}

impl Label {
    /// The key. `unique` tells it from others that say the same: 16 hexadecimal digits of 8 random bytes.
    #[must_use]
    pub fn key(&self, unique: &[u8; 32]) -> String {
        let Self { place, due, since, attempts, events, reason, component } = self;
        let (prefix, reason) = (place.prefix(), reason.map_or("-", DropReason::word));
        let unique = unique.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
        // Times of 13 digits until the year 2286, so that they sort as text.
        format!("{prefix}{:013}/{:013}/{attempts}/{events}/{reason}/{component}/{unique}", due.0, since.0)
    }

    /// What a key says; none where it is not one of ours.
    #[must_use]
    pub fn read(key: &str) -> Option<Self> {
        let places = [Place::Waiting, Place::Dead];
        let (place, rest) =
            places.into_iter().find_map(|place| Some((place, key.strip_prefix(place.prefix())?)))?;
        let parts: Vec<&str> = rest.split('/').collect();
        let [due, since, attempts, events, reason, component, _] = parts[..] else { return None };
        Some(Self {
            place,
            due: Timestamp(due.parse().ok()?),
            since: Timestamp(since.parse().ok()?),
            attempts: attempts.parse().ok()?,
            events: events.parse().ok()?,
            reason: if reason == "-" { None } else { Some(DropReason::from_word(reason)?) },
            component: component.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_what_is_in_the_parcel() {
        let label = Label {
            place: Place::Waiting,
            due: Timestamp(1_730_000_030_000),
            since: Timestamp(1_730_000_000_000),
            attempts: 3,
            events: 12,
            reason: None,
            component: "my-events.v2".into(),
        };
        let key = label.key(&[0xab; 32]);
        assert_eq!(key, "parcel/1730000030000/1730000000000/3/12/-/my-events.v2/abababababababab");
        assert_eq!(Label::read(&key), Some(label.clone()));
        let dead = Label { place: Place::Dead, reason: Some(DropReason::Expired), ..label.clone() };
        assert_eq!(Label::read(&dead.key(&[1; 32])), Some(dead));
        let sooner = Label { due: Timestamp(999), ..label }.key(&[0; 32]);
        assert!(sooner < key, "the oldest first");
        for other in
            ["draining", "parcel/", "parcel/1/2/3/4/-/x", "parcel/1/2/3/4/why/x/y", "dead/a/2/3/4/-/x/y"]
        {
            assert_eq!(Label::read(other), None, "{other}");
        }
    }
}
