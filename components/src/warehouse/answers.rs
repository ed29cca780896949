//! What Amazon's services answer to many records, and BigQuery to many rows: 200, and which of them they did not take.

use std::collections::BTreeMap;

use selvedge_core::component::{Fate, Response};
use serde_json::Value;

use crate::answer::{but, google_error, json, said, text};

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
pub(super) fn amazon(response: &Response<'_>) -> Option<Vec<Fate>> {
    let answer = json(response)?;
    if !response.status.is_success() {
        // `com.amazonaws.kinesis#Name` or `Name`.
        let name = text(&answer, "/__type")?;
        let name = name.rsplit('#').next().unwrap_or(&name).to_owned();
        let later = response.status.is_server_error() || PASS.contains(&name.as_str());
        return Some(response.all(&if later { Fate::Retryable(name) } else { Fate::Rejected(name) }));
    }
    let entries = answer.get("Records").or_else(|| answer.get("RequestResponses"))?.as_array()?;
    let fate = |entry: &Value| match text(entry, "/ErrorCode").filter(|code| !code.is_empty()) {
        Some(code) => Fate::Retryable(code),
        None => Fate::Delivered,
    };
    Some(entries.iter().map(fate).collect())
}

/// Reasons of a row that pass: it was not looked at because of another, or something of Google's failed.
const ROW_PASSES: &[&str] = &["stopped", "timeout", "backendError", "internalError", "rateLimitExceeded"];

/// BigQuery: `insertErrors` names the rows that were not taken. Of what is said of one, the reason and the column; the
/// message repeats values.
pub(super) fn bigquery(response: &Response<'_>) -> Option<Vec<Fate>> {
    if !response.status.is_success() {
        return google_error(response).map(|fate| response.all(&fate));
    }
    let answer = json(response)?;
    let mut wrong = BTreeMap::new();
    for row in answer.get("insertErrors").and_then(Value::as_array).into_iter().flatten() {
        let place = row.get("index")?.as_u64().and_then(|place| usize::try_from(place).ok())?;
        let errors = row.get("errors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let passes =
            |error: &Value| text(error, "/reason").is_some_and(|reason| ROW_PASSES.contains(&&*reason));
        let last = errors.iter().find(|error| !passes(error));
        let told = last.or(errors.first());
        let words =
            told.map(|error| said([text(error, "/reason"), text(error, "/location")])).unwrap_or_default();
        let later = last.is_none() && !errors.is_empty();
        wrong.insert(place, if later { Fate::Retryable(words) } else { Fate::Rejected(words) });
    }
    Some(but(response, &Fate::Delivered, &wrong))
}
