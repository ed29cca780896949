//! From what was said and what the edge knows to the events of a visit.

use uuid::Uuid;

use super::payload::{EventDraft, Payload, PayloadContext};
use super::{Context, Data, Event, From, Page, User, classify, hints};
use crate::account::NoViewReason;
use crate::config;
use crate::config::pattern::HostPattern;
use crate::consent::{Sources, State, decide};
use crate::facts::{Random, Timestamp};
use crate::visitor::{Landing, native};

/// How old an event may say it is: as long as an SDK keeps events of a browser that is offline.
pub const MAX_AGE_MS: i64 = 72 * 3_600_000;

/// How far ahead of ours a browser's clock may be.
pub const MAX_AHEAD_MS: i64 = 5 * 60_000;

/// What the edge knows, to which a payload is added.
#[derive(Debug)]
pub struct Base<'a> {
    /// Page, client and campaign by the request; user and session by the visitor, where identity is kept.
    pub context: Context,
    /// How the events reached the edge.
    pub from: From,
    /// When.
    pub now: Timestamp,
    /// For the ids of events that have none.
    pub random: &'a Random,
    /// The rules of consent.
    pub consent: &'a config::Consent,
    /// What was said about consent outside the payload. What the payload and its events say is put in here.
    pub sources: Sources<'a>,
    /// Whether identity is told of visitors who have not decided yet.
    pub before_consent: config::BeforeConsent,
    /// What led to the page itself, and not to an earlier one of the session.
    pub came: Landing,
    /// The hosts that are the owner's, so that going from one to the other is no arrival.
    pub hosts: [&'a [HostPattern]; 2],
    /// What stands in for the visitor while they have not decided, where nothing is kept of them.
    pub pseudonym: Option<Uuid>,
    /// Why a page event of this visit is no page view, if it is none.
    pub no_view: Option<NoViewReason>,
}

/// The events of a visit.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Assembled {
    /// Those that happened.
    pub events: Vec<Event>,
    /// Page events that are no page views, and why not.
    pub refused: Vec<(Event, NoViewReason)>,
}

/// Puts the events of a visit together.
///
/// - Without a word about events, a page that passed means one page view, and a post means nothing.
/// - What is said closer to an event wins, field by field: the event's data, its own context, the payload's context,
///   what the edge knows. A campaign is taken whole. What a browser says of itself in its request wins over what its
///   script says.
/// - A user event names the user for itself and for the events after it.
/// - Times keep the order of the list: an event is at least a millisecond later than the one before it. A time that is
///   older than [`MAX_AGE_MS`] or more than [`MAX_AHEAD_MS`] ahead says more about a clock than about the event, and
///   becomes now.
/// - A session's start is told by the first event alone.
#[must_use]
pub fn assemble(payload: Payload, base: &Base<'_>) -> Assembled {
    let drafts = match (payload.events, base.from) {
        (Some(drafts), _) => drafts,
        (None, From::Edge) => vec![EventDraft::new(Data::Page(Page::default()))],
        (None, From::Client) => Vec::new(),
    };
    let said = payload.context.client.clone();
    let sources = Sources { payload: payload.consent.or(base.sources.payload), ..base.sources.clone() };
    // Events that say their own consent may have another decision, and then another base, than the rest.
    let single = drafts.iter().all(|draft| draft.consent.is_none());
    let mut shared = Shared::new(payload.context, base, single);
    let mut assembled = Assembled::default();
    let mut earliest = Timestamp(i64::MIN);
    for draft in drafts {
        let consent = decide(base.consent, &Sources { event: draft.consent, ..sources.clone() });
        let allowed = consent.allows_identity(base.before_consent);
        let shared_context = shared.with(allowed, base);
        let mut context = match draft.context {
            Some(mut own) => {
                own.client.complete(&said);
                complete(own, shared_context, base)
            }
            None => shared_context.clone(),
        };
        let mut data = draft.data;
        match &mut data {
            Data::Page(page) => page.complete(&context.page),
            Data::Track(_) => {}
            Data::User(user) => {
                user.complete(&context.user);
                name_user(&mut context.user, user);
                shared.name_user(user);
            }
        }
        let timestamp = bounded(draft.timestamp, base.now).max(earliest);
        earliest = Timestamp(timestamp.0.saturating_add(1));
        if !allowed {
            // What was kept with another decision is not told with this one.
            let stand_in =
                base.pseudonym.filter(|_| consent.state == State::Pending).map(|id| id.to_string());
            context.user.edgee_id.clone_from(&stand_in);
            if let Data::User(user) = &mut data {
                user.edgee_id = stand_in;
            }
        }
        context.ids.retain(|name| native::purpose(name).is_some_and(|purpose| consent.purposes.has(purpose)));
        let mut event = Event {
            uuid: draft.uuid.unwrap_or_else(|| base.random.uuid()),
            timestamp,
            data,
            context,
            components: draft
                .components
                .filter(|said| !said.is_everyone())
                .unwrap_or_else(|| payload.components.clone()),
            from: base.from,
            consent,
            anonymous: false,
        };
        let refused = base.no_view.filter(|_| matches!(event.data, Data::Page(_)));
        if let Some(session) = &mut event.context.session {
            session.session_start &= refused.is_none() && assembled.events.is_empty();
        }
        match refused {
            Some(reason) => assembled.refused.push((event, reason)),
            None => assembled.events.push(event),
        }
    }
    assembled
}

