//! Text turned by a right-to-left override: it is read as it is shown, backwards.

use super::view::{Atom, View};
use super::{Trick, Tricks};

const OVERRIDE: char = '\u{202e}';
const END: char = '\u{202c}';

/// Adds the reading of what overrides turn: the line it stands in, the turned part backwards.
pub(super) fn turn(view: &mut View, sent: &str, count: usize) {
    let Some(first) = sent.find(OVERRIDE) else { return };
    let line_start = sent[..first].rfind('\n').map_or(0, |at| at + 1);
    let line_end = sent[first..].find('\n').map_or(sent.len(), |at| first + at);
    let mut line: Vec<Atom> = Vec::new();
    let mut at = line_start;
    while let Some(found) = sent[at..line_end].find(OVERRIDE).map(|found| at + found) {
        let end = sent[found..line_end].find(END).map_or(line_end, |end| found + end);
        line.extend(between(view, count, at..found));
        let from = line.len();
        line.extend(between(view, count, found..end));
        line[from..].reverse();
        for atom in &mut line[from..] {
            atom.tricks = atom.tricks.with(Tricks::of(Trick::Bidi));
        }
        at = end;
    }
    line.extend(between(view, count, at..line_end));
    view.add(&line);
}

fn between(view: &View, count: usize, range: std::ops::Range<usize>) -> impl Iterator<Item = Atom> + '_ {
    let atoms = view.atoms()[..count].iter().copied();
    atoms.filter(move |atom| range.contains(&(atom.start as usize)))
}
