//! Text with the simplest disguises of addresses undone: full-width and styled letters and digits,
//! digits of other scripts, other dots, `[.]`, `(dot)`, `(at)`, `hxxp`, invisible characters.
//!
//! Detectors scan this instead of each knowing every spelling, and map what they find back onto
//! the text as sent. A text that needs none of it is borrowed, which is nearly always.

use std::{borrow::Cow, ops::Range};

use unicode_normalization::UnicodeNormalization;

use super::{host, signword};

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
        if !needs(text) {
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

/// Whether a text may hold anything this module changes.
fn needs(text: &str) -> bool {
    let mut before = 0;
    text.bytes().enumerate().any(|(at, byte)| {
        let pair = (std::mem::replace(&mut before, byte), byte);
        match pair {
            (_, b'[' | b'(' | b'{') => {
                let rest = &text[at..];
                rest.starts_with("(a)") || rest.starts_with("(A)") || bracketed(rest).is_some()
            }
            (_, 0xC2..) => text[at..].chars().next().is_some_and(|c| fold(c) != Some(c)),
            (b'x' | b'X', b'x' | b'X')
            | (b' ', b'@' | b'.' | b':')
            | (b'_' | b'-', b'd' | b'D')
            | (b'&', b'#' | b'c' | b'p')
            | (b':' | b'/', b'\\')
            | (b'<', b'a' | b'A' | b'd' | b'D' | b'@' | b'.') => true,
            _ => false,
        }
    })
}

/// Whether a character is a digit, or stands for one.
pub(crate) fn is_digit(c: char) -> bool {
    fold(c).is_some_and(|c| c.is_ascii_digit())
}

struct Builder {
    text: String,
    origin: Vec<(u32, u32)>,
}

impl Builder {
    fn run(text: &str) -> Refanged<'_> {
        let mut to =
            Builder { text: String::with_capacity(text.len()), origin: Vec::with_capacity(text.len()) };
        // a row of single letters is looked at once
        let (mut at, mut looked) = (0, 0);
        while let Some(c) = text[at..].chars().next() {
            let rest = &text[at..];
            if at >= looked && (at == 0 || text.as_bytes()[at - 1] == b' ') {
                let row = Row::read(rest);
                looked = at + row.len;
                if row.is_address {
                    at = to.join(text, at, looked);
                    continue;
                }
            }
            at = if let Some((len, sign)) = bracketed(rest).or_else(|| to.at_letter(rest)) {
                to.sign(text, at, len, sign)
            } else if let Some((len, sign)) = glued(rest) {
                to.push(sign, at, at + len);
                at + len
            } else if let Some((len, c)) = entity(rest) {
                if let Some(c) = fold(c) {
                    to.push(c, at, at + len);
                }
                at + len
            } else if defanged_scheme(rest) {
                for (i, c) in "http".chars().enumerate() {
                    to.push(c, at + i, at + i + 1);
                }
                at + 4
            } else {
                let end = at + c.len_utf8();
                let slash = c == '\\' && (to.text.ends_with(':') || to.text.ends_with(":/"));
                if let Some(c) = if slash { Some('/') } else { fold(c) } {
                    to.push(c, at, end);
                }
                end
            };
        }
        Refanged { text: Cow::Owned(to.text), origin: to.origin }
    }

    /// Writes a sign that had brackets; returns where to go on.
    fn sign(&mut self, text: &str, at: usize, len: usize, sign: &str) -> usize {
        let close = at + len;
        let address = matches!(sign, "." | "@");
        let from = if address { self.drop_spaces(at) } else { at };
        sign.chars().for_each(|c| self.push(c, from, close));
        if address { close + leading_spaces(&text[close..]) } else { close }
    }

    /// Writes single letters without the spaces between them; returns where to go on.
    fn join(&mut self, text: &str, start: usize, end: usize) -> usize {
        for (i, c) in text[start..end].char_indices().filter(|&(_, c)| c != ' ') {
            if let Some(c) = fold(c) {
                self.push(c, start + i, start + i + c.len_utf8());
            }
        }
        end + usize::from(self.text.ends_with(['@', '.', '/']) && text[end..].starts_with(' '))
    }

    /// `(a)` and `ⓐ` within a word stand for `@`.
    fn at_letter(&self, rest: &str) -> Option<(usize, &'static str)> {
        let len = ["(a)", "(A)", "ⓐ", "Ⓐ"].iter().find(|sign| rest.starts_with(**sign))?.len();
        let inside = self.text.ends_with(|c: char| c.is_ascii_alphanumeric())
            && rest[len..].starts_with(|c: char| c.is_ascii_alphanumeric());
        inside.then_some((len, "@"))
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
        b'<' => b'>',
        _ => return None,
    };
    let end = text.bytes().take(18).position(|b| b == close)?;
    let inner = text.get(1..end)?.trim();
    let sign = match inner {
        "." => ".",
        "@" => "@",
        ":" => ":",
        "://" => "://",
        _ if signword::dot(inner).is_some() => ".",
        _ if signword::is_at(inner) => "@",
        _ => return None,
    };
    Some((end + 1, sign))
}

