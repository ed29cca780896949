//! Values that look like personal data whatever they are called: e-mail addresses, telephone numbers, numbers of
//! payment cards and bank accounts. Written by hand: a regular expression engine would be the largest part of the
//! artifact.

use std::ops::Range;

use super::REDACTED;

/// How much of what is written in digits may be somebody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Numbers {
    /// The field holds an order's number, an article's or a time: only what starts with `+` is a telephone number, and
    /// nothing is a card.
    Codes,
    /// Part of a URL's path: cards and bank accounts too, but no telephone number that lacks its `+`.
    Cards,
    /// Text: everything.
    All,
}

/// The fewest digits that anything here has, e-mail addresses apart.
const FEWEST_DIGITS: usize = 8;

/// The text without what looks like personal data; none where nothing does.
pub(super) fn redacted(text: &str, numbers: Numbers) -> Option<String> {
    let found = find(text, numbers);
    if found.is_empty() {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for range in found {
        out.push_str(text.get(done..range.start).unwrap_or_default());
        out.push_str(REDACTED);
        done = range.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Some(out)
}

/// Whether a whole number, as JSON has it, is that of a payment card.
pub(super) fn is_card_number(number: &str) -> bool {
    number.bytes().all(|byte| byte.is_ascii_digit()) && is_card(number.as_bytes())
}

/// Where something looks like personal data: in order, apart from each other, at ASCII characters.
fn find(text: &str, numbers: Numbers) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count() >= FEWEST_DIGITS;
    let mut found: Vec<Range<usize>> = Vec::new();
    if !digits && !bytes.contains(&b'@') {
        return found;
    }
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        // What was found already is behind, unless it ends right here.
        let done = found.last().map_or(0, |range| if range.end == at { range.start } else { range.end });
        let starts = digits && !at.checked_sub(1).and_then(|at| bytes.get(at)).is_some_and(is_word);
        let range = match byte {
            b'@' => email(bytes, at, done),
            b'+' | b'(' | b'0'..=b'9' if starts => match Number::read(bytes, at) {
                Some(number) => match number.personal(numbers) {
                    Some(range) => Some(range),
                    None => {
                        at = number.resume.max(at + 1);
                        continue;
                    }
                },
                None => None,
            },
            b'A'..=b'Z' | b'a'..=b'z' if starts && numbers >= Numbers::Cards => iban(bytes, at),
            _ => None,
        };
        at = match range {
            Some(mut range) => {
                // An address may begin with what was taken for a number.
                while let Some(last) = found.pop_if(|last| last.end > range.start) {
                    range.start = range.start.min(last.start);
                }
                let end = range.end;
                found.push(range);
                end.max(at + 1)
            }
            None => at + 1,
        };
    }
    found
}

fn is_word(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || *byte >= 0x80
}

/// The e-mail address around an `@`: what may stand before it, and a domain with a dot and a name at its end. A file
/// for dense screens, `logo@2x.png`, is none.
fn email(bytes: &[u8], at: usize, done: usize) -> Option<Range<usize>> {
    let local = |byte: &u8| is_word(byte) || b"._%+-'!#$&*^`{|}~/=?".contains(byte);
    // What delimits a parameter or a path is allowed in addresses, and means the delimiter where it stands.
    let local = |byte: &u8| local(byte) && !b"/=?&#'".contains(byte);
    let before = bytes.get(done..at)?;
    let length = before.iter().rev().take_while(|byte| local(byte)).count();
    let after = bytes.get(at + 1..)?;
    let domain = after.iter().take_while(|byte| is_word(byte) || matches!(byte, b'.' | b'-')).count();
    let domain = after.get(..domain)?;
    let trailing = domain.iter().rev().take_while(|byte| matches!(byte, b'.' | b'-')).count();
    let domain = domain.get(..domain.len().checked_sub(trailing)?)?;
    let dot = domain.iter().rposition(|byte| *byte == b'.')?;
    let top = domain.get(dot + 1..)?;
    let named = top.len() >= 2 && !top.iter().any(u8::is_ascii_digit) || top.starts_with(b"xn--");
    let dense = matches!(domain, [b'1'..=b'4', b'x', b'.', ..]);
    (length > 0 && dot > 0 && named && !dense).then(|| at - length..at + 1 + domain.len())
}

/// Digits in groups, as people write long numbers.
struct Number<'b> {
    bytes: &'b [u8],
    start: usize,
    plus: bool,
    groups: Vec<Group>,
    /// Where to look further if this was nothing: what it ends with may belong to what follows.
    resume: usize,
}

struct Group {
    digits: Range<usize>,
    /// What stands between this group and the next: the first byte of it.
    separator: u8,
}

/// More groups than any number of interest has.
const MOST_GROUPS: usize = 24;

