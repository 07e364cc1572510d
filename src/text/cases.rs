//! Reads test cases kept as data: `+ text with [[match]] marked`, `- innocent text`, `#` comments.

use std::ops::Range;

/// Checks every case of a file and reports all that fail.
pub(crate) fn check(file: &str, find: impl Fn(&str) -> Vec<Range<usize>>) {
    let mut failures = Vec::new();
    let (mut positive, mut innocent) = (0, 0);
    for line in file.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let marked = match line.split_at(2) {
            ("+ ", marked) => {
                positive += 1;
                marked
            }
            ("- ", innocent_text) => {
                innocent += 1;
                innocent_text
            }
            _ => panic!("no case: {line}"),
        };
        let (text, expected) = unmark(marked, line.starts_with('+'));
        let found = find(&text);
        if found != expected {
            let shown: Vec<&str> = found.iter().map(|range| &text[range.clone()]).collect();
            failures.push(format!("{line}\n    found {shown:?}"));
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
    assert!(positive >= 15 && innocent >= 15, "too few cases: {positive} and {innocent}");
}

fn unmark(marked: &str, positive: bool) -> (String, Vec<Range<usize>>) {
    if !positive {
        return (marked.to_owned(), Vec::new());
    }
    let (mut text, mut ranges, mut rest) = (String::new(), Vec::new(), marked);
    while let Some((before, after)) = rest.split_once("[[") {
        let (inside, after) = after.split_once("]]").unwrap_or_else(|| panic!("no end of match: {marked}"));
        text.push_str(before);
        ranges.push(text.len()..text.len() + inside.len());
        text.push_str(inside);
        rest = after;
    }
    text.push_str(rest);
    (text, ranges)
}

/// Asserts that ranges lie in the text, on character boundaries, in order, and do not overlap.
pub(crate) fn assert_sound(text: &str, ranges: &[Range<usize>]) {
    let mut last = 0;
    for range in ranges {
        assert!(range.start >= last && range.start < range.end, "{ranges:?} in {text:?}");
        assert!(text.get(range.clone()).is_some(), "{ranges:?} in {text:?}");
        last = range.end;
    }
}
