//! What happened in a shop, whoever named it: the e-commerce vocabulary of Google Analytics 4, with the names of Segment and
//! of Zaraz for the same things. Each vendor's file maps from here to the vendor's own standard events.
//!
//! Names are of developers.google.com/analytics/devguides/collection/ga4/reference/events,
//! segment.com/docs/connections/spec/ecommerce/v2 and developers.cloudflare.com/zaraz/web-api/ecommerce, as of 2026-11.

use selvedge_core::event::{Properties, Track};
use serde_json::Value;

/// What happened, by Google's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    AddPaymentInfo,
    AddShippingInfo,
    AddToCart,
    AddToWishlist,
    BeginCheckout,
    GenerateLead,
    Login,
    Purchase,
    Refund,
    RemoveFromCart,
    Search,
    SelectItem,
    SelectPromotion,
    Share,
    SignUp,
    StartTrial,
    Subscribe,
    ViewCart,
    ViewItem,
    ViewItemList,
    ViewPromotion,
}

/// Google's names, and what others call them: lower case, one space between words.
const ACTIONS: &[(Action, &[&str])] = &[
    (Action::AddPaymentInfo, &["add payment info", "payment info entered"]),
    (Action::AddShippingInfo, &["add shipping info", "shipping info entered"]),
    (Action::AddToCart, &["add to cart", "product added"]),
    (Action::AddToWishlist, &["add to wishlist", "product added to wishlist"]),
    (Action::BeginCheckout, &["begin checkout", "checkout started", "initiate checkout"]),
    (Action::GenerateLead, &["generate lead", "lead"]),
    (Action::Login, &["login", "signed in"]),
    (Action::Purchase, &["purchase", "order completed"]),
    (Action::Refund, &["refund", "order refunded"]),
    (Action::RemoveFromCart, &["remove from cart", "product removed"]),
    (Action::Search, &["search", "products searched"]),
    (Action::SelectItem, &["select item", "product clicked"]),
    (Action::SelectPromotion, &["select promotion", "promotion clicked", "clicked promotion"]),
    (Action::Share, &["share", "product shared", "cart shared"]),
    (Action::SignUp, &["sign up", "signed up", "complete registration"]),
    (Action::StartTrial, &["start trial", "trial started"]),
    (Action::Subscribe, &["subscribe", "subscription started"]),
    (Action::ViewCart, &["view cart", "cart viewed"]),
    (Action::ViewItem, &["view item", "product viewed", "view content"]),
    (Action::ViewItemList, &["view item list", "product list viewed"]),
    (Action::ViewPromotion, &["view promotion", "promotion viewed", "viewed promotion"]),
];

/// Events of one product, whose properties are often the product's own.
const SINGLE: &[Action] =
    &[Action::AddToCart, Action::AddToWishlist, Action::RemoveFromCart, Action::SelectItem, Action::ViewItem];

impl Action {
    /// The action that a track event's name means, however it is spaced and capitalised: `add_to_cart`, `Product Added`,
    /// `AddToCart`.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let words = words(name);
        ACTIONS.iter().find(|(_, names)| names.contains(&words.as_str())).map(|(action, _)| *action)
    }
}

/// A name as its words: lower case, one space between them. A capital after a small letter begins a word.
pub(crate) fn words(name: &str) -> String {
    let mut words = String::with_capacity(name.len());
    let mut small = false;
    for c in name.chars() {
        let gap = c.is_whitespace() || matches!(c, '_' | '-' | '.');
        if (gap || small && c.is_uppercase()) && !words.is_empty() && !words.ends_with(' ') {
            words.push(' ');
        }
        if !gap {
            words.extend(c.to_lowercase());
        }
        small = c.is_lowercase() || c.is_ascii_digit();
    }
    words.truncate(words.trim_end().len());
    words
}

/// A product. Absent where it was not said.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Product {
    /// `item_id`, `sku`, `product_id` or `id`.
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) brand: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) variant: Option<String>,
    pub(crate) coupon: Option<String>,
    /// Of one piece.
    pub(crate) price: Option<f64>,
    /// Pieces; one where nothing is said.
    pub(crate) quantity: Option<f64>,
    /// Of one piece.
    pub(crate) discount: Option<f64>,
    /// Everything else that was said of it.
    pub(crate) rest: Properties,
}

/// What a track event says of the shop.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Commerce {
    /// What happened, where it has a standard name.
    pub(crate) action: Option<Action>,
    /// ISO 4217, upper case.
    pub(crate) currency: Option<String>,
    /// What it was worth: as said, else what its products cost.
    pub(crate) value: Option<f64>,
    /// The order's id.
    pub(crate) transaction_id: Option<String>,
    pub(crate) coupon: Option<String>,
    pub(crate) tax: Option<f64>,
    pub(crate) shipping: Option<f64>,
    /// What was searched for.
    pub(crate) search_term: Option<String>,
    pub(crate) products: Vec<Product>,
    /// Everything else that was said.
    pub(crate) rest: Properties,
}

