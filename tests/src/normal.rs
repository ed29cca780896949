//! What differs from run to run, by names that do not: ids, times, sealed cookies, ports, the SDK's hashes and
//! its stub.

use std::collections::BTreeMap;

use selvedge_core::facts::Timestamp;

/// What else is random: what stands before it and after it, and its name. Google's client id is made of the visitor's,
/// or of nothing where there is none; a webhook's signature is of its body.
const RANDOM: [(&str, char, &str); 7] = [
    ("cid=", '.', "client"),
    ("GA1.1.", '.', "client"),
    ("\"_ga\":\"", '.', "client"),
    ("\"_ga\": \"", '.', "client"),
    ("msg_", '\n', "message"),
    ("webhook-signature: ", '\n', "signature"),
    ("sha384-", '"', "digest"),
];

/// The SDK's stub, which is part of every page.
const STUB: &str = include_str!("../../sdk/dist/stub.js");

/// Replaces what differs, with the same name for the same thing throughout a transcript.
#[derive(Debug)]
pub struct Normaliser {
    /// What the case itself says stays as it is.
    said: String,
    /// Literal texts, such as addresses, and their names.
    places: Vec<(String, String)>,
    now: Timestamp,
    names: BTreeMap<String, String>,
    counts: BTreeMap<&'static str, usize>,
}

impl Normaliser {
    /// For a case whose words are `said`, played at `now` between `places`.
    #[must_use]
    pub fn new(said: String, places: Vec<(String, String)>, now: Timestamp) -> Self {
        Self { said, places, now, names: BTreeMap::new(), counts: BTreeMap::new() }
    }

    /// When the case began.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A text as the transcript has it.
    pub fn text(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for (from, to) in &self.places {
            text = text.replace(from, to);
        }
        let mut out = String::with_capacity(text.len());
        let mut left = text.as_str();
        while !left.is_empty() {
            let before = out.chars().next_back();
            let (taken, name) = self.token(left, before);
            let (token, rest) = left.split_at(taken);
            out.push_str(name.as_deref().unwrap_or(token));
            left = rest;
        }
        out
    }

