//! Letters upside down: the line is read from the other end.

use super::view::{self, Atom, View};
use super::{Trick, Tricks};

/// Letters that turned are another letter, or the same.
const BOTH: &str = "bqdpnu";

/// Adds the reading of lines with letters upside down.
pub(super) fn upright(view: &mut View, sent: &str, count: usize) {
    for line in sent.split_inclusive('\n') {
        let start = line.as_ptr() as usize - sent.as_ptr() as usize;
        if !line.chars().any(|c| turned(c).is_some()) {
            continue;
        }
        let line = view::between(&view.atoms()[..count], start..start + line.len());
        let read = |atom: &Atom| {
            let shown = sent[atom.start as usize..].chars().next().unwrap_or(' ');
            let mut role = atom.role;
            role.word |= turned(shown).is_some();
            let base = turned(shown).or_else(|| turned_ascii(atom.base)).unwrap_or(atom.base);
            Atom { base, role, tricks: Tricks::of(Trick::Flipped), ..*atom }
        };
        let other: Vec<Atom> = view.atoms()[line.clone()].iter().rev().map(read).collect();
        let by = view.add(&other);
        // Beside words that stand upright, each turned one is read where it stands.
        let mut at = 0;
        for word in other.split_inclusive(|atom| !atom.role.word) {
            let own = word.iter().take_while(|atom| atom.role.word).count();
            if own > 0 {
                view.instead(line.end - at - own..line.end - at, by.start + at..by.start + at + own);
            }
            at += word.len();
        }
    }
}

/// What is a letter only when the page is turned, and which.
pub(super) fn turned(c: char) -> Option<char> {
    Some(match c {
        'ɐ' | '∀' => 'a',
        'ɔ' | 'Ɔ' => 'c',
        'ǝ' | 'ɘ' | 'Ǝ' => 'e',
        'ɟ' | 'Ⅎ' => 'f',
        'ƃ' | 'ᵷ' | 'ɓ' | '⅁' => 'g',
        'ɥ' => 'h',
        'ᴉ' | 'ı' => 'i',
        'ɾ' | 'ſ' => 'j',
        'ʞ' | '⋊' => 'k',
        'ʃ' | 'ꞁ' | '⅂' | '˥' | 'ן' => 'l',
        'ɯ' => 'm',
        'ɹ' | 'ᴚ' => 'r',
        'ʇ' | '⊥' | '┴' => 't',
        'ʌ' | 'Λ' => 'v',
        'ʍ' => 'w',
        'ʎ' | '⅄' => 'y',
        'Ԁ' => 'p',
        '∩' => 'u',
        _ => return None,
    })
}

fn turned_ascii(c: char) -> Option<char> {
    let at = BOTH.find(c)?;
    BOTH.chars().nth(at ^ 1)
}