impl<'b> Number<'b> {
    fn read(bytes: &'b [u8], start: usize) -> Option<Self> {
        let plus = bytes.get(start) == Some(&b'+');
        let mut at = if plus { start + 1 } else { start };
        let mut groups: Vec<Group> = Vec::new();
        while groups.len() < MOST_GROUPS {
            let open = at;
            while matches!(bytes.get(at), Some(b'(')) && at < open + 2 {
                at += 1;
            }
            let digits = bytes.iter().skip(at).take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 {
                break;
            }
            let end = at + digits;
            if bytes.get(end).is_some_and(is_word_start) {
                break;
            }
            let separator = bytes.get(end).copied().unwrap_or(0);
            groups.push(Group { digits: at..end, separator });
            at = end;
            // At most three: as in `(0) 30 - 1`.
            for _ in 0..3 {
                at += separator_length(bytes, at);
            }
            if at == end {
                break;
            }
        }
        let resume = groups.last().map(|group| group.digits.end)?;
        Some(Self { bytes, start, plus, groups, resume })
    }

    fn personal(&self, numbers: Numbers) -> Option<Range<usize>> {
        if self.plus {
            return self.international();
        }
        if numbers >= Numbers::Cards
            && let Some(card) = (0..self.groups.len()).find_map(|first| self.card(first))
        {
            return Some(card);
        }
        if numbers == Numbers::All && self.is_national() {
            return Some(self.start..self.resume);
        }
        None
    }

    /// E.164: at most fifteen digits, and no country's code begins with a zero.
    fn international(&self) -> Option<Range<usize>> {
        let mut digits = 0;
        let mut end = self.start;
        for group in &self.groups {
            digits += group.digits.len();
            if digits > 15 {
                break;
            }
            end = group.digits.end;
        }
        let zero = self.groups.first().is_some_and(|group| self.bytes.get(group.digits.start) == Some(&b'0'));
        let count = self.bytes.get(self.start..end)?.iter().filter(|byte| byte.is_ascii_digit()).count();
        (count >= FEWEST_DIGITS && !zero).then_some(self.start..end)
    }

    /// A payment card's number: in one piece, or in groups as they are embossed.
    fn card(&self, first: usize) -> Option<Range<usize>> {
        const EMBOSSED: [&[usize]; 5] = [&[0], &[4, 4, 4, 4], &[4, 4, 4, 4, 3], &[4, 6, 5], &[4, 6, 4]];
        // The longest first.
        EMBOSSED.iter().rev().find_map(|shape| {
            let groups = self.groups.get(first..first.checked_add(shape.len())?)?;
            let fits = shape.len() == 1 || groups.iter().zip(*shape).all(|(g, n)| g.digits.len() == *n);
            if !fits || shape.len() > 1 && self.continues_an_id(first, shape.len()) {
                return None;
            }
            let range = groups.first()?.digits.start..groups.last()?.digits.end;
            let digits: Vec<u8> =
                self.bytes.get(range.clone())?.iter().copied().filter(u8::is_ascii_digit).collect();
            is_card(&digits).then_some(range)
        })
    }

    /// Whether groups with hyphens are a part of something longer with hyphens, as a UUID is.
    fn continues_an_id(&self, first: usize, length: usize) -> bool {
        let hyphen = |group: Option<&Group>| group.is_some_and(|group| group.separator == b'-');
        let before = match first.checked_sub(1) {
            Some(before) => hyphen(self.groups.get(before)),
            None => self.start.checked_sub(1).and_then(|at| self.bytes.get(at)) == Some(&b'-'),
        };
        let last = self.groups.get(first + length - 1);
        hyphen(self.groups.get(first)) && (before || hyphen(last))
    }

    /// Formats that hardly anything but a telephone number is written in.
    fn is_national(&self) -> bool {
        let lengths: Vec<usize> = self.groups.iter().map(|group| group.digits.len()).collect();
        let total: usize = lengths.iter().sum();
        let digits: Vec<u8> = self
            .groups
            .iter()
            .flat_map(|group| self.bytes.get(group.digits.clone()).unwrap_or_default())
            .copied()
            .collect();
        let separators = self.groups.split_last().map_or(&[][..], |(_, groups)| groups);
        let all = |allowed: &[u8]| separators.iter().all(|group| allowed.contains(&group.separator));
        let same = separators.windows(2).all(|pair| matches!(pair, [a, b] if a.separator == b.separator));
        let (head, second) = (digits.get(..3).unwrap_or_default(), digits.get(1).copied().unwrap_or(b'0'));
        match lengths.as_slice() {
            // North America: (212) 555-0199, 212-555-0199, 1-212-555-0199.
            [3, 3, 4] => !all(b" ") && north_american(&digits),
            [1, 3, 3, 4] => {
                !all(b" ") && digits.first() == Some(&b'1') && digits.get(1..).is_some_and(north_american)
            }
            // 0033 6 12 34 56 78: the prefix of international calls, and a separator somewhere.
            [_, _, ..] if matches!(head, [b'0', b'0', b'1'..=b'9']) => {
                (10..=17).contains(&total) && all(b" \xc2\xe2")
            }
            // 01.23.45.67.89.
            [2, 2, 2, 2, 2] if matches!(head, [b'0', b'1'..=b'9', _]) => same,
            // 030/1234567, 030-1234567.
            [2..=5, 6..=8] if digits.first() == Some(&b'0') && second != b'0' => {
                (9..=12).contains(&total) && all(b"/- \xc2\xe2)")
            }
            // 020 7946 0958.
            [2..=5, ..] if digits.first() == Some(&b'0') && second != b'0' => {
                (10..=11).contains(&total)
                    && (2..=5).contains(&lengths.len())
                    && all(b" \xc2\xe2)")
                    && self.bytes.get(self.resume) != Some(&b':')
            }
            _ => false,
        }
    }
}

