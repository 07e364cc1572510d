//! The examples for continuous integration: they are YAML, and their commands do what they are for.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use premod::rulefile::record::Json;
use premod::rulefile::{Diagnostics, SourceFile, yaml};
use serde_json::Value;

use crate::command::{Done, Place, project, run};

const HOOKS: [&str; 2] = [".pre-commit-hooks.yaml", "examples/ci/pre-commit-config.yaml"];

fn read(path: &str) -> Value {
    let text = fs::read_to_string(project(path)).expect("an example");
    let mut found = Diagnostics::default();
    let node = yaml::parse(&mut found.report(&SourceFile::new(path.to_owned(), text)));
    assert!(found.is_empty(), "{found}");
    Json::from_node(&node.expect("YAML")).value.value()
}

/// What the workflow runs, step by step, but for what installs the program.
fn steps() -> Vec<(String, String)> {
    let workflow = read("examples/ci/github-workflow.yaml");
    let steps = workflow["jobs"]["gate"]["steps"].as_array().expect("steps").clone();
    let text = |step: &Value, key: &str| step[key].as_str().map(str::to_owned);
    let steps = steps.iter().filter_map(|step| Some((text(step, "name")?, text(step, "run")?)));
    steps.filter(|(_, run)| !run.starts_with("cargo install")).collect()
}

/// The hooks of a file: its id, and what it runs.
fn hooks(path: &str) -> Vec<(String, String)> {
    let file = read(path);
    let hooks = file.as_array().or_else(|| file["repos"][0]["hooks"].as_array()).expect("hooks").clone();
    let text = |hook: &Value, key: &str| hook[key].as_str().expect(key).to_owned();
    for hook in &hooks {
        assert_eq!((&hook["language"], &hook["pass_filenames"]), (&"system".into(), &false.into()), "{hook}");
    }
    hooks.iter().map(|hook| (text(hook, "id"), text(hook, "entry"))).collect()
}

/// A repository of rules: those that come with premod, and a message that all of them let pass.
fn repository() -> Place {
    let record = r#"{"v":1,"id":"01a209b1-2346-7708-82eb-29b48dc0feda","time":1767225600000,"route":"cometchat","outcome":"judged","action":"none","ruleset":"x","engine_us":9.0,"text":"full","state":{"id":"01a209b1-0000-7708-82eb-29b48dc0feda","steps":[1,2,3]},"answer":{},"message":{"platform":"cometchat","app":"a","conversation":"c","category":"message","type":"text","sent_at":1767225600000,"sender":{"uid":"u","role":"default"},"receiver":{"id":"v","type":"user"},"parts":[{"name":"text","text":"see you at nine"}]}}"#;
    let mut place =
        Place::new().file("benign.txt", "see you at nine\n").file("decisions.jsonl", &format!("{record}\n"));
    let mut todo = vec![project("rules")];
    while let Some(directory) = todo.pop() {
        for entry in fs::read_dir(&directory).expect("the rules") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                todo.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                let relative = path.strip_prefix(project("")).expect("below").to_string_lossy().into_owned();
                place = place.file(&relative, &text);
            }
        }
    }
    place
}

fn shell(place: &Place, script: &str) -> Done {
    let binary = Path::new(env!("CARGO_BIN_EXE_premod")).parent().expect("a directory").to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([binary].into_iter().chain(std::env::split_paths(&path)));
    let mut command = Command::new("sh");
    command
        .args(["-eu", "-c", script])
        .current_dir(place.path())
        .env("PATH", path.expect("a path"))
        .env("GITHUB_STEP_SUMMARY", place.path().join("summary.md"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PREMOD_")) {
        command.env_remove(name);
    }
    run(command, b"")
}

fn asks_for(commands: &[(String, String)], what: &[&str]) {
    for what in what {
        assert!(commands.iter().any(|(_, run)| run.contains(what)), "{what} is not in {commands:?}");
    }
}

#[test]
fn all_of_them_check_test_judge_and_replay() {
    let parts = ["premod check --strict", "premod test", "--corpus builtin", "premod replay "];
    asks_for(&steps(), &parts);
    asks_for(&steps(), &["--max-hits", "--evasion", "--markdown", "--fail-on-change"]);
    for path in HOOKS {
        asks_for(&hooks(path), &parts);
        asks_for(&hooks(path), &["--fail-on-change"]);
    }
}

#[test]
fn good_rules_pass() {
    let place = repository();
    for (name, script) in steps() {
        let done = shell(&place, &script);
        assert_eq!(done.code, Some(0), "{name}: {done:?}");
    }
    let summary = fs::read_to_string(place.path().join("summary.md")).expect("a summary");
    assert!(summary.contains("## Words in disguise\n```\n"), "{summary}");
    let log = |entry: &str| if entry.ends_with("--fail-on-change") { " decisions.jsonl" } else { "" };
    let entries: BTreeSet<String> =
        HOOKS.into_iter().flat_map(hooks).map(|(_, entry)| format!("{entry}{}", log(&entry))).collect();
    for entry in entries {
        let done = shell(&place, &entry);
        assert_eq!(done.code, Some(0), "{entry}: {done:?}");
    }
}

#[test]
fn bad_rules_are_stopped_by_the_step_that_is_for_them() {
    let cases = [
        ("Errors and warnings", "rules: [{id: x, match: {words: [a]}, wat: 1}]"),
        ("The rules' own tests", "rules: [{id: x, match: {words: [zyx]}, tests: [{text: a, expect: drop}]}]"),
        ("Benign texts", "rules: [{id: x, match: {words: [the]}, action: drop}]"),
        ("What changes of the last days", "rules: [{id: x, match: {words: [nine]}, action: drop}]"),
    ];
    for (step, rules) in cases {
        let place = repository().file("rules/x.yaml", rules);
        let (_, script) = steps().into_iter().find(|(name, _)| name == step).expect(step);
        let done = shell(&place, &script);
        assert!(matches!(done.code, Some(1 | 78)), "{step}: {done:?}");
    }
}
