//! The platforms' limits as values. The core plans against them, so that they are kept by construction; no local
//! emulator enforces them.

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
}

/// What one visit may use, and what is left of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Requests to backends, the origin's included.
    pub subrequests: u32,
    /// Look-ups in the platform's stores.
    pub lookups: u32,
    /// Subrequests that may wait for an answer at one time.
    pub concurrent: u32,
}

impl Platform {
    /// Fastly Compute. 32 backend requests (docs.fastly.com/products/compute-resource-limits, 2025-10-09); its older
    /// copies allow 16 store look-ups, which is what Selvedge keeps to. Its host can undo gzip only
    /// (`set_auto_decompress_gzip`), and then takes `content-encoding` away itself.
    pub const FASTLY: Self = Self {
        name: "fastly",
        budget: Budget { subrequests: 32, lookups: 16, concurrent: 32 },
        decodes: &[],
    };

    /// Cloudflare Workers on the free plan, the tightest: 50 subrequests, 6 connections waiting for headers
    /// (developers.cloudflare.com/workers/platform/limits). Reading a body undoes gzip and brotli.
    pub const CLOUDFLARE: Self = Self {
        name: "cloudflare",
        budget: Budget { subrequests: 50, lookups: 50, concurrent: 6 },
        decodes: &["gzip", "br"],
    };
}

impl Budget {
    /// Takes one subrequest, if there is one left.
    #[must_use]
    pub fn take_subrequest(&mut self) -> bool {
        match self.subrequests.checked_sub(1) {
            Some(left) => {
                self.subrequests = left;
                true
            }
            None => false,
        }
    }
}
