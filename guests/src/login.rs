//! How a component is let in where its requests carry a token (`authenticate`, since version 1.0.1 of the interface): it says how
//! the token is had, and gets it as a setting. The token is had and kept as every other destination's, after the response.

use std::sync::{Arc, Mutex, PoisonError};

use selvedge_core::component::{Ask, Credentials, Moment, Token, token_key};
use selvedge_core::facts::{Random, Timestamp};
use serde_json::Value;

use crate::outbound::{Names, outbound};
use crate::{AuthRequest, Failure, Guest, Interface, Limits, Request};

/// Whether a component's requests carry a token.
#[derive(Debug)]
pub(crate) enum Login {
    /// They do not, or the owner has given it one.
    NotNeeded,
    /// They do.
    Needed(Bearer),
    /// It could not say.
    Failed(Failure),
}

/// How a component's token is had.
#[derive(Debug)]
pub(crate) struct Bearer {
    guest: Arc<Guest>,
    settings: Vec<(String, String)>,
    limits: Limits,
    endpoint: Option<String>,
    names: Mutex<Names>,
    key: String,
    /// The property of the answer's JSON that is the token; none: the answer is the token.
    property: Option<String>,
    /// For how many seconds it is good, where the answer does not say.
    seconds: u32,
    /// The setting as which the component gets it.
    pub(crate) setting: String,
}

impl Login {
    /// Asks the component, which is all that can tell. Once: what it answers depends on its settings alone, save for what goes
    /// into the request, and that is asked for again.
    pub(crate) fn learn(
        guest: &Arc<Guest>,
        settings: &[(String, String)],
        limits: Limits,
        endpoint: Option<&str>,
    ) -> Self {
        if guest.interface != (Interface::DataCollection { authenticates: true }) {
            return Self::NotNeeded;
        }
        let (random, fuel) = (Random::from_seed([0; 32]), std::cell::Cell::new(limits.fuel));
        let moment = Moment { now: Timestamp(0), random: &random, fuel: &fuel, token: None };
        let asked = match guest.run(&moment, limits).authenticate(settings).result {
            Ok(Some(asked)) => asked,
            Ok(None) => return Self::NotNeeded,
            Err(failure) => return Self::Failed(failure),
        };
        if settings.iter().any(|(name, value)| *name == asked.setting && !value.is_empty()) {
            return Self::NotNeeded;
        }
        let parts = settings.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        let parts: Vec<_> =
            ["wasm", &asked.url, endpoint.unwrap_or_default()].into_iter().chain(parts).collect();
        Self::Needed(Bearer {
            guest: Arc::clone(guest),
            settings: settings.to_vec(),
            limits,
            endpoint: endpoint.map(str::to_owned),
            names: Mutex::default(),
            key: token_key(&parts),
            property: asked.response_property,
            seconds: u32::try_from(asked.token_duration.max(0)).unwrap_or(u32::MAX),
            setting: asked.setting,
        })
    }
}

impl Credentials for Bearer {
    fn key(&self) -> &str {
        &self.key
    }

    fn ask(&self, moment: &Moment<'_>) -> Option<Ask> {
        let asked = self.guest.run(moment, self.limits).authenticate(&self.settings).result.ok()??;
        let AuthRequest { method, url, headers, body, .. } = asked;
        let request = Request { method, url, headers, forward_client_headers: false, body };
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        outbound(request, None, self.endpoint.as_deref(), &mut names).ok().map(Ask::Request)
    }

    fn read(&self, body: &[u8]) -> Option<Token> {
        let json: Option<Value> = serde_json::from_slice(body).ok();
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let value = match &self.property {
            Some(property) => text(json.as_ref()?.get(property)?)?,
            None => std::str::from_utf8(body).ok()?.trim().to_owned(),
        };
        let said = json.as_ref().and_then(|json| text(json.get("expires_in")?)?.parse().ok());
        let seconds = said.unwrap_or(self.seconds);
        (!value.is_empty()).then_some(Token { value, seconds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(property: Option<&str>) -> Bearer {
        Bearer {
            guest: Arc::new(Guest::new(Interface::ConsentMapping, b"")),
            settings: Vec::new(),
            limits: Limits::default(),
            endpoint: None,
            names: Mutex::default(),
            key: String::new(),
            property: property.map(str::to_owned),
            seconds: 600,
            setting: "token".into(),
        }
    }

    #[test]
    fn a_token_is_a_property_of_the_answer_or_all_of_it() {
        for (property, body, expected) in [
            (Some("access_token"), r#"{"access_token":"t","expires_in":3600}"#, Some(("t", 3600))),
            (Some("access_token"), r#"{"access_token":"t","expires_in":"60"}"#, Some(("t", 60))),
            (Some("access_token"), r#"{"access_token":"t"}"#, Some(("t", 600))),
            (Some("access_token"), r#"{"access_token":""}"#, None),
            (Some("access_token"), r#"{"token":"t"}"#, None),
            (Some("access_token"), "t", None),
            (None, " t\n", Some(("t", 600))),
            (None, "", None),
        ] {
            let read = bearer(property).read(body.as_bytes());
            assert_eq!(
                read.map(|token| (token.value, token.seconds)),
                expected.map(|(t, s)| (t.to_owned(), s))
            );
        }
    }
}
