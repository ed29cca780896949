//! Secrets in what is told: their names stand for them.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What is shorter than this occurs everywhere, and is no secret.
const SHORTEST: usize = 4;

/// The secrets of a configuration, and the forms in which they are sent.
#[derive(Default)]
pub(crate) struct Hidden(Vec<(String, String)>);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden")
    }
}

impl Hidden {
    /// Of these secrets, by name.
    pub(crate) fn new(secrets: &BTreeMap<String, String>) -> Self {
        Self::of(secrets.iter().map(|(name, value)| (value.clone(), format!("${name}"))))
    }

    /// Of these values, and of what stands for each.
    pub(crate) fn of(values: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut forms = Vec::new();
        for (value, instead) in values.into_iter().filter(|(value, _)| value.len() >= SHORTEST) {
            let quoted = serde_json::to_string(&value).unwrap_or_default();
            let in_json = quoted.trim_matches('"').to_owned();
            for form in [in_json, encoded(&value, false), encoded(&value, true), value] {
                forms.push((form, instead.clone()));
            }
        }
        // A secret may be part of another.
        forms.sort_by_key(|(form, _)| std::cmp::Reverse(form.len()));
        forms.dedup();
        Self(forms)
    }

    /// The text with names in place of the secrets' values.
    pub(crate) fn hide(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (form, name) in &self.0 {
            if text.contains(form.as_str()) {
                text = text.replace(form.as_str(), name);
            }
        }
        text
    }

    /// A field's value. What authorises is hidden whatever it is: it may have been made of a secret, or exchanged for one.
    pub(crate) fn field(&self, name: &str, value: &str) -> String {
        let hidden = self.hide(value);
        if name != "authorization" || hidden != value {
            return hidden;
        }
        match value.split_once(' ') {
            Some(("Basic", credentials)) => {
                let plain = STANDARD.decode(credentials).ok().and_then(|bytes| String::from_utf8(bytes).ok());
                let named =
                    plain.map(|plain| (self.hide(&plain), plain)).filter(|(named, plain)| named != plain);
                format!(
                    "Basic base64({})",
                    named.map_or_else(|| "$CREDENTIALS".to_owned(), |(named, _)| named)
                )
            }
            Some((scheme @ ("Bearer" | "Token" | "Splunk" | "Api-Token"), _)) => format!("{scheme} $TOKEN"),
            // Signatures are made for one request, and say nothing about the next.
            Some(_) => hidden,
            None => "$TOKEN".to_owned(),
        }
    }
}

/// Percent-encoded, as in a query (`form`: a blank is a plus) or in a path.
fn encoded(value: &str, form: bool) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => text.push(char::from(byte)),
            b'*' if form => text.push('*'),
            b'~' if !form => text.push('~'),
            b' ' if form => text.push('+'),
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_form_of_a_secret_is_told() {
        let secrets = [("TOKEN", "s3cr3t/+ \"x~"), ("LONGER", "s3cr3t/+ \"x~ and more"), ("SHORT", "abc")];
        let secrets = secrets.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let hidden = Hidden::new(&secrets);
        for (text, expected) in [
            ("https://a.example/?t=s3cr3t%2F%2B+%22x%7E&abc", "https://a.example/?t=$TOKEN&abc"),
            ("https://a.example/s3cr3t%2F%2B%20%22x~/", "https://a.example/$TOKEN/"),
            (r#"{"token":"s3cr3t/+ \"x~"}"#, r#"{"token":"$TOKEN"}"#),
            ("s3cr3t/+ \"x~ and more", "$LONGER"),
        ] {
            assert_eq!(hidden.hide(text), expected);
        }
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        for (value, expected) in [
            ("Bearer s3cr3t/+ \"x~".to_owned(), "Bearer $TOKEN"),
            ("Bearer eyJ.exchanged".to_owned(), "Bearer $TOKEN"),
            (basic("s3cr3t/+ \"x~:"), "Basic base64($TOKEN:)"),
            (basic("somebody:else"), "Basic base64($CREDENTIALS)"),
            (
                "AWS4-HMAC-SHA256 Credential=AK, Signature=12".into(),
                "AWS4-HMAC-SHA256 Credential=AK, Signature=12",
            ),
            ("bare".into(), "$TOKEN"),
        ] {
            assert_eq!(hidden.field("authorization", &value), expected);
        }
        assert_eq!(hidden.field("x-api-key", "s3cr3t/+ \"x~"), "$TOKEN");
        assert_eq!(hidden.field("content-type", "text/plain"), "text/plain");
    }
}
