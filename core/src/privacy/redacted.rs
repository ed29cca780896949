//! What a destination gets that the visitor agreed to, and that is not made of personal data.

use super::patterns::{self, Numbers};
use super::scrub::Scrub;
use crate::event::{Campaign, Context, Data, Event, Track, User};

/// The event without properties and texts that look like personal data; none where there is nothing to take out.
///
/// A `user_id` or `anonymous_id` that is itself an e-mail address or a telephone number is absent afterwards: a text in
/// its place would make one user of everybody.
#[must_use]
pub fn redacted(event: &Event) -> Option<Event> {
    redacted_after(event, None)
}

/// [`redacted`], after an event of the same visit and what became of it: what both share is not looked at twice.
pub(crate) fn redacted_after(event: &Event, before: Option<(&Event, Option<&Event>)>) -> Option<Event> {
    let scrub = Scrub::default();
    // Named one by one, so that a new field is not forgotten here. The browser, where it is, and its session are what
    // the visitor agreed to, as are vendors' ids.
    let Context { page, user, client: _, campaign, traffic, ids: _, session: _ } = &event.context;
    let new_page = match before {
        Some((whole, new)) if whole.context.page == *page => {
            new.map(|new| &new.context.page).filter(|new| *new != page).cloned()
        }
        _ => scrub.page(page),
    };
    let data = match &event.data {
        Data::Page(said) if said == page => new_page.clone().map(Data::Page),
        Data::Page(said) => scrub.page(said).map(Data::Page),
        Data::Track(track) => track_of(&scrub, track).map(Data::Track),
        Data::User(user) => user_of(&scrub, user).map(Data::User),
    };
    let new_user = match before {
        Some((whole, new)) if whole.context.user == *user => {
            new.map(|new| &new.context.user).filter(|new| *new != user).cloned()
        }
        _ => user_of(&scrub, user),
    };
    let new_campaign = campaign_of(&scrub, campaign);
    let source = traffic.as_ref().and_then(|traffic| scrub.text(traffic.source.as_deref()?));
    if data.is_none()
        && new_page.is_none()
        && new_user.is_none()
        && new_campaign.is_none()
        && source.is_none()
    {
        return None;
    }
    let mut event = event.clone();
    put(&mut event.data, data);
    put(&mut event.context.page, new_page);
    put(&mut event.context.user, new_user);
    put(&mut event.context.campaign, new_campaign);
    if let (Some(traffic), Some(source)) = (&mut event.context.traffic, source) {
        traffic.source = Some(source);
    }
    Some(event)
}

fn put<T>(to: &mut T, new: Option<T>) {
    if let Some(new) = new {
        *to = new;
    }
}

pub(super) fn track_of(scrub: &Scrub<'_>, track: &Track) -> Option<Track> {
    let Track { name, properties } = track;
    let (new_name, new_properties) = (scrub.text(name), scrub.properties(properties, false));
    (new_name.is_some() || new_properties.is_some()).then(|| Track {
        name: new_name.unwrap_or_else(|| name.clone()),
        properties: new_properties.unwrap_or_else(|| properties.clone()),
    })
}

fn user_of(scrub: &Scrub<'_>, user: &User) -> Option<User> {
    let User { user_id, anonymous_id, edgee_id, properties } = user;
    let personal = |id: &Option<String>| id.as_deref().is_some_and(is_personal_id);
    let (a, b) = (personal(user_id), personal(anonymous_id));
    let new_properties = scrub.properties(properties, true);
    (a || b || new_properties.is_some()).then(|| User {
        user_id: user_id.clone().filter(|_| !a),
        anonymous_id: anonymous_id.clone().filter(|_| !b),
        edgee_id: edgee_id.clone(),
        properties: new_properties.unwrap_or_else(|| properties.clone()),
    })
}

fn is_personal_id(id: &str) -> bool {
    patterns::redacted(id, Numbers::Codes).is_some()
        || patterns::redacted(&super::urls::decoded(id), Numbers::Codes).is_some()
}

fn campaign_of(scrub: &Scrub<'_>, campaign: &Campaign) -> Option<Campaign> {
    let Campaign { name, source, medium, term, content, creative_format, marketing_tactic } = campaign;
    let fields = [name, source, medium, term, content, creative_format, marketing_tactic];
    let mut changed = false;
    let [name, source, medium, term, content, creative_format, marketing_tactic] = fields.map(|field| {
        let new = field.as_deref().and_then(|text| scrub.text(text));
        changed |= new.is_some();
        new.or_else(|| field.clone())
    });
    changed.then_some(Campaign { name, source, medium, term, content, creative_format, marketing_tactic })
}

#[cfg(test)]
#[path = "redacted_tests.rs"]
mod tests;
