//! An edited file says what it said and what was added, and nothing of it is lost.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::*;
use crate::rulefile::document::RuleFile;
use crate::rulefile::document::read_file;

/// All rule files that the project keeps, and some in other styles.
fn files() -> Vec<SourceFile> {
    let mut files = Vec::new();
    for directory in ["tests/data/rulefile/good", "tests/data/decisions/rules", "rules"] {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
        for entry in fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "yaml") && !path.ends_with("policy.yaml")
            {
                let text = fs::read_to_string(&path).expect("UTF-8");
                files.push(SourceFile::new(path.display().to_string(), text));
            }
        }
    }
    files.extend(STYLES.map(|text| SourceFile::new("style.yaml", text)));
    files
}

const STYLES: [&str; 6] = [
    "rules:\n- id: a\n  match: {words: [x]}  # after it\n  # below it\n- id: b\n  match:\n    words:\n    - x\n  except:\n    words:\n    - y # why\n\n    # next\n  tests:\n  - text: x\n    expect: annotate\n  - text: >\n      z\n    expect: none\n",
    "rules: [{id: a, match: {words: [x]}, except: {words: y}, tests: []}, {id: b, match: {words: [x]}}]",
    "rules:\n  - match:\n      regex: |\n        abc\n    id: a\n  - id: b\n    match: {words: [x,\n      y,\n    ]}\n    except: {words: [z,], list: [l.txt]}",
    "rules:\n  - id: a\n    except:\n      list: l.txt\n    match: {words: x}\n    tests: [\n      {text: x, expect: annotate},\n    ]\n",
    "rules:\r\n  - id: a\r\n    match: {words: [x]}\r\n    tests:\r\n      - {text: x, expect: annotate}\r\n",
    "rules:\n  - id: a\n    match: &m {words: [x]}\n  - id: b\n    match: *m",
];

/// What a node says, without places and quotes; a single entry is a list of one.
fn said(node: &Node) -> Json {
    match &node.value {
        Value::Scalar(scalar) => json!(scalar.text),
        Value::Seq(items) => items.iter().map(said).collect(),
        Value::Map(entries) => {
            let entry = |(key, node): &Entry| {
                let value = said(node);
                let list = key.text == "words" && value.is_string();
                (key.text.clone(), if list { json!([value]) } else { value })
            };
            Json::Object(entries.iter().map(entry).collect::<Map<_, _>>())
        }
    }
}

fn parsed(file: &SourceFile) -> Node {
    let mut out = Diagnostics::default();
    let node = yaml::parse(&mut out.report(file));
    assert!(!out.has_errors(), "{}\n{}", out.render(false), file.text);
    node.expect("a tree")
}

/// Edits a rule, and holds what the file says then against what it should say.
fn check(file: &SourceFile, rule: usize, addition: &Addition) -> Result<(), TestCaseError> {
    let mut expected = said(&parsed(file));
    let rule = &mut expected["rules"][rule];
    let id = rule["id"].as_str().expect("an id").to_owned();
    let text = match add(file, &id, addition) {
        Ok(text) => text,
        Err(error) => {
            prop_assert!(matches!(error, EditError::Shared(_) | EditError::Style(_)), "{error}");
            return Ok(());
        }
    };
    let mut extend = |path: &[&str], more: Vec<Json>| {
        let mut at = &mut *rule;
        for key in path {
            at = &mut at[*key];
        }
        let mut all = at.as_array().cloned().unwrap_or_default();
        all.extend(more);
        *at = Json::Array(all);
    };
    if !addition.except.is_empty() {
        extend(&["except", "words"], addition.except.iter().map(|entry| json!(entry)).collect());
    }
    if !addition.tests.is_empty() {
        let tests = addition.tests.iter().map(|test| {
            let file = SourceFile::new("test", test.as_str());
            said(&parsed(&file))
        });
        extend(&["tests"], tests.collect());
    }
    if let Some(when) = &addition.when {
        let old = rule["when"].as_str().map(|old| format!("({}) && {when}", old.trim()));
        rule["when"] = json!(old.unwrap_or_else(|| when.clone()));
    }
    let edited = SourceFile::new("edited", text.as_str());
    prop_assert_eq!(said(&parsed(&edited)), expected, "{}", text);
    let mut out = Diagnostics::default();
    prop_assert!(
        read_file::<RuleFile>(&edited, &mut out).is_some() && !out.has_errors(),
        "{}",
        out.render(false)
    );
    if addition.when.is_none() {
        let mut rest = text.chars();
        let kept = |c: char| c == '\n' || rest.any(|other| other == c);
        prop_assert!(file.text.chars().all(kept), "{text}");
    }
    Ok(())
}

