//! Google BigQuery: rows that are streamed into a table (`tabledata.insertAll`).
//!
//! After cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/insertAll,
//! …/docs/streaming-data-into-bigquery, …/docs/json-web-tokens and google.aip.dev/auth/4111, as of 2026-11.
//!
//! Nobody is asked for a token: BigQuery takes one that the service account's key has signed.

use std::collections::BTreeMap;

use selvedge_core::component::{
    Credentials, Destination, Encoded, Fate, Kind, Moment, Reader, ResolvedSettings, Response, SettingError,
    SettingSpec, token_key,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::Event;
use serde_json::{Value, json};

use super::columns::columns;
use crate::answer;
use crate::batch::{Room, together};
use crate::json::to_text;
use crate::jwt::{Account, SelfSigned};
use crate::request;

/// Google BigQuery.
pub const KIND: Kind = Kind {
    name: "bigquery",
    purposes: &[Purpose::Analytics],
    conversions: false,
    // The owner's own data base.
    tcf_vendor: None,
    settings: &[
        SettingSpec {
            name: "service_account_key",
            required: true,
            secret: true,
            help: "The whole JSON of a service account's key: Google Cloud console → IAM & Admin → Service accounts → \
                   the account → Keys → Add key → JSON. The account needs the role BigQuery Data Editor on the table.",
        },
        SettingSpec {
            name: "project_id",
            required: false,
            secret: false,
            help: "The project that has the dataset: at the top of the Google Cloud console. The key's own unless said.",
        },
        SettingSpec {
            name: "dataset_id",
            required: true,
            secret: false,
            help: "The dataset: Google Cloud console → BigQuery → Explorer, below the project.",
        },
        SettingSpec {
            name: "table_id",
            required: true,
            secret: false,
            help: "The table, which you make with the statement of the documentation; `events`, say.",
        },
    ],
    build,
};

const BASE: &str = "https://bigquery.googleapis.com";
/// Whom the token is for: the service itself, also where the request goes by another name.
const AUDIENCE: &str = "https://bigquery.googleapis.com/";
/// A row that a table lacks a column for is taken without it, and one bad row takes no other with it.
const OPEN: &str = r#"{"skipInvalidRows":true,"ignoreUnknownValues":true,"rows":["#;
const CLOSE: &str = "]}";

/// Rows: what Google recommends; it takes 50,000. Bytes: Google takes 10 MB; a larger row it takes from nobody.
const ROOM: Room = Room { events: 500, bytes: 9_500_000, around: OPEN.len() + CLOSE.len() };

#[derive(Debug)]
struct BigQuery {
    url: String,
    token: SelfSigned,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let text = settings.required("service_account_key")?;
    let dataset = named(settings, "dataset_id")?;
    let table = named(settings, "table_id")?;
    let account = Account::read("service_account_key", &text)?;
    let project = match (settings.text("project_id"), &account.project) {
        (Some(_), _) => named(settings, "project_id")?,
        (None, Some(project)) => crate::query::encoded(project),
        (None, None) => {
            let problem = "has no `project_id`".into();
            return Err(SettingError { name: "service_account_key", problem });
        }
    };
    let Account { email, signer, .. } = account;
    let claims = vec![("iss", email.clone()), ("sub", email), ("aud", AUDIENCE.to_owned())];
    let token = SelfSigned { key: token_key(&["bigquery", &text]), signer, claims };
    let base = request::base(settings, BASE);
    let url = format!("{base}/bigquery/v2/projects/{project}/datasets/{dataset}/tables/{table}/insertAll");
    Ok(Box::new(BigQuery { url, token }))
}

/// A name, as part of a path. Google's may have letters of any language, and tables' a `$` before a
/// partition.
fn named(settings: &ResolvedSettings, name: &'static str) -> Result<String, SettingError> {
    let text = settings.required(name)?;
    if text
        .chars()
        .any(|c| c.is_control() || matches!(c, '/' | '.' | '`' | '"' | '\\') && name != "project_id")
    {
        return Err(SettingError { name, problem: "is one name, without the names of what it is in".into() });
    }
    Ok(crate::query::encoded(&text))
}

impl Destination for BigQuery {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        let headers = vec![request::bearer(moment.token.unwrap_or_default())];
        let post = |rows: &str, _| {
            request::post_text(self.url.clone(), format!("{OPEN}{rows}{CLOSE}"), headers.clone())
        };
        together(batch, ROOM, |event| Some(row(event)), post)
    }

    fn merges(&self) -> bool {
        true
    }

    fn credentials(&self) -> Option<&dyn Credentials> {
        Some(&self.token)
    }

    fn reader(&self) -> Option<Reader> {
        Some(read)
    }
}

/// The row. What goes into a column of JSON is text there.
fn row(event: &Event) -> String {
    let mut columns = columns(event);
    for (_, value) in &mut columns {
        if value.is_object() {
            *value = to_text(value).into();
        }
    }
    json!({"insertId": event.uuid, "json": columns}).to_string()
}

/// Reasons of a row that pass: it was not looked at because of another, or something of Google's failed.
const ROW_PASSES: &[&str] = &["stopped", "timeout", "backendError", "internalError", "rateLimitExceeded"];

/// BigQuery: `insertErrors` names the rows that were not taken. Of what is said of one, the reason and the column; the
/// message repeats values.
fn read(response: &Response<'_>) -> Option<Vec<Fate>> {
    if !response.status.is_success() {
        return answer::google_error(response).map(|fate| response.all(&fate));
    }
    let answer = answer::json(response)?;
    let mut wrong = BTreeMap::new();
    for row in answer.get("insertErrors").and_then(Value::as_array).into_iter().flatten() {
        let place = row.get("index")?.as_u64().and_then(|place| usize::try_from(place).ok())?;
        let errors = row.get("errors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let passes = |error: &Value| {
            answer::text(error, "/reason").is_some_and(|reason| ROW_PASSES.contains(&&*reason))
        };
        let last = errors.iter().find(|error| !passes(error));
        let told = last.or(errors.first());
        let words = told.map(|error| answer::words(error, ["/reason", "/location"])).unwrap_or_default();
        let later = last.is_none() && !errors.is_empty();
        wrong.insert(place, answer::refusal(later, words));
    }
    Some(answer::all_but(response, &Fate::Delivered, &wrong))
}
