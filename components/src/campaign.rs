//! How the visitor came: the campaign, and the click.

use selvedge_core::consent::Purpose;
use selvedge_core::event::{Campaign, Event};

/// The campaign, by the names of the URL's parameters.
pub(crate) fn parameters(campaign: &Campaign) -> impl Iterator<Item = (&'static str, &str)> {
    [
        ("utm_source", &campaign.source),
        ("utm_medium", &campaign.medium),
        ("utm_campaign", &campaign.name),
        ("utm_term", &campaign.term),
        ("utm_content", &campaign.content),
        ("utm_creative_format", &campaign.creative_format),
        ("utm_marketing_tactic", &campaign.marketing_tactic),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value.as_deref().filter(|value| !value.is_empty())?)))
}

/// The clicks that product analytics attribute a visit by, under the names that their browser libraries know.
const CLICKS: &[(&str, &str)] = &[
    ("gclid", "gclid"),
    ("gbraid", "gbraid"),
    ("wbraid", "wbraid"),
    ("dclid", "dclid"),
    ("fbclid", "fbclid"),
    ("msclkid", "msclkid"),
    ("ttclid", "ttclid"),
    ("twclid", "twclid"),
    ("li_fat_id", "li_fat_id"),
    ("ScCid", "sccid"),
    ("rdt_cid", "rdt_cid"),
];

/// The ids of the click that led here. None where advertising is not granted: they are for nothing else.
pub(crate) fn clicks(event: &Event) -> impl Iterator<Item = (&'static str, &str)> {
    let granted = event.consent.purposes.has(Purpose::Advertising) && !event.anonymous;
    CLICKS
        .iter()
        .filter_map(move |(name, called)| Some((*called, event.context.ids.get(name).filter(|_| granted)?)))
}
