//! Who the visitor is, as far as they let it be known: settled before the response's head leaves, because that is where
//! cookies are.

use http::HeaderValue;
use uuid::Uuid;

use crate::config::{BeforeConsent, Cmp, NativeCookies};
use crate::consent::{self, Choice, Decision, Purpose, Purposes, Sources, State, Statement, stored};
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
    /// Whether they have not decided yet, as far as is known before the page is read.
    pub(crate) undecided: bool,
    /// The ids by which vendors know them.
    pub(crate) ids: Ids,
    /// What their browser keeps about consent: a platform's statement, and the choice that was stored. Read once.
    cmp: Option<Statement>,
    stored: Option<Choice>,
    /// What is to be said of the component that read the platform's cookie.
    pub(crate) problem: Option<String>,
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

impl Identity {
    /// What says something about consent, for the events of this request.
    pub(crate) fn sources<'a>(&self, arrival: &'a Arrival, payload: Option<Choice>) -> Sources<'a> {
        Sources { cmp: self.cmp.clone(), stored: self.stored, ..outside(arrival, payload) }
    }
}

/// What the consent management platform's cookie says, and what is to be said of whoever read it.
fn platform(arrival: &Arrival) -> (Option<Statement>, Option<String>) {
    let Arrival { edge, request, facts, .. } = arrival;
    let (config, headers) = (&edge.config.consent, &request.headers);
    match config.cmp {
        Cmp::Wasm => consent::cmp::foreign::read(config, &edge.mapping, headers, facts),
        _ => (consent::cmp::read(config, headers, facts.now), None),
    }
}

/// What says something about consent, for one request.
pub(crate) fn sources(arrival: &Arrival, payload: Option<Choice>) -> Sources<'_> {
    sources_of(arrival, payload, platform(arrival).0)
}

fn sources_of(arrival: &Arrival, payload: Option<Choice>, cmp: Option<Statement>) -> Sources<'_> {
    let Arrival { edge, request, facts, .. } = arrival;
    let cookie = visitor::get(&request.headers, &stored::cookie_name(&edge.config.visitor));
    Sources {
        cmp,
        stored: match cookie {
            Some(value) => stored::parse(value, facts.now),
            None => from_edgee(arrival).and_then(|old| old.choice),
        },
        ..outside(arrival, payload)
    }
}

/// A visitor whom an Edgee proxy knew.
struct Old {
    visitor: Visitor,
    /// Their choice, unless it is too old. Edgee did not say when it was made: not after they were last seen.
    choice: Option<Choice>,
}

fn from_edgee(arrival: &Arrival) -> Option<Old> {
    let Arrival { edge, request, facts, .. } = arrival;
    let (visitor, state) = edge.edgee.as_ref()?.find(&request.headers, facts.now)?;
    let age = facts.now.seconds().saturating_sub(visitor.last_seen.seconds());
    let good = age <= i64::from(stored::DAYS) * 86_400;
    Some(Old { visitor, choice: state.map(Choice::from).filter(|_| good) })
}

/// What does not stand in cookies.
fn outside(arrival: &Arrival, payload: Option<Choice>) -> Sources<'_> {
    let Arrival { request, facts, .. } = arrival;
    Sources {
        event: None,
        payload,
        cmp: None,
        stored: None,
        country: facts.client.geo.country_code.as_deref(),
        gpc: consent::global_privacy_control(&request.headers),
    }
}

/// Who the visitor is, as far as they let it be known. With a payload, what it says of consent counts at once, and is
/// stored.
pub(crate) fn identify(arrival: &Arrival, payload: Option<&Payload>) -> Identity {
    let Arrival { edge, request, facts, .. } = arrival;
    let config = &edge.config.visitor;
    let said = payload.and_then(|payload| payload.consent);
    let (cmp, problem) = platform(arrival);
    let sources = sources_of(arrival, said, cmp);
    let decision = consent::decide(&edge.config.consent, &sources);
    let undecided = decision.state == State::Pending;
    let mut identity =
        Identity { undecided, cmp: sources.cmp, stored: sources.stored, problem, ..Identity::default() };
    keep_choice(arrival, said, &mut identity);
    let allowed = decision.allows_identity(config.before_consent);
    // Nothing has happened that a session could begin with: no event would tell of its start.
    let idle = payload.is_some_and(|payload| payload.events.as_ref().is_none_or(Vec::is_empty));
    forget(arrival, payload, &decision, allowed && !idle, &mut identity);
    if idle {
        return identity;
    }
    let landing = landing(request, payload, &decision);
    if !allowed {
        let stand_in = decision.state == State::Pending && config.before_consent == BeforeConsent::Cookieless;
        let keys = edge.keys.as_ref().filter(|_| stand_in);
        identity.pseudonym = keys.and_then(|keys| keys.pseudonym(request, facts));
    } else if let Some(keys) = &edge.keys {
        recognise(arrival, payload, keys, &landing, &mut identity);
    }
    native_ids(arrival, &decision, &landing, &mut identity);
    identity
}

