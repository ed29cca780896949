//! Values of a known type: texts, numbers, words of closed lists.

use serde::Serialize;
use serde_json::{Number, Value};
use uuid::Uuid;

use super::node::{Kind, Node, View, group, replace, text, text_of};
use crate::config::Cmp;
use crate::consent::{Purpose, Purposes, Source, State};
use crate::event::{Channel, EventType, From, Selection};
use crate::facts::Timestamp;

impl Node for Option<String> {
    fn kind(&self) -> Kind {
        Kind::Text
    }

    fn view(&self) -> View<'_> {
        self.as_deref().map_or(View::Absent, text)
    }

    fn put(&mut self, value: &Value) -> bool {
        replace(self, text_of(value).map(Some))
    }

    fn clear(&mut self) {
        *self = None;
    }
}

/// Text that is always there.
impl Node for String {
    fn kind(&self) -> Kind {
        Kind::Text
    }

    fn view(&self) -> View<'_> {
        text(self)
    }

    fn put(&mut self, value: &Value) -> bool {
        replace(self, text_of(value))
    }
}

/// One of a list of words, which no rule can choose.
impl Node for Option<std::borrow::Cow<'static, str>> {
    fn kind(&self) -> Kind {
        Kind::Text
    }

    fn view(&self) -> View<'_> {
        self.as_deref().map_or(View::Absent, text)
    }

    fn clear(&mut self) {
        *self = None;
    }
}

impl Node for Option<u32> {
    fn kind(&self) -> Kind {
        Kind::Number
    }

    fn view(&self) -> View<'_> {
        self.map_or(View::Absent, |number| View::Number(number.into()))
    }

    fn put(&mut self, value: &Value) -> bool {
        replace(self, value.as_u64().and_then(|number| u32::try_from(number).ok()).map(Some))
    }

    fn clear(&mut self) {
        *self = None;
    }
}

impl Node for Option<f64> {
    fn kind(&self) -> Kind {
        Kind::Number
    }

    fn view(&self) -> View<'_> {
        self.and_then(Number::from_f64).map_or(View::Absent, View::Number)
    }

    fn put(&mut self, value: &Value) -> bool {
        replace(self, value.as_f64().map(Some))
    }

    fn clear(&mut self) {
        *self = None;
    }
}

impl Node for Option<f32> {
    fn kind(&self) -> Kind {
        Kind::Number
    }

    /// The number that JSON has: 1.1, not the 1.10000002384 that a longer float makes of it.
    fn view(&self) -> View<'_> {
        let number = self.and_then(|number| Number::from_f64(number.to_string().parse().ok()?));
        number.map_or(View::Absent, View::Number)
    }

    fn put(&mut self, value: &Value) -> bool {
        replace(self, value.to_string().parse().ok().filter(|number: &f32| number.is_finite()).map(Some))
    }

    fn clear(&mut self) {
        *self = None;
    }
}

impl Node for u32 {
    fn kind(&self) -> Kind {
        Kind::Number
    }

    fn view(&self) -> View<'_> {
        View::Number((*self).into())
    }
}

impl Node for bool {
    fn kind(&self) -> Kind {
        Kind::Flag
    }

    fn view(&self) -> View<'_> {
        View::Flag(*self)
    }
}

impl Node for Uuid {
    fn kind(&self) -> Kind {
        Kind::Text
    }

    fn view(&self) -> View<'_> {
        View::Text(self.to_string().into())
    }
}

impl Node for Timestamp {
    fn kind(&self) -> Kind {
        Kind::Text
    }

    fn view(&self) -> View<'_> {
        View::Text(self.rfc3339().into())
    }
}

/// Words of closed lists.
macro_rules! words {
    ($($type:ty),*) => {$(
        impl Node for $type {
            fn kind(&self) -> Kind {
                Kind::Text
            }

            fn view(&self) -> View<'_> {
                word(self)
            }
        }
    )*};
}

words!(EventType, From, State, Source, Cmp, Channel, Option<Cmp>);

fn word(of: &impl Serialize) -> View<'static> {
    match serde_json::to_value(of) {
        Ok(Value::String(word)) => View::Text(word.into()),
        _ => View::Absent,
    }
}

/// `true` or `false` for as long as it takes.
fn flag(flag: bool) -> &'static dyn Node {
    if flag { &true } else { &false }
}

impl Node for Purposes {
    fn kind(&self) -> Kind {
        Kind::Table
    }

    fn view(&self) -> View<'_> {
        View::Group
    }

    fn child(&self, name: &str) -> Option<&dyn Node> {
        let purpose = Purpose::ALL.into_iter().find(|purpose| purpose.word() == name)?;
        Some(flag(self.has(purpose)))
    }

    fn names(&self) -> &'static [&'static str] {
        &["analytics", "advertising", "personalization", "functional"]
    }
}

impl Node for Selection {
    fn kind(&self) -> Kind {
        Kind::Table
    }

    fn view(&self) -> View<'_> {
        group(self.is_everyone())
    }

    fn child(&self, name: &str) -> Option<&dyn Node> {
        self.0.get(name).map(|may| flag(*may))
    }

    fn others(&self) -> Option<Kind> {
        Some(Kind::Flag)
    }
}
