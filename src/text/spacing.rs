//! The reading in which letters that were set apart stand together: `f u c k`, `f.u.c.k`, `f-u-c-k`.
//!
//! Only runs of single letters are joined. A word in such a run begins and ends where the run does,
//! or where the gap is wider than elsewhere; what may match inside is for the matcher to say.

use std::ops::Range;

use super::view::{Atom, BREAK, View};
use super::{Trick, Tricks, leet};

/// Fewer letters than this are initials.
pub(super) const FEWEST: usize = 3;

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
            && sets_apart(view.atoms(), &run)
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
        if gap == 0 || gap > WIDEST {
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
    (atom.role.word && !atom.role.mark) || matches!(atom.base, '$' | '@' | '€' | '£' | '¢' | '¥' | '§')
}

/// Whether what stands between the letters only sets them apart: signs that mean nothing by themselves,
/// or the same ones everywhere. What separates letters in formulas, lists and code does more.
fn sets_apart(atoms: &[Atom], run: &[Letter]) -> bool {
    let first = gap(atoms, &run[1]);
    let listed = first.iter().any(|atom| matches!(atom.base, '%' | '(' | '['))
        || (first.len() > 1 && first[0].base == ',');
    let same = |letter: &Letter| {
        gap(atoms, letter).iter().map(|atom| atom.base).eq(first.iter().map(|atom| atom.base))
    };
    run[1..].iter().all(|letter| gap(atoms, letter).iter().all(means_nothing))
        || (run.len() > FEWEST && !listed && run[1..].iter().all(same))
}

/// What stands before a letter of a run.
fn gap<'a>(atoms: &'a [Atom], letter: &Letter) -> &'a [Atom] {
    &atoms[letter.start - letter.gap..letter.start]
}

fn means_nothing(atom: &Atom) -> bool {
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

/// Three capitals with signs between them are initials.
fn initials(atoms: &[Atom], run: &[Letter], sent: &str) -> bool {
    let capital =
        |letter: &Letter| sent[atoms[letter.start].start as usize..].starts_with(char::is_uppercase);
    let signs = run[1..].iter().any(|letter| gap(atoms, letter).iter().any(|atom| atom.base != ' '));
    signs && run.len() <= FEWEST && run.iter().all(capital)
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
    view.add_for(with_signs(view.atoms(), run), &joined);
}

/// The atoms of a run, and what stands before and after it that also stands between its letters.
fn with_signs(atoms: &[Atom], run: &[Letter]) -> Range<usize> {
    let [first, .., last] = run else { return 0..0 };
    let sign = gap(atoms, last).first().map(|atom| atom.base).filter(|&sign| sign != ' ');
    let same = |atom: &&Atom| Some(atom.base) == sign;
    let before = atoms[..first.start].iter().rev().take(WIDEST).take_while(same).count();
    let after = atoms[last.end..].iter().take(WIDEST).take_while(same).count();
    first.start - before..last.end + after
}
