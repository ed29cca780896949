//! What may hold more than is known: vendors' ids, lists, properties.

use serde_json::{Map, Value};

use super::node::{Kind, Node, View, group, replace, text, text_of};
use crate::event::{Ids, Properties};

impl Node for Ids {
    fn kind(&self) -> Kind {
        Kind::Table
    }

    fn view(&self) -> View<'_> {
        group(self.is_empty())
    }

    fn child(&self, name: &str) -> Option<&dyn Node> {
        self.0.get(name).map(|id| id as &dyn Node)
    }

    fn child_mut(&mut self, name: &str) -> Option<&mut dyn Node> {
        self.0.get_mut(name).map(|id| id as &mut dyn Node)
    }

    fn others(&self) -> Option<Kind> {
        Some(Kind::Text)
    }

    fn clear(&mut self) {
        self.0.clear();
    }

    fn put_child(&mut self, name: &str, value: &Value) -> bool {
        let id = text_of(value);
        id.map(|id| self.0.insert(name.to_owned(), id)).is_some()
    }

    fn clear_child(&mut self, name: &str) {
        self.0.remove(name);
    }
}

impl Node for Vec<String> {
    fn kind(&self) -> Kind {
        Kind::Texts
    }

    fn view(&self) -> View<'_> {
        group(self.is_empty())
    }

    fn any(&self, such: &mut dyn FnMut(&dyn Node) -> bool) -> bool {
        self.iter().any(|text| such(text))
    }

    fn retain(&mut self, keep: &mut dyn FnMut(&mut dyn Node) -> bool) {
        self.retain_mut(|text| keep(text));
    }

    fn json(&self) -> Option<Value> {
        Some(self.iter().map(String::as_str).collect())
    }

    fn put(&mut self, value: &Value) -> bool {
        replace(self, value.as_array().and_then(|values| values.iter().map(text_of).collect()))
    }

    fn clear(&mut self) {
        self.clear();
    }
}

impl Node for Properties {
    fn kind(&self) -> Kind {
        Kind::Open
    }

    fn view(&self) -> View<'_> {
        group(self.is_empty())
    }

    fn child(&self, name: &str) -> Option<&dyn Node> {
        self.get(name).map(|value| value as &dyn Node)
    }

    fn child_mut(&mut self, name: &str) -> Option<&mut dyn Node> {
        self.get_mut(name).map(|value| value as &mut dyn Node)
    }

    fn entry(&mut self, name: &str) -> Option<&mut dyn Node> {
        let value = self.entry(name).or_insert(Value::Null);
        if value.is_null() {
            *value = Value::Object(Map::new());
        }
        Some(value)
    }

    fn others(&self) -> Option<Kind> {
        Some(Kind::Open)
    }

    fn json(&self) -> Option<Value> {
        Some(Value::Object(self.clone()))
    }

    fn put(&mut self, value: &Value) -> bool {
        replace(self, value.as_object().cloned())
    }

    fn clear(&mut self) {
        self.clear();
    }

    fn put_child(&mut self, name: &str, value: &Value) -> bool {
        self.insert(name.to_owned(), value.clone());
        true
    }

    /// What stands after it keeps its order.
    fn clear_child(&mut self, name: &str) {
        self.shift_remove(name);
    }
}

impl Node for Value {
    fn kind(&self) -> Kind {
        Kind::Open
    }

    fn view(&self) -> View<'_> {
        match self {
            Self::Null => View::Absent,
            Self::Bool(flag) => View::Flag(*flag),
            Self::Number(number) => View::Number(number.clone()),
            Self::String(said) => text(said),
            Self::Array(values) => group(values.is_empty()),
            Self::Object(values) => group(values.is_empty()),
        }
    }

    fn child(&self, name: &str) -> Option<&dyn Node> {
        self.as_object().and_then(|values| values.child(name))
    }

    fn child_mut(&mut self, name: &str) -> Option<&mut dyn Node> {
        self.as_object_mut().and_then(|values| values.child_mut(name))
    }

    fn entry(&mut self, name: &str) -> Option<&mut dyn Node> {
        self.as_object_mut().and_then(|values| Node::entry(values, name))
    }

    fn others(&self) -> Option<Kind> {
        Some(Kind::Open)
    }

    fn any(&self, such: &mut dyn FnMut(&dyn Node) -> bool) -> bool {
        self.as_array().is_some_and(|values| values.iter().any(|value| such(value)))
    }

    fn retain(&mut self, keep: &mut dyn FnMut(&mut dyn Node) -> bool) {
        if let Self::Array(values) = self {
            values.retain_mut(|value| keep(value));
        }
    }

    fn json(&self) -> Option<Value> {
        (!self.is_null()).then(|| self.clone())
    }

    fn put(&mut self, value: &Value) -> bool {
        *self = value.clone();
        true
    }

    fn clear(&mut self) {
        *self = Self::Null;
    }

    fn put_child(&mut self, name: &str, value: &Value) -> bool {
        self.as_object_mut().is_some_and(|values| values.put_child(name, value))
    }

    fn clear_child(&mut self, name: &str) {
        if let Self::Object(values) = self {
            values.clear_child(name);
        }
    }
}
