use proptest::prelude::*;

use super::*;
use crate::event::{Campaign, User};
use crate::visitor::{MAX_SEALED, MAX_TRAITS, MAX_USER_ID};

const HEX: &[u8] = b"000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";
const OTHER: &[u8] = b"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
const NO_KEYS: &[&[u8]] = &[];

fn ring() -> KeyRing {
    KeyRing::new(HEX, NO_KEYS).unwrap()
}

fn random() -> Random {
    Random::from_seed([3; 32])
}

fn visitor() -> Visitor {
    let visitor = Visitor::new(Timestamp(1_730_000_000_000), &random());
    let user = User { user_id: Some("ada".into()), ..User::default() };
    visitor.advance(Timestamp(1_730_009_000_123), 30).0.remember(&user)
}

/// A visitor with everything that came later.
fn whole() -> Visitor {
    let traits = serde_json::json!({"plan": "pro", "team": {"seats": 3}});
    let user = User { properties: traits.as_object().cloned().unwrap(), ..User::default() };
    let mut visitor = visitor().remember(&user);
    visitor.landing.campaign = Campaign { source: Some("x".into()), ..Campaign::default() };
    visitor.landing.clicks.put("gclid", "Cj0K");
    visitor
}

#[test]
fn what_is_sealed_opens_again() {
    let sealed = ring().seal(&visitor(), &random());
    assert_eq!(ring().open(&sealed), Some(visitor()));
    assert!(sealed.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)), "{sealed}");
    // Sealing twice shows nothing of whether it is the same visitor.
    let again = random();
    assert_ne!(ring().seal(&visitor(), &again), ring().seal(&visitor(), &again));
}

#[test]
fn the_layouts_do_not_change() {
    let sealed = "v1.Yw3NKWbE.";
    assert!(ring().seal(&visitor(), &random()).starts_with(sealed));
    let kept = include_str!("sealed_v1.txt").trim();
    assert_eq!(ring().open(kept), Some(visitor()), "{}", ring().seal(&visitor(), &random()));
    let kept = include_str!("sealed_v2.txt").trim();
    assert_eq!(ring().open(kept), Some(whole()), "{}", ring().seal(&whole(), &random()));
}

#[test]
fn the_largest_visitor_fits() {
    let user = User {
        user_id: Some("u".repeat(MAX_USER_ID)),
        anonymous_id: Some("a".repeat(MAX_USER_ID)),
        properties: serde_json::json!({"x": "y".repeat(MAX_TRAITS - 7)}).as_object().cloned().unwrap(),
        ..User::default()
    };
    let mut largest = Visitor::new(Timestamp(i64::MAX), &random()).remember(&user);
    largest.previous_session = Some(Timestamp(i64::MIN));
    largest.session_count = u32::MAX;
    assert!(!largest.to_user().properties.is_empty());
    largest.landing.campaign.name = Some("c".repeat(512));
    largest.landing.clicks.put("g", "c".repeat(511));
    assert_eq!(largest.landing.clone().bounded(), largest.landing);
    let sealed = ring().seal(&largest, &random());
    assert!(sealed.len() <= MAX_SEALED, "{}", sealed.len());
    assert_eq!(ring().open(&sealed), Some(largest));
}

#[test]
fn a_key_is_changed_without_losing_anybody() {
    let sealed = ring().seal(&visitor(), &random());
    let changed = KeyRing::new(OTHER, &[HEX]).unwrap();
    assert_eq!(changed.open(&sealed), Some(visitor()));
    let sealed = changed.seal(&visitor(), &random());
    assert_eq!(changed.open(&sealed), Some(visitor()));
    assert_eq!(ring().open(&sealed), None, "the new key is not known to the old ring");
}

#[test]
fn a_cookie_of_our_name_that_somebody_else_set_is_passed_over() {
    let sealed = ring().seal(&visitor(), &random());
    let mut headers = HeaderMap::new();
    assert_eq!(ring().find(&headers, "selvedge"), None);
    let cookies = format!("selvedge=v1.Yw3NKWbE.AAAA; a=b; selvedge={sealed}");
    headers.insert("cookie", cookies.parse().unwrap());
    assert_eq!(ring().find(&headers, "selvedge"), Some(visitor()));
}

