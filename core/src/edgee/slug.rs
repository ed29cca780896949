//! Edgee's names for destinations, and ours.
//!
//! A `components` map names Edgee's components by the id that the proxy's configuration gave them, which is a slug such
//! as `edgee/google-analytics`; the registry's own slugs, and the short ones of Edgee's documentation and demos, are
//! here. Who chose other ids keeps them as ids of components, with `-` for `/`.

/// Kinds, and the slugs behind `edgee/` and `edgee-ai/` that mean them.
const SLUGS: &[(&str, &[&str])] = &[
    ("amplitude", &["amplitude"]),
    ("bigquery", &["google-bigquery", "bigquery", "big-query"]),
    ("clickhouse", &["clickhouse"]),
    ("eulerian", &["eulerian"]),
    ("firehose", &["amazon-data-firehose", "data-firehose", "amazon-firehose", "firehose"]),
    ("ga4", &["google-analytics", "google_analytics", "ga", "ga4"]),
    ("google-ads", &["google-ads-conversion", "google-ads"]),
    ("gosquared", &["gosquared"]),
    ("kinesis", &["amazon-kinesis", "kinesis"]),
    ("linkedin-capi", &["linkedin-capi", "linkedin"]),
    ("matomo", &["matomo"]),
    ("meta-capi", &["meta-capi", "facebook-capi", "facebook_capi", "meta_capi", "meta", "facebook"]),
    ("mixpanel", &["mixpanel"]),
    ("piano", &["piano-analytics", "piano_analytics", "piano"]),
    ("pinterest-capi", &["pinterest-capi", "pinterest"]),
    ("plausible", &["plausible", "plausible-analytics"]),
    ("posthog", &["posthog"]),
    ("s3", &["amazon-s3", "s3"]),
    ("segment", &["segment"]),
    ("snapchat-capi", &["snapchat-capi", "snapchat"]),
    ("snowflake", &["snowflake"]),
    ("woopra", &["woopra"]),
];

/// The kind that Edgee's slug means, with or without the name of its publisher; none for a third party's.
#[must_use]
pub fn kind_of(slug: &str) -> Option<&'static str> {
    let name = match slug.split_once('/') {
        Some(("edgee" | "edgee-ai" | "edgee-cloud", name)) => name,
        Some(_) => return None,
        None => slug,
    };
    SLUGS.iter().find(|(_, slugs)| slugs.contains(&name)).map(|(kind, _)| *kind)
}

/// Edgee's slugs for a kind, in full.
pub(crate) fn slugs_of(kind: &str) -> impl Iterator<Item = String> {
    let slugs = SLUGS.iter().find(|(name, _)| *name == kind).map(|(_, slugs)| *slugs).unwrap_or_default();
    ["edgee/", "edgee-ai/", ""].into_iter().flat_map(|by| slugs.iter().map(move |slug| format!("{by}{slug}")))
}

/// Whether a name in a `components` map spells this id: Edgee's have slashes, which ours may not have.
#[must_use]
pub fn spells(name: &str, id: &str) -> bool {
    name.len() == id.len() && name.bytes().zip(id.bytes()).all(|(a, b)| a == b || a == b'/' && b == b'-')
}
