//! Events as JSON texts, and Amazon's requests of many records.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use selvedge_core::component::{Fate, Outbound, Response};
use selvedge_core::facts::Timestamp;
use serde_json::Value;

use crate::answer;
use crate::aws::Server;
use crate::aws::sigv4::Signer;

/// Lines, each with its end, and the events that they are of.
pub(super) fn lines(texts: Vec<(usize, String)>) -> (String, Vec<usize>) {
    let mut body = String::with_capacity(texts.iter().map(|(_, text)| text.len() + 1).sum());
    let mut events = Vec::with_capacity(texts.len());
    for (index, text) in texts {
        body.push_str(&text);
        body.push('\n');
        events.push(index);
    }
    (body, events)
}

/// Standard base64, which is how AWS's JSON protocol carries bytes.
pub(super) fn base64(text: &str) -> String {
    STANDARD.encode(text)
}

/// A service of AWS that takes records by its JSON protocol, version 1.1.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) signer: Signer,
    pub(super) server: Server,
    /// `X-Amz-Target`.
    pub(super) target: &'static str,
    /// The body up to its first record.
    pub(super) open: String,
}

/// What ends the body.
const CLOSE: &str = "]}";

/// A record of a request's body, and the event that it is of.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) event: usize,
    pub(super) json: String,
    /// Whether the service may refuse it, so that it had better go alone.
    pub(super) large: bool,
}

impl Service {
    /// Requests of at most `count` records and `bytes` bytes, framing and base64 included. AWS counts less.
    pub(super) fn requests(
        &self,
        records: Vec<Record>,
        (count, bytes): (usize, usize),
        now: Timestamp,
    ) -> Vec<(Outbound, Vec<usize>)> {
        let bytes = bytes.saturating_sub(self.open.len() + CLOSE.len());
        let size = |record: &Record| if record.large { bytes } else { record.json.len() };
        let batches = crate::batch::batches(records, size, (count, bytes, 1));
        batches.into_iter().map(|records| self.request(&records, now)).collect()
    }

    fn request(&self, records: &[Record], now: Timestamp) -> (Outbound, Vec<usize>) {
        let texts: Vec<&str> = records.iter().map(|record| record.json.as_str()).collect();
        let body = format!("{}{}{CLOSE}", self.open, texts.join(","));
        let headers = vec![
            ("content-type", "application/x-amz-json-1.1".to_owned()),
            ("x-amz-target", self.target.to_owned()),
        ];
        let outbound =
            self.signer.request(Method::POST, (&self.server, "/"), headers, body.into_bytes(), now);
        (outbound, records.iter().map(|record| record.event).collect())
    }
}

/// Amazon's errors that pass, though their status is 400
/// (docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html#API_PutRecords_Errors and
/// …/firehose/latest/APIReference/API_PutRecordBatch.html#API_PutRecordBatch_Errors).
const PASS: &[&str] = &[
    "KMSThrottlingException",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "ServiceUnavailableException",
    "ThrottlingException",
];

/// Kinesis and Firehose: an entry for each record, in their order. One that was not taken has an `ErrorCode`, of which all
/// that are documented pass; the message is left alone, for it names the account.
pub(super) fn read(response: &Response<'_>) -> Option<Vec<Fate>> {
    let answer = answer::json(response)?;
    if !response.status.is_success() {
        // `com.amazonaws.kinesis#Name` or `Name`.
        let name = answer::text(&answer, "/__type")?;
        let name = name.rsplit('#').next().unwrap_or(&name).to_owned();
        let later = response.status.is_server_error() || PASS.contains(&name.as_str());
        return Some(response.all(&answer::refusal(later, name)));
    }
    let entries = answer.get("Records").or_else(|| answer.get("RequestResponses"))?.as_array()?;
    let fate = |entry: &Value| match answer::text(entry, "/ErrorCode").filter(|code| !code.is_empty()) {
        Some(code) => Fate::Retryable(code),
        None => Fate::Delivered,
    };
    Some(entries.iter().map(fate).collect())
}
