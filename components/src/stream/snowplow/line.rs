//! An event as the tracker protocol has it: fields with short names, all of them text.

use selvedge_core::component::Moment;
use selvedge_core::event::{Data, Event, Properties, Session, Track, User};
use selvedge_core::visitor::native::snowplow;
use serde_json::{Map, Value, json};

use super::Settings;
use super::entity::{central, client_hints, contexts, described, event as unstruct, web_page};
use super::shop;
use crate::browser::screen;
use crate::commerce::{Commerce, number, text, words};
use crate::cut::characters;
use crate::hash::sha256;
use crate::ids::{Ids, granted};
use crate::json::{add, to_text};
use crate::location::Location;

/// The lines of one visit.
pub(super) struct Lines<'a> {
    settings: &'a Settings,
    sent: i64,
    /// The page view that the events after it belong to.
    page_view: Option<String>,
}

/// What kind of event it is, with what it says, and the entities that go with it.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) fields: Vec<(&'static str, String)>,
    pub(super) entities: Vec<Value>,
}

impl Said {
    /// A self-describing event.
    pub(super) fn described(event: &Value, entities: Vec<Value>) -> Self {
        Self { fields: vec![("e", "ue".into()), ("ue_pr", unstruct(event))], entities }
    }
}

impl<'a> Lines<'a> {
    pub(super) fn of(settings: &'a Settings, moment: &Moment<'_>) -> Self {
        Self { settings, sent: moment.now.0, page_view: None }
    }

    /// None for what there is no schema for.
    pub(super) fn line(&mut self, event: &Event) -> Option<Map<String, Value>> {
        let Said { fields, mut entities } = match &event.data {
            Data::Page(_) => {
                self.page_view = Some(event.uuid.to_string());
                Said { fields: vec![("e", "pv".into())], entities: Vec::new() }
            }
            Data::Track(track) => self.track(track)?,
            Data::User(user) => identify(user)?,
        };
        entities.extend(self.page_view.as_deref().map(web_page));
        entities.extend(client_hints(&event.context.client));
        let mut line = Map::new();
        let mut push = |name: &str, value: &str| {
            if !value.is_empty() {
                line.insert(name.to_owned(), value.into());
            }
        };
        for (name, value) in fields {
            push(name, &value);
        }
        push("eid", &event.uuid.to_string());
        push("tv", "selvedge");
        push("tna", characters(&self.settings.namespace, 128));
        push("aid", characters(&self.settings.app_id, 255));
        push("p", "web");
        push("dtm", &event.timestamp.0.to_string());
        push("stm", &self.sent.to_string());
        if let Some(id) = visitor(event) {
            push("duid", characters(id, 128));
            if let Some(session) = &event.context.session {
                push("sid", &session_id(id, session));
                push("vid", &session.session_count.to_string());
            }
        }
        push("uid", characters(Ids::granted(event).user.unwrap_or_default(), 255));
        let location = Location::of(event);
        push("url", characters(location.url.as_deref().unwrap_or_default(), 10_000));
        push("refr", characters(location.referrer.unwrap_or_default(), 10_000));
        push("page", characters(location.title.unwrap_or_default(), 2_000));
        let client = &event.context.client;
        if granted(event) {
            push("ip", client.ip.as_deref().unwrap_or_default());
        }
        push("ua", characters(client.user_agent.as_deref().unwrap_or_default(), 1_000));
        push("lang", client.locale.as_deref().unwrap_or_default());
        push("tz", client.timezone.as_deref().unwrap_or_default());
        push("res", &screen(client).unwrap_or_default());
        push("co", &contexts(entities).unwrap_or_default());
        Some(line)
    }

    fn track(&self, track: &Track) -> Option<Said> {
        let name = Some(track.name.trim()).filter(|name| !name.is_empty())?;
        // Who names a schema knows better.
        if let Some(schema) = track.properties.get("schema").and_then(text).filter(|schema| is_schema(schema))
        {
            let mut data = track.properties.clone();
            data.shift_remove("schema");
            return Some(Said::described(&described(&schema, Value::Object(data)), Vec::new()));
        }
        if let Some(said) = shop::said(&Commerce::of(track)) {
            return Some(said);
        }
        let own = self.settings.schema_vendor.as_deref().zip(schema_name(name));
        Some(match own {
            Some((vendor, name)) => {
                let data = Value::Object(track.properties.clone());
                Said::described(&central(vendor, &name, data), Vec::new())
            }
            None => structured(name, &track.properties),
        })
    }
}

