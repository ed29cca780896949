//! What a case is played on: the core in-process, and the two platforms' emulators.

mod artifact;
mod guests;
mod in_process;
mod process;
mod sinks;
mod viceroy;
mod workerd;

use std::net::SocketAddr;

use selvedge_core::config::Config;
use selvedge_core::edge::Secrets;

pub use sinks::Written;

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

    /// What the platform's own sinks were given since the last time.
    fn written(&self) -> Vec<Written>;

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
            Self::InProcess => Box::new(in_process::InProcess::start(config, &secrets)?),
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
    /// Where that is.
    pub geo: Option<Geo>,
}

/// What the platforms know of a place.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Geo {
    pub continent: &'static str,
    pub country_code: &'static str,
    pub country: &'static str,
    pub region_code: &'static str,
    pub region: &'static str,
    pub city: &'static str,
    pub postal_code: &'static str,
    /// Degrees.
    pub at: (f64, f64),
    pub timezone: &'static str,
}

/// The places that cases may speak of.
pub const PLACES: [Place; 4] = [
    Place {
        name: "fr",
        address: 1,
        geo: Some(Geo {
            continent: "EU",
            country_code: "FR",
            country: "France",
            region_code: "ARA",
            region: "Auvergne-Rhône-Alpes",
            city: "Lyon",
            postal_code: "69001",
            at: (45.75, 4.85),
            timezone: "Europe/Paris",
        }),
    },
    Place {
        name: "us",
        address: 2,
        geo: Some(Geo {
            continent: "NA",
            country_code: "US",
            country: "United States",
            region_code: "CA",
            region: "California",
            city: "San Francisco",
            postal_code: "94107",
            at: (37.77, -122.39),
            timezone: "America/Los_Angeles",
        }),
    },
    Place {
        name: "de",
        address: 3,
        geo: Some(Geo {
            continent: "EU",
            country_code: "DE",
            country: "Germany",
            region_code: "BE",
            region: "Berlin",
            city: "Berlin",
            postal_code: "10115",
            at: (52.53, 13.38),
            timezone: "Europe/Berlin",
        }),
    },
    Place { name: "nowhere", address: 9, geo: None },
];

/// A place by its name.
#[must_use]
pub fn place(name: &str) -> &'static Place {
    PLACES.iter().find(|place| place.name == name).unwrap_or_else(|| panic!("no such place: {name:?}"))
}
