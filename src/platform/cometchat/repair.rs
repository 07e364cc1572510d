//! Makes readable what a parser would refuse but a client would show: invalid UTF-8, a byte order
//! mark, NUL and other raw controls, halves of surrogate pairs, numbers out of range.
//!
//! None of these may be a way round the rules, so the text is decoded with losses and judged.

use std::fmt::Write as _;

/// What one look at a body tells about it, without parsing it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// How deep objects and lists lie in one another; 0 stands for "too shallow to count".
    pub(super) depth: usize,
    /// Whether half of a surrogate pair is escaped somewhere.
    pub(super) lone_surrogate: bool,
}

/// Looks for what a parser with no limits would let pass; `shallow` openings are not worth counting.
pub(super) fn look(text: &str, shallow: usize) -> Look {
    let bytes = text.as_bytes();
    let openings = bytes.iter().filter(|&&byte| byte == b'{' || byte == b'[').count();
    if openings <= shallow && !bytes.contains(&b'\\') {
        return Look { depth: 0, lone_surrogate: false };
    }
    let mut look = Look { depth: 0, lone_surrogate: false };
    let (mut depth, mut inside, mut at) = (0_usize, false, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if inside => {
                let (escape, length) = Escape::at(bytes, at);
                look.lone_surrogate |= escape == Escape::LoneSurrogate;
                at += length;
                continue;
            }
            b'"' => inside = !inside,
            b'{' | b'[' if !inside => {
                depth += 1;
                look.depth = look.depth.max(depth);
            }
            b'}' | b']' if !inside => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    look
}

/// The body as JSON text with everything in it that no parser accepts made harmless.
pub(super) fn repair(body: &[u8]) -> String {
    let decoded = String::from_utf8_lossy(body);
    let text = decoded.trim_start_matches('\u{feff}');
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len() + 16);
    let (mut inside, mut at) = (false, 0);
    while at < bytes.len() {
        let byte = bytes[at];
        let mut length = 1;
        match byte {
            b'\\' if inside => {
                let (escape, escaped) = Escape::at(bytes, at);
                length = escaped;
                match escape {
                    Escape::LoneSurrogate => out.push_str("\\ufffd"),
                    Escape::Other => out.push_str(text.get(at..at + length).unwrap_or("\\")),
                }
            }
            b'"' => {
                inside = !inside;
                out.push('"');
            }
            0..0x20 if inside => {
                let _ = write!(out, "\\u{byte:04x}");
            }
            0 => out.push(' '),
            b'-' | b'0'..=b'9' if !inside => {
                let number = number_at(text, at);
                length = number.len();
                let finite = number.parse().map_or(true, f64::is_finite);
                out.push_str(if finite { number } else { "0" });
            }
            _ => {
                let plain = text[at..].chars().next().map_or(1, char::len_utf8);
                length = plain;
                out.push_str(&text[at..at + plain]);
            }
        }
        at += length;
    }
    out
}

/// The characters of the number that starts at `at`.
fn number_at(text: &str, at: usize) -> &str {
    let rest = &text[at..];
    let end = rest.find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'));
    &rest[..end.unwrap_or(rest.len())]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escape {
    LoneSurrogate,
    Other,
}

impl Escape {
    /// The escape that starts at the backslash at `at`, and its length; a surrogate pair is one escape.
    fn at(bytes: &[u8], at: usize) -> (Escape, usize) {
        match unit(bytes, at) {
            Some(0xd800..=0xdbff) => match unit(bytes, at + 6) {
                Some(0xdc00..=0xdfff) => (Escape::Other, 12),
                _ => (Escape::LoneSurrogate, 6),
            },
            Some(0xdc00..=0xdfff) => (Escape::LoneSurrogate, 6),
            Some(_) => (Escape::Other, 6),
            None => {
                let next = bytes.get(at + 1).copied().unwrap_or_default();
                (Escape::Other, if next.is_ascii() { 2 } else { 1 })
            }
        }
    }
}

/// The UTF-16 unit that the escape at `at` stands for, `\u` and four hexadecimal digits.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let digits = digits.iter().all(u8::is_ascii_hexdigit).then(|| str::from_utf8(digits).ok())??;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(body: &[u8], expected: &str) {
        let text = repair(body);
        let value: serde_json::Value = serde_json::from_str(&text).expect("repaired text is JSON");
        assert_eq!(value["t"], expected, "{text}");
    }

    #[test]
    fn what_no_parser_accepts_is_made_readable() {
        check(b"{\"t\":\"a\xffb\"}", "a\u{fffd}b");
        check(b"\xef\xbb\xbf{\"t\":\"a\"}", "a");
        check(b"{\"t\":\"a\0b\nc\"}", "a\0b\nc");
        check(b"{\"t\":\"a\"}\0\0", "a");
        check(br#"{"t":"\ud800 bad"}"#, "\u{fffd} bad");
        check(br#"{"t":"\udc00\ud83d\ude00"}"#, "\u{fffd}😀");
        check(br#"{"t":"\ud83d\ud83d\ude00"}"#, "\u{fffd}😀");
        check(br#"{"x":1e999,"y":[-1E+9999],"t":"ok"}"#, "ok");
        check(r#"{"t":"é\"\\😀"}"#.as_bytes(), "é\"\\😀");
    }

    #[test]
    fn depth_is_that_of_structure_not_of_text() {
        assert_eq!(look(r#"{"a":"[[[[\"[["}"#, 0).depth, 1);
        assert_eq!(look(&"[".repeat(65), 64).depth, 65);
        assert_eq!(look(&"[]".repeat(65), 64).depth, 1);
        assert!(look(r#"{"a":"\uD800"}"#, 64).lone_surrogate);
        assert!(!look(r#"{"a":"\ud83d\ude00 \\ud800"}"#, 64).lone_surrogate);
    }

    proptest! {
        #[test]
        fn repair_leaves_valid_json_as_it_is(text in "\\PC{0,40}", number in any::<f64>()) {
            let value = serde_json::json!({ "text": text, "list": [number, null, true, {"k": -1}] });
            let written = value.to_string();
            prop_assert_eq!(repair(written.as_bytes()), written);
        }

        #[test]
        fn any_bytes_can_be_repaired(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let once = repair(&bytes);
            prop_assert_eq!(repair(once.as_bytes()), once);
        }
    }
}