impl Commerce {
    /// Takes a track event apart. What has a place of its own is not in `rest` too.
    pub(crate) fn of(track: &Track) -> Self {
        let action = Action::of(&track.name);
        let mut said = Said::all(&track.properties);
        let mut products = Vec::new();
        for list in ["products", "items"] {
            // A list of something else is the owner's own, and stays.
            let list =
                said.take(&[list], |value| value.as_array().filter(|all| all.iter().all(Value::is_object)));
            let each = list.into_iter().flatten().filter_map(Value::as_object);
            products.extend(each.map(|product| Product::of(Said::all(product))));
        }
        let currency = said.text(&["currency"]).map(|currency| currency.to_ascii_uppercase());
        let value = said.number(&["value", "revenue", "total"]);
        if products.is_empty() && action.is_some_and(|action| SINGLE.contains(&action)) {
            products.extend(Product::single(&mut said));
        }
        let sum: f64 = products.iter().filter_map(Product::cost).sum();
        Self {
            action,
            currency,
            value: value.or((sum > 0.0).then_some(sum)),
            transaction_id: said.text(&["transaction_id", "order_id"]),
            coupon: said.text(&["coupon"]),
            tax: said.number(&["tax"]),
            shipping: said.number(&["shipping"]),
            search_term: match action {
                Some(Action::Search) => said.text(&["search_term", "query"]),
                _ => said.text(&["search_term"]),
            },
            products,
            rest: said.rest(),
        }
    }

    /// The ids of the products that have one.
    pub(crate) fn product_ids(&self) -> impl Iterator<Item = &str> {
        self.products.iter().filter_map(|product| product.id.as_deref())
    }

    /// How many pieces there are, of all products; none where no product is.
    pub(crate) fn pieces(&self) -> Option<f64> {
        let pieces = self.products.iter().map(|product| product.quantity.unwrap_or(1.0)).sum::<f64>();
        (pieces > 0.0).then_some(pieces)
    }
}

impl Product {
    fn of(mut said: Said<'_>) -> Self {
        Self {
            id: said.text(&["item_id", "sku", "product_id", "id"]),
            name: said.text(&["item_name", "name"]),
            brand: said.text(&["item_brand", "brand"]),
            category: said.text(&["item_category", "category"]),
            variant: said.text(&["item_variant", "variant"]),
            coupon: said.text(&["coupon"]),
            price: said.number(&["price"]),
            quantity: said.number(&["quantity"]),
            discount: said.number(&["discount"]),
            rest: said.rest(),
        }
    }

    /// The product that an event's own properties are, if they name one.
    fn single(said: &mut Said<'_>) -> Option<Self> {
        let named = ["item_id", "sku", "product_id", "id", "item_name", "name"];
        if !said.0.iter().any(|(name, _)| named.contains(name)) {
            return None;
        }
        let mut own = Said(Vec::new());
        for name in named.iter().chain(&[
            "item_brand",
            "brand",
            "item_category",
            "category",
            "item_variant",
            "variant",
            "price",
            "quantity",
            "discount",
        ]) {
            own.0.extend(said.take(&[name], Some).map(|value| (*name, value)));
        }
        Some(Self::of(own))
    }

    /// What its pieces cost together.
    fn cost(&self) -> Option<f64> {
        self.price.map(|price| price * self.quantity.unwrap_or(1.0))
    }
}

/// What was said, of which is taken what has a place of its own. Properties are few: comparing their names is quicker than
/// hashing the many that are looked for.
struct Said<'p>(Vec<(&'p str, &'p Value)>);

impl<'p> Said<'p> {
    fn all(properties: &'p Properties) -> Self {
        Self(properties.iter().map(|(name, value)| (name.as_str(), value)).collect())
    }

