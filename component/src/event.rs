//! The interface's event as Selvedge's own.

use selvedge_core::consent::{Choice, Decision, Source, State};
use selvedge_core::event::{
    Campaign, Client, Context, Data, Event, From, Ids, Page, Properties, Selection, Session, Track, User,
};
use selvedge_core::facts::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::wit;

/// Reads an event.
///
/// # Errors
/// When its id is no UUID.
pub(crate) fn read(event: wit::Event) -> Result<Event, String> {
    let uuid = Uuid::parse_str(&event.uuid).map_err(|_| format!("`uuid` is no UUID: `{}`", event.uuid))?;
    let context = event.context;
    Ok(Event {
        uuid,
        timestamp: Timestamp(event.timestamp_millis),
        data: match event.data {
            wit::Data::Page(said) => Data::Page(page(said)),
            wit::Data::Track(said) => Data::Track(track(said)),
            wit::Data::User(said) => Data::User(user(said)),
        },
        context: Context {
            page: page(context.page),
            user: user(context.user),
            client: client(context.client),
            campaign: campaign(context.campaign),
            session: session(context.session),
            traffic: None,
            ids: Ids::default(),
        },
        components: Selection::default(),
        from: From::Edge,
        consent: consent(event.consent),
        anonymous: false,
    })
}

/// One word, which is all that is said: yes is yes to everything. What is not said was not agreed to.
fn consent(said: Option<wit::Consent>) -> Decision {
    let state = match said {
        Some(wit::Consent::Granted) => State::Granted,
        Some(wit::Consent::Denied) => State::Denied,
        Some(wit::Consent::Pending) | None => State::Pending,
    };
    let Choice { state, purposes } = Choice::from(state);
    Decision { state, purposes, source: Source::Event, cmp: None, vendors: None, gpc: false }
}

fn page(said: wit::PageData) -> Page {
    Page {
        name: text(said.name),
        category: text(said.category),
        keywords: said.keywords,
        title: text(said.title),
        url: text(said.url),
        path: text(said.path),
        search: text(said.search),
        referrer: text(said.referrer),
        properties: properties(said.properties),
    }
}

fn track(said: wit::TrackData) -> Track {
    let mut told = properties(said.properties);
    if !said.products.is_empty() {
        let products = said.products.into_iter().map(|product| Value::Object(properties(product)));
        told.insert("products".into(), products.collect());
    }
    Track { name: said.name, properties: told }
}

fn user(said: wit::UserData) -> User {
    User {
        user_id: text(said.user_id),
        anonymous_id: text(said.anonymous_id),
        edgee_id: text(said.edgee_id),
        properties: properties(said.properties),
    }
}

fn client(said: wit::Client) -> Client {
    let size = |pixels: i32| u32::try_from(pixels).ok().filter(|pixels| *pixels > 0);
    Client {
        ip: text(said.ip),
        locale: text(said.locale),
        timezone: text(said.timezone),
        user_agent: text(said.user_agent),
        user_agent_architecture: text(said.user_agent_architecture),
        user_agent_bitness: text(said.user_agent_bitness),
        user_agent_version_list: text(said.user_agent_version_list),
        user_agent_full_version_list: text(said.user_agent_full_version_list),
        user_agent_mobile: text(said.user_agent_mobile),
        user_agent_model: text(said.user_agent_model),
        os_name: text(said.os_name),
        os_version: text(said.os_version),
        screen_width: size(said.screen_width),
        screen_height: size(said.screen_height),
        screen_density: Some(said.screen_density).filter(|density| *density > 0.0),
        continent: text(said.continent),
        country_code: text(said.country_code),
        country_name: text(said.country_name),
        region: text(said.region),
        city: text(said.city),
        ..Client::default()
    }
}

fn campaign(said: wit::Campaign) -> Campaign {
    Campaign {
        name: text(said.name),
        source: text(said.source),
        medium: text(said.medium),
        term: text(said.term),
        content: text(said.content),
        creative_format: text(said.creative_format),
        marketing_tactic: text(said.marketing_tactic),
    }
}

/// None where there is no id: whoever has agreed to nothing has no session.
fn session(said: wit::Session) -> Option<Session> {
    Some(Session {
        session_id: text(said.session_id)?,
        previous_session_id: text(said.previous_session_id),
        session_count: said.session_count,
        session_start: said.session_start,
        first_seen: Timestamp(said.first_seen.saturating_mul(1000)),
        last_seen: Timestamp(said.last_seen.saturating_mul(1000)),
    })
}

fn text(said: String) -> Option<String> {
    Some(said).filter(|said| !said.is_empty())
}

/// Properties as what their texts were before they were texts: numbers, yes and no, lists and objects. A text that only
/// looks like a number, such as `00123`, stays one.
fn properties(said: wit::Dict) -> Properties {
    said.into_iter().map(|(name, value)| (name, typed(value))).collect()
}

fn typed(text: String) -> Value {
    let begins = text.bytes().next();
    if !matches!(begins, Some(b'0'..=b'9' | b'-' | b'{' | b'[' | b't' | b'f')) {
        return text.into();
    }
    match serde_json::from_str::<Value>(&text) {
        Ok(value) if serde_json::to_string(&value).is_ok_and(|written| written == text) => value,
        _ => text.into(),
    }
}
