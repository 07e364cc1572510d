//! A text with what matched in it, in colour where there is colour, and never longer than a few lines.

use std::fmt::Write as _;
use std::ops::Range;

use premod::rulefile::diagnostic::visible;

/// Longer texts are cut around their first match, in characters.
const SHOWN: usize = 160;
/// How much of a long text stands before the match.
const BEFORE: usize = 40;

/// The text on one line, with the ranges (bytes, on character boundaries) in colour.
pub(super) fn highlight(text: &str, matches: &[Range<usize>]) -> String {
    let mark = anstyle::AnsiColor::Red.on_default().bold();
    let window = window(text, matches.first().map_or(0, |first| first.start));
    let mut out = String::from(if window.start > 0 { "…" } else { "" });
    let mut at = window.start;
    for range in matches {
        let (start, end) = (range.start.clamp(at, window.end), range.end.min(window.end));
        if start >= end {
            continue;
        }
        out.push_str(&visible(&text[at..start]));
        let _ = write!(out, "{mark}{}{mark:#}", visible(&text[start..end]));
        at = end;
    }
    out.push_str(&visible(&text[at..window.end]));
    out.push_str(if window.end < text.len() { "…" } else { "" });
    out
}

/// What is shown of a text whose first match begins at a byte.
fn window(text: &str, first: usize) -> Range<usize> {
    if text.chars().count() <= SHOWN {
        return 0..text.len();
    }
    let start = text[..first].char_indices().rev().nth(BEFORE - 1).map_or(0, |(at, _)| at);
    let end = text[start..].char_indices().nth(SHOWN).map_or(text.len(), |(at, _)| start + at);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coloured(text: &str, matches: &[(usize, usize)]) -> String {
        let matches: Vec<Range<usize>> = matches.iter().map(|&(start, end)| start..end).collect();
        highlight(text, &matches)
    }

    fn plain(text: &str, matches: &[(usize, usize)]) -> String {
        anstream::adapter::strip_str(&coloured(text, matches)).to_string()
    }

    #[test]
    fn matches_are_in_colour_each_once() {
        assert_eq!(coloured("a heron", &[(2, 7)]), "a \u{1b}[1m\u{1b}[31mheron\u{1b}[0m");
        assert_eq!(plain("a heron", &[(2, 5), (3, 7), (2, 7)]), "a heron");
        assert_eq!(plain("a\u{1b}[2J\u{202e}b\n", &[(1, 2)]), "a\\u{1b}[2J\\u{202e}b\\n");
    }

    #[test]
    fn long_texts_are_cut_around_the_first_match() {
        let text = format!("{}heron{}", "é".repeat(300), "ü".repeat(300));
        let shown = plain(&text, &[(600, 605)]);
        assert_eq!(shown.chars().count(), SHOWN + 2);
        assert!(shown.starts_with(&format!("…{}heron", "é".repeat(BEFORE))), "{shown}");
        assert!(plain(&text, &[]).ends_with("é…"));
    }
}
