//! What stands in for a visitor where nothing may be kept in their browser: a hash of their address, their browser and
//! the day, with the owner's key. It tells apart who came today, and nobody can tell who came back tomorrow: neither the
//! destinations, who have no key, nor anybody from the hash alone.

use uuid::Uuid;

use super::KeyRing;
use crate::facts::Facts;
use crate::head::Request;

const PURPOSE: &[u8] = b"selvedge cookieless visitor v1";

const DAY_MS: i64 = 86_400_000;

impl KeyRing {
    /// The id of a request's sender for this day (in UTC) on this host: a UUID of version 8, which is what RFC 9562 §5.8
    /// has for hashes. None where the platform does not know the address: browsers alone are too much alike.
    #[must_use]
    pub fn pseudonym(&self, request: &Request, facts: &Facts) -> Option<Uuid> {
        let ip = facts.client.ip?.to_canonical().to_string();
        let day = facts.now.0.div_euclid(DAY_MS).to_le_bytes();
        let field = |name: &str| request.headers.get(name).map_or(&b""[..], http::HeaderValue::as_bytes);
        let parts = [
            &day[..],
            ip.as_bytes(),
            request.host().as_bytes(),
            field("user-agent"),
            field("accept-language"),
        ];
        let hash = self.hash(PURPOSE, &parts);
        hash.first_chunk().map(|bytes| uuid::Builder::from_custom_bytes(*bytes).into_uuid())
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, Method};

    use super::*;
    use crate::facts::{Client, Random, Timestamp};

    fn id(key: &[u8], now: i64, ip: Option<&str>, host: &str, agent: &'static str) -> Option<Uuid> {
        let ring = KeyRing::new::<&[u8]>(key, &[]).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("user-agent", HeaderValue::from_static(agent));
        let request = Request::new(Method::GET, &format!("https://{host}/p"), headers).unwrap();
        let client = Client { ip: ip.map(|ip| ip.parse().unwrap()), ..Client::default() };
        ring.pseudonym(&request, &Facts { client, now: Timestamp(now), random: Random::from_seed([1; 32]) })
    }

    #[test]
    fn it_lasts_a_day_for_one_browser_on_one_site() {
        let (key, day) = (&[b'a'; 64], 20_000 * DAY_MS);
        let first = id(key, day, Some("203.0.113.7"), "shop.example", "A").unwrap();
        assert_eq!(first.get_version_num(), 8);
        assert_eq!(id(key, day + DAY_MS - 1, Some("203.0.113.7"), "shop.example", "A"), Some(first));
        for other in [
            id(key, day + DAY_MS, Some("203.0.113.7"), "shop.example", "A"),
            id(key, day - 1, Some("203.0.113.7"), "shop.example", "A"),
            id(key, day, Some("203.0.113.8"), "shop.example", "A"),
            id(key, day, Some("203.0.113.7"), "blog.example", "A"),
            id(key, day, Some("203.0.113.7"), "shop.example", "B"),
            id(&[b'b'; 64], day, Some("203.0.113.7"), "shop.example", "A"),
            id(key, day, None, "shop.example", "A"),
        ] {
            assert_ne!(other, Some(first));
        }
        assert_eq!(id(key, day, None, "shop.example", "A"), None);
    }
}
