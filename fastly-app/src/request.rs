//! The visitor's request, as the core reads it: the head, the facts that the platform vouches for, the body of a post.

use std::io::Read;
use std::time::SystemTime;

use fastly::Request;
use fastly::geo::geo_lookup;
use selvedge_core::collect::BodyFault;
use selvedge_core::facts::{Client, Facts, Geo, Random, UNNAMED_BOT};
use selvedge_core::head::{self, BadUrl};

/// The head.
pub(crate) fn head(request: &Request) -> Result<head::Request, BadUrl> {
    let headers = request.get_headers().map(|(name, value)| (name.clone(), value.clone())).collect();
    head::Request::new(request.get_method().clone(), request.get_url_str(), headers)
}

/// The facts. Where the visitor is costs a look-up, and matters only for documents and events.
pub(crate) fn facts(request: &Request, head: &head::Request) -> Facts {
    let ip = request.get_client_ip_addr();
    let geo = if head.is_subresource() { None } else { ip.and_then(geo_lookup) };
    let bot = request.get_bot_detected().then(|| named(request.get_bot_name().ok().flatten()));
    Facts {
        client: Client { ip, geo: geo.as_ref().map(place).unwrap_or_default(), bot },
        now: crate::deliver::now(),
        random: Random::from_seed(seed()),
    }
}

/// 32 bytes from the platform's generator. Should it ever fail, what is drawn from the standard library's own keys is
/// at least different each time.
pub(crate) fn seed() -> [u8; 32] {
    use std::hash::{BuildHasher, RandomState};
    let mut seed = [0; 32];
    if getrandom::fill(&mut seed).is_err() {
        for chunk in seed.chunks_mut(8) {
            chunk.copy_from_slice(&RandomState::new().hash_one(SystemTime::now()).to_le_bytes());
        }
    }
    seed
}

fn named(bot: Option<&str>) -> String {
    bot.filter(|name| !name.is_empty()).unwrap_or(UNNAMED_BOT).to_owned()
}

/// The platform knows how far the clocks there are from UTC, and no time zone.
fn place(geo: &fastly::geo::Geo) -> Geo {
    let known = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty() && text != "?");
    let mut place = Geo {
        continent: known(geo.continent().as_code()),
        country_code: known(geo.country_code()).map(|code| code.to_ascii_uppercase()),
        country_name: known(geo.country_name()),
        region: geo.region().and_then(known),
        city: known(geo.city()),
        postal_code: known(geo.postal_code()),
        ..Geo::default()
    };
    place.locate(geo.latitude(), geo.longitude());
    place
}

/// The body, if it is no longer than `limit` bytes.
pub(crate) fn body(request: &mut Request, limit: usize) -> Result<Vec<u8>, BodyFault> {
    let mut body = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    request.take_body().take(most).read_to_end(&mut body).map_err(|_| BodyFault::Broken)?;
    if body.len() > limit { Err(BodyFault::TooLarge) } else { Ok(body) }
}
