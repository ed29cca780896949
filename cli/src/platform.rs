//! The platforms by name, as they are written on the command line.

use clap::ValueEnum;
use selvedge_core::budget;

/// Where an artifact runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Platform {
    /// Fastly Compute
    Fastly,
    /// Cloudflare Workers
    Cloudflare,
}

impl Platform {
    /// As it is written on the command line.
    pub(crate) fn word(self) -> &'static str {
        self.limits().name
    }

    /// As its maker writes it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Fastly => "Fastly Compute",
            Self::Cloudflare => "Cloudflare Workers",
        }
    }

    /// What it allows.
    pub(crate) fn limits(self) -> &'static budget::Platform {
        match self {
            Self::Fastly => &budget::Platform::FASTLY,
            Self::Cloudflare => &budget::Platform::CLOUDFLARE,
        }
    }
}
