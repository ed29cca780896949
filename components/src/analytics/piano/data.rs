//! The properties of an event, as Piano's own SDK names them.

use percent_encoding::percent_decode_str;
use selvedge_core::component::Moment;
use selvedge_core::event::{Client, Data, Event, Properties};
use selvedge_core::visitor::native::piano;
use serde_json::{Map, Value, json};

use super::consent::Mode;
use super::shop;
use crate::browser::brand_list;
use crate::cut::{characters, url_bytes};
use crate::flat::flat;
use crate::ids::Ids;
use crate::json::add;
use crate::location::Location;
use crate::page;

/// Characters of a text, and bytes of a URL: ours, for Piano names no limit.
const TEXT: usize = 1_000;
const URL: usize = 4_000;
/// Parameters of a campaign.
const SOURCES: usize = 20;

/// The events of one visit.
pub(super) struct Visit {
    /// For a visit without identity: drawn once, and marked as Piano's SDK marks an id that is not stored.
    drawn: String,
    page_view: Option<String>,
}

impl Visit {
    pub(super) fn of(moment: &Moment<'_>) -> Self {
        Self { drawn: format!("{}-NO", moment.random.uuid()), page_view: None }
    }

    /// `idclient`.
    pub(super) fn id(&self, event: &Event, mode: Mode) -> String {
        // Who opted out has none; who only is exempt from consent has the one that they have.
        let own = || piano(&event.context.ids).or(Ids::of(event).visitor);
        match mode {
            Mode::OptOut => "OPT-OUT".into(),
            Mode::OptIn | Mode::Essential => {
                let id = own().filter(|id| !id.is_empty());
                id.map_or_else(|| self.drawn.clone(), |id| characters(id, 64).to_owned())
            }
        }
    }

    /// Piano's events for one of ours, each with everything that is known.
    pub(super) fn events(&mut self, event: &Event, mode: Mode) -> Vec<(String, Properties)> {
        let events = match &event.data {
            Data::Page(page) => {
                self.page_view = Some(event.uuid.to_string());
                let mut data = own(&page.properties);
                let title = Location::of(event).title;
                let path = page.path.as_deref().or(event.context.page.path.as_deref());
                push(&mut data, "page", page.name.as_deref().or(title).or(path));
                push(&mut data, "page_chapter1", page.category.as_deref());
                push(&mut data, "content_title", title);
                if !page.keywords.is_empty() {
                    data.insert("content_keywords".into(), json!(page.keywords));
                }
                vec![("page.display".to_owned(), data)]
            }
            Data::Track(track) => shop::events(track),
            Data::User(_) => Vec::new(),
        };
        let shared = self.shared(event, mode);
        let whole = |(name, mut data): (String, Properties)| {
            for (name, value) in &shared {
                // What the event says of itself wins, but not over consent.
                if name.starts_with("visitor_privacy") || !data.contains_key(name) {
                    data.insert(name.clone(), value.clone());
                }
            }
            (name, data)
        };
        events.into_iter().map(whole).collect()
    }

    fn shared(&self, event: &Event, mode: Mode) -> Properties {
        let mut data = Map::new();
        data.insert("event_collection_platform".into(), "selvedge".into());
        data.insert("device_timestamp_utc".into(), event.timestamp.0.into());
        data.insert("device_local_hour".into(), event.timestamp.0.into());
        data.insert("visitor_privacy_consent".into(), (mode == Mode::OptIn).into());
        data.insert("visitor_privacy_mode".into(), mode.word().into());
        push(&mut data, "pageview_id", self.page_view.as_deref());
        let location = Location::of(event);
        push_url(&mut data, "event_url_full", location.url.as_deref(), mode);
        push_url(&mut data, "previous_url", location.referrer, mode);
        push(&mut data, "page_title_html", location.title);
        push_client(&mut data, &event.context.client);
        let ids = Ids::granted(event);
        push(&mut data, "user_id", ids.user.or(ids.anonymous));
        let category = event.context.user.properties.get("user_category").and_then(crate::commerce::text);
        push(&mut data, "user_category", category.as_deref());
        push_sources(&mut data, event, location.url.as_deref());
        data
    }
}

