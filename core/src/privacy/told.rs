//! A visit that is told its owner: what stands in it of a person is taken out, wherever it is repeated.

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::REDACTED;
use super::names::{Meaning, is_person, meaning};
use super::patterns::Numbers;
use super::scrub::Scrub;
use crate::trace::Hidden;

/// What is shorter than this is not looked for elsewhere: it may be anything.
const SHORTEST: usize = 6;

/// How much of an id is left to tell it from others.
const LEFT: usize = 6;

/// How deep texts that are JSON are looked into.
const DEEPEST: u8 = 4;

/// Fields of what is told that are nobody's, and by which its parts are known.
const OURS: &[&str] =
    &["selvedge", "visit", "time", "uuid", "ids", "print", "timestamp", "due", "component", "outcome"];

/// Lines without what is somebody's: what is called or looks like personal data, addresses, cookies' values, and of ids all
/// but the beginning. `ip` is the visitor's.
pub(crate) fn told(lines: &[Value], ip: Option<IpAddr>) -> Vec<Value> {
    let mut known: Vec<(String, String)> = Vec::new();
    if let Some(ip) = ip {
        known.push((ip.to_string(), network(ip)));
    }
    lines.iter().for_each(|line| gather(line, "", false, DEEPEST, &mut known));
    let told = Told { known: Hidden::of(known) };
    lines.iter().map(|line| told.value(line, "", false, DEEPEST)).collect()
}

/// The network that an address is of.
fn network(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.0")
        }
        IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}::")
        }
    }
}

/// What a text is as JSON, if it is a list or an object.
fn within(text: &str, depth: u8) -> Option<Value> {
    let parsed =
        || serde_json::from_str(text).ok().filter(|value: &Value| value.is_object() || value.is_array());
    (depth > 0 && text.trim_start().starts_with(['{', '['])).then(parsed).flatten()
}

/// A field of a request: its name and its value.
fn field(value: &Value) -> Option<(&str, &str)> {
    match value.as_array()?.as_slice() {
        [Value::String(name), Value::String(value)] => Some((name, value)),
        _ => None,
    }
}

fn gather(value: &Value, name: &str, of_person: bool, depth: u8, known: &mut Vec<(String, String)>) {
    let mut know = |text: &str, instead: String| {
        if text.chars().count() >= SHORTEST {
            known.extend([(text.to_owned(), instead.clone()), (text.to_lowercase(), instead)]);
        }
    };
    let said = meaning(name, of_person);
    match value {
        Value::String(text) => match (said, within(text, depth)) {
            (Meaning::Personal, None) => know(text, REDACTED.to_owned()),
            (Meaning::Identifying, None) if is_id(name) => know(text, shortened(text)),
            (_, Some(inner)) => gather(&inner, name, of_person, depth - 1, known),
            _ => {}
        },
        Value::Number(number) if said == Meaning::Personal => know(&number.to_string(), REDACTED.to_owned()),
        Value::Array(_) if name == "headers" => {
            let all = value.as_array().into_iter().flatten().filter_map(field);
            for (_, cookies) in all.filter(|(name, _)| *name == "cookie") {
                let values =
                    cookies.split(';').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value.trim());
                values.for_each(|value| know(value, REDACTED.to_owned()));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, name, of_person, depth, known)),
        Value::Object(fields) => {
            // All that stands under a name of a person's is theirs.
            let inherited = if said == Meaning::Personal { name } else { "" };
            for (inner, value) in fields {
                let name = if inherited.is_empty() { inner } else { inherited };
                gather(value, name, is_person(inner) || is_person(name), depth, known);
            }
        }
        _ => {}
    }
}

/// Whether a name is that of somebody's id; not of how they came, nor of their session, which is a time.
fn is_id(name: &str) -> bool {
    let other = ["session", "session_id", "sid", "user_agent", "useragent", "ua", "city", "locality"];
    !name.starts_with("utm_") && !OURS.contains(&name) && !other.contains(&name)
}

fn shortened(text: &str) -> String {
    text.chars().take(LEFT).chain(['…']).collect()
}

struct Told {
    known: Hidden,
}

impl Told {
    fn value(&self, value: &Value, name: &str, of_person: bool, depth: u8) -> Value {
        let said = meaning(name, of_person);
        if said == Meaning::Personal && !matches!(value, Value::Null | Value::Bool(_)) {
            // Of the visitor's own address the network is left.
            let text = value.as_str().map(|text| (text, self.known.hide(text)));
            let network = text.filter(|(text, told)| name == "ip" && text != told && told != REDACTED);
            return network.map_or(REDACTED.into(), |(_, told)| told.into());
        }
        match value {
            Value::Null | Value::Bool(_) => value.clone(),
            Value::Number(number) => {
                let text = number.to_string();
                if self.known.hide(&text) == text { value.clone() } else { REDACTED.into() }
            }
            Value::String(text) if OURS.contains(&name) => text.as_str().into(),
            Value::String(text) => self.text(text, said, of_person, depth).into(),
            Value::Array(items) if name == "headers" => items.iter().map(|item| self.field(item)).collect(),
            Value::Array(items) if name == "cookies" => items
                .iter()
                .map(|item| item.as_str().map_or(Value::Null, |text| set_cookie(text).into()))
                .collect(),
            Value::Array(items) => {
                items.iter().map(|item| self.value(item, name, of_person, depth)).collect()
            }
            Value::Object(fields) => {
                let told = |(inner, value): (&String, &Value)| {
                    let key = if OURS.contains(&inner.as_str()) {
                        inner.clone()
                    } else {
                        self.plain(inner, Numbers::Codes)
                    };
                    (key, self.value(value, inner, is_person(name) || of_person && is_person(inner), depth))
                };
                Value::Object(fields.iter().map(told).collect::<Map<_, _>>())
            }
        }
    }

    fn text(&self, text: &str, said: Meaning, of_person: bool, depth: u8) -> String {
        if let Some(inner) = within(text, depth) {
            return self.value(&inner, "", of_person, depth - 1).to_string();
        }
        // Several of them, a line each, as warehouses and search engines take them.
        if text.contains('\n') && text.trim_start().starts_with('{') {
            let lines = text.split('\n').map(|line| self.text(line, said, of_person, depth));
            return lines.collect::<Vec<_>>().join("\n");
        }
        self.plain(text, if said == Meaning::Code { Numbers::Codes } else { Numbers::All })
    }

    fn plain(&self, text: &str, numbers: Numbers) -> String {
        let hidden = self.known.hide(text);
        Scrub::default().text_of(&hidden, numbers).unwrap_or(hidden)
    }

    fn field(&self, value: &Value) -> Value {
        let Some((name, text)) = field(value) else { return Value::Null };
        let text = match name {
            "cookie" => {
                let names =
                    text.split(';').map(|pair| pair.split_once('=').map_or("", |(name, _)| name.trim()));
                names.map(|name| format!("{name}={REDACTED}")).collect::<Vec<_>>().join("; ")
            }
            // What is sent has its secrets hidden already, and says which they are.
            "authorization" if text.contains('$') => text.to_owned(),
            "authorization" | "proxy-authorization" => REDACTED.to_owned(),
            name if name.contains("csrf") || name.contains("token") => REDACTED.to_owned(),
            _ => self.plain(text, Numbers::Codes),
        };
        [name, text.as_str()].as_slice().into()
    }
}

fn set_cookie(text: &str) -> String {
    let (name, rest) = text.split_once('=').unwrap_or((text, ""));
    let attributes = rest.find(';').and_then(|at| rest.get(at..)).unwrap_or_default();
    format!("{name}={REDACTED}{attributes}")
}
