//! Single values of an event, for destinations whose columns the owner names by paths.

use serde_json::Value;

use super::known;
use super::path::{Path, Step};
use super::walk;
use crate::event::Event;

/// A path that leads to one value in some event: through no list.
///
/// # Errors
/// When the text is no path, leads through a list, or leads nowhere in every event.
pub fn single(text: &str) -> Result<Path, String> {
    let path = Path::try_from(text.to_owned()).map_err(|error| error.to_string())?;
    if path.steps().contains(&Step::Each) {
        return Err(format!("`{path}` leads to several values at once: name the list, without `[]`"));
    }
    match known::kind(&path) {
        Ok(_) => Ok(path),
        Err(nowhere) => Err(format!("`{path}` leads nowhere: events have no `{}` there", nowhere.name)),
    }
}

/// What stands at such a path, as JSON; none where there is nothing.
#[must_use]
pub fn value(event: &Event, path: &Path) -> Option<Value> {
    walk::get(event, &path.steps()).filter(|value| !value.is_null())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::{Data, Track};
    use crate::privacy::well_known;

    #[test]
    fn a_single_value_is_found_by_its_path() {
        let properties = json!({"value": 12.5, "products": [{"sku": 1}]});
        let event = well_known(Data::Track(Track {
            name: "Order Completed".into(),
            properties: serde_json::from_value(properties).unwrap(),
        }));
        for (text, expected) in [
            ("type", Some(json!("track"))),
            ("data.properties.value", Some(json!(12.5))),
            ("data.properties.products", Some(json!([{"sku": 1}]))),
            ("data.properties.other", None),
            ("data.title", None),
        ] {
            assert_eq!(value(&event, &single(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn a_path_that_cannot_be_a_column_is_told() {
        for (text, said) in [
            ("data.properties.products[].sku", "several values"),
            ("context.page.titel", "events have no `titel`"),
            ("data..name", "is not a path"),
        ] {
            assert!(single(text).unwrap_err().contains(said), "{text}");
        }
    }
}
