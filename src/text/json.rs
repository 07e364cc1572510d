//! Strings of JSON, eight bytes at a time: what is read from a request and written to a log is mostly
//! strings in which nothing is escaped.

/// How many bytes a string goes on without a quote, a backslash or a control character.
#[inline]
pub(crate) fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const TOPS: u64 = ONES << 7;
    // of the lowest byte below `limit` the top bit is set; above that one it may be set wrongly
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word;
    let is = |word: u64, byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    let (chunks, rest) = bytes.as_chunks::<8>();
    for (n, chunk) in chunks.iter().enumerate() {
        let word = u64::from_le_bytes(*chunk);
        let found = (is(word, b'"') | is(word, b'\\') | below(word, 0x20)) & TOPS;
        if found != 0 {
            return n * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    chunks.len() * 8 + rest.iter().position(special).unwrap_or(rest.len())
}

/// Writes a text as a string.
pub(crate) fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    loop {
        let (run, special) = rest.split_at(plain(rest));
        out.extend_from_slice(run);
        let Some((&byte, after)) = special.split_first() else { break };
        escape(byte, out);
        rest = after;
    }
    out.push(b'"');
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

    fn special(byte: &u8) -> bool {
        matches!(byte, b'"' | b'\\' | 0..0x20)
    }

    fn check(text: &str) {
        let mut written = Vec::new();
        write_string(text, &mut written);
        assert_eq!(String::from_utf8(written).unwrap(), serde_json::to_string(text).unwrap());
    }

    #[test]
    fn what_is_special_is_seen_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            for (before, after) in (0..20).flat_map(|before| (0..20).map(move |after| (before, after))) {
                let bytes = [vec![b'a'; before], vec![byte], vec![b'b'; after]].concat();
                let expected = if special(&byte) { before } else { bytes.len() };
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
            prop_assert_eq!(plain(&bytes), bytes.iter().position(special).unwrap_or(bytes.len()));
        }

        #[test]
        fn strings_are_written_as_the_parser_s_library_writes_them(text in "[ -~é\u{0}-\u{1f}\u{7f}\u{2028}😀]{0,40}") {
            check(&text);
        }
    }
}
