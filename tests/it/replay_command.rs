//! `premod replay` as people run it.

use std::thread;

use serde_json::{Value, json};

use crate::client::post;
use crate::command::{Place, Serving, project};
use crate::decision_log::{message, stop};
use crate::decisions::{RULES, WEEK};

const WAS: &str = "rules:\n  - {id: gulls, match: {words: [gull]}, action: flag}\n";
const NOW: &str = "rules:\n  - {id: herons, match: {words: [heron]}, action: drop}\n";

/// A record as the server writes it, by its revision of the rules.
fn record(number: u32, text: &str, fired: &Value, action: &str) -> String {
    json!({
        "v": 1, "id": format!("0190{number:04}"), "time": i64::from(number) * 1000, "route": "cometchat",
        "outcome": "judged", "action": action, "answer": {}, "rules": fired, "ruleset": "before", "engine_us": 1.5,
        "state": {"id": "s", "steps": [number * 3 - 2, number * 3 - 1, number * 3]}, "text": "full",
        "message": {"sent_at": i64::from(number) * 1000, "sender": {"uid": "u"}, "parts": [{"name": "text", "text": text}]},
    })
    .to_string()
}

fn place(texts: &[&str]) -> Place {
    let lines = texts.iter().zip(1..).map(|(text, number)| {
        let end = text.find("gull").map(|start| (start, start + 4));
        let span = |(start, end)| {
            json!([{"id": "gulls", "mode": "enforce", "action": "flag", "spans":
            [{"part": 0, "start": start, "end": end, "kind": "words", "view": "plain", "pattern": "gull"}]}])
        };
        record(number, text, &end.map_or(json!([]), span), if end.is_some() { "flag" } else { "none" }) + "\n"
    });
    let log: String = lines.collect();
    Place::new().file("was/a.yaml", WAS).file("now/a.yaml", NOW).file("log.jsonl", &log)
}

#[test]
fn a_replay_is_told_to_people() {
    let place = place(&["hello", "a heron", "a gull", "herons"]);
    let done = place.premod(&["replay", "log.jsonl", "--rules", "now"]).expect(0);
    let revision =
        done.stdout.split_once("revision ").and_then(|(_, rest)| rest.lines().next()).expect("a revision");
    let expected = format!(
        "4 decisions, 4 judged again by revision {revision}
2 decisions change: flag → none 1, none → drop 1
  gulls: fires no more 1
  herons: fires now 1

flag → none
  01900003  gulls
    a [[gull]]

none → drop
  01900002  herons
    a [[heron]]
"
    );
    assert_eq!(done.stdout, expected);
    assert!(done.stderr.trim_end().ends_with(" s"), "{done:?}");
    let same = place.premod(&["replay", "log.jsonl", "--rules", "was", "--fail-on-change"]).expect(0);
    assert!(same.stdout.contains("\nno decision changes\n"), "{same:?}");
}

#[test]
fn a_replay_is_told_to_machines() {
    let place = place(&["hello", "a heron", "a gull"]);
    let told = place.premod(&["replay", "log.jsonl", "--rules", "now", "--json"]).expect(0).json();
    assert_eq!((&told["records"], &told["replayable"]), (&json!(3), &json!(3)));
    let changed = json!([
        {"decision": "01900002", "was": "none", "now": "drop", "rules": ["herons"]},
        {"decision": "01900003", "was": "flag", "now": "none", "rules": ["gulls"]},
    ]);
    assert_eq!(told["changed"], changed);
    assert_eq!(told["not_replayable"], json!({}));
    for threads in ["1", "2", "8"] {
        let args = ["replay", "log.jsonl", "--rules", "now", "--json", "--threads", threads];
        assert_eq!(place.premod(&args).expect(0).json(), told);
    }
}

