//! An event, as components get it: texts that are unknown are empty, numbers that are unknown are 0, properties are texts.

use std::borrow::Cow;

use selvedge_core::consent::State;
use selvedge_core::event::{Client, Context, Data, Event, EventType, Page, Properties, Session, Track, User};
use serde_json::Value;

use super::Image;
use crate::Failure;

/// Where the shop's list is, among the properties of a track event. Components get it by itself.
const PRODUCTS: &str = "products";

/// An event.
pub(crate) fn event(image: &mut Image<'_, '_>, event: &Event) -> Result<(), Failure> {
    let millis = event.timestamp.0;
    image.text(&event.uuid.to_string())?;
    for time in [event.timestamp.seconds(), millis, millis.saturating_mul(1000)] {
        image.number(time.to_le_bytes());
    }
    let kind = match event.data.event_type() {
        EventType::Page => 0,
        EventType::Track => 1,
        EventType::User => 2,
    };
    image.number([kind]);
    image.align(4);
    image.number([kind]);
    image.align(4);
    let data = image.len();
    match &event.data {
        Data::Page(it) => page(image, it)?,
        Data::Track(it) => track(image, it)?,
        Data::User(it) => user(image, it)?,
    }
    // As large as the largest of them, which is a page.
    image.fill(data, 72);
    context(image, &event.context)?;
    let consent = match event.consent.state {
        State::Pending => 0,
        State::Granted => 1,
        State::Denied => 2,
    };
    image.number([1]);
    image.number([consent]);
    image.align(8);
    Ok(())
}

fn context(image: &mut Image<'_, '_>, context: &Context) -> Result<(), Failure> {
    image.align(8);
    page(image, &context.page)?;
    user(image, &context.user)?;
    client(image, &context.client)?;
    let campaign = &context.campaign;
    for text in [
        &campaign.name,
        &campaign.source,
        &campaign.medium,
        &campaign.term,
        &campaign.content,
        &campaign.creative_format,
        &campaign.marketing_tactic,
    ] {
        image.known(text.as_deref())?;
    }
    session(image, context.session.as_ref())
}

fn page(image: &mut Image<'_, '_>, page: &Page) -> Result<(), Failure> {
    image.known(page.name.as_deref())?;
    image.known(page.category.as_deref())?;
    image.list(&page.keywords, |image, word| image.text(word))?;
    for text in [&page.title, &page.url, &page.path, &page.search, &page.referrer] {
        image.known(text.as_deref())?;
    }
    image.dict(texts(&page.properties))
}

fn user(image: &mut Image<'_, '_>, user: &User) -> Result<(), Failure> {
    for text in [&user.user_id, &user.anonymous_id, &user.edgee_id] {
        image.known(text.as_deref())?;
    }
    image.dict(texts(&user.properties))
}

fn track(image: &mut Image<'_, '_>, track: &Track) -> Result<(), Failure> {
    image.text(&track.name)?;
    let products = track.properties.get(PRODUCTS).and_then(Value::as_array);
    let others = texts(&track.properties).filter(|(name, _)| products.is_none() || *name != PRODUCTS);
    image.dict(others)?;
    let products = products.into_iter().flatten().filter_map(Value::as_object);
    image.list(products, |image, product| image.dict(texts(product)))
}

fn client(image: &mut Image<'_, '_>, client: &Client) -> Result<(), Failure> {
    for text in [
        &client.ip,
        &client.locale,
        &client.timezone,
        &client.user_agent,
        &client.user_agent_architecture,
        &client.user_agent_bitness,
        &client.user_agent_version_list,
        &client.user_agent_full_version_list,
        &client.user_agent_mobile,
        &client.user_agent_model,
        &client.os_name,
        &client.os_version,
    ] {
        image.known(text.as_deref())?;
    }
    for pixels in [client.screen_width, client.screen_height] {
        let pixels = pixels.and_then(|pixels| i32::try_from(pixels).ok());
        image.number(pixels.unwrap_or_default().to_le_bytes());
    }
    image.number(client.screen_density.unwrap_or_default().to_le_bytes());
    for text in [&client.continent, &client.country_code, &client.country_name, &client.region, &client.city]
    {
        image.known(text.as_deref())?;
    }
    Ok(())
}

fn session(image: &mut Image<'_, '_>, session: Option<&Session>) -> Result<(), Failure> {
    image.align(8);
    image.known(session.map(|session| session.session_id.as_str()))?;
    image.known(session.and_then(|session| session.previous_session_id.as_deref()))?;
    image.number(session.map_or(0, |session| session.session_count).to_le_bytes());
    image.number([session.is_some_and(|session| session.session_start).into()]);
    for seen in [session.map(|session| session.first_seen), session.map(|session| session.last_seen)] {
        image.number(seen.map_or(0, |seen| seen.seconds()).to_le_bytes());
    }
    Ok(())
}

/// Properties as texts: what is nested is JSON, and nothing says nothing.
fn texts(properties: &Properties) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
    properties.iter().filter_map(|(name, value)| {
        let text = match value {
            Value::Null => return None,
            Value::String(text) => Cow::Borrowed(text.as_str()),
            other => Cow::Owned(other.to_string()),
        };
        Some((name.as_str(), text))
    })
}
