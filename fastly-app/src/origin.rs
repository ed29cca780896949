//! Fetching from an origin, and giving its answer to the visitor.

use std::time::{Duration, Instant};

use fastly::Request;
use fastly::backend::{Backend, BackendCreationError};
use fastly::http::request::{SendError, SendErrorCause};
use http::{HeaderMap, Method};
use selvedge_core::config::Origin;
use selvedge_core::forward::{Forward, OriginFailure};
use selvedge_core::head::Edit;
use selvedge_core::visit::Visit;

use crate::{log, respond};

/// How long an origin may be silent in the middle of a body: server-sent events and long polls may be for long, and the
/// platform's own limit is the end of them.
const BETWEEN_BYTES: Duration = Duration::from_secs(120);

/// Fetches what the core asks for and answers the visitor; what was learned is for after that.
pub(crate) fn fetch(mut request: Request, forward: Forward) -> Option<Visit> {
    let target = forward.target();
    let timeout = Duration::from_secs(target.timeout_seconds.into());
    let backend = match backend(&target.origin, timeout, BETWEEN_BYTES) {
        Ok(backend) => backend,
        Err(error) => {
            log::problem(&format!("backend for {}", target.origin), error);
            respond::reply(forward.failed(OriginFailure::Unreachable));
            return None;
        }
    };
    for edit in forward.edits() {
        apply(edit, &mut request);
    }
    request.set_header("host", target.host.as_str());
    request.set_url(target.url());
    if forward.websocket() {
        if let Err(error) = request.handoff_websocket(backend.name()) {
            log::problem("websocket", error.root_cause());
        }
        return None;
    }
    if forward.expects_document() {
        // The host undoes gzip as it reads, for no guest CPU; it can undo nothing else.
        apply(&forward.gzip_alone(), &mut request);
        request.set_auto_decompress_gzip(true);
    }
    if forward.event_stream() {
        request.set_pass(true);
    }
    let head = request.get_method() == Method::HEAD;
    let started = Instant::now();
    match request.send(backend) {
        Ok(response) => {
            let headers: HeaderMap = response.get_headers().map(|(n, v)| (n.clone(), v.clone())).collect();
            let answer = forward.answer(response.get_status(), &headers);
            respond::answer(response, answer, head)
        }
        Err(error) => {
            log::problem("origin", error.root_cause());
            respond::reply(forward.failed(failure(&error, started.elapsed(), timeout)));
            None
        }
    }
}

/// A backend for a server. A service may have 200 of these, so the name is a function of the configuration: server and
/// timeouts, and nothing of the request.
pub(crate) fn backend(
    origin: &Origin,
    timeout: Duration,
    between_bytes: Duration,
) -> Result<Backend, BackendCreationError> {
    let scheme = if origin.https { "https" } else { "http" };
    let (first, between) = (timeout.as_secs(), between_bytes.as_secs());
    let name = format!("{scheme}_{}_{}_{first}s_{between}s", origin.host, origin.port);
    let host = origin.host.trim_start_matches('[').trim_end_matches(']');
    let mut builder = Backend::builder(&name, format!("{}:{}", origin.host, origin.port))
        .connect_timeout(timeout.min(Duration::from_secs(5)))
        .first_byte_timeout(timeout)
        .between_bytes_timeout(between_bytes);
    if origin.https {
        builder = builder.enable_ssl().sni_hostname(host).check_certificate(host);
    }
    match builder.finish() {
        Err(BackendCreationError::NameInUse) => {
            Backend::from_name(&name).map_err(|_| BackendCreationError::NameTooLong(name))
        }
        made => made,
    }
}

fn apply(edit: &Edit, request: &mut Request) {
    match edit {
        Edit::Set(name, value) => request.set_header(name, value),
        Edit::Append(name, value) => request.append_header(name, value),
        Edit::Remove(name) => drop(request.remove_header(name)),
    }
}

/// Whether a server was late or not there at all. Not every host says which (Viceroy does not); the clock does.
pub(crate) fn failure(error: &SendError, after: Duration, timeout: Duration) -> OriginFailure {
    match error.root_cause() {
        SendErrorCause::DnsTimeout
        | SendErrorCause::ConnectionTimeout
        | SendErrorCause::HttpResponseTimeout => OriginFailure::TimedOut,
        _ if after >= timeout => OriginFailure::TimedOut,
        _ => OriginFailure::Unreachable,
    }
}
