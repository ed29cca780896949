//! An event as a row: a column for each field, and JSON where the owner says what there is.
//!
//! Fields of the event's context have their section's name in front (`page_url`, `client_city`, `campaign_source`), unless
//! it is in them already (`user_id`, `session_count`). What the event itself says of its page or its user wins.

use selvedge_core::consent::Purpose;
use selvedge_core::event::{Data, Event};
use serde_json::{Map, Value};

use crate::commerce::{Commerce, json_number};

/// The sections of an event's context whose fields are columns. `ids` is one column.
const SECTIONS: [&str; 6] = ["page", "user", "client", "campaign", "traffic", "session"];

/// More than most rows have: a map that grows is hashed anew.
const COLUMNS: usize = 96;

/// The row, or none where the event cannot be JSON.
pub(super) fn row(event: &Event) -> Option<Map<String, Value>> {
    let Value::Object(mut said) = serde_json::to_value(event).ok()? else { return None };
    let mut take = |name: &str| said.shift_remove(name);
    let (data, context) = (take("data"), take("context"));
    // Which component may have it says nothing of what happened; the purposes are listed.
    for name in ["components", "purposes"] {
        take(name);
    }

    let mut row = Map::with_capacity(COLUMNS);
    row.extend(said);
    let purposes = [Purpose::Analytics, Purpose::Advertising, Purpose::Personalization, Purpose::Functional];
    let granted = purposes.into_iter().filter(|purpose| event.consent.purposes.has(*purpose));
    row.insert("purposes".into(), granted.map(|purpose| Value::from(purpose.word())).collect());

    if let Some(Value::Object(mut context)) = context {
        for section in SECTIONS {
            if let Some(Value::Object(fields)) = context.shift_remove(section) {
                row.extend(fields.into_iter().map(|(name, value)| (column(section, name), value)));
            }
        }
        row.extend(context);
    }
    if let Some(Value::Object(fields)) = data {
        let section = event.data.event_type().word();
        row.extend(fields.into_iter().map(|(name, value)| (own_column(section, name), value)));
    }
    if let Data::Track(track) = &event.data {
        let order = Commerce::of(track);
        let value = order.value.map(json_number);
        let texts = [("currency", order.currency), ("transaction_id", order.transaction_id)];
        row.extend(value.map(|value| ("value".to_owned(), value)));
        row.extend(texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.into()))));
    }
    // An absent list is an empty one.
    row.retain(|_, value| !value.as_array().is_some_and(Vec::is_empty));
    Some(row)
}

fn column(section: &str, name: String) -> String {
    if name.contains(section) { name } else { format!("{section}_{name}") }
}

/// What is the event's own: its properties whatever its type, and the name of what happened.
fn own_column(section: &str, name: String) -> String {
    if section == "track" || name == "properties" { name } else { column(section, name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_their_section_in_front_once() {
        for (section, name, expected) in [
            ("page", "url", "page_url"),
            ("user", "user_id", "user_id"),
            ("user", "properties", "user_properties"),
            ("client", "user_agent", "client_user_agent"),
            ("session", "previous_session_id", "previous_session_id"),
            ("session", "first_seen", "session_first_seen"),
        ] {
            assert_eq!(column(section, name.into()), expected);
        }
        for (section, name, expected) in [
            ("track", "name", "name"),
            ("page", "name", "page_name"),
            ("user", "properties", "properties"),
            ("user", "anonymous_id", "user_anonymous_id"),
        ] {
            assert_eq!(own_column(section, name.into()), expected);
        }
    }
}
