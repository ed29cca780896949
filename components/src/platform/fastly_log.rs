//! A named endpoint of Fastly's real-time log streaming: each event is a line of JSON. Where the lines go (S3, BigQuery,
//! Kafka, Splunk, …) is the endpoint's own configuration.
//!
//! After docs.rs/fastly/0.13.2/fastly/log and www.fastly.com/documentation/guides/integrations/logging, as of 2026-11.

use selvedge_core::component::{
    Destination, Encoded, Kind, Moment, ResolvedSettings, SettingError, SettingSpec,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::Event;
use selvedge_core::sink::Sink;

use super::{Bounds, Place, whole};

/// Fastly's real-time log streaming.
pub const KIND: Kind = Kind {
    name: "fastly-log",
    purposes: &[Purpose::Analytics],
    conversions: false,
    tcf_vendor: None,
    settings: &[SettingSpec {
        name: "endpoint_name",
        required: true,
        secret: false,
        help: "The logging endpoint's name: your service → Logging → Create endpoint → Name. Fastly takes lines for a \
               name that does not exist, and throws them away.",
    }],
    build,
};

/// One line a call. Fastly documents no limit for a line of a Compute service, though its SDK knows of lines that are
/// "too long"; so this one is ours, and a line that Fastly itself refuses is `rejected`.
const BOUNDS: Bounds = Bounds { record: 64_000, count: 1, bytes: usize::MAX, between: 0 };

/// Bytes of a name.
const NAME: usize = 255;

#[derive(Debug)]
struct FastlyLog(Place);

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let name = settings.required("endpoint_name")?;
    let wrong = |problem: String| Err(SettingError { name: "endpoint_name", problem });
    let lower = name.to_ascii_lowercase();
    if name.contains(['\n', ':']) {
        return wrong(format!("`{name}` has a colon or a line's end in it, which no endpoint's name has"));
    }
    if matches!(&*lower, "stdout" | "stderr") || lower.starts_with("fst_managed_") {
        return wrong(format!("`{name}` is reserved by Fastly"));
    }
    if name.len() > NAME {
        return wrong(format!("is longer than {NAME} bytes"));
    }
    Ok(Box::new(FastlyLog(Place::of(settings, Sink::LogEndpoint, name))))
}

impl Destination for FastlyLog {
    fn encode(&self, batch: &[&Event], _: &Moment<'_>) -> Encoded {
        self.0.encode(whole(batch), BOUNDS)
    }

    fn merges(&self) -> bool {
        true
    }

    fn sink(&self) -> Option<Sink> {
        self.0.sink()
    }
}
