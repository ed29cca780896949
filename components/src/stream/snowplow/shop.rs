//! E-commerce as Snowplow has it: one event, `snowplow_ecommerce_action`, and entities. Their schemas demand fields, bound
//! numbers and allow nothing else; what lacks a field that is demanded is left out, or is a custom event.

use serde_json::{Map, Value, json};

use super::entity::{central, described};
use super::line::Said;
use crate::commerce::{Action, Commerce, Product, json_number, number, text};
use crate::cut::characters;
use crate::json::add;

const VENDOR: &str = "com.snowplowanalytics.snowplow.ecommerce";
const ACTION: &str =
    "iglu:com.snowplowanalytics.snowplow.ecommerce/snowplow_ecommerce_action/jsonschema/1-0-2";
/// The largest amount.
const MOST: f64 = 9_999_999.0;

/// The event with its entities; none where it is not one of Snowplow's, or lacks what they demand.
pub(super) fn said(shop: &Commerce) -> Option<Said> {
    let action = shop.action?;
    let own: Vec<Value> = match action {
        Action::AddToCart | Action::RemoveFromCart => cart(shop).into_iter().collect(),
        Action::ViewItem | Action::SelectItem | Action::ViewItemList => Vec::new(),
        Action::SelectPromotion | Action::ViewPromotion => vec![promotion(shop)?],
        Action::BeginCheckout => vec![checkout_step(shop, 1)?],
        Action::AddShippingInfo => vec![checkout_step(shop, 2)?],
        Action::AddPaymentInfo => vec![checkout_step(shop, 3)?],
        Action::Purchase => vec![transaction(shop)?],
        Action::Refund => vec![refund(shop)?],
        Action::AddToWishlist
        | Action::GenerateLead
        | Action::Login
        | Action::Search
        | Action::Share
        | Action::SignUp
        | Action::StartTrial
        | Action::Subscribe
        | Action::ViewCart => return None,
    };
    let mut data = Map::new();
    data.insert("type".into(), kind(action).into());
    push(&mut data, "name", first(shop, &["item_list_name", "list_name", "list"]).as_deref(), 128);
    let products = shop.products.iter().filter_map(|product| product_entity(product, shop));
    let entities = own.into_iter().chain(products).collect();
    Some(Said::described(&described(ACTION, Value::Object(data)), entities))
}

fn kind(action: Action) -> &'static str {
    match action {
        Action::AddToCart => "add_to_cart",
        Action::RemoveFromCart => "remove_from_cart",
        Action::ViewItem => "product_view",
        Action::SelectItem => "list_click",
        Action::ViewItemList => "list_view",
        Action::SelectPromotion => "promo_click",
        Action::ViewPromotion => "promo_view",
        Action::Purchase => "transaction",
        Action::Refund => "refund",
        _ => "checkout_step",
    }
}

/// Only where it is said what the whole cart is worth: the event's own value is that of what was added.
fn cart(shop: &Commerce) -> Option<Value> {
    let mut data = Map::new();
    push(&mut data, "cart_id", first(shop, &["cart_id"]).as_deref(), 4096);
    data.insert("total_value".into(), amount(shop.rest.get("total_value").and_then(number)?)?);
    data.insert("currency".into(), currency(shop)?.into());
    Some(central(VENDOR, "cart", Value::Object(data)))
}

fn product_entity(product: &Product, shop: &Commerce) -> Option<Value> {
    let mut data = Map::new();
    data.insert("id".into(), characters(product.id.as_deref()?, 4096).into());
    push(&mut data, "name", product.name.as_deref(), 4096);
    data.insert("category".into(), characters(product.category.as_deref().unwrap_or_default(), 4096).into());
    data.insert("price".into(), amount(product.price?)?);
    let list_price = product.rest.get("list_price").and_then(number).and_then(amount);
    add(&mut data, "list_price", list_price);
    add(&mut data, "quantity", product.quantity.and_then(whole));
    let rest = |name: &str| product.rest.get(name).and_then(text);
    push(&mut data, "size", rest("size").as_deref(), 256);
    push(&mut data, "variant", product.variant.as_deref(), 256);
    push(&mut data, "brand", product.brand.as_deref(), 256);
    push(&mut data, "inventory_status", rest("inventory_status").as_deref(), 256);
    let position = ["position", "index"].iter().find_map(|name| number(product.rest.get(*name)?));
    add(&mut data, "position", position.and_then(whole));
    let own = rest("currency").map(|own| own.to_ascii_uppercase()).filter(|own| own.chars().count() == 3);
    data.insert("currency".into(), own.or_else(|| currency(shop))?.into());
    push(&mut data, "creative_id", rest("creative_id").or_else(|| rest("creative_name")).as_deref(), 256);
    Some(central(VENDOR, "product", Value::Object(data)))
}

