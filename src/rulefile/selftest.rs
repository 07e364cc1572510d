//! The rules' own tests: each judges its rule alone, enforced, on empty state.

use std::sync::Arc;

use serde::Serialize;

use super::compile::{Compiled, compile_alone};
use super::document::{Expect, SourcedRule, TestDoc};
use super::source::Sources;
use crate::engine::state::{Limits, State};
use crate::engine::{Decision, Engine, Facts, Outcome, RuleSet};

/// A test that did not come out as expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The rule's id.
    pub rule: String,
    /// The rule's file.
    pub file: String,
    /// The line where the test stands, from 1.
    pub line: usize,
    /// The text that was judged.
    pub text: String,
    /// What the test expects.
    pub expected: String,
    /// What the rule made of it.
    pub got: String,
}

/// How the tests came out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Results {
    /// How many came out as expected.
    pub passed: usize,
    /// The others, in the order of files and lines.
    pub failures: Vec<Failure>,
}

/// Runs the tests of all rules, those that are off included.
#[must_use]
pub fn run(compiled: &Compiled, sources: &Sources) -> Results {
    let mut results = Results::default();
    for sourced in &compiled.documents.rules {
        if sourced.rule.tests.is_empty() {
            continue;
        }
        let Some(rules) = compile_alone(sourced, sources, &compiled.tables) else { continue };
        let rules = Arc::new(rules);
        for test in &sourced.rule.tests {
            match failure(sourced, &rules, &test.value) {
                None => results.passed += 1,
                Some((expected, got)) => results.failures.push(Failure {
                    rule: sourced.rule.id.value.clone(),
                    file: sourced.file.path.to_string(),
                    line: sourced.file.place(test.range.start).0,
                    text: test.value.text.value.clone(),
                    expected,
                    got,
                }),
            }
        }
    }
    results
}

/// What was expected and what came, where they differ.
fn failure(sourced: &SourcedRule, rules: &Arc<RuleSet>, test: &TestDoc) -> Option<(String, String)> {
    let decision = last_decision(rules, test);
    let masked = decision.verdict.masked_text.clone();
    let got = told(&decision);
    let expected = test.expect.value.name();
    if got != expected {
        return Some((expected.to_owned(), format!("{got}{}", reason(&decision))));
    }
    let mask = test.mask.as_ref()?;
    let shown = masked.unwrap_or_else(|| test.text.value.clone());
    let silent = if sourced.rule.mask.is_none() { " (the rule has no `mask`)" } else { "" };
    (shown != mask.value).then(|| (format!("mask {:?}", mask.value), format!("mask {shown:?}{silent}")))
}

fn last_decision(rules: &Arc<RuleSet>, test: &TestDoc) -> Decision {
    let engine = Engine::new(Arc::clone(rules), Arc::new(State::new(Limits::default())));
    let mut message = test.message();
    let step = i64::try_from(test.every.as_millis()).unwrap_or(i64::MAX);
    let facts = Facts::new();
    let mut decision = engine.judge(&message, &facts);
    for _ in 1..test.times {
        message.sent_at = message.sent_at.saturating_add(step);
        decision = engine.judge(&message, &facts);
    }
    decision
}

fn told(decision: &Decision) -> &'static str {
    decision.verdict.action.map_or(Expect::None.name(), crate::engine::Action::name)
}

fn reason(decision: &Decision) -> String {
    match (&decision.outcome, decision.failed.first()) {
        (Outcome::Unscannable(cause), _) => format!(" (unscannable: {cause})"),
        (Outcome::Judged, Some((_, why))) => format!(" (its condition failed: {why})"),
        (Outcome::Judged, None) => String::new(),
    }
}
