//! What is known of each ASCII character, in one table.
//!
//! Most text is ASCII: what a view has to know of such a character (how it is folded, under which key
//! it is scanned, what it may begin or end together with the one before it) is looked up at once
//! instead of asked for one by one. The table is filled by the functions that answer for all
//! characters, so that there is one truth.

use super::view::ViewKind;
use super::{leet, symbol};

/// An ASCII character, or what stands for all others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sign {
    /// Folded; white space is a space.
    pub(super) base: u8,
    /// The key of its base.
    pub(super) key: u8,
    /// What joins it with others to a run: those with the same.
    pub(super) run: u8,
    /// What it is: bits of [`is`].
    pub(super) is: u16,
    /// The pairs that it may begin: bits of [`pair`].
    pub(super) before: u32,
    /// The pairs that it may end.
    pub(super) after: u32,
}

/// What a character is.
pub(super) mod is {
    pub(in super::super) const WORD: u16 = 1;
    /// No ASCII, or a control: for a closer look.
    pub(in super::super) const OTHER: u16 = 1 << 1;
    pub(in super::super) const UPPER: u16 = 1 << 2;
    pub(in super::super) const VOWEL: u16 = 1 << 3;
    pub(in super::super) const ELL: u16 = 1 << 4;
    /// A sign that stands for a letter by itself.
    pub(in super::super) const LONE: u16 = 1 << 5;
    /// What markup begins with.
    pub(in super::super) const MARKUP: u16 = 1 << 6;
    pub(in super::super) const PERCENT: u16 = 1 << 7;
    pub(in super::super) const HASH: u16 = 1 << 8;
    /// A sign that may hide a letter.
    pub(in super::super) const HIDES: u16 = 1 << 9;
}

/// What two characters side by side may be.
pub(super) mod pair {
    /// A small letter before a capital.
    pub(in super::super) const RISE: u32 = 1;
    /// A capital before a small letter.
    pub(in super::super) const FALL: u32 = 1 << 1;
    /// A digit after another word character.
    pub(in super::super) const DIGIT: u32 = 1 << 2;
    /// A capital I that may be meant as an l.
    pub(in super::super) const STROKE: u32 = 1 << 3;
    /// Letters that look like another side by side: `rn`, `vv`, `cl`, a stroke beside an i or an l.
    pub(in super::super) const GLYPHS: u32 = 0b1_1111 << 4;
    /// Those of them that do so at the end of a word alone: `cl`.
    pub(in super::super) const LAST: u32 = 1 << 6;
    /// The beginning of a letter built from signs.
    pub(in super::super) const BUILT: u32 = !0 << 9;
}

/// The first signs of built letters, with those that follow them; see `leetspeak`.
const BUILT: [(u8, &[u8]); 10] = [
    (b'|', b"\\_-=3<2)>0("),
    (b'\\', b"/_"),
    (b'/', b"\\-_"),
    (b'(', b"_)|"),
    (b']', b"-"),
    (b'_', b"|"),
    (b'[', b"]"),
    (b'}', b"{"),
    (b'>', b"<"),
    (b'\'', b"|"),
];

static SIGNS: [Sign; 256] = signs();

/// What a stretch asks of each ASCII character, in four bytes: the pairs that it may end and those that it
/// may begin, narrowed; what joins it with others to a run; its key.
pub(super) type Signs = [u32; 256];
/// The bits of pairs that it may end.
pub(super) const PAIRS: u32 = 0x3f;
/// Those of its run.
pub(super) const RUN: u32 = 0xff << 16;

/// How the characters of ASCII are read in a view: as sent, folded, and under their keys.
pub(super) static EXACT: Signs = in_brief(ViewKind::Exact);
pub(super) static FOLDED: Signs = in_brief(ViewKind::Folded);
pub(super) static PLAIN: Signs = in_brief(ViewKind::Plain);

const fn in_brief(kind: ViewKind) -> Signs {
    let mut signs = [0; 256];
    let mut code: u8 = 0;
    while code < 128 {
        let Sign { base, key, run, before, after, .. } = one(code);
        let disguised = matches!(kind, ViewKind::Plain | ViewKind::Loose);
        let base = base_of(kind, code, base);
        let (key, run) = if disguised { (key, run) } else { (base, base) };
        signs[code as usize] = u32::from_le_bytes([narrow(after), narrow(before), run, key]);
        code += 1;
    }
    signs
}

/// What a character is, a byte for each: of a word; a sign that may hide a letter; an l; a sign that means
/// something to some reading; for a closer look. Eight characters side by side, each shifted by a bit more,
/// make a word of bits of each.
pub(super) static FLAGS: [u64; 256] = {
    let kinds = [is::WORD, is::HIDES, is::ELL, is::LONE | is::MARKUP | is::PERCENT | is::HASH, is::OTHER];
    let (mut flags, mut byte) = ([0; 256], 0);
    while byte < flags.len() {
        let mut kind = 0;
        while kind < kinds.len() {
            flags[byte] |= if SIGNS[byte].is & kinds[kind] != 0 { 1 << (8 * kind) } else { 0 };
            kind += 1;
        }
        byte += 1;
    }
    flags
};

/// Pairs in six bits: two characters that may be a pair have a bit in common, and few others do.
pub(super) const fn narrow(pairs: u32) -> u8 {
    const GROUPS: [u32; 6] =
        [pair::RISE, pair::FALL, pair::STROKE, pair::DIGIT | 1 << 7, 0b111 << 4, 1 << 8 | pair::BUILT];
    let (mut narrow, mut group) = (0, 0);
    while group < GROUPS.len() {
        narrow |= if pairs & GROUPS[group] != 0 { 1 << group } else { 0 };
        group += 1;
    }
    narrow
}