#[test]
fn exit_codes_say_what_came_of_it() {
    let place = place(&["hello", "a heron"]).file("bad/a.yaml", "rules: [{id: x}]\n");
    let check = |args: &[&str], code| {
        place.premod(&[&["replay"], args].concat()).expect(code);
    };
    check(&["log.jsonl", "--rules", "now", "--fail-on-change"], 1);
    check(&["log.jsonl", "--rules", "now", "--fail-on-change", "--only", "drop"], 1);
    check(&["log.jsonl", "--rules", "now", "--fail-on-change", "--only", "flag"], 0);
    check(&["log.jsonl", "--rules", "bad"], 78);
    check(&["missing.jsonl", "--rules", "now"], 74);
    check(&["log.jsonl", "--rules", "now", "--only", "delete"], 2);
    check(&["--rules", "now"], 2);
}

#[test]
fn nothing_that_a_message_says_becomes_markup() {
    let evil = "heron\n```\n# x\n@everyone <img src=x> | [a](http://a.example) ````";
    let place = place(&["hello", evil]);
    let told = place.premod(&["replay", "log.jsonl", "--rules", "now", "--markdown"]).expect(0).stdout;
    let expected = "#### `none → drop`

`01900002`: `herons`

`````text
[[heron]]\\n```\\n# x\\n@everyone <img src=x> | [a](http://a.example) ````
`````
";
    assert!(told.contains(expected), "{told}");
    assert!(
        told.starts_with("### 1 decision changes\n\n2 decisions, 2 judged again by revision `"),
        "{told}"
    );
    assert!(told.contains("| was | now | decisions |\n|---|---|---|\n| `none` | `drop` | 1 |\n"), "{told}");
    assert!(told.contains("| `herons` | 1 | 0 | 0 |\n"), "{told}");
}

#[test]
fn the_small_log_is_what_its_rules_make_of_it() {
    let (week, rules) = (project(WEEK), project(RULES));
    let paths = ["replay", week.to_str().unwrap(), "--rules", rules.to_str().unwrap()];
    let told = Place::new().premod(&[&paths[..], &["--json", "--fail-on-change"]].concat()).expect(0).json();
    assert_eq!(
        (&told["replayable"], &told["changed"], &told["differing"]),
        (&json!(26), &json!([]), &json!([]))
    );
}

const COUNTING: &str = "rules:
  - {id: words, match: {words: [heron]}, action: drop}
  - {id: hello, match: {words: [hello]}, action: annotate, mask: true, metadata: {n: '=rate(sender.uid, duration(\"1m\"))'}}
  - {id: flood, when: 'rate(sender.uid, duration(\"1m\")) % 7 == 0', action: flag}
  - {id: again, when: 'repeats(duration(\"1h\")) % 5 == 0', action: drop}
  - {id: struck, when: 'strikes(conversation, duration(\"1h\")) % 3 == 1', action: annotate, labels: [struck]}
";

#[test]
fn what_a_server_decided_while_its_threads_overlapped_is_decided_again() {
    let config = "workers: 4\ntimeouts: {drain_delay: 0s, queue: 60s}\ndecision_log: {path: decisions.jsonl, text: full}\n";
    let place = Place::new().file("rules/a.yaml", COUNTING).file("premod.yaml", config);
    let serving = Serving::start(place.path(), &[]);
    thread::scope(|scope| {
        for thread in 0..4 {
            let addr = serving.addr;
            scope.spawn(move || {
                for turn in 0..60 {
                    let text = ["hello", "a he", "ron", "heron", "gull"][(thread + turn) % 5];
                    assert_eq!(post(addr, &message(text)).outcome(), "judged");
                }
            });
        }
    });
    stop(serving);
    let args = ["replay", "decisions.jsonl", "--json", "--fail-on-change"];
    let told = place.premod(&args).expect(0).json();
    assert_eq!(
        (&told["replayable"], &told["changed"], &told["differing"]),
        (&json!(240), &json!([]), &json!([]))
    );
    assert_eq!((&told["not_replayable"], &told["rules"]), (&json!({}), &json!({})));
}
