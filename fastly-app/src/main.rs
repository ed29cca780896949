//! Selvedge on Fastly Compute. Thin by intention: it converts, fetches, streams and sends; what to do is decided in
//! `selvedge-core`. The files here and those of `cf-worker/src` mirror each other.

mod config;
mod debug;
mod deliver;
mod log;
mod origin;
mod outbox;
mod owner;
mod registry;
mod request;
mod respond;
mod sink;
mod start;
mod tokens;
mod wait;

use std::time::Duration;

use fastly::compute_runtime::elapsed_vcpu_ms;
use fastly::http::serve::Serve;
use selvedge_core::budget::Platform;
use selvedge_core::receive::Received;

fn main() {
    let Some(started) = start::start() else {
        // Nothing can be served without a configuration: the artifact was never stamped.
        respond::unconfigured(fastly::Request::from_client());
        return;
    };
    let edge = &started.edge;
    // A sandbox serves many requests, so that starting is paid for once. It goes before it grows old or large.
    let serve = Serve::new()
        .with_max_requests(1_000)
        .with_max_lifetime(Duration::from_secs(60))
        .with_max_memory(64)
        .with_timeout(Duration::from_secs(5));
    let served = serve.run(|mut request| {
        let mut budget = Platform::FASTLY.budget;
        let cpu = edge.tells_all().then(elapsed_vcpu_ms).and_then(Result::ok);
        let head = match request::head(&request) {
            Ok(head) => head,
            Err(problem) => return respond::bad_request(&problem),
        };
        let facts = request::facts(&request, &head);
        let visit = match edge.receive(head, facts) {
            Received::Reply(reply) => return respond::reply(reply),
            Received::Collect(collect) => {
                let body = request::body(&mut request, collect.limit());
                let (reply, visit) = collect.accept(body.as_deref().map_err(|fault| *fault));
                respond::reply(reply);
                visit
            }
            Received::Owner(owner) => {
                let body = request::body(&mut request, owner.limit());
                let order = owner.accept(body.as_deref().map_err(|fault| *fault));
                let answer = order.map(|order| owner::obey(&started, order, budget));
                return respond::reply(answer.unwrap_or_else(|refusal| *refusal));
            }
            Received::Forward(forward) => {
                let _ = budget.take_subrequest();
                origin::fetch(request, *forward)
            }
        };
        // The visitor has been served; what follows costs nobody any time.
        if let Some(visit) = visit {
            deliver::deliver(edge, visit, budget, cpu);
        }
    });
    if let Err(never) = served.into_result() {
        match never {}
    }
}
