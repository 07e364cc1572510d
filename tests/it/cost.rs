//! `premod check` on cost: what it says, and that it says what is so. No figure of it is timed here.

use serde_json::{Value, json};

use crate::command::Place;

fn rules(rules: &str) -> Place {
    Place::new().file("rules/a.yaml", &format!("rules:\n{rules}"))
}

fn cost_of(place: &Place) -> Value {
    place.premod(&["check", "--json"]).expect(0).json()["cost"].clone()
}

fn us(place: &Place) -> f64 {
    cost_of(place)["us_at_150"].as_f64().expect("a number")
}

#[test]
fn a_line_always_and_the_bill_where_it_is_asked_for() {
    let place = rules(
        "  - {id: a, match: {regex: ['\\d{4}[a-z]', '[a-z]\\d{5}', 'heron\\d+']}}\n  - {id: b, when: 'message.length > 9'}\n",
    );
    let done = place.premod(&["check"]).expect(0);
    assert!(done.stdout.starts_with("cost by the model: ") && done.stdout.lines().count() == 2, "{done:?}");
    let done = place.premod(&["check", "--cost"]).expect(0);
    for shown in [
        "the plain view",
        "expressions without a literal, as one",
        "looked at for every message: b\n",
        "a: heron\\d+\n             behind `heron`: 0 % of messages\n",
        "a: \\d{4}[a-z]\n             every message, in one pass with its like that lets ",
    ] {
        assert!(done.stdout.contains(shown), "{shown:?} is not in {}", done.stdout);
    }
}

#[test]
fn over_the_budget_is_an_error() {
    let place = rules("  - {id: a, match: {words: [heron]}}\n");
    place.premod(&["check", "--budget", "1ms"]).expect(0);
    let done = place.premod(&["check", "--budget", "10ns"]).expect(78);
    assert!(done.stdout.contains("over the budget: ") && done.stdout.contains("0.0 µs allowed"), "{done:?}");
    let told = place.premod(&["check", "--budget", "10ns", "--json"]).expect(78).json();
    assert_eq!((&told["ok"], &told["cost"]["ok"]), (&json!(false), &json!(false)));
    place.premod(&["check", "--budget", "soon"]).expect(2);
}

#[test]
fn each_expression_says_when_it_runs_and_what_it_may_cost() {
    let place = rules(
        "  - {id: a, match: {regex: ['\\bthe\\b.*zq', '[a-z]\\d']}}\n  - {id: b, match: {regex: 'kowd{3}', view: folded}}\n",
    );
    let cost = cost_of(&place);
    let regex = |source: &str| {
        let all = cost["regexes"].as_array().expect("a list");
        all.iter().find(|one| one["regex"] == source).unwrap_or_else(|| panic!("{source} is not in {cost}"))
    };
    let common = regex("\\bthe\\b.*zq");
    assert_eq!((&common["always"], &common["literals"]), (&json!(false), &json!(["the"])));
    assert_eq!(common["slow_on_unicode"], json!(true));
    assert!(common["tried"].as_f64().is_some_and(|share| (0.1..1.0).contains(&share)), "{common}");
    let alone = regex("[a-z]\\d");
    assert_eq!(
        (&alone["always"], &alone["sieved"], &alone["tried"]),
        (&json!(true), &json!(false), &json!(1.0))
    );
    assert_eq!((&regex("kowd{3}")["rules"], &regex("kowd{3}")["tried"]), (&json!(["b"]), &json!(0.0)));
    // a search that runs over white space may look to the end of the text for each of its matches
    assert_eq!(cost["longest"]["reaches_budget"], json!(true));
    let harmless = cost_of(&rules("  - {id: a, match: {regex: 'kowd{3}'}}\n"));
    assert_eq!(harmless["longest"]["reaches_budget"], json!(false));
    assert_eq!(harmless["longest"]["characters"], json!(65_536));
}

#[test]
fn more_to_do_costs_more_and_more_words_hardly_do() {
    let words = |count: usize| {
        let words: Vec<String> = (0..count).map(|at| format!("zq{at}xj")).collect();
        rules(&format!("  - {{id: a, match: {{words: [{}]}}}}\n", words.join(", ")))
    };
    let (few, many) = (words(200), words(4_000));
    assert!((us(&few) - us(&many)).abs() < 1e-9);
    let memory = |place: &Place| cost_of(place)["memory"]["total"].as_u64().expect("bytes");
    assert!(memory(&many) > 5 * memory(&few), "{} {}", memory(&few), memory(&many));
    let with = |more: &str| us(&rules(&format!("  - {{id: a, match: {{words: [heron]}}}}\n{more}")));
    let base = with("");
    for more in [
        "  - {id: b, match: {find: phone}}\n",
        "  - {id: b, match: {domain: example.com}}\n",
        "  - {id: b, match: {regex: '\\d{4}'}}\n",
        "  - {id: b, match: {words: [x], view: exact}}\n",
        "  - {id: b, when: 'message.language == \"de\"'}\n",
    ] {
        assert!(with(more) > base, "{more}");
    }
}
