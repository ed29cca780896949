//! Times as clients write them.

use crate::facts::Timestamp;

/// A moment written as RFC 3339 has it: `2026-11-22T10:35:00.123Z`, `2026-11-22T11:35:00+01:00`. What is finer than
/// milliseconds is cut.
pub(crate) fn parse_rfc3339(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(10)?;
    let (year, month, day) = three(date, '-', [4, 2, 2])?;
    let (clock, rest) = rest.strip_prefix(['T', 't', ' '])?.split_at_checked(8)?;
    let (hour, minute, second) = three(clock, ':', [2, 2, 2])?;
    let (fraction, zone) = match rest.strip_prefix('.') {
        None => ("", rest),
        Some(rest) => match rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit())?)? {
            ("", _) => return None,
            parts => parts,
        },
    };
    let offset = match zone.strip_prefix(['+', '-']) {
        None if zone.eq_ignore_ascii_case("z") => 0,
        None => return None,
        Some(rest) => {
            let (hours, minutes) = rest.split_once(':')?;
            let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let minutes = hours * 60 + minutes;
            if zone.starts_with('-') { -minutes } else { minutes }
        }
    };
    // A leap second, 60, is the first of the next minute.
    if !(1..=12).contains(&month)
        || day < 1
        || day > days_of(year, month)
        || hour > 23
        || minute > 59
        || second > 60
    {
        return None;
    }
    let ms = fraction
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(3)
        .fold(0, |ms, d| ms * 10 + i64::from(d - b'0'));
    let minutes = (days_from_civil(year, month, day) * 24 + hour) * 60 + minute - offset;
    Some(Timestamp((minutes * 60 + second) * 1000 + ms))
}

fn three(text: &str, between: char, lengths: [usize; 3]) -> Option<(i64, i64, i64)> {
    let mut parts = text.split(between);
    let mut next = |length| digits(parts.next()?, length);
    let [a, b, c] = lengths;
    let numbers = (next(a)?, next(b)?, next(c)?);
    parts.next().is_none().then_some(numbers)
}

fn digits(text: &str, length: usize) -> Option<i64> {
    let plain = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a Gregorian date (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_are_read() {
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-11-22T10:35:00.123Z", 1_795_343_700_123),
            ("2026-11-22 10:35:00.123456789z", 1_795_343_700_123),
            ("2026-11-22t11:35:00.1+01:00", 1_795_343_700_100),
            ("2026-11-22T05:05:00-05:30", 1_795_343_700_000),
            ("2000-02-29T00:00:00Z", 951_782_400_000),
            ("2016-12-31T23:59:60Z", 1_483_228_800_000),
            ("1969-12-31T23:59:59.999Z", -1),
        ] {
            assert_eq!(parse_rfc3339(text), Some(Timestamp(ms)), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-11-22",
            "2026-11-22T10:35:00",
            "2026-11-22T10:35Z",
            "2026-11-22T10:35:00.Z",
            "2026-11-22T10:35:00.1",
            "2026-13-22T10:35:00Z",
            "2026-02-29T10:35:00Z",
            "2026-11-00T10:35:00Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T10:60:00Z",
            "2026-11-22T10:35:61Z",
            "2026-11-22T10:35:00+0100",
            "2026-11-22T10:35:00+24:00",
            "2026-11-22T10:35:00Zz",
            "+026-11-22T10:35:00Z",
            "2026-11-2é10:35:00Z",
        ] {
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_we_write_we_read(ms in 0_i64..253_402_300_800_000) {
            prop_assert_eq!(parse_rfc3339(&Timestamp(ms).rfc3339()), Some(Timestamp(ms)));
        }

        #[test]
        fn reading_never_panics(text in "\\PC{0,40}") {
            let _ = parse_rfc3339(&text);
        }
    }
}
