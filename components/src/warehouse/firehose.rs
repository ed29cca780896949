//! Amazon Data Firehose: `PutRecordBatch`, a record for each event, each with a newline at its end: Firehose puts records
//! one after the other and nothing between them.
//!
//! docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html and
//! docs.aws.amazon.com/firehose/latest/dev/limits.html, as of 2026-11: 500 records and 4 MB of a request; 1,000 KB of a
//! record before base64.

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
use crate::json::to_text;

/// Amazon Data Firehose.
pub const KIND: Kind = Kind {
    name: "firehose",
    purposes: &[Purpose::Analytics],
    conversions: false,
    tcf_vendor: None,
    settings: &[
        aws::ACCESS_KEY_ID,
        aws::SECRET_ACCESS_KEY,
        aws::SESSION_TOKEN,
        aws::REGION,
        SettingSpec {
            name: "delivery_stream_name",
            required: true,
            secret: false,
            help: "The Firehose stream's name, not its ARN: Amazon Data Firehose → Firehose streams. Its source is \
                   *Direct PUT*.",
        },
    ],
    build,
};

const RECORDS: usize = 500;
const BYTES: usize = 4_000_000;
const RECORD: usize = 1_000_000;

#[derive(Debug)]
struct Firehose(Service);

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let signer = aws::signer(settings, "firehose")?;
    let region = signer.region();
    let vendor = format!("https://firehose.{region}.{}", aws::domain(region));
    let name = settings.required("delivery_stream_name")?;
    if !aws::is_stream_name(&name, 64) {
        let problem = format!("`{name}` is not a Firehose stream's name");
        return Err(SettingError { name: "delivery_stream_name", problem });
    }
    let server = aws::server(settings, &vendor)?;
    let target = "Firehose_20150804.PutRecordBatch";
    let open = format!(r#"{{"DeliveryStreamName":"{name}","Records":["#);
    Ok(Box::new(Firehose(Service { signer, server, target, open })))
}

impl Destination for Firehose {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        let mut encoded = Encoded::default();
        let mut records = Vec::with_capacity(batch.len());
        for (event, mut text) in told(batch, &mut encoded, whole) {
            text.push('\n');
            if text.len() > RECORD {
                // One such record has the whole request refused.
                encoded.dropped.push((event, DropReason::TooLarge));
                continue;
            }
            records.push(Record { event, json: to_text(&json!({ "Data": base64(&text) })), large: false });
        }
        encoded.requests = self.0.requests(records, (RECORDS, BYTES), moment.now);
        encoded
    }

    fn merges(&self) -> bool {
        true
    }

    fn reader(&self) -> Option<Reader> {
        Some(read)
    }
}
