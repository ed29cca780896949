//! A commented `selvedge.toml`.

use std::fmt::Write;

use super::answers::{Answers, Destination};
use super::route::Route;

/// The file.
pub(super) fn text(answers: &Answers, route: &Route) -> String {
    let mut out = format!("#:schema {}\n", dotted(&route.file("docs/selvedge.schema.json")));
    out += "# Everything that you decide. `selvedge check` says what is wrong with it and what it needs;\n";
    out += &format!("# {} has every key.\n\n", route.file("docs/configuration.md"));
    out += "# Which hosts, and where the website lives. Without `hosts`: every host.\n[[site]]\n";
    let hosts = toml::Value::from(answers.hosts.clone());
    let mark = if answers.hosts.is_empty() {
        "# hosts = [\"shop.example.com\"]"
    } else {
        &format!("hosts = {hosts}")
    };
    let origin = toml::Value::from(String::from(answers.origin.clone()));
    out += &format!(
        "{mark}\norigin = {origin}\n# preserve_host = false            # true: ask the origin with the visitor's Host\n"
    );
    out += REST;
    if answers.destinations.is_empty() {
        out += "# [[component]]\n# kind = \"ga4\"\n# settings = { measurement_id = \"G-XXXXXXX\" }\n";
    }
    for destination in &answers.destinations {
        component(&mut out, destination);
    }
    out
}

/// What is the same for everybody.
const REST: &str = r#"
# [[site.route]]                   # other origins for some paths; the first that matches wins
# path    = "/blog/*"
# origin  = "https://blog.example.net"
# rewrite = "/$1"

# [[site.redirect]]                # answered by Selvedge itself
# from   = "/old/*"
# to     = "/new/$1"
# status = 301

# What is commented out below is the default.

# [page]
# inject = true                    # put the SDK's tag in <head>
# views  = "edge"                  # who reports page views: edge, browser or off

# [visitor]
# before_consent = "none"          # none, cookieless or cookie: what may be kept while consent is pending
# key = { secret = "SELVEDGE_KEY" }

[consent]
# cmp = "auto"                     # whose cookies are read; auto: whichever is there
# gpc = true                       # Sec-GPC: 1 denies advertising
default = "pending"                # when nothing is known: nothing leaves until the visitor has agreed

# [[consent.region]]               # other defaults for some countries
# countries = ["US"]
# default   = "granted"

# [delivery]
# outbox = false                   # true: keep what could not be delivered and try again; needs a queue or a store

# The destinations, in order of priority.

"#;

fn component(out: &mut String, Destination { kind, settings }: &Destination) {
    let purposes: Vec<_> = kind.purposes.iter().map(|purpose| format!("{:?}", purpose.word())).collect();
    *out += &format!("[[component]]\nkind = \"{}\"\n", kind.name);
    *out +=
        &format!("# purposes = [{}]{}\n", purposes.join(", "), "  # what the visitor must have agreed to");
    *out += "# events = [\"page\", \"track\", \"user\"]\n[component.settings]\n";
    for spec in kind.settings {
        *out += &wrapped(spec.help);
        let value = match settings.get(spec.name) {
            Some(given) => value(given),
            None if spec.secret => format!("{{ secret = \"{}\" }}", secret(kind.name, spec.name)),
            None => "\"\"".into(),
        };
        let mark = if spec.required || settings.contains_key(spec.name) { "" } else { "# " };
        // Text takes whatever is written to it.
        let _ = writeln!(out, "{mark}{} = {value}", spec.name);
    }
    out.push('\n');
}

/// A value as TOML: a list or a number as it was written, anything else as text.
fn value(given: &str) -> String {
    let parsed = format!("x = {given}").parse::<toml::Table>();
    match parsed.ok().and_then(|mut table| table.remove("x")) {
        Some(list @ toml::Value::Array(_)) => list.to_string(),
        _ => toml::Value::from(given).to_string(),
    }
}

/// A secret's name in the store.
fn secret(kind: &str, setting: &str) -> String {
    format!("{kind}_{setting}").replace('-', "_").to_ascii_uppercase()
}

/// A sentence as comments of a width that is read well.
fn wrapped(text: &str) -> String {
    let (mut out, mut line) = (String::new(), String::from("#"));
    for word in text.split_whitespace() {
        if line.chars().count() + word.chars().count() > 118 {
            out += &format!("{line}\n");
            line = "#".into();
        }
        line += &format!(" {word}");
    }
    format!("{out}{line}\n")
}

/// A relative path as editors want it.
fn dotted(path: &str) -> String {
    if path.starts_with(['.', '/']) { path.to_owned() } else { format!("./{path}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_text_unless_they_are_lists() {
        for (given, toml) in [
            ("G-TEST", "\"G-TEST\""),
            ("123", "\"123\""),
            ("[\"a\", \"b\"]", "[\"a\", \"b\"]"),
            ("a \"b\"", "'a \"b\"'"),
            ("[open", "\"[open\""),
        ] {
            assert_eq!(value(given), toml);
        }
    }

    #[test]
    fn help_is_wrapped() {
        let text = wrapped(&"word ".repeat(60));
        assert!(
            text.lines().count() == 3 && text.lines().all(|line| line.len() <= 120 && line.starts_with("# "))
        );
    }

    #[test]
    fn secrets_have_a_name_for_the_shell() {
        assert_eq!(secret("meta-capi", "access_token"), "META_CAPI_ACCESS_TOKEN");
    }
}
