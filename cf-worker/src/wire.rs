//! How heads cross into and out of the module: text, a line for each thing. Neither header values nor URLs can hold a
//! line's end, so nothing needs escaping.

use std::fmt::Write;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use selvedge_core::component::Outbound;
use selvedge_core::facts::{Client, Facts, Geo, Random, Timestamp};
use selvedge_core::forward::Forward;
use selvedge_core::head::{Edit, Reply, Request};
use selvedge_core::plan::{Delivery, Seek, Stored, TokenRequest};
use selvedge_core::settle::Outcome;
use selvedge_core::sink;

/// A request: 32 random bytes; then a line each for method, URL, milliseconds since 1970, client address, and, between
/// tabs, continent, country code, country name, region code, city, postal code, latitude, longitude and time zone, empty
/// where unknown; a line that names the bot that the platform takes it for, or is empty; then the fields.
pub(crate) fn arrival(given: &[u8]) -> Option<(Request, Facts)> {
    let (seed, text) = given.split_first_chunk::<32>()?;
    let text = std::str::from_utf8(text).ok()?;
    let mut lines = text.split('\n');
    let mut line = || lines.next();
    let (method, url, now, ip, geo, bot) = (line()?, line()?, line()?, line()?, line()?, line()?);
    let mut places = geo.split('\t').map(|place| Some(place.to_owned()).filter(|place| !place.is_empty()));
    let mut place = || places.next().flatten();
    let mut geo = Geo {
        continent: place(),
        country_code: place(),
        country_name: place(),
        region: place(),
        city: place(),
        postal_code: place(),
        ..Geo::default()
    };
    let mut degrees = || place().and_then(|degrees| degrees.parse().ok());
    if let (Some(latitude), Some(longitude)) = (degrees(), degrees()) {
        geo.locate(latitude, longitude);
    }
    geo.timezone = place();
    let bot = Some(bot.to_owned()).filter(|bot| !bot.is_empty());
    let request = Request::new(Method::from_bytes(method.as_bytes()).ok()?, url, fields(lines)).ok()?;
    let facts = Facts {
        client: Client { ip: ip.parse().ok(), geo, bot },
        now: Timestamp(now.parse().ok()?),
        random: Random::from_seed(*seed),
    };
    Some((request, facts))
}

/// An origin's answer: the status on the first line, then the fields.
pub(crate) fn response(given: &[u8]) -> (StatusCode, HeaderMap) {
    let text = String::from_utf8_lossy(given);
    let mut lines = text.split('\n');
    let status = lines.next().and_then(|status| StatusCode::from_bytes(status.as_bytes()).ok());
    (status.unwrap_or(StatusCode::BAD_GATEWAY), fields(lines))
}

fn fields<'t>(lines: impl Iterator<Item = &'t str>) -> HeaderMap {
    let field = |line: &'t str| {
        let (name, value) = line.split_once(':')?;
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_bytes(value.strip_prefix(' ')?.as_bytes()).ok()?))
    };
    let mut headers = HeaderMap::with_capacity(24);
    for (name, value) in lines.filter_map(field) {
        headers.append(name, value);
    }
    headers
}

/// `reply`, the status, the fields; the body follows.
pub(crate) fn reply(reply: &Reply) -> String {
    let mut text = format!("reply\n{}\n", reply.status.as_u16());
    for (name, value) in &reply.headers {
        let _ = writeln!(text, "{name}: {}", String::from_utf8_lossy(value.as_bytes()));
    }
    text
}

/// The reply to what is not a request.
pub(crate) fn bad_request() -> (String, Vec<u8>) {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    let body = b"This is not a request for a website.\n".to_vec();
    let reply = Reply { status: StatusCode::BAD_REQUEST, headers, body };
    (self::reply(&reply), reply.body)
}

/// Where a request goes: URL, `Host`, timeout in seconds, `websocket` or nothing; then edits.
pub(crate) fn forward(forward: &Forward) -> String {
    let target = forward.target();
    let kind = if forward.websocket() { "websocket" } else { "" };
    let edits = edits(forward.edits());
    format!("{}\n{}\n{}\n{kind}\n{edits}", target.url(), target.host, target.timeout_seconds)
}

/// Edits, a line each: `=name: value` sets, `+name: value` appends, `-name` removes.
pub(crate) fn edits(edits: &[Edit]) -> String {
    let mut text = String::with_capacity(edits.len() * 48);
    for edit in edits {
        let _ = match edit {
            Edit::Set(name, value) => {
                writeln!(text, "={name}: {}", String::from_utf8_lossy(value.as_bytes()))
            }
            Edit::Append(name, value) => {
                writeln!(text, "+{name}: {}", String::from_utf8_lossy(value.as_bytes()))
            }
            Edit::Remove(name) => writeln!(text, "-{name}"),
        };
    }
    text
}

