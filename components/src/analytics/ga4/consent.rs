//! Consent, in the words of Google's Consent Mode v2: the parameters beside the signals of
//! [`selvedge_core::consent::google`]. The three values that arise with analytics granted or nothing granted are those
//! that Edgee sent (and giancampo.com, 2024-02-12, explains).

use selvedge_core::consent::Decision;
use selvedge_core::consent::google::Signals;

use crate::query::Query;

/// `gcs`, `gcd`, `npa`, `dma`, `dma_cps` and `pscdl`.
pub(super) fn push(decision: &Decision, query: &mut Query) {
    let signals = Signals::of(decision);
    query.push("gcs", &signals.gcs());
    query.push("gcd", &signals.gcd());
    // Ads are not to be personalised.
    query.push("npa", if signals.ad_personalization.is_granted() { "0" } else { "1" });
    // The visitor is treated as one whom the EU's Digital Markets Act protects, wherever they are; and so are the
    // core services of Google that may have the data: all, or none.
    query.push("dma", "1");
    query.push("dma_cps", if signals.ad_user_data.is_granted() { "syphamo" } else { "-" });
    // The Privacy Sandbox' label: no browser was asked for one, or none may be.
    query.push("pscdl", if signals.ad_storage.is_granted() { "noapi" } else { "denied" });
}

#[cfg(test)]
mod tests {
    use super::*;
    use selvedge_core::consent::{Purpose, Purposes, Source, State};

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
    fn ads_are_personal_only_with_personalization() {
        assert_eq!(
            of(Purposes::NONE.with(Purpose::Advertising).with(Purpose::Personalization)),
            "gcs=G110&gcd=13t3p3t2t5l1&npa=0&dma=1&dma_cps=syphamo&pscdl=noapi"
        );
        assert_eq!(
            of(Purposes::NONE.with(Purpose::Advertising)),
            "gcs=G110&gcd=13t3p3t2p5l1&npa=1&dma=1&dma_cps=syphamo&pscdl=noapi"
        );
    }
}
