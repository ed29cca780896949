//! What a transcript leaves out: fields that belong to one hop, or that an emulator adds by itself. Everything else must
//! be the same on all hosts. This list is the only exception, so keep it short and say why.

use crate::wire::Head;

/// Fields of requests that reach the origin or a destination.
const REQUEST: &[&str] = &[
    // How the bytes are framed on this hop.
    "connection",
    "keep-alive",
    "transfer-encoding",
    // Workers add these to every subrequest; Fastly's name for itself is in `cdn-loop` and `fastly-*`.
    "cdn-loop",
    // Documents: Fastly's host undoes gzip alone, Cloudflare's br as well, so that is what each asks for.
    "accept-encoding",
];

/// Fields of responses that reach the visitor.
const RESPONSE: &[&str] = &["connection", "keep-alive", "transfer-encoding", "date"];

/// Whether a request's field is in the transcript.
#[must_use]
pub fn tells_of_request(name: &str, value: &[u8]) -> bool {
    // Viceroy declares even a body that cannot be there.
    let no_body = name == "content-length" && value == b"0";
    // What the harness tells workerd of the visitor, as Cloudflare's network would.
    let platform = name.starts_with("cf-") || name.starts_with("fastly-");
    !(REQUEST.contains(&name) || no_body || platform)
}

/// Whether a response's field is in the transcript. `own_head` when it is Selvedge's own answer to `HEAD`.
#[must_use]
pub fn tells_of_response(name: &str, head: &Head, own_head: bool) -> bool {
    let rewritten = head.get("x-selvedge").as_deref() == Some("edge");
    // A rewritten body is encoded again by the platform, or asked to be; what it says is compared, not how.
    let encoding = matches!(name, "content-encoding" | "x-compress-hint");
    // Whether it says how long the body would be is the platform's to decide.
    let length = own_head && name == "content-length";
    !(RESPONSE.contains(&name) || length || rewritten && encoding)
}

/// Whether a line of the log is in the transcript. What is amiss with a configuration is told once per instance,
/// whenever the platform starts one.
#[must_use]
pub fn tells_of_log(line: &str) -> bool {
    let problem = line.contains("\"selvedge\":\"problem\"");
    !problem || !line.contains("\"secret\":") && !line.contains("\"component\":")
}
