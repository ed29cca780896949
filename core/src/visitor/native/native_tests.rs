use http::HeaderValue;
use http::header::COOKIE;
use proptest::prelude::*;

use super::seen::SEEN;
use super::*;
use crate::consent::Purpose::{Advertising, Analytics};
use crate::facts::Timestamp;

const NOW: Timestamp = Timestamp(1_795_343_700_123);

fn headers(cookies: &str) -> HeaderMap {
    [(COOKIE, HeaderValue::from_bytes(cookies.as_bytes()).unwrap())].into_iter().collect()
}

fn of(name: &str, value: &str) -> Option<String> {
    read(&headers(&format!("a=1; {name}={value}; b=2"))).get(name).map(str::to_owned)
}

#[test]
fn cookies_as_vendors_write_them_are_read() {
    for (name, value, id) in SEEN {
        assert_eq!(of(name, value).as_deref(), Some(*id), "{name}={value}");
    }
}

#[test]
fn what_has_not_its_vendors_shape_is_not_there() {
    for (name, value) in [
        ("_ga", ""),
        ("_ga", "GA1.1"),
        ("_ga", "GA1.1.944266522"),
        ("_ga", "GA2.1.944266522.1681654733"),
        ("_ga", "GA1.1.944266522.168165473x"),
        ("_ga", "GA1.1.-944266522.1681654733"),
        ("_ga", "GA1.1.944266522.1681654733 "), // A space at the end is the field's, not the value's.
        ("_ga", "GA1.x.944266522.1681654733"),
        ("_ga", "GA1.2.amp-Xy_z"),
        ("_ga_ABC", "GS2.1.s1747132561$o0$g0$t1747132655"),
        ("_ga_ABC", "GS2.1.s1747132561$o1$g2$t1747132655"),
        ("_ga_ABC", "GS2.1.s1747132561$o1$g0"),
        ("_ga_ABC", "GS3.1.s1747132561$o1$g0$t1747132655"),
        ("_ga_ABC", "GS1.1.1746825440.14.0"),
        ("_ga_ABC", "GS1.1.17468254400000000000000.14.0.1746825440"),
        ("_ga_A-B", "GS2.1.s1747132561$o1$g0$t1747132655"),
        ("_ga_", "GS2.1.s1747132561$o1$g0$t1747132655"),
        ("_fbp", "fb.1.1596403881668"),
        ("_fbp", "fb.1.1596403881668.x"),
        ("_fbp", "fb.1.1596403881668.1.<script>"),
        ("_fbc", "fb.1.155.Abc"),
        ("_fbc", "fb.1.1554763741205."),
        ("_fbc", "fb.1.1554763741205.a b"),
        ("_fbc", "fb.1.1554763741205.a%0d%0ab"),
        ("_gcl_aw", "GCL.1790219680."),
        ("_gcl_aw", "GCL.1790219680.a&b"),
        ("_gcl_ag", "2.1.kabc"),
        ("_gcl_au", "1.1.x.1790219680"),
        ("li_fat_id", "2f6ad9d5"),
        ("_scid", "short"),
        ("_rdt_uuid", "70b16652-5df5-489c-bd3d-a0ddd490bb78"),
        ("_uetmsclkid", "b1240587f865192a03586c5b000314f5"),
        ("_uetmsclkid", "_uetb1240587"),
        ("AMP_a2dbce0e18", "e30="),
        ("AMP_a2dbce0e18", "!!!"),
        ("AMP_MKTG_a2dbce0e18", "JTdCJTdE"),
        ("AMP_TOKEN", "%24NOT_FOUND"),
        ("amp_a2dbce", "device"),
        ("mp_abc_mixpanel", "%7B%22distinct_id%22%3A1%7D"),
        ("mp_abc", "%7B%22distinct_id%22%3A%22a%22%7D"),
        ("ph_abc_posthog", "%7B%7D"),
        ("ph_abc_posthog", "[[[["),
        ("_pcid", "%7B%22browserId%22%3A%22a%3Bb%22%7D"),
        ("_pk_id.1.1fff", "5a1d2c3b4e5f6a7b"),
        ("_pk_id.1", "5a1d2c3b4e5f6a7b.1795343600."),
        ("_sp_id.1fff", "d5c5f5b4.1650000000"),
        ("ajs_anonymous_id", "a%0Ab%0Ac%0Ad"),
        ("other", "GA1.1.944266522.1681654733"),
    ] {
        let trimmed = value.ends_with(' ');
        assert_eq!(of(name, value).is_some(), trimmed, "{name}={value}");
    }
}

