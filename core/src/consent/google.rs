//! Google's Consent Mode v2: the signals that follow from a decision, and how gtag writes them.
//!
//! The signals are those of developers.google.com/tag-platform/security/concepts/consent-mode. How they are written,
//! Google does not document: it is as Markus Baersch decoded it (Simo Ahava, "Consent Mode V2 for Google Tags",
//! simoahava.com/analytics/consent-mode-v2-google-tags).

use super::{Decision, Purpose};

/// Whether a signal says yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// `granted`.
    Granted,
    /// `denied`.
    Denied,
}

/// The seven signals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signals {
    /// Storage for advertising: advertising.
    pub ad_storage: Signal,
    /// Sending the visitor's data to Google for advertising: advertising.
    pub ad_user_data: Signal,
    /// Advertising that is made for the visitor: advertising and personalization.
    pub ad_personalization: Signal,
    /// Storage for analytics: analytics.
    pub analytics_storage: Signal,
    /// Storage for what the site offers: functional.
    pub functionality_storage: Signal,
    /// Storage for what the site shows: personalization.
    pub personalization_storage: Signal,
    /// Storage for security, which no one is asked about.
    pub security_storage: Signal,
}

impl Signal {
    fn of(granted: bool) -> Self {
        if granted { Self::Granted } else { Self::Denied }
    }

    /// Whether it is granted.
    #[must_use]
    pub fn is_granted(self) -> bool {
        self == Self::Granted
    }

    /// `granted` or `denied`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Denied => "denied",
        }
    }

    /// Its letter in `gcd`: of a page that began with it, and changed nothing since. `t` is granted, `p` denied.
    fn letter(self) -> char {
        match self {
            Self::Granted => 't',
            Self::Denied => 'p',
        }
    }
}

impl Signals {
    /// Those of a decision.
    #[must_use]
    pub fn of(decision: &Decision) -> Self {
        let of = |purposes: &[Purpose]| Signal::of(decision.allows(purposes));
        Self {
            ad_storage: of(&[Purpose::Advertising]),
            ad_user_data: of(&[Purpose::Advertising]),
            ad_personalization: of(&[Purpose::Advertising, Purpose::Personalization]),
            analytics_storage: of(&[Purpose::Analytics]),
            functionality_storage: of(&[Purpose::Functional]),
            personalization_storage: of(&[Purpose::Personalization]),
            security_storage: Signal::Granted,
        }
    }

    /// Each by its name, as `gtag("consent", …)` takes them.
    #[must_use]
    pub fn named(&self) -> [(&'static str, Signal); 7] {
        [
            ("ad_storage", self.ad_storage),
            ("ad_user_data", self.ad_user_data),
            ("ad_personalization", self.ad_personalization),
            ("analytics_storage", self.analytics_storage),
            ("functionality_storage", self.functionality_storage),
            ("personalization_storage", self.personalization_storage),
            ("security_storage", self.security_storage),
        ]
    }

    /// gtag's `gcs`: `G1`, then a digit each for `ad_storage` and `analytics_storage`.
    #[must_use]
    pub fn gcs(&self) -> String {
        let digit = |signal: Signal| u8::from(signal.is_granted());
        format!("G1{}{}", digit(self.ad_storage), digit(self.analytics_storage))
    }

    /// gtag's `gcd`: a letter each for `ad_storage`, `analytics_storage`, `ad_user_data` and `ad_personalization`, as
    /// the state that the page began with. It is, for the choice was known before the page was sent.
    #[must_use]
    pub fn gcd(&self) -> String {
        let (ads, analytics) = (self.ad_storage.letter(), self.analytics_storage.letter());
        let (data, personal) = (self.ad_user_data.letter(), self.ad_personalization.letter());
        format!("13{ads}3{analytics}3{data}2{personal}5l1")
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Purposes, Source, State};
    use super::*;

    #[test]
    fn signals_follow_from_purposes() {
        use Purpose::{Advertising, Analytics, Functional, Personalization};
        for (purposes, granted, gcs, gcd) in [
            (&[][..], &[][..], "G100", "13p3p3p2p5l1"),
            (&[Analytics], &["analytics_storage"], "G101", "13p3t3p2p5l1"),
            (&[Advertising], &["ad_storage", "ad_user_data"], "G110", "13t3p3t2p5l1"),
            (&[Functional], &["functionality_storage"], "G100", "13p3p3p2p5l1"),
            (&[Personalization], &["personalization_storage"], "G100", "13p3p3p2p5l1"),
            (
                &[Advertising, Personalization],
                &["ad_storage", "ad_user_data", "ad_personalization", "personalization_storage"],
                "G110",
                "13t3p3t2t5l1",
            ),
            (
                &Purpose::ALL,
                &[
                    "ad_storage",
                    "ad_user_data",
                    "ad_personalization",
                    "analytics_storage",
                    "functionality_storage",
                    "personalization_storage",
                ],
                "G111",
                "13t3t3t2t5l1",
            ),
        ] {
            let decision = Decision {
                state: State::Denied,
                purposes: purposes.iter().copied().fold(Purposes::NONE, Purposes::with),
                source: Source::Cmp,
                cmp: None,
                vendors: None,
                gpc: false,
            };
            let signals = Signals::of(&decision);
            let yes = signals.named().into_iter().filter(|(_, signal)| signal.word() == "granted");
            let yes: Vec<&str> = yes.map(|(name, _)| name).collect();
            let expected: Vec<&str> = granted.iter().copied().chain(["security_storage"]).collect();
            assert_eq!(yes, expected, "{purposes:?}");
            assert_eq!((signals.gcs().as_str(), signals.gcd().as_str()), (gcs, gcd), "{purposes:?}");
        }
    }
}
