//! Signatures and keys, against what OpenSSL made of the same.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const KEY: &str = include_str!("testdata/rsa2048.pem");
const PKCS1: &str = include_str!("testdata/rsa2048.pkcs1.pem");
/// `openssl genpkey -algorithm RSA`; `openssl pkey -pubout -outform DER | openssl dgst -sha256 -binary |
/// base64`; `printf header.payload | openssl dgst -sha256 -sign | base64`.
const KEYS: [(&str, &str, &str); 3] = [
    (
        KEY,
        "VbW/KxYZwKLTreFF62dXOVpdBCaAHNtZKk9kyVsmn8I=",
        "II0JvDHKRsyhk/KFBOoCKaoyCDQbjDsdwjpR+oGboqCtvin6oXWwSiTx8LQnuDoCRYiT6GSLvU93ae7wzISJ/Omy8IdSneFa1bVuYB4G0y9NrcV7EyoBzzWFegFdGBVibAi7yFIIcz1nPSs6OwEd3uScnMwvTc3pSvdEMawBwBnfLCiNV5Zul2e6VdUITEYhFZAL41BS9zgeHjH3XPK8FbzaKG48B4KeAhLuCZZn28Ts3SMiPmScjrBb1Zo/7Uf/6r2WCvRQO9OtRtRISy6oPxyFnXx+ZZi9cBZR6rX32OYx2yKoa34cIrglOd9NpMH19bYuuZI76DSj9/ABvJaNmA==",
    ),
    (
        include_str!("testdata/rsa3072.pem"),
        "RYpfnnCz492qdR1APCYVRsTQd4drukPuLkKoKa9gGxc=",
        "tfvN4eqNqrYlFPm3uJISHLPp1Yw2p2TF6rmgwMkLyFcnsVloxqylSC3YMMDz08DRPme5/wwRf0DPbCIk2t+N/YDazjhk8dA3Zonj5AK9+jMDDw7Cgq8fjF24KbhIA2sSa13IzVLrKcVo33AA8OEBg8IasuDNGWhOZcA7hXQb5WVsYRtYJPu9LUL4iUwuUZU6UySDem/lPq9P1POtB9iPBJLivOvMQrzE9jGVjUMg8ld0FcTo+jMy5GjDlIgZHFSnyUC3kFtKfnBy2AwfsfG63AfnijbIbm05on53+iLxXL4sTJsOzCRbIGWXzJ5gm33Esv73UwxDBI9DtO0hvLoCNs1h+0PvR2IAn4q+RrcqLzSTIA36wjH8nDkSsPENvm+0ukL9MEDOKd59CPyFS0TbgvCChALzbYPo0JCw9tFnWELG92MfDcPTf3LOR0AYTxu5zx+m0Hl7a0pdmFwttAEMTeDWA2ZnRtzVia8j2OrBt6Cn8U6kFmaZYOsICmNRvRK7",
    ),
    (
        include_str!("testdata/rsa4096.pem"),
        "5yPvTz0P9w6hCBQFQNMDbVnAbM6cy08WHAHFSczUOdA=",
        "aEHvfeTRGV01KptrBRC+949t0+ILnN8ovu+Q4ndUojO13kyzLvTe3ivblr+xnVipviBhtbV7bvre6Zp6VnXGHbTTnLD7N/jjMk7bv81nl2iNkiHSSDVHCpc6W1Vv8tvjoHtar/d53gxdo/um8+n/6jzRdoOsVfbgJA4rwMV4T/2rjRnGHVL8PxoJYdVqXTHhCbMI+ktIpM/bIQOPV/E8KMQ0s/Yve5GXZ3bXseRo6Mnx0yY8YqAv1kK9cUMW/t+yuCfF2rpziP+SJUjjIOw6i1j6XojWC/Q5HZK3GflNNYkgxY7mMTCmWe8iGfk49kE2yL05ef85sNNe7tJKs+SWsvhoxIjoUP7R46hU3LSHArcpcUkSMdf6zbxOpWHUh2HKLYBmK1QpLYS40bbiFq5nO5ZBvMGenvWxWblBPtkZ+8kbXxW+8nDVtUQ4VjcGumIVe+GBQXuwIC1J6K9XY2UDH4cKNLd6ABfOFaN1AcjdY3f50BPipe4Y+5rB/3YBqVQHsP42nklmFfUZ52ozs7f7UIfPQjkC4oXlkM0r/j1dTM0k2Y8d8VfRFI1vqDI4YZW5qewnq0tn8CRcp60waxiDoE2Z+osEsm+HTqjOPU0CKUwB0TSfz6JhTuKNrq23IC9GqwcBoRjqQbdRi36DbSadfXSXUzFLiGA4SB7NF2CWhZ4=",
    ),
];