#[test]
fn lengths_are_bounded_before_anything_is_decoded() {
    let fbclid = |length: usize| format!("fb.1.1554763741205.{}", "a".repeat(length));
    assert!(of("_fbc", &fbclid(MAX_PLAIN - 19)).is_some());
    assert_eq!(of("_fbc", &fbclid(MAX_PLAIN - 18)), None);
    let piano = |length: usize| format!("{{\"browserId\":\"abc\",\"x\":\"{}\"}}", "a".repeat(length));
    assert!(of("_pcid", &piano(MAX_JSON - 30)).is_some());
    assert_eq!(of("_pcid", &piano(MAX_JSON)), None);
    // Every event carries the ids: there are no more of them than that, whatever the browser sends.
    let many: Vec<_> = (0..500).map(|n| format!("_ga_A{n}=GS2.1.s1747132561$o1$g0$t1747132655")).collect();
    let ids = read(&headers(&many.join("; ")));
    assert!(ids.iter().map(|(name, id)| name.len() + id.len()).sum::<usize>() <= MAX_IDS);
    assert!(ids.iter().count() > 50);
    let many: Vec<_> = (0..500).map(|n| format!("mp_{n}_mixpanel={{\"distinct_id\":\"a\"}}")).collect();
    assert_eq!(read(&headers(&many.join("; "))).iter().count(), MAX_OPENED);
}

#[test]
fn of_several_cookies_the_first_with_a_shape_counts() {
    let ids = read(&headers("_ga=forged; _ga=GA1.1.1.1681654733; _ga=GA1.1.2.1681654733"));
    assert_eq!(ga_client_id(&ids), Some("1.1681654733"));
}

#[test]
fn every_name_has_its_purpose_and_none_other() {
    for (purpose_of, names) in [
        (
            Some(Analytics),
            "_ga _ga_ABC AMP_a2dbce0e18 amp_a2dbce mp_x_mixpanel ph_x_posthog _pcid _pprv atid atuserid _pk_id.1.1fff \
             _sp_id.1fff ajs_anonymous_id",
        ),
        (
            Some(Advertising),
            "_fbp _fbc _gcl_aw _gcl_au _gcl_gb _gcl_dc _gcl_ag li_fat_id _scid _scclid _epik _pin_unauth _ttp ttclid \
             _rdt_uuid _rdt_cid rdt_cid _uetmsclkid msclkid _uetvid gclid gbraid wbraid dclid fbclid twclid ScCid epik \
             yclid irclickid gclsrc",
        ),
        (None, "_gid _gat selvedge sessionid AMP_MKTG_a2dbce0e18 mp_ ph_ _pk_ses.1.1fff mc_eid igshid GCLID"),
    ] {
        for name in names.split_whitespace() {
            assert_eq!(purpose(name), purpose_of, "{name}");
        }
    }
}

#[test]
fn clicks_are_read_from_the_query() {
    for (query, expected) in [
        ("?gclid=Cj0KCQ-_a&utm_source=x", vec![("gclid", "Cj0KCQ-_a")]),
        (
            "fbclid=IwAR2F4-dbP0l7Mn1IawQQGCINEz7PYXQvwjNwB_qa2ofrHyiLjcbCRxTDMgk",
            vec![("fbclid", "IwAR2F4-dbP0l7Mn1IawQQGCINEz7PYXQvwjNwB_qa2ofrHyiLjcbCRxTDMgk")],
        ),
        ("gclid=a&gclid=b", vec![("gclid", "a")]),
        ("gclid=&gclid=b", vec![("gclid", "b")]),
        ("gclid=%41%2Db", vec![("gclid", "A-b")]),
        ("gclid=a%20b", vec![]),
        ("gclid=a.b", vec![]),
        ("gclid=a+b", vec![]),
        ("gclid=a%00", vec![]),
        ("gclid=a%ff", vec![]),
        ("gclid", vec![]),
        ("GCLID=a", vec![]),
        ("gclid=a&gclsrc=3p.ds", vec![("gclid", "a"), ("gclsrc", "3p.ds")]),
        ("gclsrc=x", vec![]),
        ("ttclid=E.C.P.abc-1", vec![("ttclid", "E.C.P.abc-1")]),
        ("sccid=1-2", vec![("ScCid", "1-2")]),
        (
            "li_fat_id=2f6ad9d5-51f4-4cbb-9f6c-fc2a66ab1e0f",
            vec![("li_fat_id", "2f6ad9d5-51f4-4cbb-9f6c-fc2a66ab1e0f")],
        ),
        ("li_fat_id=me@example.com", vec![]),
        ("mc_eid=1&igshid=2&email=a", vec![]),
        (
            "epik=dj0y&rdt_cid=1&yclid=2&irclickid=3:4&twclid=2-x&dclid=5",
            vec![
                ("dclid", "5"),
                ("epik", "dj0y"),
                ("irclickid", "3:4"),
                ("rdt_cid", "1"),
                ("twclid", "2-x"),
                ("yclid", "2"),
            ],
        ),
        ("", vec![]),
    ] {
        assert_eq!(clicks(query).iter().collect::<Vec<_>>(), expected, "{query}");
    }
    assert!(clicks(&format!("gclid={}", "a".repeat(MAX_PLAIN + 1))).is_empty());
}

