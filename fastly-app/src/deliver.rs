//! Sending events, after the response: all requests at once, each with its deadline.

use std::time::{Duration, Instant};

use fastly::Request;
use fastly::http::request::PendingRequest;
use http::HeaderMap;
use selvedge_core::Edge;
use selvedge_core::budget::Budget;
use selvedge_core::config::Origin;
use selvedge_core::forward::OriginFailure;
use selvedge_core::head;
use selvedge_core::plan::{Delivery, Plan};
use selvedge_core::settle::{self, Outcome};
use selvedge_core::visit::Visit;

use crate::log;
use crate::origin::{backend, failure};

/// Plans what a visit asks for, sends it, and logs what became of it.
pub(crate) fn deliver(edge: &Edge, visit: Visit, budget: Budget) {
    let plan = Plan::new(edge, visit, budget);
    plan.lines.iter().for_each(|line| log::line(line));
    let started = Instant::now();
    let sent: Vec<_> = plan.deliveries.into_iter().map(|delivery| (send(&delivery), delivery)).collect();
    // All are on their way, and each backend has its deadline: waiting for one after the other takes as long as the
    // slowest, and tells for certain which answer is whose.
    for (pending, delivery) in sent {
        let outcome = match pending.map(PendingRequest::wait) {
            Ok(Ok(response)) => Outcome::Answered(response.get_status()),
            Ok(Err(error))
                if failure(&error, started.elapsed(), deadline(&delivery)) == OriginFailure::TimedOut =>
            {
                Outcome::TimedOut
            }
            Ok(Err(error)) => Outcome::Unreachable(error.root_cause().to_string()),
            Err(problem) => Outcome::Unreachable(problem),
        };
        log::line(&settle::line(&delivery, &outcome));
    }
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
    let backend = backend(&origin, deadline(delivery)).map_err(|error| error.to_string())?;
    let mut request = Request::new(outbound.method.clone(), outbound.url.as_str()).with_pass(true);
    for (name, value) in &outbound.headers {
        request.set_header(*name, value.as_str());
    }
    request.set_body(outbound.body.clone());
    request.send_async(backend).map_err(|error| error.root_cause().to_string())
}
