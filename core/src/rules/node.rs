//! An event as a tree: whatever has a place in its JSON is a [`Node`], so that a rule can read and change a field by its
//! path without the event being written out and read again. The values are in [`super::values`], what may hold
//! anything in [`super::open`], the tables in [`super::fields`].

use std::borrow::Cow;

use serde_json::{Number, Value};

/// What can stand at a place, as far as that is known without an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text, or nothing.
    Text,
    /// A number, or nothing.
    Number,
    /// True or false.
    Flag,
    /// A list of texts.
    Texts,
    /// Fields with names that are known.
    Table,
    /// Any JSON.
    Open,
}

/// What stands at a place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum View<'n> {
    /// Nothing, `null`, or a list or a table without anything in it.
    Absent,
    /// Text.
    Text(Cow<'n, str>),
    /// A number.
    Number(Number),
    /// True or false.
    Flag(bool),
    /// A list or a table.
    Group,
}

/// A place in an event. What cannot be changed has no `child_mut`.
pub(crate) trait Node {
    /// What can stand here.
    fn kind(&self) -> Kind;

    /// What stands here.
    fn view(&self) -> View<'_>;

    /// What has this name.
    fn child(&self, _name: &str) -> Option<&dyn Node> {
        None
    }

    /// The same, to be changed.
    fn child_mut(&mut self, _name: &str) -> Option<&mut dyn Node> {
        None
    }

    /// The same, made as a table where it is absent.
    fn entry(&mut self, name: &str) -> Option<&mut dyn Node> {
        self.child_mut(name)
    }

    /// The names that are known.
    fn names(&self) -> &'static [&'static str] {
        &[]
    }

    /// What stands under any other name; none where there are no others.
    fn others(&self) -> Option<Kind> {
        None
    }

    /// Whether an element of the list is such.
    fn any(&self, _such: &mut dyn FnMut(&dyn Node) -> bool) -> bool {
        false
    }

    /// Changes each element of the list; those for which the answer is no are taken out.
    fn retain(&mut self, _keep: &mut dyn FnMut(&mut dyn Node) -> bool) {}

    /// What stands here, as JSON; none where there is nothing or what has no JSON of its own.
    fn json(&self) -> Option<Value> {
        match self.view() {
            View::Absent | View::Group => None,
            View::Text(text) => Some(Value::String(text.into_owned())),
            View::Number(number) => Some(Value::Number(number)),
            View::Flag(flag) => Some(Value::Bool(flag)),
        }
    }

    /// Puts a value here, and says whether it fits.
    fn put(&mut self, _value: &Value) -> bool {
        false
    }

    /// Takes away what stands here, as far as it may be absent.
    fn clear(&mut self) {}

    /// [`Self::put`] under a name.
    fn put_child(&mut self, name: &str, value: &Value) -> bool {
        self.child_mut(name).is_some_and(|child| child.put(value))
    }

    /// [`Self::clear`] under a name.
    fn clear_child(&mut self, name: &str) {
        if let Some(child) = self.child_mut(name) {
            child.clear();
        }
    }
}

/// What becomes of a value in a field that is text; none where nothing sensible does.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The view of a text.
pub(super) fn text(text: &str) -> View<'_> {
    View::Text(Cow::Borrowed(text))
}

/// The view of a list or a table.
pub(super) fn group(empty: bool) -> View<'static> {
    if empty { View::Absent } else { View::Group }
}

/// Puts something that may be missing, and says whether it was there.
pub(super) fn replace<T>(to: &mut T, new: Option<T>) -> bool {
    match new {
        Some(new) => {
            *to = new;
            true
        }
        None => false,
    }
}
