//! Brings a range to the edges that a reader would see: whole grapheme clusters.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

/// The edges of a text's clusters, found once and only when a match needs them: a text may be one
/// long cluster, and walking it for every match would take the square of its length.
#[derive(Clone, Debug, Default)]
pub struct Edges {
    /// Bytes where a cluster begins, and the end; empty until needed.
    at: Vec<usize>,
}

impl Edges {
    /// Makes ready for another text.
    pub fn reset(&mut self) {
        self.at.clear();
    }

    /// The smallest range of whole grapheme clusters of the text that holds `range`.
    #[must_use]
    pub fn snap(&mut self, text: &str, range: Range<usize>) -> Range<usize> {
        if is_edge(text, range.start) && is_edge(text, range.end) {
            return range;
        }
        if self.at.is_empty() {
            self.at.extend(text.grapheme_indices(true).map(|(at, _)| at));
            self.at.push(text.len());
        }
        let start = self.at.partition_point(|&at| at <= range.start).saturating_sub(1);
        let end = self.at.partition_point(|&at| at < range.end);
        self.at[start]..self.at.get(end).copied().unwrap_or(text.len())
    }
}

/// The smallest range of whole grapheme clusters of `text` that holds `range`.
#[must_use]
pub fn snap(text: &str, range: Range<usize>) -> Range<usize> {
    Edges::default().snap(text, range)
}

/// The grapheme clusters of a text.
pub fn clusters(text: &str) -> impl Iterator<Item = &str> {
    text.graphemes(true)
}

/// Whether there is an edge for certain: between two characters that neither join what is before them
/// nor what comes after, but in CRLF.
fn is_edge(text: &str, at: usize) -> bool {
    let Some((before, after)) = text.split_at_checked(at) else { return false };
    match (before.chars().next_back(), after.chars().next()) {
        (None, _) | (_, None) => true,
        (Some('\r'), Some('\n')) => false,
        (Some(before), Some(after)) => stands_alone(before) && stands_alone(after),
    }
}

/// Whether a character makes no cluster with others: ASCII, and the letters of blocks without marks.
fn stands_alone(c: char) -> bool {
    matches!(c, '\0'..='\u{2ff}' | '\u{370}'..='\u{482}' | '\u{48a}'..='\u{590}' | '\u{1e00}'..='\u{1fff}'
        | '\u{4e00}'..='\u{9fff}' | '\u{ff01}'..='\u{ff9d}' | '\u{1d400}'..='\u{1d7ff}')
}

#[cfg(test)]
mod tests {
    use super::{clusters, snap, stands_alone};

    #[test]
    fn what_stands_alone_makes_no_cluster() {
        for c in ('\0'..=char::MAX).filter(|&c| stands_alone(c)) {
            for other in ['a', 'é', 'я', '\u{1d400}', c] {
                for pair in [format!("{c}{other}"), format!("{other}{c}")] {
                    assert_eq!(clusters(&pair).count(), 2, "{pair:?}");
                }
            }
        }
    }

    #[test]
    fn a_range_grows_to_whole_clusters() {
        let text = "ae\u{301}z\r\n👨‍👩‍👧!";
        assert_eq!(snap(text, 1..2), 1..4, "the mark belongs to its letter");
        assert_eq!(snap(text, 4..6), 4..7, "CRLF is one");
        let family = text.find('👨').unwrap_or(0);
        assert_eq!(&text[snap(text, family..family + 4)], "👨‍👩‍👧");
        assert_eq!(snap("abc", 1..2), 1..2);
        assert_eq!(snap("", 0..0), 0..0);
    }
}