    /// How long the next token is, and its name where it needs one. `before` is the character before it.
    fn token(&mut self, text: &str, before: Option<char>) -> (usize, Option<String>) {
        let first = text.chars().next().map_or(1, char::len_utf8);
        if before.is_some_and(|c| c.is_ascii_alphanumeric()) && !text.starts_with("$i") {
            return (first, None);
        }
        if let Some(uuid) = text.get(..36).filter(|part| uuid::Uuid::try_parse(part).is_ok()) {
            return (36, (!self.said.contains(uuid)).then(|| self.named("uuid", uuid)));
        }
        if let Some(length) = sealed(text) {
            let value = text.split_at(length).0;
            return (length, (!self.said.contains(value)).then(|| self.named("sealed", value)));
        }
        if text.starts_with(STUB.trim_end()) {
            return (STUB.trim_end().len(), Some("<stub>".into()));
        }
        let hexadecimal = text.bytes().take_while(u8::is_ascii_hexdigit).count();
        if hexadecimal >= 128 {
            let value = text.split_at(hexadecimal).0;
            return (hexadecimal, (!self.said.contains(value)).then(|| self.named("old", value)));
        }
        if let Some(hash) = text.strip_prefix("sdk.").and_then(|rest| rest.get(..12))
            && hash.bytes().all(|c| c.is_ascii_hexdigit())
            && !self.said.contains(hash)
        {
            return (16, Some("sdk.<hash>".into()));
        }
        for platform in ["\"in-process\"", "\"fastly\"", "\"cloudflare\""] {
            if text.starts_with(platform) {
                return (platform.len(), Some("\"<platform>\"".into()));
            }
        }
        if let Some(session) = text.strip_prefix("GS2.1.").and_then(|rest| rest.split([';', '"']).next()) {
            return ("GS2.1.".len() + session.len(), Some(format!("GS2.1.{}", self.google_session(session))));
        }
        // When Google Ads' cookie was made: not digits of their own, for a letter stands before them.
        if let Some(made) = text.strip_prefix("$i").and_then(|rest| rest.get(..10))
            && let Some(name) = made.parse::<i64>().ok().and_then(|seconds| self.time(seconds * 1000))
            && !self.said.contains(made)
        {
            return (12, Some(format!("$i{name}")));
        }
        if let Some(string) =
            text.strip_prefix("euconsent-v2=").and_then(|rest| rest.split(['\n', ';']).next())
            && !self.said.contains(string)
        {
            let length = "euconsent-v2=".len() + string.len();
            return (length, Some(format!("euconsent-v2={}", self.named("tcf", string))));
        }
        for (start, end, name) in RANDOM {
            if let Some(rest) = text.strip_prefix(start) {
                let length = rest.find(end).unwrap_or(rest.len());
                let (value, _) = rest.split_at(length);
                return (start.len() + length, Some(format!("{start}{}", self.named(name, value))));
            }
        }
        if let Some(at) = text.get(..24).and_then(rfc3339) {
            return (24, self.time(at));
        }
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            let number = text.split_at(digits).0;
            let ends = !text[digits..].starts_with(|c: char| c.is_ascii_alphabetic());
            let at = number.parse::<i64>().ok().filter(|_| ends).and_then(|n| match digits {
                10 => n.checked_mul(1000),
                13 => Some(n),
                16 => Some(n / 1000),
                _ => None,
            });
            return (digits, at.filter(|_| !self.said.contains(number)).and_then(|at| self.time(at)));
        }
        (first, None)
    }

    /// Google's session, `s<start>$o<count>$g<engaged>$t<last>…`, with its times by name.
    fn google_session(&self, session: &str) -> String {
        let part = |part: &str| {
            let (letter, number) = part.split_at(part.len().min(1));
            let at = number.parse::<i64>().ok().filter(|_| number.len() == 10 && matches!(letter, "s" | "t"));
            let name = at.and_then(|seconds| self.time(seconds * 1000));
            name.map_or_else(|| part.to_owned(), |name| format!("{letter}{name}"))
        };
        session.split('$').map(part).collect::<Vec<_>>().join("$")
    }

    /// The name of a thing: `<kind-1>`, `<kind-2>` … in the order in which they appear.
    fn named(&mut self, kind: &'static str, thing: &str) -> String {
        let count = self.counts.entry(kind).or_default();
        self.names
            .entry(thing.to_ascii_lowercase())
            .or_insert_with(|| {
                *count += 1;
                format!("<{kind}-{count}>")
            })
            .clone()
    }

    /// A time by its distance from now: `<now>`, `<now-29m>`, `<now+390d>`. Nothing where it is none of ours.
    #[must_use]
    pub fn time(&self, ms: i64) -> Option<String> {
        let away = ms - self.now.0;
        let minutes = (away.abs() + 30_000) / 60_000;
        let sign = if away < 0 { '-' } else { '+' };
        match minutes {
            0 | 1 => Some("<now>".into()),
            2..=120 => Some(format!("<now{sign}{minutes}m>")),
            121..=2880 => Some(format!("<now{sign}{}h>", (minutes + 30) / 60)),
            _ if minutes < 400 * 1440 => Some(format!("<now{sign}{}d>", (minutes + 720) / 1440)),
            _ => None,
        }
    }
}

/// The length of a sealed cookie's value at the start of a text.
fn sealed(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("v1.")?;
    let word =
        |text: &str| text.bytes().take_while(|c| c.is_ascii_alphanumeric() || b"-_".contains(c)).count();
    let id = word(rest);
    let value = word(rest.get(id..)?.strip_prefix('.')?);
    (id > 0 && value >= 40).then_some(3 + id + 1 + value)
}

/// `2026-11-22T10:35:00.123Z` as milliseconds.
fn rfc3339(text: &str) -> Option<i64> {
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let shape = text.bytes().zip("0000-00-00T00:00:00.000Z".bytes());
    if !shape.clone().all(|(is, like)| is == like || like == b'0' && is.is_ascii_digit()) {
        return None;
    }
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    // Days from civil, the inverse of what the core does.
    let shifted = if month > 2 { year } else { year - 1 };
    let era = shifted.div_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let year_of_era = shifted - era * 400;
    let days =
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
    Some(((days * 24 + part(11, 13)?) * 60 + part(14, 16)?) * 60_000 + part(17, 19)? * 1000 + part(20, 23)?)
}
