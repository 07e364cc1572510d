//! The first reading of a text: its characters in their order, each folded, looked up, or left alone.
//!
//! One pass: ASCII in stretches, all else one decision a character. What can only be seen in several of
//! them is for the further readings.

use std::ops::Range;

use unicode_normalization::char::compose;

use super::fold::{self, Class, Folded, Traits};
use super::keyboard::{self, pair};
use super::stretch::{self, Before, Stretch};
use super::view::{Atom, Role, View, ViewKind, offset};
use super::{Trick, Tricks, flag, lookalike, symbol};

/// Fewer characters of ASCII are read one by one.
const FEW: usize = 4;

/// What looks like a bare stroke: an i, an l.
const STROKE: char = '|';

/// Adds the first reading of a text to an empty view.
pub(super) fn read(view: &mut View, text: &str) {
    Reader::new(view).read(text, FEW);
}

/// The same, without a shorter way for ASCII.
#[cfg(test)]
pub(super) fn read_one_by_one(view: &mut View, text: &str) {
    Reader::new(view).read(text, usize::MAX);
}

/// More marks than this on one base are noise in every script.
const MARKS: u32 = 4;

struct Reader<'v> {
    view: &'v mut View,
    /// The character before, as sent, and whether it is a capital.
    previous: char,
    capital: bool,
    /// The last atom's character, folded, before look-alikes.
    plain: char,
    pending: Tricks,
    marks: u32,
    /// The row of regional indicators at hand.
    row: flag::Row,
}

impl<'v> Reader<'v> {
    fn new(view: &'v mut View) -> Self {
        let row = flag::Row::default();
        Reader { view, previous: ' ', capital: false, plain: ' ', pending: Tricks::NONE, marks: 0, row }
    }

    /// Reads a text, in stretches where at least so many characters are ASCII.
    fn read(&mut self, text: &str, least: usize) {
        let mut at = 0;
        while at < text.len() {
            let stretch = text.as_bytes().get(at..at.saturating_add(least)).is_some_and(<[u8]>::is_ascii);
            if stretch && self.pending == Tricks::NONE {
                let read = self.ascii(text.as_bytes(), at);
                if read > at {
                    at = read;
                    continue;
                }
            }
            let Some(c) = text[at..].chars().next() else { break };
            let range = at..at + c.len_utf8();
            at = range.end;
            self.capital = self.character(c, range, text);
            self.previous = c;
        }
    }

    /// Reads on, a stretch at most, as long as there is nothing but ASCII that means what it seems to;
    /// gives the byte after. Does what [`Reader::character`] does, a step at a time for all of the
    /// stretch.
    fn ascii(&mut self, text: &[u8], from: usize) -> usize {
        let view = &mut *self.view;
        let reads_disguise = view.kind.reads_disguise();
        let last_key = view.last_key.map_or(u8::MAX, ascii);
        let last_base = view.atoms.last_base().map_or(u8::MAX, ascii);
        let before = Before {
            pairs: if reads_disguise {
                view.hints.word.before
            } else {
                keyboard::case(false, self.capital).0
            },
            run: if reads_disguise { keyboard::run(last_base, last_key) } else { last_key },
        };
        let signs = match view.kind {
            ViewKind::Exact => &keyboard::EXACT,
            ViewKind::Folded => &keyboard::FOLDED,
            ViewKind::Plain | ViewKind::Loose => &keyboard::PLAIN,
        };
        let bytes = &text[from..text.len().min(from + stretch::LONGEST)];
        let mut stretch = Stretch::of(bytes, before, signs);
        let mut falls = 0;
        if stretch.places.pairs != 0 {
            falls = self.pairs(&mut stretch, bytes, before.pairs);
        }
        let bytes = &bytes[..stretch.length];
        let Some(&last) = bytes.last() else { return from };
        let view = &mut *self.view;
        if reads_disguise {
            view.hints.read(bytes, &stretch.places, view.atoms.len());
        } else {
            let spaces = stretch.spaces();
            stretch.places.joined &= spaces;
        }
        view.hints.word.capitals = capitals(bytes, view.hints.word.capitals);
        view.push_runs(&mut stretch);
        let first = view.atoms.len();
        view.atoms.read(bytes, from);
        for fall in stretch::places(falls) {
            // The letter after a capital tells whether it begins a name.
            if let Some(capital) = (first + fall).checked_sub(1) {
                view.atoms.mark_capital(capital);
            }
        }
        let sign = keyboard::sign(last);
        (view.hints.word.base, view.hints.word.before) = (char::from(sign.base), sign.before);
        self.plain = char::from(keyboard::base(self.view.kind, last));
        self.marks = 0;
        (self.previous, self.capital) = (char::from(last), last.is_ascii_uppercase());
        from + stretch.length
    }

    /// Looks at the places of a stretch that may make a pair with the one before, and cuts it where one
    /// means what it does not seem to. Gives the small letters after capitals, as bits.
    fn pairs(&mut self, stretch: &mut Stretch, bytes: &[u8], begins: u32) -> u64 {
        let View { kind, hints, atoms, .. } = &mut *self.view;
        let (plain, mut falls) = (kind.reads_disguise(), 0);
        for at in stretch::places(stretch.places.pairs) {
            let before = if at == 0 { begins } else { keyboard::sign(bytes[at - 1]).before };
            let pairs = before & keyboard::sign(bytes[at]).after;
            if plain && pairs & pair::STROKE != 0 {
                stretch.cut(at);
                break;
            }
            if pairs & pair::FALL != 0 && (at > 0 || self.capital) {
                falls |= 1 << at;
            }
            let goes_on = stretch.places.words >> at >> 1 & 1 == 1;
            let pairs = if goes_on { pairs & !pair::LAST } else { pairs };
            if plain && pairs != 0 {
                hints.meet(pairs, capitals(&bytes[..at], hints.word.capitals), atoms.len() + at);
            }
        }
        falls
    }

