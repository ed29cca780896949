use serde_json::json;

use super::*;

fn scrubbed(scrub: &Scrub<'_>, value: &Value) -> Value {
    let Value::Object(map) = value else { panic!("an object") };
    scrub.properties(map, false).map_or_else(|| value.clone(), Value::Object)
}

#[test]
fn properties_go_by_name_and_by_value_at_any_depth() {
    for (properties, expected) in [
        (json!({"email": "x", "n": 1}), json!({"email": "[redacted]", "n": 1})),
        (json!({"phone": 33_612_345_678_u64}), json!({"phone": "[redacted]"})),
        (json!({"address": {"street": "x", "city": "y"}}), json!({"address": "[redacted]"})),
        (
            json!({"a": [{"b": {"note": "to jane@example.com"}}]}),
            json!({"a": [{"b": {"note": "to [redacted]"}}]}),
        ),
        (
            json!({"customer": {"name": "Jane", "tier": "gold"}}),
            json!({"customer": {"name": "[redacted]", "tier": "gold"}}),
        ),
        (json!({"passengers": [{"name": "Jane"}]}), json!({"passengers": [{"name": "[redacted]"}]})),
        (json!({"jane@example.com": true}), json!({"[redacted]": true})),
        (json!({"number": 4_111_111_111_111_111_u64}), json!({"number": "[redacted]"})),
        (
            json!({"link": "https://a.example/?email=x"}),
            json!({"link": "https://a.example/?email=[redacted]"}),
        ),
    ] {
        assert_eq!(scrubbed(&Scrub::default(), &properties), expected, "{properties}");
        assert_eq!(scrubbed(&Scrub::default(), &expected), expected, "once is enough");
    }
}

#[test]
fn commerce_survives() {
    for properties in [
        json!({"products": [{"name": "Tee", "sku": "4111111111111111", "item_name": "Tee", "price": 49.9}]}),
        json!({"transaction_id": "4111111111111111", "order_id": 4_111_111_111_111_111_u64}),
        json!({"ean": "4006381333931", "gtin": 4_006_381_333_931_u64, "barcode": "5500000000000004"}),
        json!({"value": 1_730_000_000_000.5, "created_at": 1_730_000_000_123_u64, "time": "2026-11-22T10:35:00.123Z"}),
        json!({"email": null, "has_phone": true, "email_opt_in": false, "password": false}),
        json!({"user_id": "u-42", "link": "https://a.example/?utm_source=x&gclid=abc"}),
        json!({"items": [{"item_id": "SKU_12345", "item_category": "phone", "gift_card": "yes"}]}),
        json!({"shipping": 4.9, "tax": 1, "coupon": "SUMMER"}),
    ] {
        assert_eq!(scrubbed(&Scrub::default(), &properties), properties);
    }
}

#[test]
fn what_identifies_goes_with_the_queries() {
    let scrub = Scrub { strip: true, known: vec!["Jane", "u-42", "123456"] };
    assert_eq!(
        scrubbed(
            &scrub,
            &json!({"gclid": "x", "userId": 1, "_fbp": "y", "hello": "Jane!", "id": 123_456, "janes": "Janet", "n": 2,
                "order_id": "T-1", "link": "https://a.example/p?x=1"})
        ),
        json!({"gclid": "[redacted]", "userId": "[redacted]", "_fbp": "[redacted]", "hello": "[redacted]!",
            "id": "[redacted]", "janes": "Janet", "n": 2, "order_id": "T-1", "link": "https://a.example/p"})
    );
}

#[test]
fn a_page_is_the_same_or_another() {
    let scrub = Scrub::default();
    let page = Page { title: Some("Tees".into()), keywords: vec!["a".into()], ..Page::default() };
    assert_eq!(scrub.page(&page), None);
    let personal = Page { keywords: vec!["a".into(), "jane@example.com".into()], ..page.clone() };
    let expected = Page { keywords: vec!["a".into(), "[redacted]".into()], ..page };
    assert_eq!(scrub.page(&personal), Some(expected));
}
