//! What a first reading has met, so that further readings look only where there is something to see.
//!
//! Most messages are plain words: they are told apart here at the price of a few comparisons a
//! character, instead of a pass for each trick that they do not hold.

use std::ops::Range;

use super::keyboard::{self, is, pair};
use super::stretch::{self, LONGEST, Places, below};
use super::symbol;

/// What was met in a text.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "a note a trick")]
pub(super) struct Hints {
    /// The most letters by themselves with no word between them: three of them may be a word.
    pub(super) singles: usize,
    /// Those up to here.
    row: usize,
    /// Signs that may hide letters, and nothing else, between two words.
    pub(super) inner_sign: bool,
    /// Atoms before which there is a small letter, or capitals before a small one, or, before a digit,
    /// a letter.
    pub(super) humps: Vec<u32>,
    /// Atoms of words with letters that look like others side by side.
    pub(super) glyphs: Vec<u32>,
    /// The beginning of a letter built from signs.
    pub(super) built: bool,
    /// A sign that markup begins with.
    pub(super) markup: bool,
    /// A percent sign.
    pub(super) percent: bool,
    /// A sign that hashtags begin with.
    pub(super) hash: bool,
    /// A flag's letter.
    pub(super) flags: bool,
    /// A letter upside down.
    pub(super) turned: bool,
    /// A picture of a letter.
    pub(super) pictures: bool,
    /// Where the reading stands.
    pub(super) word: Word,
}

/// The word that is being read, up to the character before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Word {
    /// Word characters so far, whether they are all the same, and how many capitals end it.
    pub(super) length: usize,
    pub(super) same: bool,
    pub(super) capitals: usize,
    /// What its characters are, all together.
    pub(super) is: u16,
    /// Whether it ended, and whether nothing has come since but signs that may hide letters.
    pub(super) ended: bool,
    pub(super) hidden: bool,
    /// The last character, and the pairs that it may begin.
    pub(super) base: char,
    pub(super) before: u32,
}

impl Word {
    /// Notes more letters.
    fn go_on(&mut self, letters: &[u8]) {
        let Some(&first) = letters.first() else { return };
        let base = if self.length > 0 { self.base } else { read(first) };
        self.same = (self.length == 0 || self.same) && letters.iter().all(|&byte| read(byte) == base);
        self.is |= letters.iter().fold(0, |is, &byte| is | keyboard::sign(byte).is);
        self.length += letters.len();
        (self.ended, self.hidden) = (true, false);
    }

    /// Notes a character that belongs to no word.
    fn sign(&mut self, hides: bool) {
        self.ended &= hides;
        self.hidden = self.ended;
    }
}

/// Whether a word of so many letters is one letter.
fn is_one(text: &[u8], length: usize) -> bool {
    text[..length].iter().all(|&byte| read(byte) == read(text[0]))
}

/// An ASCII character as it is read.
fn read(byte: u8) -> char {
    char::from(keyboard::sign(byte).base)
}

/// Capitals that a word may begin behind.
const CAPITALS: usize = 4;

impl Hints {
    /// Makes ready for another text.
    pub(super) fn reset(&mut self) {
        let (mut humps, mut glyphs) = (std::mem::take(&mut self.humps), std::mem::take(&mut self.glyphs));
        humps.clear();
        glyphs.clear();
        *self = Hints { humps, glyphs, ..Hints::default() };
    }

    /// Notes one character of the first reading, as it is read and as it was sent, and which atom it is.
    pub(super) fn see(&mut self, base: char, sent: char, word: bool, cases: (bool, bool), atom: usize) {
        let sign = keyboard::of(base);
        let (lower, upper) = cases;
        let case = keyboard::case(lower, upper);
        let ones = pair::GLYPHS | pair::BUILT;
        let mut now = self.word;
        let digit = sent.is_ascii_digit();
        let after = (sign.after & ones) | case.1 | if digit { pair::DIGIT } else { 0 };
        let pairs = now.before & after;
        if pairs & !pair::STROKE != 0 {
            self.meet(pairs, now.capitals, atom);
        }
        let stroke = if sent == 'I' { pair::STROKE } else { 0 };
        // A capital I that may be meant as an l is a letter, no part of one.
        let begins = if word { pair::GLYPHS } else { ones };
        now.before = (sign.before & begins) | case.0 | stroke;
        if word {
            // A numbered sign (`⒈`) is of a word and a sign at once.
            self.inner_sign |= (now.length == 0 && now.hidden) || sign.is & is::HIDES != 0;
            now.same = now.length == 0 || (now.same && base == now.base);
            now.capitals = if upper { now.capitals + 1 } else { 0 };
            now.is |= sign.is;
            now.length += 1;
            (now.ended, now.hidden) = (true, false);
            now.before |= if digit { 0 } else { pair::DIGIT };
        } else {
            self.end_word(&mut now, atom);
            now.sign(symbol::hides(base));
            self.sign(sign.is);
            self.single(matches!(base, '€' | '£' | '¢' | '¥' | '§'));
        }
        now.base = base;
        self.word = now;
    }