/// An ASCII character as it is read in a view.
pub(super) fn base(kind: ViewKind, byte: u8) -> u8 {
    base_of(kind, byte, sign(byte).base)
}

const fn base_of(kind: ViewKind, byte: u8, folded: u8) -> u8 {
    if matches!(kind, ViewKind::Exact) && folded != b' ' { byte } else { folded }
}

/// What is known of a byte as sent.
#[inline]
pub(super) fn sign(byte: u8) -> &'static Sign {
    &SIGNS[usize::from(byte)]
}

/// What is known of a character that was read, however it was sent.
#[inline]
pub(super) fn of(base: char) -> &'static Sign {
    &SIGNS[u8::try_from(base).map_or(0, usize::from)]
}

const fn signs() -> [Sign; 256] {
    let mut signs = [Sign { base: 0, key: 0, run: 0, is: is::OTHER, before: 0, after: 0 }; 256];
    let mut code: u8 = 0;
    while code < 128 {
        signs[code as usize] = one(code);
        code += 1;
    }
    signs
}

const fn one(code: u8) -> Sign {
    // The C0 controls that are white space, as `char::is_whitespace` knows them.
    let space = matches!(code, b'\t'..=b'\r' | b' ');
    let base = if space { b' ' } else { code.to_ascii_lowercase() };
    let mut is = if code.is_ascii_control() && !space { is::OTHER } else { 0 };
    is |= if code.is_ascii_alphanumeric() { is::WORD } else { 0 };
    is |= if code.is_ascii_uppercase() { is::UPPER } else { 0 };
    is |= if matches!(base, b'a' | b'e' | b'i' | b'o' | b'u' | b'y') { is::VOWEL } else { 0 };
    is |= if base == b'l' { is::ELL } else { 0 };
    is |= if matches!(code, b'$' | b'@') { is::LONE } else { 0 };
    is |= if matches!(code, b'*' | b'_' | b'~' | b'`' | b'|' | b'<' | b'&' | b'[') { is::MARKUP } else { 0 };
    is |= if code == b'%' { is::PERCENT } else { 0 };
    is |= if code == b'#' { is::HASH } else { 0 };
    is |= if symbol::hides(code as char) { is::HIDES } else { 0 };
    let (mut before, mut after) = looks(base);
    let cases = case(code.is_ascii_lowercase(), code.is_ascii_uppercase());
    before |= cases.0;
    after |= cases.1;
    if code.is_ascii_alphabetic() {
        before |= pair::DIGIT;
    } else if code.is_ascii_digit() {
        after |= pair::DIGIT;
    }
    if code == b'I' {
        before |= pair::STROKE;
        after |= pair::STROKE;
    }
    let key = leet::key(base as char);
    assert!(key.is_ascii(), "an ASCII sign is read as an ASCII letter");
    Sign { base, key: key as u8, run: run(base, key as u8), is, before, after }
}

/// `i`, `l` and the strokes that are read as either share a key, and no run: only the same character
/// makes one of it, or `k1ll` would lose the l that it is spelt with.
pub(super) const fn run(base: u8, key: u8) -> u8 {
    if key == b'i' { base } else { key }
}

/// The pairs that the shape of a character begins and ends.
const fn looks(base: u8) -> (u32, u32) {
    let (mut before, mut after): (u32, u32) = match base {
        b'r' => (1 << 4, 0),
        b'n' => (0, 1 << 4),
        b'v' => (1 << 5, 1 << 5),
        b'c' => (1 << 6, 0),
        b'l' => (1 << 7, 1 << 6 | 1 << 8),
        b'i' => (1 << 7, 1 << 8),
        b'|' | b'1' | b'!' => (1 << 8, 1 << 7),
        _ => (0, 0),
    };
    let mut at = 0;
    while at < BUILT.len() {
        let built = 1 << (9 + at);
        let (first, seconds) = BUILT[at];
        before |= if base == first || (first == b'\'' && base == b'"') { built } else { 0 };
        let mut second = 0;
        while second < seconds.len() {
            after |= if base == seconds[second] { built } else { 0 };
            second += 1;
        }
        at += 1;
    }
    (before, after)
}

/// The pairs that the case of a character begins and ends.
pub(super) const fn case(lower: bool, upper: bool) -> (u32, u32) {
    let before = if lower { pair::RISE | pair::STROKE } else { 0 } | if upper { pair::FALL } else { 0 };
    let after = if lower { pair::FALL } else { 0 } | if upper { pair::RISE } else { 0 };
    (before, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_up_is_what_would_be_asked() {
        for code in 0..128_u8 {
            let (c, sign) = (char::from(code), sign(code));
            assert_eq!(sign.is & is::OTHER != 0, c.is_ascii_control() && !c.is_whitespace(), "{c:?}");
            assert_eq!(sign.is & is::WORD != 0, symbol::is_word(c), "{c:?}");
            let base = if c.is_whitespace() { ' ' } else { c.to_ascii_lowercase() };
            assert_eq!((char::from(sign.base), char::from(sign.key)), (base, leet::key(base)), "{c:?}");
        }
        assert!((128..=255).all(|byte| sign(byte).is == is::OTHER));
    }
}