/// A structured event: category, action, label, property and value, and nothing else.
fn structured(name: &str, properties: &Properties) -> Said {
    let said = |names: &[&str]| names.iter().find_map(|name| properties.get(*name).and_then(text));
    let short = |text: String, most: usize| characters(&text, most).to_owned();
    let mut fields = vec![("e", "se".to_owned())];
    let category = said(&["category", "event_category"]).unwrap_or_else(|| "event".into());
    fields.push(("se_ca", short(category, 1_000)));
    fields.push(("se_ac", short(name.to_owned(), 1_000)));
    fields.extend(said(&["label", "event_label"]).map(|label| ("se_la", short(label, 4_096))));
    fields.extend(said(&["property"]).map(|property| ("se_pr", short(property, 1_000))));
    let value = ["value", "event_value"].iter().find_map(|name| number(properties.get(*name)?));
    fields.extend(value.map(|value| ("se_va", value.to_string())));
    Said { fields, entities: Vec::new() }
}

/// Who somebody is, as far as Snowplow's schema goes: their id and their address.
fn identify(user: &User) -> Option<Said> {
    let mut data = Map::new();
    let id = user.user_id.as_deref().filter(|id| !id.is_empty());
    add(&mut data, "id", id.map(|id| characters(id, 256)));
    let email = user.properties.get("email").and_then(text);
    add(&mut data, "email", email.as_deref().map(|email| characters(email, 256)));
    let known = !data.is_empty();
    let identify = central("com.snowplowanalytics.snowplow", "identify", Value::Object(data));
    known.then(|| Said::described(&identify, Vec::new()))
}

/// `domain_userid`: that of Snowplow's own cookie, else our own.
pub(super) fn visitor(event: &Event) -> Option<&str> {
    snowplow(&event.context.ids).filter(|_| granted(event)).or(Ids::granted(event).visitor)
}

/// `domain_sessionid` has to be a UUID: made of who it is and when their session began, so that it is the same for all of
/// its events. Version 8 says that it is of our own making.
fn session_id(visitor: &str, session: &Session) -> String {
    let hash = sha256(to_text(&json!([visitor, session.session_id])));
    let mut digits: Vec<char> = hash.chars().take(32).collect();
    for (at, digit) in [(12, '8'), (16, 'a')] {
        if let Some(old) = digits.get_mut(at) {
            *old = digit;
        }
    }
    for dash in [20, 16, 12, 8] {
        digits.insert(dash.min(digits.len()), '-');
    }
    digits.into_iter().collect()
}

/// A name as schemas have them: `Video Played` is `video_played`.
fn schema_name(name: &str) -> Option<String> {
    let name: String = words(name).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let name = characters(name.trim_matches('_'), 128).to_owned();
    (!name.is_empty()).then_some(name)
}

/// `iglu:vendor/name/format/model-revision-addition`.
fn is_schema(schema: &str) -> bool {
    let parts: Vec<&str> = schema.strip_prefix("iglu:").unwrap_or_default().split('/').collect();
    let [vendor, name, format, version] = parts.as_slice() else { return false };
    let numbers: Vec<&str> = version.split('-').collect();
    [vendor, name, format].into_iter().all(|part| is_name(part))
        && numbers.len() == 3
        && numbers.iter().all(|n| (1..=6).contains(&n.len()) && n.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What the parts of a schema's name are made of.
pub(super) fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=256).contains(&text.len()) && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use selvedge_core::facts::Timestamp;

    #[test]
    fn a_session_is_a_uuid_of_its_own() {
        let session = |id: &str| Session {
            session_id: id.into(),
            previous_session_id: None,
            session_count: 1,
            session_start: true,
            first_seen: Timestamp(0),
            last_seen: Timestamp(0),
        };
        let one = session_id("v", &session("1795343000"));
        assert_eq!(one.len(), 36);
        assert!(one.char_indices().all(|(at, c)| matches!(at, 8 | 13 | 18 | 23) == (c == '-')), "{one}");
        assert_eq!((one.chars().nth(14), one.chars().nth(19)), (Some('8'), Some('a')));
        assert_ne!(one, session_id("v", &session("1795343001")));
        assert_ne!(one, session_id("w", &session("1795343000")));
    }

    #[test]
    fn schemas_are_what_iglu_names() {
        for (schema, is) in [
            ("iglu:com.example/video_played/jsonschema/1-0-0", true),
            ("iglu:com.example/video_played/jsonschema/1-0", false),
            ("iglu:com.example/video_played/1-0-0", false),
            ("com.example/video_played/jsonschema/1-0-0", false),
            ("iglu:com.example/vi deo/jsonschema/1-0-0", false),
            ("iglu:", false),
            ("", false),
        ] {
            assert_eq!(is_schema(schema), is, "{schema}");
        }
        assert_eq!(schema_name("Video Played!"), Some("video_played".into()));
        assert_eq!(schema_name("語"), None);
    }
}
