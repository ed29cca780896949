//! The decision: who has said something, and whose word counts.

use http::HeaderMap;

use super::{Choice, Decision, Purpose, Source, State, Statement};
use crate::config;

/// Everybody who may have said something about consent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources<'a> {
    /// The event itself.
    pub event: Option<Choice>,
    /// The data layer or the payload that carried it.
    pub payload: Option<Choice>,
    /// The consent management platform's cookie.
    pub cmp: Option<Statement>,
    /// The choice that was stored when the visitor made it.
    pub stored: Option<Choice>,
    /// Where the visitor is, as ISO 3166-1 alpha-2.
    pub country: Option<&'a str>,
    /// Whether the browser sent `Sec-GPC: 1`.
    pub gpc: bool,
}

/// Decides. The closest to the event counts: the event, its payload, the platform's cookie, the stored choice, the
/// region's default, the default. An explicit `pending` is a word like the others: a page that says so withholds consent.
///
/// Global Privacy Control takes advertising away from whatever that gives, because it is the visitor's own word about
/// exactly that.
#[must_use]
pub fn decide(config: &config::Consent, sources: &Sources<'_>) -> Decision {
    let said = [
        (sources.event, Source::Event),
        (sources.payload, Source::Payload),
        (sources.cmp.as_ref().map(|statement| statement.choice), Source::Cmp),
        (sources.stored, Source::Stored),
        (sources.country.and_then(|country| region(config, country)).map(Choice::from), Source::Region),
    ];
    let (Choice { state, purposes: given }, source) = said
        .into_iter()
        .find_map(|(choice, source)| choice.map(|choice| (choice, source)))
        .unwrap_or((config.default.into(), Source::Default));
    let gpc = config.gpc && sources.gpc && given.has(Purpose::Advertising);
    let purposes = if gpc { given.without(Purpose::Advertising) } else { given };
    let statement = sources.cmp.as_ref().filter(|_| source == Source::Cmp);
    let (cmp, vendors) = (statement.map(|s| s.cmp), statement.and_then(|s| s.vendors.clone()));
    Decision { state, purposes, source, cmp, vendors, gpc }
}

fn region(config: &config::Consent, country: &str) -> Option<State> {
    let here =
        |region: &&config::Region| region.countries.iter().any(|code| code.eq_ignore_ascii_case(country));
    config.regions.iter().find(here).map(|region| region.default)
}

/// Whether a request says `Sec-GPC: 1`, as <https://w3c.github.io/gpc/> has it: that and nothing else.
#[must_use]
pub fn global_privacy_control(headers: &HeaderMap) -> bool {
    headers.get_all("sec-gpc").iter().any(|value| value.as_bytes().trim_ascii() == b"1")
}

#[cfg(test)]
mod tests {
    use super::super::Purposes;
    use super::*;
    use http::HeaderValue;

    fn config() -> config::Consent {
        let region = |countries: &[&str], default| config::Region {
            countries: countries.iter().map(|code| (*code).to_owned()).collect(),
            default,
        };
        config::Consent {
            regions: vec![
                region(&["US", "CA"], State::Granted),
                region(&["CH"], State::Denied),
                region(&["US"], State::Denied),
            ],
            ..config::Consent::default()
        }
    }

    #[test]
    fn the_closest_to_the_event_counts() {
        use State::{Denied, Granted, Pending};
        for (event, payload, stored, country, expected) in [
            (Some(Granted), Some(Denied), Some(Denied), Some("CH"), (Granted, Source::Event)),
            (Some(Denied), Some(Granted), Some(Granted), Some("US"), (Denied, Source::Event)),
            (Some(Pending), Some(Granted), Some(Granted), Some("US"), (Pending, Source::Event)),
            (None, Some(Granted), Some(Denied), Some("CH"), (Granted, Source::Payload)),
            (None, Some(Pending), Some(Granted), Some("US"), (Pending, Source::Payload)),
            (None, None, Some(Granted), Some("CH"), (Granted, Source::Stored)),
            (None, None, Some(Denied), Some("US"), (Denied, Source::Stored)),
            (None, None, None, Some("US"), (Granted, Source::Region)),
            (None, None, None, Some("ca"), (Granted, Source::Region)),
            (None, None, None, Some("CH"), (Denied, Source::Region)),
            (None, None, None, Some("FR"), (Pending, Source::Default)),
            (None, None, None, None, (Pending, Source::Default)),
        ] {
            let [event, payload, stored] = [event, payload, stored].map(|said| said.map(Choice::from));
            let sources = Sources { event, payload, cmp: None, stored, country, gpc: false };
            let decision = decide(&config(), &sources);
            assert_eq!((decision.state, decision.source), expected, "{sources:?}");
            let purposes = if decision.state == Granted { Purposes::ALL } else { Purposes::NONE };
            assert_eq!((decision.purposes, decision.gpc), (purposes, false), "{sources:?}");
        }
    }

    #[test]
    fn gpc_takes_advertising_away_whoever_granted_it() {
        let granted = Some(Choice::from(State::Granted));
        for sources in [
            Sources { event: granted, ..Sources::default() },
            Sources { payload: granted, ..Sources::default() },
            Sources { stored: granted, ..Sources::default() },
            Sources { country: Some("US"), ..Sources::default() },
        ] {
            let sources = Sources { gpc: true, ..sources };
            let decision = decide(&config(), &sources);
            assert_eq!(decision.state, State::Granted);
            assert!(decision.gpc);
            assert_eq!(decision.purposes, Purposes::ALL.without(Purpose::Advertising));

            let deaf = config::Consent { gpc: false, ..config() };
            let decision = decide(&deaf, &sources);
            assert_eq!((decision.purposes, decision.gpc), (Purposes::ALL, false));
        }
        let denied = Sources { stored: Some(State::Denied.into()), gpc: true, ..Sources::default() };
        let decision = decide(&config(), &denied);
        assert_eq!((decision.purposes, decision.gpc), (Purposes::NONE, false), "there was nothing to take");
    }

    #[test]
    fn gpc_is_exactly_1() {
        for (values, expected) in [
            (&["1"][..], true),
            (&[" 1"], true),
            (&["0", "1"], true),
            (&["0"], false),
            (&["true"], false),
            (&[], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("sec-gpc", HeaderValue::from_static(value));
            }
            assert_eq!(global_privacy_control(&headers), expected, "{values:?}");
        }
    }
}
