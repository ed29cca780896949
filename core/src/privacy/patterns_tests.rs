use proptest::prelude::*;

use super::*;

#[test]
fn personal_data_is_taken_out_of_what_is_around_it() {
    for (text, expected) in [
        // E-mail addresses.
        ("jane@example.com", "[redacted]"),
        ("Hello jane.doe+news@mail.example.co.uk!", "Hello [redacted]!"),
        ("mailto:jane@example.com.", "mailto:[redacted]."),
        ("<jane@example.com>, joe@example.org", "<[redacted]>, [redacted]"),
        ("jürgen@müller.example", "[redacted]"),
        ("j@xn--mller-kva.xn--p1ai", "[redacted]"),
        ("email=jane@example.com&x=1", "email=[redacted]&x=1"),
        ("+33612345678@example.com", "[redacted]"),
        // Telephone numbers.
        ("+33612345678", "[redacted]"),
        ("call +33 6 12 34 56 78 now", "call [redacted] now"),
        ("+49 (0)30 / 123 456-78", "[redacted]"),
        ("tel:+1-212-555-0199", "tel:[redacted]"),
        ("(212) 555-0199", "[redacted]"),
        ("212-555-0199", "[redacted]"),
        ("1-212-555-0199", "[redacted]"),
        ("06 12 34 56 78", "[redacted]"),
        ("06\u{a0}12\u{a0}34\u{a0}56\u{a0}78", "[redacted]"),
        ("06.12.34.56.78", "[redacted]"),
        ("0033 6 12 34 56 78", "[redacted]"),
        ("020 7946 0958", "[redacted]"),
        ("07700 900123", "[redacted]"),
        ("030/1234567", "[redacted]"),
        // Payment cards: the networks' test numbers.
        ("4111111111111111", "[redacted]"),
        ("4111 1111 1111 1111 12/28", "[redacted] 12/28"),
        ("card 5555-5555-5555-4444.", "card [redacted]."),
        ("3782 822463 10005", "[redacted]"),
        ("6011111111111117", "[redacted]"),
        ("12 4111 1111 1111 1111", "12 [redacted]"),
        // Bank accounts.
        ("DE89 3704 0044 0532 0130 00", "[redacted]"),
        ("iban:GB82WEST12345698765432,", "iban:[redacted],"),
        ("fr1420041010050500013M02606", "[redacted]"),
    ] {
        assert_eq!(redacted(text, Numbers::All).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn what_merely_has_digits_stays() {
    for text in [
        "",
        "Linen towels",
        "@jane",
        "jane@",
        "a @ b.example",
        "logo@2x.png",
        "pkg@1.2.3",
        "jane@localhost",
        "2026-11-22T10:35:00.123Z",
        "2026-11-22T10:35:00+02:00",
        "22/11/2026 10:35",
        "01/02/2026 10:35",
        "1730000000123",
        "1730000000123456",
        "4111111111111112",
        "9999999999999995",
        "12345678",
        "10.0.19045.3803",
        "192.168.100.200",
        "1512x982",
        "49.90 EUR",
        "1 234 567 890",
        "200 300 4000",
        "T-20261122-000123",
        "6f1b4a52-8f0e-4c2d-9b7a-3f5d2a1c0e4b",
        "41111111-1111-4111-8111-111111111111",
        "GA1.2.944266522.1681654733",
        "5901234123457",
        "978-3-16-148410-0",
        "DE89370400440532013001",
        "DE8937040044053201300",
        "XX82WEST12345698765432",
        "SKU-DE89370400440532013000X",
        "+1234567",
        "+012345678",
        "a+12345678",
        "0012345678905",
        "113-4567890-1234567",
    ] {
        assert_eq!(redacted(text, Numbers::All), None, "{text}");
    }
}

#[test]
fn where_codes_are_expected_only_the_unmistakable_goes() {
    for (text, codes, cards) in [
        ("4111111111111111", false, true),
        ("DE89370400440532013000", false, true),
        ("212-555-0199", false, false),
        ("+33612345678", true, true),
        ("jane@example.com", true, true),
    ] {
        assert_eq!(redacted(text, Numbers::Codes).is_some(), codes, "{text}");
        assert_eq!(redacted(text, Numbers::Cards).is_some(), cards, "{text}");
    }
}

#[test]
fn numbers_are_cards_as_texts_are() {
    assert!(is_card_number("4111111111111111"));
    assert!(!is_card_number("4111111111111112"));
    assert!(!is_card_number("-4111111111111111"));
    assert!(!is_card_number("4.1e30"));
}

proptest! {
    #[test]
    fn any_text_is_read_and_once_is_enough(
        text in r"([a-zA-Z0-9@+(). /%é\u{a0}\u{202f}-]|jane@example.com|4111 1111 1111 1111|\+336123){0,60}",
    ) {
        if let Some(once) = redacted(&text, Numbers::All) {
            prop_assert!(once.contains(REDACTED));
        }
    }

    #[test]
    fn no_address_survives_between_what_people_write(
        before in r"([a-z0-9+]{0,9}[ ,;:<(/]){0,3}", after in r"([ ,;:>)/?][a-z0-9+]{0,9}){0,3}",
    ) {
        let text = format!("{before}jane@example.com{after}");
        prop_assert!(!redacted(&text, Numbers::Codes).unwrap().contains("jane"), "{}", text);
    }
}
