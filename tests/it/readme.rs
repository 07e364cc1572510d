//! README.md as its readers use it: its commands are run, and what it shows is what comes.
//!
//! A block of `sh` whose commands ask a running server (`curl`) or run a command of premod is run by a
//! shell in a copy of the project, against a server of its own on a free port. A block of `json` right
//! after it is the answer to expect; one of `text` or `console` has to be part of the output, line by
//! line, where `…` stands for anything. A block of `yaml` that is introduced with the name of a
//! file of `rules/` is written to that file. What serves, measures or leaves this machine is not run.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::command::{Done, Place, Serving, project, run};

/// Where README says that the server is.
const SHOWN: &str = "127.0.0.1:8080";
/// How README runs premod.
const CARGO: &str = "cargo run --release -- ";

#[derive(Debug)]
struct Block {
    /// The line it begins at, from 1.
    line: usize,
    language: String,
    text: String,
    /// The last text before it.
    before: String,
}

/// The fenced blocks of a page, those in lists too.
fn blocks(page: &str) -> Vec<Block> {
    let mut out: Vec<Block> = vec![];
    let mut before = String::new();
    let mut open: Option<(usize, Block)> = None;
    for (number, line) in page.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (None, Some(language)) => {
                let block = Block {
                    line: number + 1,
                    language: language.to_owned(),
                    text: String::new(),
                    before: std::mem::take(&mut before),
                };
                open = Some((indent, block));
            }
            (None, None) if line.trim().is_empty() => {}
            (None, None) => line.clone_into(&mut before),
            (Some(_), Some("")) => out.extend(open.take().map(|(_, block)| block)),
            (Some((indent, block)), _) => {
                block.text.push_str(line.get(*indent..).unwrap_or_default());
                block.text.push('\n');
            }
        }
    }
    assert!(open.is_none(), "a block is not closed");
    out
}

/// Whether a block can be run here: it asks the server, or is a command of premod that ends.
fn is_run(block: &Block) -> bool {
    let runs = |word: &str| block.text.contains(word);
    let leaves = runs("https://") || runs("<your");
    let lasts = ["serve", "bench"].iter().any(|command| runs(&format!("{CARGO}{command}")));
    block.language == "sh" && !leaves && !lasts && (runs("curl ") || runs(CARGO))
}

/// Copies what README's commands read.
fn copied() -> Place {
    let place = Place::new();
    for directory in ["rules", "tests/data/cometchat"] {
        copy(&project(directory), &place.path().join(directory));
    }
    place
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let path = entry.expect("an entry").path();
        let to = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).expect("a copy");
        }
    }
}

fn shell(place: &Place, serving: &Serving, text: &str) -> Done {
    let script = text
        .replace(SHOWN, &serving.addr.to_string())
        .replace("127.0.0.1:8081", &serving.admin.to_string())
        .replace(CARGO, "premod ");
    let binary = Path::new(env!("CARGO_BIN_EXE_premod")).parent().expect("a directory");
    let path = std::env::join_paths(
        [binary.to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let mut command = Command::new("sh");
    command.args(["-eu", "-c", &script]).current_dir(place.path()).env("PATH", path.expect("a path"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PREMOD_")) {
        command.env_remove(name);
    }
    run(command, b"")
}

/// Whether a line of output is the one that is shown, `…` standing for anything.
fn is_shown(shown: &str, line: &str) -> bool {
    let (shown, mut rest) = (shown.trim(), line.trim());
    let mut parts = shown.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(after) = rest.strip_prefix(first) else { return false };
    rest = after;
    let mut open = false;
    for part in parts {
        open = part.is_empty();
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    open || rest.is_empty()
}

/// What is wrong with the output of a block, by the block that shows it.
fn difference(done: &Done, shown: &Block) -> Option<String> {
    if shown.language == "json" {
        let parse = |text: &str| serde_json::from_str::<Value>(text).ok();
        return (parse(&done.stdout).is_none() || parse(&done.stdout) != parse(&shown.text))
            .then(|| format!("shown {}came  {}", shown.text, done.stdout));
    }
    let mut lines = done.stdout.lines();
    shown
        .text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .find(|shown| !lines.any(|line| is_shown(shown, line)))
        .map(|missing| format!("{missing:?} is not, in this order, in\n{}{}", done.stdout, done.stderr))
}

/// Runs a page's blocks in order: how many were run, how many had something to compare, and what
/// is wrong.
fn followed(page: &str) -> (usize, usize, Vec<String>) {
    let place = copied();
    let serving = Serving::start(place.path(), &[]);
    let blocks = blocks(page);
    let (mut ran, mut compared, mut wrong) = (0, 0, vec![]);
    for (at, block) in blocks.iter().enumerate() {
        if block.language == "yaml" {
            let named =
                block.before.split('`').rev().skip(1).step_by(2).find(|name| name.starts_with("rules/"));
            if let Some(name) = named {
                fs::write(place.path().join(name), &block.text).expect("a file");
            }
        }
        if !is_run(block) {
            continue;
        }
        ran += 1;
        let done = shell(&place, &serving, &block.text);
        if done.code != Some(0) {
            wrong.push(format!("README.md:{}: {done:?}", block.line));
        }
        let next = blocks.get(at + 1).filter(|next| ["json", "text", "console"].contains(&&*next.language));
        if let Some(shown) = next {
            compared += 1;
            wrong.extend(difference(&done, shown).map(|what| format!("README.md:{}: {what}", shown.line)));
        }
    }
    (ran, compared, wrong)
}

#[test]
fn every_command_does_what_is_shown() {
    if run(Command::new("curl"), b"").code != Some(2) {
        println!("skipped: there is no curl");
        return;
    }
    let page = fs::read_to_string(project("README.md")).expect("a page");
    let (ran, compared, wrong) = followed(&page);
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(ran >= 4 && compared >= 4, "{ran} blocks run, {compared} compared");
}

#[test]
fn a_page_that_shows_something_else_is_caught() {
    let command = "```sh\ncargo run --release -- explain --text 'see you'\n```\n\n";
    let (_, _, right) = followed(&format!("{command}```text\nmatches\n…\nanswer   {{}}\n```\n"));
    assert!(right.is_empty(), "{right:?}");
    for shown in
        ["```text\nmatches\nanswer   {1}\n```\n", "```json\n{}\n```\n", "```text\nanswer   {}\nviews\n```\n"]
    {
        let (ran, compared, wrong) = followed(&format!("{command}{shown}"));
        assert_eq!((ran, compared, wrong.len()), (1, 1, 1), "{wrong:?}");
    }
    let (ran, _, wrong) = followed("```sh\ncargo run --release -- chekc\n```\n");
    assert_eq!((ran, wrong.len()), (1, 1));
}

#[test]
fn lines_are_compared_with_gaps() {
    for (shown, line) in
        [("a b", "a b"), ("  a", "a"), ("a … c", "a b c"), ("…", "x"), ("a…", "abc"), ("…c", "abc")]
    {
        assert!(is_shown(shown, line), "{shown:?} {line:?}");
    }
    for (shown, line) in [("a", "ab"), ("a…c", "abd"), ("b…", "ab"), ("…b", "abc")] {
        assert!(!is_shown(shown, line), "{shown:?} {line:?}");
    }
}
