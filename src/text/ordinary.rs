//! Tokens in which nobody sees anything but what is written: a word of ASCII, in small letters but for
//! the first, none of which makes another with its neighbour.
//!
//! Most of what people write is of such tokens. Of them it can be told without a view what a view holds.

use super::fold::fold;
use super::keyboard::{self, is, pair};
use super::view::ViewKind;

/// What may follow the letters of one.
const AFTER: [char; 3] = ['.', ',', '?'];

/// How many keys are told of one end of a token.
pub(crate) const TOLD: usize = 3;

/// Whether a token is an ordinary word, with or without a stop after it.
pub(crate) fn is_ordinary(token: &str) -> bool {
    let letters = without_stop(token).as_bytes();
    let [first, rest @ ..] = letters else { return false };
    let fits = first.is_ascii_alphabetic() && *first != b'I' && rest.iter().all(u8::is_ascii_lowercase);
    let makes = |two: &[u8]| keyboard::sign(two[0]).before & keyboard::sign(two[1]).after & SHAPES != 0;
    let is = letters.iter().fold(0, |is, byte| is | keyboard::sign(*byte).is);
    let one = letters.iter().all(|byte| byte.eq_ignore_ascii_case(first));
    fits && !one && is & (is::ELL | is::VOWEL) != is::ELL && !letters.windows(2).any(makes)
}

/// A token without the stop after it.
pub(crate) fn without_stop(token: &str) -> &str {
    token.trim_end_matches(AFTER)
}

/// Whether all of a text stands for itself alone, where it stands: no sign that markup or a reference
/// begins with, no control, none that turns the direction of writing, none upside down.
pub(crate) fn is_simple(text: &str) -> bool {
    // all are asked: nobody could foretell which is the last
    let signs = text.bytes().fold(true, |simple, byte| simple & SIMPLE[usize::from(byte)]);
    signs && (text.is_ascii() || !text.chars().any(|c| !c.is_ascii() && fold(c).turns()))
}

/// By byte; those of letters that are not ASCII are for a closer look.
static SIMPLE: [bool; 256] = {
    let signs = b" \n.,:!?'\"-/@#$*_~+=();";
    let (mut simple, mut byte, mut at) = ([true; 256], 0_u8, 0);
    while byte < 128 {
        simple[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    while at < signs.len() {
        simple[signs[at] as usize] = true;
        at += 1;
    }
    simple
};

/// The letters of an ordinary token as they are read in a view.
pub(crate) fn letters(kind: ViewKind, token: &str) -> impl Iterator<Item = char> {
    let letters = without_stop(token).bytes();
    letters.map(move |byte| char::from(keyboard::base(kind, byte)))
}

/// Pairs that may be another letter.
const SHAPES: u32 = pair::GLYPHS | pair::BUILT | pair::STROKE;

/// The keys under which ordinary tokens stand in a view: those of the first letters, and how many.
pub(crate) fn first_keys(kind: ViewKind, token: &str) -> ([u8; TOLD], usize) {
    keys(kind, token.bytes())
}

/// The same of the last ones, the last first; of a stop that is read as a space there is none.
pub(crate) fn last_keys(kind: ViewKind, token: &str) -> ([u8; TOLD], usize) {
    let space = |byte: &u8| kind.key(char::from(*byte)) == ' ';
    keys(kind, token.bytes().rev().skip_while(space))
}

fn keys(kind: ViewKind, bytes: impl Iterator<Item = u8>) -> ([u8; TOLD], usize) {
    let (mut keys, mut length, mut last) = ([0; TOLD], 0, None);
    for byte in bytes {
        let base = keyboard::base(kind, byte);
        let key = u8::try_from(kind.key(char::from(base))).unwrap_or(base);
        let run = keyboard::run(base, key);
        if kind.reads_disguise() && last.replace(run) == Some(run) {
            continue;
        }
        if length == TOLD {
            break;
        }
        keys[length] = key;
        length += 1;
    }
    (keys, length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::View;

    proptest! {
        #[test]
        fn what_is_told_of_a_token_is_what_a_view_holds(token in "[A-Z]?[a-z]{1,8}[.,?]{0,2}") {
            let kinds = ViewKind::ALL.into_iter().filter(|_| is_ordinary(&token));
            for kind in kinds {
                let view = View::new(kind, &token);
                prop_assert_eq!(view.rereadings().len(), 0);
                let text = view.text().trim_end();
                let (first, count) = first_keys(kind, &token);
                let told = String::from_utf8_lossy(&first[..count]).into_owned();
                prop_assert!(view.text().starts_with(&told), "{} {}", told, text);
                prop_assert_eq!(count, view.text().len().min(TOLD));
                let (mut last, count) = last_keys(kind, &token);
                last[..count].reverse();
                prop_assert_eq!(&text[text.len() - count..], &String::from_utf8_lossy(&last[..count]));
                prop_assert_eq!(count, text.len().min(TOLD));
            }
        }
    }

    #[test]
    fn ordinary_is_what_has_no_other_reading() {
        for token in ["evening", "Train", "now.", "yes,", "what?", "kill", "an"] {
            assert!(is_ordinary(token), "{token}");
        }
        for token in [
            "", "a", "aa", "I", "It", "iPhone", "LOUD", "k1ll", "kill!", "k*ll", "#kill", "corn", "clip",
            "hl", "é", ".x",
        ] {
            assert!(!is_ordinary(token), "{token}");
        }
    }
}
