//! A component's rules: does each path lead somewhere, can each condition hold, can each change be made?

use super::{Finding, error, warning};
use crate::config::place::{KeyPath, either, perhaps};
use crate::config::{Component, Condition, Scalar};
use crate::event::EventType;
use crate::rules::node::Kind;
use crate::rules::{LONGEST_PATTERN, LONGEST_VALUE, Path, known};

/// The most conditions of a filter.
const MOST_CONDITIONS: usize = 100;
/// How deep conditions may stand within each other.
const DEEPEST: usize = 8;
/// The most values in one `in`.
const MOST_VALUES: usize = 200;

pub(super) fn check(component: &Component, at: &KeyPath, findings: &mut Vec<Finding>) {
    let sample = component.sample;
    if !(0.0..=1.0).contains(&sample) {
        let message = format!("{sample} is out of bounds: 0 to 1");
        findings.push(error(at.key("sample"), message).help("0.1 is every tenth visitor"));
    } else if sample == 0.0 {
        findings.push(warning(at.key("sample"), "a component with a sample of 0 gets nothing"));
    }
    if let Some(filter) = &component.filter {
        let at = at.key("filter");
        let mut count = 0;
        condition(filter, &at, 1, &mut count, findings);
        if count > MOST_CONDITIONS {
            let message = format!("{count} conditions; a filter may have {MOST_CONDITIONS}");
            findings
                .push(error(at, message).help("`in` takes many values at once, and `matches` many forms"));
        }
    }
    super::transform::check(&component.transforms, &at.key("transform"), findings);
}

fn condition(given: &Condition, at: &KeyPath, depth: usize, count: &mut usize, findings: &mut Vec<Finding>) {
    *count += 1;
    if depth > DEEPEST {
        findings.push(error(at.clone(), format!("conditions stand more than {DEEPEST} deep")));
        return;
    }
    let Condition { all, any, not, path, .. } = given;
    let forms =
        [("all", all.is_some()), ("any", any.is_some()), ("not", not.is_some()), ("path", path.is_some())];
    let forms: Vec<_> = forms.into_iter().filter(|(_, said)| *said).map(|(name, _)| name).collect();
    let operators = operators(given);
    match (&forms[..], &operators[..]) {
        ([], []) => {
            let message = "a condition that says nothing";
            findings.push(error(at.clone(), message).help("it is one of `all`, `any`, `not` or `path`"));
        }
        ([], [operator, ..]) => {
            findings.push(error(at.key("path"), format!("`{operator}` needs the `path` of a field")));
        }
        (["path"], _) => {}
        ([form], [operator, ..]) => {
            let message = format!("`{operator}` goes with a `path`, not with `{form}`");
            findings.push(error(at.key(operator), message).on_key());
        }
        ([_], []) => {}
        ([first, second, ..], _) => {
            let message = format!("`{first}` and `{second}` in one condition");
            findings.push(error(at.key(second), message).on_key().help("put both into a list, under `all`"));
        }
    }
    for (name, list) in [("all", all), ("any", any)] {
        let Some(list) = list else { continue };
        let at = at.key(name);
        if list.is_empty() {
            findings.push(error(at.clone(), format!("`{name}` of no conditions")));
        }
        for (nth, one) in list.iter().enumerate() {
            condition(one, &at.index(nth), depth + 1, count, findings);
        }
    }
    if let Some(not) = not {
        condition(not, &at.key("not"), depth + 1, count, findings);
    }
    if let Some(path) = path {
        field(given, path, &operators, at, findings);
    }
}

/// What a condition says of its path.
fn operators(given: &Condition) -> Vec<&'static str> {
    let Condition { equals, one_of, prefix, suffix, contains, matches, .. } = given;
    let Condition { above, below, at_least, at_most, present, .. } = given;
    let said = [
        ("equals", equals.is_some()),
        ("in", one_of.is_some()),
        ("prefix", prefix.is_some()),
        ("suffix", suffix.is_some()),
        ("contains", contains.is_some()),
        ("matches", matches.is_some()),
        ("above", above.is_some()),
        ("below", below.is_some()),
        ("at_least", at_least.is_some()),
        ("at_most", at_most.is_some()),
        ("present", present.is_some()),
    ];
    said.into_iter().filter(|(_, said)| *said).map(|(name, _)| name).collect()
}

