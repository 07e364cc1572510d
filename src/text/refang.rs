//! Text with the simplest disguises of addresses undone: full-width and styled letters and digits,
//! digits of other scripts, other dots, `[.]`, `(dot)`, `(at)`, `hxxp`, invisible characters.
//!
//! Detectors scan this instead of each knowing every spelling, and map what they find back onto
//! the text as sent. A text that needs none of it is borrowed, which is nearly always.

use std::{borrow::Cow, ops::Range};

use unicode_normalization::UnicodeNormalization;

/// A refanged text that knows where each of its bytes came from.
pub(crate) struct Refanged<'a> {
    /// The text to scan.
    pub(crate) text: Cow<'a, str>,
    /// For each byte of `text`, the bytes of the original it stands for; empty when it is the original.
    origin: Vec<(u32, u32)>,
}

impl<'a> Refanged<'a> {
    /// Undoes the disguises of `text`.
    pub(crate) fn new(text: &'a str) -> Self {
        if !text.bytes().any(may_disguise) {
            return Refanged { text: Cow::Borrowed(text), origin: Vec::new() };
        }
        Builder::run(text)
    }

    /// The range of the original that a non-empty range of the refanged text stands for.
    pub(crate) fn source(&self, range: Range<usize>) -> Range<usize> {
        if self.origin.is_empty() || range.is_empty() {
            return range;
        }
        self.origin[range.start].0 as usize..self.origin[range.end - 1].1 as usize
    }
}

/// Whether a byte can begin anything this module changes.
fn may_disguise(byte: u8) -> bool {
    // C2: soft hyphen; D9..E1: digits of other scripts; E2, E3, EF, F0: signs, full-width, styled
    matches!(byte, b'[' | b'(' | b'{' | b'x' | b'X' | 0xC2 | 0xD9 | 0xDB | 0xE0..=0xE3 | 0xEF | 0xF0)
}

struct Builder {
    text: String,
    origin: Vec<(u32, u32)>,
}

impl Builder {
    fn run(text: &str) -> Refanged<'_> {
        let mut to =
            Builder { text: String::with_capacity(text.len()), origin: Vec::with_capacity(text.len()) };
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let rest = &text[at..];
            if let Some((len, sign)) = bracketed(rest) {
                let (from, next) = if matches!(sign, "." | "@") {
                    (to.drop_spaces(at), at + len + leading_spaces(&rest[len..]))
                } else {
                    (at, at + len)
                };
                sign.chars().for_each(|c| to.push(c, from, at + len));
                at = next;
            } else if defanged_scheme(rest) {
                for (i, c) in "http".chars().enumerate() {
                    to.push(c, at + i, at + i + 1);
                }
                at += 4;
            } else {
                let end = at + c.len_utf8();
                if let Some(c) = fold(c) {
                    to.push(c, at, end);
                }
                at = end;
            }
        }
        Refanged { text: Cow::Owned(to.text), origin: to.origin }
    }

    fn push(&mut self, c: char, start: usize, end: usize) {
        self.text.push(c);
        let piece = (offset(start), offset(end));
        self.origin.extend(std::iter::repeat_n(piece, c.len_utf8()));
    }

    /// Takes back up to two spaces before a bracketed sign; returns where the sign now begins.
    fn drop_spaces(&mut self, at: usize) -> usize {
        let mut from = at;
        for _ in 0..2 {
            if !self.text.ends_with(' ') {
                break;
            }
            self.text.pop();
            if let Some((start, _)) = self.origin.pop() {
                from = start as usize;
            }
        }
        from
    }
}

/// Offsets fit: a message is far shorter than 4 GiB, and a longer one only loses precision.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn leading_spaces(text: &str) -> usize {
    text.bytes().take(2).take_while(|&b| b == b' ').count()
}

