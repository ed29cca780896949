//! Workers Analytics Engine, by the Worker's binding: each event is a data point, whose columns the owner chooses.
//!
//! After developers.cloudflare.com/analytics/analytics-engine, its pages `get-started`, `limits` and `sampling`, as of
//! 2026: 20 blobs of 16 kB together, 20 doubles, and one index of 96 bytes.

use selvedge_core::component::{
    Destination, Encoded, Kind, Moment, ResolvedSettings, SettingError, SettingSpec,
};
use selvedge_core::config::Setting;
use selvedge_core::consent::Purpose;
use selvedge_core::event::Event;
use selvedge_core::rules::{Path, single, value};
use selvedge_core::sink::Sink;
use serde_json::{Number, Value, json};

use super::{Bounds, Place, binding};
use crate::cut;
use crate::json::to_text;

/// Workers Analytics Engine.
pub const KIND: Kind = Kind {
    name: "analytics-engine",
    purposes: &[Purpose::Analytics],
    conversions: false,
    tcf_vendor: None,
    settings: &[
        SettingSpec {
            name: "binding",
            required: true,
            secret: false,
            help: "The dataset's binding: `binding` of its `[[analytics_engine_datasets]]` in wrangler.toml.",
        },
        SettingSpec {
            name: "index",
            required: false,
            secret: false,
            help: "The path of what Analytics Engine samples by, `index1`: context.page.path unless said.",
        },
        SettingSpec {
            name: "blobs",
            required: false,
            secret: false,
            help: "The paths of what becomes `blob1`, `blob2`, …: at most 20, such as [\"type\", \"data.name\"].",
        },
        SettingSpec {
            name: "doubles",
            required: false,
            secret: false,
            help: "The paths of what becomes `double1`, `double2`, …: at most 20 numbers, such as \
                   [\"data.properties.value\"].",
        },
    ],
    build,
};

/// By which points are sampled where there are many: what people look at most, and few enough of.
const INDEX: &str = "context.page.path";

/// `blob1` and on. New ones go to the end: who asks by number must find what was there.
const BLOBS: &[&str] = &[
    "type",
    "data.name",
    "context.page.path",
    "context.page.title",
    "context.page.referrer",
    "context.traffic.channel",
    "context.campaign.source",
    "context.campaign.medium",
    "context.campaign.name",
    "context.client.country_code",
    "context.client.device",
    "context.client.browser",
    "context.client.os_name",
    "context.client.locale",
    "data.properties.currency",
    "consent",
    "context.user.edgee_id",
    "context.session.session_id",
    "uuid",
];

/// `double1` and on.
const DOUBLES: &[&str] = &[
    "data.properties.value",
    "data.properties.engagement_time_msec",
    "context.session.session_count",
    "context.client.screen_width",
];

const COLUMNS: usize = 20;

/// Bytes of all blobs: 16 kB, in the smaller of its meanings.
const BLOB_BYTES: usize = 16_000;
const INDEX_BYTES: usize = 96;

/// One point a call. What is cut to fit is never too large: JSON writes a byte as six at the most.
const BOUNDS: Bounds = Bounds { record: usize::MAX, count: 1, bytes: usize::MAX, between: 0 };

#[derive(Debug)]
struct AnalyticsEngine {
    place: Place,
    index: Path,
    blobs: Vec<Path>,
    doubles: Vec<Path>,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let index = settings.text("index").unwrap_or_else(|| INDEX.into());
    Ok(Box::new(AnalyticsEngine {
        place: Place::of(settings, Sink::Dataset, binding(settings)?),
        index: single(&index).map_err(|problem| SettingError { name: "index", problem })?,
        blobs: columns(settings, "blobs", BLOBS)?,
        doubles: columns(settings, "doubles", DOUBLES)?,
    }))
}

fn columns(
    settings: &ResolvedSettings,
    name: &'static str,
    default: &[&str],
) -> Result<Vec<Path>, SettingError> {
    let wrong = |problem| SettingError { name, problem };
    let paths = match settings.values.get(name) {
        None => default.iter().map(|path| (*path).to_owned()).collect(),
        Some(Setting::List(paths)) => paths.clone(),
        Some(_) => return Err(wrong("is a list of paths, [\"type\", \"data.name\"]".into())),
    };
    if paths.len() > COLUMNS {
        return Err(wrong(format!("are {}; a data point has {COLUMNS}", paths.len())));
    }
    paths.iter().map(|path| single(path).map_err(wrong)).collect()
}

impl Destination for AnalyticsEngine {
    fn encode(&self, batch: &[&Event], _: &Moment<'_>) -> Encoded {
        let point = |event: &&Event| to_text(&self.point(event));
        self.place.encode(batch.iter().map(point).enumerate(), BOUNDS)
    }

    fn merges(&self) -> bool {
        true
    }

    fn sink(&self) -> Option<Sink> {
        self.place.sink()
    }
}

impl AnalyticsEngine {
    /// What `writeDataPoint` takes. Columns keep their places: what an event does not have is empty, or 0.
    fn point(&self, event: &Event) -> Value {
        let index = text(event, &self.index);
        let blobs: Vec<_> = self.blobs.iter().map(|path| text(event, path)).collect();
        let most = most(blobs.iter().map(String::len).collect());
        let blobs: Vec<_> = blobs.iter().map(|blob| cut::bytes(blob, most)).collect();
        let doubles: Vec<_> = self.doubles.iter().map(|path| number(event, path)).collect();
        json!({"indexes": [cut::bytes(&index, INDEX_BYTES)], "blobs": blobs, "doubles": doubles})
    }
}

/// What stands there as text; lists and tables as JSON.
fn text(event: &Event, path: &Path) -> String {
    match value(event, path) {
        None => String::new(),
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
    }
}

/// What stands there as a number, also where it is written as text; true is 1.
fn number(event: &Event, path: &Path) -> Number {
    let number = match value(event, path) {
        Some(Value::Number(number)) => Some(number),
        Some(Value::Bool(flag)) => Some(u8::from(flag).into()),
        Some(Value::String(text)) => text.trim().parse().ok().and_then(Number::from_f64),
        _ => None,
    };
    number.unwrap_or_else(|| 0.into())
}

/// How long each text may be so that all fit: the short ones leave their share to the long ones.
fn most(mut lengths: Vec<usize>) -> usize {
    lengths.sort_unstable();
    let mut left = BLOB_BYTES;
    for (before, length) in lengths.iter().enumerate() {
        let share = left / (lengths.len() - before);
        if *length > share {
            return share;
        }
        left -= length;
    }
    BLOB_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_where_it_is_longest() {
        assert_eq!(most(vec![3, 0, 9_000]), BLOB_BYTES);
        assert_eq!(most(vec![]), BLOB_BYTES);
        assert_eq!(most(vec![1_000, 20_000]), 15_000);
        assert_eq!(most(vec![20_000, 500, 9_000]), 7_750);
    }
}
