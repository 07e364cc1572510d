//! Digits spelled out: `five five five, one two three four`, with `double`, `triple` and written
//! digits among them. Seven at least; counting up or down is no number.

use std::ops::Range;

use super::{LONGEST, SHORTEST};

/// Fewest words, so that written digits with a word between them are left to the other scanner.
const WORDS: usize = 3;

/// Whether a text holds enough words for digits; cheap.
pub(super) fn may_hold(text: &str) -> bool {
    // full-width letters have to be folded before anybody can tell
    if text.bytes().any(|b| b == 0xEF || b == 0xF0) {
        return true;
    }
    let bytes = text.as_bytes();
    let mut previous = b' ';
    let begun = bytes.iter().enumerate().filter(|&(at, &byte)| {
        let begins = !previous.is_ascii_alphabetic();
        previous = byte;
        begins
            && matches!(byte | 0x20, b'z' | b'o' | b'n' | b't' | b'f' | b's' | b'e')
            && word(&bytes[at..]).is_some()
    });
    begun.take(WORDS).count() == WORDS
}

/// What a word adds to a number.
#[derive(Clone, Copy)]
enum Said {
    Digit(u8),
    /// `double`, `triple`: the next digit that often.
    Times(usize),
}

pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let begins = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        if !begins || said(&bytes[at..]).is_none() {
            at += 1;
            continue;
        }
        let (range, digits, words) = number(bytes, at);
        at = range.end;
        if words >= WORDS && (SHORTEST..=LONGEST).contains(&digits.len()) && !counts(&digits) {
            found.push(range);
        }
    }
    found
}

/// The digits said from `start` on, where they end, and how many of them were words.
fn number(bytes: &[u8], start: usize) -> (Range<usize>, Vec<u8>, usize) {
    let (mut digits, mut words, mut times) = (Vec::new(), 0, 1);
    let (mut at, mut end) = (start, start);
    while let Some((said, len)) = said(&bytes[at..]) {
        match said {
            Said::Digit(digit) => {
                words += usize::from(len > 1);
                let room = (LONGEST + 1).saturating_sub(digits.len());
                digits.extend(std::iter::repeat_n(digit, times.min(room)));
                times = 1;
                end = at + len;
            }
            Said::Times(count) => times = count,
        }
        at += len;
        let gap =
            bytes[at..].iter().take(3).take_while(|b| matches!(b, b' ' | b'-' | b',' | b'.' | b'\n')).count();
        at += gap;
        // written digits follow each other without a gap, words do not
        if gap == 0 && !bytes.get(at).is_some_and(u8::is_ascii_digit) {
            break;
        }
    }
    (start..end.max(at.min(start + 1)), digits, words)
}

/// The digit or word at the start of `bytes`, and its length.
fn said(bytes: &[u8]) -> Option<(Said, usize)> {
    match bytes.first()? {
        digit @ b'0'..=b'9' => Some((Said::Digit(digit - b'0'), 1)),
        _ => word(bytes),
    }
}

fn word(bytes: &[u8]) -> Option<(Said, usize)> {
    const WORDS: [(&[u8], Said); 13] = [
        (b"zero", Said::Digit(0)),
        (b"oh", Said::Digit(0)),
        (b"one", Said::Digit(1)),
        (b"two", Said::Digit(2)),
        (b"three", Said::Digit(3)),
        (b"four", Said::Digit(4)),
        (b"five", Said::Digit(5)),
        (b"six", Said::Digit(6)),
        (b"seven", Said::Digit(7)),
        (b"eight", Said::Digit(8)),
        (b"nine", Said::Digit(9)),
        (b"double", Said::Times(2)),
        (b"triple", Said::Times(3)),
    ];
    let len = bytes.iter().take(7).take_while(|b| b.is_ascii_alphabetic()).count();
    let word = &bytes[..len];
    WORDS.iter().find(|(known, _)| word.eq_ignore_ascii_case(known)).map(|&(_, said)| (said, len))
}

/// Whether digits only count up or down, or never change.
fn counts(digits: &[u8]) -> bool {
    let steps = |step: i8| {
        digits.windows(2).filter(|pair| pair[1].cast_signed() - pair[0].cast_signed() == step).count()
    };
    let most = digits.len() - 2;
    steps(1) >= most || steps(-1) >= most || steps(0) >= digits.len() - 1
}
