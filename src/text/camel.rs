//! Words set together by capitals: `#FuckYou`, `FuckThisShit`.
//!
//! A token of letters whose humps are long enough to be words may have words begin at its humps.
//! Short humps are what keys and hashes are made of.

use super::view::View;

/// Humps are this long on average, or they are no words.
const HUMP: usize = 3;

/// More letters than this are a key.
const LONGEST: usize = 60;

/// Lets words begin at the humps of a token.
pub(super) fn mark(view: &mut View, sent: &str, count: usize) {
    let bytes = sent.as_bytes();
    if !bytes.windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase()) {
        return;
    }
    let mut humps = Vec::new();
    let mut start = 0;
    while start < count {
        let token = view.atoms()[start..count].iter().take_while(|atom| atom.role.word);
        let length = token.clone().count();
        if length == 0 {
            start += 1;
            continue;
        }
        humps.clear();
        let letters = token.clone().all(|atom| bytes[atom.start as usize].is_ascii_alphabetic());
        if letters && length <= LONGEST {
            let at = |index: usize| bytes[view.atoms()[start + index].start as usize];
            humps.extend(
                (1..length)
                    .filter(|&index| at(index - 1).is_ascii_lowercase() && at(index).is_ascii_uppercase()),
            );
        }
        if !humps.is_empty() && length >= HUMP * (humps.len() + 1) {
            for &hump in &humps {
                view.mark_edge(start + hump);
            }
        }
        start += length;
    }
}
