//! A parsed TOML document as something to deserialise from, which keeps what serde says apart instead of writing it
//! into one text: the place, the words that were known, what was missing. So keys and words are listed nowhere but in
//! the model.

use std::collections::BTreeSet;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, Expected, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use toml::Spanned;
use toml::de::DeValue;

use crate::config::place::{KeyPath, either};

/// What could not be deserialised, and where.
#[derive(Debug)]
pub(super) struct Fault {
    /// Unknown until the fault has left the value that it is about.
    pub(super) path: Option<KeyPath>,
    pub(super) cause: Cause,
}

#[derive(Debug)]
pub(super) enum Cause {
    /// A key that its table does not have; the path leads to the key.
    UnknownKey { key: String, known: &'static [&'static str] },
    /// A word that is not one of a list.
    UnknownWord { word: String, known: &'static [&'static str] },
    /// A key that its table must have; the path leads to the table.
    Missing(&'static str),
    /// Not what was expected.
    Other { message: String, help: Option<String> },
}

impl Fault {
    fn new(cause: Cause) -> Self {
        Self { path: None, cause }
    }

    fn other(message: impl Into<String>) -> Self {
        Self::new(Cause::Other { message: message.into(), help: None })
    }

    fn at(mut self, path: &KeyPath) -> Self {
        self.path.get_or_insert_with(|| path.clone());
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.cause)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::other(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Bool(value) => format!("`{value}`"),
            Unexpected::Signed(number) => format!("the number `{number}`"),
            Unexpected::Float(number) => format!("the number `{number}`"),
            Unexpected::Str(text) => format!("the text {text:?}"),
            Unexpected::Seq => "an array".into(),
            Unexpected::Map => "a table".into(),
            other => other.to_string(),
        };
        let expected = match expected.to_string().as_str() {
            "a string" => "text".to_owned(),
            "a boolean" => "`true` or `false`".to_owned(),
            "f64" => "a number".to_owned(),
            "u16" => format!("a whole number from 0 to {}", u16::MAX),
            "u32" => format!("a whole number from 0 to {}", u32::MAX),
            other => other.to_owned(),
        };
        Self::other(format!("expected {expected}, found {found}"))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        Self::new(Cause::UnknownKey { key: key.to_owned(), known })
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        Self::new(Cause::UnknownWord { word: word.to_owned(), known })
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(Cause::Missing(key))
    }
}

/// A value of a document, without what is to be passed over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value<'a> {
    pub(super) value: &'a DeValue<'a>,
    pub(super) path: &'a KeyPath,
    /// Paths to values that were found faulty before; the document is read as if they were not there.
    pub(super) passed: &'a BTreeSet<KeyPath>,
}

impl Value<'_> {
    fn mistyped(&self, expected: &str, help: Option<String>) -> Fault {
        let found = match self.value {
            DeValue::String(_) => "text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "`true` or `false`",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        let message = format!("expected {expected}, found {found}");
        Fault::new(Cause::Other { message, help }).at(self.path)
    }
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let path = self.path;
        match self.value {
            DeValue::String(text) => visitor.visit_str(text),
            DeValue::Boolean(value) => visitor.visit_bool(*value),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => visitor.visit_i64(number),
                Err(_) => Err(Fault::other(format!("the number `{number}` is too large"))),
            },
            DeValue::Float(number) => match number.as_str().parse() {
                Ok(number) => visitor.visit_f64(number),
                Err(_) => Err(Fault::other(format!("`{number}` is not a number"))),
            },
            DeValue::Datetime(_) => Err(de::Error::invalid_type(Unexpected::Other("a date"), &visitor)),
            DeValue::Array(values) => {
                let values = values.iter().enumerate().map(|(index, value)| (path.index(index), value));
                let values = values.filter(|(path, _)| !self.passed.contains(path)).collect::<Vec<_>>();
                visitor.visit_seq(Array { values: values.into_iter(), passed: self.passed })
            }
            DeValue::Table(entries) => {
                visitor.visit_map(Table { rest: entries.iter(), value: None, within: self })
            }
        }
        .map_err(|fault| fault.at(path))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        keys: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.value {
            DeValue::Table(_) => self.deserialize_any(visitor),
            _ => {
                let help = match keys {
                    [key] => format!("write {{ {key} = … }}"),
                    _ => format!("its keys: {}", keys.join(", ")),
                };
                Err(self.mistyped("a table", Some(help)))
            }
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            DeValue::Table(_) => self.deserialize_any(visitor),
            _ => Err(self.mistyped("a table", None)),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            DeValue::Array(_) => self.deserialize_any(visitor),
            DeValue::Table(_) => {
                let help = format!("write its header in double brackets: [[{}]]", self.path.header());
                Err(self.mistyped("an array of tables", Some(help)))
            }
            _ => Err(self.mistyped("an array", Some("put it in brackets".into()))),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.value {
            DeValue::String(text) => {
                let word: StrDeserializer<'_, Fault> = text.as_ref().into_deserializer();
                visitor.visit_enum(word).map_err(|fault| fault.at(self.path))
            }
            _ => Err(self.mistyped(&either(words.iter().copied()), None)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct tuple tuple_struct identifier ignored_any
    }
}

struct Array<'a> {
    values: std::vec::IntoIter<(KeyPath, &'a Spanned<DeValue<'a>>)>,
    passed: &'a BTreeSet<KeyPath>,
}

impl<'de> de::SeqAccess<'de> for Array<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some((path, value)) = self.values.next() else { return Ok(None) };
        let value = Value { value: value.get_ref(), path: &path, passed: self.passed };
        seed.deserialize(value).map(Some).map_err(|fault| fault.at(&path))
    }
}

struct Table<'a, I> {
    rest: I,
    value: Option<(KeyPath, &'a DeValue<'a>)>,
    within: Value<'a>,
}

impl<'de, 'a, K, I> de::MapAccess<'de> for Table<'a, I>
where
    K: AsRef<str> + 'a,
    I: Iterator<Item = (&'a Spanned<K>, &'a Spanned<DeValue<'a>>)>,
{
    type Error = Fault;

    fn next_key_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        for (key, value) in self.rest.by_ref() {
            let key = key.get_ref().as_ref();
            let path = self.within.path.key(key);
            if self.within.passed.contains(&path) {
                continue;
            }
            let word: StrDeserializer<'_, Fault> = key.into_deserializer();
            let key = seed.deserialize(word).map_err(|fault| fault.at(&path))?;
            self.value = Some((path, value.get_ref()));
            return Ok(Some(key));
        }
        Ok(None)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Fault> {
        let Some((path, value)) = self.value.take() else {
            return Err(Fault::other("a value was asked for before its key"));
        };
        let value = Value { value, path: &path, passed: self.within.passed };
        seed.deserialize(value).map_err(|fault| fault.at(&path))
    }
}
