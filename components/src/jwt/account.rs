//! A Google service account's key, as Google hands it out: a file of JSON.

use selvedge_core::component::SettingError;
use serde_json::Value;

use super::Signer;

/// A service account.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) email: String,
    /// The project that it is of, where the file says so.
    pub(crate) project: Option<String>,
    pub(crate) signer: Signer,
}

impl Account {
    /// Reads the file's content, which is the value of the setting `name`.
    ///
    /// # Errors
    /// What is wrong with it, without repeating any of it.
    pub(crate) fn read(name: &'static str, text: &str) -> Result<Self, SettingError> {
        let wrong = |problem: &str| SettingError { name, problem: problem.into() };
        let key: Value = serde_json::from_str(text).map_err(|_| {
            wrong("is not the JSON of a service account's key: it is the file's content, not its name")
        })?;
        let field = |name: &str| key.get(name)?.as_str().filter(|text| !text.is_empty());
        let private = field("private_key").ok_or_else(|| wrong("has no `private_key`"))?;
        let email = field("client_email").ok_or_else(|| wrong("has no `client_email`"))?.to_owned();
        let signer = Signer::new(private, field("private_key_id"))
            .map_err(|problem| wrong(&format!("its `private_key` {problem}")))?;
        Ok(Self { email, project: field("project_id").map(str::to_owned), signer })
    }
}
