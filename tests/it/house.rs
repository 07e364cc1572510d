//! The rules of the house, as tests over the source: which module may know which, and what no file
//! may hold.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use crate::command::project;

/// A source file: its path from the project's root, and its text.
pub(crate) struct File {
    pub(crate) path: String,
    text: String,
}

impl File {
    /// The module at the top of `src` that it belongs to.
    pub(crate) fn module(&self) -> &str {
        let path = self.path.strip_prefix("src/").unwrap_or(&self.path);
        path.split(['/', '.']).next().unwrap_or_default()
    }

    pub(crate) fn is_test(&self) -> bool {
        self.path.split(['/', '.']).any(|part| part == "tests" || part == "cases")
    }

    /// Its code: without comments and without the tests at its end.
    pub(crate) fn code(&self) -> String {
        let code = self.text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    }
}

/// All source files below some directories.
pub(crate) fn files(directories: &[&str]) -> Vec<File> {
    let mut out = vec![];
    let mut todo: Vec<PathBuf> = directories.iter().map(|directory| project(directory)).collect();
    while let Some(directory) = todo.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("UTF-8");
                let path = path.strip_prefix(project("")).expect("below").to_string_lossy().into_owned();
                out.push(File { path, text });
            }
        }
    }
    out.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!out.is_empty());
    out
}

fn everything() -> Vec<File> {
    files(&["src", "tests", "benches"])
}

/// Fails with all that is wrong, told at once.
pub(crate) fn none_is_wrong(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// What is named after `root::`, also in `root::{a, b::c}`.
pub(crate) fn named<'c>(code: &'c str, root: &str) -> BTreeSet<&'c str> {
    let mut out = BTreeSet::new();
    let start = format!("{root}::");
    for (at, _) in code.match_indices(&start) {
        let own = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        let rest = &code[at + start.len()..];
        if own {
            continue;
        }
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut begin = 0;
            for (at, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    ',' | '}' if depth == 0 => {
                        out.insert(first_name(group[begin..at].trim()));
                        begin = at + 1;
                        if c == '}' {
                            break;
                        }
                    }
                    '}' => depth -= 1,
                    _ => {}
                }
            }
        } else {
            out.insert(first_name(rest));
        }
    }
    out.remove("");
    out
}

fn first_name(path: &str) -> &str {
    path.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default()
}

#[test]
fn groups_of_imports_are_taken_apart() {
    let names = |code| named(code, "crate").into_iter().collect::<Vec<_>>();
    assert_eq!(names("use crate::a::b; let x = crate::c(); othercrate::d"), ["a", "c"]);
    assert_eq!(names("use crate::{a::{x, y}, b, c::z};"), ["a", "b", "c"]);
}

/// The rows of a table of ARCHITECTURE.md: the names in the first cell, and those in the second.
pub(crate) fn table(first: &str, second: &str) -> Vec<(String, Vec<String>)> {
    let page = fs::read_to_string(project("ARCHITECTURE.md")).expect("a page");
    let head = format!("| {first} | {second} |");
    let ticked =
        |cell: &str| -> Vec<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let rows: Vec<(String, Vec<String>)> = page
        .lines()
        .skip_while(|line| *line != head)
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .flat_map(|row| {
            let cells: Vec<&str> = row.split('|').collect();
            let values = ticked(cells[2]);
            ticked(cells[1]).into_iter().map(|name| (name, values.clone())).collect::<Vec<_>>()
        })
        .collect();
    assert!(!rows.is_empty(), "ARCHITECTURE.md has no table with the head `{head}`");
    rows
}

#[test]
fn imports_point_one_way() {
    let knows: BTreeMap<String, Vec<String>> = table("module", "may import").into_iter().collect();
    let mut wrong = vec![];
    for file in files(&["src"]).iter().filter(|file| !file.is_test() && file.module() != "lib") {
        let module = if file.module() == "main" { "cli" } else { file.module() };
        let code = file.code();
        let Some(may) = knows.get(module) else {
            wrong.push(format!("{}: ARCHITECTURE.md does not say what `{module}` may import", file.path));
            continue;
        };
        for name in named(&code, "crate").into_iter().filter(|name| knows.contains_key(*name)) {
            if name != module && !may.iter().any(|other| other == name) {
                wrong.push(format!("{}: `{module}` may not import `{name}`", file.path));
            }
        }
        if module != "cli" && !named(&code, "premod").is_empty() {
            wrong.push(format!("{}: the library calls itself `crate`", file.path));
        }
    }
    none_is_wrong(&wrong);
}

#[test]
fn the_engine_reads_no_clock_and_does_no_io() {
    let forbidden = [
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "Instant",
        "SystemTime",
        "std::io",
        "thread::sleep",
    ];
    let mut wrong = vec![];
    for file in files(&["src/engine", "src/text", "src/platform"]).iter().filter(|file| !file.is_test()) {
        let code = file.code();
        wrong.extend(
            forbidden
                .iter()
                .filter(|what| code.contains(**what))
                .map(|what| format!("{}: {what}", file.path)),
        );
    }
    none_is_wrong(&wrong);
}

#[test]
fn every_file_says_what_it_is_and_is_short() {
    let mut wrong = vec![];
    for file in everything() {
        if !file.text.starts_with("//! ") {
            wrong.push(format!("{}: it does not open with `//!`", file.path));
        }
        let lines = file.text.lines().count();
        if lines > 500 {
            wrong.push(format!("{}: {lines} lines", file.path));
        }
    }
    none_is_wrong(&wrong);
}

#[test]
fn nothing_is_left_undone() {
    // put together here, so that this file does not find itself
    let undone = ["todo", "unimplemented", "dbg"].map(|name| format!("{name}!("));
    let marks = [("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("HA", "CK")]
        .map(|(mark, rest)| format!("// {mark}{rest}"));
    let ignored = format!("#[{}", "ignore");
    let mut wrong = vec![];
    for file in everything() {
        for (number, line) in file.text.lines().enumerate() {
            let is_undone = undone.iter().any(|what| line.contains(what.as_str()));
            if is_undone || marks.iter().any(|mark| line.contains(mark.as_str())) || line.contains(&ignored) {
                wrong.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
            }
        }
    }
    none_is_wrong(&wrong);
}

#[test]
fn nothing_is_unsafe() {
    let manifest = fs::read_to_string(project("Cargo.toml")).expect("a manifest");
    assert!(manifest.contains("unsafe_code = \"forbid\""), "the compiler forbids it");
    let word = format!("{}safe ", "un");
    let is_unsafe = |file: &&File| file.code().lines().any(|line| line.contains(&word) && line.contains('{'));
    let wrong: Vec<String> =
        files(&["src", "benches"]).iter().filter(is_unsafe).map(|file| file.path.clone()).collect();
    none_is_wrong(&wrong);
}

#[test]
fn the_list_of_checks_can_be_run() {
    let text = fs::read_to_string(project(".ci/run")).expect("the list of checks");
    assert!(text.starts_with("#!/usr/bin/env bash\n") && text.contains("set -euo pipefail"));
}