/// The properties that an event says: names of Piano's alphabet, objects flattened, lists of texts and numbers as they are.
pub(super) fn own(properties: &Properties) -> Properties {
    let (lists, others): (Vec<_>, Vec<_>) = properties.iter().partition(|(_, value)| {
        let scalar = |value: &Value| value.is_string() || value.is_number();
        value.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(scalar))
    });
    let others: Properties = others.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let lists = lists.into_iter().map(|(name, list)| (name.clone(), list.clone()));
    let name = |name: &str| -> String {
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(64).collect()
    };
    flat(&others).into_iter().chain(lists).map(|(key, value)| (name(&key), value)).collect()
}

pub(super) fn push(data: &mut Properties, name: &str, value: Option<&str>) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        data.insert(name.into(), characters(value, TEXT).into());
    }
}

/// The exemption covers where the visitor is, and not the campaign that brought them.
fn push_url(data: &mut Properties, name: &str, url: Option<&str>, mode: Mode) {
    let url = url.map(|url| match mode {
        Mode::OptIn => url,
        Mode::Essential | Mode::OptOut => page::bare(url),
    });
    if let Some(url) = url.filter(|url| !url.is_empty()) {
        data.insert(name.into(), url_bytes(url, URL).into());
    }
}

fn push_client(data: &mut Properties, client: &Client) {
    let (language, country) = match client.locale.as_deref() {
        Some(locale) => locale.split_once('-').unwrap_or((locale, "")),
        None => ("", ""),
    };
    push(data, "browser_language", Some(language));
    push(data, "browser_language_local", Some(&country.to_ascii_uppercase()));
    for (name, pixels) in
        [("device_screen_width", client.screen_width), ("device_screen_height", client.screen_height)]
    {
        add(data, name, pixels.filter(|pixels| *pixels > 0));
    }
    for (name, list) in [
        ("ch_ua", &client.user_agent_version_list),
        ("ch_ua_full_version_list", &client.user_agent_full_version_list),
    ] {
        add(data, name, list.as_deref().map(brand_list));
    }
    let mobile = client.user_agent_mobile.as_deref();
    add(data, "ch_ua_mobile", mobile.map(|mobile| mobile == "1"));
    push(data, "ch_ua_arch", client.user_agent_architecture.as_deref());
    push(data, "ch_ua_bitness", client.user_agent_bitness.as_deref());
    push(data, "ch_ua_model", client.user_agent_model.as_deref());
    push(data, "ch_ua_platform", client.os_name.as_deref());
    push(data, "ch_ua_platform_version", client.os_version.as_deref());
}

/// `src_…`: of the `at_…` parameters of the page, which are Piano's own; without any, of the campaign.
fn push_sources(data: &mut Properties, event: &Event, url: Option<&str>) {
    let query = url.and_then(|url| url.split_once('?')).map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    let parameters = query.split('&').filter_map(|parameter| parameter.split_once('='));
    let own = parameters.filter_map(|(name, value)| Some((name.strip_prefix("at_")?, value)));
    let own = own.filter(|(name, _)| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        (1..=40).contains(&name.len()) && name.bytes().all(fits)
    });
    let mut found = false;
    for (name, value) in own.take(SOURCES) {
        let value = value.replace('+', " ");
        push(data, &format!("src_{name}"), Some(&percent_decode_str(&value).decode_utf8_lossy()));
        found = true;
    }
    let campaign = &event.context.campaign;
    for (name, utm, value) in [
        ("src_campaign", "utm_campaign", &campaign.name),
        ("src_source", "utm_source", &campaign.source),
        ("src_medium", "utm_medium", &campaign.medium),
        ("src_term", "utm_term", &campaign.term),
        ("src_content", "utm_content", &campaign.content),
        ("src_creative_format", "utm_creative_format", &campaign.creative_format),
        ("src_marketing_tactic", "utm_marketing_tactic", &campaign.marketing_tactic),
    ] {
        if !found {
            push(data, name, value.as_deref());
        }
        push(data, utm, value.as_deref());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_have_names_of_pianos_alphabet() {
        let said =
            json!({"Plan Name": "pro", "n": 1.5, "tags": ["a", 1], "deep": {"er": [true]}, "none": []});
        assert_eq!(
            Value::Object(own(said.as_object().unwrap())),
            json!({"Plan_Name": "pro", "n": 1.5, "deep_er": "true", "tags": ["a", 1]})
        );
    }
}
