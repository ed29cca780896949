use proptest::prelude::*;

use super::*;
use crate::event::User;
use crate::visitor::MAX_USER_ID;

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
fn the_layout_of_version_1_does_not_change() {
    let sealed = "v1.Yw3NKWbE.";
    assert!(ring().seal(&visitor(), &random()).starts_with(sealed));
    let kept = include_str!("sealed_v1.txt").trim();
    assert_eq!(ring().open(kept), Some(visitor()), "{}", ring().seal(&visitor(), &random()));
}

#[test]
fn the_largest_visitor_fits() {
    let user = User {
        user_id: Some("u".repeat(MAX_USER_ID)),
        anonymous_id: Some("a".repeat(MAX_USER_ID)),
        ..User::default()
    };
    let mut largest = Visitor::new(Timestamp(i64::MAX), &random()).remember(&user);
    largest.previous_session = Some(Timestamp(i64::MIN));
    largest.session_count = u32::MAX;
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
    // Sealed with the same key for another purpose.
    let key = &ring().current;
    let nonce = [7; NONCE];
    let plain = Fields::of(&visitor()).encode();
    let other = key.cipher.encrypt(&XNonce::from(nonce), Payload { msg: &plain, aad: b"another" }).unwrap();
    let other = [&nonce[..], &other].concat();
    assert_eq!(ring().open(&format!("v1.{}.{}", key.id, URL_SAFE_NO_PAD.encode(other))), None);
}

#[test]
fn plaintexts_of_other_versions_or_lengths_are_nobody() {
    let plain = Fields::of(&visitor()).encode();
    assert!(Fields::decode(&plain).is_some());
    let mut longer = plain.clone();
    longer.push(0);
    let mut newer = plain.clone();
    newer[0] = 2;
    for plain in [&[][..], &[FIELDS], &plain[..plain.len() - 1], &longer, &newer] {
        assert!(Fields::decode(plain).is_none());
    }
}

#[test]
fn keys_are_read_as_secret_stores_hold_them() {
    let id = &ring().current.id;
    for text in [
        &HEX.to_ascii_lowercase()[..],
        b"  000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n",
        b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    ] {
        assert_eq!(&KeyRing::new(text, NO_KEYS).unwrap().current.id, id);
    }
    assert!(
        KeyRing::new(b"__________________________________________8=", NO_KEYS).is_ok(),
        "the URL's alphabet"
    );
    assert!(KeyRing::new(b"//////////////////////////////////////////8=", NO_KEYS).is_ok());
}

#[test]
fn a_bad_key_is_named_and_not_shown() {
    for (text, found) in [
        (&b""[..], "nothing"),
        (b" \n", "nothing"),
        (b"abcdef", "6 hexadecimal digits"),
        (&HEX[1..], "63 hexadecimal digits"),
        (b"c2VjcmV0", "base64 of 6 bytes"),
        (b"not a key!", "10 characters that are neither"),
    ] {
        let expected = "expected 32 bytes as 64 hexadecimal digits or as base64, found";
        let error = KeyRing::new(text, NO_KEYS).unwrap_err().to_string();
        assert_eq!(error, format!("the visitor's key is not a key: {expected} {found}"));
        let error = KeyRing::new(HEX, &[OTHER, text]).unwrap_err().to_string();
        assert_eq!(error, format!("the visitor's previous key 2 is not a key: {expected} {found}"));
    }
    assert_eq!(format!("{:?}", ring()), r#"KeyRing { current: "Yw3NKWbE", previous: [], .. }"#);
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
        }
        .remember(&user);
        prop_assert_eq!(ring().open(&ring().seal(&visitor, &random())), Some(visitor));
    }
}
