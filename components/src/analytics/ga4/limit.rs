//! Google's limits, and what becomes of what exceeds them. Google would drop it whole and without a word; here it is
//! cut to what fits.
//!
//! From support.google.com/analytics/answer/9267744 (event collection limits), answer/13316687 (naming rules) and
//! developers.google.com/analytics/devguides/collection/protocol/ga4/sending-events, as of 2026-11.

use crate::cut;

/// Characters of an event's name.
pub(super) const EVENT_NAME: usize = 40;
/// Parameters of an event.
pub(super) const PARAMETERS: usize = 25;
/// Characters of a parameter's name.
pub(super) const PARAMETER_NAME: usize = 40;
/// Characters of a parameter's text.
pub(super) const PARAMETER_VALUE: usize = 100;
/// User properties.
pub(super) const USER_PROPERTIES: usize = 25;
/// Characters of a user property's name.
pub(super) const USER_PROPERTY_NAME: usize = 24;
/// Characters of a user property's text.
pub(super) const USER_PROPERTY_VALUE: usize = 36;
/// Characters of a user's id.
pub(super) const USER_ID: usize = 256;
/// Characters of `page_location`.
pub(super) const LOCATION: usize = 1000;
/// Characters of `page_referrer`.
pub(super) const REFERRER: usize = 420;
/// Characters of `page_title`.
pub(super) const TITLE: usize = 300;
/// Items of an event.
pub(super) const ITEMS: usize = 200;
/// Parameters of the owner's own for an item. Google takes 27; how gtag numbers them from the eleventh is not known.
pub(super) const ITEM_PARAMETERS: usize = 10;
/// Events of a request.
pub(super) const EVENTS: usize = 25;
/// Bytes of a request's body.
pub(super) const BODY: usize = 130_000;

/// Prefixes of names that Google keeps for itself.
const RESERVED: &[&str] = &["_", "ga_", "google_", "firebase_", "gtag"];

/// Names of events that only Google's own scripts may send: the Measurement Protocol drops them
/// (developers.google.com/analytics/devguides/collection/protocol/ga4/reference, "Reserved names").
const RESERVED_EVENTS: &[&str] = &[
    "ad_activeview",
    "ad_click",
    "ad_exposure",
    "ad_query",
    "ad_reward",
    "adunit_exposure",
    "app_clear_data",
    "app_exception",
    "app_install",
    "app_remove",
    "app_store_refund",
    "app_store_subscription_cancel",
    "app_store_subscription_convert",
    "app_store_subscription_renew",
    "app_update",
    "app_upgrade",
    "dynamic_link_app_open",
    "dynamic_link_app_update",
    "dynamic_link_first_open",
    "error",
    "first_open",
    "first_visit",
    "in_app_purchase",
    "notification_dismiss",
    "notification_foreground",
    "notification_open",
    "notification_receive",
    "os_update",
    "session_start",
    "user_engagement",
];

/// A name that the Measurement Protocol takes for an event.
pub(super) fn measured(name: String) -> String {
    if RESERVED_EVENTS.contains(&name.as_str()) { format!("x_{name}") } else { name }
}

/// A name that Google accepts: letters (of any script), digits and underscores, a letter first, no prefix of Google's
/// own. Nothing remains of one without letters and digits.
pub(super) fn name(text: &str, most: usize) -> Option<String> {
    let name: String = text.trim().chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let mut name = name.trim_end_matches('_').to_owned();
    if name.is_empty() {
        return None;
    }
    let foreign = !name.starts_with(char::is_alphabetic);
    if foreign || RESERVED.iter().any(|prefix| name.starts_with(prefix)) {
        name = format!("x_{}", name.trim_start_matches('_'));
    }
    Some(cut::characters(&name, most).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_acceptable() {
        for (text, expected) in [
            ("Newsletter Signup!", Some("Newsletter_Signup")),
            ("cart.item-count", Some("cart_item_count")),
            ("größe", Some("größe")),
            ("2nd_step", Some("x_2nd_step")),
            ("_private", Some("x_private")),
            ("google_id", Some("x_google_id")),
            ("  ", None),
            ("!?", None),
        ] {
            assert_eq!(name(text, 40).as_deref(), expected);
        }
        assert_eq!(name(&"ä".repeat(60), 40).unwrap().chars().count(), 40);
    }
}
