//! Whether a component wants an event, by its `filter`.

use serde_json::Number;

use super::node::View;
use super::walk;
use crate::config::{Condition, Scalar};
use crate::event::Event;

/// Whether an event passes. One about which that cannot be said does not: a condition that says nothing, an expression
/// that is none, a text that is too long for one. Configurations that were checked leave only the last.
pub(crate) fn passes(filter: &Condition, event: &Event) -> bool {
    holds(filter, event) == Some(true)
}

/// Whether a condition holds; none where that cannot be said.
fn holds(condition: &Condition, event: &Event) -> Option<bool> {
    if let Some(all) = &condition.all {
        return every(all.iter().map(|one| holds(one, event)));
    }
    if let Some(any) = &condition.any {
        return every(any.iter().map(|one| holds(one, event).map(std::ops::Not::not)))
            .map(std::ops::Not::not);
    }
    if let Some(not) = &condition.not {
        return holds(not, event).map(std::ops::Not::not);
    }
    let steps = condition.path.as_ref()?.steps();
    if let Some(present) = condition.present {
        return Some(walk::any(event, &steps, &mut |_| true) == present);
    }
    let mut unsaid = None;
    let found = walk::any(event, &steps, &mut |view| match of(condition, &view) {
        Some(holds) => holds,
        None => {
            unsaid = Some(());
            false
        }
    });
    if found { Some(true) } else { unsaid.is_none().then_some(false) }
}

/// Whether all hold: one that does not settles it, whatever else cannot be said. None that is asked is no answer.
fn every(holds: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = None;
    for (nth, one) in holds.enumerate() {
        match one {
            Some(false) => return Some(false),
            Some(true) if nth == 0 => all = Some(true),
            Some(true) => {}
            None => all = None,
        }
    }
    all
}

/// Whether everything that a condition says of a value is so.
fn of(condition: &Condition, view: &View<'_>) -> Option<bool> {
    let text = |test: &dyn Fn(&str) -> bool| matches!(view, View::Text(text) if test(text));
    let number = |test: &dyn Fn(f64) -> bool| matches!(view, View::Number(number) if number.as_f64().is_some_and(test));
    let said = [
        condition.equals.as_ref().map(|scalar| Some(equals(view, scalar))),
        condition.one_of.as_ref().map(|list| Some(list.iter().any(|scalar| equals(view, scalar)))),
        condition.prefix.as_ref().map(|prefix| Some(text(&|text| text.starts_with(prefix.as_str())))),
        condition.suffix.as_ref().map(|suffix| Some(text(&|text| text.ends_with(suffix.as_str())))),
        condition.contains.as_ref().map(|part| Some(text(&|text| text.contains(part.as_str())))),
        condition.matches.as_ref().map(|pattern| match view {
            View::Text(text) => pattern.matches(text),
            _ => Some(false),
        }),
        condition.above.map(|bound| Some(number(&|number| number > bound))),
        condition.below.map(|bound| Some(number(&|number| number < bound))),
        condition.at_least.map(|bound| Some(number(&|number| number >= bound))),
        condition.at_most.map(|bound| Some(number(&|number| number <= bound))),
    ];
    every(said.into_iter().flatten())
}

/// Whether a value is this one: of the same type, numbers by their size.
fn equals(view: &View<'_>, scalar: &Scalar) -> bool {
    match (view, scalar) {
        (View::Text(text), Scalar::Text(other)) => text == other,
        (View::Flag(flag), Scalar::Bool(other)) => flag == other,
        (View::Number(number), Scalar::Integer(other)) if is_whole(number) => number.as_i64() == Some(*other),
        (View::Number(number), Scalar::Integer(other)) => number.as_f64() == Number::from(*other).as_f64(),
        (View::Number(number), Scalar::Number(other)) => number.as_f64() == Some(*other),
        _ => false,
    }
}

/// Larger whole numbers than a float can tell apart are ids.
fn is_whole(number: &Number) -> bool {
    number.is_i64() || number.is_u64()
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
