//! Tables of Edgee's configuration, read key by key, so that what nobody reads can be named.

use toml::{Table, Value};

/// What has become of keys.
pub(super) type Notes = Vec<(String, String)>;

/// A table, and where it is.
#[derive(Debug)]
pub(super) struct Fields {
    at: String,
    table: Table,
}

impl Fields {
    pub(super) fn new(at: impl Into<String>, table: Table) -> Self {
        Self { at: at.into(), table }
    }

    /// The path of a key, as in `routing[0].domain`.
    pub(super) fn path(&self, key: &str) -> String {
        if self.at.is_empty() { key.to_owned() } else { format!("{}.{key}", self.at) }
    }

    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.table.remove(key)
    }

    /// A text; a number or a boolean is one, too.
    pub(super) fn text(&mut self, key: &str, notes: &mut Notes) -> Option<String> {
        match self.take(key)? {
            Value::String(text) => Some(text),
            value @ (Value::Integer(_) | Value::Float(_) | Value::Boolean(_)) => Some(value.to_string()),
            other => self.odd(key, "text", &other, notes),
        }
    }

    pub(super) fn yes(&mut self, key: &str, notes: &mut Notes) -> Option<bool> {
        match self.take(key)? {
            Value::Boolean(yes) => Some(yes),
            // Settings are texts.
            Value::String(text) if text == "true" || text == "false" => Some(text == "true"),
            other => self.odd(key, "true or false", &other, notes),
        }
    }

    /// A table; an empty one where there is none.
    pub(super) fn table(&mut self, key: &str, notes: &mut Notes) -> Self {
        let table = match self.take(key) {
            None => None,
            Some(Value::Table(table)) => Some(table),
            Some(other) => self.odd(key, "a table", &other, notes),
        };
        Self::new(self.path(key), table.unwrap_or_default())
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// A list of tables; empty where there is none.
    pub(super) fn tables(&mut self, key: &str, notes: &mut Notes) -> Vec<Self> {
        let items = match self.take(key) {
            None => return Vec::new(),
            Some(Value::Array(items)) => items,
            Some(other) => return self.odd(key, "a list of tables", &other, notes).unwrap_or_default(),
        };
        let mut tables = Vec::new();
        for (n, item) in items.into_iter().enumerate() {
            let key = format!("{key}[{n}]");
            match item {
                Value::Table(table) => tables.push(Self::new(self.path(&key), table)),
                other => drop(self.odd::<()>(&key, "a table", &other, notes)),
            }
        }
        tables
    }

    /// The keys and values that nobody has read so far.
    pub(super) fn drain(&mut self) -> Table {
        std::mem::take(&mut self.table)
    }

    /// Names what nobody has read.
    pub(super) fn rest(&mut self, notes: &mut Notes) {
        for key in self.drain().keys() {
            notes.push((self.path(key), "not a key of Edgee's, which ignored it; so does this".into()));
        }
    }

    fn odd<T>(&self, key: &str, expected: &str, found: &Value, notes: &mut Notes) -> Option<T> {
        notes.push((self.path(key), format!("not read: expected {expected}, found {}", found.type_str())));
        None
    }
}
