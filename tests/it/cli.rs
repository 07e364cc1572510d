//! The commands as their users meet them: what they print, where, and the exit code.

use serde_json::{Value, json};

use crate::command::{Done, Place, project};

/// Five mistakes of five kinds.
const MISTAKES: &str = include_str!("../data/rulefile/bad/five-at-once.yaml");
/// The lines they stand on.
const MISTAKEN: [u64; 5] = [4, 6, 7, 9, 10];

/// One rule that drops one word.
const RULES: &str =
    "rules:\n  - {id: r, match: {words: [heron]}, action: drop, tests: [{text: a heron, expect: drop}]}\n";

const ODD: &str = r#"rules:
  - id: odd.words
    match:
      words: ["\u200b", spam, Spam]
      list: birds.txt
  - id: odd.regex
    match: {regex: "[a-z]+x?"}
  - id: odd.never
    match: {words: [never]}
    when: false
"#;

fn good() -> Place {
    Place::new().file("rules/a.yaml", RULES)
}

fn odd() -> Place {
    Place::new()
        .file("rules/odd.yaml", ODD)
        .file("rules/lists/birds.txt", "# birds\nheron\ncr\u{ad}ane\nheron\n")
}

/// Whether all of it is said to people, on standard error.
fn told(done: &Done, words: &[&str]) {
    for word in words {
        assert!(done.stderr.contains(word), "{word:?} is not in {done:?}");
    }
}

#[test]
fn every_mistake_is_told_at_its_line() {
    let place = Place::new().file("rules/bad.yaml", MISTAKES);
    let found = place.premod(&["check", "--json"]).expect(78).json();
    let lines: Vec<u64> =
        found["found"].as_array().unwrap().iter().map(|one| one["line"].as_u64().unwrap()).collect();
    assert_eq!((lines, &found["ok"], &found["errors"]), (MISTAKEN.to_vec(), &json!(false), &json!(5)));
    // every command that needs rules tells them, before it does anything else
    for args in [
        &["check"][..],
        &["test"],
        &["explain", "--text", "hello"],
        &["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"],
    ] {
        let done = place.premod(args).expect(78);
        for line in MISTAKEN {
            told(&done, &[&format!("rules/bad.yaml:{line}:")]);
        }
        assert_eq!(done.stderr.matches("error: ").count(), 5, "{args:?}: {done:?}");
        assert!(!done.stderr.contains("serving"), "{done:?}");
    }
}

#[test]
fn mistakes_of_several_files_are_told_together() {
    let place =
        good().file("rules/b.yaml", "rules: [{id: b, wat: 1}]").file("rules/sub/c.yaml", "rules: [{]");
    told(&place.premod(&["check"]).expect(78), &["rules/b.yaml:1:", "rules/sub/c.yaml:1:"]);
}

#[test]
fn what_is_odd_is_a_warning_unless_checked_strictly() {
    let place = odd();
    let done = place.premod(&["check"]).expect(0);
    told(
        &done,
        &[
            "rules/odd.yaml:4:",
            "invisible character U+200B",
            "nothing is left",
            "is in this pattern set already",
            "rules/odd.yaml:7:",
            "runs on every message",
            "rules/odd.yaml:10:",
            "can never fire",
            "rules/lists/birds.txt:3:",
            "invisible character U+00AD",
            "rules/lists/birds.txt:4:",
        ],
    );
    assert!(!done.stderr.contains("error: "), "{done:?}");
    assert!(done.stdout.contains("3 rules, 0 errors, "), "{done:?}");
    let found = place.premod(&["check", "--json"]).expect(0).json();
    assert_eq!((&found["ok"], &found["rules"]), (&json!(true), &json!(3)));
    assert!(found["found"].as_array().unwrap().iter().all(|one| one["severity"] == "warning"));
    assert_eq!(place.premod(&["check", "--json", "--strict"]).expect(78).json()["ok"], json!(false));
    good().premod(&["check", "--strict"]).expect(0);
}