/// A sign in brackets (`[.]`, `( dot )`, `{at}`, `[:]`) at the start of the text: its length and the sign.
fn bracketed(text: &str) -> Option<(usize, &'static str)> {
    let close = match text.as_bytes().first()? {
        b'[' => b']',
        b'(' => b')',
        b'{' => b'}',
        _ => return None,
    };
    let end = text.bytes().take(9).position(|b| b == close)?;
    let inner = text.get(1..end)?.trim();
    let sign = match inner {
        "." => ".",
        "@" => "@",
        ":" => ":",
        "://" => "://",
        _ if inner.eq_ignore_ascii_case("dot") || inner.eq_ignore_ascii_case("d0t") => ".",
        _ if inner.eq_ignore_ascii_case("at") => "@",
        _ => return None,
    };
    Some((end + 1, sign))
}

/// Whether the text begins with `hxxp`, `hxxps` (any case) as a scheme.
fn defanged_scheme(text: &str) -> bool {
    let Some(head) = text.as_bytes().first_chunk::<4>() else { return false };
    if !head.eq_ignore_ascii_case(b"hxxp") {
        return false;
    }
    let rest = text[4..].strip_prefix(['s', 'S']).unwrap_or(&text[4..]);
    rest.starts_with(':') || rest.starts_with("[:")
}

/// One character made plain; `None` for what nobody sees.
fn fold(c: char) -> Option<char> {
    match c {
        '\0'..='\u{7F}' => Some(c),
        '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{FE0E}' | '\u{FE0F}' => None,
        '。' | '｡' | '．' | '\u{2024}' | '\u{FE52}' => Some('.'),
        '\u{A0}' | '\u{2002}'..='\u{200A}' | '\u{202F}' | '\u{3000}' => Some(' '),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Some('-'),
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0),
        '\u{2100}'..='\u{214F}' | '\u{2460}'..='\u{24FF}' | '\u{1D400}'..='\u{1D7FF}' => Some(styled(c)),
        _ => Some(other_digit(c).unwrap_or(c)),
    }
}

/// The letter or digit that a mathematical or circled one is a style of.
fn styled(c: char) -> char {
    let mut plain = std::iter::once(c).nfkc();
    match (plain.next(), plain.next()) {
        (Some(one), None) if one.is_ascii_alphanumeric() => one,
        _ => c,
    }
}

/// The ASCII digit for a digit of another script in everyday use.
fn other_digit(c: char) -> Option<char> {
    const ZEROS: [u32; 12] =
        [0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xE50, 0x17E0];
    let code = u32::from(c);
    let zero = ZEROS.iter().find(|&&zero| (zero..zero + 10).contains(&code))?;
    char::from_digit(code - zero, 10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn undoes_what_it_says() {
        for (sent, plain) in [
            ("plain", "plain"),
            ("evil[.]com", "evil.com"),
            ("evil (dot) com", "evil.com"),
            ("name [ at ] host{.}org", "name@host.org"),
            ("hxxps[:]//evil。com", "https://evil.com"),
            ("hxxp is a word", "hxxp is a word"),
            ("ｅｖｉｌ．ｃｏｍ 𝐞𝐯ⓘⓛ", "evil.com evil"),
            ("٠١٢ ０９", "012 09"),
            ("ev\u{200B}il", "evil"),
            ("f(x) [1]", "f(x) [1]"),
        ] {
            assert_eq!(Refanged::new(sent).text, plain, "{sent}");
        }
    }

    #[test]
    fn maps_back() {
        let sent = "see evil (dot) com!";
        let refanged = Refanged::new(sent);
        let at = refanged.text.find("evil.com").expect("refanged");
        assert_eq!(&sent[refanged.source(at..at + 8)], "evil (dot) com");
    }

    proptest! {
        #[test]
        fn origins_are_ordered_boundaries(sent in "([a-z .]|[\\[({]|[\\])}]|dot|at|。|ｅ|５|hxxp:|\\PC){0,40}") {
            let refanged = Refanged::new(&sent);
            let mut last = 0;
            for &(start, end) in &refanged.origin {
                let (start, end) = (start as usize, end as usize);
                prop_assert!(start >= last && start < end);
                prop_assert!(sent.is_char_boundary(start) && sent.is_char_boundary(end));
                last = start;
            }
        }
    }
}
