//! The words of consent.

use serde::{Deserialize, Serialize};

use crate::config::{BeforeConsent, Cmp};

/// The tri-state of the data layer and the SDK.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing was said yet. Not granted.
    #[default]
    Pending,
    /// Agreed.
    Granted,
    /// Refused.
    Denied,
}

/// What data is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Understanding how the site is used.
    Analytics,
    /// Advertising and its measurement.
    Advertising,
    /// Adapting the site to the visitor.
    Personalization,
    /// What the site offers beyond the strictly necessary.
    Functional,
}

/// The purposes that are granted, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Purposes(u8);

/// What somebody said about consent. Built from purposes, its state is the tri-state that reads worst: `granted` only
/// where everything is, so that whoever knows no purposes is never told more than the visitor agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Choice {
    /// The tri-state.
    pub state: State,
    /// The purposes that are granted.
    pub purposes: Purposes,
}

/// Vendors of the IAB's Global Vendor List that the visitor agreed to, in ascending order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vendors(pub std::sync::Arc<[u16]>);

/// What a consent management platform's own cookie says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Whose cookie it is.
    pub cmp: Cmp,
    /// What it says.
    pub choice: Choice,
    /// The vendors, where it lists them; a destination on that list then needs its vendor's consent too.
    pub vendors: Option<Vendors>,
}

/// Who said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The event itself.
    Event,
    /// The data layer or the SDK's payload that carried the event.
    Payload,
    /// A consent management platform's cookie.
    Cmp,
    /// The choice that was stored when the visitor made it.
    Stored,
    /// The regional default.
    Region,
    /// The default.
    Default,
}

/// What was decided for an event, recorded on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The tri-state.
    #[serde(rename = "consent")]
    pub state: State,
    /// The purposes that are granted.
    #[serde(rename = "purposes")]
    pub purposes: Purposes,
    /// Who said so.
    #[serde(rename = "consent_source")]
    pub source: Source,
    /// Whose cookie it was, where a consent management platform said so.
    #[serde(rename = "cmp", default, skip_serializing_if = "Option::is_none")]
    pub cmp: Option<Cmp>,
    /// The vendors that the visitor agreed to, where that was asked.
    #[serde(skip)]
    pub vendors: Option<Vendors>,
    /// Whether `Sec-GPC: 1` took advertising away.
    #[serde(rename = "gpc", default, skip_serializing_if = "std::ops::Not::not")]
    pub gpc: bool,
}

impl Choice {
    /// What these purposes, and no others, amount to.
    #[must_use]
    pub fn of(purposes: Purposes) -> Self {
        Self { state: if purposes == Purposes::ALL { State::Granted } else { State::Denied }, purposes }
    }
}

impl From<State> for Choice {
    /// All or nothing.
    fn from(state: State) -> Self {
        let purposes = if state == State::Granted { Purposes::ALL } else { Purposes::NONE };
        Self { state, purposes }
    }
}

impl Vendors {
    /// Of ids in any order.
    #[must_use]
    pub fn of(ids: impl IntoIterator<Item = u16>) -> Self {
        let mut ids: Vec<u16> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        Self(ids.into())
    }

    /// Whether the visitor agreed to this one.
    #[must_use]
    pub fn has(&self, vendor: u16) -> bool {
        self.0.binary_search(&vendor).is_ok()
    }
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 4] = [Self::Analytics, Self::Advertising, Self::Personalization, Self::Functional];

    fn bit(self) -> u8 {
        match self {
            Self::Analytics => 1,
            Self::Advertising => 2,
            Self::Personalization => 4,
            Self::Functional => 8,
        }
    }

    /// `analytics`, `advertising`, `personalization` or `functional`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Analytics => "analytics",
            Self::Advertising => "advertising",
            Self::Personalization => "personalization",
            Self::Functional => "functional",
        }
    }
}

impl Purposes {
    /// No purpose.
    pub const NONE: Self = Self(0);
    /// Every purpose.
    pub const ALL: Self = Self(15);

    /// Whether it is among them.
    #[must_use]
    pub fn has(self, purpose: Purpose) -> bool {
        self.0 & purpose.bit() != 0
    }

    /// These and one more.
    #[must_use]
    pub fn with(self, purpose: Purpose) -> Self {
        Self(self.0 | purpose.bit())
    }

    /// All but these.
    #[must_use]
    pub fn others(self) -> Self {
        Self(Self::ALL.0 & !self.0)
    }

    /// What both have.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// These but one.
    #[must_use]
    pub fn without(self, purpose: Purpose) -> Self {
        Self(self.0 & !purpose.bit())
    }
}

impl Serialize for Purposes {
    /// As a map from purpose to yes or no: `{"analytics":true,"advertising":false,…}`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Purpose::ALL.map(|purpose| (purpose.word(), self.has(purpose))))
    }
}

impl<'de> Deserialize<'de> for Purposes {
    /// As it is written; what is not named is not granted.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let said = std::collections::BTreeMap::<Purpose, bool>::deserialize(deserializer)?;
        Ok(said.into_iter().filter(|(_, granted)| *granted).fold(Self::NONE, |all, (one, _)| all.with(one)))
    }
}

impl Decision {
    /// Whether the visitor may be known again: a use of analytics, or what the owner may do while consent is pending.
    #[must_use]
    pub fn allows_identity(&self, before: BeforeConsent) -> bool {
        self.allows(&[Purpose::Analytics]) || before == BeforeConsent::Cookie && self.state == State::Pending
    }

    /// Whether all of these purposes are granted. None asked for: yes.
    #[must_use]
    pub fn allows(&self, purposes: &[Purpose]) -> bool {
        purposes.iter().all(|purpose| self.purposes.has(*purpose))
    }

    /// Whether the visitor agreed to this vendor of the IAB's list, as far as they were asked about vendors.
    #[must_use]
    pub fn allows_vendor(&self, vendor: Option<u16>) -> bool {
        match (&self.vendors, vendor) {
            (Some(vendors), Some(vendor)) => vendors.has(vendor),
            _ => true,
        }
    }
}
