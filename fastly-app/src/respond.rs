//! The response to the visitor: whole, passed on, or rewritten until the core releases it.

use std::io::{Read, Write};

use fastly::http::header::CONTENT_LENGTH;
use fastly::http::{FramingHeadersMode, StatusCode};
use fastly::{Request, Response};
use selvedge_core::answer::{Answer, Body, Rewriter};
use selvedge_core::head::{BadUrl, Edit, Reply};
use selvedge_core::page::Progress;
use selvedge_core::visit::Visit;

/// How much of a page is read at a time until it is released, in bytes.
const CHUNK: usize = 16 * 1024;

/// Sends a complete response.
pub(crate) fn reply(reply: Reply) {
    let mut response = Response::from_status(reply.status).with_body(reply.body);
    for (name, value) in &reply.headers {
        response.append_header(name, value);
    }
    response.send_to_client();
}

/// Sends the origin's response as the core answers it; to a HEAD request (`head`), which has no body to count.
pub(crate) fn answer(mut response: Response, answer: Answer, head: bool) -> Option<Visit> {
    for edit in &answer.edits {
        match edit {
            Edit::Set(name, value) => response.set_header(name, value),
            Edit::Append(name, value) => response.append_header(name, value),
            Edit::Remove(name) => drop(response.remove_header(name)),
        }
    }
    match answer.body {
        Body::Pass => {
            if head && response.contains_header(CONTENT_LENGTH) {
                // The length is that of the body that a GET would have got; the host would make it that of this one.
                response.set_framing_headers_mode(FramingHeadersMode::ManuallyFromHeaders);
            }
            response.send_to_client();
            None
        }
        Body::Rewrite(rewriter) => Some(rewrite(response, *rewriter)),
    }
}

/// Streams the page through the rewriter until that releases it; from there on the host streams by itself.
fn rewrite(mut response: Response, mut rewriter: Rewriter) -> Visit {
    let mut body = response.take_body();
    // The host compresses what it sends, if the service has that switched on: decoded here, encoded there, for no
    // guest CPU (fastly.com/documentation/reference/http/http-headers/X-Compress-Hint).
    response.set_header("x-compress-hint", "on");
    let mut client = response.stream_to_client();
    let mut chunk = vec![0; CHUNK];
    let mut out = Vec::with_capacity(CHUNK + 1024);
    loop {
        let read = match body.read(&mut chunk) {
            Ok(0) => {
                let visit = rewriter.finish(&mut out);
                let _ = client.write_all(&out).and_then(|()| client.finish());
                return visit;
            }
            Ok(read) => chunk.get(..read).unwrap_or_default(),
            Err(_) => {
                // The origin broke off: the visitor must not take what there is for the whole page.
                let visit = rewriter.finish(&mut out);
                let _ = client.write_all(&out);
                let _ = client.abandon();
                return visit;
            }
        };
        let progress = rewriter.write(read, &mut out);
        if progress == Progress::Released {
            let visit = rewriter.finish(&mut out);
            if client.write_all(&out).is_ok() && client.flush().is_ok() {
                client.append(body);
                let _ = client.finish();
            }
            return visit;
        }
        // What the visitor may have, they have at once: the origin may take its time with the rest.
        if client.write_all(&out).and_then(|()| client.flush()).is_err() {
            return rewriter.finish(&mut out);
        }
        out.clear();
    }
}

/// The answer to a request that names no host.
pub(crate) fn bad_request(problem: &BadUrl) {
    Response::from_status(StatusCode::BAD_REQUEST)
        .with_body_text_plain(&format!("{problem}\n"))
        .send_to_client();
}

/// The answer of an artifact without a configuration.
pub(crate) fn unconfigured(_: Request) {
    let advice = "This artifact carries no configuration: `selvedge build` puts one in.\n";
    Response::from_status(StatusCode::SERVICE_UNAVAILABLE).with_body_text_plain(advice).send_to_client();
}
