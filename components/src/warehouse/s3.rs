//! Amazon S3, and whatever speaks as it does: an object of newline-delimited JSON for each request.
//!
//! docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html, docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
//! and …/bucketnamingrules.html, as of 2026-11.

use http::Method;
use selvedge_core::component::{
    Destination, Encoded, Kind, Moment, ResolvedSettings, SettingError, SettingSpec,
};
use selvedge_core::config::Setting;
use selvedge_core::consent::Purpose;
use selvedge_core::event::Event;
use selvedge_core::facts::Timestamp;

use super::records::lines;
use crate::aws::sigv4::{self, Signer};
use crate::aws::{self, Server};
use crate::batch::{told, whole};

/// Amazon S3.
pub const KIND: Kind = Kind {
    name: "s3",
    purposes: &[Purpose::Analytics],
    conversions: false,
    tcf_vendor: None,
    settings: &[
        aws::ACCESS_KEY_ID,
        aws::SECRET_ACCESS_KEY,
        aws::SESSION_TOKEN,
        aws::REGION,
        SettingSpec {
            name: "bucket",
            required: true,
            secret: false,
            help: "The bucket's name, or the alias of an access point: S3 → Buckets.",
        },
        SettingSpec {
            name: "prefix",
            required: false,
            secret: false,
            help: "What the objects' keys begin with, `selvedge/events`; a slash follows.",
        },
        SettingSpec {
            name: "path_style",
            required: false,
            secret: false,
            help: "Whether the bucket is in the path instead of the host's name; true with an `endpoint` unless said.",
        },
    ],
    build,
};

/// Bytes of the prefix: a key has 1,024 at most, and what follows is less than 100.
const PREFIX: usize = 900;

#[derive(Debug)]
struct S3 {
    signer: Signer,
    server: Server,
    /// What comes before the prefix: the bucket, where it is in the path. Encoded.
    path: String,
    /// Encoded, with a slash at its end.
    prefix: String,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let signer = aws::signer(settings, "s3")?;
    let bucket = bucket(settings)?;
    let vendor = format!("https://s3.{}.{}", signer.region(), aws::domain(signer.region()));
    let mut server = aws::server(settings, &vendor)?;
    let amazon = settings.endpoint.is_none();
    let in_path = path_style(settings)?.unwrap_or(!amazon || !is_label(&bucket));
    let path = if in_path { format!("/{bucket}") } else { String::new() };
    if !in_path {
        server.host = format!("{bucket}.{}", server.host);
    }
    let prefix = prefix(&settings.text("prefix").unwrap_or_default())?;
    Ok(Box::new(S3 { signer, server, path, prefix }))
}

/// A bucket's name. Those of old, and those of other vendors, may be longer and have capitals and underscores.
fn bucket(settings: &ResolvedSettings) -> Result<String, SettingError> {
    let bucket = settings.required("bucket")?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if bucket.len() <= 255 && bucket.bytes().all(fits) && bucket.bytes().any(|b| b.is_ascii_alphanumeric()) {
        return Ok(bucket);
    }
    Err(SettingError { name: "bucket", problem: format!("`{bucket}` is not a bucket's name") })
}

/// Whether a certificate for `*.s3.…` covers it: one label of a host's name, without dots.
fn is_label(bucket: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    bucket.len() <= 63 && bucket.bytes().all(fits)
}

fn path_style(settings: &ResolvedSettings) -> Result<Option<bool>, SettingError> {
    match settings.values.get("path_style") {
        None => Ok(None),
        Some(Setting::Bool(said)) => Ok(Some(*said)),
        Some(Setting::Text(text)) if text.is_empty() => Ok(None),
        Some(Setting::Text(text)) if text == "true" || text == "false" => Ok(Some(text == "true")),
        Some(_) => Err(SettingError { name: "path_style", problem: "is neither true nor false".into() }),
    }
}

/// The prefix, encoded, with one slash at its end unless it is empty.
fn prefix(said: &str) -> Result<String, SettingError> {
    let said = said.trim_matches('/');
    let wrong = |problem: String| Err(SettingError { name: "prefix", problem });
    if said.len() > PREFIX {
        return wrong(format!("is longer than {PREFIX} bytes"));
    }
    // A URL's path with these in it is changed on its way, and then the signature is wrong.
    if said.split('/').any(|part| matches!(part, "." | "..")) || said.chars().any(char::is_control) {
        return wrong("has a part `.` or `..`, or a control character".into());
    }
    Ok(if said.is_empty() { String::new() } else { format!("{}/", sigv4::encoded(said)) })
}

impl Destination for S3 {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        let mut encoded = Encoded::default();
        let (body, events) = lines(told(batch, &mut encoded, whole));
        if events.is_empty() {
            return encoded;
        }
        let headers = vec![("content-type", "application/x-ndjson".to_owned())];
        let key = self.key(moment);
        let path = format!("{}/{}{key}", self.path, self.prefix);
        let outbound =
            self.signer.request(Method::PUT, (&self.server, &path), headers, body.into_bytes(), moment.now);
        encoded.requests.push((outbound, events));
        encoded
    }

    fn merges(&self) -> bool {
        true
    }
}

impl S3 {
    /// The object's key after the prefix, partitioned as Hive and Athena understand it, by the UTC time of the request.
    fn key(&self, moment: &Moment<'_>) -> String {
        let (day, hour) = day_and_hour(moment.now);
        // `=` is encoded in the path, and is itself in the key.
        let folder = sigv4::encoded(&format!("date={day}/hour={hour}"));
        format!("{folder}/{}-{}.ndjson", sigv4::time(moment.now), moment.random.uuid().simple())
    }
}

fn day_and_hour(now: Timestamp) -> (String, String) {
    let time = now.rfc3339();
    let (day, rest) = time.split_once('T').unwrap_or_default();
    (day.to_owned(), rest.chars().take(2).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_folder() {
        for (said, expected) in [
            ("", ""),
            ("/", ""),
            ("events", "events/"),
            ("/a/b//", "a/b/"),
            ("é =+", "%C3%A9%20%3D%2B/"),
            ("a..b/.c", "a..b/.c/"),
        ] {
            assert_eq!(prefix(said).unwrap(), expected, "{said}");
        }
        for wrong in ["..", "a/../b", "./a", "a\nb", &"x".repeat(901)] {
            assert_eq!(prefix(wrong).unwrap_err().name, "prefix", "{wrong}");
        }
    }

    #[test]
    fn partitions_are_of_utc() {
        assert_eq!(day_and_hour(Timestamp(951_782_399_999)), ("2000-02-28".into(), "23".into()));
    }

    #[test]
    fn what_a_certificate_covers_is_in_the_host() {
        for (bucket, expected) in
            [("events", true), ("my-events-2", true), ("my.events", false), ("My_Events", false)]
        {
            assert_eq!(is_label(bucket), expected, "{bucket}");
        }
    }
}
