//! Text turned by a right-to-left override: it is read as it is shown, backwards.

use super::view::{Atom, View, between};
use super::{Trick, Tricks};

const OVERRIDE: char = '\u{202e}';
const END: char = '\u{202c}';

/// Adds the reading of what overrides turn: the line it stands in, the turned part backwards.
pub(super) fn turn(view: &mut View, sent: &str, count: usize) {
    let Some(first) = sent.find(OVERRIDE) else { return };
    let line_start = sent[..first].rfind('\n').map_or(0, |at| at + 1);
    let line_end = sent[first..].find('\n').map_or(sent.len(), |at| first + at);
    let mut line: Vec<Atom> = Vec::new();
    let mut turned = Vec::new();
    let mut at = line_start;
    let first = &view.atoms()[..count];
    while let Some(found) = sent[at..line_end].find(OVERRIDE).map(|found| at + found) {
        let end = sent[found..line_end].find(END).map_or(line_end, |end| found + end);
        line.extend(&first[between(first, at..found)]);
        let from = line.len();
        let stretch = between(first, found..end);
        line.extend(&first[stretch.clone()]);
        line[from..].reverse();
        for atom in &mut line[from..] {
            atom.tricks = atom.tricks.with(Tricks::of(Trick::Bidi));
        }
        turned.push((stretch, from));
        at = end;
    }
    line.extend(&first[between(first, at..line_end)]);
    let by = view.add(&line);
    for (stretch, from) in turned {
        let here = by.start + from..by.start + from + stretch.len();
        view.instead(stretch, here);
    }
}
