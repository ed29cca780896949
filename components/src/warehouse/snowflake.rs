//! Snowflake: rows that a statement of the SQL API inserts.
//!
//! After docs.snowflake.com/en/developer-guide/sql-api/submitting-requests, …/sql-api/authenticating,
//! …/sql-api/reference and …/en/user-guide/query-size-limits, as of 2026-11.

use selvedge_core::component::{
    Credentials, Destination, Encoded, Kind, Moment, Outbound, ResolvedSettings, SettingError, SettingSpec,
    token_key,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::Event;
use serde_json::{Map, Value, json};

use super::columns::columns;
use crate::batch::batches;
use crate::json::to_text;
use crate::jwt::{SelfSigned, Signer};
use crate::request;
use crate::secret::Secret;

/// Snowflake.
pub const KIND: Kind = Kind {
    name: "snowflake",
    purposes: &[Purpose::Analytics],
    conversions: false,
    // The owner's own data base.
    tcf_vendor: None,
    settings: &[
        SettingSpec {
            name: "account",
            required: true,
            secret: false,
            help: "The account identifier, `organization-account`: Snowsight → your name → Account → View account \
                   details; or the locator with its region, `xy12345.eu-central-1`.",
        },
        SettingSpec {
            name: "user",
            required: false,
            secret: false,
            help: "The user whose public key it is (RSA_PUBLIC_KEY); needed with `private_key`.",
        },
        SettingSpec {
            name: "private_key",
            required: false,
            secret: true,
            help: "The user's private key as PEM, without a passphrase: `openssl genrsa 2048 | openssl pkcs8 -topk8 \
                   -nocrypt`. This or `token`.",
        },
        SettingSpec {
            name: "token",
            required: false,
            secret: true,
            help: "A programmatic access token (Snowsight → Settings → Authentication) or an OAuth token, instead of \
                   `private_key`.",
        },
        SettingSpec {
            name: "warehouse",
            required: false,
            secret: false,
            help: "The warehouse that runs the statements; the user's default unless said.",
        },
        SettingSpec {
            name: "database",
            required: true,
            secret: false,
            help: "The database that has the table: Snowsight → Catalog → Database explorer. As in SQL: upper case \
                   unless in double quotes.",
        },
        SettingSpec {
            name: "schema",
            required: false,
            secret: false,
            help: "The schema that has the table, below the database; PUBLIC unless said.",
        },
        SettingSpec {
            name: "table",
            required: true,
            secret: false,
            help: "The table, which you make with the statement of the documentation; EVENTS, say.",
        },
        SettingSpec {
            name: "role",
            required: false,
            secret: false,
            help: "The role to act in, which may insert into the table; the user's default unless said.",
        },
    ],
    build,
};

/// Rows of a statement: Snowflake names no limit.
const ROWS: usize = 500;
/// Bytes of a statement with what is bound to it: what Snowflake recommends as the most, of 1 MB, and room
/// for the rest.
const BODY: usize = 900_000;
/// The columns, and the types that their values are cast to.
const COLUMNS: &[(&str, &str)] = &[
    ("uuid", "VARCHAR"),
    ("timestamp", "TIMESTAMP_NTZ"),
    ("event_type", "VARCHAR"),
    ("event_name", "VARCHAR"),
    ("source", "VARCHAR"),
    ("anonymous", "BOOLEAN"),
    ("visitor_id", "VARCHAR"),
    ("user_id", "VARCHAR"),
    ("anonymous_id", "VARCHAR"),
    ("session_id", "VARCHAR"),
    ("session_start", "BOOLEAN"),
    ("page_url", "VARCHAR"),
    ("page_path", "VARCHAR"),
    ("page_title", "VARCHAR"),
    ("page_referrer", "VARCHAR"),
    ("channel", "VARCHAR"),
    ("utm_source", "VARCHAR"),
    ("utm_medium", "VARCHAR"),
    ("utm_campaign", "VARCHAR"),
    ("country_code", "VARCHAR"),
    ("device", "VARCHAR"),
    ("browser", "VARCHAR"),
    ("os", "VARCHAR"),
    ("transaction_id", "VARCHAR"),
    ("currency", "VARCHAR"),
    ("value", "FLOAT"),
    ("consent", "VARCHAR"),
    ("purposes", "OBJECT"),
    ("data", "OBJECT"),
    ("context", "OBJECT"),
];

#[derive(Debug)]
struct Snowflake {
    url: String,
    statement: String,
    /// `database`, `schema`, `warehouse` and `role`, as the API takes them.
    place: Map<String, Value>,
    access: Access,
}

#[derive(Debug)]
enum Access {
    Key(Box<SelfSigned>),
    Token(Secret),
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let account = account(settings)?;
    // Where the account's name has an underscore, the host's has a hyphen.
    let host = account.to_ascii_lowercase().replace('_', "-");
    let mut place = Map::new();
    place.insert(
        "database".into(),
        identifier(settings, "database")?.ok_or_else(|| missing("database"))?.into(),
    );
    place.insert("schema".into(), identifier(settings, "schema")?.unwrap_or_else(|| "PUBLIC".into()).into());
    for name in ["warehouse", "role"] {
        place.extend(identifier(settings, name)?.map(|value| (name.to_owned(), value.into())));
    }
    let table = identifier(settings, "table")?.ok_or_else(|| missing("table"))?;
    Ok(Box::new(Snowflake {
        url: format!(
            "{}/api/v2/statements",
            request::base(settings, &format!("https://{host}.snowflakecomputing.com"))
        ),
        statement: statement(&table),
        place,
        access: access(settings, &account)?,
    }))
}

fn missing(name: &'static str) -> SettingError {
    SettingError { name, problem: "is required".into() }
}

fn account(settings: &ResolvedSettings) -> Result<String, SettingError> {
    let account = settings.required("account")?;
    let account = account.strip_suffix(".snowflakecomputing.com").unwrap_or(&account);
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !account.chars().all(allowed) || account.starts_with('.') || account.ends_with('.') {
        let problem = "is an account identifier, `organization-account`, and no URL".into();
        return Err(SettingError { name: "account", problem });
    }
    Ok(account.to_owned())
}

/// A name as SQL reads it: upper case, unless it is in double quotes.
fn identifier(settings: &ResolvedSettings, name: &'static str) -> Result<Option<String>, SettingError> {
    let Some(text) = settings.text(name) else { return Ok(None) };
    if let Some(quoted) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'))
        && !quoted.is_empty()
        && !quoted.contains(['"', '\0'])
    {
        return Ok(Some(quoted.to_owned()));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$');
    if text.chars().all(plain) && !text.starts_with(|c: char| c.is_ascii_digit() || c == '$') {
        return Ok(Some(text.to_ascii_uppercase()));
    }
    let problem = "is one name: letters, digits and underscores, or anything in double quotes".into();
    Err(SettingError { name, problem })
}

fn access(settings: &ResolvedSettings, account: &str) -> Result<Access, SettingError> {
    let key = match (settings.text("private_key"), settings.text("token")) {
        (Some(key), None) => key,
        (None, Some(token)) => return Ok(Access::Token(Secret(token))),
        (Some(_), Some(_)) => {
            return Err(SettingError {
                name: "token",
                problem: "and `private_key` exclude each other".into(),
            });
        }
        (None, None) => {
            return Err(SettingError { name: "private_key", problem: "is required, or `token`".into() });
        }
    };
    let user = settings.required("user")?.to_uppercase();
    let signer = Signer::new(&key, None)
        .map_err(|problem| SettingError { name: "private_key", problem: problem.into() })?;
    // A locator goes without its region, as Snowflake's own drivers have it.
    let end = if account.contains(".global") { '-' } else { '.' };
    let account = account.split(end).next().unwrap_or(account).to_ascii_uppercase();
    let subject = format!("{account}.{user}");
    let issuer = format!("{subject}.SHA256:{}", signer.fingerprint());
    let key = token_key(&["snowflake", &subject, &key]);
    Ok(Access::Key(Box::new(SelfSigned { key, signer, claims: vec![("iss", issuer), ("sub", subject)] })))
}

/// The statement. It says nothing of the events, which are one bound value: a list of rows. Nothing that they
/// say is SQL.
fn statement(table: &str) -> String {
    let columns: Vec<String> = COLUMNS.iter().map(|(name, _)| name.to_ascii_uppercase()).collect();
    let values: Vec<String> = COLUMNS.iter().map(|(name, cast)| format!("value['{name}']::{cast}")).collect();
    format!(
        r#"INSERT INTO "{table}" ({}) SELECT {} FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))"#,
        columns.join(", "),
        values.join(", ")
    )
}

impl Destination for Snowflake {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        let mut encoded = Encoded::default();
        let access = self.headers(moment);
        let rows = batch.iter().enumerate().map(|(index, event)| (index, to_text(&columns(event))));
        // In the body the rows are a text, in which quotes and backslashes take two bytes.
        let size = |row: &str| row.len() + row.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count();
        for rows in batches(rows, |(_, row)| size(row), (ROWS, BODY, 1)) {
            let (events, rows): (Vec<usize>, Vec<String>) = rows.into_iter().unzip();
            encoded.requests.push((self.outbound(&rows, &access, moment), events));
        }
        encoded
    }

    fn merges(&self) -> bool {
        true
    }

    fn credentials(&self) -> Option<&dyn Credentials> {
        match &self.access {
            Access::Key(pair) => Some(&**pair),
            Access::Token(_) => None,
        }
    }
}

impl Snowflake {
    fn headers(&self, moment: &Moment<'_>) -> Vec<(&'static str, String)> {
        let accept = ("accept", "application/json".to_owned());
        match &self.access {
            // Snowflake tells by the token what it is.
            Access::Token(token) => vec![accept, request::bearer(&token.0)],
            Access::Key(_) => {
                let kind = ("x-snowflake-authorization-token-type", "KEYPAIR_JWT".to_owned());
                vec![accept, request::bearer(moment.token.unwrap_or_default()), kind]
            }
        }
    }

    fn outbound(&self, rows: &[String], access: &[(&'static str, String)], moment: &Moment<'_>) -> Outbound {
        let rows = format!("[{}]", rows.join(","));
        let mut body = Map::new();
        body.insert("statement".into(), self.statement.as_str().into());
        body.insert("bindings".into(), json!({"1": {"type": "TEXT", "value": rows}}));
        body.extend(self.place.clone());
        // Sent again as it is, it is executed once.
        let url = format!("{}?requestId={}&retry=true", self.url, moment.random.uuid());
        request::post(url, &Value::Object(body), access.to_vec())
    }
}
