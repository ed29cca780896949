//! A Snowplow collector, by the tracker protocol: `POST /com.snowplowanalytics.snowplow/tp2` of a `payload_data`.
//!
//! What there is no schema for, a pipeline refuses ("failed events"). So nothing is sent but what the schemas of Iglu Central
//! allow, and schemas of the owner's own where the owner named them.
//!
//! From docs.snowplow.io/docs/fundamentals/canonical-event (fields and lengths), /docs/events/http-requests,
//! /docs/events/ootb-data/ecommerce-events and /docs/events/anonymous-tracking, and the schemas of
//! github.com/snowplow/iglu-central, as of 2026-11.

mod entity;
mod line;
mod shop;

use selvedge_core::component::{
    Destination, Encoded, Kind, Moment, ResolvedSettings, SettingError, SettingSpec,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::Event;

use crate::batch::{Room, requests, told};
use crate::json::to_text;
use crate::request::{own_server, post_text};
use line::Lines;

/// A Snowplow collector.
pub const KIND: Kind = Kind {
    name: "snowplow",
    purposes: &[Purpose::Analytics],
    conversions: false,
    tcf_vendor: None,
    settings: &[
        SettingSpec {
            name: "collector",
            // Not where there is an `endpoint`.
            required: false,
            secret: false,
            help: "Where your collector is, https://collector.example.com: Snowplow Console → Pipeline → Collector domains; \
                   required unless `endpoint` says it.",
        },
        SettingSpec {
            name: "app_id",
            required: true,
            secret: false,
            help: "The application's id (`app_id`), which tells your websites apart in the warehouse. You make it up.",
        },
        SettingSpec {
            name: "namespace",
            required: false,
            secret: false,
            help: "The tracker's namespace (`name_tracker`); `selvedge` unless you say otherwise.",
        },
        SettingSpec {
            name: "schema_vendor",
            required: false,
            secret: false,
            help: "The vendor of your own schemas, such as com.example: then an event `Video Played` is sent as \
                   iglu:com.example/video_played/jsonschema/1-0-0, and not as a structured event.",
        },
    ],
    build,
};

const OPEN: &str =
    r#"{"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4","data":["#;
const CLOSE: &str = "]}";
/// What Snowplow's own trackers keep a request below, for collectors have limits of their own.
const ROOM: Room = Room { events: usize::MAX, bytes: 40_000, around: OPEN.len() + CLOSE.len() };

/// What the owner said.
#[derive(Debug)]
struct Settings {
    app_id: String,
    namespace: String,
    schema_vendor: Option<String>,
}

#[derive(Debug)]
struct Snowplow {
    url: String,
    settings: Settings,
}

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    let collector = own_server(settings, "collector")?;
    // Snowplow's own trackers take the host alone.
    let collector = if collector.contains("://") { collector } else { format!("https://{collector}") };
    if !collector.starts_with("https://") && !collector.starts_with("http://") {
        return Err(SettingError { name: "collector", problem: "is not a URL, https://host".into() });
    }
    let namespace = settings.text("namespace").unwrap_or_else(|| "selvedge".into());
    if namespace.contains([':', ';']) {
        let problem = format!("`{namespace}` has a colon or a semicolon");
        return Err(SettingError { name: "namespace", problem });
    }
    let schema_vendor = settings.text("schema_vendor");
    if let Some(vendor) = schema_vendor.as_deref().filter(|vendor| !line::is_name(vendor)) {
        let problem = format!("`{vendor}` is not a vendor of schemas, which looks like `com.example`");
        return Err(SettingError { name: "schema_vendor", problem });
    }
    Ok(Box::new(Snowplow {
        url: format!("{}/com.snowplowanalytics.snowplow/tp2", collector.trim_end_matches('/')),
        settings: Settings { app_id: settings.required("app_id")?, namespace, schema_vendor },
    }))
}

impl Destination for Snowplow {
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        let mut lines = Lines::of(&self.settings, moment);
        let mut encoded = Encoded::default();
        // The collector is told of a whole request that it must not know who sent it.
        let (mut named, mut anonymous) = (Vec::new(), Vec::new());
        for (index, (line, is_named)) in told(batch, &mut encoded, |event| {
            Some((to_text(&lines.line(event)?), line::visitor(event).is_some()))
        }) {
            if is_named { &mut named } else { &mut anonymous }.push((index, line));
        }
        for (lines, headers) in [(named, vec![]), (anonymous, vec![("sp-anonymous", "*".to_owned())])] {
            encoded.requests.extend(requests(lines, ROOM, |lines, _| {
                post_text(self.url.clone(), format!("{OPEN}{lines}{CLOSE}"), headers.clone())
            }));
        }
        encoded
    }
}
