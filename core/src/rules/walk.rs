//! Reading and changing an event at a path.

use serde_json::Value;

use super::node::{Kind, Node, View};
use super::path::Step;

/// Whether something that is there at the end of the path is such. Through a list, one element is enough.
pub(super) fn any(node: &dyn Node, steps: &[Step<'_>], such: &mut dyn FnMut(View<'_>) -> bool) -> bool {
    match steps {
        [] => match node.view() {
            View::Absent => false,
            there => such(there),
        },
        [Step::Key(name), rest @ ..] => node.child(name).is_some_and(|child| any(child, rest, such)),
        [Step::Each, rest @ ..] => node.any(&mut |element| any(element, rest, such)),
    }
}

/// What stands at the end of the path, which leads through no list.
pub(super) fn get(node: &dyn Node, steps: &[Step<'_>]) -> Option<Value> {
    match steps {
        [] => node.json(),
        [Step::Key(name), rest @ ..] => get(node.child(name)?, rest),
        [Step::Each, ..] => None,
    }
}

/// Puts a value at the end of the path, and says whether it fits anywhere. Tables on the way there are made, elements of
/// lists are not.
pub(super) fn put(node: &mut dyn Node, steps: &[Step<'_>], value: &Value) -> bool {
    match steps {
        [] => node.put(value),
        [Step::Key(name)] => node.put_child(name, value),
        [Step::Key(name), rest @ ..] => {
            let child = if rest.contains(&Step::Each) { node.child_mut(name) } else { node.entry(name) };
            child.is_some_and(|child| put(child, rest, value))
        }
        [Step::Each, rest @ ..] => {
            let mut fits = false;
            node.retain(&mut |element| {
                fits |= put(element, rest, value);
                true
            });
            fits
        }
    }
}

/// Takes away what stands at the end of the path.
pub(super) fn clear(node: &mut dyn Node, steps: &[Step<'_>]) {
    update(node, steps, &mut |_| None);
}

/// Puts in the place of each value at the end of the path what is made of it. Where that is nothing, or does not fit, the
/// value is taken away.
pub(super) fn update(
    node: &mut dyn Node,
    steps: &[Step<'_>],
    make: &mut dyn FnMut(Option<Value>) -> Option<Value>,
) {
    match steps {
        [] => {}
        [Step::Key(name)] => {
            let Some(child) = node.child(name) else { return };
            let made = make(child.json());
            if !made.is_some_and(|made| node.put_child(name, &made)) {
                node.clear_child(name);
            }
        }
        [Step::Each] => {
            node.retain(&mut |element| make(element.json()).is_some_and(|made| element.put(&made)));
        }
        [Step::Key(name), rest @ ..] => {
            if let Some(child) = node.child_mut(name) {
                update(child, rest, make);
            }
        }
        [Step::Each, rest @ ..] => node.retain(&mut |element| {
            update(element, rest, make);
            true
        }),
    }
}

/// Does something to whatever stands at the end of the path.
pub(super) fn each(node: &mut dyn Node, steps: &[Step<'_>], act: &mut dyn FnMut(&mut dyn Node)) {
    match steps {
        [] => act(node),
        [Step::Key(name), rest @ ..] => {
            if let Some(child) = node.child_mut(name) {
                each(child, rest, act);
            }
        }
        [Step::Each, rest @ ..] => node.retain(&mut |element| {
            each(element, rest, act);
            true
        }),
    }
}

/// What can stand at the end of the path, going by an event that has every table; or the step that leads nowhere, and
/// the names that there are in its place.
pub(super) fn kind(node: &dyn Node, steps: &[Step<'_>]) -> Result<Kind, (usize, &'static [&'static str])> {
    let (mut node, mut rest, mut at) = (node, steps, 0);
    while let [step, after @ ..] = rest {
        let open = match step {
            Step::Key(name) => match node.child(name) {
                Some(child) => {
                    (node, rest, at) = (child, after, at + 1);
                    continue;
                }
                None => node.others(),
            },
            Step::Each if node.kind() == Kind::Texts => Some(Kind::Text),
            Step::Each => (node.kind() == Kind::Open).then_some(Kind::Open),
        };
        return match open {
            Some(Kind::Open) => Ok(Kind::Open),
            Some(kind) if after.is_empty() => Ok(kind),
            Some(_) => Err((at + 1, &[])),
            None => Err((at, node.names())),
        };
    }
    Ok(node.kind())
}

/// Whether what stands at the end of the path may be changed, going by an event that has every table.
pub(super) fn changeable(node: &mut dyn Node, steps: &[Step<'_>]) -> bool {
    match steps {
        [] => true,
        [Step::Key(name), rest @ ..] => {
            let open = node.others().is_some_and(|kind| kind != Kind::Flag);
            match node.child_mut(name) {
                Some(child) => changeable(child, rest),
                None => open,
            }
        }
        // Lists stand only where everything may be changed.
        [Step::Each, ..] => true,
    }
}
