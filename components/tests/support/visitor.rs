//! A visitor all of whose personal data is marked, and what is sent of their visits.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use selvedge_components::registry;
use selvedge_core::answer::Body;
use selvedge_core::budget::Platform;
use selvedge_core::component::{Kind, Outbound};
use selvedge_core::config::Config;
use selvedge_core::facts::{Client, Facts, Geo, Random, Timestamp};
use selvedge_core::head::Request;
use selvedge_core::plan::{Plan, Seek};
use selvedge_core::receive::Received;
use selvedge_core::settle::Outcome;
use selvedge_core::sink::{Sink, Write};
use selvedge_core::visit::Visit;
use selvedge_core::{Edge, edge::Secrets};
use serde_json::{Value, json};

use super::support::NOW;

/// In whatever tells the visitor from others, and is of no shape of its own.
pub(crate) const MARK: &str = "zqjmark7";
/// In the e-mail address, which is what marks texts that are kept.
pub(crate) const MAIL: &str = "zqjmail7@mail.example.com";
/// Where the visitor is: the network may be told, the address not.
pub(crate) const ADDRESS: &str = "203.0.113.177";
/// The telephone number.
pub(crate) const PHONE: &str = "+33 6 99 88 77 66";
/// The payment card.
pub(crate) const CARD: &str = "4111 1111 1111 1111";
/// In ids that have to be numbers.
pub(crate) const DIGITS: &str = "9876501234";

/// By which way consent was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consent {
    Granted,
    /// By the choice that is stored.
    Denied,
    /// By the page or the post.
    DeniedByPayload,
    /// By each event, while the payload grants everything.
    DeniedByEvents,
    /// Nothing was said.
    Pending,
    /// Everything granted, and `Sec-GPC: 1`, for a destination that advertises.
    Gpc,
}

impl Consent {
    pub(crate) const WITHHELD: [Self; 5] =
        [Self::Denied, Self::DeniedByPayload, Self::DeniedByEvents, Self::Pending, Self::Gpc];

    fn of_payload(self) -> Option<&'static str> {
        match self {
            Self::Granted | Self::DeniedByEvents | Self::Gpc => Some("granted"),
            Self::DeniedByPayload => Some("denied"),
            Self::Denied | Self::Pending => None,
        }
    }
}

/// How the events reach the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// In the data layer of a page.
    Page,
    /// Posted by the browser.
    Post,
}

impl Way {
    pub(crate) const ALL: [Self; 2] = [Self::Page, Self::Post];
}

/// Settings that a kind works with: those of its first golden case.
pub(crate) fn settings(kind: &Kind) -> Value {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(kind.name);
    let mut cases: Vec<_> =
        std::fs::read_dir(root).unwrap().map(|case| case.unwrap().path().join("case.json")).collect();
    cases.sort();
    let cases = cases.iter().map(|path| std::fs::read_to_string(path).unwrap());
    let mut cases = cases.map(|text| serde_json::from_str::<Value>(&text).unwrap());
    cases.find_map(|case| case.get("settings").cloned()).expect("a golden case with settings")
}

/// The edge with one component of a kind, with what `more` says of it.
pub(crate) fn edge(kind: &Kind, more: &Value) -> Arc<Edge> {
    let mut component = json!({"kind": kind.name, "id": kind.name, "settings": settings(kind)});
    for (name, value) in more.as_object().unwrap() {
        component[name] = value.clone();
    }
    let config = json!({
        "site": [{"origin": "https://origin.example"}],
        // Identity before consent, so that there is one to take away.
        "visitor": {"before_consent": "cookie", "native_cookies": "write"},
        "component": [component],
    });
    let config: Config = serde_json::from_value(config).unwrap();
    let secrets: Secrets =
        BTreeMap::from([(config.visitor.key.secret.clone(), "0123456789abcdef".repeat(4))]);
    let edge = Edge::new(config, registry(), &secrets, PLATFORM);
    assert_eq!(edge.problems(), &[] as &[String]);
    edge
}

