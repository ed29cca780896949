use super::super::tests::{headers, of};
use super::super::{Choice, State, read};
use super::*;
use crate::config;
use crate::consent::Purposes;

/// 2020-02-20T23:57:39Z, when the specification's own example was made.
const MADE: i64 = 1_582_243_059;

/// What a TC string says, built field by field.
#[derive(Clone)]
pub(in super::super) struct Tc {
    pub version: u64,
    pub created: i64,
    pub updated: i64,
    pub consent: &'static [u32],
    pub interest: &'static [u32],
    pub one_treatment: bool,
    /// Behind the purposes, as bits.
    pub vendors: String,
    pub by_interest: String,
    pub restrictions: String,
}

impl Default for Tc {
    fn default() -> Self {
        Self {
            version: 2,
            created: MADE,
            updated: MADE,
            consent: &[],
            interest: &[],
            one_treatment: false,
            vendors: number(0, 17),
            by_interest: number(0, 17),
            restrictions: number(0, 12),
        }
    }
}

fn number(value: u64, bits: usize) -> String {
    format!("{value:0bits$b}")
}

fn list(purposes: &[u32]) -> String {
    (1..=24).map(|number| if purposes.contains(&number) { '1' } else { '0' }).collect()
}

/// Vendors as ranges.
fn ranges(last: u64, entries: &[(u64, u64)]) -> String {
    format!("{}1{}", number(last, 16), entry_list(entries))
}

fn entry_list(entries: &[(u64, u64)]) -> String {
    let entry = |(first, end): &(u64, u64)| {
        if first == end {
            format!("0{}", number(*first, 16))
        } else {
            format!("1{}{}", number(*first, 16), number(*end, 16))
        }
    };
    format!("{}{}", number(entries.len() as u64, 12), entries.iter().map(entry).collect::<String>())
}

impl Tc {
    pub(in super::super) fn text(&self) -> String {
        let bits = [
            number(self.version, 6),
            number(u64::try_from(self.created).unwrap() * 10, 36),
            number(u64::try_from(self.updated).unwrap() * 10, 36),
            number(27, 12),
            number(1, 12),
            number(0, 6),
            number(0, 12),
            number(15, 12),
            number(4, 6),
            "10".into(),
            number(0, 12),
            list(self.consent),
            list(self.interest),
            u8::from(self.one_treatment).to_string(),
            number(0, 12),
            self.vendors.clone(),
            self.by_interest.clone(),
            self.restrictions.clone(),
        ]
        .concat();
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let letter = |six: &[u8]| (0..6).fold(0, |n, at| n << 1 | usize::from(six.get(at) == Some(&b'1')));
        bits.as_bytes().chunks(6).map(|six| char::from(alphabet[letter(six)])).collect()
    }
}

fn ask(config: &config::Consent, text: &str, now: i64) -> (Choice, Option<Vendors>) {
    let cookies = headers(&format!("euconsent-v2={text}"));
    let statement = read(config, &cookies, Timestamp(now * 1000)).unwrap();
    assert_eq!(statement.cmp, Cmp::Tcf);
    (statement.choice, statement.vendors)
}

fn given(text: &str) -> Purposes {
    ask(&of(Cmp::Auto), text, MADE).0.purposes
}

const CORE: &str = "COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA";
const DISCLOSED: &str = "IFoEUQQgAIQwgIwQABAEAAAAOIAACAIAAAAQAIAgEAACEAAAAAgAQBAAAAAAAGBAAgAAAAAAAFAAECAAAgAAQARAEQAAAAAJ\
                         AAIAAgAAAYQEAAAQmAgBC3ZAYzUw";

