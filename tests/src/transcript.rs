//! What everybody saw, as text that a person can read and three hosts must agree on.

use std::fmt::Write as _;
use std::io::Read as _;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::case::Step;
use crate::catcher;
use crate::client::{Got, preset};
use crate::hop;
use crate::hosts::Written;
use crate::json;
use crate::normal::Normaliser;
use crate::origin::Seen;
use crate::wire::{Head, text};

/// Bodies up to this size are written out.
const WHOLE: usize = 6_000;

/// What of a larger one is.
const BEGINNING: usize = 500;

/// Everything that was seen in one step.
#[derive(Debug, Default)]
pub struct Scene {
    /// What reached the origins.
    pub asked: Vec<Seen>,
    /// What the visitor got.
    pub got: Got,
    /// What the cookies say that the visitor was given, opened.
    pub sealed: Vec<String>,
    /// What reached the catcher.
    pub sent: Vec<Seen>,
    /// What the platform's own sinks were given.
    pub written: Vec<Written>,
    /// What the host logged.
    pub log: Vec<String>,
}

/// One step's part of the transcript.
pub fn write(out: &mut String, n: usize, step: &Step, request: &Head, scene: Scene, normal: &mut Normaliser) {
    let does = if step.does.is_empty() { String::new() } else { format!(" {}:", step.does) };
    line(
        out,
        &format!("\n== {n}.{does} {} (from {})", request.start.trim_end_matches(" HTTP/1.1"), step.from),
        normal,
    );
    for seen in &scene.asked {
        line(out, &format!("\n-- {} was asked", seen.by), normal);
        line(out, seen.head.start.trim_end_matches(" HTTP/1.1"), normal);
        asked(out, step, seen, normal);
        if !seen.complete {
            line(out, "(and then the request was cut short)", normal);
        }
        body(out, &seen.body, normal);
    }
    line(out, "\n-- visitor got", normal);
    let own = scene.asked.is_empty();
    got(out, request, scene.got, own, normal);
    for opened in scene.sealed {
        line(out, &opened, normal);
    }
    let mut sent = scene.sent;
    sent.sort_by_key(catcher::component);
    for seen in &sent {
        line(out, &format!("\n-- {} was sent", catcher::component(seen)), normal);
        delivery(out, seen, normal);
    }
    let mut written = scene.written;
    written.sort_by(|a, b| a.sink.cmp(&b.sink));
    for Written { sink, record } in &written {
        line(out, &format!("\n-- {sink} took"), normal);
        json(out, record.as_bytes(), normal);
    }
    log(out, scene.log, normal);
}

/// A request at the origin: fields that came through as the visitor sent them are told in one line.
fn asked(out: &mut String, step: &Step, seen: &Seen, normal: &mut Normaliser) {
    let mut own = preset(step.as_);
    own.retain(|(name, _)| hop::tells_of_request(&name.to_ascii_lowercase(), b"") && name != "Host");
    let sent = own.len();
    let as_sent = |name: &str, value: &[u8]| {
        own.iter().position(|(n, v)| n.eq_ignore_ascii_case(name) && v.as_bytes() == value)
    };
    let mut kept = Vec::new();
    let mut rest = Vec::new();
    for (name, value) in sorted(&seen.head) {
        if !hop::tells_of_request(&name, &value) {
            continue;
        }
        match as_sent(&name, &value) {
            Some(at) if !kept.contains(&at) => kept.push(at),
            _ => rest.push(format!("{name}: {}", text(&value))),
        }
    }
    rest.iter().for_each(|field| line(out, field, normal));
    let gone: Vec<_> = (0..sent).filter(|n| !kept.contains(n)).filter_map(|n| own.get(n)).collect();
    let gone = gone
        .iter()
        .filter(|(name, _)| seen.head.get(name).is_none())
        .map(|(name, _)| name.to_ascii_lowercase());
    let gone: Vec<_> = gone.collect();
    if !kept.is_empty() {
        let without = if gone.is_empty() { String::new() } else { format!(", without {}", gone.join(", ")) };
        line(out, &format!("(and the visitor's usual fields{without})"), normal);
    }
}

/// A response; `own` when no origin had a part in it.
fn got(out: &mut String, request: &Head, got: Got, own: bool, normal: &mut Normaliser) {
    if got.head.start.is_empty() {
        return line(out, "nothing: the connection was closed", normal);
    }
    line(out, got.head.start.split(' ').nth(1).unwrap_or_default(), normal);
    for (name, value) in sorted(&got.head) {
        if name == "content-length" && text(&value) == got.body.len().to_string() && !got.body.is_empty() {
            // Which it is depends on names that are shorter or longer on this host.
            line(out, "content-length: <the body's>", normal);
        } else if hop::tells_of_response(&name, &got.head, own && request.word(0) == "HEAD") {
            line(out, &format!("{name}: {}", text(&value)), normal);
        }
    }
    if got.cut {
        // How much of it arrived before depends on buffers on the way.
        return line(out, "(and then the response was cut short)", normal);
    }
    body(out, &decoded(&got.head, got.body), normal);
}

/// A delivery: its query one parameter to a line, its JSON laid out.
fn delivery(out: &mut String, seen: &Seen, normal: &mut Normaliser) {
    let (path, query) = seen.head.word(1).split_once('?').unwrap_or((seen.head.word(1), ""));
    line(out, &format!("{} {path}", seen.head.word(0)), normal);
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        line(out, &format!("  {parameter}"), normal);
    }
    for (name, value) in sorted(&seen.head) {
        if hop::tells_of_request(&name, &value) && name != "content-length" && name != "host" {
            line(out, &format!("{name}: {}", text(&value)), normal);
        }
    }
    json(out, &seen.body, normal);
}