#[test]
fn signatures_are_those_of_openssl() {
    for (pem, fingerprint, signature) in KEYS {
        let key = Key::read(pem).unwrap();
        assert_eq!(key.fingerprint().as_deref(), Some(fingerprint));
        let signed = key.sign(b"header.payload").unwrap();
        assert_eq!(base64::engine::general_purpose::STANDARD.encode(signed), signature);
    }
}

#[test]
fn keys_are_read_however_they_were_kept() {
    let key = Key::read(KEY).unwrap();
    let one_line = KEY.trim().replace('\n', "\\n");
    let spaced = KEY.replace('\n', " ");
    let dos = KEY.replace('\n', "\r\n");
    let above = format!("Key Attributes\n{KEY}");
    for other in [PKCS1, &one_line, &spaced, &dos, &above] {
        assert!(Key::read(other).unwrap() == key, "{other}");
    }
}

#[test]
fn what_is_wrong_with_a_key_is_said_without_repeating_it() {
    let cut = KEY.replacen("MII", "", 1);
    let ec = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIA==\n-----END EC PRIVATE KEY-----";
    for (pem, said) in [
        ("", "is not a PEM private key"),
        ("/etc/key.pem", "is not a PEM private key"),
        ("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----", "is not a PEM private key"),
        (ec, "is not a PEM private key"),
        ("-----BEGIN PRIVATE KEY-----\nMIIB", "is not a PEM private key"),
        ("-----BEGIN PRIVATE KEY-----\nM*IB\n-----END PRIVATE KEY-----", "not base64"),
        ("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----", "is not the private key of an RSA"),
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----", "passphrase"),
        (&cut, "not"),
        (&"x".repeat(20_000), "too long"),
    ] {
        let problem = Key::read(pem).unwrap_err();
        assert!(problem.contains(said) && !problem.contains("MII"), "{pem}: {problem}");
    }
    assert_eq!(format!("{:?}", Key::read(KEY).unwrap()), "Key");
}

#[test]
fn a_token_is_the_same_for_a_quarter_of_an_hour() {
    let signer = Signer::new(KEY, Some("k1")).unwrap();
    let claims = [("iss", "me"), ("aud", "https://you.example/")];
    let at = |seconds: i64| signer.token(&claims, Timestamp(seconds * 1000)).unwrap().value;
    let token = at(1_795_343_400);
    assert_eq!(at(1_795_344_299), token);
    assert_ne!(at(1_795_344_300), token);
    // Whoever asks first makes no difference.
    assert_eq!(at(1_795_344_000), token);
    let other = Signer::new(PKCS1, Some("k1")).unwrap().token(&claims, Timestamp(1_795_344_299_999));
    assert_eq!(other, Some(Token { value: token.clone(), seconds: 45 * 60 + 1 }));

    let parts: Vec<&str> = token.split('.').collect();
    let json = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    assert_eq!(json(parts[0]), json!({"alg": "RS256", "typ": "JWT", "kid": "k1"}));
    let claims = json!({
        "iss": "me", "aud": "https://you.example/", "iat": 1_795_343_400, "exp": 1_795_347_000,
    });
    assert_eq!(json(parts[1]), claims);
    assert_eq!(parts.len(), 3);
    assert!(!format!("{signer:?}").contains(parts[2]));
}

proptest! {
    #[test]
    fn no_text_is_too_strange(text in ".{0,200}", at in 0usize..1700, byte in any::<char>()) {
        let _ = Key::read(&text);
        let _ = Key::read(&format!("-----BEGIN PRIVATE KEY-----{text}-----END PRIVATE KEY-----"));
        let mut spoiled: Vec<char> = KEY.chars().collect();
        spoiled[at] = byte;
        let spoiled: String = spoiled.into_iter().collect();
        let _ = Key::read(&spoiled);
    }

    #[test]
    fn no_der_is_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
        for label in ["PRIVATE KEY", "RSA PRIVATE KEY"] {
            let pem = format!("-----BEGIN {label}-----{encoded}-----END {label}-----");
            prop_assert!(Key::read(&pem).is_err());
        }
    }
}
