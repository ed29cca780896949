//! Bits of text in URL-safe Base64, as the IAB's strings have them: six of each letter. They are read straight from the
//! text, since GPP pads to letters and not to bytes, so that no Base64 decoder would take them.

use std::ops::RangeInclusive;

/// Reads from the front. Past the end, or at a letter that is none, there is nothing.
#[derive(Debug, Clone)]
pub(super) struct Bits<'a> {
    text: std::slice::Iter<'a, u8>,
    letter: u8,
    left: u8,
}

impl<'a> Bits<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text: text.as_bytes().iter(), letter: 0, left: 0 }
    }

    pub(super) fn bit(&mut self) -> Option<bool> {
        if self.left == 0 {
            self.letter = match self.text.next()? {
                byte @ b'A'..=b'Z' => byte - b'A',
                byte @ b'a'..=b'z' => byte - b'a' + 26,
                byte @ b'0'..=b'9' => byte - b'0' + 52,
                b'-' => 62,
                b'_' => 63,
                _ => return None,
            };
            self.left = 6;
        }
        self.left -= 1;
        Some(self.letter >> self.left & 1 == 1)
    }

    /// A number of up to 64 bits.
    pub(super) fn int(&mut self, bits: u32) -> Option<u64> {
        (0..bits).try_fold(0_u64, |number, _| Some(number << 1 | u64::from(self.bit()?)))
    }

    /// A vendor's id, or how many there are.
    pub(super) fn short(&mut self) -> Option<u16> {
        u16::try_from(self.int(16)?).ok()
    }

    pub(super) fn skip(&mut self, bits: u32) -> Option<()> {
        (0..bits).try_for_each(|_| self.bit().map(drop))
    }

    /// A number in Fibonacci coding: the last of its ones is doubled. None where it exceeds sixteen bits.
    pub(super) fn fibonacci(&mut self) -> Option<u16> {
        let (mut this, mut next) = (1_u16, 2_u16);
        let (mut total, mut before) = (0_u16, false);
        loop {
            let bit = self.bit()?;
            if bit && before {
                return Some(total);
            }
            if bit {
                total = total.checked_add(this)?;
            }
            before = bit;
            (this, next) = (next, this.checked_add(next)?);
        }
    }

    /// Ids as a list of single ones and ranges, behind their number. How many ids these are is not bounded by how many
    /// bits they take: whoever wants them one by one merges them first.
    pub(super) fn ranges(&mut self) -> Option<Vec<RangeInclusive<u16>>> {
        let count = self.int(12)?;
        (0..count)
            .map(|_| {
                let several = self.bit()?;
                let first = self.short()?;
                let last = if several { self.short()? } else { first };
                (0 < first && first <= last).then_some(first..=last)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text of these bits, padded to a letter.
    fn text(bits: &str) -> String {
        let bits: Vec<u8> = bits.bytes().filter(|b| *b != b' ').map(|b| b - b'0').collect();
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let letter = |six: &[u8]| (0..6).fold(0, |n, at| n << 1 | usize::from(six.get(at) == Some(&1)));
        bits.chunks(6).map(|six| char::from(alphabet[letter(six)])).collect()
    }

    #[test]
    fn numbers_are_read_across_letters() {
        let mut bits = Bits::new("D-_");
        assert_eq!(bits.int(6), Some(3));
        assert_eq!(bits.int(7), Some(0b111_1101));
        assert_eq!(bits.int(5), Some(31));
        assert_eq!(bits.bit(), None);
        assert_eq!(Bits::new("A=").int(7), None);
        assert_eq!(Bits::new("é").int(1), None);
    }

    #[test]
    fn fibonacci_numbers_are_those_of_the_specification() {
        for (bits, expected) in [
            ("11", Some(1)),
            ("011", Some(2)),
            ("0011", Some(3)),
            ("1011", Some(4)),
            ("00011", Some(5)),
            ("10011", Some(6)),
            ("01011", Some(7)),
            ("0", None),
            ("101010101010101010101010101011", None),
        ] {
            assert_eq!(Bits::new(&text(bits)).fibonacci(), expected, "{bits}");
        }
    }

    #[test]
    fn ranges_are_ascending_and_never_empty() {
        let three = "000000000010 0 0000000000000011 1 0000000000000101 0000000000001000";
        assert_eq!(Bits::new(&text(three)).ranges(), Some(vec![3..=3, 5..=8]));
        for bits in [
            "000000000001 0 0000000000000000",
            "000000000001 1 0000000000000101 0000000000000100",
            "000000000010 0 0000000000000011",
        ] {
            assert_eq!(Bits::new(&text(bits)).ranges(), None, "{bits}");
        }
    }
}