    /// Takes the first of these that can be read.
    fn take<T>(&mut self, names: &[&str], read: impl Fn(&'p Value) -> Option<T>) -> Option<T> {
        let (at, taken) = names.iter().find_map(|name| {
            let at = self.0.iter().position(|(known, _)| known == name)?;
            Some((at, read(self.0.get(at)?.1)?))
        })?;
        self.0.remove(at);
        Some(taken)
    }

    fn text(&mut self, names: &[&str]) -> Option<String> {
        self.take(names, text)
    }

    fn number(&mut self, names: &[&str]) -> Option<f64> {
        self.take(names, number)
    }

    /// What was not taken.
    fn rest(self) -> Properties {
        self.0.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }
}

/// A number that was said as one, or as text that is exactly one.
pub(crate) fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => {
            text.trim().parse::<serde_json::Number>().ok().and_then(|number| number.as_f64())
        }
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

/// A text, or a number as text: ids are often said as numbers.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Takes the first of these that is a text.
pub(crate) fn take_text(properties: &mut Properties, names: &[&str]) -> Option<String> {
    take(properties, names, text)
}

/// Takes the first of these that is a number.
pub(crate) fn take_number(properties: &mut Properties, names: &[&str]) -> Option<f64> {
    take(properties, names, number)
}

fn take<T>(properties: &mut Properties, names: &[&str], read: fn(&Value) -> Option<T>) -> Option<T> {
    let (name, taken) = names.iter().find_map(|name| Some((*name, read(properties.get(*name)?)?)))?;
    properties.shift_remove(name);
    Some(taken)
}

/// A number as JSON writes it best: whole numbers without a fraction.
pub(crate) fn json_number(number: f64) -> Value {
    // Exact within this range, and nothing in a shop is beyond it.
    #[allow(clippy::cast_possible_truncation)]
    if number.fract() == 0.0 && number.abs() < 9e15 {
        Value::from(number as i64)
    } else {
        Value::from(number)
    }
}

/// An amount without what binary fractions leave behind: a millionth of a currency's unit is nobody's money.
pub(crate) fn money(amount: f64) -> Value {
    json_number((amount * 1e6).round() / 1e6)
}

/// A whole number of pieces; none of what nobody buys.
pub(crate) fn pieces(quantity: f64) -> Option<Value> {
    (0.0..1e9).contains(&quantity).then(|| json_number(quantity.round()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[allow(clippy::needless_pass_by_value)]
    fn track(name: &str, properties: Value) -> Commerce {
        let properties = properties.as_object().cloned().unwrap();
        Commerce::of(&Track { name: name.into(), properties })
    }

    #[test]
    fn names_are_understood_however_they_are_written() {
        for name in ["add_to_cart", "Add To Cart", "AddToCart", "addToCart", "Product Added", "product-added"]
        {
            assert_eq!(Action::of(name), Some(Action::AddToCart), "{name}");
        }
        for name in ["", "cart", "add", "purchased", "Order Completed Twice"] {
            assert_eq!(Action::of(name), None, "{name}");
        }
        let mut names: Vec<_> = ACTIONS.iter().flat_map(|(_, names)| *names).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(names.iter().all(|name| words(name) == **name));
    }

    #[test]
    fn an_order_is_taken_apart_and_nothing_is_said_twice() {
        let order = track(
            "Order Completed",
            json!({
                "order_id": 123, "revenue": "59.97", "tax": 10, "currency": "eur", "gift": true, "total": 75,
                "products": [{"sku": "T1", "name": "Tee", "price": 19.99, "quantity": 3, "color": "red"}, {"product_id": "P2"}],
            }),
        );
        assert_eq!(order.action, Some(Action::Purchase));
        assert_eq!((order.currency.as_deref(), order.value), (Some("EUR"), Some(59.97)));
        assert_eq!(
            (order.transaction_id.as_deref(), order.tax, order.shipping),
            (Some("123"), Some(10.0), None)
        );
        assert_eq!(order.product_ids().collect::<Vec<_>>(), ["T1", "P2"]);
        assert_eq!(order.pieces(), Some(4.0));
        assert_eq!(Value::Object(order.rest), json!({"gift": true, "total": 75}));
        assert_eq!(Value::Object(order.products[0].rest.clone()), json!({"color": "red"}));
    }

    #[test]
    fn one_product_may_be_the_event_itself() {
        let added = track(
            "add_to_cart",
            json!({"sku": "T1", "name": "Tee", "price": 20, "quantity": 2, "list": "sale"}),
        );
        assert_eq!(added.value, Some(40.0));
        assert_eq!(added.products[0].name.as_deref(), Some("Tee"));
        assert_eq!(Value::Object(added.rest), json!({"list": "sale"}));
        let other = track("newsletter", json!({"name": "weekly", "items": ["a"]}));
        assert!(other.products.is_empty());
        assert_eq!(Value::Object(other.rest), json!({"name": "weekly", "items": ["a"]}));
    }

    #[test]
    fn numbers_are_what_was_said() {
        assert_eq!(json_number(3.0), json!(3));
        assert_eq!(json_number(19.99), json!(19.99));
        for text in ["inf", "nan", "+1", "1.", ".5", "7 €"] {
            assert_eq!(number(&json!(text)), None, "{text}");
        }
    }

    #[test]
    fn money_is_what_was_paid() {
        for (amount, written) in
            [(19.99 * 3.0, json!(59.97)), (0.1 + 0.2, json!(0.3)), (40.0, json!(40)), (-1.5, json!(-1.5))]
        {
            assert_eq!(money(amount), written);
        }
        for (quantity, written) in [(2.0, Some(json!(2))), (2.6, Some(json!(3))), (1e19, None), (-1.0, None)]
        {
            assert_eq!(pieces(quantity), written);
        }
    }
}