/// A delivery: method, URL, deadline in milliseconds, how many bytes of the answer are to be read; then the fields. The
/// body follows. Returns the head's length.
pub(crate) fn delivery(delivery: &Delivery, out: &mut Vec<u8>) -> usize {
    let text = outbound(&delivery.request, delivery.deadline_ms, delivery.answer_bytes());
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(&delivery.request.body);
    text.len()
}

fn outbound(request: &Outbound, deadline_ms: u32, answer_bytes: usize) -> String {
    let mut text = format!("{}\n{}\n{deadline_ms}\n{answer_bytes}\n", request.method, request.url);
    for (name, value) in &request.headers {
        let _ = writeln!(text, "{name}: {value}");
    }
    text
}

/// A write: `queue` or `dataset` where a request has its method, the binding's name, the deadline; as the body its
/// records, a line each. Returns the head's length.
pub(crate) fn write(delivery: &Delivery<sink::Write>, out: &mut Vec<u8>) -> usize {
    let sink::Write { sink, name, records } = &delivery.request;
    let text = format!("{}\n{name}\n{}\n", sink.word(), delivery.deadline_ms);
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(records.join("\n").as_bytes());
    text.len()
}

/// What is to be done about a token: `done`, and where it is to be stored its name and for how many seconds, the text
/// following; `wait`; or `ask`, and a request as [`delivery`] has it.
pub(crate) fn seek(seek: &Seek) -> (String, &[u8]) {
    match seek {
        Seek::Done(stored) => stored_token(stored.as_ref()),
        Seek::Wait => ("wait\n".to_owned(), &[]),
        Seek::Ask(TokenRequest { request, deadline_ms, answer_bytes }) => {
            (format!("ask\n{}", outbound(request, *deadline_ms, *answer_bytes)), &request.body)
        }
    }
}

/// `done`, and where a token is to be stored its name and for how many seconds; the text follows.
pub(crate) fn stored_token(stored: Option<&Stored>) -> (String, &[u8]) {
    match stored {
        None => ("done\n".to_owned(), &[]),
        Some(Stored { name, text, seconds }) => (format!("done\n{name}\n{seconds}\n"), text.as_bytes()),
    }
}

/// A destination's answer: its `Retry-After` on the first line, perhaps empty; what was read of the body follows.
pub(crate) fn answered(status: u16, given: &[u8], now: Timestamp) -> (Outcome, &[u8]) {
    let end = given.iter().position(|byte| *byte == b'\n').unwrap_or(given.len());
    let (line, body) = given.split_at(end);
    let line = String::from_utf8_lossy(line);
    let retry_after = Some(&*line).filter(|line| !line.is_empty());
    let outcome = match StatusCode::from_u16(status) {
        Ok(status) => Outcome::answered(status, retry_after, now),
        Err(_) => Outcome::TimedOut,
    };
    (outcome, body.get(1..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrival_is_read_as_it_is_written() {
        let mut given = vec![7; 32];
        given.extend_from_slice(
            "GET\nhttps://shop.example/p?x=1\n1795343700123\n2001:db8::1\nEU\tFR\tFrance\t\tLyon\t69001\t45.75\t4.85\tEurope/Paris\n\nCookie: a=é: b\nx: 1\nx: 2\n"
                .as_bytes(),
        );
        let (request, facts) = arrival(&given).unwrap();
        assert_eq!(request.url(), "https://shop.example/p?x=1");
        assert_eq!(request.headers.get("cookie").unwrap().as_bytes(), "a=é: b".as_bytes());
        assert_eq!(request.headers.get_all("x").iter().count(), 2);
        assert_eq!(facts.client.geo.city.as_deref(), Some("Lyon"));
        let geo = facts.client.geo;
        assert_eq!(
            (geo.postal_code.as_deref(), geo.timezone.as_deref()),
            (Some("69001"), Some("Europe/Paris"))
        );
        assert_eq!((geo.latitude, geo.longitude), (Some(45.75), Some(4.85)));
        assert_eq!((geo.region, facts.client.bot), (None, None));
        assert_eq!(facts.now, Timestamp(1_795_343_700_123));
        assert!(arrival(b"short").is_none());
    }

    #[test]
    fn an_answer_is_a_line_and_a_body() {
        let now = Timestamp(0);
        let status = StatusCode::from_u16(429).unwrap();
        for (given, retry_after, body) in
            [("30\na\nb", Some(30), "a\nb"), ("\n", None, ""), ("", None, ""), ("5", Some(5), "")]
        {
            let expected = (Outcome::Answered(status, retry_after), body.as_bytes());
            assert_eq!(answered(429, given.as_bytes(), now), expected, "{given:?}");
        }
    }
}
