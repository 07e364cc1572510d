//! Words with a sign in the place of a letter: `f*ck`, `sh!t`, `b-tch`, `f**k`.
//!
//! A sign may hide any letter, so such a word is looked up by what it still shows: its length, its
//! first letter and its last. What is found there is compared letter by letter.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::words::{Edges, Entry, Found};
use crate::engine::work::{OutOfWork, Work};
use crate::text::{Atom, Trick, Tricks, View, leet, symbol};

/// Shorter entries are hidden by too little.
const SHORTEST: usize = 4;

/// Longer ones nobody hides.
const LONGEST: usize = 20;

/// Most parts that a token may have between signs.
const PARTS: usize = 6;

/// Entries by length, first and last letter.
#[derive(Clone, Debug, Default)]
pub struct Censored {
    by_shape: HashMap<(usize, char, char), Vec<u32>>,
    /// The lengths of what is fixed of the entries that go on.
    open: BTreeSet<usize>,
    words: Vec<Word>,
}

/// The letters of an entry, or of its fixed part where it goes on after it.
#[derive(Clone, Debug, Default)]
struct Word {
    letters: Box<[char]>,
    open: bool,
}

impl Censored {
    /// Adds the entry of an index, if it is a word that may be hidden.
    pub fn add(&mut self, index: usize, entry: &Entry) {
        if let Some((letters, open)) = entry.plain_word()
            && entry.edges() != Edges::Buried
            && !entry.is_variant()
        {
            self.add_word(index, letters, open);
        }
    }

    /// Adds the letters of a word under an index, if there are enough of them to be hidden, and whether
    /// it goes on after them.
    pub fn add_word(&mut self, index: usize, letters: Vec<char>, open: bool) {
        if !(SHORTEST..=LONGEST).contains(&letters.len()) {
            return;
        }
        self.words.resize_with(self.words.len().max(index + 1), Word::default);
        let shape = (letters.len(), letters[0], letters[letters.len() - 1]);
        self.by_shape.entry(shape).or_default().push(u32::try_from(index).unwrap_or(u32::MAX));
        if open {
            self.open.insert(letters.len());
        }
        self.words[index] = Word { letters: letters.into(), open };
    }

    /// Finds hidden words in the first reading of a view.
    ///
    /// # Errors
    /// Where the work is used up.
    pub fn scan(
        &self,
        view: &View,
        work: &mut Work,
        mut found: impl FnMut(usize, Found),
    ) -> Result<(), OutOfWork> {
        if self.by_shape.is_empty() || !view.has_inner_sign() {
            return Ok(());
        }
        let atoms = view.first_reading();
        let mut at = 0;
        while let Some(sign) = atoms[at..].iter().position(hides).map(|sign| at + sign) {
            let token = token(atoms, sign);
            at = token.end.max(sign + 1);
            work.spend(token.len())?;
            if !hides_inside(&atoms[token.clone()]) {
                continue;
            }
            // Entries that go on, by where they begin: the longest reading comes first.
            let mut gone_on = Vec::new();
            for range in candidates(&atoms[token.clone()], token.start) {
                work.spend(16)?;
                self.look_up(atoms, &range, &mut gone_on, &mut found);
            }
        }
        Ok(())
    }

    fn look_up(
        &self,
        atoms: &[Atom],
        range: &Range<usize>,
        gone_on: &mut Vec<(u32, usize)>,
        mut found: impl FnMut(usize, Found),
    ) {
        let word = &atoms[range.clone()];
        let shorter = self.open.range(..word.len()).copied().filter(|&length| goes_on(&word[length..]));
        for length in shorter.chain([word.len()]) {
            let [first, .., last] = &word[..length] else { continue };
            for &index in self.by_shape.get(&(length, first.base, last.base)).into_iter().flatten() {
                let Word { letters, open } = &self.words[index as usize];
                let rest = length < word.len();
                if (rest && !open) || gone_on.contains(&(index, range.start)) {
                    continue;
                }
                if let Some(tricks) = compare(letters, &word[..length], rest) {
                    if *open {
                        gone_on.push((index, range.start));
                    }
                    found(index as usize, Found { atoms: range.clone(), tricks });
                }
            }
        }
    }
}

/// Whether a word may go on so: with letters, and with stars in the place of some.
fn goes_on(rest: &[Atom]) -> bool {
    rest.iter().all(|atom| atom.role.word || atom.base == '*')
}

/// Which characters of ASCII may hide a letter: asked of most atoms of a text.
static HIDING: [bool; 128] = {
    let (mut hiding, mut code) = ([false; 128], 0_u8);
    while code < 128 {
        hiding[code as usize] = symbol::hides(code as char);
        code += 1;
    }
    hiding
};

/// Whether a sign may hide a letter.
fn hides(atom: &Atom) -> bool {
    match HIDING.get(atom.base as usize) {
        Some(hides) => *hides,
        None => symbol::hides(atom.base) && !atom.role.word,
    }
}

/// Whether there is a sign between word characters.
fn hides_inside(token: &[Atom]) -> bool {
    let shown = |atom: &Atom| atom.role.word;
    let ends = (token.iter().position(shown), token.iter().rposition(shown));
    matches!(ends, (Some(first), Some(last)) if token[first..last].iter().any(hides))
}

/// The word characters and signs around a sign.
fn token(atoms: &[Atom], sign: usize) -> Range<usize> {
    let inside = |atom: &&Atom| atom.role.word || hides(atom);
    let start = sign - atoms[..sign].iter().rev().take(LONGEST).take_while(inside).count();
    let end = sign + atoms[sign..].iter().take(LONGEST * 2).take_while(inside).count();
    start..end
}

/// The parts of a token that begin and end with a word character and hide something between.
fn candidates(token: &[Atom], start: usize) -> Vec<Range<usize>> {
    let begins = |at: &usize| token[*at].role.word && (*at == 0 || !token[at - 1].role.word);
    let ends = |at: &usize| token[at - 1].role.word && (*at == token.len() || !token[*at].role.word);
    let begins: Vec<usize> = (0..token.len()).filter(begins).take(PARTS).collect();
    let ends: Vec<usize> = (1..=token.len()).filter(ends).take(PARTS).collect();
    let mut all = Vec::new();
    for &from in &begins {
        for &to in ends.iter().rev().filter(|&&to| to > from && (SHORTEST..=LONGEST).contains(&(to - from))) {
            if token[from..to].iter().any(hides) {
                all.push(start + from..start + to);
            }
        }
    }
    all
}

/// Whether a word may be these letters with some of them hidden, by stars alone where it goes on after
/// them; and what was undone.
fn compare(letters: &[char], word: &[Atom], goes_on: bool) -> Option<Tricks> {
    let (mut shown, mut stars, mut tricks) = (0, 0, Tricks::of(Trick::Censoring));
    for (&letter, atom) in letters.iter().zip(word) {
        if atom.base == letter {
            shown += 1;
        } else if leet::readings(atom.base).contains(&letter) {
            shown += 1;
            tricks = tricks.with(Tricks::of(Trick::Leet));
        } else if hides(atom) {
            stars += usize::from(atom.base == '*');
        } else {
            return None;
        }
        tricks = tricks.with(atom.tricks);
    }
    let hidden = letters.len() - shown;
    // Stars are put there to hide; other signs have other uses.
    let enough = match stars == hidden {
        true if goes_on => shown * 2 >= letters.len(),
        true => hidden <= 3,
        false => !goes_on && shown * 2 >= letters.len(),
    };
    (hidden > 0 && enough).then_some(tricks)
}
