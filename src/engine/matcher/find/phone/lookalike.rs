//! Letters written for digits: `415-555-O123`, `4l5 555 0l34`. Only words that are digits and such letters
//! alone are read so, and only a few letters among many digits.

/// Most letters in a text that stand for digits; more of them are code.
const LETTERS: usize = 6;

/// Fewest written digits.
const DIGITS: usize = 5;

/// The digit that an ASCII letter resembles.
fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'O' | b'o' => Some(b'0'),
        b'l' | b'I' | b'i' => Some(b'1'),
        b'S' => Some(b'5'),
        _ => None,
    }
}

/// Whether a letter like a digit stands next to a written one; cheap.
pub(super) fn may_hold(text: &str) -> bool {
    let next_to = |pair: &[u8]| {
        (pair[0].is_ascii_digit() && digit(pair[1]).is_some())
            || (pair[1].is_ascii_digit() && digit(pair[0]).is_some())
    };
    text.as_bytes().windows(2).any(next_to)
        && text.bytes().filter(u8::is_ascii_digit).take(DIGITS).count() == DIGITS
}

/// The text with such letters as digits, byte for byte; `None` when there are none.
pub(super) fn digits(text: &str) -> Option<String> {
    let mut changed = 0;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let word = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        let (head, tail) = rest.split_at(word);
        let letters = head.bytes().filter(|&byte| digit(byte).is_some()).count();
        let written = head.bytes().filter(u8::is_ascii_digit).count();
        if letters > 0 && written > 0 && letters + written == head.len() {
            changed += letters;
            out.extend(head.bytes().map(|byte| char::from(digit(byte).unwrap_or(byte))));
        } else {
            out.push_str(head);
        }
        let sign = tail.chars().next().map_or(0, char::len_utf8);
        out.push_str(&tail[..sign]);
        rest = &tail[sign..];
    }
    (1..=LETTERS).contains(&changed).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_letters_as_digits() {
        assert_eq!(digits("4l5-555-O123 Oslo").as_deref(), Some("415-555-0123 Oslo"));
        assert_eq!(digits("SOS 4155550123"), None);
        assert!(!may_hold("415 555 0123, so I am"));
    }
}
