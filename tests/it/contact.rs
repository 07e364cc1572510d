//! Contact data as people write and disguise it, and what only resembles it
//! (`tests/data/contact/README.md`): every marked span is found, and nothing in the other messages.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

use premod::engine::matcher::find::Kind;

use crate::corpus::{files, innocent, lines, unescape};

/// Of the marked and the found span, how much both must share of the longer one, in percent.
const SHARED: usize = 80;

fn found(kind: Kind, text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    kind.find(text, &mut out);
    out
}

/// A message without its double brackets, and the spans they marked.
fn marked(message: &str) -> (String, Vec<Range<usize>>) {
    let (mut text, mut spans, mut rest) = (String::new(), Vec::new(), message);
    while let Some((before, after)) = rest.split_once("[[") {
        let (span, tail) = after.split_once("]]").expect("brackets that close");
        // a bracket that the span itself ends with
        let extra = tail.len() - tail.trim_start_matches(']').len();
        let span = &after[..span.len() + extra];
        text.push_str(before);
        let start = text.len();
        text.push_str(span);
        spans.push(start..text.len());
        rest = &after[span.len() + 2..];
    }
    text.push_str(rest);
    (text, spans)
}

fn agree(a: &Range<usize>, b: &Range<usize>) -> bool {
    let shared = a.end.min(b.end).saturating_sub(a.start.max(b.start));
    shared * 100 >= a.len().max(b.len()) * SHARED
}

/// What is wrong with a case, if anything.
fn fault(line: &str) -> Option<String> {
    let fields: Vec<&str> = line.split('\t').collect();
    match fields[..] {
        ["+", kind, message] => {
            let (text, spans) = marked(&unescape(message));
            let found = found(kind.parse().expect("a kind"), &text);
            let missed = spans.iter().any(|span| !found.iter().any(|range| agree(span, range)));
            missed.then(|| {
                let found: Vec<&str> = found.into_iter().map(|range| &text[range]).collect();
                format!("{kind} in {message}: found {found:?}")
            })
        }
        ["-", message] => {
            let text = unescape(message);
            [Kind::Phone, Kind::Email, Kind::Url].into_iter().find_map(|kind| {
                let range = found(kind, &text).into_iter().next()?;
                Some(format!("{} in {message}: found {:?}", kind.name(), &text[range]))
            })
        }
        _ => panic!("no case: {line}"),
    }
}

#[test]
fn every_marked_span_is_found_and_nothing_else() {
    let mut faults = String::new();
    for file in files("contact") {
        for line in lines(&file) {
            if let Some(fault) = fault(&line) {
                let _ = writeln!(faults, "{}: {fault}", file.file_stem().unwrap().to_string_lossy());
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

/// Topics whose messages hold links and mailboxes honestly.
const WITH_ADDRESSES: [&str; 2] = ["code", "files"];

#[test]
fn innocent_messages_hold_no_contact_data() {
    let mut faults = String::new();
    for file in files("innocent").into_iter().chain(files("innocent/held-out")) {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let kinds: &[Kind] = if WITH_ADDRESSES.contains(&&*name) {
            &[Kind::Phone]
        } else {
            &[Kind::Phone, Kind::Email, Kind::Url]
        };
        let held_out = file.parent().is_some_and(|folder| folder.ends_with("held-out"));
        for text in innocent(&file) {
            for &kind in kinds {
                for range in found(kind, &text) {
                    // the held-out lines are judged by count alone
                    let shown = if held_out { "held out" } else { &text[range] };
                    let _ = writeln!(faults, "{} in {name}: {shown:?}", kind.name());
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn ordinary_chat_holds_no_number_and_no_mailbox() {
    for file in ["benign.txt", "chat/sample.txt", "innocent-talk.txt"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(file);
        for text in innocent(&path) {
            for kind in [Kind::Phone, Kind::Email] {
                assert!(found(kind, &text).is_empty(), "{} in {file}: {text}", kind.name());
            }
        }
    }
}
