//! Digits spelled out: `five five five, one two three four`, with `double`, tens and written
//! digits among them. Seven at least; counting up or down is no number.

use std::ops::Range;

use super::{
    LONGEST, SHORTEST,
    words::{Said, word},
};

/// Fewest words, unless the digits around them are as many as a whole number has.
const WORDS: usize = 3;

/// Digits that make a number of it with fewer words: `415-five55-0123`.
const MIXED: usize = 10;

/// Whether a text holds enough words for digits; cheap.
pub(super) fn may_hold(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut words, mut digits, mut inside) = (0, 0, false);
    for (at, &byte) in bytes.iter().enumerate() {
        // full-width and styled letters have to be folded before anybody can tell
        if byte == 0xEF || (byte == 0xF0 && bytes.get(at + 1) == Some(&0x9D)) {
            return true;
        }
        digits += usize::from(byte.is_ascii_digit());
        let letter = byte.is_ascii_alphabetic() || byte >= 0x80;
        if letter && !inside && word(&text[at..]).is_some() {
            words += 1;
        }
        if words >= WORDS || (words > 0 && digits + 2 * words >= SHORTEST) {
            return true;
        }
        inside = letter;
    }
    false
}

pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut at, mut inside) = (0, false);
    while at < bytes.len() {
        let begins = !inside
            && text.is_char_boundary(at)
            && said(&text[at..]).is_some_and(|(said, _)| said != Said::And);
        if !begins {
            inside = bytes[at].is_ascii_alphanumeric() || bytes[at] >= 0x80;
            at += 1;
            continue;
        }
        let number = Number::read(text, at);
        at = number.next;
        inside = at > 0 && !bytes[at - 1].is_ascii();
        if number.is_one() {
            found.push(number.range);
        }
    }
    found
}

/// Digits said one after another.
struct Number {
    range: Range<usize>,
    digits: Vec<u8>,
    /// How many words there were.
    words: usize,
    /// How many digits came of numbers over nine.
    paired: usize,
    /// Up to where the text was read.
    next: usize,
    /// Whether written digits stand at both ends, or next to a word.
    mixed: bool,
}

impl Number {
    /// What is said from `start` on; something is.
    fn read(text: &str, start: usize) -> Number {
        let bytes = text.as_bytes();
        let mut number = Number {
            range: start..start,
            digits: Vec::new(),
            words: 0,
            paired: 0,
            next: start,
            mixed: false,
        };
        let (mut at, mut times, mut tens, mut glued) = (start, 1, None, false);
        while let Some((said, len)) = said(&text[at..]) {
            number.words +=
                usize::from(!bytes[at].is_ascii_digit() && !matches!(said, Said::Plus | Said::And));
            match said {
                Said::Digits(digits) => {
                    number.say(tens.take(), digits, times);
                    times = 1;
                }
                Said::Tens(more) => {
                    // `quatre-vingt`
                    if more == 20
                        && tens.is_none()
                        && number.digits.last() == Some(&4)
                        && bytes[at - 1] == b'-'
                    {
                        number.digits.pop();
                        tens = Some(80);
                    } else {
                        number.say(tens.take(), "", 1);
                        tens = Some(more);
                    }
                }
                Said::Times(count) => times = count,
                Said::Plus | Said::And => {}
            }
            let was_digit = bytes[at].is_ascii_digit();
            at += len;
            if said != Said::And {
                number.range.end = at;
            }
            let gap = bytes[at..].iter().take(3).take_while(|b| is_gap(**b)).count();
            at += gap;
            let is_digit = bytes.get(at).is_some_and(u8::is_ascii_digit);
            glued |= gap == 0 && was_digit != is_digit && at < bytes.len();
            if gap == 0 && !was_digit && !is_digit {
                break;
            }
        }
        number.say(tens, "", 1);
        let last = bytes[..number.range.end].last().is_some_and(u8::is_ascii_digit);
        number.mixed = glued || (bytes[start].is_ascii_digit() && last);
        number.next = at;
        while number.range.start > 0 && matches!(bytes[number.range.start - 1], b'+' | b'(') {
            number.range.start -= 1;
        }
        number
    }

    fn say(&mut self, tens: Option<u8>, digits: &str, times: usize) {
        let mut value: Vec<u8> = digits.bytes().map(|digit| digit - b'0').collect();
        if let Some(tens) = tens {
            let small = value.iter().fold(0, |sum, digit| sum * 10 + digit);
            if digits == "0" {
                self.digits.extend([tens / 10, 0]);
            } else {
                value = vec![(tens + small) / 10, (tens + small) % 10];
            }
        }
        self.paired += if value.len() > 1 { 2 } else { 0 };
        let room = (LONGEST + 2).saturating_sub(self.digits.len());
        let repeated = std::iter::repeat_n(value, times.min(4)).flatten();
        self.digits.extend(repeated.take(room));
    }

    fn is_one(&self) -> bool {
        let count = self.digits.len();
        let enough = self.words >= WORDS || (self.words > 0 && self.mixed && count >= MIXED);
        // times of day are said in pairs as well
        let times = self.paired * 3 > count && !(self.digits.first() == Some(&0) && count > 8);
        enough && !times && (SHORTEST..=LONGEST).contains(&count) && !counts(&self.digits)
    }
}

fn is_gap(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b',' | b'.' | b'\n' | b'(' | b')' | b'/' | b'_')
}

/// The digit or word at the start of `text`, and its length.
fn said(text: &str) -> Option<(Said, usize)> {
    const NAMES: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    match text.as_bytes().first()? {
        digit @ b'0'..=b'9' => Some((Said::Digits(NAMES[usize::from(digit - b'0')]), 1)),
        _ => word(text),
    }
}

/// Whether digits only count up or down, or never change.
pub(super) fn counts(digits: &[u8]) -> bool {
    let steps = |step: i8| {
        digits.windows(2).filter(|pair| pair[1].cast_signed() - pair[0].cast_signed() == step).count()
    };
    let most = digits.len() - 2;
    (steps(1) >= most && digits[0] <= 1)
        || steps(1) > most
        || steps(-1) >= most
        || steps(0) >= digits.len() - 1
}