proptest! {
    #[test]
    fn an_edited_file_says_what_it_said_and_more(
        pick in any::<prop::sample::Index>(),
        rule in any::<prop::sample::Index>(),
        except in prop::collection::vec("\\PC{1,12}|[a-z:#\\[\\]{},*&!|>'\"%@` ]{1,8}x", 0..3),
        texts in prop::collection::vec(any::<String>(), 0..3),
        when in prop::option::of(Just("sender.role != \"agent\"".to_owned())),
    ) {
        let files = files();
        let file = pick.get(&files);
        let Value::Seq(rules) = parsed(file).get("rules").map_or(Value::Seq(vec![]), |rules| rules.value.clone())
            else { return Ok(()) };
        if rules.is_empty() {
            return Ok(());
        }
        let tests = texts.iter().map(|text| format!("{{text: {}, expect: none}}", quoted(text))).collect();
        check(file, rule.index(rules.len()), &Addition { except, when, tests })?;
    }
}

#[test]
fn every_rule_of_every_file_can_be_edited() {
    let addition = Addition {
        except: vec!["a phrase".to_owned()],
        when: None,
        tests: vec!["{text: \"a phrase\", expect: none}".to_owned()],
    };
    let mut edited = 0;
    for file in files() {
        let root = parsed(&file);
        let Some(Value::Seq(rules)) = root.get("rules").map(|rules| &rules.value) else { continue };
        for (at, rule) in rules.iter().enumerate() {
            let id = &rule.get("id").and_then(Node::scalar).expect("an id").text;
            add(&file, id, &addition).unwrap_or_else(|error| panic!("{} {id}: {error}", file.path));
            check(&file, at, &addition).unwrap_or_else(|error| panic!("{} {id}: {error}", file.path));
            edited += 1;
        }
    }
    assert!(edited > 40, "{edited}");
}

#[test]
fn what_is_added_stands_where_people_would_put_it() {
    let addition = Addition {
        except: vec!["b".to_owned()],
        when: Some("c".to_owned()),
        tests: vec!["{text: d, expect: none}".to_owned()],
    };
    for (before, after) in [
        (
            "rules:\n  - id: a\n    match: {words: [x]} # why\n    # so\n    action: drop\n",
            "rules:\n  - id: a\n    match: {words: [x]} # why\n    except:\n      words: [\"b\"]\n    when: 'c'\n    # so\n    action: drop\n    tests:\n      - {text: d, expect: none}\n",
        ),
        (
            "rules:\n  - id: a\n    when: it\n    match: {words: [x]}\n    except:\n      words:\n        - y # why\n    tests:\n      - {text: x, expect: drop}\n\n  # next\n  - id: z\n",
            "rules:\n  - id: a\n    when: '(it) && c'\n    match: {words: [x]}\n    except:\n      words:\n        - y # why\n        - \"b\"\n    tests:\n      - {text: x, expect: drop}\n      - {text: d, expect: none}\n\n  # next\n  - id: z\n",
        ),
        (
            "rules: [{id: a, match: {words: [x]}, except: {words: y}}]",
            "rules: [{id: a, match: {words: [x]}, when: 'c', except: {words: [\"y\", \"b\"]}, tests: [{text: d, expect: none}]}]",
        ),
    ] {
        assert_eq!(add(&SourceFile::new("f", before), "a", &addition).as_deref(), Ok(after));
    }
}

#[test]
fn what_is_shared_or_odd_is_left_alone() {
    let except = Addition { except: vec!["b".to_owned()], ..Addition::default() };
    let when = Addition { when: Some("c".to_owned()), ..Addition::default() };
    for (text, addition, error) in [
        (
            "rules:\n  - id: a\n    match: {words: [x]}\n    except: &e {words: [y]}\n",
            &except,
            EditError::Shared("except"),
        ),
        (
            "rules:\n  - id: z\n    match: {words: &w [x]}\n  - id: a\n    match: {words: [x]}\n    except: {words: *w}\n",
            &except,
            EditError::Shared("except"),
        ),
        (
            "rules:\n  - id: a\n    match: {words: [x]}\n    when: >\n      true\n",
            &when,
            EditError::Style("when"),
        ),
        ("rules:\n  - id: b\n", &except, EditError::NoRule),
        ("rules: [", &except, EditError::NoRule),
    ] {
        assert_eq!(add(&SourceFile::new("f", text), "a", addition), Err(error), "{text}");
    }
}
