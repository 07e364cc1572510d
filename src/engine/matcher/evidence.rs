//! What had to be undone to read a word, and whether that makes the reading credible.
//!
//! Every trick has its honest double: `5h17` is a code, `latter` is no `later`, a Russian word may look
//! Latin from end to end. A word is read through disguise only where more speaks for it than against.

use crate::text::{Atom, Trick, Tricks, leet};

/// One character of an entry, as often as it is written there: eight bytes, of which lists hold millions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// The character.
    pub(super) base: char,
    /// How often; [`Run::count`] tells.
    times: u16,
    /// Whether it belongs to a word.
    pub(super) word: bool,
    /// Whether the entry itself is written with a letter that looks like this one.
    pub(super) homoglyph: bool,
}

impl Run {
    /// Whether a letter is written there, whatever it looks like: a Cyrillic one is read as a digit.
    pub(super) fn is_letter(&self) -> bool {
        self.base.is_alphabetic() || (self.word && self.homoglyph)
    }

    /// A character so many times; past `u16::MAX`, which no entry is long enough for, it is that often.
    pub(super) fn new(base: char, count: usize, word: bool, homoglyph: bool) -> Self {
        Run { base, times: u16::try_from(count).unwrap_or(u16::MAX), word, homoglyph }
    }

    /// How often the character stands there.
    pub(super) fn count(&self) -> usize {
        self.times.into()
    }
}

/// What was undone so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Evidence {
    /// The tricks, for people.
    pub(super) tricks: Tricks,
    /// Letters that stand for themselves.
    letters: usize,
    /// Letters of another script among them.
    lookalikes: usize,
    /// Latin letters in the place of those of another script that the entry is written with.
    latin: usize,
    /// Digits, each, and signs, a row of them at a time, that stand for letters.
    signs: usize,
    digits: bool,
    symbols: bool,
    /// An l in the place of an i.
    swaps: usize,
    /// Doubled letters that are written once.
    doubled: usize,
    /// A letter three times and more.
    drawn_out: bool,
}

impl Evidence {
    /// Reads atoms as a run of an entry; none where they can't be read so.
    pub(super) fn read(&mut self, run: &Run, atoms: &[Atom], first: bool) -> Option<()> {
        if run.base == ' ' {
            return atoms.iter().all(|atom| leet::key(atom.base) == ' ').then_some(());
        }
        let (mut sign, mut digit) = (false, false);
        let mut lookalike = !run.homoglyph;
        for (index, atom) in atoms.iter().enumerate() {
            if atom.base == 'l' && run.base == 'i' {
                self.swaps += 1;
                self.tricks = self.tricks.with(Tricks::of(Trick::Homoglyph));
            } else if atom.base != run.base {
                if !leet::readings(atom.base).contains(&run.base) {
                    return None;
                }
                // A letter that looks like a stroke is a letter; a digit or sign has to earn it.
                if !atom.tricks.has(Trick::Homoglyph) {
                    sign = true;
                    digit |= atom.base.is_ascii_digit();
                    self.tricks = self.tricks.with(Tricks::of(Trick::Leet));
                }
            }
            let mut tricks = atom.tricks;
            if first && index == 0 {
                // What stands before the word is not inside it.
                tricks = tricks.without(Tricks::of(Trick::ZeroWidth).with(Tricks::of(Trick::Bidi)));
            }
            if run.homoglyph {
                tricks = tricks.without(Tricks::of(Trick::Homoglyph));
            }
            self.tricks = self.tricks.with(tricks);
            lookalike &= atom.tricks.has(Trick::Homoglyph);
        }
        if sign {
            // `a55` may be a road; `a$$` is no price.
            self.signs += if digit { run.count() } else { 1 };
            self.digits |= digit;
            self.symbols |= !digit;
        } else if run.base.is_alphabetic() {
            self.letters += run.count();
            self.lookalikes += if lookalike { run.count() } else { 0 };
            let latin = run.homoglyph && !atoms.iter().any(|atom| atom.tricks.has(Trick::Homoglyph));
            self.latin += if latin { run.count() } else { 0 };
        }
        Some(())
    }

    /// Notes that a run stands there more often than it is written; false where it can't be the same.
    pub(super) fn repeat(&mut self, run: &Run, count: usize) -> bool {
        if run.base == ' ' {
            return true;
        }
        self.doubled += usize::from(count == 2 && !rarely_doubled(run.base));
        self.drawn_out |= count >= 3;
        self.tricks = self.tricks.with(Tricks::of(Trick::Repeats));
        // Numbers and signs are what they are.
        run.base.is_alphabetic()
    }

    /// Whether the word may be read so, given how many letters it has,
    /// and whether it goes on after them.
    pub(super) fn is_credible(&self, length: usize, open: bool) -> bool {
        let leet = match self.letters {
            _ if self.signs == 0 => true,
            // `@$$`, but never a number.
            0 => !self.digits && self.signs >= 2,
            letters if letters >= self.signs => true,
            // A price or a code has no such signs in it.
            letters if self.symbols => letters * 4 >= self.signs,
            letters => length >= 5 && letters * 2 >= self.signs,
        };
        // One double letter is how other words are spelt; a second, or one in a long word, is not.
        let doubles = self.doubled < 2 && !self.drawn_out && self.doubled > 0 && length < 6;
        // An l read as an i makes other words of short ones.
        let swaps = self.swaps == 0 || (length >= 5 && self.swaps * 3 <= self.letters);
        // A short word all in another script is a word of that script.
        let script = self.lookalikes == 0 || self.lookalikes < self.letters || self.letters >= 4;
        // A Latin word is no Russian one because it begins like that.
        let latin = self.latin < self.letters || (self.letters >= 4 && !open) || self.latin == 0;
        leet && !doubles && swaps && script && latin
    }
}

/// Letters that hardly any word has twice in a row.
fn rarely_doubled(letter: char) -> bool {
    matches!(letter, 'a' | 'h' | 'i'..='k' | 'q' | 'u'..='y')
}
