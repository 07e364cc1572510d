//! `premod check --corpus` and `--evasion` as their users meet them.

use serde_json::json;

use crate::command::{Place, project};

const RULES: &str = "rules:
  - {id: birds, match: {words: [heron, crane]}, action: drop}
  - {id: shy, match: {words: [bittern]}, action: flag, mode: shadow}
  - {id: label, match: {words: [gull]}, labels: [gull]}
";

fn place(texts: &str) -> Place {
    Place::new().file("rules/a.yaml", RULES).file("texts.txt", texts)
}

#[test]
fn the_shipped_rules_hit_nothing_in_the_embedded_sample() {
    let rules = project("rules");
    let done = Place::new().premod(&["check", "--corpus", "builtin", "--rules", rules.to_str().unwrap()]);
    assert!(done.expect(0).stdout.contains(" benign texts judged in "));
}

#[test]
fn hits_in_benign_texts_are_shown_by_rule_and_end_it_with_1() {
    let place = place("a heron and a crane\nnothing\n\na bittern\na gull\nthe crane\n");
    let done = place.premod(&["check", "--corpus", "texts.txt"]).expect(1);
    for shown in [
        "birds (drop): 2 texts\n  texts.txt:1: a heron and a crane\n  texts.txt:6: the crane\n",
        "shy (flag, in shadow): 1 text\n  texts.txt:4: a bittern\n",
        ": 2 hit (40.00 %), 0 allowed\n",
        "1 text more would be hit by rules in shadow\n",
        "rules: 3 rules, 0 errors, 0 warnings",
    ] {
        assert!(done.stdout.contains(shown), "{shown:?} is not in {done:?}");
    }
    assert!(!done.stdout.contains('\u{1b}'), "colour is for terminals: {done:?}");
}

#[test]
fn hits_are_told_to_machines_with_their_places() {
    let place = place("a heron and a crane\na bittern\n");
    let done = place.premod(&["check", "--corpus", "texts.txt", "--json"]).expect(1).json();
    let corpus = &done["corpus"];
    assert_eq!((&done["ok"], &corpus["ok"]), (&json!(false), &json!(false)));
    assert_eq!((&corpus["texts"], &corpus["hit"], &corpus["shadow_hit"]), (&json!(2), &json!(1), &json!(1)));
    assert_eq!(
        corpus["rules"][0],
        json!({"rule": "birds", "action": "drop", "shadow": false, "hits": [{
            "source": "texts.txt", "line": 1, "part": "text", "text": "a heron and a crane",
            "matches": [{"start": 2, "end": 7}, {"start": 14, "end": 19}],
        }]})
    );
}

#[test]
fn the_limit_is_a_number_or_a_share() {
    let place = place("a heron\na crane\nnothing\nnothing\nnothing\n");
    for (limit, code) in [("1", 1), ("2", 0), ("39%", 1), ("40%", 0)] {
        place.premod(&["check", "--corpus", "texts.txt", "--max-hits", limit]).expect(code);
    }
    place.premod(&["check", "--corpus", "texts.txt", "--max-hits", "many"]).expect(2);
    place.premod(&["check", "--max-hits", "1"]).expect(2);
}

#[test]
fn milder_actions_count_where_they_are_asked_for() {
    let place = place("a gull\n");
    place.premod(&["check", "--corpus", "texts.txt"]).expect(0);
    place.premod(&["check", "--corpus", "texts.txt", "--min-action", "annotate"]).expect(1);
}

#[test]
fn many_hits_are_capped_for_people_and_none_for_machines() {
    let place = place(&"a heron\n".repeat(25));
    let done = place.premod(&["check", "--corpus", "texts.txt"]).expect(1);
    assert_eq!(done.stdout.matches("texts.txt:").count(), 10, "{done:?}");
    assert!(done.stdout.contains("birds (drop): 25 texts\n") && done.stdout.contains("  … and 15 more\n"));
    let hits = place.premod(&["check", "--corpus", "texts.txt", "--json"]).expect(1).json();
    assert_eq!(hits["corpus"]["rules"][0]["hits"].as_array().map(Vec::len), Some(25));
}

#[test]
fn several_corpora_are_judged_together() {
    let place = place("a heron\n").file("more.txt", "a crane\n");
    let done = place.premod(&["check", "--corpus", "texts.txt", "--corpus", "more.txt"]).expect(1);
    assert!(done.stdout.contains("2 benign texts judged") && done.stdout.contains("more.txt:1: a crane"));
}

#[test]
fn a_corpus_that_cannot_be_read_is_an_error_of_input() {
    let place = place("x\n").file("bad.jsonl", "{\"text\": \"a\"}\n{\"text\"\n");
    let done = place.premod(&["check", "--corpus", "gone.txt"]).expect(74);
    assert!(done.stderr.contains("gone.txt: "), "{done:?}");
    let done = place.premod(&["check", "--corpus", "bad.jsonl"]).expect(74);
    assert!(done.stderr.contains("bad.jsonl:2: "), "{done:?}");
}

#[test]
fn rules_in_error_judge_nothing() {
    let place = place("a heron\n").file("rules/b.yaml", "rules: [{id: b, wat: 1}]\n");
    let done = place.premod(&["check", "--corpus", "texts.txt", "--json"]).expect(78).json();
    assert_eq!(done.get("corpus"), None);
}

#[test]
fn disguises_are_told_by_trick_and_by_rule() {
    let rules = "rules:
  - {id: a, match: {words: [heron], view: loose}}
  - {id: b, match: {list: birds.txt, view: folded}}
";
    let place =
        Place::new().file("rules/a.yaml", rules).file("rules/lists/birds.txt", "bittern\nspoonbill\n");
    let done = place.premod(&["check", "--evasion"]).expect(0);
    for shown in [
        "3 words of 2 rules in 44 ways",
        "plain      spaces                       1/1           -         0/2  b `",
        "\nrule       words     phrases      beyond  missed most\na ",
    ] {
        assert!(done.stdout.contains(shown), "{shown:?} is not in {}", done.stdout);
    }
    let report = place.premod(&["check", "--evasion", "--json"]).expect(0).json();
    let evasion = &report["evasion"];
    let zero = evasion["tricks"].as_array().unwrap().iter().find(|one| one["trick"] == "zero width").unwrap();
    assert_eq!(zero["words"], json!({"tried": 3, "caught": 3}));
    let of_b = evasion["rules"][1]["tricks"].as_array().unwrap();
    let spaces = of_b.iter().find(|one| one["trick"] == "spaces").unwrap();
    assert_eq!(
        (&spaces["on"], &spaces["tried"], &spaces["caught"]),
        (&json!("beyond"), &json!(2), &json!(0))
    );
    assert_eq!(spaces["missed"]["texts"].as_array().map(Vec::len), Some(1));
    let one = place.premod(&["check", "--evasion", "--evasion-words", "1", "--json"]).expect(0).json();
    assert_eq!(one["evasion"]["entries"], json!(2));
}
