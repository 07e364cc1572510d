//! Other ways to write an entry, looked for as entries of their own.
//!
//! Disguise that changes which letters there are can't be undone in the text: there it would have to
//! be guessed. The few ways to change a word are written out when rules are loaded instead, and those
//! that are words of their own are left out.

use super::words::{Edges, Entry};
use crate::text::{Trick, Tricks, ViewKind, dictionary};

/// Shorter entries have too many neighbours.
const SHORTEST: usize = 4;

/// Longer entries are split and swapped in too many ways.
const LONGEST: usize = 14;

/// A phrase of fewer letters may be a word when it is written as one.
const PHRASE: usize = 6;

/// All ways to write an entry but its own, by the view it is looked for in.
#[must_use]
pub fn variants(entry: &Entry) -> Vec<Entry> {
    let source = entry.source();
    let mut variants = Vec::new();
    if entry.view() < ViewKind::Plain || source.contains('*') {
        return variants;
    }
    if source.contains(' ') {
        let together: String = source.split_whitespace().collect();
        if together.chars().count() >= PHRASE {
            variants.extend(entry.written(&together, Edges::Word, Tricks::of(Trick::Spacing)));
        }
        return variants;
    }
    let word: Vec<char> = source.to_lowercase().chars().collect();
    if entry.view() < ViewKind::Loose || word.len() < SHORTEST || !word.iter().all(|c| c.is_alphabetic()) {
        return variants;
    }
    variants.extend(entry.written(source, Edges::Buried, Tricks::of(Trick::Buried)));
    let reversed: String = word.iter().rev().collect();
    let mut others = vec![(reversed, Trick::Reversed)];
    if word.len() <= LONGEST {
        others.extend(misspelt(&word).into_iter().map(|word| (word, Trick::Misspelling)));
        others.extend(split(&word).into_iter().map(|word| (word, Trick::Split)));
    }
    others.sort();
    others.dedup_by(|a, b| a.0 == b.0);
    let own: String = word.iter().collect();
    for (other, trick) in others {
        if other != own && !dictionary::is_word(&other) {
            variants.extend(entry.written(&other, Edges::Word, Tricks::of(trick)));
        }
    }
    variants
}

/// A vowel lost, two letters swapped, another spelling of the same sound.
fn misspelt(word: &[char]) -> Vec<String> {
    let mut all = Vec::new();
    let is_vowel = |c: char| "aeiouäöüáéíóúаеиоуыэюя".contains(c);
    for at in 1..word.len() {
        if is_vowel(word[at]) && word.len() > 3 {
            all.push([&word[..at], &word[at + 1..]].concat().iter().collect());
        }
        if word[at - 1] != word[at] {
            let mut swapped = word.to_vec();
            swapped.swap(at - 1, at);
            all.push(swapped.into_iter().collect());
        }
    }
    let own: String = word.iter().collect();
    let mut sounds = vec![own];
    for (one, other) in [
        ("f", "ph"),
        ("ph", "f"),
        ("ck", "k"),
        ("ck", "q"),
        ("k", "q"),
        ("qu", "kw"),
        ("z", "s"),
        ("oo", "u"),
        ("u", "oo"),
        ("u", "v"),
    ] {
        let respelt: Vec<String> = sounds
            .iter()
            .filter(|word| word.contains(one))
            .map(|word| word.replacen(one, other, 1))
            .collect();
        sounds.extend(respelt);
        if sounds.len() > 24 {
            break;
        }
    }
    all.extend(sounds.into_iter().skip(1));
    // Three letters are an abbreviation as soon as nobody knows the script's words.
    all.retain(|word| {
        word.len() >= 4 || (word.len() == 3 && word.is_ascii() && !ABBREVIATIONS.contains(&word.as_str()))
    });
    all.retain(|word| word.is_ascii() || word.chars().count() >= 4);
    all
}

/// What people mean by three letters.
const ABBREVIATIONS: [&str; 8] = ["cnt", "slt", "prn", "dct", "pns", "cks", "sct", "dks"];

/// Words of one and two letters that stand beside others all day.
const SMALL: [&str; 32] = [
    "a", "i", "o", "u", "it", "is", "in", "on", "to", "of", "at", "as", "an", "or", "so", "we", "he", "me",
    "my", "us", "up", "no", "go", "do", "by", "be", "if", "am", "de", "la", "le", "el",
];

/// The word in two parts, or three, unless all of them are words.
fn split(word: &[char]) -> Vec<String> {
    let text = |part: &[char]| part.iter().collect::<String>();
    let is_word =
        |part: &str| if part.len() <= 2 { SMALL.contains(&part) } else { dictionary::is_word(part) };
    let mut all = Vec::new();
    for first in 1..word.len() {
        let (left, right) = (text(&word[..first]), text(&word[first..]));
        if !(is_word(&left) && is_word(&right)) {
            all.push(format!("{left} {right}"));
        }
        for second in first + 1..word.len() {
            let parts = [&word[..first], &word[first..second], &word[second..]].map(text);
            if word.len() <= 6 && !parts.iter().any(|part| is_word(part)) {
                all.push(parts.join(" "));
            }
        }
    }
    all
}
