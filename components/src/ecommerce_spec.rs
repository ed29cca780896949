//! E-commerce events by the names of Segment's spec, which PostHog's follows:
//! segment.com/docs/connections/spec/ecommerce/v2 and posthog.com/docs/data/event-spec/ecommerce-events, as
//! of 2026-11. What has Google's names is renamed.

use selvedge_core::event::{Properties, Track};
use serde_json::Value;

use crate::commerce::{Action, json_number, number};

/// The spec's names. What is not of a shop (a sign-up, a lead) keeps the name that the owner gave it.
fn name(action: Action) -> Option<&'static str> {
    Some(match action {
        Action::AddPaymentInfo => "Payment Info Entered",
        Action::AddToCart => "Product Added",
        Action::AddToWishlist => "Product Added to Wishlist",
        Action::BeginCheckout => "Checkout Started",
        Action::Purchase => "Order Completed",
        Action::Refund => "Order Refunded",
        Action::RemoveFromCart => "Product Removed",
        Action::Search => "Products Searched",
        Action::SelectItem => "Product Clicked",
        Action::SelectPromotion => "Promotion Clicked",
        Action::ViewCart => "Cart Viewed",
        Action::ViewItem => "Product Viewed",
        Action::ViewItemList => "Product List Viewed",
        Action::ViewPromotion => "Promotion Viewed",
        Action::AddShippingInfo
        | Action::GenerateLead
        | Action::Login
        | Action::Share
        | Action::SignUp
        | Action::StartTrial
        | Action::Subscribe => return None,
    })
}

/// Google's names for the spec's.
const RENAMED: &[(&str, &str)] = &[
    ("items", "products"),
    ("transaction_id", "order_id"),
    ("search_term", "query"),
    ("payment_type", "payment_method"),
    ("shipping_tier", "shipping_method"),
    ("item_list_id", "list_id"),
];

/// The same of a promotion.
const OF_PROMOTION: &[(&str, &str)] =
    &[("promotion_name", "name"), ("creative_name", "creative"), ("creative_slot", "position")];

/// The same of a product.
const OF_PRODUCT: &[(&str, &str)] = &[
    ("item_id", "product_id"),
    ("id", "product_id"),
    ("item_name", "name"),
    ("item_brand", "brand"),
    ("item_category", "category"),
    ("item_variant", "variant"),
    ("index", "position"),
];

/// What the spec has as numbers.
const NUMBERS: &[&str] =
    &["value", "revenue", "total", "subtotal", "tax", "shipping", "discount", "price", "quantity"];

/// The name and the properties of a track event: the spec's where it is of a shop, else as they were said.
pub(crate) fn event(track: &Track) -> (String, Properties) {
    let action = Action::of(&track.name);
    let mut said = track.properties.clone();
    let Some((action, name)) = action.and_then(|action| Some((action, name(action)?))) else {
        return (track.name.clone(), said);
    };
    rename(&mut said, RENAMED);
    match action {
        Action::Purchase => rename(&mut said, &[("value", "revenue")]),
        Action::Refund => rename(&mut said, &[("value", "total")]),
        Action::SelectPromotion | Action::ViewPromotion => rename(&mut said, OF_PROMOTION),
        _ => {}
    }
    if let Some(Value::Array(products)) = said.get_mut("products") {
        for product in products.iter_mut().filter_map(Value::as_object_mut) {
            self::product(product);
        }
    }
    if matches!(
        action,
        Action::AddToCart
            | Action::AddToWishlist
            | Action::RemoveFromCart
            | Action::SelectItem
            | Action::ViewItem
    ) {
        lift(&mut said);
        product(&mut said);
    }
    numbers(&mut said);
    (name.to_owned(), said)
}

/// The spec has the properties of an event's one product beside its own.
fn lift(said: &mut Properties) {
    let only = match said.get("products") {
        Some(Value::Array(products)) => match products.as_slice() {
            [Value::Object(product)] => product.clone(),
            _ => return,
        },
        _ => return,
    };
    said.shift_remove("products");
    for (name, value) in only {
        said.entry(name).or_insert(value);
    }
}

fn product(product: &mut Properties) {
    rename(product, OF_PRODUCT);
    numbers(product);
}

/// Gives other names, unless they are taken.
fn rename(properties: &mut Properties, names: &[(&str, &str)]) {
    for (from, to) in names {
        if !properties.contains_key(*to)
            && let Some(value) = properties.shift_remove(*from)
        {
            properties.insert((*to).to_owned(), value);
        }
    }
}

fn numbers(properties: &mut Properties) {
    for name in NUMBERS {
        if let Some(value) = properties.get_mut(*name)
            && value.is_string()
            && let Some(number) = number(value)
        {
            *value = json_number(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(name: &str, properties: &Value) -> (String, Value) {
        let properties = properties.as_object().unwrap().clone();
        let (name, properties) = event(&Track { name: name.into(), properties });
        (name, Value::Object(properties))
    }

    #[test]
    fn a_shops_events_have_the_names_of_the_spec() {
        for (name, said, called, sent) in [
            (
                "purchase",
                json!({"transaction_id": "7", "value": "59.97", "items": [{"item_id": "a", "price": "1.50", "sku": "s"}]}),
                "Order Completed",
                json!({"products": [{"price": 1.5, "sku": "s", "product_id": "a"}], "order_id": "7", "revenue": 59.97}),
            ),
            (
                "Order Completed",
                json!({"order_id": "00123", "revenue": 5, "value": 6}),
                "Order Completed",
                json!({"order_id": "00123", "revenue": 5, "value": 6}),
            ),
            (
                "add_to_cart",
                json!({"value": 3, "items": [{"item_name": "Tee", "index": 2}]}),
                "Product Added",
                json!({"value": 3, "name": "Tee", "position": 2}),
            ),
            ("select_promotion", json!({"promotion_name": "x"}), "Promotion Clicked", json!({"name": "x"})),
            ("search", json!({"search_term": "tee"}), "Products Searched", json!({"query": "tee"})),
            ("refund", json!({"value": 1}), "Order Refunded", json!({"total": 1})),
            ("sign_up", json!({"value": "1"}), "sign_up", json!({"value": "1"})),
            ("Clicked", json!({"items": "x"}), "Clicked", json!({"items": "x"})),
            ("view_cart", json!({"items": "x"}), "Cart Viewed", json!({"products": "x"})),
        ] {
            assert_eq!(of(name, &said), (called.to_owned(), sent), "{name}");
        }
    }
}
