//! Requests, sizes and costs, as they are printed.

use std::fmt::Write;

use selvedge_guests::{Called, Request, sendable};
use serde_json::Value;

use crate::guests::ms;

/// A number with its thousands apart: `12,345`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// What a call took, in short.
pub(crate) fn cost<T>(called: &Called<T>) -> String {
    let memory = called.memory.div_ceil(1024);
    format!("{} instructions ({} ms), {memory} KiB", thousands(called.fuel), ms(called.fuel))
}

/// A body as JSON, if it is that.
pub(crate) fn json(body: &str) -> Option<Value> {
    serde_json::from_str(body).ok().filter(|value: &Value| value.is_object() || value.is_array())
}

/// A request as text: its line, its fields, its body.
pub(crate) fn text(request: &Request) -> String {
    let mut out = format!("{} {}\n", request.method, request.url);
    for (name, value) in &request.headers {
        let _ = writeln!(out, "{name}: {value}");
    }
    if request.forward_client_headers {
        out.push_str("(and what the visitor's browser said of itself)\n");
    }
    match json(&request.body) {
        Some(value) => {
            let _ = write!(out, "\n{value:#}\n");
        }
        None if request.body.is_empty() => {}
        None => {
            let _ = write!(out, "\n{}\n", request.body);
        }
    }
    out
}

/// A request as a command for the shell.
pub(crate) fn curl(request: &Request) -> String {
    let mut out = format!("curl --request {} {}", request.method, quoted(&sendable(&request.url)));
    for (name, value) in &request.headers {
        let _ = write!(out, " \\\n  --header {}", quoted(&format!("{name}: {value}")));
    }
    if !request.body.is_empty() {
        let _ = write!(out, " \\\n  --data-raw {}", quoted(&request.body));
    }
    out.push('\n');
    out
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), text);
        }
    }

    #[test]
    fn a_shell_gets_what_the_vendor_would() {
        let request = Request {
            method: http::Method::POST,
            url: "https://in.example/?a=1&b=two words".into(),
            headers: vec![("x".into(), "it's".into())],
            forward_client_headers: false,
            body: "$(no)".into(),
        };
        let known = "curl --request POST 'https://in.example/?a=1&b=two%20words' \\\n  --header 'x: it'\\''s' \\\n  --data-raw '$(no)'\n";
        assert_eq!(curl(&request), known);
    }
}
