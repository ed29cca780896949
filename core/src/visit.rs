//! [`Visit`]: what was learned while a response went past. Learning costs next to nothing; making events of it waits
//! until the visitor has been served.

use http::HeaderValue;

use crate::account::NoViewReason;
use crate::consent::{self, Sources, State, stored};
use crate::event::assemble::{Base, assemble};
use crate::event::payload::{EventDraft, Payload};
use crate::event::{self, Event, From, context};
use crate::page::PageFacts;
use crate::receive::Arrival;
use crate::visitor::{self, Visitor};

/// What was learned from one request and its response.
#[derive(Debug)]
pub struct Visit {
    pub(crate) arrival: Arrival,
    occasion: Occasion,
    identity: Identity,
    /// What the page said of itself; absent where its body did not pass here.
    pub(crate) page: Option<PageFacts>,
}

/// Why there may be events.
#[derive(Debug)]
enum Occasion {
    /// A response passed: a page that was shown, with whether that is a view; or something else.
    Page(Option<Result<(), NoViewReason>>),
    /// A browser posted events.
    Post(Box<Payload>),
}

/// Who the visitor is, as far as that may be known, and the cookies that say so.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    visitor: Option<Visitor>,
    /// Whether this request opened the session.
    session_start: bool,
    pub(crate) cookies: Vec<HeaderValue>,
}

/// The events of a visit, and what else there is to tell.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) events: Vec<Event>,
    /// Page views that did not become events, and why.
    pub(crate) no_views: Vec<NoViewReason>,
    /// A data layer that could not be read.
    pub(crate) problem: Option<String>,
}

impl Identity {
    fn keep(&mut self, cookie: &str) {
        self.cookies.extend(HeaderValue::from_str(cookie));
    }
}

impl Visit {
    pub(crate) fn of_page(
        arrival: Arrival,
        view: Option<Result<(), NoViewReason>>,
        identity: Identity,
    ) -> Self {
        Self { arrival, occasion: Occasion::Page(view), identity, page: None }
    }

    pub(crate) fn of_post(arrival: Arrival, payload: Payload, identity: Identity) -> Self {
        Self { arrival, occasion: Occasion::Post(Box::new(payload)), identity, page: None }
    }

    /// Makes events of what was learned.
    pub(crate) fn tell(self) -> Told {
        let Self { arrival, occasion, identity, page } = self;
        let request = &arrival.request;
        let mut told = Told::default();
        let (payload, from, no_view, learned) = match occasion {
            Occasion::Post(payload) => (*payload, From::Client, None, context::posting_page(request)),
            Occasion::Page(view) => {
                // Whoever fetches ahead, or is a program, sees no page: what its data layer says did not happen.
                let view = match view {
                    None => return told,
                    Some(Err(reason)) if reason != NoViewReason::NotEdge => {
                        told.no_views.push(reason);
                        return told;
                    }
                    Some(view) => view,
                };
                let text = page.as_ref().and_then(|page| page.data_layer.as_deref());
                // What it says of consent cannot be read either, and what cannot be read is not granted.
                let payload = text.map_or(Ok(None), Payload::from_data_layer).unwrap_or_else(|error| {
                    told.problem = Some(error.to_string());
                    Some(Payload { consent: Some(State::Pending), ..Payload::default() })
                });
                let listed = payload.as_ref().and_then(|payload| payload.events.as_deref());
                if view.is_ok() && listed.is_some_and(|events| !events.iter().any(is_page)) {
                    told.no_views.push(NoViewReason::DataLayer);
                }
                let said = page.as_ref().map(|page| context::PageFacts {
                    title: page.title.as_deref(),
                    canonical: page.canonical.as_deref(),
                    keywords: &page.keywords,
                });
                let learned = context::page(request, &said.unwrap_or_default());
                (payload.unwrap_or_default(), From::Edge, view.err(), learned)
            }
        };
        let sources = sources(&arrival, payload.consent);
        let visitor = identity.visitor.as_ref();
        // How the visitor came is in the page's URL, which for a post is not the request's.
        let campaign =
            context::campaign(learned.search.as_deref().unwrap_or_default().trim_start_matches('?'));
        let base = Base {
            context: event::Context {
                page: learned,
                user: visitor.map(Visitor::to_user).unwrap_or_default(),
                client: context::client(request, &arrival.facts.client),
                campaign,
                session: visitor.map(|visitor| visitor.to_session(identity.session_start)),
            },
            from,
            now: arrival.facts.now,
            no_view,
            sources,
            consent: &arrival.edge.config.consent,
            before_consent: arrival.edge.config.visitor.before_consent,
            random: &arrival.facts.random,
        };
        let assembled = assemble(payload, &base);
        told.events = assembled.events;
        // That the browser reports views is no news; that a view was a robot's is.
        let refused = assembled.refused.into_iter().map(|(_, reason)| reason);
        told.no_views.extend(refused.filter(|reason| *reason != NoViewReason::NotEdge));
        told
    }
}

/// What says something about consent, for one request.
fn sources(arrival: &Arrival, payload: Option<State>) -> Sources<'_> {
    let Arrival { edge, request, facts, .. } = arrival;
    let cookie = visitor::get(&request.headers, &stored::cookie_name(&edge.config.visitor));
    Sources {
        event: None,
        payload,
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
    if let Some(state @ (State::Granted | State::Denied)) = said {
        identity.keep(&stored::set(config, state, facts.now, secure));
    }
    if !decision.allows_identity(config.before_consent) {
        // Refused, not merely unsaid: what was kept goes.
        if decision.state == State::Denied && visitor::get(&request.headers, &config.cookie).is_some() {
            identity.keep(&visitor::clear_cookie(&config.cookie, config.domain.as_deref(), secure));
        }
        return identity;
    }
    let Some(keys) = &edge.keys else { return identity };
    let known = keys.find(&request.headers, &config.cookie);
    let (visitor, started) = match known {
        Some(visitor) => visitor.advance(facts.now, config.session_minutes),
        None => (Visitor::new(facts.now, &facts.random), true),
    };
    // Who the visitor says they are is for the requests to come: this one's events say it themselves.
    let next = payload.into_iter().flat_map(users).fold(visitor.clone(), Visitor::remember);
    let (value, domain) = (keys.seal(&next, &facts.random), config.domain.as_deref());
    identity.keep(&visitor::set_cookie(&config.cookie, &value, config.lifetime_days, domain, secure));
    identity.visitor = Some(visitor);
    identity.session_start = started;
    identity
}

fn is_page(draft: &EventDraft) -> bool {
    matches!(draft.data, event::Data::Page(_))
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
