//! [`Visit`]: what was learned while a response went past. Learning costs next to nothing; making events of it waits
//! until the visitor has been served.

use crate::account::NoViewReason;
use crate::config::Bots;
use crate::consent::State;
use crate::event::assemble::{Assembled, Base, assemble};
use crate::event::payload::{EventDraft, Payload};
use crate::event::{self, Campaign, Event, From, context, view};
use crate::identity::Identity;
use crate::page::PageFacts;
use crate::receive::Arrival;
use crate::trace::Seen;
use crate::visitor::{Landing, native};

/// What was learned from one request and its response.
#[derive(Debug)]
pub struct Visit {
    pub(crate) arrival: Arrival,
    pub(crate) occasion: Occasion,
    pub(crate) identity: Identity,
    /// What the page said of itself; absent where its body did not pass here.
    pub(crate) page: Option<PageFacts>,
    /// What else there is to tell, where visits are told whole.
    pub(crate) seen: Option<Box<Seen>>,
}

/// Why there may be events.
#[derive(Debug)]
pub(crate) enum Occasion {
    /// A page was opened that nobody saw.
    Unseen(NoViewReason),
    /// A page was shown. The edge reports that view, or leaves it to the browser.
    Shown {
        /// Whether the edge does.
        reported: bool,
    },
    /// A browser posted events.
    Post(Box<Payload>),
    /// A script of Edgee's complained about itself.
    ScriptError(String),
}

/// The events of a visit, and what else there is to tell.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) events: Vec<Event>,
    /// Page views that did not become events, and why.
    pub(crate) no_views: Vec<NoViewReason>,
    /// A data layer that could not be read.
    pub(crate) problem: Option<String>,
    /// What a script complained about.
    pub(crate) script_error: Option<String>,
    /// What takes the place of the visitor's id in events that are anonymous.
    pub(crate) pseudonym: Option<uuid::Uuid>,
    /// Whether the events happened before the visitor agreed.
    pub(crate) withheld: bool,
}

impl Visit {
    /// Makes events of what was learned.
    pub(crate) fn tell(self) -> Told {
        let Self { arrival, occasion, identity, page, .. } = self;
        match occasion {
            // Nobody saw the page: what its data layer says did not happen.
            Occasion::Unseen(reason) => Told { no_views: vec![reason], ..Told::default() },
            Occasion::ScriptError(said) => Told { script_error: Some(said), ..Told::default() },
            Occasion::Shown { reported } => shown(&arrival, &identity, page.as_ref(), reported),
            Occasion::Post(payload) if refuses_programs(&arrival) => {
                let events = payload.events.as_ref().map_or(0, Vec::len);
                Told { no_views: vec![NoViewReason::Bot; events], ..Told::default() }
            }
            Occasion::Post(payload) => {
                let page = context::posting_page(&arrival.request);
                let (withheld, pseudonym) = (payload.withheld, identity.pseudonym);
                let assembled = assembled(&arrival, &identity, *payload, page, From::Client, None);
                Told { events: assembled.events, withheld, pseudonym, ..Told::default() }
            }
        }
    }
}

fn shown(arrival: &Arrival, identity: &Identity, page: Option<&PageFacts>, reported: bool) -> Told {
    let mut told = Told { pseudonym: identity.pseudonym, ..Told::default() };
    let text = page.and_then(|page| page.data_layer.as_deref());
    if !reported && text.is_none() {
        return told;
    }
    let payload = text.map_or(Ok(None), Payload::from_data_layer).unwrap_or_else(|error| {
        told.problem = Some(error.to_string());
        // What it says of consent cannot be read either, and what cannot be read is not granted.
        Some(Payload { consent: Some(State::Pending.into()), ..Payload::default() })
    });
    let listed = payload.as_ref().and_then(|payload| payload.events.as_deref());
    if reported && listed.is_some_and(|events| !events.iter().any(is_page)) {
        told.no_views.push(NoViewReason::DataLayer);
    }
    let said = page.map(|page| context::PageFacts {
        title: page.title.as_deref(),
        canonical: page.canonical.as_deref(),
        keywords: &page.keywords,
    });
    let page = context::page(&arrival.request, &said.unwrap_or_default());
    // That the browser reports views is no news, and has no line in the log.
    let no_view = (!reported).then_some(NoViewReason::NotEdge);
    let payload = payload.unwrap_or_default();
    told.events = assembled(arrival, identity, payload, page, From::Edge, no_view).events;
    told
}

fn assembled(
    arrival: &Arrival,
    identity: &Identity,
    payload: Payload,
    page: event::Page,
    from: From,
    no_view: Option<NoViewReason>,
) -> Assembled {
    let Arrival { edge, request, facts, .. } = arrival;
    // How the visitor came is in the page's URL, which for a post is not the request's.
    let search = match from {
        From::Edge => page.search.clone().unwrap_or_default(),
        From::Client => context::posted_search(&payload, request),
    };
    let came = Landing { campaign: context::campaign(&search), clicks: native::clicks(&search) };
    let kept = || identity.landing().campaign;
    let campaign = if came.campaign == Campaign::default() { kept() } else { came.campaign.clone() };
    let mut client = context::client(request, &facts.client);
    client.bot = program(arrival).filter(|_| edge.config.visitor.bots == Bots::Tag);
    let base = Base {
        context: event::Context {
            page,
            user: identity.user(),
            client,
            campaign,
            traffic: None,
            ids: identity.ids.clone(),
            session: identity.session(),
        },
        pseudonym: identity.pseudonym,
        came,
        hosts: [arrival.site().map_or(&[], |site| &site.hosts), &edge.config.visitor.link],
        from,
        now: facts.now,
        no_view,
        sources: identity.sources(arrival, payload.consent),
        consent: &edge.config.consent,
        before_consent: edge.config.visitor.before_consent,
        random: &facts.random,
    };
    assemble(payload, &base)
}

/// Whether a post is a program's that only looks at the website, and runs its pages' scripts. One that posts by itself is
/// the owner's own: browsers, and whatever has the scripts of a page run, cannot help saying where a post comes from.
fn refuses_programs(arrival: &Arrival) -> bool {
    let headers = &arrival.request.headers;
    let from_a_page = headers.contains_key("origin") || headers.contains_key("sec-fetch-site");
    from_a_page && arrival.edge.config.visitor.bots == Bots::Drop && program(arrival).is_some()
}

/// The program that asked, if it is one.
fn program(arrival: &Arrival) -> Option<String> {
    view::bot_name(&arrival.request, &arrival.facts.client)
}

fn is_page(draft: &EventDraft) -> bool {
    matches!(draft.data, event::Data::Page(_))
}
