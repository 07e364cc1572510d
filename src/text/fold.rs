//! Folding: what case, width, fonts and ligatures make of a letter is undone.
//!
//! The table holds for every character its folded form (compatibility decomposition and full case
//! folding, to a fixed point) and its base (the same, with look-alikes read as Latin). It is built a
//! page of 256 characters at a time, when a text first needs the page: nothing to generate, nothing
//! to commit, nothing to wait for at the start.

use std::array;
use std::sync::OnceLock;

use unicode_normalization::char::decompose_compatible;

use super::{flip, ideogram, lookalike, symbol};

/// What one character becomes.
#[derive(Clone, Copy, Debug)]
pub struct Folded<'t> {
    /// The folded characters; marks that decomposition set free are among them.
    pub chars: &'t [char],
    /// The same number of characters, look-alikes read as Latin letters.
    pub bases: &'t [char],
    /// What the character is.
    pub class: Class,
    /// What else it is.
    pub(super) traits: Traits,
}

impl Folded<'_> {
    /// Whether a line that holds it may be read from its other end: it turns the direction of the text,
    /// or is a letter upside down.
    #[must_use]
    pub fn turns(&self) -> bool {
        self.class == Class::Bidi || self.traits.has(Traits::TURNED)
    }
}

/// Answers about a character that are asked for each one of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Traits(u8);

impl Traits {
    /// Belongs to a word.
    pub(super) const WORD: Traits = Traits(1);
    /// Is a small letter.
    pub(super) const LOWER: Traits = Traits(1 << 1);
    /// Is a capital.
    pub(super) const UPPER: Traits = Traits(1 << 2);
    /// Is white space.
    pub(super) const SPACE: Traits = Traits(1 << 3);
    /// Has a mark in its folded form.
    pub(super) const MARKED: Traits = Traits(1 << 4);
    /// Is a letter upside down.
    pub(super) const TURNED: Traits = Traits(1 << 5);
    /// Is a picture of a letter.
    pub(super) const PICTURE: Traits = Traits(1 << 6);

    fn of(c: char, folded: &[char]) -> Self {
        let all = [
            (Traits::WORD, symbol::is_word(c)),
            (Traits::LOWER, c.is_lowercase()),
            (Traits::UPPER, c.is_uppercase()),
            (Traits::SPACE, c.is_whitespace()),
            (Traits::MARKED, folded.iter().any(|&c| symbol::is_mark(c))),
            (Traits::TURNED, flip::turned(c).is_some()),
            (Traits::PICTURE, ideogram::picture(c).is_some()),
        ];
        Traits(all.into_iter().filter(|(_, holds)| *holds).fold(0, |bits, (one, _)| bits | one.0))
    }

    /// Whether the character is this.
    #[inline]
    pub(super) fn has(self, one: Traits) -> bool {
        self.0 & one.0 != 0
    }
}

/// What folding needs to know of a character beside its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Shows something: letter, digit, sign, space.
    Visible,
    /// Shows nothing.
    Invisible,
    /// Shows nothing and turns the direction of the text.
    Bidi,
    /// A mark that stacks on the character before it.
    Mark,
}

const PAGE: usize = 256;
const PAGES: usize = 0x11_0000 / PAGE;

/// Decompositions longer than this (a few Arabic ligatures) are left alone, so that no view outgrows
/// its text by more than this factor.
const LONGEST: usize = 6;

struct Page {
    entries: [(u16, u8, Class, Traits); PAGE],
    chars: Vec<char>,
    bases: Vec<char>,
}

static TABLE: [OnceLock<Box<Page>>; PAGES] = [const { OnceLock::new() }; PAGES];

/// Looks a character up.
#[must_use]
pub fn fold(c: char) -> Folded<'static> {
    let code = c as usize;
    let page = TABLE[code / PAGE].get_or_init(|| Box::new(Page::build(code / PAGE)));
    let (start, length, class, traits) = page.entries[code % PAGE];
    let range = usize::from(start)..usize::from(start) + usize::from(length);
    Folded { chars: &page.chars[range.clone()], bases: &page.bases[range], class, traits }
}

impl Page {
    fn build(page: usize) -> Self {
        let (mut chars, mut bases) = (Vec::with_capacity(PAGE), Vec::with_capacity(PAGE));
        let entries = array::from_fn(|index| {
            let start = u16::try_from(chars.len()).unwrap_or(u16::MAX);
            let code = u32::try_from(page * PAGE + index).unwrap_or(0);
            let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            let folded = fixed_point(c);
            bases.extend(folded.iter().map(|&c| base(c)));
            let length = u8::try_from(folded.len()).unwrap_or(0);
            let traits = Traits::of(c, &folded);
            chars.extend(folded);
            (start, length, class(c), traits)
        });
        Page { entries, chars, bases }
    }
}

