//! Letters that, side by side, look like another: `rn` like m, `vv` like w, an l like an i.
//!
//! Both readings are honest ones, so each word concerned gets a second. `burn` is no `bum`: only words
//! of some length are read with an m; and an l is read as an i where the word has no vowel without it.

use super::view::{Atom, View};
use super::{Trick, Tricks};

/// Words that would be shorter keep their `rn`.
const SHORTEST: usize = 5;

/// Adds the second readings of words.
pub(super) fn pair(view: &mut View, count: usize) {
    let mut start = 0;
    let mut word: Vec<Atom> = Vec::new();
    while start < count {
        let length = view.atoms()[start..count].iter().take_while(|atom| atom.role.word).count();
        if length >= 3 {
            word.clear();
            word.extend_from_slice(&view.atoms()[start..start + length]);
            if let Some(other) = reread(&word) {
                view.add(&other);
            }
        }
        start += length.max(1);
    }
}

/// The word in its other reading, if it has one.
fn reread(word: &[Atom]) -> Option<Vec<Atom>> {
    let has = |letters: &[char]| word.iter().any(|atom| letters.contains(&atom.base));
    let double = |first: char, second: char| {
        word.windows(2).any(|pair| pair[0].base == first && pair[1].base == second)
    };
    let begins = word[0].base == 'r' && word[1].base == 'n';
    let ends = matches!(word, [.., c, l] if c.base == 'c' && l.base == 'l');
    if double('v', 'v') || begins || ends || (double('r', 'n') && word.len() > SHORTEST) {
        return Some(joined(word));
    }
    if let Some(other) = strokes(word) {
        return Some(other);
    }
    (has(&['l']) && !has(&['a', 'e', 'i', 'o', 'u', 'y', '|', '1', '!', '3', '0', '4', '@'])).then(|| {
        let read = |atom: &Atom| if atom.base == 'l' { like(*atom, 'i', atom.end) } else { *atom };
        word.iter().map(read).collect()
    })
}

/// A stroke beside an i or an l is the same letter: else it would be a letter of its own.
fn strokes(word: &[Atom]) -> Option<Vec<Atom>> {
    let beside = |at: usize| {
        let around = [at.checked_sub(1), Some(at + 1)].into_iter().flatten().filter_map(|at| word.get(at));
        around.map(|atom| atom.base).find(|base| matches!(base, 'i' | 'l'))
    };
    let is_stroke = |atom: &Atom| matches!(atom.base, '|' | '1' | '!');
    let met = (0..word.len()).any(|at| is_stroke(&word[at]) && beside(at).is_some());
    met.then(|| {
        let read = |(at, atom): (usize, &Atom)| match beside(at).filter(|_| is_stroke(atom)) {
            Some(letter) => like(*atom, letter, atom.end),
            None => *atom,
        };
        word.iter().enumerate().map(read).collect()
    })
}

fn joined(word: &[Atom]) -> Vec<Atom> {
    let mut other: Vec<Atom> = Vec::with_capacity(word.len());
    let mut rest = word.iter();
    while let Some(atom) = rest.next() {
        let (first, last) = (other.is_empty(), rest.len() == 1);
        let read = match (atom.base, rest.as_slice().first()) {
            ('v', Some(next)) if next.base == 'v' => Some(('w', next.end)),
            ('r', Some(next)) if next.base == 'n' && (first || word.len() > SHORTEST) => {
                Some(('m', next.end))
            }
            // `click` is no word for it; no word ends so.
            ('c', Some(next)) if next.base == 'l' && last => Some(('d', next.end)),
            _ => None,
        };
        match read {
            Some((base, end)) => {
                rest.next();
                other.push(like(*atom, base, end));
            }
            None => other.push(*atom),
        }
    }
    other
}

fn like(atom: Atom, base: char, end: u32) -> Atom {
    Atom { base, end, tricks: atom.tricks.with(Tricks::of(Trick::Homoglyph)), ..atom }
}
