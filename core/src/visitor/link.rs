//! From one of the owner's sites to another: a parameter that carries the visitor's identity across, once, within two
//! minutes, to the host that it was made for and in the browser that it was made in.

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{KeyRing, Landing, Visitor, cookie};
use crate::facts::{Random, Timestamp};

/// The parameter's name.
pub(crate) const LINK: &str = "_sv";

/// How long a link is good for, in milliseconds: a slow redirect and a page that loads slowly.
const GOOD_FOR_MS: i64 = 120_000;

/// How far the clocks of two machines at the edge may be apart, in milliseconds.
const SKEW_MS: i64 = 10_000;

const PURPOSE: &[u8] = b"selvedge link v1";

#[derive(Serialize, Deserialize)]
struct Fields {
    made: i64,
    /// Where it is good, and in which browser. A link that is copied and sent to somebody else makes them nobody.
    bound: [u8; 8],
}

impl KeyRing {
    /// The parameter's value for a visitor who is about to go to a host. Who they said they are stays here.
    pub(crate) fn link(
        &self,
        visitor: &Visitor,
        host: &str,
        headers: &HeaderMap,
        now: Timestamp,
        random: &Random,
    ) -> String {
        let fields = Fields { made: now.0, bound: bound(host, headers) };
        let mut plain = postcard::to_allocvec(&fields).unwrap_or_default();
        let visitor = Visitor { user: None, landing: Landing::default(), ..visitor.clone() };
        plain.extend(cookie::encode(&visitor));
        self.seal_bytes(PURPOSE, &plain, random)
    }

    /// The visitor that a parameter brings to this host; none when it is too old, or made for another host or browser.
    pub(crate) fn arrive(
        &self,
        value: &str,
        host: &str,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Option<Visitor> {
        let plain = self.open_bytes(PURPOSE, value)?;
        let (fields, visitor) = postcard::take_from_bytes::<Fields>(&plain).ok()?;
        let age = now.0.saturating_sub(fields.made);
        let good = (-SKEW_MS..=GOOD_FOR_MS).contains(&age) && fields.bound == bound(host, headers);
        if good { cookie::decode(visitor) } else { None }
    }
}

fn bound(host: &str, headers: &HeaderMap) -> [u8; 8] {
    let agent = headers.get("user-agent").map_or(&b""[..], http::HeaderValue::as_bytes);
    let digest: [u8; 32] =
        Sha256::new().chain_update(host).chain_update([0]).chain_update(agent).finalize().into();
    digest.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::event::User;

    const NOW: Timestamp = Timestamp(1_730_000_000_000);

    fn ring(letter: u8) -> KeyRing {
        KeyRing::new::<&[u8]>(&[letter; 64], &[]).unwrap()
    }

    fn browser(agent: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(http::header::USER_AGENT, HeaderValue::from_static(agent))])
    }

    #[test]
    fn a_link_is_good_once_there_in_that_browser_and_for_two_minutes() {
        let random = Random::from_seed([1; 32]);
        let bare = Visitor::new(NOW, &random);
        let visitor = bare.clone().remember(&User { user_id: Some("ada".into()), ..User::default() });
        let link = ring(b'a').link(&visitor, "blog.example", &browser("A"), NOW, &random);
        assert!(link.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)), "{link}");
        assert!(link.len() < 200, "{}", link.len());
        let arrive = |ring: &KeyRing, value: &str, host: &str, agent, after: i64| {
            ring.arrive(value, host, &browser(agent), Timestamp(NOW.0 + after))
        };
        for after in [0, 120_000, -10_000] {
            assert_eq!(arrive(&ring(b'a'), &link, "blog.example", "A", after), Some(bare.clone()), "{after}");
        }
        let cut = link.get(..link.len() - 1).unwrap();
        for (key, value, host, agent, after) in [
            (b'a', link.as_str(), "blog.example", "A", 120_001),
            (b'a', &link, "blog.example", "A", -10_001),
            (b'a', &link, "blog.example", "B", 0),
            (b'a', &link, "other.example", "A", 0),
            (b'b', &link, "blog.example", "A", 0),
            (b'a', cut, "blog.example", "A", 0),
            (b'a', "", "blog.example", "A", 0),
        ] {
            assert_eq!(arrive(&ring(key), value, host, agent, after), None);
        }
        assert_eq!(ring(b'a').open(&link), None, "it is no cookie");
        let cookie = ring(b'a').seal(&visitor, &random);
        assert_eq!(arrive(&ring(b'a'), &cookie, "blog.example", "A", 0), None, "and a cookie is no link");
    }
}
