//! Which program a request is from, by its `User-Agent` or by the platform's judgement. Programs that pretend to be
//! browsers are the platform's to recognise.

mod table;

use std::borrow::Cow;

use memchr::memmem;

use super::bounded::bounded;
use crate::facts;
use table::{FILTER, INSIDE, STARTS};

/// How much of a user agent is looked at, in bytes.
const MAX: usize = 1024;
const MAX_NAME: usize = 64;

/// What a program without a name is called.
const NAMELESS: &str = "unnamed";

/// The name of the program that this is: by its own words (`Googlebot`), else the platform's word for it
/// ([`facts::Client::bot`]), at most 64 bytes long. None for what says that it is a browser, and is not contradicted. A
/// user agent that says nothing is a program's: every browser's does.
#[must_use]
pub fn bot<'a>(agent: &'a [u8], facts: &'a facts::Client) -> Option<Cow<'a, str>> {
    let agent = agent.get(..MAX).unwrap_or(agent).trim_ascii();
    if agent.is_empty() {
        return Some(facts.bot.as_deref().unwrap_or(NAMELESS).into());
    }
    let lower = agent.to_ascii_lowercase();
    if let Some(range) = find(&lower) {
        return Some(name(agent, range).unwrap_or(NAMELESS).into());
    }
    facts.bot.as_deref().map(|name| bounded(name, MAX_NAME).into())
}

/// Parts of names that no browser has, in lower case, beside `bot`.
const PARTS: [&str; 2] = ["crawl", "spider"];

/// Beginnings of words that no browser has, in lower case and sorted: what link previews, monitors, assistants that fetch
/// for somebody, and libraries that scripts are written with call themselves. The list has most of them
/// too; what matters most does not depend on it.
static WORDS: [&str; 34] = [
    "axios/",
    "bingpreview",
    "chatgpt-user",
    "claude-user",
    "curl/",
    "embedly",
    "facebookexternalhit",
    "go-http-client",
    "google favicon",
    "google-inspectiontool",
    "google-read-aloud",
    "gtmetrix",
    "headless",
    "libcurl",
    "libwww",
    "lighthouse",
    "mediapartners-google",
    "meta-externalagent",
    "node-fetch",
    "okhttp/",
    "pagespeed",
    "perplexity-user",
    "phantomjs",
    "pingdom",
    "postmanruntime",
    "python-",
    "scrapy",
    "skypeuripreview",
    "slurp",
    "statuscake",
    "undici",
    "uptime",
    "wget/",
    "whatsapp/",
];

/// Where a user agent in lower case names a program.
fn find(agent: &[u8]) -> Option<(usize, usize)> {
    // Telephones that run Java say so as well, further back.
    let starts = STARTS.iter().chain(&["java/"]).find(|text| agent.starts_with(text.as_bytes()));
    let bot = || memmem::find_iter(agent, "bot").find(|at| is_bot(agent, *at)).map(|at| (at, 3));
    let part = || PARTS.iter().find_map(|part| Some((memmem::find(agent, part.as_bytes())?, part.len())));
    starts.map(|text| (0, text.len())).or_else(bot).or_else(part).or_else(|| listed(agent))
}

/// Whether the `bot` found there ends a name, as in `Googlebot/2.1`, and not that of a telephone made by Cubot.
fn is_bot(agent: &[u8], at: usize) -> bool {
    let Some((before, found)) = agent.split_at_checked(at) else { return false };
    let after = found.strip_prefix(b"bots").or_else(|| found.strip_prefix(b"bot")).unwrap_or_default();
    !before.ends_with(b"cu") && !after.first().is_some_and(u8::is_ascii_alphabetic)
}

/// Where a word begins with a text of the tables.
fn listed(agent: &[u8]) -> Option<(usize, usize)> {
    let mut inside_word = false;
    for (at, byte) in agent.iter().enumerate() {
        let begins = byte.is_ascii_alphanumeric() && !inside_word;
        inside_word = byte.is_ascii_alphanumeric();
        if begins && agent.get(at..).is_some_and(may_be_listed) {
            let rest = agent.get(at..)?;
            if let Some(text) = beginning(rest, &WORDS).or_else(|| beginning(rest, &INSIDE)) {
                return Some((at, text.len()));
            }
        }
    }
    None
}

/// Whether a text of the tables may begin this. Says no to most words, at the cost of none of the comparisons.
fn may_be_listed(rest: &[u8]) -> bool {
    let Some([first, second, third]) = rest.first_chunk().map(|bytes| bytes.map(usize::from)) else {
        return false;
    };
    let bit = ((first * 31 + second) * 31 + third) % 4096;
    FILTER.get(bit / 64).is_some_and(|bits| bits >> (bit % 64) & 1 == 1)
}

/// The text of a sorted table that this begins with. No text there begins with another, so the last one that is not
/// greater is the only one that can.
fn beginning(rest: &[u8], table: &[&'static str]) -> Option<&'static str> {
    let last = table.partition_point(|text| text.as_bytes() <= rest).checked_sub(1)?;
    table.get(last).copied().filter(|text| rest.starts_with(text.as_bytes()))
}

/// The name around what was found. Where that is part of an address, the product before it.
fn name(agent: &[u8], (at, length): (usize, usize)) -> Option<&str> {
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let (before, found) = agent.split_at_checked(at)?;
    let start = at - before.iter().rev().take_while(|byte| part(byte)).count();
    let (found, rest) = found.split_at_checked(length)?;
    let more = rest.iter().take_while(|byte| part(byte)).count();
    // What was found with its slash is whole.
    let end = at + length + if found.last().is_some_and(part) { more } else { 0 };
    let before = agent.get(..start)?;
    if before.ends_with(b"/") || before.ends_with(b"@") {
        let mut words = before.rsplit(|byte| matches!(byte, b' ' | b';' | b'(' | b')' | b',')).skip(1);
        let product = words.find_map(|word| {
            let name = word.split(|byte| *byte == b'/').next()?;
            (name.len() < word.len() && name != b"Mozilla").then_some(name)
        })?;
        return text(product);
    }
    text(agent.get(start..end)?)
}

/// A name without what is around it.
fn text(name: &[u8]) -> Option<&str> {
    let name = std::str::from_utf8(name.get(..MAX_NAME).unwrap_or(name)).ok()?;
    let name = name.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
