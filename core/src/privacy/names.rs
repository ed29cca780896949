//! Names of properties and parameters, and what they say of their values.

/// Names that stand for personal data, alone or at the end of another (`customer_email`), in snake case.
#[rustfmt::skip]
const PERSONAL: &[&str] = &[
    "account_name", "account_number", "accountnumber", "address", "address1", "address2", "address_line",
    "addresses", "addressline", "adresse", "api_key", "apikey", "authorization", "bank_account",
    "billing_name", "birth_date", "birth_day", "birth_year", "birthdate", "birthday", "buyer_name", "card",
    "card_expiry", "card_holder", "card_number", "cardholder", "cardholder_name", "cardnumber", "cc",
    "cc_exp", "cc_num", "cc_number", "ccnumber", "cell", "cellphone", "contact_name", "courriel",
    "credential", "credentials", "credit_card", "creditcard", "customer_name", "cvc", "cvv", "cvv2",
    "date_of_birth", "dateofbirth", "dob", "driver_license", "drivers_license", "e_mail", "em", "email",
    "emails", "family_name", "familyname", "fax", "first_name", "firstname", "fn", "fname", "full_name",
    "fullname", "geburtsdatum", "given_name", "givenname", "guest_name", "house_number", "iban", "ip",
    "jwt", "last_name", "lastname", "ln", "lname", "maiden_name", "mail", "member_name", "middle_name",
    "middlename", "mobile", "mobile_number", "msisdn", "nachname", "name_on_card", "national_id", "otp",
    "passcode", "passphrase", "passport", "passport_number", "passwd", "password", "ph", "phone",
    "phone_number", "phonenumber", "phones", "pin", "pin_code", "pincode", "plz", "post_code", "postal",
    "postal_code", "postalcode", "postcode", "prenom", "private_key", "pwd", "recipient_name", "secret",
    "shipping_name", "social_security", "social_security_number", "ssn", "strasse", "street", "street_name",
    "street_number", "streetname", "surname", "tax_number", "tel", "telefon", "telephone", "token",
    "user_name", "username", "visitor_name", "vorname", "whatsapp", "zip", "zip_code", "zipcode", "zp",
];

/// Names that end like personal data and are none.
#[rustfmt::skip]
const IMPERSONAL: &[&str] = &[
    "device_mobile", "gift_card", "page_address", "store_address", "store_email", "store_phone",
    "web_address",
];

/// Names of what tells one visitor, one browser or one click from all others.
#[rustfmt::skip]
const IDENTIFYING: &[&str] = &[
    "aaid", "account_id", "accountid", "advertising_id", "anonymous_id", "anonymousid", "cid", "city",
    "click_id", "clickid", "client_id", "clientid", "contact_id", "cookie", "cookie_id", "coordinates",
    "crm_id", "customer_id", "customerid", "dclid", "device_id", "deviceid", "distinct_id", "edgee_id",
    "epik", "external_id", "fbc", "fbclid", "fbp", "fingerprint", "ga", "gaid", "gbraid", "gclid", "gclsrc",
    "geo", "geolocation", "gid", "gl", "household_id", "hsenc", "hsmi", "idfa", "idfv", "igshid",
    "ip_address", "irclickid", "lat", "latitude", "li_fat_id", "lng", "locality", "login", "login_id",
    "lon", "longitude", "mc_cid", "mc_eid", "member_id", "memberid", "mkt_tok", "msclkid", "people_id",
    "person_id", "profile_id", "rdt_cid", "sc_cid", "sccid", "scclid", "session", "session_id", "sessionid",
    "sid", "srsltid", "subscriber_id", "subscription_id", "ttclid", "twclid", "ua", "uid", "user",
    "user_agent", "user_id", "useragent", "userid", "vero_id", "visitor_id", "visitorid", "wbraid", "yclid",
];

/// Who is meant by a `name` within.
#[rustfmt::skip]
const PERSONS: &[&str] = &[
    "applicant", "billing", "buyer", "contact", "customer", "guest", "member", "owner", "passenger",
    "passengers", "patient", "people", "person", "profile", "recipient", "shipping", "traits", "traveller",
    "user", "users", "visitor",
];

/// Words of names whose values are numbers of things.
#[rustfmt::skip]
const CODES: &[&str] = &[
    "asin", "at", "barcode", "date", "ean", "ean13", "gtin", "gtin12", "gtin13", "gtin14", "gtin8", "id",
    "ids", "invoice", "invoices", "isbn", "item", "items", "mpn", "order", "orders", "product", "products",
    "ref", "reference", "serial", "sku", "skus", "time", "timestamp", "tracking", "transaction",
    "transactions", "ts", "upc", "variant",
];

/// Words that make a number of a thing of that thing's name: `order_number`.
const NUMBERS: &[&str] = &["code", "key", "no", "nr", "num", "number"];

/// What may follow a name without changing whose value it is.
#[rustfmt::skip]
const QUALIFIERS: &[&str] = &[
    "1", "2", "3", "confirm", "confirmation", "field", "hash", "hashed", "input", "lower", "lowercase",
    "md5", "normalized", "plain", "primary", "raw", "repeat", "sha1", "sha256", "sha512", "value",
];

