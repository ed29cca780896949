//! What a component gets of an event: the event, the event redacted, the event anonymous, or nothing. Each is made when
//! the first component asks for it, and shared by all.

use std::cell::OnceCell;
use std::sync::Arc;

use uuid::Uuid;

use crate::account::DropReason;
use crate::config::{PersonalData, WithoutConsent};
use crate::edge::Component;
use crate::event::{Data, Event};
use crate::privacy;

/// In which form a component may have an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As it is.
    Whole,
    /// Without what looks like personal data.
    Redacted,
    /// Without anything that could tell who it was.
    Anonymous,
}

/// Decides in which form a component may have an event, before it is asked what it makes of it; or why in none. Consent
/// comes before everything else that could be said. `withheld`: it happened before the visitor agreed, and those who need
/// no consent, or had it without names, have had it.
pub(super) fn judge(component: &Component, event: &Event, withheld: bool) -> Result<Form, DropReason> {
    let anonymous = component.config.without_consent == WithoutConsent::Anonymous;
    if withheld && (component.purposes.is_empty() || anonymous) {
        return Err(DropReason::AlreadyReported);
    }
    // Who needs no purpose needs no vendor's consent either.
    let agreed = component.purposes.is_empty()
        || event.consent.allows(&component.purposes) && event.consent.allows_vendor(component.tcf_vendor);
    let form = match (agreed, component.personal_data, component.config.without_consent) {
        (true, PersonalData::Keep, _) => Form::Whole,
        (true, PersonalData::Redact, _) => Form::Redacted,
        (false, _, WithoutConsent::Anonymous) => Form::Anonymous,
        (false, _, WithoutConsent::Drop) => return Err(DropReason::WithoutConsent),
    };
    if form == Form::Anonymous && matches!(event.data, Data::User(_)) {
        // Who somebody is, without who it is, is nothing.
        Err(DropReason::WithoutConsent)
    } else if !component.config.events.contains(&event.data.event_type()) {
        Err(DropReason::EventType)
    } else if !event.components.allows_any(&component.names) {
        Err(DropReason::NotSelected)
    } else {
        Ok(form)
    }
}

/// An event in all of its forms.
#[derive(Debug)]
pub(super) struct Variants {
    whole: Arc<Event>,
    pseudonym: Option<Uuid>,
    redacted: OnceCell<Option<Arc<Event>>>,
    anonymous: OnceCell<Arc<Event>>,
}

impl Variants {
    pub(super) fn of(event: Event, pseudonym: Option<Uuid>) -> Self {
        Self { whole: Arc::new(event), pseudonym, redacted: OnceCell::new(), anonymous: OnceCell::new() }
    }

    /// The event as it is: for decisions, and never for a destination.
    pub(super) fn whole(&self) -> &Event {
        &self.whole
    }

    /// What tells this visitor from others in that form of the event; where nothing does, the event itself.
    pub(super) fn visitor(&self, form: Form) -> String {
        let visitor = match form {
            Form::Anonymous => self.pseudonym.map(|id| id.to_string()),
            Form::Whole | Form::Redacted => self.whole.context.user.edgee_id.clone(),
        };
        visitor.unwrap_or_else(|| self.whole.uuid.to_string())
    }

    /// The event as a destination may have it. `before` is the one before it in the visit, with which it shares most of
    /// what there is to look at.
    pub(super) fn get(&self, form: Form, before: Option<&Self>) -> &Arc<Event> {
        match form {
            Form::Whole => &self.whole,
            Form::Redacted => {
                let redacted = self.redacted.get_or_init(|| {
                    let before = before.and_then(|one| Some((&*one.whole, one.redacted.get()?.as_deref())));
                    privacy::redacted_after(&self.whole, before).map(Arc::new)
                });
                redacted.as_ref().unwrap_or(&self.whole)
            }
            Form::Anonymous => self.anonymous.get_or_init(|| {
                let before = before.and_then(|one| Some((&*one.whole, &**one.anonymous.get()?)));
                Arc::new(privacy::anonymous_after(&self.whole, self.pseudonym, before))
            }),
        }
    }
}
