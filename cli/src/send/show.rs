//! What became of it, as it is printed: for people, as commands, for programs.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::outcome::{Dropped, Outcome, Sent, meaning};
use super::secret::{Piece, plain, shell};

const NAME: Style = AnsiColor::Cyan.on_default().bold();
const DIM: Style = Style::new().dimmed();
const NOTHING: Style = AnsiColor::Yellow.on_default();

/// For people.
///
/// # Errors
/// Never: text takes whatever is written to it.
pub(super) fn text(outcomes: &[Outcome]) -> Result<String> {
    let mut out = String::new();
    for (at, outcome) in outcomes.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        let kind = if outcome.id == outcome.kind { String::new() } else { format!(" ({})", outcome.kind) };
        let nothing = if outcome.requests.is_empty() { " gets nothing" } else { "" };
        writeln!(out, "{NAME}{}{NAME:#}{kind}{nothing}", outcome.id)?;
        for sent in &outcome.requests {
            writeln!(out, "  {DIM}{}{DIM:#}", sent.events.join(", "))?;
            writeln!(out, "  {} {}", sent.method, plain(&sent.url))?;
            for (name, value) in &sent.headers {
                writeln!(out, "  {name}: {}", plain(value))?;
            }
            for line in body(sent).lines() {
                writeln!(out, "    {line}")?;
            }
            if sent.unsigned {
                writeln!(out, "  {NOTHING}{UNSIGNED}{NOTHING:#}")?;
            }
        }
        for line in reasons(outcome) {
            writeln!(out, "  {NOTHING}{line}{NOTHING:#}")?;
        }
    }
    Ok(out)
}

/// Beside a request that has a signature in it which nobody would accept.
const UNSIGNED: &str = "what is signed in it is not right: the secret is not in the environment";

/// As commands that a shell runs; what is not sent is a comment.
///
/// # Errors
/// Never: text takes whatever is written to it.
pub(super) fn curl(outcomes: &[Outcome], variables: &[&str]) -> Result<String> {
    let mut out = String::new();
    if !variables.is_empty() {
        writeln!(out, "# Set first: {}", variables.join(", "))?;
    }
    for outcome in outcomes {
        for sent in &outcome.requests {
            writeln!(out, "# {}: {}", outcome.id, sent.events.join(", ").replace('\n', " "))?;
            if sent.unsigned {
                writeln!(out, "# {UNSIGNED}")?;
            }
            // Brackets in a URL are that.
            let mut words = format!("curl --globoff --request {} {}", sent.method, shell(&sent.url));
            for (name, value) in &sent.headers {
                write!(words, " \\\n  --header {}", shell(&field(name, value)))?;
            }
            match &sent.body {
                Ok(pieces) if pieces.is_empty() => writeln!(out, "{words}")?,
                Ok(pieces) if *pieces == [Piece::Text(String::new())] => writeln!(out, "{words}")?,
                Ok(pieces) => writeln!(out, "{words} \\\n  --data-raw {}", shell(pieces))?,
                Err(bytes) => {
                    let encoded = STANDARD.encode(bytes);
                    writeln!(out, "printf %s {encoded} | base64 -d | {words} \\\n  --data-binary @-")?;
                }
            }
        }
        for line in reasons(outcome) {
            writeln!(out, "# {}: {}", outcome.id, line.replace('\n', " "))?;
        }
    }
    Ok(out)
}

/// A header's field as one text.
fn field(name: &str, value: &[Piece]) -> Vec<Piece> {
    match value {
        [Piece::Text(text), rest @ ..] => [&[Piece::Text(format!("{name}: {text}"))], rest].concat(),
        value => [&[Piece::Text(format!("{name}: "))], value].concat(),
    }
}

/// For programs.
pub(super) fn json(outcomes: &[Outcome]) -> Value {
    let sent = |sent: &Sent| {
        let headers = sent.headers.iter().map(|(name, value)| (name.clone(), json!(plain(value))));
        let body = match &sent.body {
            Ok(pieces) => json!({"text": plain(pieces)}),
            Err(bytes) => json!({"base64": STANDARD.encode(bytes)}),
        };
        json!({
            "events": sent.events,
            "method": sent.method,
            "url": plain(&sent.url),
            "headers": headers.collect::<serde_json::Map<_, _>>(),
            "body": body,
            "signature_is_right": !sent.unsigned,
        })
    };
    let outcome = |outcome: &Outcome| {
        let Outcome { id, kind, requests, dropped, problem } = outcome;
        json!({
            "destination": id,
            "kind": kind,
            "requests": requests.iter().map(sent).collect::<Value>(),
            "dropped": dropped.iter().map(Dropped::json).collect::<Value>(),
            "problem": problem,
        })
    };
    outcomes.iter().map(outcome).collect()
}

/// A body as a person reads it: JSON in lines.
fn body(sent: &Sent) -> String {
    match &sent.body {
        Ok(pieces) => {
            let text = plain(pieces);
            match serde_json::from_str::<Value>(&text) {
                Ok(value) if value.is_object() || value.is_array() => format!("{value:#}"),
                _ => text,
            }
        }
        Err(bytes) => format!("{} bytes", bytes.len()),
    }
}

/// A line of the log that is about no destination.
pub(super) fn note(line: &Value) -> String {
    match line.get("reason").and_then(Value::as_str) {
        Some(reason) => format!("no page view: {reason}: {}", meaning(reason).unwrap_or_default()),
        None => line.to_string(),
    }
}

/// Why a destination does not get events.
fn reasons(outcome: &Outcome) -> Vec<String> {
    let mut lines: Vec<_> = outcome.problem.iter().cloned().collect();
    for dropped in &outcome.dropped {
        let many = if dropped.events == 1 { "event" } else { "events" };
        let mut line = format!("{} ({} {many})", dropped.reason, dropped.events);
        if let Some(meaning) = meaning(&dropped.reason) {
            line += &format!(": {meaning}");
        }
        if let Some((state, source)) = &dropped.consent {
            line += &format!("; consent is {state}, says the {source}");
        }
        lines.push(line);
    }
    lines
}