    /// Notes a mark that belongs to a word.
    pub(super) fn mark(&mut self) {
        self.inner_sign |= self.word.hidden;
        (self.word.ended, self.word.hidden) = (true, false);
    }

    /// Notes a stretch of ASCII, as [`Hints::see`] does each of its characters, but for the pairs they
    /// make; given which atom is its first.
    pub(super) fn read(&mut self, stretch: &[u8], places: &Places, atom: usize) {
        let (mut word, length) = (self.word, stretch.len());
        let Places { words, hides, .. } = *places;
        // signs that may hide letters, from the end of a word on, and what follows them
        let after_word = words << 1 | u64::from(word.length > 0 || word.ended);
        let followed = hides.wrapping_add(hides & after_word) & !hides;
        self.inner_sign |= followed & words != 0 || (word.hidden && words & 1 != 0);

        let begun = if word.length > 0 { words.trailing_ones() as usize } else { 0 };
        word.go_on(&stretch[..begun]);
        if begun == length {
            self.word = word;
            return;
        }
        if word.length > 0 {
            self.end_word(&mut word, atom + begun);
        }
        let last = length - (words << (LONGEST - length)).leading_ones() as usize;
        self.words(stretch, places, begun..last, atom);
        if last < length {
            word.go_on(&stretch[last..]);
        } else {
            let gap = below(length) & !below(LONGEST - words.leading_zeros() as usize);
            let beside = words != 0 || word.ended;
            word.ended = hides & gap == gap && beside;
            word.hidden = word.ended;
        }
        self.word = word;
    }

    /// Notes the words that begin and end within some places of a stretch, and the signs there.
    fn words(&mut self, stretch: &[u8], places: &Places, within: Range<usize>, atom: usize) {
        let inside = below(within.end) & !below(within.start);
        let words = places.words & inside;
        let starts = words & !(words << 1);
        // all others have a second letter that is not their first
        let singles = starts & !((words & !places.joined) >> 1);
        let mut done = within.start;
        for at in stretch::places(singles | (places.marked & inside)) {
            if starts & !singles & below(at) & !below(done) != 0 {
                self.row = 0;
            }
            done = at + 1;
            if starts >> at & 1 == 0 {
                self.sign(keyboard::sign(stretch[at]).is);
            } else if is_one(&stretch[at..], (words >> at).trailing_ones() as usize) {
                self.single(true);
            } else {
                self.row = 0;
            }
        }
        if starts & !singles & !below(done) != 0 {
            self.row = 0;
        }
        let mut ells = places.ells & inside;
        while ells != 0 {
            let at = ells.trailing_zeros() as usize;
            let end = at + (words >> at).trailing_ones() as usize;
            let start = LONGEST - (!words & below(at)).leading_zeros() as usize;
            if stretch[start..end].iter().all(|&byte| keyboard::sign(byte).is & is::VOWEL == 0) {
                self.glyphs.push(u32::try_from(atom + end - 1).unwrap_or(u32::MAX));
            }
            ells &= !below(end);
        }
    }

    /// Notes what a character and the one before it may be, given the capitals before it.
    pub(super) fn meet(&mut self, pairs: u32, capitals: usize, atom: usize) {
        let atom = u32::try_from(atom).unwrap_or(u32::MAX);
        if pairs & (pair::RISE | pair::DIGIT) != 0 || (pairs & pair::FALL != 0 && capitals >= CAPITALS) {
            self.humps.push(atom);
        }
        if pairs & pair::GLYPHS != 0 {
            self.glyphs.push(atom);
        }
        self.built |= pairs & pair::BUILT != 0;
    }

    /// Notes a character that belongs to no word.
    pub(super) fn sign(&mut self, is: u16) {
        self.markup |= is & is::MARKUP != 0;
        self.percent |= is & is::PERCENT != 0;
        self.hash |= is & is::HASH != 0;
        self.single(is & is::LONE != 0);
    }

    fn single(&mut self, is: bool) {
        self.row += usize::from(is);
        self.singles = self.singles.max(self.row);
    }

    /// Notes that a word is over, before an atom.
    pub(super) fn end_word(&mut self, word: &mut Word, atom: usize) {
        if word.length == 1 || word.same {
            self.single(word.length > 0);
        } else if word.length > 0 {
            self.row = 0;
        }
        if word.is & (is::ELL | is::VOWEL) == is::ELL {
            self.glyphs.push(u32::try_from(atom - 1).unwrap_or(u32::MAX));
        }
        (word.length, word.capitals, word.is) = (0, 0, 0);
    }
}
