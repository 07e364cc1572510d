//! `premod stats`: what it tells of a small log, and of logs that are odd.

use std::fs;

use serde_json::{Value, json};

use crate::command::{Done, Place, project};
use crate::decisions::{RULES, WEEK};

/// What people read of the small log, whole.
const TOLD: &str = include_str!("../data/decisions/stats.txt");

fn stats(place: &Place, args: &[&str]) -> Done {
    let (rules, week) = (project(RULES), project(WEEK));
    let paths = ["stats", week.to_str().unwrap(), "--rules", rules.to_str().unwrap()];
    place.premod(&[&paths[..], args].concat())
}

#[test]
fn the_small_log_is_told() {
    let done = stats(&Place::new(), &[]).expect(0);
    if std::env::var_os("PREMOD_WRITE_DATA").is_some() {
        fs::write(project("tests/data/decisions/stats.txt"), &done.stdout).expect("written");
    }
    assert_eq!(done.stdout, TOLD);
    assert_eq!(done.stderr, "");
}

#[test]
fn all_figures_are_there_as_json() {
    let report = stats(&Place::new(), &["--json", "--noisy", "30%"]).expect(0).json();
    let figures = ["decisions", "judged", "actions", "outcomes", "silent", "noisy"].map(|key| &report[key]);
    assert_eq!(
        json!(figures),
        json!([
            26, 26, {"annotate": 7, "drop": 10, "flag": 8, "none": 1}, {"judged": 26}, ["silent.rule"],
            ["names.any", "insult", "contact.messenger"]
        ])
    );
    let rule = |id: &str| {
        let rules = report["rules"].as_array().unwrap().iter();
        rules.clone().find(|rule| rule["id"] == id).cloned().unwrap_or_else(|| panic!("{id}"))
    };
    let names = rule("names.any");
    assert_eq!((&names["hits"], &names["shadow"], &names["gone"]), (&json!(11), &json!(11), &json!(false)));
    assert_eq!(names["with"][0], json!({"id": "insult", "count": 10, "share": 0.909_091}));
    let contact = rule("contact.messenger");
    assert_eq!(contact["words"][0], json!({"what": "signal", "count": 3}));
    // one message that says it three times is one
    assert_eq!(rule("insult")["words"][0], json!({"what": "donkey", "count": 6}));
    assert_eq!(contact["share"], json!(0.307_692));
    let never = json!([
        {"rule": "contact.messenger", "of": 5, "patterns": ["wechat"]},
        {"rule": "insult", "of": 5, "patterns": ["nincompoop"]},
        {"rule": "names.any", "of": 6, "patterns": ["nincompoop"]},
    ]);
    assert_eq!(report["never"], never);
    let covered =
        json!([{"rule": "insult", "hits": 10, "by": "names.any", "by_hits": 11, "as_strong": false}]);
    assert_eq!(report["covered"], covered);
    assert_eq!((&report["engine_us"]["p50"], &report["engine_us"]["max"]), (&json!(2.7), &json!(4.0)));
}

#[test]
fn without_rules_what_never_fired_is_not_told() {
    let week = project(WEEK);
    let done = Place::new().premod(&["stats", "--json", week.to_str().unwrap()]).expect(0);
    let report = done.json();
    assert_eq!((&report["silent"], &report["never"]), (&Value::Null, &Value::Null));
    assert!(done.stderr.contains("what never fired can't be told"), "{done:?}");
    // but a directory that was named has to be there
    Place::new().premod(&["stats", "--rules", "none", week.to_str().unwrap()]).expect(78);
}

#[test]
fn rules_that_are_no_more_are_marked() {
    let place = Place::new().file("rules/a.yaml", "rules: [{id: other, match: {words: [x]}}]");
    let week = project(WEEK);
    let report = place.premod(&["stats", "--json", week.to_str().unwrap()]).expect(0).json();
    assert!(report["rules"].as_array().unwrap().iter().all(|rule| rule["gone"] == true), "{report}");
    assert_eq!(report["silent"], json!(["other"]));
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_counted() {
    let week = fs::read_to_string(project(WEEK)).unwrap();
    let first = week.lines().next().unwrap();
    let torn = &first[..first.len() / 2];
    let place = Place::new()
        .file("odd.jsonl", &format!("{first}\nnonsense\n{first}\n{torn}"))
        .file("empty.jsonl", "");
    let done = place.premod(&["stats", "--json", "odd.jsonl"]).expect(74);
    assert_eq!(done.json()["decisions"], 2);
    for told in ["odd.jsonl:2: not a decision", "1 line broken off, at odd.jsonl:4"] {
        assert!(done.stderr.contains(told), "{told}: {done:?}");
    }
    let empty = place.premod(&["stats", "empty.jsonl"]).expect(0);
    assert!(empty.stdout.contains("0 decisions") && empty.stdout.contains("no rule fired"), "{empty:?}");
    place.premod(&["stats", "none.jsonl"]).expect(74);
    // several files, one of them by standard input
    let done = place.premod_told(&["stats", "--json", "-", "empty.jsonl"], week.as_bytes()).expect(0);
    assert_eq!(done.json()["decisions"], 26);
}
