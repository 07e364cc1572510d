//! Rule files as people write them, good and bad, and what is said of them.
//!
//! To add a case, put a file into `tests/data/rulefile/good`, or one into `bad` with what is to be
//! said of it beside it, a line each: `line:column message`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::record::Json;
use super::*;

fn fixtures(folder: &str) -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/rulefile").join(folder);
    let mut found: Vec<(PathBuf, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()))
        .collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

fn sources(text: &str) -> Sources {
    Sources::from_memory([
        ("a.yaml", text),
        ("lists/messengers.txt", "signal\n"),
        ("lists/more/names.txt", "x\n"),
    ])
}

fn read(text: &str) -> (Documents, Diagnostics) {
    let mut out = Diagnostics::default();
    (Documents::read(&sources(text), &mut out), out)
}

/// What a fixture begins with that only the reader can refuse, and after it why.
const UNSEEN: &str = "# A schema cannot see this: ";

#[test]
fn good_files_are_read_without_a_word() {
    for (path, text) in fixtures("good") {
        let (documents, out) = read(&text);
        assert_eq!(out.to_string(), "", "{}", path.display());
        let begins = |line: &&str| line.starts_with("  - id: ") || line.starts_with("  - {id: ");
        let rules = text.lines().filter(begins).count();
        assert_eq!(documents.rules.len(), rules, "{}", path.display());
    }
}

#[test]
fn all_that_is_wrong_with_bad_files_is_told() {
    for (path, text) in fixtures("bad") {
        let mut out = Diagnostics::default();
        let compiled = compile(&sources(&text), &mut out);
        let mut found = String::new();
        for one in out.sorted() {
            let (line, column) = one.place().unwrap();
            writeln!(found, "{line}:{column} {}", one.message).unwrap();
        }
        let expected = std::fs::read_to_string(path.with_extension("expected")).unwrap_or_default();
        assert_eq!(found, expected, "{}", path.display());
        assert!(out.has_errors() && compiled.is_none(), "{}", path.display());
        assert!(!out.render(false).is_empty());
    }
}

#[test]
fn the_schema_takes_all_good_files_and_refuses_all_bad_ones() {
    let schema = Validator::new(&schema());
    let json = |text: &str| {
        let file = SourceFile::new("x", text);
        let node = yaml::parse(&mut Diagnostics::default().report(&file))?;
        (!node.is_null()).then(|| Json::from_node(&node).value.value())
    };
    for (path, text) in fixtures("good") {
        if let Some(value) = json(&text) {
            assert_eq!(schema.violation(&value), None, "{}", path.display());
        }
    }
    for (path, text) in fixtures("bad") {
        let unseen = text.lines().next().and_then(|line| line.strip_prefix(UNSEEN));
        match (unseen, json(&text)) {
            (None, Some(value)) => {
                assert!(schema.violation(&value).is_some(), "{} is taken", path.display());
            }
            (None, None) => panic!("{} is no YAML: say so in its first line", path.display()),
            // What a schema sees is not to be marked as what it cannot see.
            (Some(why), value) => {
                let found = value.and_then(|value| schema.violation(&value));
                assert!(why.ends_with('.') && found.is_none(), "{}: {found:?}", path.display());
            }
        }
    }
}

#[test]
fn the_second_of_two_ids_is_the_error_and_names_the_first() {
    let sources = Sources::from_memory([
        ("b/a.yaml", "rules:\n  - {id: x, when: 'true'}\n"),
        ("a.yaml", "rules:\n  - {id: y, when: 'true'}\n  - {id: x, when: 'true'}\n"),
    ]);
    let mut out = Diagnostics::default();
    assert_eq!(Documents::read(&sources, &mut out).rules.len(), 2);
    assert_eq!(out.to_string(), "b/a.yaml:2:10: error: the id `x` is taken: see a.yaml:3:10\n");
}

#[test]
fn the_policy_is_read() {
    let read = |text: &str| {
        let mut out = Diagnostics::default();
        let documents = Documents::read(&Sources::from_memory([("policy.yaml", text)]), &mut out);
        let score = documents.policy.and_then(|policy| policy.score);
        (score.map(|score| (score.flag, score.drop)), out.to_string())
    };
    assert_eq!(read("score: {flag: 5, drop: 10}\n"), (Some((Some(5), Some(10))), String::new()));
    assert_eq!(read("# nothing\n"), (None, String::new()));
    assert_eq!(read("score: {flag: 0}\n").1, "policy.yaml:1:15: error: a score to act on is at least 1\n");
    assert!(read("scores: {}\n").1.contains("did you mean `score`?"));
}

#[test]
fn a_test_sets_every_field_of_its_message() {
    let text = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/rulefile/good/tests.yaml"),
    );
    let (documents, _) = read(&text.unwrap());
    let tests = &documents.rules[0].rule.tests;
    let message = tests[0].value.message();
    let shown = format!("{message:?}");
    for value in [
        "u1",
        "Ann",
        "agent",
        "vip",
        "age",
        "g1",
        "group",
        "Room",
        "open",
        "public",
        "image",
        "17",
        "m-1",
        "p1",
        "\"t\"",
        "title",
        "a.png",
        "image/png",
        "12",
        "u2",
        "1772366400000",
        "customData.title",
        "u1_user_u2",
        "app1",
        "w1",
        "cometchat",
    ] {
        assert!(shown.contains(value), "{value} is missing in {shown}");
    }
    let default = tests[1].value.message();
    assert_eq!((&*default.sender.role, &*default.receiver.kind, default.text()), ("default", "user", ""));
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_the_readers(
        words in proptest::collection::vec(proptest::sample::select(vec![
            "rules:", "id:", "match:", "all:", "not:", "words:", "view:", "tests:", "metadata:", "auth:",
            "credentials:", "password:", "limits:", "- ", "\n", "\n  ", "\n    ", " ", "{", "}", "[", "]", ",", "a",
            "true", "5%", "'", "\"", "&a ", "*a", "! ", "|", "é", "#", "~",
        ]), 0..30)
    ) {
        let text = words.concat();
        let (_, out) = read(&text);
        let _ = (out.render(true), out.to_json(), out.to_string());
        let mut out = Diagnostics::default();
        let _ = crate::config::Config::read(&SourceFile::new("c", text), &mut out);
        let _ = out.render(false);
    }
}

/// A JSON Schema, as editors use it.
pub(crate) struct Validator {
    schemas: boon::Schemas,
    root: boon::SchemaIndex,
}

impl Validator {
    pub(crate) fn new(schema: &Value) -> Self {
        let place = "https://example.com/schema.json";
        let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
        compiler.add_resource(place, schema.clone()).unwrap();
        let root = compiler.compile(place, &mut schemas).unwrap_or_else(|error| panic!("{error:#}"));
        Validator { schemas, root }
    }

    /// Why a value does not fit.
    pub(crate) fn violation(&self, value: &Value) -> Option<String> {
        self.schemas.validate(value, self.root).err().map(|error| error.to_string())
    }
}
