//! Sending events, after the response: all requests at once, each with its deadline.

use std::io::Read;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fastly::compute_runtime::elapsed_vcpu_ms;
use fastly::http::request::PendingRequest;
use fastly::{Request, Response};
use http::HeaderMap;
use selvedge_core::Edge;
use selvedge_core::budget::Budget;
use selvedge_core::component::Outbound;
use selvedge_core::config::Origin;
use selvedge_core::counts::Counts;
use selvedge_core::facts::{Random, Timestamp};
use selvedge_core::forward::OriginFailure;
use selvedge_core::head;
use selvedge_core::outbox::{DeadLetter, Parcel};
use selvedge_core::plan::{Delivery, Plan};
use selvedge_core::settle::{Outcome, Settled};
use selvedge_core::trace;
use selvedge_core::visit::Visit;

use crate::origin::{backend, failure};
use crate::request::seed;
use crate::{debug, log, outbox, sink, tokens};

/// What a request may take of the CPU, in milliseconds (docs.fastly.com/products/compute-resource-limits).
const CPU_MS: u64 = 50;

/// Plans what a visit asks for, sends it, and logs what became of it. What is to be tried again is kept; and some of what
/// was kept before is tried again. `cpu` is the CPU time when the request arrived, where visits are told whole.
pub(crate) fn deliver(edge: &Edge, visit: Visit, budget: Budget, cpu: Option<u64>) {
    let mut plan = Plan::new(edge, visit, budget);
    let (told, left, record) = (plan.visit(), plan.budget, plan.record.take());
    let planned = plan.lines.len();
    let Sent { kept, dead, mut counts, lines } = send_all(edge, plan);
    if let (Some(visit), Some(before), Ok(after)) = (told, cpu, elapsed_vcpu_ms()) {
        log::line(&trace::cpu(&visit, after.saturating_sub(before), CPU_MS));
    }
    outbox::keep(edge, &kept, &dead, &mut counts);
    log::counts(&counts);
    if let Some(mut record) = record {
        record.add(lines.get(planned..).unwrap_or_default());
        debug::keep(&record);
    }
    if kept.is_empty() {
        outbox::drain(edge, left);
    }
}

/// What became of a plan.
#[derive(Default)]
pub(crate) struct Sent {
    /// What is to be kept.
    pub(crate) kept: Vec<Parcel>,
    /// What is to be set aside.
    pub(crate) dead: Vec<DeadLetter>,
    /// What the log says.
    pub(crate) lines: Vec<String>,
    /// How many events came to what end.
    pub(crate) counts: Counts,
}

impl Sent {
    /// What was planned at once.
    fn plan(&mut self, parcels: Vec<Parcel>, dead: Vec<DeadLetter>, lines: Vec<String>) {
        lines.iter().for_each(|line| log::line(line));
        self.kept.extend(parcels);
        self.dead.extend(dead);
        self.lines.extend(lines);
    }

    fn settled(&mut self, settled: Settled) {
        self.counts.merge(settled.counts);
        self.plan(settled.parcel.into_iter().collect(), settled.dead, settled.lines);
        settled.forget.iter().for_each(|name| tokens::forget(name));
    }
}

/// Sends what was planned, and logs what became of it.
pub(crate) fn send_all(edge: &Edge, plan: Plan) -> Sent {
    let started = Instant::now();
    let mut all = Sent::default();
    all.counts.merge(plan.counts);
    all.plan(plan.parcels, plan.dead, plan.lines);
    let send_each = |deliveries: Vec<Delivery>| {
        deliveries
            .into_iter()
            .map(|delivery| (send(&delivery.request, deadline(delivery.deadline_ms)), delivery))
    };
    let mut sent: Vec<_> = send_each(plan.deliveries).collect();
    // The others are on their way meanwhile.
    if !plan.waiting.is_empty() {
        let resumed = tokens::fetch(edge, plan.waiting);
        all.counts.merge(resumed.counts);
        all.plan(resumed.parcels, resumed.dead, resumed.lines);
        sent.extend(send_each(resumed.deliveries));
    }
    let random = Random::from_seed(seed());
    for delivery in plan.writes {
        all.settled(edge.settle(&delivery, &sink::write(&delivery.request), b"", now(), &random));
    }
    // All are on their way, and each backend has its deadline: waiting for one after the other takes as long as the
    // slowest, and tells for certain which answer is whose.
    for (pending, delivery) in sent {
        let late = (started, deadline(delivery.deadline_ms));
        let (outcome, body) = outcome(pending, late, delivery.answer_bytes());
        all.settled(edge.settle(&delivery, &outcome, &body, now(), &random));
    }
    all
}

/// What came of a request, and what was read of the answer: `most` bytes of it.
pub(crate) fn outcome(
    pending: Result<PendingRequest, String>,
    (started, deadline): (Instant, Duration),
    most: usize,
) -> (Outcome, Vec<u8>) {
    match pending.map(PendingRequest::wait) {
        Ok(Ok(mut response)) => {
            let body = body(&mut response, most);
            let retry_after = response.get_header_str("retry-after");
            (Outcome::answered(response.get_status(), retry_after, now()), body)
        }
        Ok(Err(error)) if failure(&error, started.elapsed(), deadline) == OriginFailure::TimedOut => {
            (Outcome::TimedOut, Vec::new())
        }
        Ok(Err(error)) => (Outcome::Unreachable(error.root_cause().to_string()), Vec::new()),
        Err(problem) => (Outcome::Unreachable(problem), Vec::new()),
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

pub(crate) fn deadline(ms: u32) -> Duration {
    Duration::from_millis(ms.into())
}

/// Sends a request; the answer is to be waited for.
pub(crate) fn send(outbound: &Outbound, deadline: Duration) -> Result<PendingRequest, String> {
    let url = head::Request::new(outbound.method.clone(), &outbound.url, HeaderMap::new());
    let url = url.map_err(|error| error.to_string())?;
    let origin = Origin::try_from(format!("{}://{}", url.scheme(), url.authority))
        .map_err(|error| error.to_string())?;
    let backend = backend(&origin, deadline, deadline).map_err(|error| error.to_string())?;
    let mut request = Request::new(outbound.method.clone(), outbound.url.as_str()).with_pass(true);
    for (name, value) in &outbound.headers {
        request.set_header(*name, value.as_str());
    }
    request.set_body(outbound.body.clone());
    request.send_async(backend).map_err(|error| error.root_cause().to_string())
}
