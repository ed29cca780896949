use super::super::tcf::tests::Tc;
use super::super::tests::{headers, of};
use super::super::{Choice, Purpose, State, Vendors, read};
use super::*;
use crate::facts::Timestamp;

const MADE: i64 = 1_582_243_059;

fn ask(cookies: &str) -> Option<(Choice, Option<Vendors>)> {
    let statement = read(&of(Cmp::Gpp), &headers(cookies), Timestamp(MADE * 1000))?;
    Some((statement.choice, statement.vendors))
}

fn tc(consent: &'static [u32]) -> String {
    Tc { consent, ..Tc::default() }.text()
}

#[test]
fn sections_are_named_by_the_header() {
    let two = "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA";
    for (text, expected) in [
        // The examples of github.com/noirotm/iabgpp-rs and of the specification.
        (format!("DBABM~{two}"), Some(vec![(2, two)])),
        (format!("DBACNY~{two}~1YNN"), Some(vec![(2, two), (6, "1YNN")])),
        ("DBABjw~x~1YNN".into(), Some(vec![(5, "x"), (6, "1YNN")])),
        ("DBABTA~1YNN".into(), Some(vec![(6, "1YNN")])),
        ("DBABLA~x".into(), Some(vec![(7, "x")])),
        ("DBABBg~x".into(), Some(vec![(8, "x")])),
        ("DBACNY~x".into(), None),
        ("DBABTA~x~y".into(), None),
        ("DBABTA".into(), None),
        ("DBAA".into(), Some(vec![])),
        ("CBABTA~x".into(), None),
        ("DCABTA~x".into(), None),
        ("D".into(), None),
        (String::new(), None),
        ("D____________________~x".into(), None),
    ] {
        assert_eq!(sections(&text), expected, "{text}");
    }
}

#[test]
fn the_sections_that_apply_decide() {
    let european = Choice::of(Purposes::NONE.with(Purpose::Functional).with(Purpose::Analytics));
    let american = Choice::of(Purposes::ALL.without(Purpose::Advertising));
    let none = Some(Vendors::default());
    let (tc, all) = (tc(&[1, 8]), tc(&[1, 2, 3, 4, 5, 6, 7, 8]));
    for (cookies, expected) in [
        (format!("__gpp=DBABM~{tc}"), Some((european, none.clone()))),
        (format!("__gpp=DBACNY~{tc}~1YYN; __gpp_sid=2"), Some((european, none.clone()))),
        (format!("__gpp=DBACNY~{tc}~1YYN; __gpp_sid=6"), Some((american, None))),
        (format!("__gpp=DBACNY~{all}~1YYN; __gpp_sid=2_6"), Some((american, none.clone()))),
        (format!("__gpp=DBACNY~{all}~1YYN; __gpp_sid=2%2C6"), Some((american, none.clone()))),
        (format!("__gpp=DBACNY~{all}~1YYN"), Some((american, none.clone()))),
        (format!("__gpp=DBACNY~{tc}~1YNN"), Some((european, none.clone()))),
        (format!("__gpp=DBABM~{all}; us_privacy=1YYN"), Some((american, none))),
        // None applies; one applies that is not there, or cannot be read.
        (format!("__gpp=DBABM~{all}; __gpp_sid=-1"), None),
        (format!("__gpp=DBABM~{all}; __gpp_sid=7"), Some((State::Pending.into(), None))),
        (format!("__gpp=DBABM~{all}; __gpp_sid=0"), Some((State::Pending.into(), None))),
        (format!("__gpp=DBABM~{all}; __gpp_sid=x"), Some((State::Pending.into(), None))),
        ("__gpp=DBABjw~x~1YNN".into(), Some((State::Pending.into(), None))),
        ("__gpp=DBABjw~x~1YNN; __gpp_sid=6".into(), Some((State::Granted.into(), None))),
        ("__gpp=; us_privacy=1YNN".into(), Some((State::Pending.into(), None))),
        ("__gpp=DBABTA~1---".into(), None),
        ("__gpp=DBAA".into(), None),
        ("__gpp_sid=7".into(), None),
    ] {
        assert_eq!(ask(&cookies), expected, "{cookies}");
    }
}
