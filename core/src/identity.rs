//! Who the visitor is, as far as they let it be known: settled before the response's head leaves, because that is where
//! cookies are.

use http::HeaderValue;
use uuid::Uuid;

use crate::config::BeforeConsent;
use crate::consent::{self, Choice, Decision, Purpose, Sources, State, stored};
use crate::event::payload::Payload;
use crate::event::{self, Ids, context};
use crate::head::Request;
use crate::receive::Arrival;
use crate::visitor::{self, KeyRing, Landing, Visitor, native};

/// The visitor, where they may be known, and the cookies that say so.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    pub(crate) visitor: Option<Visitor>,
    /// Whether this request opened the session.
    pub(crate) session_start: bool,
    /// What stands in for the visitor where nothing may be kept of them yet.
    pub(crate) pseudonym: Option<Uuid>,
    pub(crate) cookies: Vec<HeaderValue>,
}

impl Identity {
    /// The user of the visit's events.
    pub(crate) fn user(&self) -> event::User {
        self.visitor.as_ref().map(Visitor::to_user).unwrap_or_default()
    }

    /// What led to their session.
    pub(crate) fn landing(&self) -> Landing {
        self.visitor.as_ref().map(|visitor| visitor.landing.clone()).unwrap_or_default()
    }

    /// Their session.
    pub(crate) fn session(&self) -> Option<event::Session> {
        self.visitor.as_ref().map(|visitor| visitor.to_session(self.session_start))
    }

    fn keep(&mut self, cookie: &str) {
        self.cookies.extend(HeaderValue::from_str(cookie));
    }
}

/// What says something about consent, for one request.
pub(crate) fn sources(arrival: &Arrival, payload: Option<Choice>) -> Sources<'_> {
    let Arrival { edge, request, facts, .. } = arrival;
    let cookie = visitor::get(&request.headers, &stored::cookie_name(&edge.config.visitor));
    Sources {
        event: None,
        payload,
        cmp: consent::cmp::read(&edge.config.consent, &request.headers, facts.now),
        stored: cookie.and_then(|value| stored::parse(value, facts.now)),
        country: facts.client.geo.country_code.as_deref(),
        gpc: consent::global_privacy_control(&request.headers),
    }
}

/// Who the visitor is, as far as they let it be known. With a payload, what it says of consent counts at once, and is
/// stored.
pub(crate) fn identify(arrival: &Arrival, payload: Option<&Payload>) -> Identity {
    let Arrival { edge, request, facts, .. } = arrival;
    let config = &edge.config.visitor;
    let secure = visitor::secure_cookies(request);
    let said = payload.and_then(|payload| payload.consent);
    let decision = consent::decide(&edge.config.consent, &sources(arrival, said));
    let mut identity = Identity::default();
    if let Some(choice) = said.filter(|choice| choice.state != State::Pending) {
        identity.keep(&stored::set(config, choice, facts.now, secure));
    }
    let allowed = decision.allows_identity(config.before_consent);
    let reset = payload.is_some_and(|payload| payload.reset);
    // Refused, not merely unsaid: what was kept goes. So it does when the visitor is to be forgotten.
    let forget = reset || !allowed && decision.state == State::Denied;
    let clear = || visitor::clear_cookie(&config.cookie, config.domain.as_deref(), secure);
    let kept = visitor::get(&request.headers, &config.cookie).is_some();
    // Nothing has happened that a session could begin with: no event would tell of its start.
    let idle = payload.is_some_and(|payload| payload.events.as_ref().is_none_or(Vec::is_empty));
    if !allowed || idle {
        if forget && kept {
            identity.keep(&clear());
        }
        let stand_in = decision.state == State::Pending && config.before_consent == BeforeConsent::Cookieless;
        identity.pseudonym =
            edge.keys.as_ref().filter(|_| stand_in && !idle).and_then(|keys| keys.pseudonym(request, facts));
        return identity;
    }
    let Some(keys) = &edge.keys else { return identity };
    let known = known(arrival, keys).filter(|_| !reset);
    let (mut visitor, started) = match known {
        Some(visitor) => visitor.advance(facts.now, config.session_minutes),
        None => (Visitor::new(facts.now, &facts.random), true),
    };
    visitor.landing = landing(request, payload, &decision).or(&visitor.landing).bounded();
    // Who the visitor says they are is for the requests to come: this one's events say it themselves.
    let next = payload.into_iter().flat_map(users).fold(visitor.clone(), Visitor::remember);
    let (value, domain) = (keys.seal(&next, &facts.random), config.domain.as_deref());
    identity.keep(&visitor::set_cookie(&config.cookie, &value, config.lifetime_days, domain, secure));
    identity.visitor = Some(visitor);
    identity.session_start = started;
    identity
}

/// The visitor that a link from another of the owner's sites brings, else the one of the cookie.
fn known(arrival: &Arrival, keys: &KeyRing) -> Option<Visitor> {
    let Arrival { edge, request, facts, link, .. } = arrival;
    let here = keys.find(&request.headers, &edge.config.visitor.cookie);
    let link = link.as_deref();
    let arrived = link.and_then(|link| keys.arrive(link, request.host(), &request.headers, facts.now));
    match (arrived, here) {
        // The session goes on across sites; who they said they are is this site's to know.
        (Some(arrived), Some(here)) => Some(Visitor { user: here.user, ..arrived }),
        (arrived, here) => arrived.or(here),
    }
}

/// What led to the page: by its own query, or for a post by that of the page that posts. Clicks on advertisements are
/// remembered for advertising alone.
fn landing(request: &Request, payload: Option<&Payload>, decision: &Decision) -> Landing {
    let posting = || payload.map(|payload| context::posted_search(payload, request)).unwrap_or_default();
    let query = if payload.is_some() { posting() } else { request.query.clone().unwrap_or_default() };
    let clicks =
        if decision.allows(&[Purpose::Advertising]) { native::clicks(&query) } else { Ids::default() };
    Landing { campaign: context::campaign(&query), clicks }
}

/// Who a payload says the visitor is, the last word last.
fn users(payload: &Payload) -> impl Iterator<Item = &event::User> {
    let events = payload.events.iter().flatten();
    let named = events.filter_map(|draft| match &draft.data {
        event::Data::User(user) => Some(user),
        event::Data::Page(_) | event::Data::Track(_) => None,
    });
    std::iter::once(&payload.context.user).chain(named)
}
