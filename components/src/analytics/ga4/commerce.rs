//! E-commerce: the names that shops use for what Google recommends, and the items of an event.
//!
//! The names on the left are Segment's (segment.com/docs/connections/spec/ecommerce/v2) and Zaraz' (Cloudflare Zaraz,
//! "E-commerce"); those on the right, and what they carry, are of
//! developers.google.com/analytics/devguides/collection/ga4/reference/events, as of 2026-11.

use serde_json::{Map, Number, Value};

use super::limit;
use super::value::{number, text};
use crate::cut::characters;

/// Names in lower case with single spaces, and Google's.
const EVENTS: &[(&str, &str)] = &[
    ("products searched", "search"),
    ("product list viewed", "view_item_list"),
    ("product clicked", "select_item"),
    ("product viewed", "view_item"),
    ("product added", "add_to_cart"),
    ("product removed", "remove_from_cart"),
    ("product added to wishlist", "add_to_wishlist"),
    ("cart viewed", "view_cart"),
    ("checkout started", "begin_checkout"),
    ("payment info entered", "add_payment_info"),
    ("shipping info entered", "add_shipping_info"),
    ("order completed", "purchase"),
    ("order refunded", "refund"),
    ("promotion viewed", "view_promotion"),
    ("viewed promotion", "view_promotion"),
    ("promotion clicked", "select_promotion"),
    ("clicked promotion", "select_promotion"),
];

/// Google's parameter, what others call it, and the events for which that is what it means (none: all).
const PARAMETERS: &[(&str, &[&str], &[&str])] = &[
    ("transaction_id", &["order_id"], &[]),
    // Google wants it without shipping and tax, which is Segment's `revenue`.
    ("value", &["revenue", "total"], &[]),
    ("payment_type", &["payment_method"], &[]),
    ("shipping_tier", &["shipping_method"], &[]),
    ("search_term", &["query"], &["search"]),
    ("item_list_id", &["list_id"], &[]),
    ("item_list_name", &["list_name", "list"], &[]),
    ("item_list_name", &["category"], &["view_item_list"]),
    ("promotion_name", &["name"], &["view_promotion", "select_promotion"]),
    ("creative_name", &["creative"], &["view_promotion", "select_promotion"]),
    ("creative_slot", &["position"], &["view_promotion", "select_promotion"]),
];

/// Events of one product, whose properties are often the product's own.
const SINGLE: &[&str] = &["view_item", "select_item", "add_to_cart", "remove_from_cart", "add_to_wishlist"];

/// Events whose `value` is what their items cost. That of a purchase is the owner's to say.
const SUMMED: &[&str] = &[
    "view_item",
    "add_to_cart",
    "remove_from_cart",
    "add_to_wishlist",
    "view_cart",
    "begin_checkout",
    "add_payment_info",
    "add_shipping_info",
];

/// An item's parameters: gtag's code, Google's name, and what others call it, in order of preference.
const ITEM: &[(&str, &[&str])] = &[
    ("id", &["item_id", "sku", "product_id", "id"]),
    ("nm", &["item_name", "name"]),
    ("br", &["item_brand", "brand"]),
    ("ca", &["item_category", "category"]),
    ("c2", &["item_category2", "category2"]),
    ("c3", &["item_category3", "category3"]),
    ("c4", &["item_category4", "category4"]),
    ("c5", &["item_category5", "category5"]),
    ("va", &["item_variant", "variant"]),
    ("pr", &["price"]),
    ("qt", &["quantity"]),
    ("cp", &["coupon"]),
    ("ds", &["discount"]),
    ("af", &["affiliation"]),
    ("lp", &["index", "position"]),
    ("li", &["item_list_id", "list_id"]),
    ("ln", &["item_list_name", "list_name", "list"]),
    ("lo", &["location_id"]),
    ("pi", &["promotion_id"]),
    ("pn", &["promotion_name"]),
    ("cn", &["creative_name"]),
    ("cs", &["creative_slot"]),
];

/// Parameters of an item that are numbers.
const NUMBERS: &[&str] = &["price", "quantity", "discount", "index"];