/// What is said in the data layer or the post. `extra` is among the properties of every event.
pub(crate) fn payload(consent: Consent, extra: &Value) -> Value {
    let url = format!("https://shop.example.com/p/{MAIL}?x={MARK}&utm_source={MARK}&gclid={MARK}#{MARK}");
    let properties = json!({
        "email": MARK, "firstName": MARK, "user_id": MARK, "gclid": MARK, "_fbp": MARK, "ip_address": ADDRESS,
        "note": format!("mail {MAIL} or call {PHONE}"), "phone": PHONE, "number": CARD,
        "nested": {"list": [{"deep": [format!("<{MAIL}>"), {"link": url, "password": MARK}]}, [[CARD]]]},
        "customer": {"name": MARK}, "search": format!("?q={MARK}&r={MARK}"), "address": {"street": [MARK]},
        "encoded": format!("https%3A%2F%2Fa.example%2F%3Fq%3D{MARK}"), MAIL: 1, "extra": extra,
    });
    let page = json!({
        "name": MAIL, "category": MAIL, "keywords": [MAIL], "title": format!("Welcome {MAIL}"), "url": url,
        "path": format!("/p/{MAIL}?x={MARK}"), "search": format!("?x={MARK}"),
        "referrer": format!("https://ref.example/{MAIL}?x={MARK}#{MARK}"), "properties": properties,
    });
    let user = json!({
        "user_id": format!("user-{MARK}"), "anonymous_id": format!("anon-{MARK}"),
        "properties": {"email": MAIL, "name": MARK, "note": MARK, "nested": {"a": [MARK]}},
    });
    let context = json!({
        "page": page,
        "user": user,
        "client": {
            "timezone": MARK, "user_agent_full_version_list": format!("{MARK};1.2.3.4"),
            "user_agent_architecture": MARK, "user_agent_bitness": MARK, "user_agent_model": MARK,
            "os_version": MARK, "screen_width": 1512, "screen_height": 982, "screen_density": 2.0,
        },
        "campaign": {"name": MARK, "source": MARK, "medium": MARK, "term": MARK, "content": MARK,
            "creative_format": MARK, "marketing_tactic": MARK},
    });
    let mut events = vec![
        json!({"type": "page", "data": page}),
        json!({"type": "track", "data": {"name": format!("asked {MAIL}"), "properties": properties}}),
        json!({"type": "track", "data": {"name": "purchase", "properties": {
            "transaction_id": "T-1", "value": 9.9, "currency": "EUR", "email": MAIL,
            "products": [{"name": "Tee", "sku": "S-1", "price": 9.9, "quantity": 1, "gift_for": MAIL, "user_id": MARK}],
        }}}),
        json!({"type": "user", "data": user}),
    ];
    for event in &mut events {
        event["components"] = json!({"all": true, MARK: true});
        if consent == Consent::DeniedByEvents {
            event["consent"] = "denied".into();
        }
    }
    let mut collection = json!({"context": context, "events": events});
    if let Some(said) = consent.of_payload() {
        collection["consent"] = said.into();
    }
    json!({"data_collection": collection})
}