/// What a name says of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Somebody's, whatever it looks like.
    Personal,
    /// It tells a visitor from others, which is what a destination with consent is for.
    Identifying,
    /// An order's number, an article's, a time.
    Code,
    /// Nothing.
    Other,
}

/// What a name says of its value. `of_person`: whether it stands within what describes a person, where `name` is theirs
/// and not a product's.
pub(super) fn meaning(name: &str, of_person: bool) -> Meaning {
    let snake = snake(name);
    let mut bare = snake.as_str();
    while let Some((before, _)) = bare.rsplit_once('_').filter(|(_, last)| is(last, QUALIFIERS)) {
        bare = before;
    }
    let bare = bare.strip_prefix("hashed_").unwrap_or(bare);
    let last = last_word(bare);
    // `em` and `ph` are vendors' own names, and others end with them only by accident; not so `client_ip`.
    let whole = last.len() <= 2 && last != "ip";
    let ends_with = |names| suffixes(bare).take(if whole { 1 } else { usize::MAX }).any(|end| is(end, names));
    if ends_with(PERSONAL) && !suffixes(bare).any(|end| is(end, IMPERSONAL)) || of_person && bare == "name" {
        Meaning::Personal
    } else if ends_with(IDENTIFYING) || bare.starts_with("utm_") || bare.starts_with("ga_") {
        Meaning::Identifying
    } else if is(last, CODES) || is(last, NUMBERS) && bare.split('_').any(|word| is(word, CODES)) {
        Meaning::Code
    } else {
        Meaning::Other
    }
}

/// Whether what stands under this name describes a person.
pub(super) fn is_person(name: &str) -> bool {
    is(last_word(&snake(name)), PERSONS)
}

fn last_word(snake: &str) -> &str {
    snake.rsplit_once('_').map_or(snake, |(_, last)| last)
}

/// A name, and what is left of it without its first words: the longest first.
fn suffixes(snake: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(snake), |rest| rest.split_once('_').map(|(_, rest)| rest))
}

fn is(word: &str, sorted: &[&str]) -> bool {
    sorted.binary_search(&word).is_ok()
}

/// `customerEmail`, `customer-email`, `customer[email]` and `Customer Email` as `customer_email`.
fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut chars = name.chars().peekable();
    let mut before = '_';
    while let Some(c) = chars.next() {
        if !c.is_alphanumeric() {
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
        } else {
            let next_is_lower = chars.peek().is_some_and(|next| next.is_lowercase());
            let starts = c.is_uppercase()
                && (before.is_lowercase() || before.is_numeric() || before.is_uppercase() && next_is_lower);
            if starts && !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
            out.extend(c.to_lowercase());
        }
        before = c;
    }
    out.truncate(out.trim_end_matches('_').len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_understood_however_they_are_written() {
        for (name, expected) in [
            ("customerEmail", "customer_email"),
            ("customer-email", "customer_email"),
            ("customer[email]", "customer_email"),
            ("Customer Email", "customer_email"),
            ("CUSTOMER_EMAIL", "customer_email"),
            ("userSSN", "user_ssn"),
            ("SSNNumber", "ssn_number"),
            ("_fbp", "fbp"),
            ("sha256Email2", "sha256_email2"),
            ("", ""),
        ] {
            assert_eq!(snake(name), expected);
        }
    }

    #[test]
    fn lists_are_sorted() {
        for list in [PERSONAL, IMPERSONAL, IDENTIFYING, PERSONS, CODES, NUMBERS, QUALIFIERS] {
            assert!(list.is_sorted_by(|a, b| a < b), "{list:?}");
        }
    }

    #[test]
    fn names_say_whose_the_value_is() {
        use Meaning::{Code, Identifying, Other, Personal};
        for (expected, names) in [
            (
                Personal,
                &[
                    "client_ip",
                    "email",
                    "eMail",
                    "e-mail",
                    "mail",
                    "userEmail",
                    "email_address",
                    "email_sha256",
                    "hashedEmail",
                    "em",
                    "phone",
                    "phoneNumber",
                    "billing_phone",
                    "tel",
                    "mobile",
                    "firstName",
                    "last-name",
                    "full_name",
                    "username",
                    "address",
                    "shippingAddress",
                    "address_1",
                    "street",
                    "zip",
                    "postal_code",
                    "birthday",
                    "dob",
                    "ssn",
                    "iban",
                    "card",
                    "cc_number",
                    "cvv",
                    "password",
                    "access_token",
                    "client_secret",
                    "ip",
                ][..],
            ),
            (
                Identifying,
                &["user_id", "userId", "_fbp", "_ga_ABC", "gclid", "utm_source", "sessionId", "lat", "city"],
            ),
            (Code, &["transaction_id", "orderId", "sku", "gtin13", "ean", "order_number", "timestamp", "id"]),
            (
                Other,
                &[
                    "name",
                    "item_name",
                    "category",
                    "price",
                    "currency",
                    "gift_card",
                    "emailed",
                    "items_per_page",
                    "order_note",
                    "phone_model",
                    "token_count",
                    "state",
                    "value",
                    "mailing",
                    "system",
                    "graph",
                ],
            ),
        ] {
            for name in names {
                assert_eq!(meaning(name, false), expected, "{name}");
            }
        }
        assert_eq!(meaning("name", true), Personal);
        assert!(is_person("customer") && is_person("billingContact") && !is_person("products"));
    }
}
