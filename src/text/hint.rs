//! What a first reading has met, so that further readings look only where there is something to see.
//!
//! Most messages are plain words: they are told apart here at the price of a few comparisons a
//! character, instead of a pass for each trick that they do not hold.

use super::keyboard::{self, is, pair};

/// What was met in a text.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "a note a trick")]
pub(super) struct Hints {
    /// Letters by themselves: three of them may be a word.
    pub(super) singles: usize,
    /// A sign between the word characters of a token.
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
    /// Whether the token, up to the last space, has word characters.
    pub(super) token: bool,
    /// The last character, and the pairs that it may begin.
    pub(super) base: char,
    pub(super) before: u32,
}

impl Word {
    /// Goes on with word characters of ASCII.
    pub(super) fn grow(&mut self, more: &[u8]) {
        let Some(&first) = more.first() else { return };
        let base = if self.length == 0 { char::from(keyboard::sign(first).base) } else { self.base };
        self.same = (self.length == 0 || self.same)
            && more.iter().all(|&byte| char::from(keyboard::sign(byte).base) == base);
        self.length += more.len();
    }
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
            self.inner_sign |= now.length == 0 && now.token;
            now.same = now.length == 0 || (now.same && base == now.base);
            now.capitals = if upper { now.capitals + 1 } else { 0 };
            now.is |= sign.is;
            now.length += 1;
            now.token = true;
            now.before |= if digit { 0 } else { pair::DIGIT };
        } else {
            self.end_word(&mut now, atom);
            now.token &= base != ' ';
            self.sign(sign.is);
            self.singles += usize::from(matches!(base, '€' | '£' | '¢' | '¥' | '§'));
        }
        now.base = base;
        self.word = now;
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
        self.singles += usize::from(is & is::LONE != 0);
    }

    /// Notes that a word is over, before an atom.
    pub(super) fn end_word(&mut self, word: &mut Word, atom: usize) {
        self.singles += usize::from(word.length == 1 || (word.length > 1 && word.same));
        if word.is & (is::ELL | is::VOWEL) == is::ELL {
            self.glyphs.push(u32::try_from(atom - 1).unwrap_or(u32::MAX));
        }
        (word.length, word.capitals, word.is) = (0, 0, 0);
    }
}