/// Keeps what the visitor chose: now, or where Edgee's proxy kept it and nothing was said since.
fn keep_choice(arrival: &Arrival, said: Option<Choice>, identity: &mut Identity) {
    let Arrival { edge, request, facts, .. } = arrival;
    let config = &edge.config.visitor;
    let secure = visitor::secure_cookies(request);
    match said {
        Some(choice) if choice.state != State::Pending => {
            identity.keep(&stored::set(config, choice, facts.now, secure));
        }
        Some(_) => {}
        None if visitor::get(&request.headers, &stored::cookie_name(config)).is_some() => {}
        None => {
            let old = from_edgee(arrival);
            if let Some((old, choice)) = old.as_ref().and_then(|old| Some((old, old.choice?))) {
                identity.keep(&stored::set(config, choice, old.visitor.last_seen, secure));
            }
        }
    }
}

/// Takes away the cookies of Edgee's proxy: they are ours now, or nobody's.
fn forget_old(arrival: &Arrival, identity: &mut Identity) {
    let Arrival { edge, request, .. } = arrival;
    let secure = visitor::secure_cookies(request);
    let cookies = edge.edgee.iter().flat_map(|old| old.clear(&request.headers, request.host(), secure));
    cookies.for_each(|cookie| identity.keep(&cookie));
}

/// Takes away what was kept of a visitor who has refused, which is more than not having said anything, and of one who is
/// to be forgotten. Where a cookie is about to be set anew, it need not be taken away first.
fn forget(
    arrival: &Arrival,
    payload: Option<&Payload>,
    decision: &Decision,
    set: bool,
    identity: &mut Identity,
) {
    let Arrival { edge, request, .. } = arrival;
    let config = &edge.config.visitor;
    let reset = payload.is_some_and(|payload| payload.reset);
    let refused = if reset {
        Purposes::ALL
    } else if decision.state == State::Denied {
        decision.purposes.others()
    } else {
        return;
    };
    let kept = || visitor::get(&request.headers, &config.cookie).is_some();
    if refused.has(Purpose::Analytics) {
        forget_old(arrival, identity);
    }
    if refused.has(Purpose::Analytics) && !set && kept() {
        let secure = visitor::secure_cookies(request);
        identity.keep(&visitor::clear_cookie(&config.cookie, config.domain.as_deref(), secure));
    }
    if config.native_cookies == NativeCookies::Write {
        let gone = native::clear(&request.headers, &edge.vendors, refused, &place(arrival));
        gone.iter().for_each(|cookie| identity.keep(cookie));
    }
}

/// Finds out who it is, and keeps it.
fn recognise(
    arrival: &Arrival,
    payload: Option<&Payload>,
    keys: &KeyRing,
    landing: &Landing,
    identity: &mut Identity,
) {
    let Arrival { edge, request, facts, .. } = arrival;
    let config = &edge.config.visitor;
    let reset = payload.is_some_and(|payload| payload.reset);
    let (mut visitor, started) = match known(arrival, keys).filter(|_| !reset) {
        Some(visitor) => visitor.advance(facts.now, config.session_minutes),
        None => (Visitor::new(facts.now, &facts.random), true),
    };
    visitor.landing = landing.clone().or(&visitor.landing).bounded();
    // Who the visitor says they are is for the requests to come: this one's events say it themselves.
    let next = payload.into_iter().flat_map(users).fold(visitor.clone(), Visitor::remember);
    let (value, domain) = (keys.seal(&next, &facts.random), config.domain.as_deref());
    let secure = visitor::secure_cookies(request);
    identity.keep(&visitor::set_cookie(&config.cookie, &value, config.lifetime_days, domain, secure));
    if !reset {
        forget_old(arrival, identity);
    }
    identity.visitor = Some(visitor);
    identity.session_start = started;
}

/// The ids by which vendors know the visitor, and their cookies where those are ours to set. Which of them an event may
/// carry is decided by its own consent.
fn native_ids(arrival: &Arrival, decision: &Decision, landing: &Landing, identity: &mut Identity) {
    let Arrival { edge, request, facts, .. } = arrival;
    let place = place(arrival);
    let write = match edge.config.visitor.native_cookies {
        NativeCookies::Off => return,
        NativeCookies::Read => false,
        NativeCookies::Write => !edge.vendors.is_empty(),
    };
    let mut clicks = landing.clicks.clone();
    clicks.complete(&identity.landing().clicks);
    let had = native::read(&request.headers);
    let mut ids = had.clone();
    native::complete(&mut ids, &clicks, write.then_some(&place), facts.now);
    if write {
        let visitor = identity.visitor.as_ref();
        let (vendors, allowed) = (&edge.vendors[..], decision.purposes);
        let issue = native::Issue { vendors, allowed, visitor, now: facts.now, random: &facts.random, place };
        native::issue(&mut ids, &issue);
        native::cookies(&had, &ids, &issue).iter().for_each(|cookie| identity.keep(cookie));
    }
    identity.ids = ids;
}

fn place(arrival: &Arrival) -> native::Place<'_> {
    native::Place {
        host: &arrival.request.authority,
        domain: arrival.edge.config.visitor.domain.as_deref(),
        secure: visitor::secure_cookies(&arrival.request),
    }
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
        (arrived, here) => arrived.or(here).or_else(|| from_edgee(arrival).map(|old| old.visitor)),
    }
}

/// What led to the page: by its own query, or for a post by that of the page that posts. Clicks on advertisements are
/// remembered for advertising alone.
fn landing(request: &Request, payload: Option<&Payload>, decision: &Decision) -> Landing {
    let query = match payload {
        Some(payload) => context::posted_search(payload, request),
        None => request.query.clone().unwrap_or_default(),
    };
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
