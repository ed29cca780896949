use super::super::tests::{headers, of, said};
use super::super::{Choice, State, read};
use super::*;
use crate::config::Cmp;

fn ask(cookies: &str) -> Option<Choice> {
    let statement = read(&of(Cmp::Gpp), &headers(cookies), super::super::tests::NOW)?;
    assert_eq!((statement.cmp, statement.vendors), (Cmp::Gpp, None));
    Some(statement.choice)
}

fn expected(word: &str) -> Option<Choice> {
    let without = Purposes::ALL.without(Purpose::Advertising);
    match word {
        "all" => Some(State::Granted.into()),
        "no advertising" => Some(Choice::of(without)),
        "pending" => Some(State::Pending.into()),
        _ => None,
    }
}

#[test]
fn the_us_privacy_string() {
    // github.com/InteractiveAdvertisingBureau/USPrivacy, "US Privacy String".
    for (text, word) in [
        ("1YNN", "all"),
        ("1YNY", "all"),
        ("1ynn", "all"),
        ("1YYN", "no advertising"),
        ("1YYY", "no advertising"),
        ("1NNN", "no advertising"),
        ("1-N-", "no advertising"),
        ("1Y-N", "no advertising"),
        ("1---", "none"),
        ("2YNN", "pending"),
        ("1YN", "pending"),
        ("1YNNN", "pending"),
        ("1XNN", "pending"),
        ("", "pending"),
    ] {
        assert_eq!(ask(&format!("us_privacy={text}")), expected(word), "{text}");
    }
}

#[test]
fn sections_of_the_states() {
    for (text, word) in [
        // The fixtures of github.com/noirotm/iabgpp-rs.
        ("DBABLA~BAAAAAAAAQA", "no advertising"),
        ("DBABLA~BVVVVVVVVWA", "no advertising"),
        ("DBABLA~BVVVVVVVVWA.YA", "no advertising"),
        ("DBABLA~CAAAAAAAAAWA.Q", "no advertising"),
        ("DBABBg~BAAAAACA", "no advertising"),
        ("DBABBg~BVVVVVVY", "no advertising"),
        ("DBABBg~BVqqqqpY", "all"),
        ("DBABBg~BVqqqqpY.YA", "no advertising"),
        ("DBABBg~BVqqqqpY.QA", "all"),
        ("DBABTA~1YNN", "all"),
        ("DBABTA~1YYN", "no advertising"),
        ("DBABTA~1---", "none"),
        // An unknown version, a section that is cut off, one that GPP does not have yet.
        ("DBABBg~CVqqqqpY", "pending"),
        ("DBABBg~BV", "pending"),
        ("DBABBg~", "pending"),
    ] {
        assert_eq!(ask(&format!("__gpp={text}")), expected(word), "{text}");
    }
}

/// A section of these two-bit fields, behind version 1.
fn fields(values: &[u8]) -> String {
    let bits: Vec<u8> = [0, 0, 0, 0, 0, 1]
        .into_iter()
        .chain(values.iter().flat_map(|value| [value >> 1 & 1, value & 1]))
        .collect();
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let letter = |six: &[u8]| (0..6).fold(0, |n, at| n << 1 | usize::from(six.get(at) == Some(&1)));
    bits.chunks(6).map(|six| char::from(alphabet[letter(six)])).collect()
}

#[test]
fn opt_outs_are_where_each_state_has_them() {
    let rules = |names| Rules { names, legitimate_interest: false, now: super::super::tests::NOW };
    let none = PurposeNames::default();
    for (id, notices, opt_outs, sensitive, children) in [
        (7, 6, 3, 12, 2),
        (8, 3, 2, 9, 2),
        (9, 3, 2, 8, 1),
        (10, 3, 2, 7, 1),
        (11, 4, 2, 8, 1),
        (12, 3, 2, 8, 3),
        (13, 3, 2, 8, 3),
        (14, 3, 2, 8, 3),
        (15, 3, 2, 11, 3),
        (16, 3, 2, 8, 1),
        (17, 3, 2, 9, 5),
        (18, 4, 2, 8, 1),
        (19, 3, 2, 8, 1),
        (20, 3, 2, 8, 3),
        (21, 3, 2, 10, 5),
        (22, 3, 2, 8, 1),
        (23, 3, 2, 8, 1),
    ] {
        let build = |opt_out: &[u8], child: &[u8]| {
            let mut values = vec![1; notices];
            values.extend(opt_out);
            values.extend(vec![1; sensitive]);
            values.extend(child);
            values.extend([0, 1, 1, 2]);
            fields(&values)
        };
        let granted = |opt_out: &[u8], child: &[u8]| match section(id, &build(opt_out, child), &rules(&none))
        {
            Reading::Said(purposes, None) => purposes.has(Purpose::Advertising),
            other => panic!("{id}: {other:?}"),
        };
        let (kept, adult) = (vec![2; opt_outs], vec![0; children]);
        assert!(granted(&kept, &adult), "{id}");
        assert!(granted(&kept, &vec![2; children]), "{id}: with the parents' consent");
        for at in 0..opt_outs {
            for (value, expected) in [(0, true), (1, false), (3, false)] {
                let mut opt_out = kept.clone();
                opt_out[at] = value;
                assert_eq!(granted(&opt_out, &adult), expected, "{id}: {opt_out:?}");
            }
        }
        for at in 0..children {
            let mut child = adult.clone();
            child[at] = 1;
            assert!(!granted(&kept, &child), "{id}: {child:?}");
        }
        assert!(!granted(&vec![0; opt_outs], &adult), "{id}: nothing is known");
    }
    for id in [1, 3, 4, 5, 24, 25, 26, 27, 60] {
        assert_eq!(section(id, &fields(&[2; 40]), &rules(&none)), Reading::Pending, "{id}");
    }
}

#[test]
fn the_owner_names_opt_outs() {
    let mut config = of(Cmp::Gpp);
    config.names.analytics = vec!["SaleOptOut".into()];
    config.names.advertising = vec!["SaleOptOut".into(), "1".into()];
    config.names.personalization = vec!["1".into()];
    config.names.functional = vec!["statistics".into()];
    assert_eq!(
        said(&config, "us_privacy=1YNN").as_deref(),
        Some("adp"),
        "numbers are TCF's; what is neither is not there"
    );
    assert_eq!(said(&config, "us_privacy=1YYN").as_deref(), Some("p"));
}
