//! The response for the visitor: its head, and whether its body passes or is rewritten.

mod fields;
mod judge;
mod policy;

use http::header::{CACHE_CONTROL, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::account::{NoViewReason, PassReason};
use crate::config::Views;
use crate::edgee;
use crate::event::view;
use crate::head::{Edit, Reply, Told};
use crate::identity::{Identity, identify};
use crate::page::{self, Charset, Progress};
use crate::receive::Arrival;
use crate::receive::sdk;
use crate::trace::Seen;
use crate::visit::{Occasion, Visit};

/// The response for the visitor. Its status is the origin's.
#[derive(Debug)]
pub struct Answer {
    /// What changes in the head.
    pub edits: Vec<Edit>,
    /// What to do with the body.
    pub body: Body,
}

/// What to do with a body.
#[derive(Debug)]
pub enum Body {
    /// The platform streams it; not a byte enters the core, and nothing is learned from it.
    Pass,
    /// It goes through the rewriter, until that releases it.
    Rewrite(Box<Rewriter>),
}

/// Rewrites a page, and learns from it.
#[derive(Debug)]
pub struct Rewriter {
    page: page::Rewriter,
    visit: Visit,
}

impl Rewriter {
    /// Takes some of the page; what goes to the visitor is added to `out`. Once this answers [`Progress::Released`],
    /// the platform streams what follows by itself: nothing is held back here.
    pub fn write(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Progress {
        self.page.write(chunk, out)
    }

    /// The page has ended, or was released: what is still to send is added to `out`.
    pub fn finish(self, out: &mut Vec<u8>) -> Visit {
        let mut visit = self.visit;
        visit.page = Some(self.page.finish(out));
        visit
    }
}

impl Answer {
    pub(crate) fn new(arrival: Arrival, status: StatusCode, headers: &HeaderMap) -> Self {
        let judged = judge::judge(&arrival, status, headers);
        let reason = judged.as_ref().err().copied();
        let mut edits = fields::hop_by_hop_edits(status, headers);
        if matches!(reason, None | Some(PassReason::Fragment | PassReason::Embedded)) {
            edits.push(fields::vary());
        }
        edits.extend(fields::diagnostics(reason.map_or(Told::Edge, Told::Pass)));
        let Ok(charset) = judged else { return Self { edits, body: Body::Pass } };
        edits.extend(fields::rewritten(headers));
        let occasion = occasion(&arrival);
        let identity = match occasion {
            Occasion::Shown { .. } => identify(&arrival, None),
            Occasion::Unseen(_) | Occasion::Post(_) | Occasion::ScriptError(_) => Identity::default(),
        };
        if !identity.cookies.is_empty() {
            fields::keep_private(headers, &mut edits);
            edits.extend(identity.cookies.iter().cloned().map(|cookie| Edit::Append(SET_COOKIE, cookie)));
        }
        let report = left_to_report(arrival.edge.config.page.views, &occasion, identity.undecided);
        let page = rewriter(&arrival, headers, charset, report);
        let seen = Seen::of(&arrival, status.as_u16(), None);
        let visit = Visit { arrival, occasion, identity, page: None, seen };
        Self { edits, body: Body::Rewrite(Box::new(Rewriter { page, visit })) }
    }
}

fn rewriter(
    arrival: &Arrival,
    headers: &HeaderMap,
    charset: Option<Charset>,
    report: Option<&str>,
) -> page::Rewriter {
    let (config, sdk) = (&arrival.edge.config.page, &arrival.edge.sdk);
    let tag = config.inject.then(|| {
        let policy::Scripts { nonce, inline } = policy::scripts(headers);
        sdk.element(nonce.as_deref(), inline, report)
    });
    let adopt = arrival.edge.config.collect.edgee;
    page::Rewriter::new(page::Options {
        tag,
        data_layer_within: config.data_layer_within as usize,
        data_layer_ids: &["__SELVEDGE_DATA_LAYER__", "__EDGEE_DATA_LAYER__", "__EDGEE_CONTEXT__"],
        sdk_id: sdk::ELEMENT_ID,
        adopt: adopt.then(|| page::Adopt { id: edgee::SDK_ID, attributes: sdk.attributes(report) }),
        charset,
    })
}

/// What the opening of a page amounts to.
fn occasion(arrival: &Arrival) -> Occasion {
    let config = &arrival.edge.config;
    if config.collect.edgee
        && config.page.views == Views::Edge
        && edgee::without_edge_events(&arrival.request)
    {
        return Occasion::Unseen(NoViewReason::NotEdge);
    }
    match view::view_refused(&arrival.request, &arrival.facts.client, config.visitor.bots) {
        Some(reason) => Occasion::Unseen(reason),
        None => Occasion::Shown { reported: arrival.edge.config.page.views == Views::Edge },
    }
}

/// What the edge leaves for the browser to report: the view, where that is the browser's to say; all that the page
/// tells, where it was fetched before anybody sees it; and the same of a page that the edge reports, for when the browser
/// shows it again without asking, because it has kept it, or for when the visitor agrees to what was withheld.
fn left_to_report(views: Views, occasion: &Occasion, undecided: bool) -> Option<&'static str> {
    match (occasion, views) {
        (_, Views::Off) => None,
        (Occasion::Unseen(NoViewReason::Prefetch | NoViewReason::Prerender | NoViewReason::NotEdge), _) => {
            Some("all")
        }
        (_, Views::Browser) => Some("view"),
        (Occasion::Shown { .. }, Views::Edge) if undecided => Some("withheld"),
        (Occasion::Shown { .. }, Views::Edge) => Some("kept"),
        (_, Views::Edge) => None,
    }
}

/// A plain page for when there is nothing else to show.
pub(crate) fn error_page(status: StatusCode, reason: PassReason, head: bool) -> Reply {
    let title = status.canonical_reason().unwrap_or("Error");
    let advice = match status {
        StatusCode::GATEWAY_TIMEOUT => "The website took too long to answer.",
        _ => "The website could not be reached.",
    };
    let body = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <h1>{title}</h1>\n<p>{advice} Please try again in a moment.</p>\n"
    );
    let reply = Reply::new(status, Told::Pass(reason))
        .with(CACHE_CONTROL, HeaderValue::from_static("no-store"))
        .body("text/html; charset=utf-8", body);
    if head { Reply { body: Vec::new(), ..reply } } else { reply }
}
