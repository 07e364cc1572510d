//! Payment card numbers: digits in the groups people write, an issuer's prefix and length, and Luhn's
//! checksum.

use std::ops::Range;

use super::{begins_word, ends_word, may_hold_digits};
use crate::text::refang::Refanged;

/// Shortest and longest number, in digits.
const SHORTEST: usize = 13;
const LONGEST: usize = 19;

pub(super) fn find(text: &str, out: &mut Vec<Range<usize>>) {
    if !may_hold_digits(text, SHORTEST) {
        return;
    }
    let refanged = Refanged::new(text);
    let plain = &*refanged.text;
    let bytes = plain.as_bytes();
    let mut at = 0;
    while let Some(step) = bytes[at..].iter().position(u8::is_ascii_digit) {
        let groups = groups(bytes, at + step);
        at = groups.last().map_or(at + step + 1, |group| group.end);
        let mut first = 0;
        while first < groups.len() {
            let Some(last) = card_in(plain, &groups[first..]) else {
                first += 1;
                continue;
            };
            out.push(refanged.source(groups[first].start..groups[first + last].end));
            first += last + 1;
        }
    }
}

/// Groups of digits parted by single spaces or hyphens.
fn groups(bytes: &[u8], mut at: usize) -> Vec<Range<usize>> {
    let mut groups = Vec::new();
    loop {
        let len = bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
        if len == 0 {
            return groups;
        }
        groups.push(at..at + len);
        at += len;
        match bytes.get(at) {
            Some(b' ' | b'-') => at += 1,
            _ => return groups,
        }
    }
}

/// The index of the group with which a card number ends that begins with the first of `groups`.
fn card_in(text: &str, groups: &[Range<usize>]) -> Option<usize> {
    let start = groups[0].start;
    if !begins_word(text, start) || text[..start].ends_with(['.', ',', '$', '#', '=']) {
        return None;
    }
    let separator = text.as_bytes().get(groups[0].end);
    let mut digits = Vec::with_capacity(LONGEST);
    for (i, group) in groups.iter().enumerate().take(6) {
        let mixed = i > 1 && text.as_bytes().get(groups[i - 1].end) != separator;
        if digits.len() + group.len() > LONGEST || mixed {
            return None;
        }
        digits.extend(text[group.clone()].bytes().map(|b| b - b'0'));
        let whole = i == 0 || is_grouped(&groups[..=i]);
        let end = group.end;
        let next = text[end..].chars().nth(1);
        let decimal = text[end..].starts_with(['.', ',']) && next.is_some_and(|c| c.is_ascii_digit());
        if whole && is_issued(&digits) && luhn(&digits) && ends_word(text, end) && !decimal {
            return Some(i);
        }
    }
    None
}

/// Whether digits are grouped the way cards are embossed: fours, or 4-6-4 and 4-6-5.
fn is_grouped(groups: &[Range<usize>]) -> bool {
    let lengths: Vec<usize> = groups.iter().map(Range::len).collect();
    match &lengths[..] {
        [4, 6, 4 | 5] => true,
        [fours @ .., last] => fours.iter().all(|&len| len == 4) && (1..=4).contains(last),
        [] => false,
    }
}

/// Whether an issuer gives out numbers of this beginning and length (public issuer ranges, ISO 7812).
fn is_issued(digits: &[u8]) -> bool {
    let number = |len: usize| digits.iter().take(len).fold(0_u32, |sum, &digit| sum * 10 + u32::from(digit));
    let len = digits.len();
    if len < SHORTEST {
        return false;
    }
    let (two, three, four) = (number(2), number(3), number(4));
    match two {
        // Visa
        40..=49 => matches!(len, 13 | 16 | 19),
        // Mastercard; RuPay
        51..=55 | 81 | 82 => len == 16,
        22..=27 if (2221..=2720).contains(&four) => len == 16,
        // Mir
        22 if (2200..=2204).contains(&four) => (16..=19).contains(&len),
        // American Express
        34 | 37 => len == 15,
        // Diners Club
        30 if (300..=305).contains(&three) || three == 309 => (14..=19).contains(&len),
        36 | 38 | 39 => (14..=19).contains(&len),
        // JCB
        35 if (3528..=3589).contains(&four) => (16..=19).contains(&len),
        // Discover, UnionPay, Maestro
        50 | 56..=58 | 60 | 62..=65 | 67 => (16..=19).contains(&len),
        _ => false,
    }
}

/// Luhn's checksum; a number of one digit repeated is nobody's.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, &digit)| {
            let value = u32::from(digit) << (i % 2);
            if value > 9 { value - 9 } else { value }
        })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|&digit| digit != digits[0])
}
