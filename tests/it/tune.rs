//! `premod tune`: what it proposes, what it proves, what it writes, and when it says no.

use std::fs;
use std::sync::Arc;

use premod::decision::{Record, TextKept};
use premod::engine::state::{Limits, State};
use premod::engine::{Engine, Facts};
use premod::message::Message;
use premod::rulefile::{Diagnostics, Sources, compile};
use serde_json::{Value, json};

use crate::command::{Done, Place, project};
use crate::decisions::{RULES, WEEK, id, log, messages, sources};

/// What people read of a proposal, whole.
const TOLD: &str = include_str!("../data/decisions/tune.txt");

/// A place with the small log and a copy of its rules.
fn place() -> Place {
    let read = |path: &str| fs::read_to_string(project(path)).expect("a file");
    Place::new()
        .file("week.jsonl", &read(WEEK))
        .file("rules/rules.yaml", &read(&format!("{RULES}/rules.yaml")))
        .file("rules/lists/insults.txt", &read(&format!("{RULES}/lists/insults.txt")))
}

fn tune(place: &Place, marked: &[usize], args: &[&str]) -> Done {
    let ids: Vec<String> = marked.iter().map(|number| id(*number)).collect();
    let ids = ids.iter().map(String::as_str);
    let all: Vec<&str> = ["tune", "week.jsonl", "--false-alarm"].into_iter().chain(ids).collect();
    place.premod(&[&all[..], args].concat())
}

/// What is proposed for each rule.
fn proposed(place: &Place, marked: &[usize], args: &[&str]) -> Vec<Value> {
    let done = tune(place, marked, &[args, &["--json"]].concat()).expect(0);
    let rules = done.json()["rules"].as_array().expect("rules").clone();
    rules.iter().map(|rule| json!([rule["rule"], rule["change"]])).collect()
}

#[test]
fn the_narrowest_exception_is_proposed() {
    let place = place();
    let except = |rule: &str, words: &[&str]| json!([rule, {"except": words}]);
    for (marked, expected) in [
        (&[4, 12, 18][..], except("insult", &["donkey sanctuary"])),
        // what would excuse unmarked ones, too, is too wide
        (&[12], except("insult", &["at the donkey sanctuary"])),
        (&[5], except("insult", &["rode a donkey"])),
        (&[14], except("insult", &["ox pulls"])),
        (&[16], except("contact.messenger", &["+44 20 7946 0958"])),
        (&[9, 10], except("contact.messenger", &["weak signal", "signal is weak"])),
    ] {
        assert_eq!(proposed(&place, marked, &[]), [expected], "{marked:?}");
    }
    // shadow rules only where they are named
    let named = proposed(&place, &[4], &["--rule", "names.any"]);
    assert_eq!(named, [except("names.any", &["donkey sanctuary opens"])]);
    // what is said so often that it would excuse nearly all is no exception
    for number in [11, 23] {
        let rule = ["--rule", if number == 11 { "names.any" } else { "insult" }];
        let done = tune(&place, &[number], &rule).expect(1);
        assert!(done.stdout.contains("no edit: no phrase of more than a common word"), "{done:?}");
    }
}

#[test]
fn nothing_is_written_unless_it_is_asked_for() {
    let place = place();
    let done = tune(&place, &[4, 12, 18], &[]).expect(0);
    if std::env::var_os("PREMOD_WRITE_DATA").is_some() {
        fs::write(project("tests/data/decisions/tune.txt"), &done.stdout).expect("written");
    }
    assert_eq!(done.stdout, TOLD);
    let rules = fs::read_to_string(place.path().join("rules/rules.yaml")).unwrap();
    assert_eq!(rules, fs::read_to_string(project(RULES).join("rules.yaml")).unwrap());
}

/// The rules that are enforced and fire on each message of the log.
fn enforced(rules: &Sources) -> Vec<Vec<String>> {
    let mut out = Diagnostics::default();
    let compiled = compile(rules, &mut out).unwrap_or_else(|| panic!("{:?}", out.sorted()));
    let engine = Engine::new(Arc::new(compiled.rules), Arc::new(State::new(Limits::default())));
    let fired = |message: &Message<'_>| {
        let decision = engine.judge(message, &Facts::new());
        let fired = decision.fired.iter().filter(|fired| fired.enforced);
        fired.map(|fired| engine.rules().rules()[fired.rule].id.clone()).collect()
    };
    messages().iter().map(fired).collect()
}

#[test]
fn what_is_written_changes_the_false_alarms_and_nothing_else() {
    let place = place();
    let marked = [4, 12, 18];
    let done = tune(&place, &marked, &["--write"]).expect(0);
    assert!(done.stdout.ends_with("written\n"), "{done:?}");
    let mut out = Diagnostics::default();
    let after = enforced(&Sources::read(&place.path().join("rules"), &mut out));
    let mut expected = enforced(&sources(RULES));
    for number in marked {
        expected[number].retain(|rule| rule != "insult");
    }
    assert_eq!(after, expected);
    // the file is sound, its tests pass, two are new, and all that was in it is
    place.premod(&["check", "--strict"]).expect(0);
    assert_eq!(place.premod(&["test"]).expect(0).stdout, "5 passed, 0 failed\n");
    let old = fs::read_to_string(project(RULES).join("rules.yaml")).unwrap();
    let new = fs::read_to_string(place.path().join("rules/rules.yaml")).unwrap();
    let mut lines = new.lines();
    assert!(old.lines().all(|line| lines.any(|other| other == line)), "{new}");
    assert_eq!(new.lines().count(), old.lines().count() + 4);
    assert!(fs::read_dir(place.path().join("rules")).unwrap().count() == 2, "nothing is left beside it");
    // there is nothing left to tune
    let again = tune(&place, &marked, &[]).expect(1);
    assert!(again.stdout.contains("it does not fire on 01a00000-0000-7000-8000-000000000004"), "{again:?}");
}

