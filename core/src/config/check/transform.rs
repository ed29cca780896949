//! `[[component.transform]]`: does each change lead from and to places where it can be made?

use super::rules::{leads, length, value, what};
use super::{Finding, error};
use crate::config::place::KeyPath;
use crate::config::{Cast, FromTo, Set, Transform};
use crate::rules::node::Kind;
use crate::rules::path::Step;
use crate::rules::{Path, known, within};

/// The most changes of a component.
const MOST: usize = 50;

pub(super) fn check(transforms: &[Transform], at: &KeyPath, findings: &mut Vec<Finding>) {
    if transforms.len() > MOST {
        let message = format!("{} changes; a component may have {MOST}", transforms.len());
        findings.push(error(at.index(MOST), message));
    }
    for (nth, transform) in transforms.iter().enumerate() {
        one(transform, &at.index(nth), findings);
    }
}

fn one(transform: &Transform, at: &KeyPath, findings: &mut Vec<Finding>) {
    let Transform { rename, copy, set, drop, hash, cast, name } = transform;
    let said = [
        ("rename", rename.is_some()),
        ("copy", copy.is_some()),
        ("set", set.is_some()),
        ("drop", drop.is_some()),
        ("hash", hash.is_some()),
        ("cast", cast.is_some()),
        ("name", name.is_some()),
    ];
    let said: Vec<_> = said.into_iter().filter(|(_, said)| *said).map(|(name, _)| name).collect();
    match said[..] {
        [] => {
            let help = "it is one of `rename`, `copy`, `set`, `drop`, `hash`, `cast` or `name`";
            findings.push(error(at.clone(), "a change that changes nothing").help(help));
        }
        [_] => {}
        [first, second, ..] => {
            let message = format!("`{first}` and `{second}` in one change");
            let help = "which comes first? Give each a `[[component.transform]]`";
            findings.push(error(at.key(second), message).on_key().help(help));
        }
    }
    if let Some(places) = rename {
        carry(places, true, &at.key("rename"), findings);
    }
    if let Some(places) = copy {
        carry(places, false, &at.key("copy"), findings);
    }
    if let Some(Set { path, value: given }) = set {
        let here = at.key("set");
        if let Some(kind) = changes(path, &here.key("path"), findings) {
            let before = findings.len();
            value(given, path, kind, &here.key("value"), findings);
            if findings.len() == before && kind != Kind::Open && !known::fits(path, &given.to_json()) {
                findings.push(error(here.key("value"), format!("`{path}` cannot be set to that")));
            }
        }
    }
    if let Some(path) = drop {
        let here = at.key("drop");
        if path.steps().last() == Some(&Step::Each) {
            let help = "without the brackets the list itself is";
            findings
                .push(error(here.clone(), format!("`{path}`: all elements cannot be dropped")).help(help));
        } else {
            changes(path, &here, findings);
        }
    }
    if let Some(path) = hash {
        let here = at.key("hash");
        if let Some(kind) = changes(path, &here, findings)
            && kind != Kind::Open
            && !(matches!(kind, Kind::Text | Kind::Texts) && known::takes(path, kind))
        {
            let message = format!("`{path}` cannot hold a hash: it is {}", what(kind));
            findings.push(error(here, message).help("`drop` takes it away"));
        }
    }
    if let Some(Cast { path, to: _ }) = cast {
        let here = at.key("cast").key("path");
        if let Some(kind) = changes(path, &here, findings).filter(|kind| *kind != Kind::Open) {
            let message = format!("`{path}` is {}, whatever it is cast to", what(kind));
            findings.push(error(here, message).help("only properties have types that vary"));
        }
    }
    if let Some(naming) = name {
        let here = at.key("name");
        for (key, text) in [("from", &naming.from), ("to", &naming.to)] {
            if text.is_empty() {
                findings.push(error(here.key(key), "an event has a name"));
            }
            length(text, &here.key(key), findings);
        }
        if naming.from == naming.to {
            findings.push(error(here.key("to"), "the name is the same"));
        }
    }
}

/// The kind of what stands at a path, if it leads to what may be changed.
fn changes(path: &Path, at: &KeyPath, findings: &mut Vec<Finding>) -> Option<Kind> {
    let kind = leads(path, at, findings)?;
    if known::changeable(path) {
        return Some(kind);
    }
    let message = format!("`{path}` cannot be changed");
    let help =
        "fields of `data` and `context` can, the visitor's consent and what identifies an event cannot";
    findings.push(error(at.clone(), message).help(help));
    None
}

fn carry(places: &FromTo, away: bool, at: &KeyPath, findings: &mut Vec<Finding>) {
    let FromTo { from, to } = places;
    let source =
        if away { changes(from, &at.key("from"), findings) } else { leads(from, &at.key("from"), findings) };
    let target = changes(to, &at.key("to"), findings);
    let (Some(source), Some(target)) = (source, target) else { return };
    let (from_steps, to_steps) = (from.steps(), to.steps());
    let inner = within(&from_steps);
    if from_steps.starts_with(&to_steps) || to_steps.starts_with(&from_steps) {
        findings.push(error(at.key("to"), format!("`{to}` and `{from}` are within each other")));
    } else if inner != within(&to_steps) || from_steps.get(..inner) != to_steps.get(..inner) {
        let message = format!("`{to}` is not within the list that `{from}` is in");
        findings.push(error(at.key("to"), message).help("a value stays in its element of a list"));
    } else if source == Kind::Table {
        findings.push(error(at.key("from"), format!("`{from}` is a table")).help("name one of its fields"));
    } else if target != Kind::Open && !known::takes(to, source) {
        let message = format!("`{to}` is {}, and cannot take what is {}", what(target), what(source));
        findings.push(error(at.key("to"), message));
    }
}
