use http::HeaderValue;
use http::header::COOKIE;
use proptest::prelude::*;
use uuid::Uuid;

use super::super::{clicks, complete, fbp, ga_client_id, read};
use super::*;
use crate::config::Setting;
use crate::consent::Purpose::{Advertising, Analytics};

const NOW: Timestamp = Timestamp(1_795_343_700_123);
const PLACE: Place<'static> = Place { host: "www.example.com", domain: Some("example.com"), secure: true };

fn vendors() -> Vec<Vendor> {
    [
        "ga4",
        "google-ads",
        "meta-capi",
        "linkedin-capi",
        "snapchat-capi",
        "pinterest-capi",
        "tiktok-events",
        "reddit-capi",
        "microsoft-capi",
        "amplitude",
        "piano",
        "webhook",
    ]
    .iter()
    .filter_map(|kind| Vendor::of(kind, &settings()))
    .collect()
}

fn settings() -> ResolvedSettings {
    let values = [("measurement_id", "G-ABC123DEF4"), ("api_key", "a2dbce0e18dfe5f8e")];
    let values = values.map(|(name, value)| (name.to_owned(), Setting::Text(value.into())));
    ResolvedSettings { values: values.into(), endpoint: None }
}

fn visitor() -> Visitor {
    Visitor {
        landing: crate::visitor::Landing::default(),
        id: Uuid::parse_str("be9f76b3-2c50-4d12-b14c-85c343745691").unwrap(),
        first_seen: Timestamp(1_700_000_000_000),
        last_seen: NOW,
        session_start: Timestamp(1_795_343_000_000),
        previous_session: None,
        session_count: 2,
        user: None,
    }
}

fn headers(cookies: &str) -> HeaderMap {
    [(COOKIE, HeaderValue::from_str(cookies).unwrap())].into_iter().collect()
}

/// What is set, by name and value, for a browser that has these cookies and opens a page with this query.
fn set(had: &str, query: &str, allowed: Purposes, place: Place<'_>, vendors: &[Vendor]) -> Vec<String> {
    let (visitor, random) = (visitor(), Random::from_seed([7; 32]));
    let how = Issue { vendors, allowed, visitor: Some(&visitor), now: NOW, random: &random, place };
    let had = read(&headers(had));
    let mut ids = had.clone();
    complete(&mut ids, &clicks(query), Some(&place), NOW);
    issue(&mut ids, &how);
    cookies(&had, &ids, &how)
}

fn names(set: &[String]) -> Vec<&str> {
    set.iter().map(|text| text.split('=').next().unwrap()).collect()
}

#[test]
fn only_configured_vendors_cookies_are_set_and_only_with_consent() {
    let all = vendors();
    assert_eq!(all.len(), 11);
    let analytics = Purposes::NONE.with(Analytics);
    let advertising = Purposes::NONE.with(Advertising);
    for (vendors, allowed, expected) in [
        (
            &all[..],
            Purposes::ALL,
            "_ga _ga_ABC123DEF4 _gcl_au _fbp _scid _ttp _rdt_uuid AMP_a2dbce0e18 _pcid",
        ),
        (&all, analytics, "_ga _ga_ABC123DEF4 AMP_a2dbce0e18 _pcid"),
        (&all, advertising, "_gcl_au _fbp _scid _ttp _rdt_uuid"),
        (&all, Purposes::NONE, ""),
        (&[], Purposes::ALL, ""),
        (&[Vendor::Meta], Purposes::ALL, "_fbp"),
        (&[Vendor::Meta], analytics, ""),
    ] {
        let set = set("", "", allowed, PLACE, vendors);
        assert_eq!(names(&set), expected.split_whitespace().collect::<Vec<_>>());
    }
}

#[test]
fn settings_that_no_vendor_gives_out_name_no_cookie() {
    let with = |kind, name: &str, value: &str| {
        let values = [(name.to_owned(), Setting::Text(value.into()))].into();
        Vendor::of(kind, &ResolvedSettings { values, endpoint: None })
    };
    for value in ["", "ABC", "G-", "G-A;B", "G-A B", "UA-1-1"] {
        assert_eq!(with("ga4", "measurement_id", value), None, "{value}");
    }
    for value in ["", "short", "a2dbce0e1=dfe5", "é".repeat(10).as_str()] {
        assert_eq!(with("amplitude", "api_key", value), None, "{value}");
    }
}

