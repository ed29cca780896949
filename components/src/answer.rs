//! What vendors answer, as far as several answer alike.

use std::collections::BTreeMap;

use selvedge_core::component::{Fate, Response};
use serde_json::Value;

/// The body as JSON.
pub(crate) fn json(response: &Response<'_>) -> Option<Value> {
    serde_json::from_slice(response.body).ok()
}

/// A text of the answer, by its JSON pointer; a number is written out.
pub(crate) fn text(answer: &Value, pointer: &str) -> Option<String> {
    match answer.pointer(pointer)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Texts of the answer that are there, one after the other.
pub(crate) fn words<const N: usize>(answer: &Value, pointers: [&str; N]) -> String {
    joined(pointers.into_iter().map(|pointer| text(answer, pointer)))
}

fn joined(words: impl IntoIterator<Item = Option<String>>) -> String {
    words.into_iter().flatten().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The request's events by what was wrong with some of them, by their places.
pub(crate) fn all_but(response: &Response<'_>, others: &Fate, wrong: &BTreeMap<usize, Fate>) -> Vec<Fate> {
    response.each(|place| wrong.get(&place).unwrap_or(others).clone())
}

/// A list's numbers that are places.
pub(crate) fn places(list: Option<&Value>) -> impl Iterator<Item = usize> + '_ {
    let numbers = list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_u64);
    numbers.filter_map(|number| usize::try_from(number).ok())
}

/// Not taken; and whether that passes.
pub(crate) fn refusal(passes: bool, why: String) -> Fate {
    if passes { Fate::Retryable(why) } else { Fate::Rejected(why) }
}

/// A Google API's error (google.aip.dev/193, and before it cloud.google.com/apis/design/errors): its status and its reason,
/// and whether it is one of those that pass.
pub(crate) fn google_error(response: &Response<'_>) -> Option<Fate> {
    let answer = json(response)?;
    let error = answer.get("error")?;
    let reasons = |list: &str| error.get(list).and_then(Value::as_array).into_iter().flatten();
    let mut reasons = reasons("details").chain(reasons("errors")).filter_map(|one| text(one, "/reason"));
    let reason = reasons.next();
    // Quotas are 403 in the older APIs (cloud.google.com/bigquery/docs/error-messages).
    let passes =
        ["rateLimitExceeded", "quotaExceeded", "backendError", "internalError", "jobRateLimitExceeded"];
    let later = reason.as_deref().is_some_and(|reason| passes.contains(&reason))
        || response.status.is_server_error()
        || response.status.as_u16() == 429;
    let why = joined([text(error, "/status"), reason]);
    Some(refusal(later, why))
}

/// What the status says, in the vendor's words; and nothing where it says that all is well.
pub(crate) fn refused(response: &Response<'_>, why: String) -> Option<Vec<Fate>> {
    let passes = response.status.is_server_error() || matches!(response.status.as_u16(), 408 | 425 | 429);
    if response.status.is_success() { None } else { Some(response.all(&refusal(passes, why))) }
}
