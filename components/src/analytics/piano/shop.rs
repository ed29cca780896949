//! Sales Insights: Piano's e-commerce events. An event of products is one event for each product, as Piano's own bridge from
//! Google's names has it (github.com/at-internet, the template for Google Tag Manager).

use selvedge_core::event::{Properties, Track};
use serde_json::{Value, json};

use super::data::{own, push};
use crate::commerce::{Action, Commerce, Product, json_number, number, text};
use crate::json::add;

/// Piano's events for a track event. None where it has no name.
pub(super) fn events(track: &Track) -> Vec<(String, Properties)> {
    let name = track.name.trim();
    if name.is_empty() {
        return Vec::new();
    }
    let shop = Commerce::of(track);
    let events = shop.action.map(|action| standard(action, &shop)).unwrap_or_default();
    // What lacks an id that Piano demands is an event of the owner's own.
    if events.is_empty() { vec![(name.to_owned(), own(&track.properties))] } else { events }
}

fn standard(action: Action, shop: &Commerce) -> Vec<(String, Properties)> {
    match action {
        Action::ViewItemList => products("product.display", shop),
        Action::ViewItem => products("product.page_display", shop),
        Action::AddToCart => products("product.add_to_cart", shop),
        Action::RemoveFromCart => products("product.remove_from_cart", shop),
        Action::ViewCart => with_products(cart("cart.display", shop), "product.display", shop),
        Action::AddShippingInfo => cart("cart.delivery", shop).into_iter().collect(),
        Action::AddPaymentInfo => cart("cart.payment", shop).into_iter().collect(),
        Action::Purchase if shop.transaction_id.is_some() => {
            with_products(cart("transaction.confirmation", shop), "product.purchased", shop)
        }
        Action::ViewPromotion => vec![promotion("self_promotion.impression", shop)],
        Action::SelectPromotion => vec![promotion("self_promotion.click", shop)],
        Action::Search => search(shop).into_iter().collect(),
        Action::AddToWishlist
        | Action::BeginCheckout
        | Action::GenerateLead
        | Action::Login
        | Action::Purchase
        | Action::Refund
        | Action::SelectItem
        | Action::Share
        | Action::SignUp
        | Action::StartTrial
        | Action::Subscribe => Vec::new(),
    }
}

/// An event for each product that has an id.
fn products(name: &str, shop: &Commerce) -> Vec<(String, Properties)> {
    let event = |product: &Product| Some((name.to_owned(), product_data(product, shop)?));
    shop.products.iter().filter_map(event).collect()
}

fn with_products(
    event: Option<(String, Properties)>,
    name: &str,
    shop: &Commerce,
) -> Vec<(String, Properties)> {
    let products = event.iter().flat_map(|_| products(name, shop)).collect::<Vec<_>>();
    event.into_iter().chain(products).collect()
}

fn product_data(product: &Product, shop: &Commerce) -> Option<Properties> {
    let mut data = own(&rest(shop));
    push(&mut data, "product_id", Some(product.id.as_deref()?));
    push(&mut data, "product", product.name.as_deref());
    push(&mut data, "product_brand", product.brand.as_deref());
    push(&mut data, "product_variant", product.variant.as_deref());
    push(&mut data, "product_category1", product.category.as_deref());
    for level in 2..=4 {
        let category = [format!("item_category{level}"), format!("category{level}")]
            .into_iter()
            .find_map(|name| product.rest.get(&name).and_then(text));
        push(&mut data, &format!("product_category{level}"), category.as_deref());
    }
    amount(&mut data, "product_pricetaxfree", product.price);
    amount(&mut data, "product_quantity", product.quantity);
    let reduced = product.coupon.is_some() || product.discount.is_some_and(|discount| discount > 0.0);
    if reduced {
        data.insert("product_discount".into(), true.into());
    }
    // What is said in Piano's own words.
    let named = product.rest.iter().filter(|(name, _)| name.starts_with("product_"));
    data.extend(own(&named.map(|(name, value)| (name.clone(), value.clone())).collect()));
    push(&mut data, "cart_id", cart_id(shop).as_deref());
    push(&mut data, "transaction_id", shop.transaction_id.as_deref());
    push(&mut data, "cart_currency", shop.currency.as_deref());
    Some(data)
}

/// A cart or an order: Piano demands the cart's id, for which an order's will do.
fn cart(name: &str, shop: &Commerce) -> Option<(String, Properties)> {
    let mut data = own(&rest(shop));
    push(&mut data, "cart_id", Some(&cart_id(shop)?));
    push(&mut data, "cart_currency", shop.currency.as_deref());
    // What an order is worth is without tax, to Google and to Segment; `total` is the whole.
    amount(&mut data, "cart_turnovertaxfree", shop.value);
    let total = shop.rest.get("total").and_then(number);
    let sum = shop.value.zip(shop.tax).map(|(value, tax)| value + tax);
    amount(&mut data, "cart_turnovertaxincluded", total.or(sum));
    amount(&mut data, "cart_quantity", shop.pieces());
    if !shop.products.is_empty() {
        data.insert("cart_nbdistinctproduct".into(), shop.products.len().into());
    }
    amount(&mut data, "shipping_costtaxfree", shop.shipping);
    let said = |names: &[&str]| names.iter().find_map(|name| shop.rest.get(*name).and_then(text));
    push(&mut data, "shipping_delivery", said(&["shipping_tier", "shipping_method"]).as_deref());
    push(&mut data, "payment_mode", said(&["payment_type", "payment_method"]).as_deref());
    push(&mut data, "transaction_id", shop.transaction_id.as_deref());
    if let Some(coupon) = &shop.coupon {
        data.insert("transaction_promocode".into(), json!([coupon]));
    }
    Some((name.to_owned(), data))
}

fn promotion(name: &str, shop: &Commerce) -> (String, Properties) {
    let said = |names: &[&str]| names.iter().find_map(|name| shop.rest.get(*name).and_then(text));
    let mut data = own(&rest(shop));
    push(&mut data, "onsitead_type", Some("Self promotion"));
    push(&mut data, "onsitead_campaign", said(&["promotion_id"]).as_deref());
    push(&mut data, "onsitead_creation", said(&["promotion_name", "name"]).as_deref());
    push(&mut data, "onsitead_variant", said(&["creative_name", "creative"]).as_deref());
    push(&mut data, "onsitead_category", said(&["creative_slot", "slot"]).as_deref());
    (name.to_owned(), data)
}

fn search(shop: &Commerce) -> Option<(String, Properties)> {
    let mut data = own(&rest(shop));
    push(&mut data, "ise_keyword", Some(shop.search_term.as_deref()?));
    Some(("internal_search_result.display".into(), data))
}

fn cart_id(shop: &Commerce) -> Option<String> {
    shop.rest.get("cart_id").and_then(text).or_else(|| shop.transaction_id.clone())
}

/// What has no property of Piano's is one of the owner's.
fn rest(shop: &Commerce) -> Properties {
    const TAKEN: &[&str] = &[
        "total",
        "shipping_tier",
        "shipping_method",
        "payment_type",
        "payment_method",
        "promotion_id",
        "promotion_name",
        "creative_name",
        "creative",
        "creative_slot",
        "slot",
    ];
    let kept = shop.rest.iter().filter(|(name, _)| !TAKEN.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn amount(data: &mut Properties, name: &str, value: Option<f64>) {
    let value: Option<Value> = value.map(|value| json_number((value * 10_000.0).round() / 10_000.0));
    add(data, name, value);
}
