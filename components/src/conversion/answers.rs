//! What conversion APIs answer where they take a part of a request, refuse it with a 200, or have errors that pass among
//! those that do not.

use std::collections::BTreeMap;

use http::StatusCode;
use selvedge_core::component::{Fate, Response};
use serde_json::Value;

use crate::answer::{but, google_error, json, said, text};

/// Google's Data Manager API takes all of a request or nothing
/// (developers.google.com/data-manager/api/devguides/concepts/understand-errors): one bad event has the others refused,
/// which are good, and may be sent without it.
pub(super) fn google_ads(response: &Response<'_>) -> Option<Vec<Fate>> {
    if response.status.is_success() {
        return Some(response.all(&Fate::Delivered));
    }
    let fate = google_error(response)?;
    let answer = json(response)?;
    let details = answer.pointer("/error/details").and_then(Value::as_array).into_iter().flatten();
    let violations = details.filter_map(|one| one.get("fieldViolations")?.as_array()).flatten();
    let mut wrong = BTreeMap::new();
    for violation in violations {
        let Some(place) = text(violation, "/field").and_then(|field| event_of(&field)) else {
            // It is the request that is wrong.
            return Some(response.all(&fate));
        };
        let why = said([text(violation, "/reason"), text(violation, "/field")]);
        wrong.entry(place).or_insert(Fate::Rejected(why));
    }
    if wrong.is_empty() {
        return Some(response.all(&fate));
    }
    Some(but(response, &Fate::Retryable("refused beside another event".into()), &wrong))
}

/// The event of a field such as `events.events[3].user_data`.
fn event_of(field: &str) -> Option<usize> {
    let (_, rest) = field.split_once("events[")?;
    rest.split_once(']')?.0.parse().ok()
}

/// LinkedIn: a status for each event of a batch
/// (learn.microsoft.com/linkedin/marketing/conversions/conversions-api, "Streaming multiple conversion events"). The
/// message is left alone: names go there in plain text.
pub(super) fn linkedin(response: &Response<'_>) -> Option<Vec<Fate>> {
    if response.status == StatusCode::CREATED {
        return Some(response.all(&Fate::Delivered));
    }
    let answer = json(response)?;
    let Some(elements) = answer.get("elements").and_then(Value::as_array) else {
        let why = said([text(&answer, "/code"), text(&answer, "/serviceErrorCode")]);
        return refused(response, why);
    };
    let fate = |element: &Value| {
        let why = || said([text(element, "/status"), text(element, "/error/code")]);
        match element.get("status").and_then(Value::as_u64).unwrap_or_default() {
            200..=299 => Fate::Delivered,
            429 | 500.. => Fate::Retryable(why()),
            _ => Fate::Rejected(why()),
        }
    };
    Some(elements.iter().map(fate).collect())
}

/// Meta: errors that pass are 400 as well (developers.facebook.com/docs/graph-api/guides/error-handling and
/// …/docs/graph-api/overview/rate-limiting).
pub(super) fn meta(response: &Response<'_>) -> Option<Vec<Fate>> {
    if response.status.is_success() {
        return Some(response.all(&Fate::Delivered));
    }
    let answer = json(response)?;
    let error = answer.get("error")?;
    let code = error.get("code").and_then(Value::as_u64);
    let passes = error.get("is_transient").and_then(Value::as_bool) == Some(true)
        || matches!(code, Some(1 | 2 | 4 | 17 | 32 | 341 | 613 | 80_000..=80_014))
        || response.status.is_server_error();
    let why = said([text(error, "/code"), text(error, "/error_subcode"), text(error, "/message")]);
    Some(response.all(&if passes { Fate::Retryable(why) } else { Fate::Rejected(why) }))
}

/// Pinterest: what became of each event, also beside a 422
/// (developers.pinterest.com/docs/api/v5/events-create, `ConversionApiResponse` and `DetailedError`).
pub(super) fn pinterest(response: &Response<'_>) -> Option<Vec<Fate>> {
    let answer = json(response)?;
    let events = answer.get("events").or_else(|| answer.pointer("/details/events")).and_then(Value::as_array);
    let Some(events) = events else {
        return refused(response, said([text(&answer, "/code"), text(&answer, "/message")]));
    };
    let fate = |event: &Value| match text(event, "/status").as_deref() {
        Some("failed") => Fate::Rejected(said([text(event, "/error_message")])),
        _ => Fate::Delivered,
    };
    Some(events.iter().map(fate).collect())
}

/// Snapchat: a status beside the status
/// (developers.snap.com/api/marketing-api/Conversions-API/VerifySetUp).
pub(super) fn snapchat(response: &Response<'_>) -> Option<Vec<Fate>> {
    let answer = json(response)?;
    let taken =
        !matches!(text(&answer, "/status")?.to_ascii_uppercase().as_str(), "FAILED" | "INVALID" | "ERROR");
    if taken && response.status.is_success() {
        return Some(response.all(&Fate::Delivered));
    }
    let why = said([text(&answer, "/status"), text(&answer, "/reason")]);
    if response.status.is_success() {
        Some(response.all(&Fate::Rejected(why)))
    } else {
        refused(response, why)
    }
}

/// TikTok: 200 whatever happened, and a code (business-api.tiktok.com/portal/docs?id=1737172488964097): 0 is good, 40100 is
/// too many requests, from 50000 on it is TikTok's own fault, and 20001 says that a part was taken without saying which.
pub(super) fn tiktok(response: &Response<'_>) -> Option<Vec<Fate>> {
    let answer = json(response)?;
    let code = answer.get("code").and_then(Value::as_u64)?;
    let why = said([text(&answer, "/code"), text(&answer, "/message")]);
    match code {
        0 => Some(response.all(&Fate::Delivered)),
        20_001 => None,
        40_100 | 50_000.. => Some(response.all(&Fate::Retryable(why))),
        _ => Some(response.all(&Fate::Rejected(why))),
    }
}

/// What the status says, in the vendor's words; and nothing where it says that all is well.
fn refused(response: &Response<'_>, why: String) -> Option<Vec<Fate>> {
    let passes = response.status.is_server_error() || matches!(response.status.as_u16(), 408 | 425 | 429);
    match response.status.is_success() {
        true => None,
        false => Some(response.all(&if passes { Fate::Retryable(why) } else { Fate::Rejected(why) })),
    }
}
