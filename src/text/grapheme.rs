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

/// Between two ASCII characters there is always an edge, but in CRLF.
fn is_edge(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    match (at.checked_sub(1).map(|before| bytes[before]), bytes.get(at)) {
        (None, _) | (_, None) => true,
        (Some(before), Some(&after)) => {
            before.is_ascii() && after.is_ascii() && (before, after) != (b'\r', b'\n')
        }
    }
}

#[cfg(test)]
mod tests {
    use super::snap;

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
