//! How what fires is weighed: actions, scores, labels, metadata, shadow, samples, expiry.

use std::sync::Arc;

use premod::engine::state::{Limits, State};
use premod::engine::{Engine, Facts, Verdict};
use premod::message::{Message, Sender};
use premod::platform::cometchat::before_message::answer;
use premod::rulefile::{Diagnostics, Sources, compile};
use serde_json::{Value, json};

fn engine(rules: &str, policy: &str) -> Engine {
    let mut out = Diagnostics::default();
    let sources = Sources::from_memory([("a.yaml", rules), ("policy.yaml", policy)]);
    let compiled = compile(&sources, &mut out).unwrap_or_else(|| panic!("{out}"));
    Engine::new(Arc::new(compiled.rules), Arc::new(State::new(Limits::default())))
}

fn verdict(rules: &str, policy: &str, text: &str) -> Verdict {
    engine(rules, policy).judge(&Message::from_text(text), &Facts::new()).verdict
}

/// What recipients get, by rules written one a line.
fn injected(rules: &[&str], text: &str) -> Value {
    let rules: Vec<String> = rules.iter().map(|rule| format!("  - {{{rule}}}\n")).collect();
    let rules = rules.concat();
    let verdict = verdict(&format!("rules:\n{rules}"), "", text);
    serde_json::from_slice(&answer(&verdict, 8192).body).expect("JSON")
}

const WORDS: [&str; 4] = [
    "id: annotates, match: {words: a}, labels: [one], score: 2",
    "id: flags, match: {words: b}, action: flag, labels: [two], score: 3",
    "id: drops, match: {words: c}, action: drop, labels: [three], score: 4",
    "id: passes, match: {words: d}, action: pass, labels: [four]",
];

#[test]
fn the_strongest_action_wins() {
    let rules = format!("rules:\n{}", WORDS.map(|rule| format!("  - {{{rule}}}\n")).concat());
    for (text, action, score) in [
        ("x", None, 0),
        ("a", Some("annotate"), 2),
        ("a b", Some("flag"), 5),
        ("b c", Some("drop"), 7),
        ("a b c d", Some("pass"), 9),
    ] {
        let verdict = verdict(&rules, "", text);
        assert_eq!(verdict.action.map(premod::engine::Action::name), action, "{text}");
        assert_eq!(verdict.score, score, "{text}");
    }
    assert_eq!(injected(&WORDS, "a b"), json!({"labels": ["one", "two"]}));
    assert_eq!(injected(&WORDS, "a b c"), json!({"action": "do_not_propagate"}), "a drop injects nothing");
    assert_eq!(
        injected(&WORDS, "a c d"),
        json!({"labels": ["four", "one", "three"]}),
        "a pass keeps what is injected"
    );
}

#[test]
fn scores_act_from_their_threshold_on() {
    let rules = format!("rules:\n{}", WORDS.map(|rule| format!("  - {{{rule}}}\n")).concat());
    let acts = |text: &str, flag: i64, drop: i64| {
        let policy = format!("score: {{flag: {flag}, drop: {drop}}}\n");
        verdict(&rules, &policy, text).action.map(premod::engine::Action::name)
    };
    assert_eq!(acts("a", 3, 10), Some("annotate"));
    assert_eq!(acts("a", 2, 10), Some("flag"), "the threshold itself counts");
    assert_eq!(acts("a b", 2, 6), Some("flag"));
    assert_eq!(acts("a b", 2, 5), Some("drop"));
    assert_eq!(acts("a b d", 2, 5), Some("pass"), "a pass beats scores");
    assert_eq!(acts("x", 1, 1), None);
}

#[test]
fn metadata_merges_and_the_smaller_id_wins() {
    let rules = [
        "id: b, match: {words: x}, metadata: {note: from b, deep: {b: 1, both: b}, list: [\"=size(message.text)\", ==plain]}",
        "id: a, match: {words: x}, metadata: {note: from a, deep: {a: 1, both: a}}",
    ];
    let merged = json!({"note": "from a", "deep": {"a": 1, "both": "a", "b": 1}, "list": [1, "=plain"]});
    assert_eq!(injected(&rules, "x"), merged);
}

#[test]
fn shadow_changes_nothing_but_is_told() {
    let engine = engine(
        "rules:\n  - {id: s, mode: shadow, match: {words: x}, action: drop, labels: [l], score: 9, mask: true}\n",
        "score: {drop: 1}\n",
    );
    let decision = engine.judge(&Message::from_text("x"), &Facts::new());
    assert_eq!(decision.verdict, Verdict::default());
    assert_eq!(decision.fired.iter().map(|fired| fired.enforced).collect::<Vec<_>>(), [false]);
}

#[test]
fn a_sample_holds_its_share_of_senders_and_grows() {
    let enforced = |share: u32| -> Vec<u32> {
        let engine = engine(
            &format!("rules:\n  - {{id: s, sample: {share}%, match: {{words: x}}, action: flag}}\n"),
            "",
        );
        let hit = |sender: &u32| {
            let sender = Sender { uid: format!("user-{sender}").into(), ..Sender::default() };
            engine
                .judge(&Message { sender, ..Message::from_text("x") }, &Facts::new())
                .verdict
                .action
                .is_some()
        };
        (0..2000).filter(hit).collect()
    };
    let (few, many) = (enforced(5), enforced(40));
    assert!((60..=140).contains(&few.len()), "{} of 2000", few.len());
    assert!((700..=900).contains(&many.len()), "{} of 2000", many.len());
    assert!(few.iter().all(|sender| many.contains(sender)), "who was in stays in");
}

#[test]
fn a_rule_is_off_after_its_last_day() {
    let engine = engine("rules:\n  - {id: e, expires: 2026-03-01, match: {words: x}, action: flag}\n", "");
    let fires = |sent_at: i64| {
        engine.judge(&Message { sent_at, ..Message::from_text("x") }, &Facts::new()).verdict.action.is_some()
    };
    // 2026-03-02T00:00:00Z
    let midnight = 1_772_409_600_000;
    assert!(fires(midnight - 1));
    assert!(!fires(midnight));
}

#[test]
fn facts_come_with_the_message() {
    let engine =
        engine("rules:\n  - {id: f, when: \"has(facts.risk) && facts.risk > 3\", action: drop}\n", "");
    let judge = |facts: Facts| engine.judge(&Message::from_text("x"), &facts).verdict.action;
    assert_eq!(judge(Facts::new()), None);
    assert_eq!(judge(Facts::from([("risk".to_owned(), json!(4))])), Some(premod::engine::Action::Drop));
}
