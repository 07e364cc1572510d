//! Letters lost, turned, torn apart, or hidden among others.

fn letters(word: &str) -> Vec<char> {
    word.chars().collect()
}

/// Written from the other end, and shown the right way by a control that turns the direction.
pub(super) fn direction(word: &str) -> String {
    format!("\u{202e}{}\u{202c}", word.chars().rev().collect::<String>())
}

pub(super) fn reversed(word: &str) -> String {
    word.chars().rev().collect()
}

/// Without the first vowel inside the word.
pub(super) fn lost_vowel(word: &str) -> String {
    let mut all = letters(word);
    if let Some(at) = (1..all.len()).find(|at| "aeiouаеиоуыэюя".contains(all[*at])) {
        all.remove(at);
    }
    all.into_iter().collect()
}

/// The first two letters behind the first one that differ, the other way round.
pub(super) fn swapped(word: &str) -> String {
    let mut all = letters(word);
    if let Some(at) = (1..all.len().saturating_sub(1)).find(|at| all[*at] != all[at + 1]) {
        all.swap(at, at + 1);
    }
    all.into_iter().collect()
}

/// The first sound that is often written in another way.
pub(super) fn same_sound(word: &str) -> String {
    let ways = [("ck", "k"), ("ph", "f"), ("f", "ph"), ("qu", "kw"), ("z", "s"), ("oo", "u")];
    let found = ways.iter().find(|(sound, _)| word.contains(sound));
    found.map_or_else(|| word.to_owned(), |(sound, other)| word.replacen(sound, other, 1))
}

/// In two halves with a space between.
pub(super) fn halves(word: &str) -> String {
    pieces(word).join(" ")
}

/// In two halves, a message each.
pub(super) fn pieces(word: &str) -> Vec<String> {
    let all = letters(word);
    let (left, right) = all.split_at(all.len() / 2);
    vec![left.iter().collect(), right.iter().collect()]
}

/// Between letters that mean nothing.
pub(super) fn buried(word: &str) -> String {
    format!("qx{word}zk")
}
