//! The masked copy of a text: the spans of masking rules, replaced.

use std::ops::Range;

use super::rule::Mask;
use crate::text::{grapheme, link};

/// Replaces ranges of a text (on grapheme boundaries). Ranges that overlap are one, and wear the mask
/// of the one that begins first, of the first given where two begin together.
#[must_use]
pub fn apply(text: &str, mut ranges: Vec<(Range<usize>, &Mask)>) -> String {
    let wholes = wholes(text);
    for (range, _) in &mut ranges {
        let first = wholes.partition_point(|whole| whole.end <= range.start);
        let end = range.end;
        for whole in wholes[first..].iter().take_while(|whole| whole.start < end) {
            *range = range.start.min(whole.start)..range.end.max(whole.end);
        }
    }
    ranges.sort_by_key(|(range, _)| range.start);
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    let mut ranges = ranges.into_iter().peekable();
    while let Some((Range { start, mut end }, mask)) = ranges.next() {
        while let Some((next, _)) = ranges.next_if(|(next, _)| next.start < end) {
            end = end.max(next.end);
        }
        masked.push_str(&text[done..start]);
        match mask {
            Mask::Stars => masked.extend(grapheme::clusters(&text[start..end]).map(star)),
            Mask::Text(instead) => masked.push_str(instead),
        }
        done = end;
    }
    masked.push_str(&text[done..]);
    masked
}

/// What half of would be nonsense: a mention, a link.
fn wholes(text: &str) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = link::links(text).into_iter().map(|link| link.range).collect();
    let mut at = 0;
    while let Some(start) = text[at..].find(MENTION).map(|found| at + found) {
        let Some(length) = text[start..].find('>') else { break };
        at = start + length + 1;
        all.push(start..at);
    }
    all.sort_by_key(|whole| whole.start);
    all
}

/// What a mention begins with; `>` ends it.
const MENTION: &str = "<@";

/// White space shows nothing that would have to be hidden, and keeps the lines where they are.
fn star(cluster: &str) -> &str {
    if cluster.chars().all(char::is_whitespace) { cluster } else { "*" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_replaced_once() {
        let word = Mask::Text("[gone]".to_owned());
        assert_eq!(apply("a bad 👨‍👩‍👧 day", vec![(2..5, &Mask::Stars)]), "a *** 👨‍👩‍👧 day");
        assert_eq!(apply("👨‍👩‍👧é", vec![(0..20, &Mask::Stars)]), "**");
        assert_eq!(apply("one two three", vec![(4..7, &word), (6..13, &Mask::Stars)]), "one [gone]");
        assert_eq!(apply("one two", vec![(4..7, &Mask::Stars), (0..3, &word)]), "[gone] ***");
        assert_eq!(apply("+49 170\r\n123!", vec![(0..12, &Mask::Stars)]), "*** ***\r\n***!");
        assert_eq!(apply("hi <@uid:badboy> there", vec![(9..12, &word)]), "hi [gone] there");
        let link = apply("see https://bad.example.com/x now", vec![(12..15, &Mask::Stars)]);
        assert_eq!(link, format!("see {} now", "*".repeat(25)));
        assert_eq!(apply("same", vec![]), "same");
    }
}