#[test]
fn the_tests_of_rules_are_counted_and_failures_shown() {
    let done = good().premod(&["test"]).expect(0);
    assert_eq!(done.stdout, "1 passed, 0 failed\n");
    let rules = "rules:\n  - id: birds\n    match: {words: [heron]}\n    action: flag\n    tests:\n      \
                 - {text: a heron, expect: flag}\n      - {text: a crane, expect: drop}\n";
    let place = Place::new().file("rules/birds.yaml", rules);
    let done = place.premod(&["test"]).expect(1);
    for shown in ["rules/birds.yaml:7", "birds: ", "a crane", "expected drop", "got none"] {
        assert!(done.stdout.contains(shown), "{shown:?} is not in {done:?}");
    }
    assert!(done.stdout.ends_with("1 passed, 1 failed\n"), "{done:?}");
    let results = place.premod(&["test", "--json"]).expect(1).json();
    assert_eq!((&results["passed"], results["failures"].as_array().map(Vec::len)), (&json!(1), Some(1)));
    let failure = &results["failures"][0];
    let fields = ["rule", "text", "expected", "got"].map(|key| failure[key].as_str().unwrap());
    assert_eq!((fields, &failure["line"]), (["birds", "a crane", "drop", "none"], &json!(7)));
}

#[test]
fn the_example_of_the_rule_language_is_flawless() {
    let rules = project("tests/data/rules-example");
    let rules = ["--rules", rules.to_str().unwrap()];
    let place = Place::new();
    place.premod(&[&rules[..], &["check", "--strict"]].concat()).expect(0);
    let done = place.premod(&[&rules[..], &["test"]].concat()).expect(0);
    assert_eq!(done.stdout, "3 passed, 0 failed\n");
}

#[test]
fn a_text_is_explained() {
    let place = Place::new();
    let rules = project("tests/data/rules-example");
    let rules = rules.to_str().unwrap();
    let text = "text me on Ｗｈａｔｓａｐｐ";
    let done = place.premod(&["--rules", rules, "explain", "--text", text]).expect(0);
    for shown in
        ["views", "folded", "contact.off-platform", "Keep first contacts on the platform", "flag", "********"]
    {
        assert!(done.stdout.contains(shown), "{shown:?} is not in {done:?}");
    }
    assert!(!done.stdout.contains('\u{1b}'), "no colour where nobody looks: {done:?}");
    let told = place.premod(&["--rules", rules, "explain", "--json", "--text", text]).expect(0).json();
    assert_eq!(told["outcome"], "judged");
    assert_eq!(told["verdict"]["action"], "flag");
    assert_eq!(told["answer"]["masked_text"], "text me on ********");
    assert_eq!(told["answer"]["labels"], json!(["contact"]));
    assert_eq!(
        (&told["matches"][0]["range"], &told["matches"][0]["part"]),
        (&json!({"start": 11, "end": 35}), &json!("text"))
    );
    assert_eq!(
        (&told["rules"][0]["rule"], &told["rules"][0]["fired"]),
        (&json!("contact.off-platform"), &json!(true))
    );
    assert!(
        told["revision"].is_string() && told["disguise"].is_array() && told["counters"].is_array(),
        "{told}"
    );
    assert!(told["views"].as_array().is_some_and(|views| !views.is_empty()), "{told}");
}

#[test]
fn a_body_is_explained_as_the_server_reads_it() {
    let place = good();
    let body =
        |text: &str| json!({"trigger": "before_message", "data": {"data": {"text": text}}}).to_string();
    let answer = |done: Done| done.expect(0).json()["answer"].clone();
    let (drop, pass) = (json!({"action": "do_not_propagate"}), json!({}));
    for (text, expected) in [("a h e r o n", &drop), ("a duck", &pass)] {
        let place = good().file("body.json", &body(text));
        assert_eq!(&answer(place.premod(&["explain", "--json", "body.json"])), expected, "{text}");
        let told = place.premod_told(&["explain", "--json", "-"], body(text).as_bytes());
        assert_eq!(&answer(told), expected, "{text}");
    }
    // what is no body is a text
    assert_eq!(answer(place.premod_told(&["explain", "--json", "-"], b"a heron\n")), drop);
    assert_eq!(answer(place.premod_told(&["explain", "--json", "-"], b"")), pass);
}

