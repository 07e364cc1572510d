//! The literals one of which a text must hold for a regular expression to match it.
//!
//! All of them are looked for at once, so that a message runs only the expressions that have a chance. Case is
//! folded on both sides: a class such as `[kKK]` is one letter here, and the text is folded by the
//! same function before it is scanned.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex_syntax::hir::{Class, Hir, HirKind};

/// Shorter literals meet every text.
const SHORTEST: usize = 3;

/// An expression with more alternatives than this is run on every text.
const MOST: usize = 64;

/// A set of folded literals of which every match holds at least one; none where there is no such set.
#[must_use]
pub fn required(hir: &Hir) -> Option<BTreeSet<String>> {
    let sets = walk(hir);
    sets.filter(|set| set.len() <= MOST && shortest(set) >= SHORTEST)
}

/// The text as literals are looked for in it, written into the memory given.
#[must_use]
pub fn fold<'t>(text: &str, memory: &'t mut String) -> &'t str {
    memory.clear();
    if text.is_ascii() {
        memory.push_str(text);
        memory.make_ascii_lowercase();
        return memory;
    }
    let mut rest = text;
    while !rest.is_empty() {
        let (ascii, other) = rest.split_at(ascii_length(rest.as_bytes()));
        memory.push_str(ascii);
        let mut chars = other.chars();
        memory.extend(chars.next().map(fold_char));
        rest = chars.as_str();
    }
    memory.make_ascii_lowercase();
    memory
}

/// The bytes of a text that so many bytes are folded from, at most: of the Kelvin sign's three one is left.
#[must_use]
pub fn before_folding(bytes: usize) -> usize {
    3 * bytes
}

/// The bytes before the first one that is not ASCII, told eight at a time.
fn ascii_length(text: &[u8]) -> usize {
    let (eights, rest) = text.as_chunks();
    for (at, eight) in eights.iter().enumerate() {
        let others = u64::from_le_bytes(*eight) & 0x8080_8080_8080_8080;
        if others != 0 {
            return 8 * at + others.trailing_zeros() as usize / 8;
        }
    }
    8 * eights.len() + rest.iter().take_while(|byte| byte.is_ascii()).count()
}

/// The letters of the alphabets of Europe and the Near East, folded once.
static COMMON: LazyLock<Vec<char>> = LazyLock::new(|| ('\0'..'\u{800}').map(fold_slowly).collect());

fn fold_char(c: char) -> char {
    match c {
        '\u{2e80}'..='\u{a63f}' | '\u{ac00}'..='\u{d7a3}' => c, // no case there
        c => COMMON.get(c as usize).copied().unwrap_or_else(|| fold_slowly(c)),
    }
}

/// Simple case folding by way of the capital, so that `s`, `S` and `ſ` are one.
fn fold_slowly(c: char) -> char {
    let mut upper = c.to_uppercase();
    let capital = match (upper.next(), upper.next()) {
        (Some(capital), None) => capital,
        _ => c,
    };
    let mut lower = capital.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(small), None) => small,
        _ => c,
    }
}

fn shortest(set: &BTreeSet<String>) -> usize {
    set.iter().map(String::len).min().unwrap_or(0)
}

fn walk(hir: &Hir) -> Option<BTreeSet<String>> {
    match hir.kind() {
        HirKind::Concat(parts) => concat(parts),
        HirKind::Alternation(branches) => {
            let mut all = BTreeSet::new();
            for branch in branches {
                all.extend(walk(branch)?);
                if all.len() > MOST {
                    return None;
                }
            }
            Some(all)
        }
        HirKind::Repetition(repetition) if repetition.min >= 1 => walk(&repetition.sub),
        HirKind::Capture(capture) => walk(&capture.sub),
        HirKind::Literal(_) | HirKind::Class(_) => Some(BTreeSet::from([exact(hir)?])),
        HirKind::Empty | HirKind::Look(_) | HirKind::Repetition(_) => None,
    }
}

/// The best of: each part's own set, and each run of neighbours that are single literals.
fn concat(parts: &[Hir]) -> Option<BTreeSet<String>> {
    let mut best: Option<BTreeSet<String>> = None;
    let mut run = String::new();
    let mut offer = |set: BTreeSet<String>| {
        if !set.is_empty() && best.as_ref().is_none_or(|best| shortest(&set) > shortest(best)) {
            best = Some(set);
        }
    };
    for part in parts {
        if let Some(literal) = exact(part) {
            run.push_str(&literal);
            continue;
        }
        // A boundary is no text: the run goes on behind it.
        if matches!(part.kind(), HirKind::Look(_) | HirKind::Empty) {
            continue;
        }
        if !run.is_empty() {
            offer(BTreeSet::from([std::mem::take(&mut run)]));
        }
        if let Some(set) = walk(part) {
            offer(set);
        }
    }
    if !run.is_empty() {
        offer(BTreeSet::from([run]));
    }
    best
}

/// The one folded literal that an expression matches, if it is one.
fn exact(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            Some(std::str::from_utf8(&literal.0).ok()?.chars().map(fold_char).collect())
        }
        HirKind::Class(Class::Unicode(class)) => {
            let mut letters =
                class.iter().flat_map(|range| range.start()..=range.end()).take(8).map(fold_char);
            let first = letters.next()?;
            letters.all(|letter| letter == first).then(|| first.to_string())
        }
        HirKind::Class(Class::Bytes(class)) => {
            let mut letters = class
                .iter()
                .flat_map(|range| range.start()..=range.end())
                .take(8)
                .map(|byte| byte.to_ascii_lowercase());
            let first = letters.next().filter(u8::is_ascii)?;
            letters.all(|letter| letter == first).then(|| char::from(first).to_string())
        }
        HirKind::Concat(parts) => parts.iter().map(exact).collect(),
        HirKind::Capture(capture) => exact(&capture.sub),
        HirKind::Repetition(repetition) if repetition.max == Some(repetition.min) && repetition.min <= 16 => {
            Some(exact(&repetition.sub)?.repeat(repetition.min as usize))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literals(pattern: &str) -> Option<Vec<String>> {
        let hir = regex_syntax::parse(pattern).expect("parses");
        required(&hir).map(|set| set.into_iter().collect())
    }

    #[test]
    fn the_longest_unavoidable_literals_are_found() {
        assert_eq!(literals(r"(?i)\btask\b").as_deref(), Some(&["task".to_owned()][..]));
        assert_eq!(literals(r"(?i)free (?:money|gift\s*cards?)").as_deref(), Some(&["free ".to_owned()][..]));
        assert_eq!(
            literals("(?i)(?:viagra|cialis)").as_deref(),
            Some(&["cialis".to_owned(), "viagra".to_owned()][..])
        );
        assert_eq!(literals(r"\d+ euros?").as_deref(), Some(&[" euro".to_owned()][..]));
        assert_eq!(literals("a{3}bc+").as_deref(), Some(&["aaab".to_owned()][..]));
        assert_eq!(literals("(?i)привет").as_deref(), Some(&["привет".to_owned()][..]));
        for none in ["[a-z]+", "ab|cdefg", r"\d{4}", "(abc)?", "(?:abc)*x", ".*"] {
            assert_eq!(literals(none), None, "{none}");
        }
    }

    #[test]
    fn what_folds_to_a_letter_is_that_letter() {
        assert_eq!(fold("taſk \u{212a}elvin Σς", &mut String::new()), "task kelvin σσ");
        assert_eq!(
            fold("ΑΒΓ Twelve Letters Δ, and Some", &mut String::new()),
            "αβγ twelve letters δ, and some"
        );
    }
}