#[test]
fn the_example_of_the_specification() {
    // Purposes 1, 2 and 3; vendors 2, 6 and 8; the other segments in any order, or not at all.
    for text in [
        CORE.to_owned(),
        format!("{CORE}.{DISCLOSED}"),
        format!("{CORE}.{DISCLOSED}.ZAAgH9794ulA"),
        format!("{CORE}.ZAAgH9794ulA.{DISCLOSED}"),
        format!("{CORE}."),
        format!("{CORE}.?"),
    ] {
        let (choice, vendors) = ask(&of(Cmp::Tcf), &text, MADE);
        assert_eq!(choice, Choice::of(Purposes::NONE.with(Purpose::Functional)), "{text}");
        assert_eq!(vendors, Some(Vendors::of([2, 6, 8])), "{text}");
    }
}

#[test]
fn purposes_are_those_of_the_framework() {
    use Purpose::{Advertising, Analytics, Functional, Personalization};
    let cases: &[(&'static [u32], bool, &[Purpose])] = &[
        (&[], false, &[]),
        (&[1], false, &[Functional]),
        (&[8], false, &[]),
        (&[1, 8], false, &[Functional, Analytics]),
        (&[1, 2, 7], false, &[Functional]),
        (&[1, 2, 3, 4, 7], false, &[Functional, Advertising]),
        (&[1, 5, 6], false, &[Functional, Personalization]),
        (&[2, 3, 4, 5, 6, 7, 8, 9, 10], false, &[]),
        (&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], false, &Purpose::ALL),
        // Purpose 1 was not asked about: what builds on it does not lack it, but it was not agreed to either.
        (&[], true, &[]),
        (&[8], true, &[Analytics]),
        (&[2, 3, 4, 5, 6, 7, 8], true, &[Analytics, Advertising, Personalization]),
    ];
    for (consent, one_treatment, expected) in cases {
        let text = Tc { consent, one_treatment: *one_treatment, ..Tc::default() }.text();
        let expected = expected.iter().copied().fold(Purposes::NONE, Purposes::with);
        assert_eq!(given(&text), expected, "{consent:?} {one_treatment}");
    }
}

#[test]
fn a_legitimate_interest_counts_for_analytics_alone_and_only_if_the_owner_says_so() {
    let config = config::Consent { legitimate_interest: true, ..of(Cmp::Tcf) };
    let with = |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let names =
            config::PurposeNames { analytics: names.clone(), functional: names, ..Default::default() };
        config::Consent { names, ..config.clone() }
    };
    let analytics = Purposes::NONE.with(Purpose::Analytics);
    let both = analytics.with(Purpose::Functional);
    let cases: &[(_, &'static [u32], &'static [u32], _)] = &[
        (config.clone(), &[1], &[8], both),
        (config.clone(), &[1], &[7, 9, 10], Purposes::NONE.with(Purpose::Functional)),
        (config.clone(), &[], &[8], Purposes::NONE),
        (config.clone(), &[1], &[2, 3, 4, 5, 6, 7], Purposes::NONE.with(Purpose::Functional)),
        (
            config::Consent { legitimate_interest: false, ..config.clone() },
            &[1],
            &[8],
            Purposes::NONE.with(Purpose::Functional),
        ),
        // By the owner's numbers.
        (with(&["9"]), &[], &[9], analytics),
        (with(&["9", "3"]), &[], &[9, 3], Purposes::NONE),
        (with(&["9"]), &[9], &[], both),
        (with(&["statistics"]), &[1, 8], &[8], Purposes::NONE),
        (with(&["0"]), &[1, 8], &[8], Purposes::NONE),
        (with(&["25"]), &[1, 8], &[8], Purposes::NONE),
    ];
    for (config, consent, interest, expected) in cases {
        let text = Tc { consent, interest, ..Tc::default() }.text();
        assert_eq!(
            ask(config, &text, MADE).0.purposes,
            *expected,
            "{:?} {consent:?} {interest:?}",
            config.names
        );
    }
}

