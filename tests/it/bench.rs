//! `premod bench` from outside: against a server of its own, and the engine alone.

use crate::command::Place;

const RULES: &str = "rules:
  - id: costly
    match:
      regex: ['[a-z]+ing\\b[^a-z]+[0-9]+']
      words: [parcel]
  - id: asks
    when: sender.role == 'nobody'
  - id: never
    match: {find: [iban]}
";

fn place() -> Place {
    Place::new().file("rules/a.yaml", RULES)
}

#[test]
fn the_engine_alone_is_timed_by_rule_and_pattern() {
    let report = place().premod(&["bench", "--engine", "--json", "--duration", "200ms"]).expect(0).json();
    let names = |list: &str, key: &str| -> Vec<String> {
        let list = report[list].as_array().expect("a list");
        let mut names: Vec<_> =
            list.iter().map(|one| one[key].as_str().expect("a name").to_owned()).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(names("rules", "id"), ["asks", "costly", "never"]);
    let parts = ["1 in the rule", "[a-z]+ing\\b[^a-z]+[0-9]+", "iban", "sender.role == 'nobody'"];
    assert_eq!(names("patterns", "pattern"), parts);
    let costs: Vec<f64> =
        report["rules"].as_array().expect("a list").iter().filter_map(|rule| rule["us"].as_f64()).collect();
    assert!(costs.len() == 3 && costs.is_sorted_by(|a, b| a >= b), "the costliest first: {costs:?}");
    let hits = |id: &str| {
        let rules = report["rules"].as_array().expect("a list");
        rules.iter().find(|rule| rule["id"] == id).expect("the rule")["hits"].as_u64().expect("a number")
    };
    // the made-up messages speak of parcels
    assert!(hits("costly") > 0 && hits("never") == 0, "{report:#}");
    assert!(report["engine_us"]["p99"].as_f64() >= report["engine_us"]["p50"].as_f64());
}

#[test]
fn a_run_is_drawn_and_told() {
    let place = place();
    let done = place.premod(&["bench", "--rate", "50", "--duration", "300ms", "--plot", "run.svg", "--json"]);
    let report = done.expect(0).json();
    assert_eq!(report["requests"], 15);
    let plot = std::fs::read_to_string(place.path().join("run.svg")).expect("a picture");
    assert!(plot.starts_with("<svg") && plot.contains("15 requests over 16 connections"), "{plot}");
}

#[test]
fn what_contradicts_is_refused() {
    for arguments in [&["--engine", "--saturate"][..], &["--ca", "x.pem"], &["--engine", "--plot", "x.svg"]] {
        place().premod(&[&["bench"], arguments].concat()).expect(2);
    }
}
