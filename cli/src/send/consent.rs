//! What the visitor has agreed to, for `--consent`: a word, or a list of purposes.

use std::str::FromStr;

use selvedge_core::config::{Cmp, Config};
use selvedge_core::consent::{Choice, Purpose, Purposes, State, stored};
use selvedge_core::facts::Timestamp;
use serde_json::{Value, json};

/// A choice.
#[derive(Debug, Clone)]
pub(crate) struct Consent {
    state: State,
    /// Where some were named.
    purposes: Option<Purposes>,
}

impl FromStr for Consent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let state = match text {
            "granted" => State::Granted,
            "denied" => State::Denied,
            "pending" => State::Pending,
            list => {
                let named = |word: &str| Purpose::ALL.into_iter().find(|purpose| purpose.word() == word);
                let known = || Purpose::ALL.map(Purpose::word).join(", ");
                let purposes = list.split(',').try_fold(Purposes::NONE, |given, word| {
                    let purpose = named(word.trim());
                    let unknown = || format!("it is granted, denied, pending or a list of: {}", known());
                    Ok::<_, String>(given.with(purpose.ok_or_else(unknown)?))
                })?;
                return Ok(Self { state: Choice::of(purposes).state, purposes: Some(purposes) });
            }
        };
        Ok(Self { state, purposes: None })
    }
}

impl Consent {
    /// As a payload says it.
    pub(super) fn json(&self) -> Value {
        match self.purposes {
            None => json!(self.state),
            Some(given) => {
                Purpose::ALL.into_iter().map(|purpose| (purpose.word(), given.has(purpose))).collect()
            }
        }
    }

    /// Makes it the choice of whoever visits a page: nothing else is asked, and this is what is stored in the browser.
    /// The cookie, where there is one.
    pub(crate) fn store(&self, config: &mut Config, now: Timestamp) -> Option<String> {
        config.consent.cmp = Cmp::None;
        config.consent.regions.clear();
        config.consent.default = self.state;
        let choice = self.purposes.map_or_else(|| self.state.into(), Choice::of);
        let set = stored::set(&config.visitor, choice, now, true);
        (self.state != State::Pending).then(|| set.split(';').next().unwrap_or_default().to_owned())
    }
}
