//! Sending events, after the response: all requests at once, each with its deadline.

use std::io::Read;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fastly::http::request::PendingRequest;
use fastly::{Request, Response};
use http::HeaderMap;
use selvedge_core::Edge;
use selvedge_core::budget::Budget;
use selvedge_core::config::Origin;
use selvedge_core::facts::{Random, Timestamp};
use selvedge_core::forward::OriginFailure;
use selvedge_core::head;
use selvedge_core::outbox::{DeadLetter, Parcel};
use selvedge_core::plan::{Delivery, Plan};
use selvedge_core::settle::{Outcome, Settled};
use selvedge_core::visit::Visit;

use crate::origin::{backend, failure};
use crate::request::seed;
use crate::{log, outbox, sink};

/// Plans what a visit asks for, sends it, and logs what became of it. What is to be tried again is kept; and some of what
/// was kept before is tried again.
pub(crate) fn deliver(edge: &Edge, visit: Visit, budget: Budget) {
    let plan = Plan::new(edge, visit, budget);
    let sent = u32::try_from(plan.deliveries.len()).unwrap_or(u32::MAX);
    let Sent { kept, dead, .. } = send_all(edge, plan);
    outbox::keep(edge, &kept, &dead);
    if kept.is_empty() {
        outbox::drain(edge, Budget { subrequests: budget.subrequests.saturating_sub(sent), ..budget });
    }
}

/// What became of a plan.
pub(crate) struct Sent {
    /// What is to be kept.
    pub(crate) kept: Vec<Parcel>,
    /// What is to be set aside.
    pub(crate) dead: Vec<DeadLetter>,
    /// What the log says.
    pub(crate) lines: Vec<String>,
}

/// Sends what was planned, and logs what became of it.
pub(crate) fn send_all(edge: &Edge, plan: Plan) -> Sent {
    plan.lines.iter().for_each(|line| log::line(line));
    let started = Instant::now();
    let mut all = Sent { kept: plan.parcels, dead: plan.dead, lines: plan.lines };
    let sent: Vec<_> = plan.deliveries.into_iter().map(|delivery| (send(&delivery), delivery)).collect();
    let random = Random::from_seed(seed());
    for delivery in plan.writes {
        all.add(edge.settle(&delivery, &sink::write(&delivery.request), b"", now(), &random));
    }
    // All are on their way, and each backend has its deadline: waiting for one after the other takes as long as the
    // slowest, and tells for certain which answer is whose.
    for (pending, delivery) in sent {
        let mut said = Vec::new();
        let outcome = match pending.map(PendingRequest::wait) {
            Ok(Ok(mut response)) => {
                said = body(&mut response, delivery.answer_bytes());
                let retry_after = response.get_header_str("retry-after");
                Outcome::answered(response.get_status(), retry_after, now())
            }
            Ok(Err(error))
                if failure(&error, started.elapsed(), deadline(&delivery)) == OriginFailure::TimedOut =>
            {
                Outcome::TimedOut
            }
            Ok(Err(error)) => Outcome::Unreachable(error.root_cause().to_string()),
            Err(problem) => Outcome::Unreachable(problem),
        };
        all.add(edge.settle(&delivery, &outcome, &said, now(), &random));
    }
    all
}

impl Sent {
    fn add(&mut self, settled: Settled) {
        settled.lines.iter().for_each(|line| log::line(line));
        self.lines.extend(settled.lines);
        self.kept.extend(settled.parcel);
        self.dead.extend(settled.dead);
    }
}

/// The beginning of an answer's body, of so many bytes; as much as came, where it breaks off.
fn body(response: &mut Response, most: usize) -> Vec<u8> {
    let mut body = Vec::new();
    if most > 0 {
        let _ = response.take_body().take(most as u64).read_to_end(&mut body);
    }
    body
}

/// The time.
pub(crate) fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Timestamp(i64::try_from(now).unwrap_or_default())
}

fn deadline(delivery: &Delivery) -> Duration {
    Duration::from_millis(delivery.deadline_ms.into())
}

fn send(delivery: &Delivery) -> Result<PendingRequest, String> {
    let outbound = &delivery.request;
    let url = head::Request::new(outbound.method.clone(), &outbound.url, HeaderMap::new());
    let url = url.map_err(|error| error.to_string())?;
    let origin = Origin::try_from(format!("{}://{}", url.scheme(), url.authority))
        .map_err(|error| error.to_string())?;
    let backend =
        backend(&origin, deadline(delivery), deadline(delivery)).map_err(|error| error.to_string())?;
    let mut request = Request::new(outbound.method.clone(), outbound.url.as_str()).with_pass(true);
    for (name, value) in &outbound.headers {
        request.set_header(*name, value.as_str());
    }
    request.set_body(outbound.body.clone());
    request.send_async(backend).map_err(|error| error.root_cause().to_string())
}