/// Google's name for an e-commerce event, if it is one.
pub(super) fn event(name: &str) -> Option<&'static str> {
    let words = name.to_lowercase();
    let words =
        words.split(|c: char| c.is_whitespace() || c == '_' || c == '-').filter(|word| !word.is_empty());
    let words = words.collect::<Vec<_>>().join(" ");
    EVENTS.iter().find(|(known, google)| *known == words || *google == name).map(|(_, google)| *google)
}

/// The properties of an e-commerce event under Google's names, without what `items` takes from them.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Commerce {
    /// What is left, renamed.
    pub(super) properties: Map<String, Value>,
    /// The products, as they were said.
    pub(super) products: Vec<Map<String, Value>>,
}

/// Takes the products out of an event's properties, and renames the rest if the event is one of Google's.
pub(super) fn read(event: Option<&str>, properties: &Map<String, Value>) -> Commerce {
    let mut rest = properties.clone();
    let mut products: Vec<Map<String, Value>> = Vec::new();
    for list in ["products", "items"] {
        // A list of something else is the owner's own, and stays.
        if let Some(Value::Array(values)) = rest.get(list)
            && values.iter().all(Value::is_object)
        {
            products.extend(values.iter().filter_map(Value::as_object).cloned());
            rest.shift_remove(list);
        }
    }
    let Some(event) = event else {
        return Commerce { properties: rest, products };
    };
    if products.is_empty() && SINGLE.contains(&event) {
        products.extend(single(&mut rest));
    }
    let mut renamed = rename(event, rest);
    if SUMMED.contains(&event) && renamed.contains_key("currency") && !renamed.contains_key("value") {
        renamed.extend(sum(&products).map(|sum| ("value".to_owned(), Value::Number(sum))));
    }
    Commerce { properties: renamed, products }
}

