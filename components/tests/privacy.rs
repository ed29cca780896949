//! With consent withheld, no byte of the visitor's personal data is in any outbound request, whatever the destination.
//!
//! A visitor is marked all over: address, fields, cookies, ids, queries, texts, properties at any depth, traits. What
//! they do goes the whole way from the request, and the marks are looked for in what is sent. Every kind of the
//! registry is covered, with the settings of its first golden case.

// Tests may assert as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/search.rs"]
mod search;
mod support;
#[path = "support/visitor.rs"]
mod visitor;

use std::sync::OnceLock;

use proptest::prelude::*;
use selvedge_components::registry;
use selvedge_core::component::Outbound;
use serde_json::{Value, json};

use search::Needles;
use visitor::{ADDRESS, CARD, Consent, DIGITS, MAIL, MARK, PHONE, Way, edge, sent};

/// What nobody may be told without consent, in the forms in which destinations write it.
fn marks() -> Needles {
    let (phone, card) = (digits(PHONE), digits(CARD));
    let (user, anonymous) = (format!("user-{MARK}"), format!("anon-{MARK}"));
    Needles::of(&[
        MARK,
        MAIL,
        NAME,
        ADDRESS,
        PHONE,
        &phone,
        phone.trim_start_matches("33"),
        CARD,
        &card,
        DIGITS,
        &user,
        &anonymous,
        "987650123",
    ])
}

/// What of it is personal data whoever agreed to be known.
fn personal() -> Needles {
    Needles::of(&[MAIL, NAME, PHONE, &digits(PHONE), CARD, &digits(CARD)])
}

/// The name in the e-mail address.
const NAME: &str = "zqjmail7";

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn assert_clean(requests: &[Outbound], marks: &Needles, what: &str) {
    for request in requests {
        assert_eq!(marks.find(request), None, "{what}");
    }
}

/// The purposes that a destination asks for: with Global Privacy Control, one that takes away.
fn component(consent: Consent, without_consent: &str) -> Value {
    let mut component = json!({"without_consent": without_consent, "personal_data": "keep"});
    if consent == Consent::Gpc {
        component["purposes"] = json!(["analytics", "advertising"]);
    }
    component
}

#[test]
fn without_consent_nothing_of_the_visitor_leaves() {
    let marks = marks();
    let mut some = 0;
    for kind in registry() {
        for consent in Consent::WITHHELD {
            for way in Way::ALL {
                let what = format!("{} {consent:?} {way:?}", kind.name);
                let dropped = sent(&edge(kind, &component(consent, "drop")), way, consent, &Value::Null);
                assert_eq!(dropped, [], "{what}");
                let edge = edge(kind, &component(consent, "anonymous"));
                let requests = sent(&edge, way, consent, &Value::Null);
                assert_clean(&requests, &marks, &what);
                some += requests.len();
            }
        }
    }
    assert!(some > 0, "something is told, or nothing was looked at");
}

/// The marks are found where they may be: the test above can fail.
#[test]
fn with_consent_the_visitor_is_known() {
    let marks = Needles::of(&[MARK]);
    for kind in registry() {
        for way in Way::ALL {
            let requests =
                sent(&edge(kind, &json!({"personal_data": "keep"})), way, Consent::Granted, &Value::Null);
            let found = requests.iter().any(|request| marks.find(request).is_some());
            assert!(found, "{} {way:?}: {requests:#?}", kind.name);
        }
    }
}

#[test]
fn with_consent_personal_data_stays_unless_it_is_asked_for() {
    // What the visitor agreed to is to be known, and that is more than an e-mail address.
    let marks = personal();
    for kind in registry() {
        for way in Way::ALL {
            let redacting = edge(kind, &json!({"personal_data": "redact"}));
            let requests = sent(&redacting, way, Consent::Granted, &Value::Null);
            // A conversion API may have nothing to say of somebody of whom it may not know anything.
            assert!(kind.conversions || !requests.is_empty(), "{}", kind.name);
            assert_clean(&requests, &marks, &format!("{} {way:?}", kind.name));
        }
    }
}

#[test]
fn what_is_encoded_is_found() {
    let marks = Needles::of(&[MARK]);
    let request = |body: &str| Outbound {
        method: http::Method::POST,
        url: String::new(),
        headers: Vec::new(),
        body: body.as_bytes().to_vec(),
    };
    for body in [
        "xzqjmark7x",
        "ZQJMARK7",
        "%7Aqjmark7",
        "%257Aqjmark7",
        // base64 of `a zqjmark7 b`, of that again, and of its beginning.
        "d=YSB6cWptYXJrNyBi",
        "d=WVNCNmNXcHRZWEpyTnlCaQ==",
        "xxxYSB6cWptYXJrNyBi",
    ] {
        assert!(marks.find(&request(body)).is_some(), "{body}");
    }
    let hash: String =
        <sha2::Sha256 as sha2::Digest>::digest(MARK).iter().map(|byte| format!("{byte:02X}")).collect();
    assert!(marks.find(&request(&hash)).is_some());
    assert!(marks.find(&request("zqjmark8")).is_none());
}

/// Properties of any shape, with marks in them: as an address or a number in a text, in the query of a URL, or under a
/// name that says whose it is.
fn properties() -> impl Strategy<Value = Value> {
    let text = (
        "[ ,;:(]{0,3}[a-z]{0,8}[ (<:]",
        prop_oneof![Just(MAIL), Just(PHONE), Just(CARD)],
        "([ >)][a-z ?!]{0,8})?",
    );
    let text = text.prop_map(|(before, mark, after)| json!(format!("{before}{mark}{after}")));
    let query = ("(https://|//|/|)", "[a-z.]{1,9}", "[?#]", "[a-z]{1,5}", "(&[a-z]=1)?").prop_map(
        |(scheme, path, delimiter, name, more)| {
            let scheme = if delimiter == "#" { "https://" } else { scheme.as_str() };
            json!(format!("{scheme}{path}{delimiter}{name}={MARK}{more}"))
        },
    );
    let named = prop_oneof![
        Just("email"),
        Just("userEmail"),
        Just("first-name"),
        Just("gclid"),
        Just("user[phone]"),
        Just("visitorId"),
    ];
    let named = named.prop_map(|name| json!({name: MARK}));
    let leaf = prop_oneof![text, query, named, Just(json!(1)), Just(json!(null)), Just(json!(true))];
    leaf.prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,6}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

static MARKS: OnceLock<Needles> = OnceLock::new();

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_properties_say_without_consent_nothing_leaves(
        extra in properties(), consent in prop::sample::select(&Consent::WITHHELD[..]), kind in prop::sample::select(registry()),
    ) {
        let marks = MARKS.get_or_init(marks);
        let edge = edge(&kind, &component(consent, "anonymous"));
        for way in Way::ALL {
            assert_clean(&sent(&edge, way, consent, &extra), marks, kind.name);
        }
    }
}