fn headers(consent: Consent, cookies: &str, more: &[(&'static str, &str)]) -> HeaderMap {
    let agent = format!(
        "Mozilla/5.0 (Windows NT 10.0; {MARK}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.1.2 Safari/537.36 \
         {MARK}/1.0"
    );
    let choice = match consent {
        Consent::Denied => format!("; selvedge_consent=denied.{}", NOW.seconds()),
        _ => String::new(),
    };
    let cookies = format!(
        "_ga=GA1.1.{DIGITS}.1681654733; _ga_ABC123DEF4=GS1.1.{DIGITS}.1.0.{DIGITS}.0.0.0; \
         _fbp=fb.1.1596403881668.{DIGITS}; _fbc=fb.1.1596403881668.{MARK}; session={MARK}; _ttp={MARK}; \
         _scid={MARK}; _epik={MARK}; _uetvid={MARK}; li_fat_id={MARK}{choice}{cookies}"
    );
    let referer = format!("https://ref.example/u/{MAIL}?x={MARK}");
    let brands = format!(r#""Chromium";v="130", "{MARK}";v="99""#);
    let quoted = format!("\"{MARK}\"");
    let mut headers = HeaderMap::new();
    let said = [
        ("host", "shop.example.com"),
        ("user-agent", &agent),
        ("accept-language", &format!("fr-FR-x-{MARK},fr;q=0.9")),
        ("cookie", &cookies),
        ("referer", &referer),
        ("x-forwarded-for", ADDRESS),
        ("sec-ch-ua", &brands),
        ("sec-ch-ua-full-version-list", &brands),
        ("sec-ch-ua-mobile", "?0"),
        ("sec-ch-ua-arch", &quoted),
        ("sec-ch-ua-bitness", &quoted),
        ("sec-ch-ua-model", &quoted),
        ("sec-ch-ua-platform", &quoted),
        ("sec-ch-ua-platform-version", &quoted),
        ("authorization", &format!("Bearer {MARK}")),
    ];
    for (name, value) in said.iter().chain(more) {
        headers.insert(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
    }
    if consent == Consent::Gpc {
        headers.insert("sec-gpc", HeaderValue::from_static("1"));
    }
    headers
}

fn facts(seed: u8) -> Facts {
    let said = |text: &str| Some(text.to_owned());
    let geo = Geo {
        continent: said("EU"),
        country_code: said("FR"),
        country_name: said("France"),
        region: said("IDF"),
        city: said(MARK),
        postal_code: said(MARK),
        latitude: Some(48.987_650_123_4),
        longitude: Some(2.987_650_123_4),
        timezone: said("Europe/Paris"),
    };
    let client = Client { ip: Some(ADDRESS.parse().unwrap()), geo, bot: None };
    Facts { client, now: Timestamp(NOW.0), random: Random::from_seed([seed; 32]) }
}

/// A visit's requests. The visitor was here before, agreed to everything then, and said who they are.
pub(crate) fn sent(edge: &Arc<Edge>, way: Way, consent: Consent, extra: &Value) -> Vec<Outbound> {
    let cookies = known_before(edge);
    let visit = match way {
        Way::Page => page(edge, consent, &cookies, extra),
        Way::Post => post(edge, consent, &cookies, extra).0,
    };
    let plan = Plan::new(edge, visit, PLATFORM.budget);
    // What waits for a token gets one; the request for it leaves as well.
    let (now, random, mut requests) = (Timestamp(NOW.0), Random::from_seed([9; 32]), Vec::new());
    for waiting in &plan.waiting {
        if let Seek::Ask(ask) = edge.seek_token(waiting, None, now, &random) {
            let answer = br#"{"access_token":"t","expires_in":3600}"#;
            edge.token_answered(waiting, &Outcome::Answered(StatusCode::OK, None), answer, now, &random);
            requests.push(ask.request);
        }
    }
    let resumed = Plan::resume(edge, plan.waiting, now, [9; 32]);
    let deliveries = plan.deliveries.into_iter().chain(resumed.deliveries);
    requests.extend(deliveries.map(|delivery| delivery.request));
    requests.extend(plan.writes.into_iter().map(|delivery| as_request(delivery.request)));
    requests
}

/// One that has what all have.
const PLATFORM: Platform = Platform { name: "every", sinks: Sink::ALL, ..Platform::CLOUDFLARE };

/// A write in the form of a request: it is looked through in the same way.
fn as_request(write: Write) -> Outbound {
    let body = write.records.join("\n").into_bytes();
    Outbound { method: Method::POST, url: write.name, headers: Vec::new(), body }
}

/// The cookies that a visit with consent left, but for the choice.
fn known_before(edge: &Arc<Edge>) -> String {
    let (_, cookies) = post(edge, Consent::Granted, "", &Value::Null);
    let kept = cookies.iter().filter(|cookie| !cookie.starts_with("selvedge_consent="));
    let kept: String = kept.map(|cookie| format!("; {}", cookie.split(';').next().unwrap())).collect();
    assert!(kept.contains("selvedge="), "{cookies:?}");
    kept
}

fn post(edge: &Arc<Edge>, consent: Consent, cookies: &str, extra: &Value) -> (Visit, Vec<String>) {
    let page = format!("https://shop.example.com/p/{MAIL}?x={MARK}&gclid={MARK}");
    let more = [("content-type", "text/plain"), ("origin", "https://shop.example.com"), ("referer", &page)];
    let headers = headers(consent, cookies, &more);
    let request = Request::new(Method::POST, "https://shop.example.com/_selvedge/event", headers).unwrap();
    let Received::Collect(collect) = edge.receive(request, facts(1)) else { panic!("a post") };
    let body = payload(consent, extra).to_string();
    let (reply, visit) = collect.accept(Ok(body.as_bytes()));
    let cookies = reply.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap().to_owned());
    let cookies = cookies.collect();
    (visit.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&reply.body))), cookies)
}

fn page(edge: &Arc<Edge>, consent: Consent, cookies: &str, extra: &Value) -> Visit {
    let url =
        format!("https://shop.example.com/p/{MAIL}?x={MARK}&utm_source={MARK}&gclid={MARK}&email={MAIL}");
    let more = [("accept", "text/html"), ("sec-fetch-dest", "document"), ("sec-fetch-mode", "navigate")];
    let request = Request::new(Method::GET, &url, headers(consent, cookies, &more)).unwrap();
    let Received::Forward(forward) = edge.receive(request, facts(2)) else { panic!("a page") };
    let mut head = HeaderMap::new();
    head.insert("content-type", HeaderValue::from_static("text/html; charset=utf-8"));
    let Body::Rewrite(mut rewriter) = forward.answer(StatusCode::OK, &head).body else {
        panic!("a document")
    };
    let html = format!(
        r#"<!doctype html><html><head><title>Hello {MAIL}</title><meta name="keywords" content="{MAIL}">
        <link rel="canonical" href="https://shop.example.com/p/{MAIL}?x={MARK}">
        <script type="application/json" id="__SELVEDGE_DATA_LAYER__">{}</script></head><body></body></html>"#,
        payload(consent, extra)
    );
    let mut out = Vec::new();
    let _ = rewriter.write(html.as_bytes(), &mut out);
    rewriter.finish(&mut out)
}
