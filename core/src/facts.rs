//! The facts that only an adapter can know: the time, randomness, and who is on the other end of the connection.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A moment, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Whole seconds since 1970, rounded down.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// RFC 3339 in UTC with milliseconds, such as `2026-11-22T10:35:00.123Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        let (days, ms) = (self.0.div_euclid(86_400_000), self.0.rem_euclid(86_400_000));
        let (year, month, day) = civil(days);
        let (h, m, s) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
        format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{:03}Z", ms % 1000)
    }
}

/// The Gregorian date of a day counted from 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Randomness for one request: 32 bytes from the platform's generator, stretched by SHA-256 in counter mode, so that
/// the core stays deterministic for a given seed.
#[derive(Debug)]
pub struct Random {
    seed: [u8; 32],
    drawn: AtomicU64,
}

impl Random {
    /// Takes the platform's 32 random bytes.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self { seed, drawn: AtomicU64::new(0) }
    }

    /// The next 32 bytes.
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        let n = self.drawn.fetch_add(1, Ordering::Relaxed);
        Sha256::new().chain_update(self.seed).chain_update(n.to_le_bytes()).finalize().into()
    }

    /// A random (version 4) UUID.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        let mut bytes = [0; 16];
        for (to, from) in bytes.iter_mut().zip(self.bytes()) {
            *to = from;
        }
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

/// Where the visitor is, as the platform says. Absent where it does not know.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Geo {
    /// Continent code: `EU`, `NA`, …
    pub continent: Option<String>,
    /// ISO 3166-1 alpha-2, upper case: `FR`.
    pub country_code: Option<String>,
    /// English name of the country, where the platform gives one.
    pub country_name: Option<String>,
    /// ISO 3166-2 subdivision without the country: `CA`, `ARA`.
    pub region: Option<String>,
    /// English name of the city.
    pub city: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Degrees.
    pub latitude: Option<f64>,
    /// Degrees.
    pub longitude: Option<f64>,
    /// IANA time zone.
    pub timezone: Option<String>,
}

impl Geo {
    /// Places it at these degrees, if they are on Earth. 0, 0 is where data bases put what they do not know, and
    /// nobody lives there.
    pub fn locate(&mut self, latitude: f64, longitude: f64) {
        let known = latitude.abs() <= 90.0 && longitude.abs() <= 180.0 && (latitude, longitude) != (0.0, 0.0);
        (self.latitude, self.longitude) =
            if known { (Some(latitude), Some(longitude)) } else { (None, None) };
    }
}

/// What a program is called of which a platform says no more than that it is one.
pub const UNNAMED_BOT: &str = "platform";

/// Who is on the other end of the connection. Only what the platform vouches for: nothing here is read from a header
/// that a visitor can write.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Client {
    /// The visitor's address.
    pub ip: Option<IpAddr>,
    /// Where that address is.
    pub geo: Geo,
    /// What the platform calls the program that it takes this for: a name, or a category; [`UNNAMED_BOT`] where it
    /// says no more than that it is one. None where it says that it is none, or says nothing.
    pub bot: Option<String>,
}

/// Everything an adapter says about a request beside the request itself.
#[derive(Debug)]
pub struct Facts {
    /// Who is asking.
    pub client: Client,
    /// When.
    pub now: Timestamp,
    /// Randomness for this request alone.
    pub random: Random,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_covers_leap_days_and_times_before_1970() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_795_343_700_123, "2026-11-22T10:35:00.123Z"),
        ] {
            assert_eq!(Timestamp(ms).rfc3339(), text);
        }
    }

    #[test]
    fn what_is_not_on_earth_is_nowhere() {
        for (latitude, longitude, known) in [
            (45.75, 4.85, true),
            (0.0, 4.85, true),
            (-90.0, 180.0, true),
            (0.0, 0.0, false),
            (999.9, 999.9, false),
            (f64::NAN, 4.85, false),
            (45.75, f64::INFINITY, false),
        ] {
            let mut geo = Geo::default();
            geo.locate(latitude, longitude);
            assert_eq!(geo.latitude, known.then_some(latitude));
            assert_eq!(geo.longitude, known.then_some(longitude));
        }
    }

    #[test]
    fn randomness_does_not_repeat_within_a_request() {
        let random = Random::from_seed([7; 32]);
        let drawn: std::collections::HashSet<_> = (0..100).map(|_| random.uuid()).collect();
        assert_eq!(drawn.len(), 100);
        assert!(drawn.iter().all(|id| id.get_version_num() == 4));
    }
}