fn promotion(shop: &Commerce) -> Option<Value> {
    let mut data = Map::new();
    push(&mut data, "id", first(shop, &["promotion_id"]).as_deref(), 4096);
    data.get("id")?;
    push(&mut data, "name", first(shop, &["promotion_name", "name"]).as_deref(), 256);
    let ids: Vec<&str> = shop.product_ids().map(|id| characters(id, 4096)).collect();
    if !ids.is_empty() {
        data.insert("product_ids".into(), json!(ids));
    }
    push(
        &mut data,
        "creative_id",
        first(shop, &["creative_id", "creative_name", "creative"]).as_deref(),
        4096,
    );
    push(&mut data, "slot", first(shop, &["creative_slot", "slot"]).as_deref(), 256);
    Some(central(VENDOR, "promotion", Value::Object(data)))
}

fn checkout_step(shop: &Commerce, step: i64) -> Option<Value> {
    let said = shop.rest.get("step").or_else(|| shop.rest.get("checkout_step")).and_then(Value::as_i64);
    let mut data = Map::new();
    data.insert("step".into(), said.filter(|step| (1..=90).contains(step)).unwrap_or(step).into());
    push(&mut data, "delivery_method", first(shop, &["shipping_tier", "shipping_method"]).as_deref(), 128);
    push(&mut data, "payment_method", first(shop, &["payment_type", "payment_method"]).as_deref(), 128);
    push(&mut data, "coupon_code", shop.coupon.as_deref(), 128);
    Some(central(VENDOR, "checkout_step", Value::Object(data)))
}

fn transaction(shop: &Commerce) -> Option<Value> {
    let mut data = Map::new();
    data.insert("transaction_id".into(), characters(shop.transaction_id.as_deref()?, 4096).into());
    data.insert("revenue".into(), amount(shop.value?)?);
    data.insert("currency".into(), currency(shop)?.into());
    // Demanded, though most shops do not say it with the order.
    let method = first(shop, &["payment_type", "payment_method"]).unwrap_or_else(|| "unknown".into());
    push(&mut data, "payment_method", Some(&method), 128);
    data.insert("total_quantity".into(), whole(shop.pieces().unwrap_or_default())?);
    add(&mut data, "tax", shop.tax.and_then(amount));
    add(&mut data, "shipping", shop.shipping.and_then(amount));
    push(&mut data, "discount_code", shop.coupon.as_deref(), 99);
    let discount = shop.rest.get("discount").and_then(number).and_then(amount);
    add(&mut data, "discount_amount", discount);
    Some(central(VENDOR, "transaction", Value::Object(data)))
}

fn refund(shop: &Commerce) -> Option<Value> {
    let mut data = Map::new();
    data.insert("transaction_id".into(), characters(shop.transaction_id.as_deref()?, 4096).into());
    data.insert("currency".into(), currency(shop)?.into());
    data.insert("refund_amount".into(), amount(shop.value?)?);
    push(&mut data, "refund_reason", first(shop, &["refund_reason", "reason"]).as_deref(), 4096);
    Some(central(VENDOR, "refund", Value::Object(data)))
}

fn first(shop: &Commerce, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| shop.rest.get(*name).and_then(text))
}

fn push(data: &mut Map<String, Value>, name: &str, value: Option<&str>, most: usize) {
    add(data, name, value.map(|value| characters(value, most)));
}

fn currency(shop: &Commerce) -> Option<String> {
    shop.currency.clone().filter(|currency| currency.chars().count() == 3)
}

/// An amount in whole hundredths, as the schemas demand; none beyond their bounds.
fn amount(value: f64) -> Option<Value> {
    (0.0..=MOST).contains(&value).then(|| json_number((value * 100.0).round() / 100.0))
}

/// A count.
fn whole(value: f64) -> Option<Value> {
    (0.0..=MOST).contains(&value).then(|| json_number(value.round()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_hundredths_within_bounds() {
        for (value, is) in [
            (19.999, Some(json!(20))),
            (59.97, Some(json!(59.97))),
            (0.1 + 0.2, Some(json!(0.3))),
            (-1.0, None),
            (1e7, None),
            (f64::NAN, None),
        ] {
            assert_eq!(amount(value), is, "{value}");
        }
        assert_eq!(whole(2.4), Some(json!(2)));
    }
}
