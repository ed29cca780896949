use aes::cipher::BlockEncryptMut;
use http::HeaderValue;
use http::header::COOKIE;
use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp(1_795_343_700_123); // 2026-11-22T10:35:00.123Z

/// Made with `openssl enc -aes-128-cbc` and the default key and IV, not with what is tested here.
const OPENSSL: &str = "b2c15e06a62e1d463e0b9313ceea8eb32964f8cd32b2415d00af16ab950add12f22297f31d01f227676bec197e46733e\
    cc126fcf45bcaed90a052805a33b7d2fa0af8d008b18d7c894e25f2fd07a6352f2eba935bdec137091bbf5032c6645cf38db787a5a8f4e\
    d9a9482651f6cd0565fa9aea50956b82849e9287a95b3967b7108a0fd4d4134df758dd0bda5d43d26dd9b9fccb88a42b71432a70767a0f\
    1b507c71013a4d8773a656614ce0b57b531d405e8e73d6f34042517a1818a129cdde8e8405d0ecaa9e9da8f751c3553c0fef";
const OPENSSL_USER: &str = "d96b7fb8343a9f780ddebaf6a0190fb5a27f09f139d0e39612907ae89678e37da7b71aecac3864bb66233afa30\
    21b77f593b8aace9d739031f45263f7b9b723ad693557f91c69e84ab978e902c327faa";

const GOOD: &str = r#"{"id":"a11ce000-0000-4000-8000-000000000001","fs":"2025-03-01T08:00:00Z","ls":"2025-10-20T09:30:00Z","ss":"2025-10-20T09:00:00Z","sc":7}"#;

fn import() -> Import {
    Import::new("edgee", DEFAULT_KEY.as_bytes(), DEFAULT_IV.as_bytes()).unwrap()
}

fn sealed(plain: &str) -> String {
    let cipher = cbc::Encryptor::<Aes128>::new(DEFAULT_KEY.as_bytes().into(), DEFAULT_IV.as_bytes().into());
    let mut bytes = vec![0; plain.len() + 16];
    bytes[..plain.len()].copy_from_slice(plain.as_bytes());
    let sealed = cipher.encrypt_padded_mut::<Pkcs7>(&mut bytes, plain.len()).unwrap();
    sealed.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn headers(cookies: &str) -> HeaderMap {
    HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(cookies).unwrap())])
}

fn find(plain: &str) -> Option<(Visitor, Option<State>)> {
    import().find(&headers(&format!("a=1; edgee={}", sealed(plain))), NOW)
}

#[test]
fn a_visitor_stays_who_they_were() {
    let both = headers(&format!("edgee={OPENSSL}; edgee_u={OPENSSL_USER}"));
    let (visitor, state) = import().find(&both, NOW).unwrap();
    assert_eq!(visitor.id.to_string(), "a11ce000-0000-4000-8000-000000000001");
    assert_eq!(visitor.first_seen.rfc3339(), "2025-03-01T08:00:00.123Z");
    assert_eq!(visitor.last_seen.rfc3339(), "2025-10-20T09:30:00.500Z");
    assert_eq!(visitor.session_start.rfc3339(), "2025-10-20T09:00:00.000Z");
    assert_eq!((visitor.session_count, visitor.previous_session), (7, None));
    let user = visitor.user.unwrap();
    assert_eq!((user.user_id(), user.anonymous_id()), (Some("ada"), Some("guest")));
    assert_eq!(state, Some(State::Granted));
}

#[test]
fn the_first_that_can_be_read_counts_and_the_user_is_not_needed() {
    let several = headers(&format!("edgee=v1.x.y; edgee=00; edgee={OPENSSL}; edgee_u=00ff"));
    let (visitor, _) = import().find(&several, NOW).unwrap();
    assert_eq!(visitor.user, None);
    assert_eq!(import().find(&headers(&format!("edgee_u={OPENSSL_USER}")), NOW), None);
    assert_eq!(import().find(&headers(&format!("other={OPENSSL}")), NOW), None);
}

