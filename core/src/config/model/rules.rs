//! `[component.filter]` and `[[component.transform]]`: what a component wants of the events that it may have.

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::rules::{Path, Pattern};

/// A condition on an event: `all`, `any` or `not` of others, or what is to be found at a `path`. Of what it says of a
/// path, everything must be so of one and the same value.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Condition {
    /// All of these hold.
    pub all: Option<Vec<Condition>>,
    /// At least one of these holds.
    pub any: Option<Vec<Condition>>,
    /// This one does not hold.
    pub not: Option<Box<Condition>>,
    /// Where to look in the event, such as `data.properties.products[].price`. Through a list, one element is enough.
    pub path: Option<Path>,
    /// It is this.
    pub equals: Option<Scalar>,
    /// It is one of these.
    #[serde(rename = "in")]
    pub one_of: Option<Vec<Scalar>>,
    /// It is text that begins with this.
    pub prefix: Option<String>,
    /// It is text that ends with this.
    pub suffix: Option<String>,
    /// It is text in which this stands.
    pub contains: Option<String>,
    /// It is text of which a part matches this regular expression.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub matches: Option<Pattern>,
    /// It is a number above this.
    pub above: Option<f64>,
    /// It is a number below this.
    pub below: Option<f64>,
    /// It is this number or one above.
    pub at_least: Option<f64>,
    /// It is this number or one below.
    pub at_most: Option<f64>,
    /// Whether there is anything: more than `null` or an empty list or table.
    pub present: Option<bool>,
}

/// A change of an event: one of these.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Transform {
    /// A field gets another place.
    pub rename: Option<FromTo>,
    /// A field gets a second place.
    pub copy: Option<FromTo>,
    /// A field gets a value, whether or not it has one.
    pub set: Option<Set>,
    /// A field is taken away.
    pub drop: Option<Path>,
    /// A field is replaced by its SHA-256 in lower-case hexadecimal.
    pub hash: Option<Path>,
    /// A property gets another type; it is taken away where it cannot have it.
    pub cast: Option<Cast>,
    /// A `track` event gets another name.
    pub name: Option<Naming>,
}

/// From one place of an event to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FromTo {
    /// Where the value is.
    pub from: Path,
    /// Where it goes.
    pub to: Path,
}

/// A value for a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// Which field gets it.
    pub path: Path,
    /// The value.
    pub value: Scalar,
}

/// A type for a property.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Cast {
    /// Which property.
    pub path: Path,
    /// Which type it gets.
    pub to: CastTo,
}

/// The types that a property can be cast to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CastTo {
    /// Text.
    Text,
    /// A number.
    Number,
    /// A whole number; a fraction is cut off.
    Integer,
    /// True or false.
    Boolean,
}

/// A name for events of another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Naming {
    /// What they are called.
    pub from: String,
    /// What the destination calls them.
    pub to: String,
}

/// A value to compare with or to set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(untagged))]
#[serde(remote = "Self")]
pub enum Scalar {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// Yes or no.
    Bool(bool),
}

impl Scalar {
    /// As JSON has it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Integer(number) => (*number).into(),
            Self::Number(number) => (*number).into(),
            Self::Bool(flag) => (*flag).into(),
        }
    }
}

/// TOML and JSON tell values apart by what they look like; a format such as postcard needs their variants spelled out,
/// which is what the derived functions of the same names do.
impl Serialize for Scalar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            self.to_json().serialize(serializer)
        } else {
            Self::serialize(self, serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(Plain)
        } else {
            Self::deserialize(deserializer)
        }
    }
}

struct Plain;

impl Visitor<'_> for Plain {
    type Value = Scalar;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("text, a number, or true or false")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(text.to_owned()))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar::Integer(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Scalar, E> {
        i64::try_from(number).map(Scalar::Integer).map_err(|_| E::custom("the number is too large"))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number))
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Scalar, E> {
        Ok(Scalar::Bool(flag))
    }
}
