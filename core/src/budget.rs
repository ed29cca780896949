//! The platforms' limits as values. The core plans against them, so that they are kept by construction; no local
//! emulator enforces them.

use crate::sink::Sink;

/// Data points that a visit has for its counts, whatever else it writes. More than these it has where its events leave some.
pub const COUNT_POINTS: u32 = 25;

/// What a platform can do and how much of it: the numbers that differ between Fastly and Cloudflare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Platform {
    /// Its name in logs: `fastly`, `cloudflare`.
    pub name: &'static str,
    /// What one visit may use.
    pub budget: Budget,
    /// Content encodings that its host undoes before the core sees the body. What is listed here is never decoded in
    /// the core: no codec lives there.
    pub decodes: &'static [&'static str],
    /// What it takes records by.
    pub sinks: &'static [Sink],
}

/// What one visit may use, and what is left of it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Requests to backends, the origin's included.
    pub subrequests: u32,
    /// Look-ups in the platform's stores.
    pub lookups: u32,
    /// Subrequests that may wait for an answer at one time.
    pub concurrent: u32,
    /// Calls of the platform's queues, which are not among the subrequests.
    pub queue_calls: u32,
    /// Data points for the platform's own analytics, those apart that are set aside for [`COUNT_POINTS`].
    pub data_points: u32,
    /// What third parties' components may compute, all of them together, in instructions of theirs. Interpreted, 400 million
    /// take about a second on both platforms.
    pub fuel: u64,
}

/// About 20 ms, and not much more than 30 for code that does nothing but jump: of Fastly's 50 ms of CPU for each request, what
/// leaves room for everything else. The same everywhere, so that
/// a configuration does the same everywhere.
const FUEL: u64 = 8_000_000;

impl Platform {
    /// Fastly Compute. 32 backend requests (docs.fastly.com/products/compute-resource-limits, 2025-10-09); its older
    /// copies allow 16 store look-ups, which is what Selvedge keeps to. Its host can undo gzip only
    /// (`set_auto_decompress_gzip`), and then takes `content-encoding` away itself. For the lines of log endpoints it
    /// documents no number.
    pub const FASTLY: Self = Self {
        name: "fastly",
        budget: Budget {
            subrequests: 32,
            lookups: 16,
            concurrent: 32,
            queue_calls: 0,
            data_points: 0,
            fuel: FUEL,
        },
        decodes: &[],
        sinks: &[Sink::LogEndpoint],
    };

    /// Cloudflare Workers on the free plan, the tightest: 50 subrequests, 6 connections waiting for headers
    /// (developers.cloudflare.com/workers/platform/limits). Reading a body undoes gzip and brotli.
    ///
    /// Calls of queues are "subrequests to internal services", 1,000 on that page as of 2026: workerd counts them
    /// apart (`isInHouse` in `api/queue.c++`). They are among the 6 connections. Data points are counted by themselves,
    /// 250 (developers.cloudflare.com/analytics/analytics-engine/limits, as of 2026; 25 in its older copies), and wait for nothing.
    pub const CLOUDFLARE: Self = Self {
        name: "cloudflare",
        budget: Budget {
            subrequests: 50,
            lookups: 50,
            concurrent: 6,
            queue_calls: 1_000,
            data_points: 250 - COUNT_POINTS,
            fuel: FUEL,
        },
        decodes: &["gzip", "br"],
        sinks: &[Sink::Queue, Sink::Dataset],
    };
}

impl Budget {
    /// Takes one subrequest, if there is one left.
    #[must_use]
    pub fn take_subrequest(&mut self) -> bool {
        take(&mut self.subrequests)
    }

    /// Takes one call to a sink, if there is one left: never a subrequest.
    #[must_use]
    pub fn take_write(&mut self, sink: Sink) -> bool {
        match sink {
            Sink::LogEndpoint => true,
            Sink::Queue => take(&mut self.queue_calls),
            Sink::Dataset => take(&mut self.data_points),
        }
    }

    /// Takes so many look-ups, if they are left.
    #[must_use]
    pub fn take_lookups(&mut self, count: u32) -> bool {
        match self.lookups.checked_sub(count) {
            Some(left) => {
                self.lookups = left;
                true
            }
            None => false,
        }
    }
}

fn take(from: &mut u32) -> bool {
    match from.checked_sub(1) {
        Some(left) => {
            *from = left;
            true
        }
        None => false,
    }
}