/// The product that the event's own properties are, if they name one.
fn single(properties: &mut Map<String, Value>) -> Option<Map<String, Value>> {
    let known = |key: &str| ITEM.iter().any(|(_, names)| names.contains(&key));
    let product: Map<_, _> = properties
        .iter()
        .filter(|(key, _)| known(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let named = ITEM.iter().take(2).flat_map(|(_, names)| *names).any(|name| product.contains_key(*name));
    if !named {
        return None;
    }
    properties.retain(|key, _| !known(key));
    Some(product)
}

fn rename(event: &str, properties: Map<String, Value>) -> Map<String, Value> {
    let mut renamed = properties;
    for (google, others, events) in PARAMETERS {
        if renamed.contains_key(*google) || !(events.is_empty() || events.contains(&event)) {
            continue;
        }
        if let Some(value) = others.iter().find_map(|other| renamed.shift_remove(*other)) {
            renamed.insert((*google).to_owned(), value);
        }
    }
    renamed
}

/// What the products cost together, if each says its price.
fn sum(products: &[Map<String, Value>]) -> Option<Number> {
    let mut sum = 0.0;
    for product in products {
        let price = product.get("price").and_then(number)?.as_f64()?;
        let quantity = product.get("quantity").and_then(number).and_then(|n| n.as_f64()).unwrap_or(1.0);
        sum += price * quantity;
    }
    // A millionth of a currency's unit is nobody's money; it is what binary fractions leave behind.
    let sum = (sum * 1e6).round() / 1e6;
    Number::from_f64(sum).filter(|_| !products.is_empty())
}

/// An item as gtag writes it: a two-letter code and a value for each parameter, joined by `~`, a `~` within a value
/// doubled: so Cloudflare's component writes it (github.com/managed-components/google-analytics-4, `src/ecommerce.ts`)
/// and so a parser of Google's own reads it. What gtag has no code for is `k0name~v0value`.
pub(super) fn item(product: &Map<String, Value>) -> Option<String> {
    let mut parts = Vec::new();
    let mut taken = Vec::new();
    for (code, names) in ITEM {
        let found = names.iter().find_map(|name| Some((*name, text(product.get(*name)?)?)));
        if let Some((name, value)) = found {
            parts.push(format!("{code}{}", escaped(&value)));
            taken.push(name);
        }
    }
    for (index, (key, value)) in own(product, &taken).enumerate() {
        parts.push(format!("k{index}{key}~v{index}{}", escaped(&value)));
    }
    (!parts.is_empty()).then(|| parts.join("~"))
}

/// An item as the Measurement Protocol has it: an object of Google's names and of as many of the owner's own as Google
/// takes.
pub(super) fn item_object(product: &Map<String, Value>) -> Option<Map<String, Value>> {
    let mut object = Map::new();
    let mut taken = Vec::new();
    for (_, names) in ITEM {
        let found = names.iter().find_map(|name| Some((*name, text(product.get(*name)?)?)));
        let (Some((name, value)), Some(google)) = (found, names.first()) else { continue };
        let said = product.get(name).and_then(number).filter(|_| NUMBERS.contains(google));
        let value = said.map_or_else(|| characters(&value, limit::PARAMETER_VALUE).into(), Value::Number);
        object.insert((*google).to_owned(), value);
        taken.push(name);
    }
    for (key, value) in own(product, &taken) {
        object.entry(key).or_insert_with(|| characters(&value, limit::PARAMETER_VALUE).into());
    }
    (!object.is_empty()).then_some(object)
}

/// What Google has no parameter for: as many of the owner's own as it takes.
fn own(product: &Map<String, Value>, taken: &[&str]) -> impl Iterator<Item = (String, String)> {
    let own = product.iter().filter(|(key, _)| !taken.contains(&key.as_str()));
    let own = own.filter_map(|(key, value)| {
        Some((limit::name(key, limit::PARAMETER_NAME)?, text(value).filter(|value| !value.is_empty())?))
    });
    own.take(limit::ITEM_PARAMETERS)
}

fn escaped(value: &str) -> String {
    characters(value, limit::PARAMETER_VALUE).replace('~', "~~")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn names_are_recognised_however_they_are_written() {
        for (name, google) in [
            ("Order Completed", Some("purchase")),
            ("order_completed", Some("purchase")),
            ("Product Added to Wishlist", Some("add_to_wishlist")),
            ("Clicked Promotion", Some("select_promotion")),
            ("purchase", Some("purchase")),
            // The owner's own, which Google tells apart from its own by the case.
            ("Purchase", None),
            ("Order Cancelled", None),
        ] {
            assert_eq!(event(name), google, "{name}");
        }
    }

    #[test]
    fn a_tilde_is_not_a_delimiter() {
        let written = item(&map(json!({ "sku": "~a", "name": "Tilde ~ Tee~", "price": 9.5 }))).unwrap();
        assert_eq!(written, "id~~a~nmTilde ~~ Tee~~~pr9.5");
    }

    #[test]
    fn what_has_no_code_is_written_out() {
        let written = item(&map(json!({
            "item_id": "1", "product_id": 7, "in stock": true, "tags": ["a", "b"], "more": { "no": 1 }, "none": null,
        })));
        assert_eq!(written.unwrap(), "id1~k0product_id~v07~k1in_stock~v1true~k2tags~v2a,b");
    }

    #[test]
    fn a_single_product_is_taken_from_the_event() {
        let read = read(
            Some("add_to_cart"),
            &map(
                json!({ "sku": "A", "name": "Tee", "price": "19.99", "quantity": 3, "currency": "EUR", "cart_id": "c" }),
            ),
        );
        assert_eq!(item(&read.products[0]).as_deref(), Some("idA~nmTee~pr19.99~qt3"));
        assert_eq!(
            item_object(&read.products[0]),
            Some(map(json!({ "item_id": "A", "item_name": "Tee", "price": 19.99, "quantity": 3 })))
        );
        assert_eq!(read.properties, map(json!({ "currency": "EUR", "cart_id": "c", "value": 59.97 })));
    }

    #[test]
    fn a_list_of_something_else_stays() {
        let properties = map(json!({ "items": ["a", "b"] }));
        assert_eq!(read(None, &properties), Commerce { properties, products: vec![] });
    }

    #[test]
    fn revenue_is_the_value_and_the_rest_stays() {
        let read = read(
            Some("purchase"),
            &map(json!({ "order_id": "o1", "total": 30, "revenue": 25, "products": [{ "sku": "A" }] })),
        );
        assert_eq!(read.properties, map(json!({ "transaction_id": "o1", "value": 25, "total": 30 })));
        assert_eq!(read.products, [map(json!({ "sku": "A" }))]);
    }
}
