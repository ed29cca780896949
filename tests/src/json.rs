//! JSON as a person reads it: what fits on a line stands on one, and the browser that all cases share goes by its name.

use serde_json::{Value, json};

use crate::hosts::{Geo, PLACES};

/// How long a line may be.
const WIDTH: usize = 112;

/// The lines of a value.
#[must_use]
pub fn lines(value: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    write(&mut lines, "", "", &shortened(value), "");
    lines
}

fn write(lines: &mut Vec<String>, indent: &str, name: &str, value: &Value, end: &str) {
    let whole = format!("{indent}{name}{value}{end}");
    let deeper = format!("{indent}  ");
    match value {
        Value::Object(fields) if whole.chars().count() > WIDTH => {
            lines.push(format!("{indent}{name}{{"));
            for (n, (key, value)) in fields.iter().enumerate() {
                let end = if n + 1 < fields.len() { "," } else { "" };
                write(lines, &deeper, &format!("{}: ", Value::from(key.as_str())), value, end);
            }
            lines.push(format!("{indent}}}{end}"));
        }
        Value::Array(values) if whole.chars().count() > WIDTH => {
            lines.push(format!("{indent}{name}["));
            for (n, value) in values.iter().enumerate() {
                write(lines, &deeper, "", value, if n + 1 < values.len() { "," } else { "" });
            }
            lines.push(format!("{indent}]{end}"));
        }
        _ => lines.push(whole),
    }
}

/// Every event of every case says who asked; where that is what it must be, the transcript says no more than that.
fn shortened(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, value)| (key.clone(), named(key, value))).collect())
        }
        Value::Array(values) => values.iter().map(shortened).collect(),
        other => other.clone(),
    }
}

fn named(key: &str, value: &Value) -> Value {
    if key == "client"
        && let Some(place) = PLACES.iter().find(|place| *value == usual_client(place.address, place.geo))
    {
        return Value::from(format!("<the usual browser in {}>", place.name));
    }
    let all = json!({"analytics": true, "advertising": true, "personalization": true, "functional": true});
    let none =
        json!({"analytics": false, "advertising": false, "personalization": false, "functional": false});
    match key {
        "purposes" if *value == all => Value::from("<all>"),
        "purposes" if *value == none => Value::from("<none>"),
        _ => shortened(value),
    }
}

/// What an event must say of the browser that `client::preset` describes.
fn usual_client(address: u8, geo: Option<Geo>) -> Value {
    let mut client = json!({
        "ip": format!("127.0.0.{address}"),
        "locale": "fr-fr",
        "accept_language": "fr-FR,fr;q=0.9,en;q=0.8",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
        "user_agent_version_list": "Chromium;142|Not_A Brand;99",
        "user_agent_full_version_list": "Chromium;142.0.0.0|Not_A Brand;99.0.0.0",
        "user_agent_mobile": "0",
        "os_name": "Linux",
        "browser": "Chromium",
        "browser_version": "142",
        "device": "desktop",
    });
    if let (Some(geo), Some(fields)) = (geo, client.as_object_mut()) {
        for (name, word) in [
            ("continent", geo.continent),
            ("country_code", geo.country_code),
            ("country_name", geo.country),
            ("region", geo.region_code),
            ("city", geo.city),
            ("postal_code", geo.postal_code),
            ("timezone", geo.timezone),
        ] {
            fields.insert(name.into(), word.into());
        }
        fields.insert("latitude".into(), geo.at.0.into());
        fields.insert("longitude".into(), geo.at.1.into());
    }
    client
}
