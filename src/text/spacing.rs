//! The reading in which letters that were set apart stand together: `f u c k`, `f.u.c.k`, `f-u-c-k`.
//!
//! Only runs of single letters are joined. A word in such a run begins and ends where the run does,
//! or where the gap is wider than elsewhere; what may match inside is for the matcher to say.

use super::view::{Atom, BREAK, View};
use super::{Trick, Tricks, leet};

/// Fewer letters than this are initials.
const FEWEST: usize = 3;

/// More signs than this between two letters are a gap, not a spacing.
const WIDEST: usize = 3;

/// Adds the joined reading of each run of single letters.
pub(super) fn join(view: &mut View, sent: &str, count: usize) {
    let mut at = 0;
    let mut run = Vec::new();
    while at < count {
        collect(view.atoms(), at, &mut run);
        at = run.last().map_or(at, |last: &Letter| last.end).max(at + 1);
        if run.len() >= FEWEST
            && letters(view.atoms(), &run) >= FEWEST - 1
            && !initials(view.atoms(), &run, sent)
        {
            append(view, &run);
        }
        // What follows a letter directly is the rest of a word.
        while at < count && view.atoms()[at].role.word && view.atoms()[at - 1].role.word {
            at += 1;
        }
    }
}

/// A single letter (said once or more often) and the gap before it.
struct Letter {
    start: usize,
    end: usize,
    gap: usize,
}

/// The run of single letters that begins at an atom; empty where none does.
fn collect(atoms: &[Atom], at: usize, run: &mut Vec<Letter>) {
    run.clear();
    let (mut start, mut gap) = (at, 0);
    while let Some(end) = single(atoms, start) {
        run.push(Letter { start, end, gap });
        let between = &atoms[end..atoms.len().min(end + WIDEST + 1)];
        gap = between.iter().take_while(|atom| !stands_alone(atom)).count();
        if gap == 0 || gap > WIDEST || !between[..gap].iter().all(sets_apart) {
            break;
        }
        start = end + gap;
    }
}

/// The end of the single letter at an atom, if one stands there by itself.
fn single(atoms: &[Atom], at: usize) -> Option<usize> {
    let first = atoms.get(at)?;
    if !stands_alone(first) || (first.role.word && at > 0 && atoms[at - 1].role.word) {
        return None;
    }
    let same = atoms[at..].iter().take_while(|atom| atom.base == first.base && atom.base != BREAK).count();
    let end = at + same;
    let next_is_word = atoms.get(end).is_some_and(|next| next.role.word);
    (!(first.role.word && next_is_word)).then_some(end)
}

/// A letter or digit, or a sign that is read as one.
fn stands_alone(atom: &Atom) -> bool {
    atom.role.word && !atom.role.mark
}

/// White space, a sign that means nothing by itself, or a picture: what separates letters in formulas,
/// lists and code does not set them apart.
fn sets_apart(atom: &Atom) -> bool {
    match atom.base {
        ' ' | '.' | '-' | '_' | '*' | '~' | '/' | '\\' | '|' | ':' | '!' | '?' | '\'' | '^' => true,
        sign => {
            !sign.is_ascii()
                && !matches!(
                    sign,
                    '·' | '×' | '÷' | '≤'..='≥' | '→' | '∈' | '∩' | '∪' | '°' | '…' | '、' | '，'
                )
        }
    }
}

/// Three capitals are initials.
fn initials(atoms: &[Atom], run: &[Letter], sent: &str) -> bool {
    let capital =
        |letter: &Letter| sent[atoms[letter.start].start as usize..].starts_with(char::is_uppercase);
    run.len() <= FEWEST && run.iter().all(capital)
}

fn letters(atoms: &[Atom], run: &[Letter]) -> usize {
    run.iter().filter(|letter| leet::readings(atoms[letter.start].base).is_empty()).count()
}

fn append(view: &mut View, run: &[Letter]) {
    let usual = run.iter().skip(1).map(|letter| letter.gap).min().unwrap_or(0);
    let mut joined = Vec::with_capacity(run.len());
    for letter in run {
        for at in letter.start..letter.end {
            let mut atom = view.atoms()[at];
            atom.role.edge = at == letter.start && letter.gap > usual;
            atom.tricks = atom.tricks.with(Tricks::of(Trick::Spacing));
            joined.push(atom);
        }
    }
    view.add(&joined);
}
