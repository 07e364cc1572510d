//! The rules that come with premod: whole, tested, documented, and quiet on what is innocent.

use std::fs;
use std::sync::Arc;

use premod::engine::state::{Limits, State};
use premod::engine::{Action, Engine, Facts, Outcome};
use premod::message::Message;
use premod::rulefile::document::Expect;
use premod::rulefile::{Compiled, Diagnostics, Sources, compile, selftest};

use crate::command::project;
use crate::house::none_is_wrong;

/// The shipped rules: their files, what they compile to, what was found in them.
pub(crate) fn shipped() -> (Sources, Compiled, Diagnostics) {
    let mut found = Diagnostics::default();
    let sources = Sources::read(&project("rules"), &mut found);
    let compiled = compile(&sources, &mut found);
    let compiled = compiled.unwrap_or_else(|| panic!("{}", found.render(false)));
    (sources, compiled, found)
}

#[test]
fn they_load_without_a_word() {
    let (_, compiled, found) = shipped();
    assert!(found.is_empty(), "{} findings:\n{found}", found.sorted().len());
    assert!(compiled.documents.rules.len() >= 20);
}

#[test]
fn their_own_tests_pass() {
    let (sources, compiled, _) = shipped();
    let results = selftest::run(&compiled, &sources);
    let wrong: Vec<String> = results
        .failures
        .iter()
        .map(|one| {
            format!(
                "{}:{}: {}: {:?}: expected {}, got {}",
                one.file, one.line, one.rule, one.text, one.expected, one.got
            )
        })
        .collect();
    none_is_wrong(&wrong);
    assert!(results.passed >= 200, "{} passed", results.passed);
}

#[test]
fn every_rule_says_why_and_shows_what_it_hits_and_leaves() {
    let (_, compiled, _) = shipped();
    let mut wrong = vec![];
    for sourced in &compiled.documents.rules {
        let rule = &sourced.rule;
        let place =
            format!("{}:{}: {}", sourced.file.path, sourced.file.place(rule.id.range.start).0, rule.id.value);
        if rule.why.as_ref().is_none_or(|why| why.value.trim().is_empty()) {
            wrong.push(format!("{place} does not say why"));
        }
        let quiet = rule.tests.iter().filter(|test| test.value.expect.value == Expect::None).count();
        if rule.tests.len() < 4 || quiet == 0 || quiet == rule.tests.len() {
            wrong.push(format!("{place} has {} tests, {quiet} of them `none`", rule.tests.len()));
        }
    }
    none_is_wrong(&wrong);
}

#[test]
fn what_is_innocent_is_neither_dropped_nor_flagged() {
    let (_, compiled, _) = shipped();
    let rules = Arc::new(compiled.rules);
    let mut wrong = vec![];
    for file in ["tests/data/innocent-words.txt", "tests/data/innocent-talk.txt", "tests/data/benign.txt"] {
        let text = fs::read_to_string(project(file)).expect("cases");
        let mut judged = 0;
        for (number, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with("# ") {
                continue;
            }
            // nobody has said anything before
            let engine = Engine::new(Arc::clone(&rules), Arc::new(State::new(Limits::default())));
            let decision = engine.judge(&Message::from_text(line), &Facts::new());
            let held = matches!(decision.verdict.action, Some(Action::Drop | Action::Flag));
            if held || decision.outcome != Outcome::Judged {
                let fired: Vec<&str> =
                    decision.fired.iter().map(|fired| &*rules.rules()[fired.rule].id).collect();
                let action = decision.verdict.action.map_or("unscannable", Action::name);
                wrong.push(format!("{file}:{}: {line:?}: {action} by {}", number + 1, fired.join(", ")));
            }
            judged += 1;
        }
        assert!(judged > 80, "{file} has only {judged} messages");
    }
    none_is_wrong(&wrong);
}

#[test]
fn every_list_names_its_source_and_licence() {
    let mut wrong = vec![];
    for entry in fs::read_dir(project("rules/lists")).expect("lists") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a list");
        let head: String =
            text.lines().take_while(|line| line.starts_with('#')).collect::<Vec<_>>().join("\n");
        let licences = ["Licence: as the project", "MIT", "CC-BY-4.0", "CC0"];
        if !head.contains("Source: ") || !licences.iter().any(|licence| head.contains(licence)) {
            wrong.push(format!("{}: the head names no source or no licence", path.display()));
        }
        // a licence text that the head points to lies beside the lists
        for named in head
            .split(|c: char| c.is_whitespace() || "(),;".contains(c))
            .filter(|word| word.starts_with("LICENSES/"))
        {
            if !project("rules/lists").join(named.trim_end_matches('.')).is_file() {
                wrong.push(format!("{}: there is no {named}", path.display()));
            }
        }
    }
    none_is_wrong(&wrong);
}
