//! OAuth 2.0 access tokens of Google's: for a refresh token (RFC 6749, section 6), or for a JWT that a service account's key
//! has signed (RFC 7523, section 2.1).
//!
//! developers.google.com/identity/protocols/oauth2/web-server#offline and …/oauth2/service-account, as of 2026-11.

use http::Method;
use selvedge_core::component::{
    Ask, Credentials, Moment, Outbound, ResolvedSettings, SettingError, Token, token_key,
};
use serde_json::Value;

use crate::jwt::Account;
use crate::query::Query;
use crate::request::{USER_AGENT, base};
use crate::secret::Secret;

const BASE: &str = "https://oauth2.googleapis.com";
/// Whom an assertion is for, also where the request goes by another name.
const AUDIENCE: &str = "https://oauth2.googleapis.com/token";
/// For how long a token is good that does not say so, in seconds: Google's always do.
const UNSAID: u32 = 600;

/// What a token is given for.
#[derive(Debug)]
pub(crate) struct Google {
    key: String,
    url: String,
    scope: &'static str,
    grant: Grant,
}

#[derive(Debug)]
enum Grant {
    Refresh { client_id: String, client_secret: Secret, refresh_token: Secret },
    Account(Box<Account>),
}

impl Google {
    /// What the settings `client_id`, `client_secret` and `refresh_token`, or `service_account_key`, say; none where they
    /// are not there.
    ///
    /// # Errors
    /// When some are there and others are not, or the key is none.
    pub(crate) fn of(settings: &ResolvedSettings, scope: &'static str) -> Result<Option<Self>, SettingError> {
        let url = format!("{}/token", base(settings, BASE));
        let told = ["client_id", "client_secret", "refresh_token"].map(|name| settings.text(name).is_some());
        let (key, grant) = match settings.text("service_account_key") {
            Some(_) if told.contains(&true) => {
                let problem =
                    "and `client_id`, `client_secret` and `refresh_token` exclude each other".into();
                return Err(SettingError { name: "service_account_key", problem });
            }
            Some(text) => {
                let account = Account::read("service_account_key", &text)?;
                (token_key(&["assertion", &url, scope, &text]), Grant::Account(Box::new(account)))
            }
            None if told.contains(&true) => {
                let [client_id, client_secret, refresh_token] = [
                    settings.required("client_id")?,
                    settings.required("client_secret")?,
                    settings.required("refresh_token")?,
                ];
                let key = token_key(&["refresh", &url, scope, &client_id, &client_secret, &refresh_token]);
                let (client_secret, refresh_token) = (Secret(client_secret), Secret(refresh_token));
                (key, Grant::Refresh { client_id, client_secret, refresh_token })
            }
            None => return Ok(None),
        };
        Ok(Some(Self { key, url, scope, grant }))
    }
}

impl Credentials for Google {
    fn key(&self) -> &str {
        &self.key
    }

    fn ask(&self, moment: &Moment<'_>) -> Option<Ask> {
        let mut form = Query::default();
        match &self.grant {
            Grant::Refresh { client_id, client_secret, refresh_token } => {
                form.push("grant_type", "refresh_token");
                form.push("client_id", client_id);
                form.push("client_secret", &client_secret.0);
                form.push("refresh_token", &refresh_token.0);
            }
            Grant::Account(account) => {
                let claims = [("iss", account.email.as_str()), ("scope", self.scope), ("aud", AUDIENCE)];
                form.push("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
                form.push("assertion", &account.signer.token(&claims, moment.now)?.value);
            }
        }
        let headers = vec![
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
            ("accept", "application/json".to_owned()),
            ("user-agent", USER_AGENT.to_owned()),
        ];
        let (method, url, body) = (Method::POST, self.url.clone(), form.into_string().into_bytes());
        Some(Ask::Request(Outbound { method, url, headers, body }))
    }

    fn read(&self, body: &[u8]) -> Option<Token> {
        let answer: Value = serde_json::from_slice(body).ok()?;
        let value = answer.get("access_token")?.as_str()?;
        let seconds = answer.get("expires_in").and_then(|said| match said {
            Value::String(text) => text.parse().ok(),
            said => said.as_u64(),
        });
        let seconds = seconds.map_or(UNSAID, |seconds| u32::try_from(seconds).unwrap_or(u32::MAX));
        // It becomes a header's value.
        let fits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Token { value: value.to_owned(), seconds })
    }
}
