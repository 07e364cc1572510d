//! Strings of JSON, eight bytes at a time: what is read from a request and written to a log is mostly
//! strings in which nothing is escaped.

/// How many bytes a string goes on without a quote, a backslash or a control character.
#[inline]
pub(crate) fn plain(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while let Some((word, after)) = rest.split_first_chunk() {
        let found = special(*word);
        if found != 0 {
            return bytes.len() - rest.len() + found.trailing_zeros() as usize / 8;
        }
        rest = after;
    }
    if let Some(word) = bytes.last_chunk() {
        // what it has of the word before is plain
        let found = special(*word);
        return if found == 0 { bytes.len() } else { bytes.len() - 8 + found.trailing_zeros() as usize / 8 };
    }
    if let (Some([a, b, c, d]), Some([e, f, g, h])) = (bytes.first_chunk(), bytes.last_chunk())
        && special([*a, *b, *c, *d, *e, *f, *g, *h]) == 0
    {
        return bytes.len();
    }
    bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(bytes.len())
}

/// The top bit of the first byte that is special; behind that, others may be set wrongly.
#[inline]
fn special(word: [u8; 8]) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const TOPS: u64 = ONES << 7;
    let word = u64::from_le_bytes(word);
    // a quote less its second bit comes right behind the control characters, which stay what they are
    let quote_or_control = (word ^ (ONES * 0x02)).wrapping_sub(ONES * 0x21);
    let backslash = (word ^ (ONES * u64::from(b'\\'))).wrapping_sub(ONES);
    (quote_or_control | backslash) & !word & TOPS
}

/// Writes a text as it stands between the quotes of a string.
pub(crate) fn write_escaped(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    // most are short: what begins and what ends them is all of them, and copied without a call
    if bytes.len() <= 16
        && let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk())
        && special(*first) | special(*last) == 0
    {
        return write_overlapping::<8>(first, last, bytes.len(), out);
    }
    if bytes.len() <= 8
        && let (Some(first @ [a, b, c, d]), Some(last @ [e, f, g, h])) =
            (bytes.first_chunk(), bytes.last_chunk())
        && special([*a, *b, *c, *d, *e, *f, *g, *h]) == 0
    {
        return write_overlapping::<4>(first, last, bytes.len(), out);
    }
    write_runs(bytes, out);
}

/// Writes as many bytes as `length`, which begin and end like this.
#[inline]
fn write_overlapping<const N: usize>(first: &[u8; N], last: &[u8; N], length: usize, out: &mut Vec<u8>) {
    let end = out.len() + length;
    out.extend_from_slice(first);
    out.truncate(end - N);
    out.extend_from_slice(last);
}

/// Writes bytes, run by run of what needs no escape.
#[inline(never)]
fn write_runs(bytes: &[u8], out: &mut Vec<u8>) {
    let mut rest = bytes;
    loop {
        let length = plain(rest);
        if length == rest.len() {
            return out.extend_from_slice(rest);
        }
        let (run, special) = rest.split_at(length);
        out.extend_from_slice(run);
        escape(special[0], out);
        rest = &special[1..];
    }
}

/// Two digits for each number below 100.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut n = 0;
    while n < 100 {
        pairs[n as usize] = [b'0' + n / 10, b'0' + n % 10];
        n += 1;
    }
    pairs
};

/// Writes a number.
pub(crate) fn write_number(number: u64, out: &mut Vec<u8>) {
    let (mut digits, mut at, mut rest) = ([0; 20], 20, number);
    loop {
        at -= 2;
        digits[at..at + 2].copy_from_slice(pair(rest));
        rest /= 100;
        if rest == 0 {
            break;
        }
    }
    at += usize::from(digits[at] == b'0');
    out.extend_from_slice(&digits[at..]);
}

/// So many are told from each other as floating-point units, which are written with their own digits.
pub(crate) const MAX_HUNDREDTHS: u64 = 999_999_999_999_999;

/// Writes a number of hundredths as so many units, in floating point: [`MAX_HUNDREDTHS`] at most.
pub(crate) fn write_hundredths(number: u64, out: &mut Vec<u8>) {
    write_number(number / 100, out);
    let [tenths, hundredths] = *pair(number);
    out.extend_from_slice(&[b'.', tenths]);
    if hundredths != b'0' {
        out.push(hundredths);
    }
}

/// The last two digits of a number.
fn pair(number: u64) -> &'static [u8; 2] {
    &PAIRS[(number % 100) as usize]
}

#[cold]
fn escape(byte: u8, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let short = match byte {
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        b'"' | b'\\' => byte,
        _ => {
            out.extend_from_slice(b"\\u00");
            out.extend([byte >> 4, byte & 15].map(|digit| HEX[usize::from(digit)]));
            return;
        }
    };
    out.extend([b'\\', short]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_special(byte: u8) -> bool {
        matches!(byte, b'"' | b'\\' | 0..0x20)
    }

    fn check(text: &str) {
        let mut written = Vec::new();
        write_escaped(text, &mut written);
        let written = String::from_utf8(written).unwrap();
        assert_eq!(format!("\"{written}\""), serde_json::to_string(text).unwrap());
    }

    #[test]
    fn what_is_special_is_seen_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            for (before, after) in (0..20).flat_map(|before| (0..20).map(move |after| (before, after))) {
                let bytes = [vec![b'a'; before], vec![byte], vec![b'b'; after]].concat();
                let expected = if is_special(byte) { before } else { bytes.len() };
                assert_eq!(plain(&bytes), expected, "{byte} after {before}, before {after}");
            }
            for before in 0..20 {
                check(&format!("{}{}é", "a".repeat(before), char::from(byte)));
            }
        }
    }

    proptest! {
        #[test]
        fn a_string_goes_on_until_something_special(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(plain(&bytes), bytes.iter().position(|byte| is_special(*byte)).unwrap_or(bytes.len()));
        }

        #[test]
        fn numbers_are_written_as_the_parser_s_library_writes_them(number: u64, shift in 0..64_u32) {
            let number = number >> shift;
            let mut written = Vec::new();
            write_number(number, &mut written);
            prop_assert_eq!(String::from_utf8(written).unwrap(), number.to_string());
            let (number, mut written) = (number % (MAX_HUNDREDTHS + 1), Vec::new());
            write_hundredths(number, &mut written);
            #[expect(clippy::cast_precision_loss, reason = "it is below 2⁵³")]
            let float = number as f64 / 100.0;
            prop_assert_eq!(String::from_utf8(written).unwrap(), serde_json::to_string(&float).unwrap());
        }

        #[test]
        fn strings_are_written_as_the_parser_s_library_writes_them(text in "[ -~é\u{0}-\u{1f}\u{7f}\u{2028}😀]{0,40}") {
            check(&text);
        }
    }
}
