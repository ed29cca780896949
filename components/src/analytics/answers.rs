//! What analytics vendors answer where they take a part of a request.

use std::collections::BTreeMap;

use selvedge_core::component::{Fate, Response};
use serde_json::Value;

use crate::answer::{but, json, places, said, text};

/// Amplitude refuses a whole request for one bad event, and says which one it was
/// (amplitude.com/docs/apis/analytics/http-v2, "400 (invalid request)"): the others are good, and may be sent without it.
pub(super) fn amplitude(response: &Response<'_>) -> Option<Vec<Fate>> {
    if response.status.is_success() {
        return Some(response.all(&Fate::Delivered));
    }
    let answer = json(response).filter(|_| response.status.as_u16() == 400)?;
    let owners = amplitudes_owners(response)?;
    let error = text(&answer, "/error").unwrap_or_default();
    let mut wrong = BTreeMap::new();
    for list in ["events_with_invalid_fields", "events_with_missing_fields", "events_with_invalid_id_lengths"]
    {
        for (field, list) in answer.get(list).and_then(Value::as_object).into_iter().flatten() {
            for owner in places(Some(list)).filter_map(|place| owners.get(place)) {
                wrong.insert(*owner, Fate::Rejected(format!("{error}: {field}")));
            }
        }
    }
    for owner in places(answer.get("silenced_events")).filter_map(|place| owners.get(place)) {
        wrong.insert(*owner, Fate::Rejected(error.clone()));
    }
    if wrong.is_empty() {
        return Some(response.all(&Fate::Rejected(said([Some(error), text(&answer, "/missing_field")]))));
    }
    Some(but(response, &Fate::Retryable("refused beside another event".into()), &wrong))
}

/// Whose each of the request's events is: before the one that opens a session goes another that says so.
fn amplitudes_owners(response: &Response<'_>) -> Option<Vec<usize>> {
    let request: Value = serde_json::from_slice(&response.request.body).ok()?;
    let mut owner = 0;
    let owners = request.get("events")?.as_array()?.iter().map(|event| {
        let opens = text(event, "/insert_id").is_some_and(|id| id.ends_with("-session_start"));
        let this = owner;
        owner += usize::from(!opens);
        this
    });
    Some(owners.collect())
}

/// Mixpanel takes the good events of a request and answers 400 for the bad ones
/// (docs.mixpanel.com/reference/import-events, "Validation"); of a profile it says in a 200 whether it was taken
/// (docs.mixpanel.com/reference/profile-batch-update, `verbose`). What is beside the events in a request stands behind them.
pub(super) fn mixpanel(response: &Response<'_>) -> Option<Vec<Fate>> {
    let answer = json(response)?;
    if let Some(records) = answer.get("failed_records").and_then(Value::as_array) {
        let wrong = records.iter().filter_map(|record| {
            let place = usize::try_from(record.get("index")?.as_u64()?).ok()?;
            Some((place, Fate::Rejected(said([text(record, "/field")]))))
        });
        let wrong: BTreeMap<_, _> = wrong.collect();
        return (!wrong.is_empty()).then(|| but(response, &Fate::Delivered, &wrong));
    }
    match text(&answer, "/status")?.as_str() {
        "0" if response.status.is_success() => {
            Some(response.all(&Fate::Rejected(said([text(&answer, "/error")]))))
        }
        _ if response.status.is_success() => Some(response.all(&Fate::Delivered)),
        _ => None,
    }
}

/// Matomo counts the hits that it did not take, and says which to who has a token
/// (github.com/matomo-org/matomo/blob/5.x-dev/plugins/BulkTracking/Tracker/Response.php).
pub(super) fn matomo(response: &Response<'_>) -> Option<Vec<Fate>> {
    let answer = json(response)?;
    let invalid = answer.get("invalid")?.as_u64()?;
    let wrong = places(answer.get("invalid_indices")).map(|place| (place, Fate::Rejected("invalid".into())));
    let wrong: BTreeMap<_, _> = wrong.collect();
    let all = usize::try_from(invalid).is_ok_and(|invalid| invalid == response.events);
    if all {
        return Some(response.all(&Fate::Rejected("invalid".into())));
    }
    (invalid == 0 || !wrong.is_empty()).then(|| but(response, &Fate::Delivered, &wrong))
}
