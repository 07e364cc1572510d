//! Brings a range to the edges that a reader would see: whole grapheme clusters.

use std::ops::Range;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

/// The smallest range of whole grapheme clusters of `text` that holds `range`.
#[must_use]
pub fn snap(text: &str, range: Range<usize>) -> Range<usize> {
    let start = if is_edge(text, range.start) { range.start } else { edge(text, range.start, Side::Before) };
    let end = if is_edge(text, range.end) { range.end } else { edge(text, range.end, Side::After) };
    start..end
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
        (Some(before), Some(&after)) => before.is_ascii() && after.is_ascii() && (before, after) != (b'\r', b'\n'),
    }
}

#[derive(Clone, Copy)]
enum Side {
    Before,
    After,
}

fn edge(text: &str, at: usize, side: Side) -> usize {
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    if cursor.is_boundary(text, 0) == Ok(true) {
        return at;
    }
    match side {
        Side::Before => cursor.prev_boundary(text, 0).ok().flatten().unwrap_or(0),
        Side::After => cursor.next_boundary(text, 0).ok().flatten().unwrap_or(text.len()),
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
