//! AWS Signature Version 4, as docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html and
//! docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html specify it (2026-11), for requests without a
//! query. The payload is always signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use selvedge_core::component::Outbound;
use selvedge_core::facts::Timestamp;
use sha2::{Digest, Sha256};

use super::Server;
use crate::hash::{hexadecimal, sha256};
use crate::request::USER_AGENT;

/// What AWS's `UriEncode` encodes of a path: everything but RFC 3986's unreserved characters and the slash.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// Encodes a path as AWS wants it in a URL.
pub(crate) fn encoded(path: &str) -> String {
    utf8_percent_encode(path, PATH).to_string()
}

/// Credentials, and where they are good for.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(super) access_key_id: String,
    pub(super) secret_access_key: String,
    pub(super) session_token: Option<String>,
    pub(super) region: String,
    pub(super) service: &'static str,
    /// Whether an object's checksum is sent: Amazon's buckets with Object Lock take nothing without, and others may not
    /// know the field.
    pub(super) checksum: bool,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer")
            .field("region", &self.region)
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

impl Signer {
    /// The region that it signs for.
    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// The request, signed. `path` follows the server's own, begins with a slash and is encoded. `headers` are signed
    /// with it, so they are those that nobody on the way changes.
    pub(crate) fn request(
        &self,
        method: Method,
        (server, path): (&Server, &str),
        mut headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
        now: Timestamp,
    ) -> Outbound {
        let path = format!("{}{path}", server.path);
        let url = format!("{}://{}{path}", server.scheme, server.host);
        let digest = Sha256::digest(&body);
        let payload = hexadecimal(&digest);
        let time = time(now);
        if self.service == "s3" {
            headers.push(("x-amz-content-sha256", payload.clone()));
            if self.checksum {
                headers.push(("x-amz-checksum-sha256", STANDARD.encode(digest)));
            }
        }
        headers.push(("x-amz-date", time.clone()));
        headers.extend(self.session_token.clone().map(|token| ("x-amz-security-token", token)));

        let names = names(&headers);
        let request = self.canonical(&method, (&server.host, &path), &headers, &payload);
        let scope = self.scope(&time);
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", sha256(request));
        let signature = hexadecimal(&mac(&self.key(&time), &text));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            self.access_key_id
        );
        headers.push(("authorization", authorization));
        headers.push(("user-agent", USER_AGENT.to_owned()));
        Outbound { method, url, headers, body }
    }

    /// The request in the one way in which both sides write it.
    fn canonical(
        &self,
        method: &Method,
        (host, path): (&str, &str),
        headers: &[(&'static str, String)],
        payload: &str,
    ) -> String {
        // All services but S3 encode what is encoded already once more.
        let path = if self.service == "s3" { path.to_owned() } else { encoded(path) };
        let mut fields: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.trim())).chain([("host", host)]).collect();
        fields.sort_unstable();
        let fields: String = fields.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        format!("{method}\n{path}\n\n{fields}\n{}\n{payload}", names(headers))
    }

    fn scope(&self, time: &str) -> String {
        format!("{}/{}/{}/aws4_request", day(time), self.region, self.service)
    }

    fn key(&self, time: &str) -> [u8; 32] {
        let secret = format!("AWS4{}", self.secret_access_key);
        [self.region.as_str(), self.service, "aws4_request"]
            .into_iter()
            .fold(mac(secret.as_bytes(), day(time)), |key, text| mac(&key, text))
    }
}

/// The names of what is signed.
fn names(headers: &[(&'static str, String)]) -> String {
    let mut names: Vec<&str> = headers.iter().map(|(name, _)| *name).chain(["host"]).collect();
    names.sort_unstable();
    names.join(";")
}

/// ISO 8601's basic format to the second: `20261122T103500Z`.
pub(crate) fn time(now: Timestamp) -> String {
    let digits = now.rfc3339();
    let mut time: String = digits.chars().filter(|c| !matches!(c, '-' | ':')).take(15).collect();
    time.push('Z');
    time
}

/// The day of a [`time`].
fn day(time: &str) -> &str {
    time.split('T').next().unwrap_or_default()
}

fn mac(key: &[u8], text: &str) -> [u8; 32] {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
#[path = "sigv4_tests.rs"]
mod tests;
