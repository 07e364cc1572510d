//! The first reading of a text: its characters in their order, each folded, looked up, or left alone.
//!
//! One pass, one decision a character; what can only be seen in several of them is for the further
//! readings.

use std::ops::Range;

use unicode_normalization::char::compose;

use super::fold::{self, Class, Folded, Traits};
use super::keyboard::{self, is, pair};
use super::view::{Atom, Role, View, ViewKind, offset};
use super::{Trick, Tricks, flag, lookalike, symbol};

/// The ways to read ASCII: as it is, in small letters, and under the keys of what it stands for.
const EXACT: u8 = 0;
const FOLDED: u8 = 1;
const PLAIN: u8 = 2;

/// Most characters of ASCII that are read at a time: as many as a word has bits.
const STRETCH: usize = 64;

/// Fewer of them are read one by one.
const FEW: usize = 4;

/// What looks like a bare stroke: an i, an l.
const STROKE: char = '|';

/// Adds the first reading of a text to an empty view.
pub(super) fn read(view: &mut View, text: &str) {
    let row = flag::Row::default();
    Reader { view, previous: ' ', capital: false, plain: ' ', pending: Tricks::NONE, marks: 0, row }
        .read(text);
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

impl Reader<'_> {
    fn read(&mut self, text: &str) {
        let mut at = 0;
        while at < text.len() {
            let few = text.as_bytes().get(at..at + FEW).is_some_and(<[u8]>::is_ascii);
            if few && self.pending == Tricks::NONE {
                let read = match self.view.kind {
                    ViewKind::Exact => self.ascii::<EXACT>(text.as_bytes(), at),
                    ViewKind::Folded => self.ascii::<FOLDED>(text.as_bytes(), at),
                    ViewKind::Plain | ViewKind::Loose => self.ascii::<PLAIN>(text.as_bytes(), at),
                };
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
    fn ascii<const KIND: u8>(&mut self, text: &[u8], from: usize) -> usize {
        let end = self.stretch::<KIND>(text, from);
        let stretch = &text[from..end];
        let Some(&last) = stretch.last() else { return end };
        let first = self.view.atoms.len();
        self.runs::<KIND>(stretch);
        let View { atoms, falls, .. } = &mut *self.view;
        atoms.extend(stretch.iter().zip(offset(from)..).map(|(&byte, at)| Atom {
            start: at,
            end: at + 1,
            base: char::from(base::<KIND>(byte)),
            tricks: Tricks::NONE,
            role: Role { word: keyboard::sign(byte).is & is::WORD != 0, ..Role::default() },
        }));
        for fall in falls.drain(..) {
            // The letter after a capital tells whether it begins a name.
            if let Some(capital) = (first + fall).checked_sub(1) {
                atoms[capital].role.capital = true;
            }
        }
        self.plain = char::from(base::<KIND>(last));
        self.marks = 0;
        (self.previous, self.capital) = (char::from(last), last.is_ascii_uppercase());
        end
    }

    /// Adds the runs of a stretch, whose atoms come next, to the view's text.
    fn runs<const KIND: u8>(&mut self, stretch: &[u8]) {
        let view = &mut *self.view;
        let ascii = |c: char| u8::try_from(c).unwrap_or(u8::MAX);
        let mut key = view.last_key.map_or(u8::MAX, ascii);
        let mut run = keyboard::run(view.atoms.last().map_or(u8::MAX, |last| ascii(last.base)), key);
        let (mut runs, mut keys, mut written) = ([0; STRETCH], [0; STRETCH], 0);
        // Each character is written where the next run begins, whether it begins one or not: so
        // there is nothing to foresee.
        for (&byte, atom) in stretch.iter().zip(offset(view.atoms.len())..) {
            let own = if KIND == PLAIN { keyboard::sign(byte).run } else { base::<KIND>(byte) };
            key = if KIND == PLAIN { keyboard::sign(byte).key } else { own };
            runs[written % STRETCH] = atom;
            keys[written % STRETCH] = key;
            written += usize::from(own != run || (KIND != PLAIN && own != b' '));
            run = own;
        }
        view.last_key = Some(char::from(key));
        view.push_runs(&runs[..written], &keys[..written]);
    }

    /// The end of a stretch of ASCII that means what it seems to, its hints noted, and the small
    /// letters in it that stand after a capital.
    fn stretch<const KIND: u8>(&mut self, text: &[u8], from: usize) -> usize {
        let View { hints, falls, atoms, .. } = &mut *self.view;
        let plain = KIND == PLAIN;
        let first = atoms.len();
        let mut word = hints.word;
        let begins = if plain { word.before } else { keyboard::case(false, self.capital).0 };
        let stretch = &text[from..text.len().min(from + STRETCH)];
        // Which characters belong to words, and which ask for a closer look: gathered without a branch,
        // since nobody can foresee where words end.
        let (mut words, mut odd, mut before) = (0_u64, 0_u64, begins);
        let mut end = stretch.len();
        for (at, &byte) in stretch.iter().enumerate() {
            let sign = keyboard::sign(byte);
            if sign.is & is::OTHER != 0 {
                end = at;
                break;
            }
            words |= u64::from(sign.is & is::WORD) << at;
            odd |= u64::from((before & sign.after) | u32::from(sign.is & is::ELL) != 0) << at;
            before = sign.before;
        }
        let mut left = odd;
        while left != 0 {
            let at = left.trailing_zeros() as usize;
            left &= left - 1;
            let sign = keyboard::sign(stretch[at]);
            let before = if at == 0 { begins } else { keyboard::sign(stretch[at - 1]).before };
            let pairs = before & sign.after;
            if plain && pairs & pair::STROKE != 0 {
                end = at;
                break;
            }
            if pairs & pair::FALL != 0 && (at > 0 || self.capital) {
                falls.push(at);
            }
            if plain && pairs != 0 {
                hints.meet(pairs, capitals(&stretch[..at], word.capitals), first + at);
            }
        }
        let stretch = &stretch[..end];
        if let Some(&last) = stretch.last() {
            if plain {
                word = hints.read(word, stretch, (words, odd), first);
            }
            word.capitals = capitals(stretch, word.capitals);
            word.base = char::from(keyboard::sign(last).base);
            word.before = keyboard::sign(last).before;
            hints.word = word;
        }
        from + end
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
                || (self.previous == c && self.view.atoms.last().is_some_and(|last| last.base == STROKE)))
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
            && let Some(last) = self.view.atoms.last_mut()
        {
            last.role.capital = true;
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
        compose(self.view.atoms.last()?.base, jamo)
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

/// An ASCII character as it is read.
fn base<const KIND: u8>(byte: u8) -> u8 {
    let base = keyboard::sign(byte).base;
    if KIND == EXACT && base != b' ' { byte } else { base }
}
