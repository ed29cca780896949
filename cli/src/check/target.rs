//! What a configuration is checked against: a platform, and on Cloudflare the plan, which decide what a visit may take.

use clap::ValueEnum;

use crate::platform::Platform;

/// Where an artifact runs, and on which plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    /// Fastly Compute
    Fastly,
    /// Cloudflare Workers on the free plan
    CloudflareFree,
    /// Cloudflare Workers on the paid plan
    #[value(alias = "cloudflare")]
    CloudflarePaid,
}

impl Target {
    /// The platform.
    pub(crate) fn platform(self) -> Platform {
        match self {
            Self::Fastly => Platform::Fastly,
            Self::CloudflareFree | Self::CloudflarePaid => Platform::Cloudflare,
        }
    }

    /// As it is written on the command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Fastly => "fastly",
            Self::CloudflareFree => "cloudflare-free",
            Self::CloudflarePaid => "cloudflare-paid",
        }
    }

    /// For people.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Fastly => "Fastly Compute",
            Self::CloudflareFree => "Cloudflare Workers on the free plan",
            Self::CloudflarePaid => "Cloudflare Workers on the paid plan",
        }
    }

    /// Milliseconds of CPU that a visit may take (docs.fastly.com/products/compute-resource-limits;
    /// developers.cloudflare.com/workers/platform/limits, where the paid plan's is the default of `limits.cpu_ms`).
    pub(super) fn cpu_ms(self) -> f64 {
        match self {
            Self::Fastly => 50.0,
            Self::CloudflareFree => 10.0,
            Self::CloudflarePaid => 30_000.0,
        }
    }

    /// Bytes that the compressed artifact may have, from the same pages.
    pub(super) fn artifact_bytes(self) -> u64 {
        match self {
            Self::Fastly => 100_000_000,
            Self::CloudflareFree => 3_000_000,
            Self::CloudflarePaid => 10_000_000,
        }
    }

    /// Where the build leaves the artifact, in the repository.
    pub(super) fn artifact(self) -> &'static str {
        match self.platform() {
            Platform::Fastly => "bin/main.wasm",
            Platform::Cloudflare => "cf-worker/dist/selvedge.wasm",
        }
    }
}
