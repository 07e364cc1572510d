//! The walk through `docs/moderating.md`: a false alarm, from the complaint to the cure, against a
//! server that is never restarted. What the page shows is what comes.

use std::fs;

use crate::client::post;
use crate::command::{Place, Serving, project};
use crate::decision_log::message;
use crate::reload::until;

/// The rule file that the page begins with.
fn rules(manual: &str) -> String {
    let from = manual.find("rules:\n  - id: names").expect("the rule");
    let rest = &manual[from..];
    rest[..rest.find("```").expect("its end")].to_owned()
}

#[test]
fn a_false_alarm_is_found_excused_tried_and_live_without_a_restart() {
    let manual = fs::read_to_string(project("docs/moderating.md")).expect("the page");
    let place = Place::new()
        .file("rules/names.yaml", &rules(&manual))
        .file("premod.yaml", "decision_log: {path: decisions.jsonl, text: full}\n");
    let serving = Serving::start(place.path(), &[]);
    let answer = |text: &str| String::from_utf8(post(serving.addr, &message(text)).body).expect("text");
    let said = [
        "who is coming on saturday?",
        "see you at the donkey sanctuary",
        "you d0nkey",
        "what a clown",
        "the donkey sanctuary needs volunteers",
        "numpty",
    ];
    let dropped = said.iter().filter(|text| answer(text).contains("do_not_propagate")).count();
    assert_eq!(dropped, 5);

    let mut found = Vec::new();
    until("the log is written", || {
        let log = place.premod(&["log", "decisions.jsonl", "--json", "--text", "sanctuary"]).expect(0).stdout;
        let id = |line: &str| {
            let record: serde_json::Value = serde_json::from_str(line).expect("a record");
            record["id"].as_str().expect("an id").to_owned()
        };
        found = log.lines().map(id).collect();
        found.len() == 2
            && fs::read_to_string(place.path().join("decisions.jsonl")).unwrap().lines().count() == 6
    });
    let shown = place.premod(&["log", "decisions.jsonl", "--rule", "names"]).expect(0).stdout;
    for line in shown.lines().filter(|line| line.starts_with("    ")) {
        assert!(manual.contains(line), "{line}");
    }

    fs::create_dir(place.path().join("edited")).expect("a directory");
    fs::copy(place.path().join("rules/names.yaml"), place.path().join("edited/names.yaml")).expect("a copy");
    let tune =
        ["tune", "decisions.jsonl", "--rules", "edited", "--write", "--false-alarm", &found[0], &found[1]];
    let tuned = place.premod(&tune).expect(0).stdout;
    assert!(manual.contains(&tuned), "{tuned}");
    place.premod(&["test", "--rules", "edited"]).expect(0);

    let replayed = place.premod(&["replay", "decisions.jsonl", "--rules", "edited"]).expect(0).stdout;
    let told: Vec<&str> = replayed.lines().skip(1).filter(|line| !line.contains("  names")).collect();
    assert!(told.len() > 4 && manual.contains(told[0]), "{replayed}");
    for line in told {
        assert!(manual.contains(line), "{line}");
    }

    fs::copy(place.path().join("edited/names.yaml"), place.path().join("rules/names.yaml")).expect("a copy");
    until("the edit is live", || answer("open day at the donkey sanctuary") == "{}");
    assert!(answer("you d0nkey").contains("do_not_propagate"));
}
