//! What led to a session: the campaign and the click, kept for as long as the session lasts, so that a purchase knows
//! them as well as the page that was landed on.

use serde::{Deserialize, Serialize};

use crate::event::{Campaign, Ids};

/// How much of it is kept, in bytes: it rests in the visitor's cookie, beside their ids and traits.
const MAX_CAMPAIGN: usize = 512;
const MAX_CLICKS: usize = 512;

/// What led to a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Landing {
    /// The campaign.
    pub campaign: Campaign,
    /// The ids of the click, by the names of their parameters.
    pub clicks: Ids,
}

impl Landing {
    /// Whether nothing did.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What counts: this, where there is anything to it, else what was kept before.
    #[must_use]
    pub(crate) fn or(self, before: &Self) -> Self {
        if self.is_empty() { before.clone() } else { self }
    }

    /// What is kept of it. Too long a campaign not at all, for half a campaign is another one; of the clicks those that
    /// fit.
    #[must_use]
    pub(crate) fn bounded(mut self) -> Self {
        let length = fields(&self.campaign).into_iter().flatten().map(String::len).sum::<usize>();
        if length > MAX_CAMPAIGN {
            self.campaign = Campaign::default();
        }
        let mut left = MAX_CLICKS;
        let mut kept = Ids::default();
        for (name, id) in self.clicks.iter() {
            if let Some(rest) = left.checked_sub(name.len() + id.len()) {
                left = rest;
                kept.put(name, id);
            }
        }
        self.clicks = kept;
        self
    }
}

fn fields(campaign: &Campaign) -> [&Option<String>; 7] {
    let Campaign { name, source, medium, term, content, creative_format, marketing_tactic } = campaign;
    [name, source, medium, term, content, creative_format, marketing_tactic]
}

/// As a tuple: [`Campaign`] leaves out what is absent, which postcard could not read back.
impl Serialize for Landing {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (fields(&self.campaign), &self.clicks).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Landing {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ([name, source, medium, term, content, creative_format, marketing_tactic], clicks) =
            <([Option<String>; 7], Ids)>::deserialize(deserializer)?;
        let campaign = Campaign { name, source, medium, term, content, creative_format, marketing_tactic };
        Ok(Self { campaign, clicks })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Landing {
        Landing {
            campaign: Campaign { name: Some(name.into()), ..Campaign::default() },
            ..Landing::default()
        }
    }

    #[test]
    fn the_last_campaign_counts_and_silence_changes_nothing() {
        assert_eq!(named("b").or(&named("a")), named("b"));
        assert_eq!(Landing::default().or(&named("a")), named("a"));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut landing = named(&"x".repeat(MAX_CAMPAIGN + 1));
        landing.clicks.put("fbclid", "f".repeat(MAX_CLICKS));
        landing.clicks.put("gclid", "g");
        let kept = landing.bounded();
        assert_eq!(kept.campaign, Campaign::default());
        assert_eq!(kept.clicks.iter().collect::<Vec<_>>(), [("gclid", "g")]);
    }
}