/// `_dot_`, `-dot-`, and `_at_` before a host with such a dot: the length and the sign.
fn glued(text: &str) -> Option<(usize, char)> {
    let (&sign, rest) = text.as_bytes().split_first()?;
    if !matches!(sign, b'_' | b'-') {
        return None;
    }
    let word = |word: &[u8], rest: &[u8]| {
        rest.len() > word.len() && rest[..word.len()].eq_ignore_ascii_case(word) && rest[word.len()] == sign
    };
    let is_dot = |rest: &[u8]| {
        let tld = rest.get(4..).unwrap_or(&[]);
        let len = tld.iter().take(8).take_while(|b| b.is_ascii_alphabetic()).count();
        let tld = tld[..len].to_ascii_lowercase();
        word(b"dot", rest) && std::str::from_utf8(&tld).is_ok_and(|tld| host::has(host::COMMON, tld))
    };
    if is_dot(rest) {
        return Some((5, '.'));
    }
    let host = rest.get(3..).filter(|_| word(b"at", rest))?;
    let len = host.iter().take(32).take_while(|b| b.is_ascii_alphanumeric()).count();
    (host.get(len) == Some(&sign) && is_dot(&host[len + 1..])).then_some((4, '@'))
}

/// The character that an entity at the start of the text stands for, and the entity's length.
fn entity(text: &str) -> Option<(usize, char)> {
    let inner = text.strip_prefix('&')?;
    let inner = &inner[..inner.bytes().take(9).position(|b| b == b';')?];
    let c = match inner {
        "commat" => '@',
        "period" => '.',
        "colon" => ':',
        _ => {
            let digits = inner.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => digits.parse(),
            };
            char::from_u32(code.ok()?).filter(|c| !c.is_control())?
        }
    };
    Some((inner.len() + 2, c))
}

/// Single characters with one space between them each.
struct Row {
    len: usize,
    /// Whether there are enough of them, with a sign of an address among them.
    is_address: bool,
}

impl Row {
    fn read(text: &str) -> Row {
        let (mut len, mut count) = (0, 0);
        let mut chars = text.char_indices();
        while let Some((at, c)) = chars.next().filter(|(_, c)| *c != ' ' && *c != '\n') {
            if chars.next().is_some_and(|(_, next)| next != ' ') {
                break;
            }
            count += 1;
            len = at + c.len_utf8();
        }
        let row = &text[..len];
        let letters = row.contains(char::is_alphabetic);
        // a full stop after digits ends a sentence
        let dotted = row.get(1..).is_some_and(|rest| rest.trim_end_matches('.').contains('.'))
            || (letters && row.len() > 1 && row.ends_with('.'));
        let signed = !row.starts_with('@') && row.contains('@') || letters && row.contains(':');
        Row { len, is_address: count >= 4 && (dotted || signed) }
    }
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
        // past the last script, emoji begin
        '\0'..='\u{7F}' | '\u{1D800}'.. => Some(c),
        '\u{AD}'
        | '\u{20E3}'
        | '\u{200B}'..='\u{200F}'
        | '\u{2060}'
        | '\u{FEFF}'
        | '\u{FE0E}'
        | '\u{FE0F}' => None,
        '。' | '｡' | '．' | '・' | '･' | '\u{2024}' | '\u{FE52}' => Some('.'),
        '\u{A0}' | '\u{2002}'..='\u{200A}' | '\u{202F}' | '\u{3000}' => Some(' '),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Some('-'),
        '¹' => Some('1'),
        '²' => Some('2'),
        '³' => Some('3'),
        '\u{2070}' | '\u{2074}'..='\u{2079}' => char::from_digit(u32::from(c) - 0x2070, 10),
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
