//! What the component is told, by the names that `selvedge.toml` has for it.

use selvedge_core::component::ResolvedSettings;
use selvedge_core::config::Setting;

use super::wit;

/// The kind's own settings, and what every component takes beside them.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The kind's own, and `endpoint`.
    pub(crate) resolved: ResolvedSettings,
    /// Whether `without_consent` is `anonymous`; otherwise, and where nothing is said, it is `drop`.
    pub(crate) anonymous: bool,
}

impl Settings {
    /// Reads them. What is empty counts as absent, as hosts with forms have it.
    ///
    /// # Errors
    /// When `without_consent` is neither of its words.
    pub(crate) fn read(dict: wit::Dict) -> Result<Self, String> {
        let mut settings = Self { resolved: ResolvedSettings::default(), anonymous: false };
        for (name, value) in dict.into_iter().filter(|(_, value)| !value.is_empty()) {
            match (name.as_str(), value.as_str()) {
                ("endpoint", url) => settings.resolved.endpoint = Some(url.trim_end_matches('/').to_owned()),
                ("without_consent", "anonymous") => settings.anonymous = true,
                ("without_consent", "drop") => settings.anonymous = false,
                ("without_consent", other) => {
                    return Err(format!(
                        "setting `without_consent`: `{other}` is neither `drop` nor `anonymous`"
                    ));
                }
                _ => {
                    settings.resolved.values.insert(name, Setting::Text(value));
                }
            }
        }
        Ok(settings)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests may assert as tests do
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, String> {
        Settings::read(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
    }

    #[test]
    fn what_every_component_takes_is_told_from_the_kinds_own() {
        let said = [
            ("endpoint", "https://eu.example/"),
            ("without_consent", "anonymous"),
            ("key", "k"),
            ("more", ""),
        ];
        let settings = read(&said).unwrap();
        assert_eq!(settings.resolved.endpoint.as_deref(), Some("https://eu.example"));
        assert!(settings.anonymous);
        assert_eq!(
            settings.resolved.values.into_iter().collect::<Vec<_>>(),
            [("key".into(), Setting::Text("k".into()))]
        );
        assert!(!read(&[("without_consent", "")]).unwrap().anonymous);
        assert!(read(&[("without_consent", "send")]).unwrap_err().contains("neither"));
    }
}
