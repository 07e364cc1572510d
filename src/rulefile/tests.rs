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

fn read(text: &str) -> (Documents, Diagnostics) {
    let sources = Sources::from_memory([
        ("a.yaml", text),
        ("lists/messengers.txt", "signal\n"),
        ("lists/more/names.txt", "x\n"),
    ]);
    let mut out = Diagnostics::default();
    (Documents::read(&sources, &mut out), out)
}

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
        let (_, out) = read(&text);
        let mut found = String::new();
        for one in out.sorted() {
            let (line, column) = one.place().unwrap();
            writeln!(found, "{line}:{column} {}", one.message).unwrap();
        }
        let expected = std::fs::read_to_string(path.with_extension("expected")).unwrap_or_default();
        assert_eq!(found, expected, "{}", path.display());
        assert!(out.has_errors(), "{}", path.display());
        assert!(!out.render(false).is_empty());
    }
}

#[test]
fn the_schema_and_the_reader_agree() {
    let schema = schema();
    let json = |text: &str| {
        let file = SourceFile::new("x", text);
        let node = yaml::parse(&mut Diagnostics::default().report(&file))?;
        (!node.is_null()).then(|| Json::from_node(&node).value.value())
    };
    for (path, text) in fixtures("good") {
        if let Some(value) = json(&text) {
            assert_eq!(violation(&schema, &schema, &value), None, "{}", path.display());
        }
    }
    for (path, text) in fixtures("bad") {
        if !text.starts_with("# A schema cannot see this.") {
            let value = json(&text).unwrap();
            assert!(violation(&schema, &schema, &value).is_some(), "{} is taken", path.display());
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

/// Why a value does not fit a schema, over the keywords that our schemas use.
pub(crate) fn violation(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    let Value::Object(keywords) = schema else {
        return (schema == &Value::Bool(false)).then(|| "nothing fits".to_owned());
    };
    keywords.iter().find_map(|(keyword, rule)| {
        let fits = |rule: &Value| violation(root, rule, value).is_none();
        let among = || rule.as_array().into_iter().flatten();
        let number = || value.as_f64().zip(rule.as_f64());
        let good = match keyword.as_str() {
            "$schema" | "title" | "description" | "$defs" | "format" => true,
            "$ref" => {
                let name = rule.as_str()?.strip_prefix("#/$defs/")?;
                return violation(root, &root["$defs"][name], value);
            }
            "type" => {
                let is = |name: &Value| match name.as_str() {
                    Some("integer") => value.is_i64() || value.is_u64(),
                    Some("number") => value.is_number(),
                    Some("string") => value.is_string(),
                    Some("boolean") => value.is_boolean(),
                    Some("array") => value.is_array(),
                    Some("object") => value.is_object(),
                    _ => false,
                };
                is(rule) || among().any(is)
            }
            "const" => rule == value,
            "enum" => among().any(|one| one == value),
            "anyOf" => among().any(fits),
            "oneOf" => among().filter(|rule| fits(rule)).count() == 1,
            "not" => !fits(rule),
            "required" => {
                among().all(|key| value.as_object().is_none_or(|v| v.contains_key(key.as_str().unwrap())))
            }
            "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap()),
            "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= rule.as_u64().unwrap()),
            "maxLength" => {
                value.as_str().is_none_or(|text| text.chars().count() as u64 <= rule.as_u64().unwrap())
            }
            "minimum" => number().is_none_or(|(value, least)| value >= least),
            "maximum" => number().is_none_or(|(value, most)| value <= most),
            "pattern" => {
                let pattern = regex::Regex::new(rule.as_str().unwrap()).unwrap();
                value.as_str().is_none_or(|text| pattern.is_match(text))
            }
            "items" => {
                return value.as_array()?.iter().find_map(|item| violation(root, rule, item));
            }
            "properties" => {
                return rule
                    .as_object()?
                    .iter()
                    .find_map(|(key, rule)| violation(root, rule, value.get(key)?));
            }
            "propertyNames" => {
                return value
                    .as_object()?
                    .keys()
                    .find_map(|key| violation(root, rule, &Value::String(key.clone())));
            }
            "additionalProperties" => {
                let known =
                    |key: &String| keywords.get("properties").is_some_and(|all| all.get(key).is_some());
                return value
                    .as_object()?
                    .iter()
                    .filter(|(key, _)| !known(key))
                    .find_map(|(_, value)| violation(root, rule, value));
            }
            unknown => panic!("the validator does not know {unknown}"),
        };
        (!good).then(|| format!("{value} is not {keyword} {rule}"))
    })
}
