//! Letters built from several signs: `|_|` for u, `|-|` for h, `()` for o.
//!
//! A token that holds such a letter has a further reading. Signs alone are a drawing, not a word, so
//! the reading needs real letters beside them.

use super::view::{Atom, View};
use super::{Trick, Tricks};

/// The longest first, where one begins another.
const BUILT: &[(&str, char)] = &[
    ("|\\/|", 'm'),
    ("\\/\\/", 'w'),
    ("/\\/\\", 'm'),
    ("|_|", 'u'),
    ("(_)", 'u'),
    ("\\_/", 'u'),
    ("|-|", 'h'),
    ("]-[", 'h'),
    ("|\\|", 'n'),
    ("/\\/", 'n'),
    ("/-\\", 'a'),
    ("/_\\", 'a'),
    ("\\/", 'v'),
    ("/\\", 'a'),
    ("|=", 'f'),
    ("|3", 'b'),
    ("|<", 'k'),
    ("|2", 'r'),
    ("|)", 'd'),
    ("|>", 'p'),
    ("|0", 'p'),
    ("|_", 'l'),
    ("_|", 'j'),
    ("()", 'o'),
    ("[]", 'o'),
    ("}{", 'h'),
    ("><", 'x'),
    ("|(", 'k'),
    ("(|", 'c'),
    ("'|'", 't'),
    ("\"|\"", 't'),
];

/// Adds the readings of tokens with built letters.
pub(super) fn write(view: &mut View, count: usize) {
    let mut start = 0;
    while start < count {
        let length = view.atoms()[start..count].iter().take_while(|atom| atom.base != ' ').count();
        if let Some(word) = built(&view.atoms()[start..start + length]) {
            view.add_for(start..start + length, &word);
        }
        start += length.max(1);
    }
}

fn built(token: &[Atom]) -> Option<Vec<Atom>> {
    let mut word = Vec::with_capacity(token.len());
    let (mut at, mut found) = (0, false);
    while at < token.len() {
        let built = BUILT.iter().find(|(signs, _)| {
            let mut rest = token[at..].iter();
            signs.chars().all(|sign| rest.next().is_some_and(|atom| atom.base == sign))
        });
        let Some(&(signs, base)) = built else {
            word.push(token[at]);
            at += 1;
            continue;
        };
        let mut atom = Atom { base, end: token[at + signs.len() - 1].end, ..token[at] };
        atom.tricks = atom.tricks.with(Tricks::of(Trick::Leet));
        atom.role.word = true;
        word.push(atom);
        at += signs.len();
        found = true;
    }
    let letters = token.iter().filter(|atom| atom.base.is_alphabetic()).count();
    (found && letters >= 1).then_some(word)
}
