//! E-commerce as Matomo has it: orders, carts, product views and searches. Everything else that happens in a shop is an
//! event of the category `Ecommerce`.

use selvedge_core::event::Track;
use serde_json::json;

use super::hit::push_named;
use crate::commerce::{Action, Commerce, Product, json_number, number};
use crate::cut;
use crate::json::to_text;
use crate::query::Query;

/// Bytes of an order's id, of a product's name: what Matomo's columns hold.
const ID: usize = 100;
const NAME: usize = 4096;

/// Adds what a track event says, if it is one of a shop.
pub(super) fn push(track: &Track, query: &mut Query) -> Option<()> {
    let shop = Commerce::of(track);
    match shop.action? {
        // Without its id Matomo takes an order for a cart.
        Action::Purchase if shop.transaction_id.is_some() => push_order(&shop, query),
        // Matomo knows no adding and removing: a cart is said whole, as these two do.
        Action::ViewCart | Action::BeginCheckout
            if shop.products.iter().any(|product| sku(product).is_some()) =>
        {
            query.push("idgoal", "0");
            query.push("revenue", &shop.value.unwrap_or_default().to_string());
            query.push("ec_items", &items(&shop.products));
        }
        Action::Search if shop.search_term.is_some() => {
            query.push_some("search", shop.search_term.as_deref().map(|term| cut::bytes(term, NAME)));
            let said = |name: &str| shop.rest.get(name).and_then(crate::commerce::text);
            query.push_some("search_cat", said("search_cat").or_else(|| said("category")).as_deref());
            let count = ["search_count", "results"].iter().find_map(|name| number(shop.rest.get(*name)?));
            query.push_some("search_count", count.map(|count| count.to_string()).as_deref());
        }
        // These are of any website, and their properties name the event.
        Action::Login
        | Action::SignUp
        | Action::GenerateLead
        | Action::Share
        | Action::Subscribe
        | Action::StartTrial
        | Action::Search => return None,
        action => {
            push_named("Ecommerce", track.name.trim(), query);
            let names: Vec<&str> =
                shop.products.iter().filter_map(|p| p.name.as_deref().or(sku(p))).collect();
            let names = names.join(", ");
            query.push_some("e_n", shop.transaction_id.as_deref().or(Some(cut::bytes(&names, NAME))));
            query.push_some("e_v", shop.value.map(|value| value.to_string()).as_deref());
            if let (Action::ViewItem, Some(product)) = (action, shop.products.first()) {
                push_view(product, query);
            }
        }
    }
    Some(())
}

fn push_order(shop: &Commerce, query: &mut Query) {
    query.push("idgoal", "0");
    query.push_some("ec_id", shop.transaction_id.as_deref().map(|id| cut::bytes(id, ID)));
    // The grand total, which Segment calls so; who says but one amount means it.
    let total = shop.rest.get("total").and_then(number);
    query.push("revenue", &total.or(shop.value).unwrap_or_default().to_string());
    let number = |number: Option<f64>| number.map(|number| number.to_string());
    let subtotal = shop.rest.get("subtotal").and_then(crate::commerce::number);
    query.push_some("ec_st", number(subtotal.or(shop.value.filter(|_| total.is_some()))).as_deref());
    query.push_some("ec_tx", number(shop.tax).as_deref());
    query.push_some("ec_sh", number(shop.shipping).as_deref());
    query.push_some("ec_dt", number(shop.rest.get("discount").and_then(crate::commerce::number)).as_deref());
    if !shop.products.is_empty() {
        query.push("ec_items", &items(&shop.products));
    }
}

/// `[[sku, name, category, price, quantity], …]`; a product that has neither id nor name cannot be said.
fn items(products: &[Product]) -> String {
    let item = |product: &Product| {
        Some(json!([
            sku(product)?,
            product.name.as_deref().unwrap_or_default(),
            product.category.as_deref().unwrap_or_default(),
            json_number(product.price.unwrap_or_default()),
            json_number(product.quantity.unwrap_or(1.0)),
        ]))
    };
    to_text(&products.iter().filter_map(item).collect::<Vec<_>>())
}

fn push_view(product: &Product, query: &mut Query) {
    query.push_some("_pks", sku(product));
    query.push_some("_pkn", product.name.as_deref());
    query.push_some("_pkc", product.category.as_deref());
    query.push_some("_pkp", product.price.map(|price| price.to_string()).as_deref());
}

fn sku(product: &Product) -> Option<&str> {
    product.id.as_deref().or(product.name.as_deref())
}
