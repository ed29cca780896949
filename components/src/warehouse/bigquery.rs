//! Google BigQuery: rows that are streamed into a table (`tabledata.insertAll`).
//!
//! After cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/insertAll,
//! …/docs/streaming-data-into-bigquery, …/docs/json-web-tokens and google.aip.dev/auth/4111, as of 2026-11.
//!
//! Nobody is asked for a token: BigQuery takes one that the service account's key has signed.

use selvedge_core::component::{
    Credentials, Destination, Encoded, Kind, Moment, Outbound, Reader, ResolvedSettings, SettingError,
    SettingSpec, token_key,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::Event;
use serde_json::json;

use super::answers;
use super::columns::columns;
use crate::jwt::{Account, SelfSigned};
use crate::request::{self, batches};

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
/// Rows of a request: what Google recommends; it takes 50,000.
const ROWS: usize = 500;
/// Bytes of a request, of which Google takes 10 MB; a larger row it takes from nobody.
const BODY: usize = 9_500_000;
/// A row that a table lacks a column for is taken without it, and one bad row takes no other with it.
const OPEN: &str = r#"{"skipInvalidRows":true,"ignoreUnknownValues":true,"rows":["#;
const CLOSE: &str = "]}";

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
        let mut encoded = Encoded::default();
        let token = moment.token.unwrap_or_default();
        let rows: Vec<(usize, String)> =
            batch.iter().enumerate().map(|(index, event)| (index, row(event))).collect();
        let room = BODY - OPEN.len() - CLOSE.len();
        for rows in batches(rows, |(_, row)| row.len(), (ROWS, room, 1)) {
            let (events, rows): (Vec<usize>, Vec<String>) = rows.into_iter().unzip();
            encoded.requests.push((self.outbound(&rows, token), events));
        }
        encoded
    }

    fn merges(&self) -> bool {
        true
    }

    fn credentials(&self) -> Option<&dyn Credentials> {
        Some(&self.token)
    }

    fn reader(&self) -> Option<Reader> {
        Some(answers::bigquery)
    }
}

impl BigQuery {
    fn outbound(&self, rows: &[String], token: &str) -> Outbound {
        let body = format!("{OPEN}{}{CLOSE}", rows.join(","));
        request::post_text(self.url.clone(), body, vec![request::bearer(token)])
    }
}

/// The row. What goes into a column of JSON is text there.
fn row(event: &Event) -> String {
    let mut columns = columns(event);
    for (_, value) in &mut columns {
        if value.is_object() {
            *value = value.to_string().into();
        }
    }
    json!({"insertId": event.uuid, "json": columns}).to_string()
}