/// What the events of a payload share, with what was kept of the visitor and without it.
struct Shared {
    said: PayloadContext,
    known: Option<Context>,
    unknown: Option<Context>,
}

impl Shared {
    /// `single`: all of the events have one decision, so that nobody asks for both.
    fn new(said: PayloadContext, base: &Base<'_>, single: bool) -> Self {
        let mut shared = Self { said, known: None, unknown: None };
        if !single {
            shared.with(true, base);
            shared.with(false, base);
        }
        shared
    }

    fn with(&mut self, known: bool, base: &Base<'_>) -> &Context {
        let Self { said, known: with, unknown: without } = self;
        let whole = || complete(said.clone(), &base.context, base);
        if known {
            with.get_or_insert_with(whole)
        } else {
            without.get_or_insert_with(|| {
                let bare = Context { user: User::default(), session: None, ..base.context.clone() };
                complete(said.clone(), &bare, base)
            })
        }
    }

    /// A user event names the user for the events after it.
    fn name_user(&mut self, user: &User) {
        self.known.iter_mut().chain(&mut self.unknown).for_each(|context| name_user(&mut context.user, user));
    }
}

/// What was said, completed from `base`; and the browser, which its request knows best.
fn complete(said: PayloadContext, base: &Context, known: &Base<'_>) -> Context {
    let PayloadContext { mut page, mut user, client: hints, mut campaign } = said;
    page.complete(&base.page);
    user.complete(&base.user);
    campaign.complete(&base.campaign);
    let mut client = known.context.client.clone();
    client.hear(&hints);
    if client.user_agent_full_version_list.is_none() {
        client.user_agent_full_version_list = client.user_agent_version_list.as_deref().map(hints::padded);
    }
    // A campaign that is kept from an earlier page did not lead to this one.
    let kept = campaign == known.context.campaign;
    let led = if kept { &known.came.campaign } else { &campaign };
    let own = |host: &str| known.hosts.iter().copied().flatten().any(|pattern| pattern.matches(host));
    let traffic = Some(classify(&page, led, &known.came.clicks, own));
    Context { page, user, client, campaign, traffic, ids: base.ids.clone(), session: base.session.clone() }
}

/// Makes `user` who `named` says they are. Traits stay, unless they are another's.
fn name_user(user: &mut User, named: &User) {
    let mut next =
        User { user_id: named.user_id.clone(), anonymous_id: named.anonymous_id.clone(), ..User::default() };
    next.complete(user);
    *user = next;
}

fn bounded(said: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let range = now.0.saturating_sub(MAX_AGE_MS)..=now.0.saturating_add(MAX_AHEAD_MS);
    said.filter(|at| range.contains(&at.0)).unwrap_or(now)
}

#[cfg(test)]
#[path = "assemble_tests.rs"]
mod tests;
