//! What settings of Edgee's components are called here.

/// What Edgee put before the names of a kind's settings.
pub(super) const PREFIXES: &[(&str, &str)] = &[
    ("amplitude", "amplitude_"),
    ("ga4", "ga_"),
    ("linkedin-capi", "linkedin_"),
    ("meta-capi", "meta_"),
    ("piano", "piano_"),
    ("pinterest-capi", "pinterest_"),
    ("segment", "segment_"),
    ("snapchat-capi", "snapchat_"),
];

/// Settings that mean something that is the core's here.
pub(super) const GONE: &[(&str, &str, &str)] = &[
    ("ga4", "ga_consent_mapping_pending", CONSENT_MODE),
    ("ga4", "ga_consent_mapping_denied", CONSENT_MODE),
    ("ga4", "ga_consent_mapping_granted", CONSENT_MODE),
];

const CONSENT_MODE: &str = "no equivalent: consent by purpose decides what Google is told of consent mode";

/// Settings that are `endpoint`, which every component takes.
pub(super) const ENDPOINTS: &[(&str, &str)] =
    &[("amplitude", "amplitude_endpoint"), ("plausible", "instance_url"), ("matomo", "endpoint_url")];

/// Whether a setting of an unknown component sounds like a secret.
pub(super) fn sounds_secret(name: &str) -> bool {
    ["key", "secret", "token", "password", "credential"].iter().any(|word| name.contains(word))
}

/// Lower case, words joined by `_`.
pub(super) fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && out.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()) {
            out.push('_');
        }
        out.push(if c == '-' || c == ' ' { '_' } else { c.to_ascii_lowercase() });
    }
    out
}