#[test]
fn whatever_is_not_ours_is_nobody() {
    let sealed = ring().seal(&visitor(), &random());
    // One byte changed, anywhere.
    for at in 0..sealed.len() {
        let mut bytes = sealed.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(bytes).unwrap();
        assert_eq!(ring().open(&forged), None, "{forged}");
    }
    // Cut short, anywhere.
    for cut in 0..sealed.len() {
        assert_eq!(ring().open(sealed.get(..cut).unwrap()), None);
    }
    let long = format!("{sealed}{}", "A".repeat(MAX_SEALED));
    let unknown_version = sealed.replacen("v1", "v2", 1);
    for forged in ["", "v1", "v1.", "v1..", "v1.x.y", "🧵", &long, &unknown_version, &format!("{sealed}=")]
    {
        assert_eq!(ring().open(forged), None, "{forged}");
    }
    let other = ring().seal_bytes(b"another purpose", &encode(&visitor()), &random());
    assert_eq!(ring().open(&other), None);
}

#[test]
fn plaintexts_of_other_versions_or_lengths_are_nobody() {
    for (visitor, version) in [(visitor(), BARE), (whole(), WHOLE)] {
        let plain = encode(&visitor);
        assert_eq!(plain[0], version);
        assert_eq!(decode(&plain), Some(visitor));
        let mut longer = plain.clone();
        longer.push(0);
        let [mut newer, mut older] = [plain.clone(), plain.clone()];
        newer[0] = 3;
        older[0] = 0;
        for plain in [&[][..], &[BARE], &[WHOLE], &plain[..plain.len() - 1], &longer, &newer, &older] {
            assert_eq!(decode(plain), None);
        }
    }
}

#[test]
fn set_cookie_keeps_the_cookie_from_scripts_and_from_plain_http() {
    assert_eq!(
        set_cookie("selvedge", "v1.a.b", 390, None, true),
        "selvedge=v1.a.b; Path=/; Max-Age=33696000; HttpOnly; SameSite=Lax; Secure"
    );
    assert_eq!(
        set_cookie("s", "x", u16::MAX, Some("example.com"), false),
        "s=x; Path=/; Domain=example.com; Max-Age=5662224000; HttpOnly; SameSite=Lax"
    );
    assert_eq!(
        clear_cookie("s", Some("example.com"), true),
        "s=; Path=/; Domain=example.com; Max-Age=0; HttpOnly; SameSite=Lax; Secure"
    );
}

#[test]
fn only_plain_http_on_loopback_gets_insecure_cookies() {
    for (url, secure) in [
        ("https://shop.example/", true),
        ("http://shop.example/", true),
        ("https://localhost/", true),
        ("http://localhost:7676/", false),
        ("http://shop.localhost/", false),
        ("http://127.0.0.1:7676/", false),
        ("http://[::1]:7676/", false),
        ("http://localhost.example/", true),
        ("http://127.0.0.1.example/", true),
    ] {
        let request = Request::new(http::Method::GET, url, http::HeaderMap::new()).unwrap();
        assert_eq!(secure_cookies(&request), secure, "{url}");
    }
}

proptest! {
    #[test]
    fn opening_never_panics(value in "\\PC{0,80}", start in "(v1\\.Yw3NKWbE\\.)?", base64 in "[A-Za-z0-9_-]{0,200}") {
        prop_assert_eq!(ring().open(&value), None);
        prop_assert_eq!(ring().open(&format!("{start}{base64}")), None);
    }

    #[test]
    fn every_visitor_survives(times: [i64; 4], count: u32, user_id in "\\PC{0,64}", previous: bool) {
        let user = User { user_id: Some(user_id), ..User::default() };
        let visitor = Visitor {
            id: random().uuid(),
            first_seen: Timestamp(times[0]),
            last_seen: Timestamp(times[1]),
            session_start: Timestamp(times[2]),
            previous_session: previous.then_some(Timestamp(times[3])),
            session_count: count,
            user: None,
            landing: Landing::default(),
        }
        .remember(&user);
        prop_assert_eq!(ring().open(&ring().seal(&visitor, &random())), Some(visitor));
    }
}
