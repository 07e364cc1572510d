//! Hashtags inside a phrase: in `kill #yourself` the sign is no part of the word, nor of the gap.
//!
//! By itself such a word is found in the first reading; only what stands around it needs to be told.

use super::view::View;

/// Notes the hashtags whose word may be read without the sign.
pub(super) fn name(view: &mut View, count: usize) {
    let mut at = 0;
    while let Some(sign) = view.atoms()[at..count].iter().position(|atom| atom.base == '#') {
        let sign = at + sign;
        let word = view.atoms()[sign + 1..count].iter().take_while(|atom| atom.role.word).count();
        at = sign + 1 + word;
        if word > 0 && (sign == 0 || view.atoms()[sign - 1].base == ' ') {
            view.instead(sign..at, sign + 1..at);
        }
    }
}
