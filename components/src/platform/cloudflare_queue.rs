//! A Cloudflare Queue, by the Worker's binding: each event is a message, sent in batches.
//!
//! After developers.cloudflare.com/queues/configuration/javascript-apis and /queues/platform/limits, as of 2026: 100
//! messages or 256 kB a `sendBatch`, 128 kB a message with about 100 bytes of the queue's own, a kB being 1,000 bytes.

use selvedge_core::component::{
    Destination, Encoded, Kind, Moment, ResolvedSettings, SettingError, SettingSpec,
};
use selvedge_core::consent::Purpose;
use selvedge_core::event::Event;
use selvedge_core::sink::Sink;

use super::{Bounds, Place, binding, whole};

/// A Cloudflare Queue.
pub const KIND: Kind = Kind {
    name: "cloudflare-queue",
    purposes: &[Purpose::Analytics],
    conversions: false,
    tcf_vendor: None,
    settings: &[SettingSpec {
        name: "binding",
        required: true,
        secret: false,
        help: "The queue's binding: `binding` of its `[[queues.producers]]` in wrangler.toml.",
    }],
    build,
};

const BOUNDS: Bounds = Bounds { record: 127_500, count: 100, bytes: 256_000, between: 100 };

#[derive(Debug)]
struct CloudflareQueue(Place);

fn build(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    Ok(Box::new(CloudflareQueue(Place::of(settings, Sink::Queue, binding(settings)?))))
}

impl Destination for CloudflareQueue {
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