#[test]
fn what_cannot_be_told_apart_is_refused_with_the_reason() {
    let place = place();
    let mut twins = messages();
    let mut twin = twins[4].clone();
    twin.muid = "twin".into();
    twins.push(twin);
    let place = place.file("twins.jsonl", &log(&sources(RULES), &twins, TextKept::Full));
    let kept = |kept| log(&sources(RULES), &messages(), kept);
    let place = place.file("masked.jsonl", &kept(TextKept::Masked)).file("none.jsonl", &kept(TextKept::None));
    let refused = |log: &str, marked: &str, args: &[&str], code: i32| {
        let done = place.premod(&[&["tune", log, "--false-alarm", marked], args].concat()).expect(code);
        done.stdout + &done.stderr
    };
    for (log, marked, args, why) in [
        ("twins.jsonl", id(4), &[][..], "say the same, and only one is marked"),
        ("masked.jsonl", id(4), &[], "its text was not kept in full"),
        ("none.jsonl", id(4), &[], "its text was not kept in full"),
        ("week.jsonl", "nonsense".to_owned(), &[], "decision nonsense is not in the log"),
        (
            "week.jsonl",
            id(0),
            &[],
            "no enforced rule with `drop` or `flag` fired; name one of those that did with --rule: greeting (annotate, enforce)",
        ),
        ("week.jsonl", id(25), &[], "no enforced rule with `drop` or `flag` fired: none did"),
        ("week.jsonl", id(4), &["--rule", "greeting"], "those that did: insult (drop, enforce)"),
    ] {
        let told = refused(log, &marked, args, 1);
        assert!(told.contains(why), "{why:?} is not in {told:?}");
    }
    // both twins together can be excused
    let both = format!("{},{}", id(4), id(26));
    assert!(refused("twins.jsonl", &both, &[], 0).contains("donkey sanctuary"));
    let none = place.premod(&["tune", "week.jsonl", "--false-alarm", &id(4), "--rules", "nowhere"]);
    assert_eq!(none.code, Some(78), "{none:?}");
    assert_eq!(place.premod(&["tune", "gone.jsonl", "--false-alarm", &id(4)]).code, Some(74));
}

#[test]
fn rules_that_are_gone_or_off_are_refused() {
    for rules in ["rules: []", "rules: [{id: insult, match: {words: [other]}}]"] {
        let place = place().file("rules/rules.yaml", rules);
        let done = tune(&place, &[4], &["--write"]).expect(1);
        assert!(done.stdout.contains("insult: no edit: "), "{done:?}");
        assert!(done.stderr.contains("nothing is written"), "{done:?}");
        assert_eq!(fs::read_to_string(place.path().join("rules/rules.yaml")).unwrap(), rules);
    }
}

const FIELDS: &str = "\
rules:
  - id: all
    when: size(message.text) > 5
    action: drop
  - id: word
    match: {words: [heron]}
    when: rate(sender.uid, duration(\"1h\")) > 1 && sender.role != \"bot\"
    action: flag
";

/// A message of some sender in some role to a group or a person.
fn sent(number: i64, text: &'static str, role: &'static str, group: bool) -> Message<'static> {
    let mut message = Message::from_text(text);
    message.muid = number.to_string().into();
    message.sent_at = 1_000 * number;
    message.sender.uid = "one".into();
    message.sender.role = role.into();
    if group {
        message.receiver.kind = "group".into();
    }
    message
}

#[test]
fn where_no_phrase_can_tell_a_condition_may() {
    let messages = [
        sent(1, "the first", "agent", false),
        sent(2, "a heron", "default", false),
        sent(3, "the heron here", "default", false),
        sent(4, "heron", "agent", true),
        sent(5, "heron again", "default", true),
    ];
    let place = Place::new().file("rules/a.yaml", FIELDS);
    let mut out = Diagnostics::default();
    let rules = Sources::read(&place.path().join("rules"), &mut out);
    let place = place.file("week.jsonl", &log(&rules, &messages, TextKept::Full));
    // a rule without patterns: by a field
    let when = json!(["all", {"when": "sender.role != \"agent\""}]);
    assert_eq!(proposed(&place, &[0], &["--rule", "all"]), [when]);
    // the role does not tell these apart, nor does anything else
    let done = tune(&place, &[1], &["--rule", "all"]).expect(1);
    assert!(done.stdout.contains("no patterns of its own"), "{done:?}");
    // a condition that counts what came before can't be tried on one message, and nothing stands beside
    // the word
    tune(&place, &[3], &["--rule", "word", "--write"]).expect(1);
    // but with words there is something to tell by
    let except = json!(["word", {"except": ["heron again"]}]);
    assert_eq!(proposed(&place, &[4], &["--rule", "word"]), [except]);
    let done = tune(&place, &[4], &["--rule", "word", "--write"]).expect(0);
    assert!(done.stdout.contains("judged by its patterns alone"), "{done:?}");
    place.premod(&["test"]).expect(0);
}

#[test]
fn records_give_back_the_message_that_was_judged() {
    let week = fs::read_to_string(project(WEEK)).unwrap();
    for (line, message) in week.lines().zip(messages()) {
        let record: Record<'static> = serde_json::from_str(line).expect("a record");
        let back = record.message.expect("a message");
        assert_eq!(format!("{:?}", back.to_message()), format!("{message:?}"));
    }
}
