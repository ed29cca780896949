//! The platforms by name, as they are written on the command line.

use std::path::Path;

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

    /// The files that the platform's own command reads, the first of them that `selvedge init` writes.
    pub(crate) fn manifests(self) -> &'static [&'static str] {
        match self {
            Self::Fastly => &["fastly.toml"],
            Self::Cloudflare => &["wrangler.toml", "wrangler.jsonc", "wrangler.json"],
        }
    }

    /// The one whose manifest lies in a directory, where there is one alone.
    pub(crate) fn of(directory: &Path) -> Option<Self> {
        let is_there =
            |platform: &&Self| platform.manifests().iter().any(|file| directory.join(file).is_file());
        let found = Self::value_variants().iter().filter(is_there);
        match found.collect::<Vec<_>>()[..] {
            [only] => Some(*only),
            _ => None,
        }
    }
}
