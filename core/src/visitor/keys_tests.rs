use super::*;

const HEX: &[u8] = b"000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";
const OTHER: &[u8] = b"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
const NO_KEYS: &[&[u8]] = &[];

fn ring() -> KeyRing {
    KeyRing::new(HEX, NO_KEYS).unwrap()
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
fn a_hash_depends_on_key_purpose_and_each_part() {
    let hash = ring().hash(b"p", &[b"ab", b"c"]);
    assert_eq!(hash, ring().hash(b"p", &[b"ab", b"c"]));
    let other = KeyRing::new(OTHER, NO_KEYS).unwrap();
    assert!(ring().verifies(b"p", &[b"ab", b"c"], &hash));
    assert!(
        !ring().verifies(b"p", &[b"a", b"bc"], &hash) && !ring().verifies(b"p", &[b"ab", b"c"], &hash[1..])
    );
    for different in [
        ring().hash(b"p", &[b"a", b"bc"]),
        ring().hash(b"p", &[b"ab", b"c", b""]),
        ring().hash(b"q", &[b"ab", b"c"]),
        other.hash(b"p", &[b"ab", b"c"]),
    ] {
        assert_ne!(different, hash);
    }
}
