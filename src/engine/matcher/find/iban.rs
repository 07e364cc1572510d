//! International bank account numbers: a country, its length, and the checksum modulo 97 (ISO 13616).

use std::ops::Range;

use super::{begins_word, ends_word};
use crate::text::refang::Refanged;

/// Lengths by country, from the SWIFT registry of IBAN formats.
const LENGTHS: [(&[u8; 2], usize); 80] = [
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
];

/// Countries after `TL` in the same registry.
const MORE_LENGTHS: [(&[u8; 2], usize); 7] =
    [(b"TN", 24), (b"TR", 26), (b"UA", 29), (b"VA", 22), (b"VG", 24), (b"XK", 20), (b"YE", 30)];

pub(super) fn find(text: &str, out: &mut Vec<Range<usize>>) {
    if !super::may_hold_digits(text, 8) {
        return;
    }
    let refanged = Refanged::new(text);
    let plain = &*refanged.text;
    let bytes = plain.as_bytes();
    let mut at = 0;
    while at + 15 <= bytes.len() {
        let begins = bytes[at].is_ascii_alphabetic()
            && bytes[at + 1].is_ascii_alphabetic()
            && (bytes[at + 2].is_ascii_digit() || bytes[at + 2] == b' ')
            && plain.is_char_boundary(at)
            && begins_word(plain, at);
        match begins.then(|| account(plain, at)).flatten() {
            Some(end) => {
                out.push(refanged.source(at..end));
                at = end;
            }
            None => at += 1,
        }
    }
}

/// Where the account number ends that begins at `start`.
fn account(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let country = [bytes[start].to_ascii_uppercase(), bytes[start + 1].to_ascii_uppercase()];
    let (_, length) = LENGTHS.iter().chain(&MORE_LENGTHS).find(|(code, _)| **code == country)?;
    let mut characters = Vec::with_capacity(*length);
    let mut end = start;
    while characters.len() < *length {
        match *bytes.get(end)? {
            byte if byte.is_ascii_alphanumeric() => characters.push(byte.to_ascii_uppercase()),
            b' ' | b'-' if bytes[end - 1].is_ascii_alphanumeric() => {}
            _ => return None,
        }
        end += 1;
    }
    let digits = characters[2].is_ascii_digit() && characters[3].is_ascii_digit();
    (digits && ends_word(text, end) && remainder(&characters) == 1).then_some(end)
}

/// The number modulo 97, its first four characters moved to the end and letters read as 10 to 35.
fn remainder(characters: &[u8]) -> u32 {
    let (head, tail) = characters.split_at(4);
    tail.iter().chain(head).fold(0, |sum, &byte| match byte {
        b'0'..=b'9' => (sum * 10 + u32::from(byte - b'0')) % 97,
        _ => (sum * 100 + u32::from(byte - b'A') + 10) % 97,
    })
}
