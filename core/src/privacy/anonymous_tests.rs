use serde_json::json;

use super::*;
use crate::consent::{Purposes, Source, State, Vendors};
use crate::event::{Campaign, Channel, From, Ids, Session, Track};
use crate::facts::Timestamp;

/// An event of somebody about whom a good deal is known.
pub(crate) fn event(data: Data) -> Event {
    let said = |text: &str| Some(text.to_owned());
    let mut ids = Ids::default();
    ids.put("_ga", "944266522.1681654733");
    Event {
        uuid: Uuid::from_u128(7),
        timestamp: Timestamp(1_730_000_000_123),
        data,
        context: Context {
            page: Page::default(),
            user: User {
                user_id: said("u-42"),
                anonymous_id: said("anon-42"),
                edgee_id: said("ddb14b31-e762-4eb9-890a-5245053dc544"),
                properties: json!({"plan": "gold"}).as_object().unwrap().clone(),
            },
            client: Client {
                ip: said("203.0.113.7"),
                locale: said("fr-ca"),
                accept_language: said("fr-CA,fr;q=0.9,en;q=0.8"),
                timezone: said("America/Toronto"),
                user_agent: said("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0.6723.70 Safari/537.36"),
                user_agent_version_list: said("Chromium;130"),
                user_agent_full_version_list: said("Chromium;130.0.6723.70"),
                user_agent_mobile: said("0"),
                user_agent_architecture: said("arm"),
                user_agent_bitness: said("64"),
                user_agent_model: said("K"),
                os_name: said("Windows"),
                os_version: said("15.0.1"),
                browser: said("Chrome"),
                browser_version: said("130.0.6723.70"),
                device: Some("desktop".into()),
                bot: None,
                screen_width: Some(1512),
                screen_height: Some(982),
                screen_density: Some(2.0),
                continent: said("NA"),
                country_code: said("CA"),
                country_name: said("Canada"),
                region: said("QC"),
                city: said("Montreal"),
                postal_code: said("H2X"),
                latitude: Some(45.5),
                longitude: Some(-73.5),
            },
            campaign: Campaign { source: said("news"), ..Campaign::default() },
            traffic: Some(Traffic { channel: Channel::Email, source: said("news") }),
            ids,
            session: Some(Session {
                session_id: "1730000000".into(),
                previous_session_id: None,
                session_count: 3,
                session_start: true,
                first_seen: Timestamp(1),
                last_seen: Timestamp(2),
            }),
        },
        components: Selection([("x".to_owned(), false)].into()),
        from: From::Edge,
        consent: Decision {
            state: State::Denied,
            purposes: Purposes::NONE,
            source: Source::Cmp,
            cmp: None,
            vendors: Some(Vendors::of([755])),
            gpc: false,
        },
        anonymous: false,
    }
}

#[test]
fn what_is_left_is_what_is_documented() {
    let page = Page {
        title: Some("Welcome".into()),
        url: Some("https://a.example/p/u-42?gclid=x#y".into()),
        path: Some("/p/u-42".into()),
        search: Some("?gclid=x".into()),
        referrer: Some("https://b.example/q?r=s".into()),
        properties: json!({"plan": "gold", "note": "203.0.113.7"}).as_object().unwrap().clone(),
        ..Page::default()
    };
    let event = event(Data::Page(page));
    let pseudonym = Uuid::from_u128(9);
    let anonymous = anonymous(&event, Some(pseudonym));
    assert_eq!(
        serde_json::to_value(&anonymous).unwrap(),
        json!({
            "uuid": event.uuid,
            "timestamp": event.timestamp.rfc3339(),
            "type": "page",
            "data": {
                "keywords": [],
                "title": "Welcome",
                "url": "https://a.example/p/[redacted]",
                "path": "/p/[redacted]",
                "referrer": "https://b.example/q",
                "properties": {"plan": "gold", "note": "[redacted]"},
            },
            "context": {
                "page": {"keywords": []},
                "user": {"edgee_id": pseudonym},
                "client": {
                    "ip": "203.0.113.0",
                    "locale": "fr-ca",
                    "accept_language": "fr-CA",
                    "timezone": "America/Toronto",
                    "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                        Chrome/130.0.0.0 Safari/537.36",
                    "user_agent_version_list": "Chromium;130",
                    "user_agent_mobile": "0",
                    "os_name": "Windows",
                    "browser": "Chrome",
                    "browser_version": "130",
                    "device": "desktop",
                    "screen_width": 1280,
                    "continent": "NA",
                    "country_code": "CA",
                    "country_name": "Canada",
                    "region": "QC",
                },
                "campaign": {},
                "traffic": {"channel": "email"},
            },
            "from": "edge",
            "consent": "denied",
            "purposes": {"analytics": false, "advertising": false, "personalization": false, "functional": false},
            "consent_source": "cmp",
            "anonymous": true,
        })
    );
    assert_eq!(anonymous.consent.vendors, None);
    assert_eq!(super::anonymous(&event, None).context.user, User::default());
}

#[test]
fn a_user_event_says_nothing_any_more() {
    let user = User { user_id: Some("u-42".into()), ..User::default() };
    assert_eq!(anonymous(&event(Data::User(user)), None).data, Data::User(User::default()));
}

#[test]
fn traits_that_are_names_go_wherever_they_are_repeated() {
    let track = Track {
        name: "Jane Doe signed up".into(),
        properties: json!({"greeting": "Hello Jane Doe!"}).as_object().unwrap().clone(),
    };
    let mut event = event(Data::Track(track));
    event.context.user.properties = json!({"full_name": "Jane Doe"}).as_object().unwrap().clone();
    let Data::Track(track) = anonymous(&event, None).data else { panic!("a track") };
    assert_eq!(track.name, "[redacted] signed up");
    assert_eq!(track.properties["greeting"], "Hello [redacted]!");
}

#[test]
fn addresses_become_networks() {
    for (ip, expected) in [
        ("203.0.113.7", Some("203.0.113.0")),
        ("2001:db8:1234:5678:9abc::1", Some("2001:db8:1234::")),
        ("::ffff:203.0.113.7", Some("203.0.113.0")),
        ("unknown", None),
    ] {
        assert_eq!(network(ip).as_deref(), expected, "{ip}");
    }
}
