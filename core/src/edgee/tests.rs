use http::{HeaderMap, HeaderName, HeaderValue};

use super::*;

fn request(method: Method, url: &str, fields: &[(&'static str, &str)]) -> Request {
    let field = |(name, value): &(&'static str, &str)| {
        (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
    };
    Request::new(method, url, fields.iter().map(field).collect::<HeaderMap>()).unwrap()
}

/// `printf shop.example.com | md5sum`
const TOKEN: &str = "f40d9b2f6eeec78e169bc40177907bff";

#[test]
fn a_token_is_the_md5_of_the_host() {
    assert_eq!(token_of("shop.example.com"), TOKEN);
    // RFC 1321, A.5.
    assert_eq!(token_of("abc"), "900150983cd24fb0d6963f7d28e17f72");
}

#[test]
fn only_its_own_token_makes_a_post_an_event() {
    let (json, bearer) = ("application/json", format!("Bearer {TOKEN}"));
    let upper = format!("bearer  {}", TOKEN.to_uppercase());
    for (url, media, authorization, expected) in [
        ("https://shop.example.com/linen", json, bearer.as_str(), true),
        ("https://shop.example.com:8443/", json, &bearer, true),
        ("https://shop.example.com/", "Application/JSON; charset=utf-8", &bearer, true),
        ("https://shop.example.com/", json, &upper, true),
        ("https://shop.example.com/", "text/plain", &bearer, false),
        ("https://shop.example.com/", "application/json-patch+json", &bearer, false),
        ("https://other.example.com/", json, &bearer, false),
        ("https://shop.example.com/api", json, "Bearer eyJhbGciOiJIUzI1NiJ9.e30.x", false),
        ("https://shop.example.com/api", json, "Bearer 900150983cd24fb0d6963f7d28e17f72", false),
        ("https://shop.example.com/api", json, TOKEN, false),
        ("https://shop.example.com/api", json, "Basic dTpw", false),
        ("https://shop.example.com/api", json, "", false),
    ] {
        let fields = [("content-type", media), ("authorization", authorization)];
        let posted = request(Method::POST, url, &fields);
        let expected = expected.then_some(Asked::Token);
        assert_eq!(asked(&posted, &posted.path), expected, "{url} {media} {authorization}");
        let got = request(Method::GET, url, &fields);
        assert_eq!(asked(&got, &got.path), None, "only posts carry events");
    }
}

#[test]
fn paths_are_edgees() {
    let elsewhere = |query: &str| Some(Asked::Elsewhere(query.to_owned()));
    for (url, expected) in [
        ("https://a.example/_edgee/sdk.js", Some(Asked::Script)),
        ("https://a.example/_edgee/libs/edgee.v1.8.3.js", Some(Asked::Script)),
        ("https://a.example/_edgee/libs/edgee.js", None),
        ("https://a.example/_edgee/libs/shopify.v1.8.3.js", None),
        ("https://a.example/_edgee/event", Some(Asked::Event)),
        ("https://a.example/_edgee/libs/event", Some(Asked::Event)),
        ("https://a.example/_edgee/csevent", elsewhere("")),
        ("https://a.example/_edgee/csevent?e=v1.a.b&u=x", elsewhere("e=v1.a.b&u=x")),
        ("https://a.example/_edgee/csevent&u=x", elsewhere("u=x")),
        ("https://a.example/_edgee/", None),
        ("https://a.example/_edgee/else", None),
        ("https://a.example/x/_edgee/event", None),
        ("https://a.example/_edgee", None),
    ] {
        let request = request(Method::POST, url, &[]);
        assert_eq!(asked(&request, &request.path), expected, "{url}");
    }
}

#[test]
fn what_was_carried_stands_where_cookies_are() {
    let visitor = crate::config::Visitor::default();
    for (query, carried, expected) in [
        (Some(""), None, None),
        (Some("e=v1.a.b"), None, Some("selvedge=v1.a.b")),
        (Some("e=v1.a.b&u=granted.1"), None, Some("selvedge=v1.a.b; selvedge_consent=granted.1")),
        (Some("u=denied.1"), None, Some("selvedge_consent=denied.1")),
        (Some("e=00ff&u=0A"), None, Some("edgee=00ff; edgee_u=0A")),
        (Some("e=a\u{7f}b"), None, None),
        (Some("e=v1.a.b;selvedge_consent=granted.1"), None, None),
        (Some("u=analytics+functional.1"), None, Some("selvedge_consent=analytics+functional.1")),
        (Some("e=&u="), None, None),
        // The field is the newer script's; a query is the older one's.
        (None, Some("edgee=v1.a.b; edgee_u=granted.1"), Some("selvedge=v1.a.b; selvedge_consent=granted.1")),
        (None, Some("edgee=00ff; _ga=GA1.1.1.2; x"), Some("edgee=00ff; _ga=GA1.1.1.2")),
        (None, Some(""), None),
    ] {
        let mut fields = vec![("cookie", "selvedge=this-site's-own")];
        fields.extend(carried.map(|carried| (CARRIED, carried)));
        let mut request = request(Method::POST, "https://a.example/_edgee/event", &fields);
        elsewhere::take_cookies(&mut request, query, &visitor);
        let cookie = expected.unwrap_or_default();
        assert_eq!(request.header("cookie").unwrap_or_default(), cookie, "{query:?} {carried:?}");
    }
    let long = format!("e={}", "f".repeat(5000));
    let mut request = request(Method::POST, "https://a.example/_edgee/csevent", &[]);
    elsewhere::take_cookies(&mut request, Some(&long), &visitor);
    assert_eq!(request.header("cookie").unwrap_or_default(), "");
}

#[test]
fn cookies_become_what_a_script_is_to_keep() {
    let visitor = crate::config::Visitor::default();
    let cookies = [
        "selvedge=v1.a.b; Path=/; HttpOnly",
        "selvedge_consent=granted.7; Path=/",
        "edgee=; Path=/; Max-Age=0",
        "_fbp=fb.1.2.3; Path=/",
    ];
    let cookies: Vec<_> = cookies.map(HeaderValue::from_static).to_vec();
    let forget = [HeaderValue::from_static("selvedge=; Path=/; Max-Age=0")];
    for (dialect, cookies, expected) in [
        (Dialect::Query, &cookies[..], r#"{"e":"v1.a.b","u":"granted.7"}"#),
        (
            Dialect::Carried,
            &cookies,
            r#"{"e":"v1.a.b","u":"granted.7","c":[{"name":"_fbp","value":"fb.1.2.3"}]}"#,
        ),
        (Dialect::Query, &forget, r#"{"e":"none","u":""}"#),
        (Dialect::Query, &[], r#"{"e":"","u":""}"#),
    ] {
        let (reply, set) = dialect.accepted(1, cookies, &visitor);
        assert_eq!(String::from_utf8(reply.body).unwrap().trim(), expected);
        assert_eq!((reply.status.as_u16(), set.len()), (200, 0), "no browser would keep them");
    }
    let (reply, set) = Dialect::Edgee.accepted(1, &cookies, &visitor);
    assert_eq!((reply.status.as_u16(), set.len()), (200, 4));
    let (reply, set) = Dialect::Selvedge.accepted(1, &cookies, &visitor);
    assert_eq!((reply.status.as_u16(), set.len()), (202, 4));
}

#[test]
fn slugs_mean_kinds_and_ids() {
    for (slug, kind) in [
        ("edgee/google-analytics", Some("ga4")),
        ("edgee/ga", Some("ga4")),
        ("ga", Some("ga4")),
        ("edgee-ai/matomo", Some("matomo")),
        ("somebody/ga", None),
        ("", None),
    ] {
        assert_eq!(slug::kind_of(slug), kind, "{slug}");
    }
    assert!(slug::spells("edgee/ga", "edgee-ga") && slug::spells("a", "a"));
    assert!(!slug::spells("edgee-ga", "edgee/ga") && !slug::spells("edgee/ga", "edgee-gb"));
}

#[test]
fn a_scripts_complaint_is_told_in_short_and_without_the_visitor() {
    let says = |value: &str, body: &[u8]| {
        let request = request(Method::POST, "https://a.example/", &[("x-edgee-client-error", value)]);
        client_error(&request, body).map(|(reply, said)| (reply.status.as_u16(), said))
    };
    let body = br#"{"message":"Error calling page","error":"TypeError","url":"https://a.example/?email=ada@a.example"}"#;
    assert_eq!(says("true", body), Some((204, "Error calling page: TypeError".to_owned())));
    assert_eq!(says("false", body), None);
    assert_eq!(says("true", b"nonsense"), Some((204, ": ".to_owned())));
    let long = format!(r#"{{"message":"{}"}}"#, "é".repeat(1000));
    assert_eq!(says("true", long.as_bytes()).unwrap().1.chars().count(), 200);
}

proptest::proptest! {
    #[test]
    fn hostile_requests_never_panic(path in "\\PC{0,40}", query in "\\PC{0,60}", carried in "[ -~]{0,60}") {
        let mut request = request(Method::POST, "https://a.example/", &[(CARRIED, &carried), ("authorization", &carried)]);
        drop(asked(&request, &format!("/_edgee/{path}")));
        drop(asked(&request, &path));
        drop(client_error(&request, query.as_bytes()));
        let visitor = crate::config::Visitor::default();
        elsewhere::take_cookies(&mut request, None, &visitor);
        elsewhere::take_cookies(&mut request, Some(&query), &visitor);
        // Whatever is said, what is kept for us is one of the four names.
        for part in request.header("cookie").unwrap_or_default().split("; ").filter(|part| !part.is_empty()) {
            let name = part.split('=').next().unwrap();
            proptest::prop_assert!(["selvedge", "selvedge_consent", "edgee", "edgee_u"].contains(&name), "{}", part);
        }
    }
}