#[test]
fn a_click_becomes_what_its_vendors_script_would_keep() {
    let place = Place { host: "www.example.com", domain: Some("example.com"), secure: true };
    for (had, query, expected) in [
        ("", "fbclid=New", vec![("_fbc", "fb.1.1795343700123.New"), ("fbclid", "New")]),
        (
            "_fbc=fb.1.1554763741205.New",
            "fbclid=New",
            vec![("_fbc", "fb.1.1554763741205.New"), ("fbclid", "New")],
        ),
        (
            "_fbc=fb.1.1554763741205.New.AQ",
            "fbclid=New",
            vec![("_fbc", "fb.1.1554763741205.New.AQ"), ("fbclid", "New")],
        ),
        (
            "_fbc=fb.1.1554763741205.NewOther",
            "fbclid=New",
            vec![("_fbc", "fb.1.1795343700123.New"), ("fbclid", "New")],
        ),
        ("_fbc=fb.1.1554763741205.Old", "", vec![("_fbc", "fb.1.1554763741205.Old")]),
        (
            "_gcl_aw=GCL.1790219680.a.label",
            "gclid=a",
            vec![("_gcl_aw", "GCL.1790219680.a.label"), ("gclid", "a")],
        ),
        ("_gcl_aw=GCL.1790219680.a", "gclid=b", vec![("_gcl_aw", "GCL.1795343700.b"), ("gclid", "b")]),
        ("", "gclid=b&gclsrc=ds", vec![("_gcl_dc", "GCL.1795343700.b"), ("gclid", "b"), ("gclsrc", "ds")]),
        (
            "",
            "wbraid=w&gbraid=g",
            vec![
                ("_gcl_ag", "2.1.kg$i1795343700"),
                ("_gcl_gb", "GCL.1795343700.w"),
                ("gbraid", "g"),
                ("wbraid", "w"),
            ],
        ),
        ("_epik=old", "epik=new", vec![("_epik", "new"), ("epik", "new")]),
        ("ttclid=old", "ttclid=new", vec![("ttclid", "new")]),
        ("", "ScCid=s", vec![("ScCid", "s"), ("_scclid", "s")]),
        ("", "rdt_cid=1", vec![("_rdt_cid", "1"), ("rdt_cid", "1")]),
        (
            "",
            "msclkid=b1240587f865192a03586c5b000314f5",
            vec![
                ("_uetmsclkid", "b1240587f865192a03586c5b000314f5"),
                ("msclkid", "b1240587f865192a03586c5b000314f5"),
            ],
        ),
        ("", "msclkid=short", vec![("msclkid", "short")]),
    ] {
        let mut ids = read(&headers(had));
        complete(&mut ids, &clicks(query), Some(&place), NOW);
        assert_eq!(ids.iter().collect::<Vec<_>>(), expected, "{had} and {query}");
    }
    let mut ids = Ids::default();
    complete(&mut ids, &clicks("fbclid=New"), Some(&Place { domain: None, ..place }), NOW);
    assert_eq!(fbc(&ids), Some("fb.2.1795343700123.New"));
    let mut ids = Ids::default();
    complete(&mut ids, &clicks("fbclid=New"), None, NOW);
    assert_eq!(fbc(&ids), Some("fb.1.1795343700123.New"));
}