#[test]
fn a_string_is_good_for_thirteen_months() {
    let day = 86_400;
    let granted: &'static [u32] = &[1, 2, 3, 4, 5, 6, 7, 8];
    for (created, updated, now, state) in [
        (MADE, MADE, MADE, State::Granted),
        (MADE, MADE, MADE + 390 * day, State::Granted),
        (MADE, MADE, MADE + 390 * day + 1, State::Pending),
        (MADE, MADE + 100 * day, MADE + 490 * day, State::Granted),
        // Days, where it is tomorrow already; and a clock that cannot be right.
        (MADE + day, MADE + day, MADE, State::Granted),
        (MADE, MADE + day + 1, MADE, State::Pending),
        (MADE + day + 1, MADE, MADE, State::Pending),
        (0, 0, MADE, State::Pending),
    ] {
        let text = Tc { created, updated, consent: granted, ..Tc::default() }.text();
        assert_eq!(ask(&of(Cmp::Tcf), &text, now).0, Choice::from(state), "{created} {updated} {now}");
    }
}

#[test]
fn vendors_are_bits_or_ranges() {
    let all = (1..=9).collect::<Vec<u16>>();
    for (vendors, expected) in [
        (number(0, 17), Some(vec![])),
        (format!("{}010110", number(5, 16)), Some(vec![1, 3, 4])),
        (ranges(0, &[]), Some(vec![])),
        (ranges(755, &[(2, 2), (6, 8), (755, 755)]), Some(vec![2, 6, 7, 8, 755])),
        // In no order, and overlapping.
        (ranges(9, &[(5, 9), (1, 6), (3, 3), (9, 9)]), Some(all)),
        (ranges(8, &[(9, 9)]), None),
        (ranges(9, &[(0, 2)]), None),
        (ranges(9, &[(5, 4)]), None),
    ] {
        let text = Tc { vendors: vendors.clone(), ..Tc::default() }.text();
        let (choice, list) = ask(&of(Cmp::Tcf), &text, MADE);
        assert_eq!(choice.state == State::Pending, expected.is_none(), "{vendors}");
        assert_eq!(list, expected.map(Vendors::of), "{vendors}");
    }
}

#[test]
fn who_names_every_vendor_many_times_has_each_once() {
    let text = Tc { vendors: ranges(65_535, &[(1, 65_535); 200]), ..Tc::default() }.text();
    let (_, vendors) = ask(&of(Cmp::Tcf), &text, MADE);
    assert_eq!(vendors.unwrap().0.len(), 65_535);
}

#[test]
fn a_vendor_that_the_publisher_forbids_something_is_not_listed() {
    let restriction = |purpose: u64, kind: u64, entries: &[(u64, u64)]| {
        format!("{}{}{}", number(purpose, 6), number(kind, 2), entry_list(entries))
    };
    for (restrictions, expected) in [
        (vec![restriction(3, 0, &[(2, 2), (7, 8)])], &[1, 3, 4, 5, 6, 9][..]),
        (vec![restriction(2, 1, &[(2, 2)])], &[1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (vec![restriction(2, 2, &[(1, 9)]), restriction(7, 0, &[(1, 8)])], &[9]),
    ] {
        let text = Tc {
            vendors: ranges(9, &[(1, 9)]),
            restrictions: format!("{}{}", number(restrictions.len() as u64, 12), restrictions.concat()),
            ..Tc::default()
        }
        .text();
        assert_eq!(ask(&of(Cmp::Tcf), &text, MADE).1, Some(Vendors::of(expected.iter().copied())));
    }
}

#[test]
fn what_is_no_string_of_version_2_is_pending() {
    let good = Tc { consent: &[1, 8], ..Tc::default() }.text();
    let mut bad: Vec<String> = (0..good.len() - 1).map(|end| good.chars().take(end).collect()).collect();
    bad.extend([
        Tc { version: 1, consent: &[1, 8], ..Tc::default() }.text(),
        Tc { version: 3, consent: &[1, 8], ..Tc::default() }.text(),
        good.replace('A', "%41"),
        format!(".{good}"),
        // A disclosed segment alone.
        DISCLOSED.to_owned(),
    ]);
    for text in bad {
        assert_eq!(ask(&of(Cmp::Tcf), &text, MADE), (Choice::from(State::Pending), None), "{text}");
    }
}
