//! The shapes of ids that are text and no more, and the ids by their vendors' names.

use super::escape;
use crate::event::Ids;

/// The longest id that stands in none of the other shapes, in bytes.
const MAX_TOKEN: usize = 256;

/// One to `most` decimal digits.
pub(super) fn is_number(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Seconds or milliseconds since 1970, as a script writes them.
pub(super) fn is_time(text: &str) -> bool {
    text.len() >= 9 && is_number(text, 13)
}

/// Letters, digits, `-` and `_`: base64url, which every vendor's click ids are.
pub(super) fn is_base64url(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// What a click's id or a pixel's may be made of. All of it may stand in a cookie, a URL and a log line.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~:=".contains(&byte))
}

/// 8-4-4-4-12 hexadecimal digits.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// That many hexadecimal digits.
pub(super) fn is_hexadecimal(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A token of at least eight bytes, escaped or not, in quotes or not: some scripts write JSON of a text.
pub(super) fn token(value: &str) -> Option<String> {
    let text = escape::decoded(value)?;
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(&text);
    ((8..=MAX_TOKEN).contains(&text.len()) && is_token(text)).then(|| text.to_owned())
}

/// A token as long as cookies of this kind may be: ids of clicks grow.
pub(super) fn click(value: &str) -> Option<String> {
    is_token(value).then(|| value.to_owned())
}

/// A UUID.
pub(super) fn uuid(value: &str) -> Option<String> {
    is_uuid(value).then(|| value.to_owned())
}

/// `fb.<level>.<ms>.<random>`, and what Meta's parameter builder appends.
pub(super) fn meta_browser(value: &str) -> Option<String> {
    let random = meta(value)?;
    let (random, appendix) = random.split_once('.').map_or((random, None), |(a, b)| (a, Some(b)));
    let fits = is_number(random, 20) && appendix.is_none_or(|text| text.len() <= 16 && is_base64url(text));
    fits.then(|| value.to_owned())
}

/// `fb.<level>.<ms>.<fbclid>`, and what Meta's parameter builder appends.
pub(super) fn meta_click(value: &str) -> Option<String> {
    is_token(meta(value)?).then(|| value.to_owned())
}

/// What stands behind `fb.<level>.<ms>.`.
pub(super) fn meta(value: &str) -> Option<&str> {
    let (level, rest) = value.strip_prefix("fb.")?.split_once('.')?;
    let (time, rest) = rest.split_once('.')?;
    (is_number(level, 1) && is_time(time)).then_some(rest)
}

/// `<ms>.<uuid>`.
pub(super) fn reddit_browser(value: &str) -> Option<String> {
    let (time, id) = value.split_once('.')?;
    (is_time(time) && is_uuid(id)).then(|| value.to_owned())
}

/// `_uet<32 hexadecimal digits>`: the digits, which are the click's `msclkid`.
pub(super) fn microsoft_click(value: &str) -> Option<String> {
    let id = value.strip_prefix("_uet")?;
    is_hexadecimal(id, 32).then(|| id.to_owned())
}

/// 32 hexadecimal digits; what newer scripts put behind a `|` is theirs.
pub(super) fn microsoft_browser(value: &str) -> Option<String> {
    let value = escape::decoded(value)?;
    let id = value.split('|').next()?;
    is_hexadecimal(id, 32).then(|| id.to_owned())
}

/// `<16 hexadecimal digits>.<seconds>…`: the digits.
pub(super) fn matomo_browser(value: &str) -> Option<String> {
    let (id, rest) = value.split_once('.')?;
    let time = rest.split('.').next()?;
    (is_hexadecimal(id, 16) && is_time(time)).then(|| id.to_owned())
}

/// `<uuid>.<seconds>.<visits>.<seconds>.<seconds>.<session>…`: the first.
pub(super) fn snowplow_browser(value: &str) -> Option<String> {
    let mut parts = value.split('.');
    let (id, time) = (parts.next()?, parts.next()?);
    (is_uuid(id) && is_time(time)).then(|| id.to_owned())
}

/// Meta's browser id, whole, as the Conversions API wants it.
#[must_use]
pub fn fbp(ids: &Ids) -> Option<&str> {
    ids.get("_fbp")
}

/// Meta's click id, whole, as the Conversions API wants it.
#[must_use]
pub fn fbc(ids: &Ids) -> Option<&str> {
    ids.get("_fbc")
}

/// LinkedIn's click id.
#[must_use]
pub fn linkedin(ids: &Ids) -> Option<&str> {
    ids.get("li_fat_id")
}

/// Snapchat's browser id: `sc_cookie1`.
#[must_use]
pub fn scid(ids: &Ids) -> Option<&str> {
    ids.get("_scid")
}

/// Pinterest's click id.
#[must_use]
pub fn epik(ids: &Ids) -> Option<&str> {
    ids.get("_epik").or_else(|| ids.get("epik"))
}

/// TikTok's browser id.
#[must_use]
pub fn ttp(ids: &Ids) -> Option<&str> {
    ids.get("_ttp")
}

/// TikTok's click id.
#[must_use]
pub fn ttclid(ids: &Ids) -> Option<&str> {
    ids.get("ttclid")
}

/// Reddit's browser id, whole: the Conversions API takes it as `uuid`.
#[must_use]
pub fn reddit(ids: &Ids) -> Option<&str> {
    ids.get("_rdt_uuid")
}

/// Reddit's click id.
#[must_use]
pub fn reddit_click(ids: &Ids) -> Option<&str> {
    ids.get("_rdt_cid").or_else(|| ids.get("rdt_cid"))
}

/// Microsoft's click id, 32 hexadecimal digits from its own cookie or what the URL had.
#[must_use]
pub fn microsoft(ids: &Ids) -> Option<&str> {
    ids.get("_uetmsclkid").or_else(|| ids.get("msclkid"))
}

/// Matomo's visitor id of that site.
#[must_use]
pub fn matomo<'i>(ids: &'i Ids, site: &str) -> Option<&'i str> {
    let of_site = |name: &str| {
        name.strip_prefix("_pk_id.")
            .and_then(|rest| rest.strip_prefix(site))
            .is_some_and(|rest| rest.starts_with('.'))
    };
    ids.iter().find(|(name, _)| of_site(name)).map(|(_, id)| id)
}

/// Snowplow's `domain_userid`.
#[must_use]
pub fn snowplow(ids: &Ids) -> Option<&str> {
    ids.iter().find(|(name, _)| name.starts_with("_sp_id.")).map(|(_, id)| id)
}

/// Segment's anonymous id.
#[must_use]
pub fn segment(ids: &Ids) -> Option<&str> {
    ids.get("ajs_anonymous_id")
}