/// A function of the folded form alone, so that the cases of a letter can't part ways.
fn base(folded: char) -> char {
    if folded.is_ascii() {
        return folded;
    }
    let capital = folded.to_uppercase().next().unwrap_or(folded);
    lookalike::latin(folded).or_else(|| lookalike::latin(capital)).unwrap_or(folded)
}

fn class(c: char) -> Class {
    if symbol::is_bidi_control(c) {
        Class::Bidi
    } else if symbol::is_invisible(c) {
        Class::Invisible
    } else if symbol::is_mark(c) {
        Class::Mark
    } else {
        Class::Visible
    }
}

fn fixed_point(c: char) -> Vec<char> {
    let mut now = vec![c];
    for _ in 0..4 {
        let next: Vec<char> = now.iter().flat_map(|&c| once(c)).collect();
        if next == now {
            break;
        }
        now = next;
    }
    if now.len() > 1 {
        // A form may be made of something that shows nothing by itself.
        now.retain(|&c| !symbol::is_invisible(c));
    }
    if now.len() > LONGEST { c.to_lowercase().take(1).collect() } else { now }
}

/// One round: decompose, then fold case by way of the capital (`ς` and `σ`, `ſ` and `s`, `ß` and `ss`).
fn once(c: char) -> Vec<char> {
    // A mark that has a capital (U+0345) is a mark all the same.
    if is_hangul_syllable(c) || (symbol::is_mark(c) && !matches!(c, '\u{f73}' | '\u{344}')) {
        return vec![c];
    }
    if let Some(letter) = boxed_letter(c) {
        return vec![letter];
    }
    if let Some(plain) = typographic(c) {
        return vec![plain];
    }
    let mut parts = Vec::new();
    decompose_compatible(c, |part| parts.push(part));
    parts
        .into_iter()
        .flat_map(|c| c.to_uppercase().flat_map(char::to_lowercase).collect::<Vec<_>>())
        .collect()
}

fn is_hangul_syllable(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}')
}

/// Letters in squares and circles and on flags, which have no decomposition of Unicode's.
fn boxed_letter(c: char) -> Option<char> {
    let start = match c {
        '\u{1f130}'..='\u{1f149}' => 0x1_f130,
        '\u{1f150}'..='\u{1f169}' => 0x1_f150,
        '\u{1f170}'..='\u{1f189}' => 0x1_f170,
        '\u{1f110}'..='\u{1f129}' => 0x1_f110,
        '\u{249c}'..='\u{24b5}' => 0x249c,
        _ => return None,
    };
    char::from_digit(c as u32 - start + 10, 36)
}

/// Quotes and dashes as typewriters have them.
fn typographic(c: char) -> Option<char> {
    match c {
        '‘' | '’' | '‛' | 'ʼ' | '´' | '`' | '＇' => Some('\''),
        '“' | '”' | '„' | '«' | '»' => Some('"'),
        '‐'..='―' | '−' => Some('-'),
        // The lunate sigma is nobody's sigma any more.
        'ϲ' | 'Ϲ' => Some('c'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        text.chars().flat_map(|c| fold(c).chars.iter().copied().filter(|c| !symbol::is_mark(*c))).collect()
    }

    #[test]
    fn case_width_and_fonts_fold_to_plain_letters() {
        for text in
            ["FUCK", "ﬀ", "Ｗｈａｔｓ", "𝖋𝖚𝖈𝖐", "ⓕⓤⓒⓚ", "ᶠᵘᶜᵏ", "🅵🆄🅲🅺", "🄵🅄🄲🄺", "⒡⒰⒞⒦", "fúçk", "ſ", "K"]
        {
            assert!(folded(text).chars().all(|c| c.is_ascii_lowercase()), "{text} → {}", folded(text));
        }
        assert_eq!(folded("Straße"), "strasse");
        assert_eq!(folded("ΣΑΣ"), folded("σας"));
    }

    #[test]
    fn folding_is_a_fixed_point_for_every_character() {
        for c in '\0'..=char::MAX {
            let once: Vec<char> = fold(c).chars.to_vec();
            let twice: Vec<char> = once.iter().flat_map(|&c| fold(c).chars.to_vec()).collect();
            assert_eq!(once, twice, "{c:?}");
        }
    }

    #[test]
    fn cases_of_a_letter_share_their_base() {
        for c in ('\0'..=char::MAX).filter(|&c| !symbol::is_mark(c)) {
            let lower: Vec<char> = c.to_lowercase().flat_map(|c| fold(c).bases.to_vec()).collect();
            let upper: Vec<char> = c.to_uppercase().flat_map(|c| fold(c).bases.to_vec()).collect();
            assert_eq!(lower, upper, "{c:?}");
        }
    }
}
