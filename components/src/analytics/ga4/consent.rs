//! Consent, in the words of Google's Consent Mode v2
//! (developers.google.com/tag-platform/security/concepts/consent-mode).
//!
//! Google names four signals of which two purposes decide: `analytics_storage` by `analytics`; `ad_storage`,
//! `ad_user_data` and `ad_personalization` by `advertising`. What `personalization` decides of the *site* is Google's
//! `personalization_storage`, which these parameters do not carry.
//!
//! How the signals are written is not documented by Google. It is as Markus Baersch decoded it (Simo Ahava, "Consent
//! Mode V2 for Google Tags", simoahava.com/analytics/consent-mode-v2-google-tags; giancampo.com, 2024-02-12), and the
//! three values that arise with analytics granted or nothing granted are those that Edgee sent.

use selvedge_core::consent::{Decision, Purpose};

use crate::query::Query;

/// `gcs`, `gcd`, `npa`, `dma`, `dma_cps` and `pscdl`.
pub(super) fn push(decision: &Decision, query: &mut Query) {
    let analytics = decision.purposes.has(Purpose::Analytics);
    let advertising = decision.purposes.has(Purpose::Advertising);
    query.push("gcs", &format!("G1{}{}", u8::from(advertising), u8::from(analytics)));
    // A letter for each of ad_storage, analytics_storage, ad_user_data and ad_personalization: `t` granted and `p`
    // denied, both as the state that the page began with. It is, for the choice was known before the page was sent.
    let (ad, an) = (letter(advertising), letter(analytics));
    query.push("gcd", &format!("13{ad}3{an}3{ad}2{ad}5l1"));
    // Ads are not to be personalised.
    query.push("npa", if advertising { "0" } else { "1" });
    // The visitor is treated as one whom the EU's Digital Markets Act protects, wherever they are; and so are the
    // core services of Google that may have the data: all, or none.
    query.push("dma", "1");
    query.push("dma_cps", if advertising { "syphamo" } else { "-" });
    // The Privacy Sandbox' label: no browser was asked for one, or none may be.
    query.push("pscdl", if advertising { "noapi" } else { "denied" });
}

fn letter(granted: bool) -> char {
    if granted { 't' } else { 'p' }
}

#[cfg(test)]
mod tests {
    use super::*;
    use selvedge_core::consent::{Purposes, Source, State};

    fn of(purposes: Purposes) -> String {
        let mut query = Query::default();
        push(
            &Decision {
                state: State::Granted,
                purposes,
                source: Source::Event,
                cmp: None,
                vendors: None,
                gpc: false,
            },
            &mut query,
        );
        query.into_string()
    }

    #[test]
    fn the_values_are_those_of_edgee() {
        assert_eq!(of(Purposes::ALL), "gcs=G111&gcd=13t3t3t2t5l1&npa=0&dma=1&dma_cps=syphamo&pscdl=noapi");
        assert_eq!(
            of(Purposes::NONE.with(Purpose::Analytics)),
            "gcs=G101&gcd=13p3t3p2p5l1&npa=1&dma=1&dma_cps=-&pscdl=denied"
        );
        assert_eq!(of(Purposes::NONE), "gcs=G100&gcd=13p3p3p2p5l1&npa=1&dma=1&dma_cps=-&pscdl=denied");
    }

    #[test]
    fn advertising_alone_follows_the_same_rule() {
        assert_eq!(
            of(Purposes::NONE.with(Purpose::Advertising)),
            "gcs=G110&gcd=13t3p3t2t5l1&npa=0&dma=1&dma_cps=syphamo&pscdl=noapi"
        );
    }
}
