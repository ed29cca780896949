//! The destinations that Selvedge brings along: a file each, by category. A destination is a pure function from a
//! batch of events and its settings to HTTP requests, or to records for the platform's own sinks.
//!
//! `docs/destinations.md` says for each what it sends, from where, and where the vendor shows its settings.

#![forbid(unsafe_code)]

pub mod analytics;
pub mod conversion;
pub mod platform;
pub mod stream;
pub mod warehouse;

// To read an event: who it was, where, with which browser, how they came, and what happened in the shop.
mod browser;
mod campaign;
mod commerce;
mod ids;
mod location;
mod page;
mod person;

// To write it as vendors want it.
mod cut;
mod ecommerce_spec;
mod flat;
mod hash;
mod json;
mod query;
mod trim;

// To send it, and to read what the vendor answers.
mod answer;
mod aws;
mod batch;
mod jwt;
mod oauth;
mod request;
mod secret;

use selvedge_core::component::Kind;

/// Every kind of destination, by name. A new one is added here and nowhere else.
#[must_use]
pub const fn registry() -> &'static [Kind] {
    const KINDS: &[Kind] = &[
        analytics::amplitude::KIND,
        platform::analytics_engine::KIND,
        warehouse::bigquery::KIND,
        warehouse::clickhouse::KIND,
        platform::cloudflare_queue::KIND,
        platform::fastly_log::KIND,
        warehouse::firehose::KIND,
        analytics::ga4::KIND,
        conversion::google_ads::KIND,
        analytics::gosquared::KIND,
        warehouse::kinesis::KIND,
        conversion::linkedin::KIND,
        analytics::matomo::KIND,
        conversion::meta::KIND,
        conversion::microsoft::KIND,
        analytics::mixpanel::KIND,
        analytics::piano::KIND,
        conversion::pinterest::KIND,
        analytics::plausible::KIND,
        analytics::posthog::KIND,
        conversion::reddit::KIND,
        warehouse::s3::KIND,
        stream::segment::KIND,
        conversion::snapchat::KIND,
        warehouse::snowflake::KIND,
        stream::snowplow::KIND,
        conversion::tiktok::KIND,
        stream::webhook::KIND,
        analytics::woopra::KIND,
    ];
    KINDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_sorted_unique_and_explain_their_settings() {
        assert!(registry().is_sorted_by(|a, b| a.name < b.name));
        for kind in registry() {
            assert!(!kind.purposes.is_empty(), "{}: whoever asks for nothing gets everything", kind.name);
            for setting in kind.settings {
                assert!(setting.help.len() > 20, "{}.{} is not explained", kind.name, setting.name);
                assert_ne!(setting.name, "endpoint", "{}: every component takes it", kind.name);
            }
        }
    }
}