#[test]
fn what_edgee_would_not_have_written_is_nobodys() {
    assert!(find(GOOD).is_some());
    for (from, to) in [
        ("a11ce000-0000-4000-8000-000000000001", "a11ce000-0000-1000-8000-000000000001"), // another version
        ("a11ce000-0000-4000-8000-000000000001", "a11ce000-0000-4000-0000-000000000001"), // another variant
        ("a11ce000-0000-4000-8000-000000000001", "00000000-0000-0000-0000-000000000000"),
        ("a11ce000-0000-4000-8000-000000000001", "ada"),
        ("2025-03-01", "2022-12-31"), // before there was an Edgee
        ("2025-10-20T09:30:00Z", "2026-11-22T10:41:00Z"), // not yet
        ("2025-10-20T09:30:00Z", "2025-10-20T08:30:00Z"), // last seen before the session began
        ("2025-10-20T09:00:00Z", "2025-02-20T09:00:00Z"), // a session before the first
        ("2025-10-20T09:00:00Z", "yesterday"),
        ("\"sc\":7", "\"sc\":0"),
        ("\"sc\":7", "\"sc\":-1"),
        ("\"sc\":7", "\"sc\":4294967295"),
        ("\"sc\":7", "\"sc\":7,\"c\":\"yes\""),
        ("\"sc\":7", "\"sc\":\"7\""),
        ("\"fs\"", "\"first\""),
        ("}", ""),
        ("}", "} "), // white space is allowed where JSON allows it; see below
    ] {
        let found = find(&GOOD.replace(from, to));
        assert_eq!(found.is_some(), to == "} ", "{from} → {to}");
    }
}

#[test]
fn a_clock_that_was_ahead_is_set_back() {
    let (visitor, _) = find(&GOOD.replace("2025-10-20T09:30:00Z", "2026-11-22T10:39:00Z")).unwrap();
    assert_eq!(visitor.last_seen, NOW);
}

#[test]
fn consent_is_one_of_three_words() {
    for (word, state) in
        [("granted", Some(State::Granted)), ("denied", Some(State::Denied)), ("pending", None)]
    {
        let (_, found) = find(&GOOD.replace("}", &format!(",\"c\":\"{word}\"}}"))).unwrap();
        assert_eq!(found, state);
    }
}

#[test]
fn another_key_opens_nothing() {
    let other = Import::new("edgee", b"0123456789abcdef", DEFAULT_IV.as_bytes()).unwrap();
    assert_eq!(other.find(&headers(&format!("edgee={OPENSSL}")), NOW), None);
    let problem = Import::new("edgee", b"short", DEFAULT_IV.as_bytes()).unwrap_err().to_string();
    assert_eq!(problem, "Edgee's key is not 16 bytes but 5");
    assert!(!format!("{other:?}").contains("0123"));
}

#[test]
fn old_cookies_are_taken_away_from_wherever_they_can_be() {
    let clear = |cookies: &str, host| import().clear(&headers(cookies), host, true);
    let taken = |name: &str, domain: &str| {
        format!("{name}=; Path=/{domain}; Max-Age=0; HttpOnly; SameSite=Lax; Secure")
    };
    let old = "00112233445566778899aabbccddeeff";
    assert_eq!(
        clear(&format!("edgee={old}; x=1"), "www.shop.co.uk"),
        ["", "; Domain=www.shop.co.uk", "; Domain=shop.co.uk", "; Domain=co.uk"].map(|d| taken("edgee", d))
    );
    assert_eq!(clear(&format!("edgee_u={old}"), "localhost"), [taken("edgee_u", "")]);
    assert_eq!(clear(&format!("edgee={old}"), "127.0.0.1"), [taken("edgee", "")]);
    assert_eq!(clear(&format!("edgee={old}"), "[::1]"), [taken("edgee", "")]);
    assert_eq!(clear(&format!("edgee={old}; edgee_u={old}"), "a.b.c.d.e.f").len(), 10);
    for nothing in ["edgee=v1.a.b", "edgee=", "edgee=00", "x=1"] {
        assert_eq!(clear(nothing, "shop.example"), [""; 0], "{nothing}");
    }
}

proptest! {
    #[test]
    fn hostile_values_never_panic(value in "[0-9a-f]{0,200}|\\PC{0,60}", plain in "\\PC{0,100}") {
        drop(import().open(&value));
        drop(import().identity(plain.as_bytes(), NOW));
        let opened = import().open(&sealed(&plain));
        prop_assert_eq!(opened.as_deref(), Some(plain.as_bytes()));
    }

    /// The cipher is malleable: whoever flips bits gets through only with what Edgee would have written.
    #[test]
    fn flipped_bits_never_panic(at in 0..400_usize, digit in "[0-9a-f]") {
        let mut value = OPENSSL.to_owned();
        let at = at % value.len();
        value.replace_range(at..=at, &digit);
        let found = import().find(&headers(&format!("edgee={value}")), NOW);
        prop_assert!(found.is_none_or(|(visitor, _)| visitor.first_seen >= EARLIEST && visitor.last_seen <= NOW));
    }
}
