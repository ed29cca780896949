//! Amazon Kinesis Data Streams: `PutRecords`, a record for each event.
//!
//! docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html, as of 2026-11: 500 records and 10 MiB of a
//! request; 1 MiB of a record, its partition key included, unless the stream's owner allows up to 10.

use selvedge_core::account::DropReason;
use selvedge_core::component::{
    Destination, Encoded, Kind, Moment, Reader, ResolvedSettings, SettingError, SettingSpec,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::Event;
use serde_json::json;

use super::records::{Record, Service, base64, read};
use crate::aws;
use crate::batch::{told, whole};
use crate::ids::Ids;
use crate::json::to_text;

/// Amazon Kinesis Data Streams.
pub const KIND: Kind = Kind {
    name: "kinesis",
    purposes: &[Purpose::Analytics],
    conversions: false,
    tcf_vendor: None,
    settings: &[
        aws::ACCESS_KEY_ID,
        aws::SECRET_ACCESS_KEY,
        aws::SESSION_TOKEN,
        aws::REGION,
        SettingSpec {
            name: "stream_name",
            required: true,
            secret: false,
            help: "The stream's name, or its ARN: Kinesis → Data streams → your stream.",
        },
        SettingSpec {
            name: "partition_key",
            required: false,
            secret: false,
            help: "The partition key of every record, which puts all of them on one shard; else a visitor's events \
                   share one.",
        },
    ],
    build,
};

const RECORDS: usize = 500;

/// What a request held until 2025, and still does with the emulators.
const BYTES: usize = 5 * MIB;

/// What a stream takes unless its owner allows more.
const RECORD: usize = MIB;

/// What no stream takes.
const NO_RECORD: usize = 10 * MIB;

/// Characters of a partition key.
const KEY: usize = 256;

const MIB: usize = 1024 * 1024;

#[derive(Debug)]
struct Kinesis {
    service: Service,
    partition_key: Option<String>,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let signer = aws::signer(settings, "kinesis")?;
    let region = signer.region();
    let vendor = format!("https://kinesis.{region}.{}", aws::domain(region));
    let stream = stream(&settings.required("stream_name")?, region)?;
    let partition_key = settings.text("partition_key");
    if partition_key.as_ref().is_some_and(|key| key.chars().count() > KEY) {
        let problem = format!("is longer than {KEY} characters");
        return Err(SettingError { name: "partition_key", problem });
    }
    let service = Service {
        server: aws::server(settings, &vendor)?,
        signer,
        target: "Kinesis_20131202.PutRecords",
        open: format!(r#"{{{stream},"Records":["#),
    };
    Ok(Box::new(Kinesis { service, partition_key }))
}

/// The member of the request that says which stream: what is checked here needs no escapes.
fn stream(said: &str, region: &str) -> Result<String, SettingError> {
    let wrong = |problem: String| SettingError { name: "stream_name", problem };
    let Some(arn) = said.strip_prefix("arn:") else {
        return if aws::is_stream_name(said, 128) {
            Ok(format!(r#""StreamName":"{said}""#))
        } else {
            Err(wrong(format!("`{said}` is neither a stream's name nor its ARN")))
        };
    };
    // arn:<partition>:kinesis:<region>:<account>:stream/<name>
    let parts: Vec<&str> = arn.splitn(5, ':').collect();
    match parts.as_slice() {
        [partition, "kinesis", place, account, name]
            if aws::is_stream_name(partition, 32)
                && account.len() == 12
                && account.bytes().all(|byte| byte.is_ascii_digit())
                && name.strip_prefix("stream/").is_some_and(|name| aws::is_stream_name(name, 128)) =>
        {
            if *place == region {
                Ok(format!(r#""StreamARN":"{said}""#))
            } else {
                Err(wrong(format!("`{said}` is not in the region `{region}`")))
            }
        }
        _ => Err(wrong(format!("`{said}` is not a stream's ARN"))),
    }
}

impl Destination for Kinesis {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        let mut encoded = Encoded::default();
        // Shared by the visit's events of nobody in particular, and by nothing else.
        let nobody = moment.random.uuid().to_string();
        let mut records = Vec::with_capacity(batch.len());
        for (index, text) in told(batch, &mut encoded, whole) {
            let key = self.key(batch.get(index).copied(), &nobody);
            let size = text.len() + key.len();
            if size > NO_RECORD {
                encoded.dropped.push((index, DropReason::TooLarge));
                continue;
            }
            let json = to_text(&json!({ "Data": base64(&text), "PartitionKey": key }));
            records.push(Record { event: index, json, large: size > RECORD });
        }
        encoded.requests = self.service.requests(records, (RECORDS, BYTES), moment.now);
        encoded
    }

    fn merges(&self) -> bool {
        true
    }

    fn reader(&self) -> Option<Reader> {
        Some(read)
    }
}

impl Kinesis {
    fn key(&self, event: Option<&Event>, nobody: &str) -> String {
        let visitor = event.and_then(|event| Ids::of(event).visitor);
        let key = self.partition_key.as_deref().or(visitor).unwrap_or(nobody);
        key.chars().take(KEY).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_named_or_has_an_arn_of_the_region() {
        let arn = "arn:aws:kinesis:eu-west-3:123456789012:stream/events";
        let cases = [
            ("events", Ok(r#""StreamName":"events""#.to_owned())),
            (arn, Ok(format!(r#""StreamARN":"{arn}""#))),
            (
                "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/events",
                Err("is not in the region `eu-west-3`"),
            ),
            ("arn:aws:firehose:eu-west-3:123456789012:deliverystream/events", Err("is not a stream's ARN")),
            ("arn:aws:kinesis:eu-west-3:1:stream/events", Err("is not a stream's ARN")),
            (r#"events","x":""#, Err("is neither a stream's name nor its ARN")),
            ("", Err("is neither a stream's name nor its ARN")),
        ];
        for (said, expected) in cases {
            match (stream(said, "eu-west-3"), expected) {
                (Ok(found), expected) => assert_eq!(Ok(found), expected, "{said}"),
                (Err(error), Err(expected)) => assert!(error.problem.ends_with(expected), "{error}"),
                (Err(error), Ok(_)) => panic!("{error}"),
            }
        }
    }
}