    /// Reads one character; gives whether it is a capital.
    fn character(&mut self, c: char, range: Range<usize>, text: &str) -> bool {
        if c.is_ascii() && (!c.is_ascii_control() || c.is_whitespace()) {
            let cases = (c.is_ascii_lowercase(), c.is_ascii_uppercase());
            let (base, tricks) = if c.is_whitespace() {
                (' ', Tricks::NONE)
            } else if self.view.kind == ViewKind::Exact {
                (c, Tricks::NONE)
            } else if self.is_stroke(c) {
                (STROKE, Tricks::of(Trick::Homoglyph))
            } else {
                (c.to_ascii_lowercase(), Tricks::NONE)
            };
            self.push(c, base, range, tricks, cases, c.is_ascii_alphanumeric());
            return cases.1;
        }
        let folded = fold::fold(c);
        let traits = folded.traits;
        let cases = (traits.has(Traits::LOWER), traits.has(Traits::UPPER));
        let word = traits.has(Traits::WORD);
        if traits.has(Traits::SPACE) {
            self.push(c, ' ', range, Tricks::NONE, cases, word);
        } else if self.view.kind == ViewKind::Exact {
            self.push(c, c, range, Tricks::NONE, cases, word);
        } else if let Some(letter) = flag::letter(c) {
            self.regional(c, letter, range, text);
        } else {
            self.fold(c, folded, range, text);
        }
        cases.1
    }

    /// Whether a capital I of any script stands where a small l might, or beside one that does.
    fn is_stroke(&self, c: char) -> bool {
        matches!(c, 'I' | 'І' | 'Ι' | 'Ӏ' | 'Ꮖ')
            && self.view.kind.reads_disguise()
            && (self.previous.is_lowercase()
                || (self.previous == c && self.view.atoms.last_base() == Some(STROKE)))
    }

    /// Regional indicators are letters, unless they stand in pairs that are flags.
    fn regional(&mut self, c: char, letter: char, range: Range<usize>, text: &str) {
        if range.start >= self.row.end {
            self.row = flag::row(text, range.start);
        }
        self.view.hints.flags = true;
        if self.row.flags {
            self.push(c, c, range, Tricks::NONE, (false, false), false);
        } else {
            let cases = (letter.is_ascii_lowercase(), false);
            self.push(letter, letter, range, Tricks::of(Trick::Styled), cases, true);
        }
    }

    fn fold(&mut self, c: char, folded: Folded<'static>, range: Range<usize>, text: &str) {
        let has = |one| folded.traits.has(one);
        let cases = (has(Traits::LOWER), has(Traits::UPPER));
        self.view.hints.turned |= has(Traits::TURNED);
        self.view.hints.pictures |= has(Traits::PICTURE);
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
                    if has(Traits::MARKED) && symbol::is_mark(plain) {
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
                        self.push(c, base, range.clone(), styles.with(looks), cases, has(Traits::WORD));
                        self.plain = plain;
                    }
                }
            }
        }
    }

    fn push(
        &mut self,
        c: char,
        base: char,
        range: Range<usize>,
        tricks: Tricks,
        cases: (bool, bool),
        word: bool,
    ) {
        let (lower, _) = cases;
        // The letter after a capital tells whether it begins a name.
        if lower
            && self.capital
            && let Some(last) = self.view.atoms.len().checked_sub(1)
        {
            self.view.atoms.mark_capital(last);
        }
        let role = Role { word, ..Role::default() };
        let tricks = tricks.with(std::mem::take(&mut self.pending));
        self.view.undone = self.view.undone.with(tricks);
        self.marks = 0;
        self.plain = base;
        if self.view.kind.reads_disguise() {
            let atom = self.view.atoms.len();
            self.view.hints.see(base, c, word, cases, atom);
        }
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
                    self.view.undone = self.view.undone.with(Tricks::of(Trick::Marks));
                }
            }
            _ => {
                let role = Role { word: true, mark: true, ..Role::default() };
                let (start, end) = (offset(range.start), offset(range.end));
                let tricks = std::mem::take(&mut self.pending);
                self.view.undone = self.view.undone.with(tricks);
                self.view.hints.mark();
                self.view.push(Atom { start, end, base: mark, tricks, role });
            }
        }
    }

    /// A Hangul vowel or final consonant makes one syllable with what stands before it.
    fn syllable(&self, jamo: char) -> Option<char> {
        if !matches!(jamo, '\u{1161}'..='\u{11ff}') || self.pending != Tricks::NONE {
            return None;
        }
        compose(self.view.atoms.last_base()?, jamo)
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

/// How many capitals end a stretch, given how many stand before it.
fn capitals(stretch: &[u8], before: usize) -> usize {
    let capitals = stretch.iter().rev().take_while(|byte| byte.is_ascii_uppercase()).count();
    capitals + if capitals == stretch.len() { before } else { 0 }
}

/// A character of ASCII; for all others a byte that is none.
fn ascii(c: char) -> u8 {
    u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(u8::MAX)
}
