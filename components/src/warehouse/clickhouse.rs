//! ClickHouse, by its HTTP interface: an asynchronous `INSERT … FORMAT JSONEachRow` for each request, a row for each event.
//!
//! clickhouse.com/docs/interfaces/http, …/optimize/asynchronous-inserts and
//! …/guides/developer/deduplicating-inserts-on-retries, as of 2026-11. `docs/destinations/clickhouse.md` has the table.

use http::{Method, Uri};
use selvedge_core::component::{
    Destination, Encoded, Kind, Moment, Outbound, ResolvedSettings, SettingError, SettingSpec,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::Event;

use super::records::lines;
use super::row::row;
use crate::batch::told;
use crate::hash::sha256;
use crate::json::to_text;
use crate::query::Query;
use crate::request::USER_AGENT;
use crate::secret::Secret;

/// ClickHouse.
pub const KIND: Kind = Kind {
    name: "clickhouse",
    purposes: &[Purpose::Analytics],
    conversions: false,
    tcf_vendor: None,
    settings: &[
        SettingSpec {
            name: "url",
            // Not where there is an `endpoint`, which may be the whole of it.
            required: false,
            secret: false,
            help: "The HTTP interface, `https://….clickhouse.cloud:8443`: ClickHouse Cloud → your service → Connect → \
                   HTTPS; required unless `endpoint` says it.",
        },
        SettingSpec {
            name: "database",
            required: false,
            secret: false,
            help: "The database that the table is in; `default` unless said.",
        },
        SettingSpec {
            name: "table",
            required: true,
            secret: false,
            help: "The table that you made for the events.",
        },
        SettingSpec {
            name: "username",
            required: false,
            secret: false,
            help: "A user that may INSERT into the table and needs to do nothing else; `default` unless said.",
        },
        SettingSpec {
            name: "password",
            required: false,
            secret: true,
            help: "The user's password, which ClickHouse Cloud shows once, when the service is created.",
        },
    ],
    build,
};

/// Beside the defaults of ClickHouse's newer versions, for those of older ones: small inserts are gathered on the server,
/// which answers when they are written; one that is sent twice is written once; times are RFC 3339; columns that the
/// table does not have are no error, and neither is a property `a.b` beside an `a` with a `b` in it.
const OPTIONS: &[(&str, &str)] = &[
    ("async_insert", "1"),
    ("wait_for_async_insert", "1"),
    ("async_insert_deduplicate", "1"),
    ("date_time_input_format", "best_effort"),
    ("input_format_skip_unknown_fields", "1"),
    ("type_json_skip_duplicated_paths", "1"),
];

/// Bytes of a name of a database or a table.
const NAME: usize = 206;

#[derive(Debug)]
struct ClickHouse {
    /// Without the token.
    url: String,
    username: String,
    password: Option<Secret>,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let url = match (settings.text("url"), settings.endpoint.as_deref()) {
        (Some(url), None) => checked(&url)?.to_string(),
        (Some(url), Some(endpoint)) => format!("{}{}", endpoint.trim_end_matches('/'), checked(&url)?.path()),
        (None, Some(endpoint)) => endpoint.to_owned(),
        (None, None) => settings.required("url")?,
    };
    let database = name("database", settings.text("database").as_deref().unwrap_or("default"))?;
    let table = name("table", &settings.required("table")?)?;
    let mut query = Query::default();
    query.push("query", &format!("INSERT INTO {database}.{table} FORMAT JSONEachRow"));
    for (option, value) in OPTIONS {
        query.push(option, value);
    }
    Ok(Box::new(ClickHouse {
        url: format!("{}/?{}", url.trim_end_matches('/'), query.as_str()),
        username: field("username", settings)?.unwrap_or_else(|| "default".into()),
        password: field("password", settings)?.map(Secret),
    }))
}

/// An absolute URL that says who nobody is: credentials in URLs get logged.
fn checked(url: &str) -> Result<Uri, SettingError> {
    let uri = url.parse::<Uri>().ok().filter(|uri| {
        uri.host().is_some_and(|host| !host.is_empty())
            && matches!(uri.scheme_str(), Some("https" | "http"))
            && uri.query().is_none()
            && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
    });
    uri.ok_or_else(|| SettingError {
        name: "url",
        problem: "is not an absolute URL without a query and without a user, https://host:8443".into(),
    })
}

/// A name in backticks, as a query has it whatever is in it.
fn name(setting: &'static str, said: &str) -> Result<String, SettingError> {
    if said.len() > NAME || said.chars().any(char::is_control) {
        return Err(SettingError { name: setting, problem: "is not a name".into() });
    }
    Ok(format!("`{}`", said.replace('\\', r"\\").replace('`', r"\`")))
}

/// A setting that is a header field's value.
fn field(name: &'static str, settings: &ResolvedSettings) -> Result<Option<String>, SettingError> {
    let value = settings.text(name).map(|value| value.trim().to_owned());
    let fits =
        value.iter().flat_map(|value| value.bytes()).all(|byte| byte == b' ' || byte.is_ascii_graphic());
    let problem = || "has characters other than ASCII's, which a header field cannot carry".to_owned();
    if fits { Ok(value) } else { Err(SettingError { name, problem: problem() }) }
}

impl Destination for ClickHouse {
    fn encode(&self, batch: &[&Event], _: &Moment<'_>) -> Encoded {
        let mut encoded = Encoded::default();
        let rows = told(batch, &mut encoded, |event| Some(to_text(&row(event)?)));
        let (body, events) = lines(rows);
        if !events.is_empty() {
            encoded.requests.push((self.outbound(body), events));
        }
        encoded
    }

    fn merges(&self) -> bool {
        true
    }
}

impl ClickHouse {
    fn outbound(&self, body: String) -> Outbound {
        // Of the rows, not of the events' ids: those a client may choose, and another's would be taken for sent.
        let mut token = sha256(&body);
        token.truncate(32);
        let mut headers = vec![
            ("content-type", "application/x-ndjson".to_owned()),
            ("user-agent", USER_AGENT.to_owned()),
            ("x-clickhouse-user", self.username.clone()),
        ];
        headers.extend(self.password.as_ref().map(|password| ("x-clickhouse-key", password.0.clone())));
        let url = format!("{}&insert_deduplication_token={token}", self.url);
        Outbound { method: Method::POST, url, headers, body: body.into_bytes() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_where_they_end() {
        for (said, expected) in [
            ("events", "`events`"),
            ("my events", "`my events`"),
            (r"a` FORMAT Null; --", r"`a\` FORMAT Null; --`"),
            (r"a\", r"`a\\`"),
        ] {
            assert_eq!(name("table", said).unwrap(), expected);
        }
        assert!(name("table", "a\nb").is_err());
        assert!(name("table", &"x".repeat(207)).is_err());
    }
}