/// JSON laid out, and what is none a parameter to a line.
fn json(out: &mut String, bytes: &[u8], normal: &mut Normaliser) {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(json) => json::lines(&json).iter().for_each(|l| line(out, &format!("| {l}"), normal)),
        Err(_) => {
            for row in text(bytes).lines() {
                let parameters = row.split('&').collect::<Vec<_>>().join("\n|   ");
                line(out, &format!("| {parameters}"), normal);
            }
        }
    }
}

fn log(out: &mut String, lines: Vec<String>, normal: &mut Normaliser) {
    let lines: Vec<_> = lines.into_iter().filter(|line| hop::tells_of_log(line)).collect();
    if lines.is_empty() {
        return;
    }
    line(out, "\n-- log", normal);
    let mut entries: Vec<Value> = lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    for entry in &mut entries {
        let delivery = entry["selvedge"] == "delivery";
        // Why a connection failed is told in each platform's own words.
        match entry.get_mut("problem") {
            Some(Value::String(problem)) if problem.starts_with("origin: ") => {
                *problem = "origin: <the platform's words>".into();
            }
            Some(problem) if delivery && problem != "no answer in time" => {
                *problem = "<the platform's words>".into();
            }
            _ => {}
        }
    }
    entries.sort_by_cached_key(|entry| {
        let mut key = entry.clone();
        key.as_object_mut().map(|fields| fields.remove("ids"));
        key.to_string()
    });
    for entry in entries {
        line(out, &entry.to_string(), normal);
    }
}

/// A body: written out, or measured where it is long. Each line is marked, so that nothing in it looks like ours.
fn body(out: &mut String, bytes: &[u8], normal: &mut Normaliser) {
    if bytes.is_empty() {
        return;
    }
    if std::fs::read(crate::root().join("sdk/dist/selvedge.js")).is_ok_and(|sdk| sdk == bytes) {
        return line(out, "(sdk/dist/selvedge.js, all of it)", normal);
    }
    let shown = if bytes.len() > WHOLE { BEGINNING } else { bytes.len() };
    let beginning = text(&bytes[..shown]);
    for l in beginning.split_inclusive('\n') {
        let marked = l.strip_suffix('\n').unwrap_or(l);
        line(out, &format!("| {marked}"), normal);
    }
    if bytes.len() > WHOLE {
        // Names replace ids and ports of the same length everywhere, so the length holds; the sum needs the names.
        let (first, rest) = bytes.split_at(bytes.len().min(65_536));
        let sum = Sha256::new().chain_update(normal.text(&text(first))).chain_update(rest).finalize();
        let sum: String = sum.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        line(out, &format!("(… {} bytes in all, sha256 {sum}…)", bytes.len()), normal);
    } else if !bytes.ends_with(b"\n") {
        line(out, "(no newline at the end)", normal);
    }
}

/// Fields by lower-case name. Those of one name stay in their order, as one list, which means the same (RFC 9110 §5.3)
/// and is what workerd makes of them; save `set-cookie`, which is no list.
fn sorted(head: &Head) -> Vec<(String, Vec<u8>)> {
    let mut fields: Vec<(String, Vec<u8>)> = Vec::new();
    let mut all: Vec<_> =
        head.fields.iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, value) in all {
        match fields.last_mut() {
            Some((last, list)) if *last == name && name != "set-cookie" => {
                list.extend(b", ");
                list.extend(value);
            }
            _ => fields.push((name, value.clone())),
        }
    }
    fields
}

fn decoded(head: &Head, body: Vec<u8>) -> Vec<u8> {
    let mut out = Vec::new();
    let read = match head.get("content-encoding").as_deref() {
        Some("gzip") => flate2::read::MultiGzDecoder::new(body.as_slice()).read_to_end(&mut out),
        Some("br") => brotli::Decompressor::new(body.as_slice(), 4096).read_to_end(&mut out),
        _ => return body,
    };
    match read {
        Ok(_) => out,
        Err(_) => [b"(this is not encoded as its head says) ", body.as_slice()].concat(),
    }
}

fn line(out: &mut String, text: &str, normal: &mut Normaliser) {
    let mut shown = String::with_capacity(text.len());
    for c in normal.text(text).chars() {
        match c {
            '\r' => shown.push_str("\\r"),
            c if c.is_ascii_control() && c != '\n' && c != '\t' => {
                let _ = write!(shown, "\\x{:02X}", c as u32);
            }
            '\u{feff}' => shown.push_str("\\u{FEFF}"),
            c => shown.push(c),
        }
    }
    let _ = writeln!(out, "{}", shown.trim_end_matches(' '));
}

/// How much a transcript has in one of its steps: what to wait for on a host that does not say when it is done.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Deliveries at the catcher.
    pub deliveries: usize,
    /// Records in sinks.
    pub records: usize,
    /// Lines of the log.
    pub lines: usize,
}

/// The counts of each step.
#[must_use]
pub fn counts(transcript: &str) -> Vec<Counts> {
    let mut counts = Vec::new();
    for line in transcript.lines() {
        if line.starts_with("== ") {
            counts.push(Counts::default());
        }
        let Some(counts) = counts.last_mut() else { continue };
        counts.deliveries += usize::from(line.starts_with("-- ") && line.ends_with(" was sent"));
        counts.records += usize::from(line.starts_with("-- ") && line.ends_with(" took"));
        counts.lines += usize::from(line.starts_with("{\"selvedge\""));
    }
    counts
}
