//! Words set together by capitals or followed by a number: `#FuckYou`, `FUCKtheSystem`, `fuck2024`.
//!
//! A token whose humps are long enough to be words may have words begin at its humps. Short humps
//! are what keys and hashes are made of.

use super::view::View;

/// Humps are this long on average, or they are no words.
const HUMP: usize = 3;

/// Letters before a number that can be a word of their own.
const WORD: usize = 4;

/// More letters than this are a key.
const LONGEST: usize = 60;

/// Lets words begin at the humps of the tokens that hold some of these atoms, and at the number that
/// ends one.
pub(super) fn mark(view: &mut View, sent: &str, count: usize, met: &[u32]) {
    if met.is_empty() {
        return;
    }
    let mut humps = Vec::new();
    let mut shown: Vec<char> = Vec::new();
    let mut done = 0;
    for at in met.iter().map(|&at| at as usize).filter(|&at| at < count) {
        if at < done {
            continue;
        }
        let start = at - view.atoms()[done..at].iter().rev().take_while(|atom| atom.role.word).count();
        shown.clear();
        let token = view.atoms()[start..count].iter().take_while(|atom| atom.role.word);
        shown.extend(token.map(|atom| sent[atom.start as usize..].chars().next().unwrap_or(' ')));
        if (WORD..=LONGEST).contains(&shown.len()) {
            humps.clear();
            find(&shown, &mut humps);
            for &hump in &humps {
                view.mark_edge(start + hump);
            }
        }
        done = start + shown.len().max(1);
    }
}

fn find(token: &[char], humps: &mut Vec<usize>) {
    let digits = token.iter().rev().take_while(|c| c.is_ascii_digit()).count();
    let letters = &token[..token.len() - digits];
    if !letters.iter().all(|c| c.is_alphabetic()) {
        return;
    }
    for at in 1..letters.len() {
        let (before, here) = (letters[at - 1], letters[at]);
        let capitals = at >= WORD && letters[at - WORD..at].iter().all(|c| c.is_uppercase());
        if (before.is_lowercase() && here.is_uppercase()) || (capitals && here.is_lowercase()) {
            humps.push(at);
        }
    }
    if letters.len() < HUMP * (humps.len() + 1) {
        humps.clear();
    }
    if digits > 0 && letters.len() >= WORD {
        humps.push(letters.len());
    }
}