#[test]
fn ids_are_found_by_their_vendors_names() {
    let cookies: Vec<_> = SEEN.iter().map(|(name, value, _)| format!("{name}={value}")).collect();
    let ids = read(&headers(&cookies.join("; ")));
    assert_eq!(ga_client_id(&ids), Some("1162820436.1749482504"));
    assert_eq!(ga_session(&ids, "G-SM37QL5J42").map(|session| session.id), Some(1_747_132_561));
    assert_eq!(gclid(&ids), Some("Probe_Gclid-001"));
    assert_eq!(wbraid(&ids), Some("Probe_Wbraid-003"));
    assert_eq!(fbp(&ids), Some("fb.1.1596403881668.1116446470"));
    assert_eq!(fbc(&ids), Some("fb.1.1554763741205.AbCdEfGhIjKlMnOpQrStUvWxYz1234567890"));
    assert_eq!(linkedin(&ids), Some("2f6ad9d5-51f4-4cbb-9f6c-fc2a66ab1e0f"));
    assert_eq!(epik(&ids), Some("dj0yJnU9LVNIT3ZQMzNL"));
    assert_eq!(ttp(&ids), Some("4Kyc5puKKeUSnPshWa6WJWWr1rQ"));
    assert_eq!(microsoft(&ids), Some("b1240587f865192a03586c5b000314f5"));
    assert_eq!(matomo(&ids, "1"), Some("5a1d2c3b4e5f6a7b"));
    assert_eq!(matomo(&ids, "2"), None);
    assert!(snowplow(&ids).is_some() && segment(&ids).is_some());
    assert_eq!(piano(&ids), Some("m0i0zus9qb0ed4eq"));
    let session = amplitude(&ids, "a2dbce0e18dfe5f8e").and_then(|said| said.session_id);
    assert_eq!(session, Some(1_795_343_600_000));
    assert_eq!(amplitude(&ids, "short"), None);
    let device = mixpanel(&ids, "abcdef0123456789abcdef0123456789").and_then(|said| said.device_id);
    assert_eq!(device.as_deref(), Some("18c"));
    let session = posthog(&ids, "phc_Abc123").and_then(|said| said.session).and_then(|(_, id, _)| id);
    assert_eq!(session.as_deref(), Some("0190-aa"));
}

/// The documentation names every cookie, with how long it lives.
#[test]
fn the_documentation_is_complete() {
    let text = include_str!("../../../../docs/identity.md");
    for entry in catalogue::CATALOGUE {
        let row =
            text.lines().find(|line| line.starts_with('|') && line.contains(&format!("`{}", entry.name)));
        let row = row.unwrap_or_else(|| panic!("docs/identity.md lacks {}", entry.name));
        assert!(
            row.contains(if entry.purpose == Analytics { "analytics" } else { "advertising" }),
            "{}",
            entry.name
        );
    }
    let written = catalogue::CATALOGUE.iter().filter(|entry| write::is_ours(entry.name));
    for entry in written {
        let rows =
            text.lines().filter(|line| line.starts_with('|') && line.contains(&format!("`{}", entry.name)));
        let days = format!("{} d", entry.days);
        assert!(rows.clone().any(|row| row.contains(&days)), "{} lives {days}", entry.name);
    }
}

fn any_cookie() -> impl Strategy<Value = String> {
    let names = prop::sample::select(SEEN.iter().map(|(name, ..)| *name).collect::<Vec<_>>());
    let seen = prop::sample::select(SEEN.iter().map(|(_, value, _)| *value).collect::<Vec<_>>());
    let cut = (seen.clone(), any::<prop::sample::Index>())
        .prop_map(|(value, at)| value.get(..at.index(value.len() + 1)).unwrap_or_default().to_owned());
    let doubled = (seen.clone(), seen).prop_map(|(a, b)| format!("{a}{b}"));
    let value = prop_oneof![cut, doubled, "[ -:<-~]{0,80}", "[A-Za-z0-9+/=%.$_-]{0,120}"];
    (names, value).prop_map(|(name, value)| format!("{name}={value}"))
}

proptest! {
    #[test]
    fn nothing_a_browser_sends_does_harm(cookies in prop::collection::vec(any_cookie(), 0..12), query in "[ -~]{0,200}") {
        let mut ids = read(&headers(&cookies.join("; ")));
        complete(&mut ids, &clicks(&query), None, NOW);
        for (name, id) in ids.iter() {
            prop_assert!(purpose(name).is_some());
            prop_assert!(!id.is_empty() && !id.chars().any(char::is_control));
        }
        let _ = (ga_session(&ids, "ABC"), amplitude(&ids, "a2dbce0e18"), gclid(&ids));
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300), name in 0..SEEN.len()) {
        let mut field = format!("{}=", SEEN[name].0).into_bytes();
        field.extend(bytes.into_iter().filter(|byte| *byte >= 32 && *byte != 127));
        let headers: HeaderMap = [(COOKIE, HeaderValue::from_bytes(&field).unwrap())].into_iter().collect();
        let _ = read(&headers);
    }
}
