//! Where a match may stand: at the edges of words, and not in what only looks like one.

use std::ops::Range;

use super::words::{Edges, Entry};
use crate::text::{Atom, Trick, dictionary};

/// Whether a match of an entry stands where the entry may.
pub(super) fn stands(entry: &Entry, atoms: &[Atom], range: &Range<usize>) -> bool {
    let inside = |at: usize| at > 0 && at < atoms.len() && atoms[at - 1].role.word && atoms[at].role.word;
    let left = !entry.needs_left_edge() || !inside(range.start) || atoms[range.start].role.edge;
    let right = !entry.needs_right_edge() || !inside(range.end) || atoms[range.end].role.edge;
    let whole = !atoms.get(range.end).is_some_and(|next| next.role.mark);
    let spaced = atoms[range.start].tricks.has(Trick::Spacing);
    let disguised = |trick| entry.disguise.has(trick);
    if entry.edges() == Edges::Buried && !is_buried(atoms, range) {
        return false;
    }
    // In `PenIsMightier` the word is two; only phrases are written so. `WhatsApp` stands by itself.
    let hump = |at: usize| atoms.get(at).is_some_and(|atom| atom.role.edge);
    if !spaced
        && !disguised(Trick::Spacing)
        && (hump(range.start) || hump(range.end))
        && (range.start + 1..range.end).any(hump)
    {
        return false;
    }
    // Neither `that's hit` nor `bit_ch` is a word in halves.
    if disguised(Trick::Split)
        && (range.start > 0 && atoms[range.start - 1].base == '\''
            || atoms[range.clone()].iter().any(|atom| matches!(atom.base, '_' | '-' | ',')))
    {
        return false;
    }
    // `f u c k y o u` has no edge inside; a word of some length at either end of it will do.
    whole && ((left && right) || (spaced && (left || right) && entry.letters() >= 4))
}

/// Whether the atoms lie in a token of letters that is no word.
fn is_buried(atoms: &[Atom], range: &Range<usize>) -> bool {
    let letter = |atom: &&Atom| atom.role.word;
    let start = range.start - atoms[..range.start].iter().rev().take(BURIED).take_while(letter).count();
    let end = range.end + atoms[range.end..].iter().take(BURIED).take_while(letter).count();
    let token: String = atoms[start..end].iter().map(|atom| atom.base).collect();
    // Names begin with a capital, identifiers have one inside.
    if atoms[start..end].iter().any(|atom| atom.role.edge || atom.role.capital) {
        return false;
    }
    let deep = end - start < BURIED && token.chars().all(|c| c.is_ascii_lowercase());
    (start, end) != (range.start, range.end)
        && deep
        && !dictionary::is_word(&token)
        && !dictionary::is_word(token.trim_end_matches('s'))
}

/// Longer tokens are keys.
const BURIED: usize = 32;

/// Whether the atoms are the digits of a colour: `#fa6607`.
pub(super) fn is_colour(atoms: &[Atom], range: &Range<usize>) -> bool {
    let after_hash = range.start > 0 && atoms[range.start - 1].base == '#';
    let digits = || atoms[range.clone()].iter().map(|atom| atom.base);
    after_hash
        && matches!(range.len(), 3 | 6 | 8)
        && digits().all(|c| c.is_ascii_hexdigit())
        && digits().any(|c| c.is_ascii_digit())
}
