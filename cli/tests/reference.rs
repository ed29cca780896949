//! The tables of the configuration's manual are made of the types, by way of their schema. `UPDATE=1` writes them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // helpers of tests are tests

mod support;

use std::path::Path;

use serde_json::Value;
use support::Directory;

const HEAD: &str = "| Key | Type | Default | Meaning |\n|---|---|---|---|\n";

/// The manual with the table under each heading that names one made anew.
fn written(manual: &str, schema: &Value) -> (String, usize) {
    let mut tables = 0;
    let sections: Vec<String> = manual
        .split("\n## ")
        .map(|section| {
            let heading = section.lines().next().unwrap();
            let Some((before, rest)) = section.split_once(HEAD) else { return section.to_owned() };
            let after: String = rest.split_inclusive('\n').skip_while(|line| line.starts_with('|')).collect();
            tables += 1;
            format!("{before}{HEAD}{}{after}", rows(schema, table(schema, heading)))
        })
        .collect();
    (sections.join("\n## "), tables)
}

/// The object that a heading such as `[[site.route]]` names.
fn table<'a>(schema: &'a Value, heading: &str) -> &'a Value {
    let path = heading.trim_matches(['`', '[', ']']);
    let keys = path.split('.').filter(|_| heading.starts_with('`'));
    keys.fold(schema, |object, key| {
        let property = &object["properties"][key];
        assert!(property.is_object(), "{heading}: there is no {key}");
        let property = resolved(schema, property);
        property.get("items").map_or(property, |items| resolved(schema, items))
    })
}

/// What a reference refers to.
fn resolved<'a>(schema: &'a Value, value: &'a Value) -> &'a Value {
    name(value).map_or(value, |name| &schema["definitions"][name])
}

/// The name of the type that is referred to.
fn name(value: &Value) -> Option<&str> {
    let reference = value.get("$ref").or_else(|| value["allOf"].get(0)?.get("$ref"))?;
    reference.as_str()?.strip_prefix("#/definitions/")
}

fn rows(schema: &Value, object: &Value) -> String {
    let required = object["required"].as_array().cloned().unwrap_or_default();
    let properties = object["properties"].as_object().unwrap();
    let row = |(key, value): (&String, &Value)| {
        let (kind, _) = kind(schema, value);
        let said = value["description"].as_str().unwrap_or_else(|| panic!("{key} is not explained"));
        let said = said.replace('\n', " ");
        let (said, omitted) = match said.split_once(" Omitted: ") {
            Some((said, omitted)) => (said.to_owned(), Some(omitted.trim_end_matches('.').to_owned())),
            None => (said, None),
        };
        let default = match (value.get("default"), omitted) {
            (_, Some(omitted)) => omitted,
            _ if required.contains(&key.as_str().into()) => String::new(),
            (Some(Value::Array(empty)), _) if empty.is_empty() && kind == "tables" => "none".to_owned(),
            (Some(default), _) => format!("`{default}`"),
            (None, _) if is_table_of_defaults(resolved(schema, value)) => "its defaults".to_owned(),
            (None, _) => "none".to_owned(),
        };
        let words = words(schema, value);
        format!("| `{key}` | {kind} | {default} | {said}{words} |\n")
    };
    properties.iter().map(row).collect()
}

fn is_table_of_defaults(object: &Value) -> bool {
    let empty = |required: &Value| required.as_array().is_some_and(Vec::is_empty);
    let all = object["properties"].as_object().into_iter().flatten();
    let mut all = all.map(|(_, value)| value);
    object.get("required").is_none_or(empty) && all.any(|value| value.get("default").is_some())
}

/// What a value is, alone and in a list.
fn kind(schema: &Value, value: &Value) -> (String, String) {
    let both = |one: &str, many: &str| (one.to_owned(), many.to_owned());
    match name(value) {
        Some("HostPattern") => return both("host", "hosts"),
        Some("Origin") => return both("origin", "origins"),
        Some("PathPattern") => return both("pattern", "patterns"),
        Some("Path") => return both("path", "paths"),
        Some("SecretRef") => return both("secret", "secrets"),
        Some("Scalar") => return both("text, number, true or false", "those"),
        Some("Condition") => return both("condition", "conditions"),
        _ => {}
    }
    let value = resolved(schema, value);
    if value.get("oneOf").is_some() || value.get("enum").is_some() {
        return both("word", "words");
    }
    match value["type"].as_str() {
        Some("string") => both("text", "texts"),
        Some("boolean") => both("true or false", "those"),
        Some("integer" | "number") => both("number", "numbers"),
        Some("object") => both("table", "tables"),
        Some("array") => {
            let (_, many) = kind(schema, &value["items"]);
            let list = if many == "tables" { many } else { format!("list of {many}") };
            both(&list, "lists")
        }
        _ => panic!("what is {value}?"),
    }
}

/// The words that a value can be, and what they mean.
fn words(schema: &Value, value: &Value) -> String {
    let value = resolved(schema, value);
    let value = value.get("items").map_or(value, |items| resolved(schema, items));
    let words = value["oneOf"].as_array().into_iter().flatten();
    let word = |word: &Value| {
        let said = word["description"].as_str().unwrap().trim_end_matches('.').replace('\n', " ");
        format!("<br>`{}`: {said}", word["const"].as_str().unwrap())
    };
    words.map(word).collect()
}

#[test]
fn the_manuals_tables_are_of_the_types() {
    let schema = serde_json::from_str(&Directory::new("reference").run(&["schema"]).out).unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
    let manual = std::fs::read_to_string(&file).unwrap();
    let (made, tables) = written(&manual, &schema);
    assert!(tables > 15, "{tables} tables");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &made).unwrap();
    }
    assert!(made == std::fs::read_to_string(&file).unwrap(), "docs/configuration.md: write it with UPDATE=1");
}