#[test]
fn an_event_is_no_message_to_explain() {
    let done = good().premod_told(&["explain", "-"], br#"{"trigger":"message_sent","data":{}}"#).expect(1);
    told(&done, &["event"]);
    assert_eq!(done.stdout, "");
}

#[test]
fn a_broken_body_is_answered_by_policy() {
    for (policy, answer) in [("drop", json!({"action": "do_not_propagate"})), ("pass", json!({}))] {
        let place = good().file("premod.yaml", &format!("on_unscannable: {policy}\n"));
        for body in
            [r#"{"trigger":"before_message","data":{"#, r#"{"trigger":"before_message","data":{},"data":{}}"#]
        {
            let told = place.premod_told(&["explain", "--json", "-"], body.as_bytes()).expect(0).json();
            assert_eq!(told["answer"], answer, "{policy}: {body}");
            assert!(told["outcome"].as_str().unwrap().starts_with("unscannable"), "{told}");
        }
        let done = place.premod_told(&["explain", "-"], b"{").expect(0);
        assert!(done.stdout.contains("unscannable: json"), "{done:?}");
    }
}

#[test]
fn schemas_are_json() {
    let place = Place::new();
    for (of, keys) in
        [("rules", &["rules"][..]), ("policy", &["score"]), ("config", &["listen", "auth", "on_unscannable"])]
    {
        let schema: Value = place.premod(&["schema", of]).expect(0).json();
        assert!(
            schema["$schema"].as_str().is_some_and(|url| url.starts_with("https://json-schema.org/")),
            "{of}"
        );
        let top = schema["$ref"].as_str().and_then(|to| schema.pointer(to.trim_start_matches('#')));
        let top = top.unwrap_or(&schema);
        for key in keys {
            assert!(top["properties"].get(key).is_some(), "{of} has no {key}");
        }
    }
    place.premod(&["schema"]).expect(0).json();
}

#[test]
fn a_wrong_command_line_is_usage() {
    let place = good();
    for args in [
        &["check", "--bogus"][..],
        &["wat"],
        &[],
        &["explain"],
        &["explain", "--text", "x", "file"],
        &["schema", "x"],
        &["serve", "--listen", "x"],
    ] {
        let done = place.premod(args).expect(2);
        assert!(!done.stderr.is_empty() && done.stdout.is_empty(), "{args:?}: {done:?}");
    }
    for args in [&["--help"][..], &["serve", "--help"], &["--version"]] {
        assert!(!place.premod(args).expect(0).stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn what_is_not_there_is_named() {
    let place = Place::new();
    for args in [&["check"][..], &["test"], &["serve"], &["explain", "--text", "x"]] {
        told(&place.premod(&[&["--rules", "nowhere"], args].concat()).expect(78), &["nowhere"]);
        told(&place.premod(args).expect(78), &["rules"]);
    }
    told(&good().premod(&["--config", "nowhere.yaml", "check"]).expect(78), &["nowhere.yaml"]);
    told(&good().premod(&["explain", "nowhere.json"]).expect(74), &["nowhere.json"]);
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let done = good().premod(&["serve", "--listen", &addr, "--admin-listen", "127.0.0.1:0"]).expect(74);
    told(&done, &[&addr]);
}

#[test]
fn an_unknown_setting_is_told_with_its_place() {
    let place = good().file("premod.yaml", "listen: 127.0.0.1:0\nlimits:\n  bodyy: 1KiB\n");
    for args in [&["check"][..], &["serve"]] {
        told(&place.premod(args).expect(78), &["premod.yaml:3:3", "unknown key `bodyy`", "`body`"]);
    }
}

#[test]
fn nobody_is_served_without_a_credential_but_this_machine() {
    let done = good().premod(&["serve", "--listen", "0.0.0.0:0", "--admin-listen", "127.0.0.1:0"]).expect(78);
    told(&done, &["0.0.0.0:0", "credentials"]);
}

#[test]
fn a_password_is_never_shown() {
    let secret = "xyzzy-plugh-0123456789";
    let shown = |done: &Done| done.stdout.contains(secret) || done.stderr.contains(secret);
    for yaml in [
        format!("auth:\n  credentials:\n    - {{username: a, password: {secret}, wat: 1}}\n"),
        format!("auth:\n  credentials:\n    - {{username: a, passwort: {secret}}}\n"),
        format!("auth: {{credentials: [{{username: 'a:b', password: {secret}}}]}}\n"),
        format!("auth: {{password: {secret}}}\n"),
    ] {
        let place = good().file("premod.yaml", &yaml);
        for args in [&["check"][..], &["serve"]] {
            let done = place.premod(args).expect(78);
            assert!(!shown(&done), "{yaml}: {done:?}");
        }
    }
}

#[test]
fn as_many_findings_as_lines_are_told_with_their_places() {
    let place = Place::new()
        .file("rules/a.yaml", "rules: [{id: a, match: {list: many.txt}}]\n")
        .file("rules/lists/many.txt", &"heron\n".repeat(20_000));
    let found = place.premod(&["check", "--json"]).expect(0).json();
    let found = found["found"].as_array().unwrap();
    assert_eq!((found.len(), &found[19_998]["line"]), (19_999, &json!(20_000)));
}
