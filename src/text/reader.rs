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

/// What looks like a bare stroke: an i, an l.
const STROKE: char = '|';

/// Adds the first reading of a text to an empty view.
pub(super) fn read(view: &mut View, text: &str) {
    let row = flag::Row::default();
    Reader { view, previous: ' ', capital: false, plain: ' ', pending: Tricks::NONE, marks: 0, row }.read(text);
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
            if self.pending == Tricks::NONE && text.as_bytes()[at].is_ascii() {
                at = match self.view.kind {
                    ViewKind::Exact => self.ascii::<EXACT>(text.as_bytes(), at),
                    ViewKind::Folded => self.ascii::<FOLDED>(text.as_bytes(), at),
                    ViewKind::Plain | ViewKind::Loose => self.ascii::<PLAIN>(text.as_bytes(), at),
                };
            }
            let Some(c) = text[at..].chars().next() else { break };
            let range = at..at + c.len_utf8();
            at = range.end;
            self.capital = self.character(c, range, text);
            self.previous = c;
        }
    }

    /// Reads on as long as there is nothing but ASCII that means what it seems to; gives the byte
    /// after. Does what [`Reader::character`] does, a step at a time for all of the stretch.
    fn ascii<const KIND: u8>(&mut self, text: &[u8], from: usize) -> usize {
        let end = self.stretch::<KIND>(text, from, self.capital);
        let Some(&last) = text[from..end].last() else { return end };
        let View { atoms, runs, keys, last_key, falls, .. } = &mut *self.view;
        let stretch = &text[from..end];
        let (first, begun) = (atoms.len(), runs.len());
        let ascii = |c: char| u8::try_from(c).unwrap_or(u8::MAX);
        let mut key = last_key.map_or(u8::MAX, ascii);
        let mut run = keyboard::run(atoms.last().map_or(u8::MAX, |last| ascii(last.base)), key);
        // Each character is written where the next run begins, whether it begins one or not: what it
        // then is costs no branch.
        runs.resize(begun + stretch.len(), 0);
        keys.clear();
        keys.resize(stretch.len(), 0);
        let (new_runs, new_keys) = (&mut runs[begun..], &mut keys[..stretch.len()]);
        let mut written = 0;
        atoms.extend(stretch.iter().zip(offset(from)..).zip(offset(first)..).map(|((&byte, at), atom)| {
            let sign = keyboard::sign(byte);
            let base = if KIND == EXACT && sign.base != b' ' { byte } else { sign.base };
            let own = if KIND == PLAIN { sign.run } else { base };
            let joins = own == run && (KIND == PLAIN || own == b' ');
            key = if KIND == PLAIN { sign.key } else { base };
            run = own;
            if let (Some(new_run), Some(new_key)) = (new_runs.get_mut(written), new_keys.get_mut(written)) {
                (*new_run, *new_key) = (atom, key);
            }
            written += usize::from(!joins);
            Atom {
                start: at,
                end: at + 1,
                base: char::from(base),
                tricks: Tricks::NONE,
                role: Role { word: sign.is & is::WORD != 0, ..Role::default() },
            }
        }));
        runs.truncate(begun + written);
        keys.truncate(written);
        for fall in falls.drain(..) {
            // The letter after a capital tells whether it begins a name.
            if let Some(capital) = (first + fall).checked_sub(1) {
                atoms[capital].role.capital = true;
            }
        }
        *last_key = Some(char::from(key));
        self.plain = atoms.last().map_or(' ', |last| last.base);
        self.marks = 0;
        (self.previous, self.capital) = (char::from(last), last.is_ascii_uppercase());
        self.view.push_keys();
        end
    }

    /// The end of a stretch of ASCII that means what it seems to, its hints noted, and the small
    /// letters in it that stand after a capital.
    fn stretch<const KIND: u8>(&mut self, text: &[u8], from: usize, capital: bool) -> usize {
        let View { hints, falls, atoms, .. } = &mut *self.view;
        let plain = KIND == PLAIN;
        let first = atoms.len();
        let mut word = hints.word;
        let mut before = if plain { word.before } else { keyboard::case(false, capital).0 };
        let mut base = u8::try_from(word.base).unwrap_or(u8::MAX);
        let mut end = text.len();
        for (at, &byte) in text.iter().enumerate().skip(from) {
            let sign = keyboard::sign(byte);
            let pairs = before & sign.after;
            if pairs != 0 || sign.is & is::OTHER != 0 {
                if sign.is & is::OTHER != 0 || (plain && pairs & pair::STROKE != 0) {
                    end = at;
                    break;
                }
                if pairs & pair::FALL != 0 && (at > from || capital) {
                    falls.push(at - from);
                }
                if plain {
                    hints.meet(pairs, capitals(text, from..at, word.capitals), first + at - from);
                }
            }
            before = sign.before;
            if plain && sign.is & is::WORD != 0 {
                if word.length == 0 {
                    hints.inner_sign |= word.token;
                    (word.token, word.same) = (true, true);
                } else {
                    word.same &= sign.base == base;
                }
                word.is |= sign.is;
                word.length += 1;
            } else if plain {
                if word.length > 0 {
                    hints.end_word(&mut word, first + at - from);
                }
                word.token &= sign.base != b' ';
                if sign.is != 0 {
                    hints.sign(sign.is);
                }
            }
            base = sign.base;
        }
        if end > from {
            word.capitals = capitals(text, from..end, word.capitals);
            word.base = char::from(base);
            word.before = before;
            hints.word = word;
        }
        end
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

/// How many capitals end a range of a text, given how many stand before it.
fn capitals(text: &[u8], range: Range<usize>, before: usize) -> usize {
    let capitals = text[range.clone()].iter().rev().take_while(|byte| byte.is_ascii_uppercase()).count();
    capitals + if capitals == range.len() { before } else { 0 }
}