fn field(given: &Condition, path: &Path, operators: &[&str], at: &KeyPath, findings: &mut Vec<Finding>) {
    let Some(kind) = leads(path, &at.key("path"), findings) else { return };
    if operators.is_empty() {
        let help = "`equals`, `in`, `prefix`, `suffix`, `contains`, `matches`, `above`, `below`, `at_least`, \
                    `at_most` or `present`";
        findings.push(error(at.key("path"), "nothing is said of this field").help(help));
    }
    if operators.len() > 1 && operators.contains(&"present") {
        let message = "`present` stands alone: what is compared is there";
        findings.push(error(at.key("present"), message).on_key());
    }
    for operator in operators {
        let fits = match *operator {
            "present" => true,
            "equals" | "in" => !matches!(kind, Kind::Table | Kind::Texts),
            "prefix" | "suffix" | "contains" | "matches" => matches!(kind, Kind::Text | Kind::Open),
            _ => matches!(kind, Kind::Number | Kind::Open),
        };
        if !fits {
            let message = format!("`{operator}` never holds: `{path}` is {}", what(kind));
            let found = error(at.key(operator), message).on_key();
            findings.push(match kind {
                Kind::Texts => found.help(format!("`{path}[]` is each of its elements")),
                Kind::Table => found.help("name one of its fields"),
                _ => found,
            });
        }
    }
    let one_of = given.one_of.as_deref().unwrap_or_default();
    let listed = one_of.iter().enumerate().map(|(nth, scalar)| (scalar, at.key("in").index(nth)));
    for (scalar, at) in given.equals.iter().map(|scalar| (scalar, at.key("equals"))).chain(listed) {
        value(scalar, path, kind, &at, findings);
    }
    if given.one_of.is_some() && !(1..=MOST_VALUES).contains(&one_of.len()) {
        let message = format!("{} values are out of bounds: 1 to {MOST_VALUES}", one_of.len());
        findings.push(error(at.key("in"), message));
    }
    for (name, text) in [("prefix", &given.prefix), ("suffix", &given.suffix), ("contains", &given.contains)]
    {
        match text.as_deref() {
            Some("") => findings.push(error(at.key(name), "every text has that")),
            Some(text) => length(text, &at.key(name), findings),
            None => {}
        }
    }
    if let Some(pattern) = &given.matches
        && let Some(problem) = pattern.problem()
    {
        let message = format!("{:?} is no regular expression that can be used: {problem}", pattern.as_str());
        let help = format!("at most {LONGEST_PATTERN} bytes, in the syntax of docs.rs/regex-lite");
        findings.push(error(at.key("matches"), message).help(help));
    }
    bounds(given, at, findings);
}

fn bounds(given: &Condition, at: &KeyPath, findings: &mut Vec<Finding>) {
    let Condition { above, below, at_least, at_most, .. } = given;
    for (name, bound) in [("above", above), ("below", below), ("at_least", at_least), ("at_most", at_most)] {
        if bound.is_some_and(|bound| !bound.is_finite()) {
            findings.push(error(at.key(name), "that is no number to compare with"));
        }
    }
    let least = above.or(*at_least).zip(below.or(*at_most));
    let both = at_least.is_some() && at_most.is_some();
    if least.is_some_and(|(least, most)| least > most || least >= most && !both) {
        findings.push(error(at.clone(), "no number is within these bounds"));
    }
}

/// The kind of what stands at a path, if it leads anywhere.
pub(super) fn leads(path: &Path, at: &KeyPath, findings: &mut Vec<Finding>) -> Option<Kind> {
    match known::kind(path) {
        Ok(kind) => Some(kind),
        Err(nowhere) if nowhere.known.is_empty() => {
            let message = format!("`{path}` leads nowhere: there is nothing within that field");
            let message = if nowhere.name == "[]" { format!("`{path}`: that is no list") } else { message };
            findings.push(error(at.clone(), message));
            None
        }
        Err(nowhere) => {
            let known = || nowhere.known.iter().copied();
            let message =
                perhaps(format!("events have no `{}` in `{path}`", nowhere.name), &nowhere.name, known());
            findings.push(error(at.clone(), message).help(format!("there are {}", all(known()))));
            None
        }
    }
}

fn all<'w>(words: impl Iterator<Item = &'w str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Whether a field of that kind can have that value.
pub(super) fn value(scalar: &Scalar, path: &Path, kind: Kind, at: &KeyPath, findings: &mut Vec<Finding>) {
    let fits = match scalar {
        Scalar::Text(text) => {
            length(text, at, findings);
            kind == Kind::Text
        }
        Scalar::Integer(_) | Scalar::Number(_) => kind == Kind::Number,
        Scalar::Bool(_) => kind == Kind::Flag,
    };
    if matches!(scalar, Scalar::Number(number) if !number.is_finite()) {
        findings.push(error(at.clone(), "that is no number that an event can have"));
    } else if !fits && matches!(kind, Kind::Text | Kind::Number | Kind::Flag) {
        findings.push(error(at.clone(), format!("`{path}` is {}, never that", what(kind))));
    } else if path.as_str() == "type"
        && let Scalar::Text(word) = scalar
    {
        let words: Vec<_> = EventType::all().into_iter().map(EventType::word).collect();
        if !words.contains(&word.as_str()) {
            let message = perhaps(format!("no event has the type {word:?}"), word, words.iter().copied());
            findings.push(error(at.clone(), message).help(format!("types are {}", either(words))));
        }
    }
}

/// What a field of a kind is, for people.
pub(super) fn what(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Number => "a number",
        Kind::Flag => "true or false",
        Kind::Texts => "a list of texts",
        Kind::Table => "a table",
        Kind::Open => "a property",
    }
}

pub(super) fn length(text: &str, at: &KeyPath, findings: &mut Vec<Finding>) {
    if text.len() > LONGEST_VALUE {
        let message = format!("{} bytes of text; at most {LONGEST_VALUE} are compared or set", text.len());
        findings.push(error(at.clone(), message));
    }
}
