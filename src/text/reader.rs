//! The first reading of a text: its characters in their order, each folded, looked up, or left alone.
//!
//! One pass, one decision a character; what can only be seen in several of them is for the further
//! readings.

use std::ops::Range;

use unicode_normalization::char::compose;

use super::fold::{self, Class};
use super::view::{Atom, Role, View, ViewKind, offset};
use super::{Trick, Tricks, flag, lookalike, symbol};

/// What looks like a bare stroke: an i, an l.
const STROKE: char = '|';

/// Adds the first reading of a text to an empty view.
pub(super) fn read(view: &mut View, text: &str) {
    let row = flag::Row::default();
    Reader { view, previous: ' ', plain: ' ', pending: Tricks::NONE, marks: 0, row }.read(text);
}

/// More marks than this on one base are noise in every script.
const MARKS: u32 = 4;

struct Reader<'v> {
    view: &'v mut View,
    /// The character before, as sent.
    previous: char,
    /// The last atom's character, folded, before look-alikes.
    plain: char,
    pending: Tricks,
    marks: u32,
    /// The row of regional indicators at hand.
    row: flag::Row,
}

impl Reader<'_> {
    fn read(&mut self, text: &str) {
        for (start, c) in text.char_indices() {
            let range = start..start + c.len_utf8();
            if c.is_whitespace() {
                self.push(c, ' ', range, Tricks::NONE);
            } else if self.view.kind == ViewKind::Exact {
                self.push(c, c, range, Tricks::NONE);
            } else if c.is_ascii() && !c.is_ascii_control() {
                self.ascii(c, range);
            } else if let Some(letter) = flag::letter(c) {
                self.regional(c, letter, range, text);
            } else {
                self.fold(c, range, text);
            }
            self.previous = c;
        }
    }

    /// A capital I after a small letter may be meant as an l: it is a stroke.
    fn ascii(&mut self, c: char, range: Range<usize>) {
        if self.is_stroke(c) {
            self.push(c, STROKE, range, Tricks::of(Trick::Homoglyph));
        } else {
            self.push(c, c.to_ascii_lowercase(), range, Tricks::NONE);
        }
    }

    /// Whether a capital I of any script stands where a small l might, or beside one that does.
    fn is_stroke(&self, c: char) -> bool {
        matches!(c, 'I' | 'І' | 'Ι' | 'Ӏ' | 'Ꮖ')
            && self.view.kind.reads_disguise()
            && (self.previous.is_lowercase()
                || (self.previous == c && self.view.atoms.last().is_some_and(|last| last.base == STROKE)))
    }

    /// Regional indicators are letters, unless they stand in pairs that are flags.
    fn regional(&mut self, c: char, letter: char, range: Range<usize>, text: &str) {
        if range.start >= self.row.end {
            self.row = flag::row(text, range.start);
        }
        if self.row.flags {
            self.push(c, c, range, Tricks::NONE);
        } else {
            self.push(letter, letter, range, Tricks::of(Trick::Styled));
        }
    }

    fn fold(&mut self, c: char, range: Range<usize>, text: &str) {
        let folded = fold::fold(c);
        match folded.class {
            Class::Invisible => self.pending = self.pending.with(Tricks::of(Trick::ZeroWidth)),
            Class::Bidi => self.pending = self.pending.with(Tricks::of(Trick::Bidi)),
            Class::Mark | Class::Visible => {
                let forms = if self.view.kind.reads_disguise() { folded.bases } else { folded.chars };
                let mut styles = Tricks::NONE;
                if let [only] = folded.chars
                    && only.is_ascii_alphanumeric()
                    && c > '\u{24f}'
                {
                    styles = Tricks::of(Trick::Styled);
                }
                for (&plain, &base) in folded.chars.iter().zip(forms) {
                    if symbol::is_mark(plain) {
                        self.mark(plain, range.clone());
                    } else if let Some(syllable) = self.syllable(plain) {
                        self.view.replace_last(syllable, range.end);
                    } else {
                        let base = if self.is_stroke(c) {
                            STROKE
                        } else {
                            self.shape(c, text, &range).unwrap_or(base)
                        };
                        let looks = if base == plain { Tricks::NONE } else { Tricks::of(Trick::Homoglyph) };
                        self.push(c, base, range.clone(), styles.with(looks));
                        self.plain = plain;
                    }
                }
            }
        }
    }

    fn push(&mut self, c: char, base: char, range: Range<usize>, tricks: Tricks) {
        // The letter after a capital tells whether it begins a name.
        if self.previous.is_uppercase()
            && c.is_lowercase()
            && let Some(last) = self.view.atoms.last_mut()
        {
            last.role.capital = true;
        }
        let role = Role { word: symbol::is_word(c), ..Role::default() };
        let tricks = tricks.with(std::mem::take(&mut self.pending));
        self.marks = 0;
        self.plain = base;
        self.view.hints.see(base, c, role.word);
        self.view.push(Atom { start: offset(range.start), end: offset(range.end), base, tricks, role });
    }

    fn mark(&mut self, mark: char, range: Range<usize>) {
        self.marks += 1;
        let stacked =
            self.marks > 1 || matches!(mark, '\u{334}'..='\u{338}' | '\u{489}' | '\u{20d0}'..='\u{20ea}');
        match self.view.atoms.last_mut() {
            Some(base) if symbol::wears_marks_as_ornament(self.plain) || self.marks > MARKS => {
                base.end = offset(range.end);
                if stacked {
                    base.tricks = base.tricks.with(Tricks::of(Trick::Marks));
                }
            }
            _ => {
                let role = Role { word: true, mark: true, ..Role::default() };
                let (start, end) = (offset(range.start), offset(range.end));
                let tricks = std::mem::take(&mut self.pending);
                self.view.push(Atom { start, end, base: mark, tricks, role });
            }
        }
    }

    /// A Hangul vowel or final consonant makes one syllable with what stands before it.
    fn syllable(&self, jamo: char) -> Option<char> {
        let last = self.view.atoms.last()?;
        (matches!(jamo, '\u{1161}'..='\u{11ff}') && self.pending == Tricks::NONE)
            .then(|| compose(last.base, jamo))
            .flatten()
    }

    /// Some Greek letters are read by their shape in a word with Latin letters.
    fn shape(&self, c: char, text: &str, range: &Range<usize>) -> Option<char> {
        let latin = lookalike::beside_latin(c).filter(|_| self.view.kind.reads_disguise())?;
        let beside = |letters: &mut dyn Iterator<Item = char>| {
            letters.take(LONGEST_WORD).take_while(|c| c.is_alphabetic()).any(|c| c.is_ascii())
        };
        let mixed = beside(&mut text[range.end..].chars()) || beside(&mut text[..range.start].chars().rev());
        mixed.then_some(latin)
    }
}

/// Letters of a word that are looked at to tell its script.
const LONGEST_WORD: usize = 24;
