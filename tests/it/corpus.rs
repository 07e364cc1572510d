//! Reads the corpora of disguised and innocent messages (`tests/data/evasion/README.md`) and checks
//! that each line is what its folder says: a measurement over broken cases would be no measurement.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A disguised message and what has to be found in it.
pub(crate) struct Disguised {
    /// The mildest view that has to find it: `plain` or `loose`.
    pub(crate) view: String,
    /// An entry of the word list, or `find:` and a kind of contact data.
    pub(crate) entry: String,
    pub(crate) text: String,
}

impl Disguised {
    /// Whether it hides contact data, not a word of the list.
    pub(crate) fn is_contact(&self) -> bool {
        self.entry.starts_with("find:")
    }
}

/// The disguised messages of a trick's file.
pub(crate) fn disguised(file: &Path) -> Vec<Disguised> {
    let case = |line: String| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [view, entry, text] = fields[..] else { panic!("{}: no three fields: {line}", file.display()) };
        Disguised { view: view.into(), entry: entry.into(), text: unescape(text) }
    };
    lines(file).into_iter().map(case).collect()
}

/// The messages of a topic's file.
pub(crate) fn innocent(file: &Path) -> Vec<String> {
    lines(file).iter().map(|line| unescape(line)).collect()
}

/// The `.txt` files of a folder of `tests/data`, the word list left out.
pub(crate) fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ext| ext == "txt") && !file.ends_with("words.txt"));
    files.sort();
    files
}

pub(crate) fn words() -> HashSet<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/evasion/words.txt");
    lines(&file).into_iter().collect()
}

pub(crate) fn lines(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let said = |line: &&str| !line.trim().is_empty() && !line.starts_with("# ");
    text.lines().filter(said).map(str::to_owned).collect()
}

/// `\u{…}` as its character; any other backslash is itself.
pub(crate) fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\u{") {
        let (code, tail) = after.split_once('}').expect("an escape that ends");
        let code = u32::from_str_radix(code, 16).expect("a hexadecimal number");
        out.push_str(before);
        out.push(char::from_u32(code).expect("a code point"));
        rest = tail;
    }
    out + rest
}

#[test]
fn each_disguised_message_names_an_entry_that_it_hides() {
    let words = words();
    for file in ["evasion", "evasion/held-out"].into_iter().flat_map(files) {
        let trick = file.file_stem().unwrap().to_str().unwrap();
        for case in disguised(&file) {
            let place = format!("{trick}: {} in {}", case.entry, case.text);
            assert!(["plain", "loose"].contains(&case.view.as_str()), "{place}: {}", case.view);
            match case.entry.strip_prefix("find:") {
                Some(kind) => assert!(["phone", "email", "url"].contains(&kind), "{place}"),
                None => assert!(words.contains(&case.entry), "{place}"),
            }
            let told_apart_by_edges =
                ["none", "hashtag", "camel-case"].contains(&trick) || case.view == "loose";
            let shown = case.text.to_lowercase().contains(&case.entry);
            assert!(told_apart_by_edges || !shown, "{place}: no disguise");
        }
    }
}

#[test]
fn the_held_out_part_is_of_the_same_tricks_and_holds_other_messages() {
    let name = |file: &PathBuf| file.file_name().unwrap().to_owned();
    for folder in ["evasion", "innocent"] {
        let (tuned, held_out) = (files(folder), files(&format!("{folder}/held-out")));
        assert_eq!(tuned.iter().map(name).collect::<Vec<_>>(), held_out.iter().map(name).collect::<Vec<_>>());
        let seen: HashSet<String> = tuned.iter().flat_map(|file| lines(file)).collect();
        for line in held_out.iter().flat_map(|file| lines(file)) {
            assert!(!seen.contains(&line), "in both parts: {line}");
        }
    }
}

#[test]
fn no_innocent_message_holds_an_entry_as_it_stands() {
    let words = words();
    for file in ["innocent", "innocent/held-out"].into_iter().flat_map(files) {
        for text in innocent(&file) {
            let plain = text.to_lowercase();
            let held = plain.split(|c: char| !c.is_alphanumeric()).find(|word| words.contains(*word));
            assert!(held.is_none(), "{}: {held:?} in {text}", file.display());
        }
    }
}
