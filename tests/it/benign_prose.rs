//! What the shipped rules make of real small talk: each hit has been judged by hand, and a hit that is
//! new or gone wants a new judgement.

use std::fs;
use std::sync::Arc;

use premod::engine::state::{Limits, State};
use premod::engine::{Action, Engine, Facts, Outcome};
use premod::message::Message;

use crate::command::project;
use crate::house::none_is_wrong;
use crate::shipped_rules::shipped;

const JUDGED: &str = "tests/data/chat/hits.txt";

/// A line of the judged hits without its verdict: rule, action, number of the message, what matched.
fn hits() -> Vec<String> {
    let rules = Arc::new(shipped().1.rules);
    let sample = fs::read_to_string(project("tests/data/chat/sample.txt")).expect("the sample");
    let mut hits = vec![];
    for (number, text) in sample.lines().enumerate() {
        // Nobody has said anything before: the lines are of many conversations.
        let engine = Engine::new(Arc::clone(&rules), Arc::new(State::new(Limits::default())));
        let decision = engine.judge(&Message::from_text(text), &Facts::new());
        assert_eq!(decision.outcome, Outcome::Judged, "message {}: {text}", number + 1);
        let alone = decision.fired.iter().map(|fired| rules.rules()[fired.rule].action).max();
        if decision.verdict.action != alone {
            let action = decision.verdict.action.map_or("none", Action::name);
            hits.push(format!("(score)\t{action}\t{}\t-", number + 1));
        }
        for fired in &decision.fired {
            let rule = &rules.rules()[fired.rule];
            let matched: Vec<&str> = fired.spans.iter().map(|span| &text[span.range.clone()]).collect();
            let matched = if matched.is_empty() { "-".to_owned() } else { matched.join(" + ") };
            hits.push(format!("{}\t{}\t{}\t{matched}", rule.id, rule.action.name(), number + 1));
        }
    }
    assert!(sample.lines().count() >= 6_000);
    hits
}

/// The judged hits, each with its verdict before it.
fn judged() -> Vec<(String, String)> {
    let text = fs::read_to_string(project(JUDGED)).expect("the judged hits");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let split = |line: &str| {
        let (verdict, hit) = line.split_once('\t').unwrap_or_else(|| panic!("no verdict: {line}"));
        (verdict.to_owned(), hit.to_owned())
    };
    lines.map(split).collect()
}

#[test]
fn every_hit_in_real_small_talk_has_been_judged() {
    let (hits, judged) = (hits(), judged());
    let new = hits.iter().filter(|hit| !judged.iter().any(|(_, known)| known == *hit));
    let mut wrong: Vec<String> = new.map(|hit| format!("{JUDGED}: judge this new hit: {hit}")).collect();
    let gone = judged.iter().filter(|(_, known)| !hits.contains(known));
    wrong.extend(gone.map(|(_, hit)| format!("{JUDGED}: no longer hit, take it out: {hit}")));
    none_is_wrong(&wrong);
}

#[test]
fn no_hit_in_real_small_talk_that_holds_a_message_back_is_wrong() {
    let mut wrong = vec![];
    for (verdict, hit) in judged() {
        let annotates = hit.split('\t').nth(1) == Some("annotate");
        match verdict.as_str() {
            "right" => {}
            "harmless" | "wrong" if annotates => {}
            "harmless" | "wrong" => wrong.push(format!("{JUDGED}: {verdict}, and more than a label: {hit}")),
            _ => wrong.push(format!("{JUDGED}: no such verdict: {verdict}")),
        }
    }
    none_is_wrong(&wrong);
}