#[test]
fn cookies_are_first_party_readable_and_live_as_long_as_the_vendors() {
    let set =
        |place| set("", "fbclid=New&gclid=Cj0", Purposes::ALL, place, &[Vendor::Meta, Vendor::GoogleAds]);
    let fields = set(PLACE);
    assert_eq!(
        fields[1],
        "_gcl_aw=GCL.1795343700.Cj0; Path=/; Domain=example.com; Max-Age=7776000; SameSite=Lax; Secure"
            .replace("_gcl_aw=GCL.1795343700.Cj0", "_fbc=fb.1.1795343700123.New")
    );
    assert!(
        fields
            .iter()
            .any(|field| field.starts_with("_gcl_aw=GCL.1795343700.Cj0; Path=/; Domain=example.com;"))
    );
    assert!(fields.iter().all(|field| !field.contains("HttpOnly")));
    let fields = set(Place { domain: None, secure: false, ..PLACE });
    assert_eq!(fields[1], "_fbc=fb.2.1795343700123.New; Path=/; Max-Age=7776000; SameSite=Lax");
}

#[test]
fn googles_client_and_session_are_our_visitors() {
    let vendors: Vec<_> = Vendor::of("ga4", &settings()).into_iter().collect();
    let set = |had: &str, place| set(had, "", Purposes::ALL, place, &vendors);
    let text = |fields: Vec<String>| {
        fields.iter().map(|field| field.split(';').next().unwrap().to_owned()).collect::<Vec<_>>().join("; ")
    };
    let client = "_ga=GA1.1.108670052.1700000000";
    assert_eq!(
        text(set("", PLACE)),
        format!("{client}; _ga_ABC123DEF4=GS2.1.s1795343000$o2$g0$t1795343700$j60$l0$h0")
    );
    // A session that lives stays as it is.
    let live = format!("{client}; _ga_ABC123DEF4=GS2.1.s1795342000$o9$g1$t1795342500$j0$l0$h0");
    assert_eq!(text(set(&live, PLACE)), "");
    // One that is over is followed by ours.
    let over = format!("{client}; _ga_ABC123DEF4=GS1.1.1795300000.9.1.1795300500.0.0.0");
    assert_eq!(text(set(&over, PLACE)), "_ga_ABC123DEF4=GS2.1.s1795343000$o10$g0$t1795343700$j60$l0$h0");
    // One of ours that no tag keeps alive goes on.
    let same = format!("{client}; _ga_ABC123DEF4=GS2.1.s1795343000$o9$g1$t1795300500$j0$l0$h0");
    assert_eq!(text(set(&same, PLACE)), "_ga_ABC123DEF4=GS2.1.s1795343000$o9$g1$t1795343700$j60$l0$h0");
    // Without a domain, what is there has no twin beside it.
    assert_eq!(text(set(&over, Place { domain: None, ..PLACE })), "");
}

#[test]
fn what_is_written_is_read_back() {
    let clicks_of = "fbclid=a_-B&gclid=b&wbraid=c&gbraid=d&epik=e&ttclid=E.f&ScCid=g&rdt_cid=8&\
                     msclkid=b1240587f865192a03586c5b000314f5&li_fat_id=2f6ad9d5-51f4-4cbb-9f6c-fc2a66ab1e0f";
    let (visitor, random, vendors) = (visitor(), Random::from_seed([9; 32]), vendors());
    let visitor =
        visitor.remember(&crate::event::User { user_id: Some("ada; ü".into()), ..Default::default() });
    let how = Issue {
        vendors: &vendors,
        allowed: Purposes::ALL,
        visitor: Some(&visitor),
        now: NOW,
        random: &random,
        place: PLACE,
    };
    let mut ids = Ids::default();
    complete(&mut ids, &clicks(clicks_of), Some(&PLACE), NOW);
    issue(&mut ids, &how);
    let set = cookies(&Ids::default(), &ids, &how);
    assert_eq!(set.len(), 19, "{set:?}");
    let jar: Vec<_> = set.iter().map(|field| field.split(';').next().unwrap()).collect();
    let back = read(&headers(&jar.join("; ")));
    for (name, entry) in how.cookies() {
        assert_eq!(back.get(&name), ids.get(&name), "{name}");
        assert!(entry.days <= 400, "{name}");
    }
    // Who the user is stays out of what scripts can read.
    assert_eq!(amplitude(&back, "a2dbce0e18dfe5f8e").unwrap().user_id, None);
    // And is not written twice.
    let mut again = back.clone();
    issue(&mut again, &how);
    assert_eq!(again, back);
    assert_eq!(cookies(&back, &again, &how), Vec::<String>::new());
}

