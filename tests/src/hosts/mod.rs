//! What a case is played on: the core in-process, and the two platforms' emulators.

mod artifact;
mod in_process;
mod process;
mod viceroy;
mod workerd;

use std::net::SocketAddr;

use selvedge_core::config::Config;
use selvedge_core::edge::Secrets;

/// Something that serves a configuration.
pub trait Host: Send + Sync {
    /// Where it listens.
    fn address(&self) -> SocketAddr;

    /// What it must be told of a visitor from there, because nothing else tells it.
    fn fields(&self, at: &Place) -> Vec<(String, Vec<u8>)> {
        let _ = at;
        Vec::new()
    }

    /// The `{"selvedge":…}` lines since the last time.
    fn log(&self) -> Vec<String>;

    /// Whether it still has something to do; none where it does not say.
    fn busy(&self) -> Option<bool> {
        None
    }
}

/// Which host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The core, driven by the harness.
    InProcess,
    /// Fastly Compute's emulator.
    Viceroy,
    /// Cloudflare Workers' runtime.
    Workerd,
}

impl Kind {
    /// Every host, the quickest first.
    pub const ALL: [Self; 3] = [Self::InProcess, Self::Viceroy, Self::Workerd];

    /// Its name in tests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InProcess => "in_process",
            Self::Viceroy => "viceroy",
            Self::Workerd => "workerd",
        }
    }

    /// What to think of first when a case fails on it, if the artifact is older than the code.
    #[must_use]
    pub fn hint(self) -> Option<String> {
        match self {
            Self::InProcess => None,
            Self::Viceroy => artifact::stale("fastly", "fastly-app"),
            Self::Workerd => artifact::stale("cloudflare", "cf-worker"),
        }
    }

    /// Starts it with a configuration, whose name is for its log.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(self, name: &str, config: Config, secrets: Secrets) -> Result<Box<dyn Host>, String> {
        Ok(match self {
            Self::InProcess => Box::new(in_process::InProcess::start(config, &secrets)),
            Self::Viceroy => Box::new(viceroy::Viceroy::start(name, &config, &secrets)?),
            Self::Workerd => Box::new(workerd::Workerd::start(name, &config, &secrets)?),
        })
    }
}

/// Where a visitor is, and the address that stands for it: 127.0.0.N.
#[derive(Debug)]
pub struct Place {
    /// What a case calls it.
    pub name: &'static str,
    /// N.
    pub address: u8,
    /// Continent, country's code and name, region's code and name, city.
    pub geo: Option<[&'static str; 6]>,
}

/// The places that cases may speak of.
pub const PLACES: [Place; 4] = [
    Place {
        name: "fr",
        address: 1,
        geo: Some(["EU", "FR", "France", "ARA", "Auvergne-Rhône-Alpes", "Lyon"]),
    },
    Place {
        name: "us",
        address: 2,
        geo: Some(["NA", "US", "United States", "CA", "California", "San Francisco"]),
    },
    Place { name: "de", address: 3, geo: Some(["EU", "DE", "Germany", "BE", "Berlin", "Berlin"]) },
    Place { name: "nowhere", address: 9, geo: None },
];

/// A place by its name.
#[must_use]
pub fn place(name: &str) -> &'static Place {
    PLACES.iter().find(|place| place.name == name).unwrap_or_else(|| panic!("no such place: {name:?}"))
}
