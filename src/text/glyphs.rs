//! Letters that, side by side, look like another: `rn` like m, `vv` like w, an l like an i.
//!
//! Both readings are honest ones, so each word concerned gets a second. `burn` is no `bum`: only words
//! of some length are read with an m; and an l is read as an i where the word has no vowel without it.

use super::view::{Atom, View};
use super::{Trick, Tricks};

/// Words that would be shorter keep their `rn`.
const SHORTEST: usize = 5;

/// Adds the second readings of the words that hold some of these atoms.
pub(super) fn pair(view: &mut View, count: usize, met: &[u32]) {
    let mut done = 0;
    for at in met.iter().map(|&at| at as usize).filter(|&at| at < count) {
        let belongs = |atom: &&Atom| atom.role.word || is_stroke(atom);
        if at < done || !belongs(&&view.atoms()[at]) {
            continue;
        }
        let start = at - view.atoms()[done..at].iter().rev().take_while(belongs).count();
        done = at + view.atoms()[at..count].iter().take_while(belongs).count();
        if done - start >= 3
            && let Some(other) = reread(&view.atoms()[start..done])
        {
            view.add_for(start..done, &other);
        }
    }
}

/// The word in its other reading, if it has one.
fn reread(word: &[Atom]) -> Option<Vec<Atom>> {
    let (mut pairs, mut strokes, mut ell, mut vowel) = (false, false, false, false);
    let mut before = ' ';
    for (at, atom) in word.iter().enumerate() {
        pairs |= match (before, atom.base) {
            ('v', 'v') => true,
            ('r', 'n') => at == 1 || word.len() > SHORTEST,
            ('c', 'l') => at + 1 == word.len(),
            _ => false,
        };
        strokes |= is_stroke(atom);
        ell |= atom.base == 'l';
        vowel |= matches!(atom.base, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | '0' | '3' | '4' | '@');
        before = atom.base;
    }
    if pairs {
        return Some(joined(word));
    }
    if strokes {
        return same_as_beside(word);
    }
    let read = |atom: &Atom| if atom.base == 'l' { like(*atom, 'i', atom.end) } else { *atom };
    (ell && !vowel).then(|| word.iter().map(read).collect())
}

fn is_stroke(atom: &Atom) -> bool {
    matches!(atom.base, '|' | '1' | '!')
}

/// A stroke beside an i or an l is the same letter: else it would be a letter of its own.
fn same_as_beside(word: &[Atom]) -> Option<Vec<Atom>> {
    let beside = |at: usize| {
        let around = [at.checked_sub(1), Some(at + 1)].into_iter().flatten().filter_map(|at| word.get(at));
        around.map(|atom| atom.base).find(|base| matches!(base, 'i' | 'l'))
    };
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