fn is_word_start(byte: &u8) -> bool {
    // Not above 0x7f: the non-breaking spaces of telephone numbers are there.
    byte.is_ascii_alphanumeric()
}

/// The length of what may stand between groups: white space (the non-breaking kinds too), hyphens, dots, slashes, and
/// the bracket that ends an area code.
fn separator_length(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at..).unwrap_or_default() {
        [b' ' | b'-' | b'.' | b'/' | b')', ..] => 1,
        // U+00A0.
        [0xc2, 0xa0, ..] => 2,
        // U+202F, U+2009, U+2010 and U+2011, U+2013.
        [0xe2, 0x80, 0xaf | 0x89 | 0x90 | 0x91 | 0x93, ..] => 3,
        _ => 0,
    }
}

/// Area and exchange begin with 2 to 9 (nanpa.com, numbering).
fn north_american(digits: &[u8]) -> bool {
    matches!(digits, [b'2'..=b'9', _, _, b'2'..=b'9', _, _, _, _, _, _])
}

/// Whether digits are a payment card's: a length and a beginning that networks have, and Luhn's check digit (ISO/IEC
/// 7812-1). No network begins with 1, as milliseconds and microseconds of our time do.
fn is_card(digits: &[u8]) -> bool {
    let network = match digits {
        [b'4', ..] => matches!(digits.len(), 13 | 16 | 18 | 19),
        [b'5', b'0'..=b'8', ..] | [b'6', ..] => (13..=19).contains(&digits.len()),
        [b'3', b'4' | b'7', ..] => digits.len() == 15,
        [b'3', b'0' | b'6' | b'8' | b'9', ..] => (14..=19).contains(&digits.len()),
        [b'3', b'5', ..] | [b'2', b'2'..=b'7', ..] | [b'8', b'1', ..] => (16..=19).contains(&digits.len()),
        _ => false,
    };
    let sum: u32 = digits.iter().rev().enumerate().map(|(at, digit)| luhn(at, *digit)).sum();
    network && sum.is_multiple_of(10)
}

fn luhn(at: usize, digit: u8) -> u32 {
    let digit = u32::from(digit.saturating_sub(b'0'));
    match (at % 2, digit) {
        (0, digit) => digit,
        (_, digit @ 5..) => digit * 2 - 9,
        (_, digit) => digit * 2,
    }
}

/// Countries and how long their account numbers are (SWIFT, IBAN Registry).
const IBANS: &str = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18\
    FK18FO18FR27GB22GE22GI23GL18GR27GT28HN30HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24\
    ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23\
    TN24TR26UA29VA22VG24XK20YE30";

/// An international bank account number, in one piece or in groups: of a country that has them, as long as they are
/// there, with its check digits right (ISO 13616).
fn iban(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let [a, b, b'0'..=b'9', b'0'..=b'9', ..] = bytes.get(at..)? else { return None };
    let country = [a.to_ascii_uppercase(), b.to_ascii_uppercase()];
    let known = IBANS.as_bytes().chunks_exact(4).find(|known| known.starts_with(&country))?;
    let length = std::str::from_utf8(known.get(2..)?).ok()?.parse::<usize>().ok()?;
    let mut account = Vec::with_capacity(length);
    let mut end = at;
    while account.len() < length {
        end += account.last().map_or(0, |_| usize::from(bytes.get(end) == Some(&b' ')));
        let byte = bytes.get(end).filter(|byte| byte.is_ascii_alphanumeric())?;
        account.push(byte.to_ascii_uppercase());
        end += 1;
    }
    if bytes.get(end).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    account.rotate_left(4);
    let remainder = account.iter().fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    (remainder == 1).then_some(at..end)
}

#[cfg(test)]
#[path = "patterns_tests.rs"]
mod tests;