#[test]
fn what_is_refused_is_taken_away() {
    let had = "_ga=x; _ga_ABC123DEF4=y; _ga_OTHER=z; _fbp=fb.1.1; other=1; _scid=1";
    let vendors = [Vendor::Meta, Vendor::of("ga4", &settings()).unwrap()];
    let cleared = clear(&headers(had), &vendors, Purposes::ALL, &PLACE);
    let expected: Vec<String> = ["_fbp", "_ga", "_ga_ABC123DEF4"]
        .iter()
        .flat_map(|name| {
            ["", "; Domain=example.com"]
                .map(|d| format!("{name}=; Path=/{d}; Max-Age=0; SameSite=Lax; Secure"))
        })
        .collect();
    assert_eq!(cleared, expected);
    let refused = Purposes::NONE.with(Advertising);
    let cleared = clear(&headers(had), &vendors, refused, &Place { domain: None, ..PLACE });
    assert_eq!(cleared, ["_fbp=; Path=/; Max-Age=0; SameSite=Lax; Secure"]);
    assert!(clear(&headers("a=b"), &vendors, Purposes::ALL, &PLACE).is_empty());
    assert!(clear(&headers(had), &vendors, Purposes::NONE, &PLACE).is_empty());
}

#[test]
fn domains_are_counted_as_meta_counts_them() {
    for (host, domain, level) in [
        ("example.com", None, 1),
        ("www.example.com:8443", None, 2),
        ("www.example.com", Some(".example.com"), 1),
        ("localhost:8080", None, 0),
    ] {
        assert_eq!(Place { host, domain, secure: true }.level(), level, "{host}");
    }
}

proptest! {
    #[test]
    fn whatever_is_set_is_a_field_and_reads_back(
        seed in any::<[u8; 32]>(), id in any::<u128>(), now in 1_600_000_000_000_i64..4_000_000_000_000,
        ago in 0_i64..1_000_000_000, query in "(fbclid|gclid|wbraid|ttclid|epik)=[A-Za-z0-9_%.-]{1,60}",
    ) {
        let (vendors, random, now) = (vendors(), Random::from_seed(seed), Timestamp(now));
        let visitor = Visitor {
            id: Uuid::from_u128(id),
            first_seen: Timestamp(now.0 - ago),
            session_start: Timestamp(now.0 - ago / 1000),
            last_seen: now,
            ..visitor()
        };
        let how =
            Issue { vendors: &vendors, allowed: Purposes::ALL, visitor: Some(&visitor), now, random: &random, place: PLACE };
        let mut ids = Ids::default();
        complete(&mut ids, &clicks(&query), Some(&PLACE), now);
        issue(&mut ids, &how);
        let set = cookies(&Ids::default(), &ids, &how);
        prop_assert!(set.iter().all(|field| HeaderValue::from_str(field).is_ok()));
        let jar: Vec<_> = set.iter().map(|field| field.split(';').next().unwrap()).collect();
        let back = read(&headers(&jar.join("; ")));
        prop_assert!(ga_client_id(&back).is_some() && fbp(&back).is_some());
        for (name, _) in how.cookies() {
            prop_assert_eq!(back.get(&name), ids.get(&name));
        }
    }
}
