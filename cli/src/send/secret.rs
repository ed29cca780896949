//! Secrets in what is shown: those of the environment are used and masked, what is not there is stood in for.

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use selvedge_core::config::Config;
use selvedge_core::config::check::secrets;
use selvedge_core::edge::Secrets;

use crate::dev::secrets::random_hex;
use crate::needs::keys;

/// A part of a text that may hold secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// As it is.
    Text(String),
    /// The secret of this variable.
    Secret(String),
    /// In base64, as `Authorization: Basic` has it.
    Base64(Vec<Piece>),
}

/// The secrets of a configuration, real or stood in for.
#[derive(Debug)]
pub(super) struct Vault {
    /// The values that the core gets, by name.
    pub(super) values: Secrets,
    /// What is masked: the value, and the variable.
    masked: Vec<(String, String)>,
}

impl Vault {
    /// Takes secrets from the environment. `salt` is in the values that stand in for absent ones.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(super) fn new(config: &Config, salt: &str, reveal: bool) -> Result<Self> {
        let (mut values, mut masked) = (Secrets::new(), Vec::new());
        for name in secrets(config) {
            let variable = variable(name);
            let given = std::env::var(&variable).ok().filter(|value| !value.is_empty());
            let value = match given {
                Some(value) => {
                    if !reveal {
                        masked.push((value.clone(), variable));
                    }
                    value
                }
                // It seals cookies that nobody will open.
                None if keys(config).any(|key| key == name) => random_hex::<32>().context("no randomness")?,
                None => {
                    let value = format!("SELVEDGE_{salt}_{variable}");
                    masked.push((value.clone(), variable));
                    value
                }
            };
            values.insert(name.to_owned(), value);
        }
        // A secret that is a part of another is looked for later.
        masked.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        Ok(Self { values, masked })
    }

    /// The variables that are written instead of values.
    pub(super) fn variables(&self) -> Vec<&str> {
        self.masked.iter().map(|(_, variable)| variable.as_str()).collect()
    }

    /// A text with its secrets masked, also where they stand in it as in a URL, in JSON, or in `Basic` credentials.
    pub(super) fn mask(&self, text: &str) -> Vec<Piece> {
        if let Some(encoded) = text.strip_prefix("Basic ")
            && let Some(decoded) =
                STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok())
        {
            let pieces = self.mask(&decoded);
            if pieces.iter().any(|piece| matches!(piece, Piece::Secret(_))) {
                return vec![Piece::Text("Basic ".into()), Piece::Base64(pieces)];
            }
        }
        let mut pieces = vec![Piece::Text(text.to_owned())];
        for (value, variable) in &self.masked {
            let in_json = serde_json::Value::from(value.as_str()).to_string();
            let in_url: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
            for form in [value.as_str(), in_json.trim_matches('"'), &in_url] {
                pieces = pieces.into_iter().flat_map(|piece| split(piece, form, variable)).collect();
            }
        }
        pieces
    }
}

fn split(piece: Piece, value: &str, variable: &str) -> Vec<Piece> {
    let Piece::Text(text) = piece else { return vec![piece] };
    let mut pieces = Vec::new();
    for (at, part) in text.split(value).enumerate() {
        if at > 0 {
            pieces.push(Piece::Secret(variable.to_owned()));
        }
        if !part.is_empty() {
            pieces.push(Piece::Text(part.to_owned()));
        }
    }
    pieces
}

/// Whether a variable is written in a text.
pub(super) fn mentions(pieces: &[Piece], variable: &str) -> bool {
    pieces.iter().any(|piece| match piece {
        Piece::Text(_) => false,
        Piece::Secret(name) => name == variable,
        Piece::Base64(pieces) => mentions(pieces, variable),
    })
}

/// A secret's name as a shell's variable.
fn variable(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// Pieces for people: secrets as `$NAME`.
pub(super) fn plain(pieces: &[Piece]) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Secret(variable) => format!("${variable}"),
        Piece::Base64(pieces) => format!("base64({})", plain(pieces)),
    };
    pieces.iter().map(text).collect()
}

/// Pieces as one word of a shell's command.
pub(super) fn shell(pieces: &[Piece]) -> String {
    let word = |piece: &Piece| match piece {
        Piece::Text(text) => format!("'{}'", text.replace('\'', r"'\''")),
        Piece::Secret(variable) => format!("\"${variable}\""),
        Piece::Base64(pieces) => format!("\"$(printf %s {} | base64 | tr -d '\\n')\"", shell(pieces)),
    };
    if pieces.is_empty() { "''".into() } else { pieces.iter().map(word).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(value: &str) -> Vault {
        Vault { values: Secrets::new(), masked: vec![(value.to_owned(), "TOKEN".to_owned())] }
    }

    #[test]
    fn a_secret_is_masked_wherever_it_stands() {
        let hidden = |value: &str, text: &str| plain(&vault(value).mask(text));
        assert_eq!(hidden("s3cret", "key=s3cret&x=s3cret"), "key=$TOKEN&x=$TOKEN");
        assert_eq!(hidden("a b/c", "key=a+b%2Fc"), "key=$TOKEN");
        assert_eq!(hidden("a\"b", r#"{"token":"a\"b"}"#), r#"{"token":"$TOKEN"}"#);
        assert_eq!(
            hidden("s3cret", &format!("Basic {}", STANDARD.encode("s3cret:"))),
            "Basic base64($TOKEN:)"
        );
        assert_eq!(hidden("s3cret", "nothing"), "nothing");
    }

    #[test]
    fn a_shell_puts_secrets_in_and_nothing_else() {
        let command = |text: &str| shell(&vault("s3cret").mask(text));
        for (text, expected) in [
            ("it's s3cret `id` $HOME", "it's hunter2 `id` $HOME"),
            ("", ""),
            (
                &format!("Basic {}", STANDARD.encode("s3cret:")),
                &format!("Basic {}", STANDARD.encode("hunter2:")),
            ),
        ] {
            let script = format!("printf %s {}", command(text));
            let ran = std::process::Command::new("sh").args(["-c", &script]).env("TOKEN", "hunter2").output();
            assert_eq!(String::from_utf8(ran.unwrap().stdout).unwrap(), expected, "{script}");
        }
    }
}
