//! What a browser says of itself.

use selvedge_core::event::{Client, Event};
use serde_json::{Value, json};

/// The visitor's `User-Agent`, as a field may carry it.
pub(crate) fn user_agent(event: &Event) -> Option<String> {
    let agent = event.context.client.user_agent.as_deref()?;
    let agent: String = agent.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
    Some(agent.trim().to_owned()).filter(|agent| !agent.is_empty())
}

/// The brands of a list as the browser's client hints have it (`Brand;version|Brand;version`), with their versions.
pub(crate) fn brands(list: &str) -> impl Iterator<Item = (&str, &str)> {
    list.split('|').filter_map(|brand| brand.rsplit_once(';')).filter(|(brand, _)| !brand.is_empty())
}

/// The same, as `navigator.userAgentData` has them.
pub(crate) fn brand_list(list: &str) -> Value {
    brands(list).map(|(brand, version)| json!({ "brand": brand, "version": version })).collect()
}

/// The browser's name and version: what its `User-Agent` told, else the brand that it calls itself by.
pub(crate) fn name_and_version(client: &Client) -> (Option<&str>, Option<&str>) {
    if client.browser.is_some() {
        return (client.browser.as_deref(), client.browser_version.as_deref());
    }
    let lists = [&client.user_agent_full_version_list, &client.user_agent_version_list];
    for list in lists.into_iter().flatten() {
        // One brand is made up, so that nobody counts on a fixed list; another is the engine's.
        let real = brands(list).filter(|(name, _)| !name.trim_start().starts_with("Not"));
        if let Some((name, version)) = real.min_by_key(|(name, _)| *name == "Chromium") {
            return (Some(name.strip_prefix("Google ").unwrap_or(name)), Some(version));
        }
    }
    (None, None)
}

/// A version's first number.
pub(crate) fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

/// The operating system, as the browser SDKs of PostHog and Mixpanel call it.
pub(crate) fn os(client: &Client) -> Option<&str> {
    client.os_name.as_deref().map(|os| if os == "macOS" { "Mac OS X" } else { os })
}

/// A locale as browsers write it: `fr-fr` is `fr-FR`.
pub(crate) fn locale(client: &Client) -> Option<String> {
    let locale = client.locale.as_deref().filter(|locale| !locale.is_empty())?;
    Some(match locale.split_once(['-', '_']) {
        Some((language, region)) if region.len() == 2 => {
            format!("{language}-{}", region.to_ascii_uppercase())
        }
        _ => locale.to_owned(),
    })
}

/// The screen in CSS pixels, `1512x982`, where its width and height are known.
pub(crate) fn screen(client: &Client) -> Option<String> {
    match (client.screen_width, client.screen_height) {
        (Some(width @ 1..), Some(height @ 1..)) => Some(format!("{width}x{height}")),
        _ => None,
    }
}

/// Device pixels to a CSS pixel, as the shortest number that means the same.
pub(crate) fn density(client: &Client) -> Option<f64> {
    client.screen_density?.to_string().parse().ok().filter(|density: &f64| density.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brands_may_have_semicolons_in_their_names() {
        let list = "Chromium;130.0.1|Not;A=Brand;99|;1||x";
        assert_eq!(brands(list).collect::<Vec<_>>(), [("Chromium", "130.0.1"), ("Not;A=Brand", "99")]);
    }

    #[test]
    fn locales_and_browsers_are_as_browsers_say() {
        let client = |locale: &str, full: &str, brief: &str| Client {
            locale: Some(locale.into()),
            user_agent_full_version_list: (!full.is_empty()).then(|| full.into()),
            user_agent_version_list: (!brief.is_empty()).then(|| brief.into()),
            ..Client::default()
        };
        let chrome =
            client("fr-fr", "Not?A_Brand;99.0.0.0|Chromium;130.0.6|Google Chrome;130.0.6", "Chromium;130");
        assert_eq!(locale(&chrome).as_deref(), Some("fr-FR"));
        assert_eq!(name_and_version(&chrome), (Some("Chrome"), Some("130.0.6")));
        let odd = client("zh-hans-cn", "", " Not A;Brand;99|Microsoft Edge;131|Chromium;131");
        assert_eq!(locale(&odd).as_deref(), Some("zh-hans-cn"));
        assert_eq!(name_and_version(&odd), (Some("Microsoft Edge"), Some("131")));
        let chromium = client("en", "", "Chromium;120");
        assert_eq!(name_and_version(&chromium), (Some("Chromium"), Some("120")));
        assert_eq!(name_and_version(&client("en", ";|;;|x", "")), (Some(";"), Some("")));
        assert_eq!(name_and_version(&Client::default()), (None, None));
        assert_eq!((major("130.0.6"), major("x"), major("")), (Some(130), None, None));
        let dense = Client { screen_density: Some(1.1), ..Client::default() };
        assert_eq!(density(&dense), Some(1.1));
    }
}
