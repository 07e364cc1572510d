//! How much disguise the views undo, trick by trick, and what they take for disguise that is none.
//!
//! `cargo test --test it evasion -- --nocapture` prints the table; the test is red where recall falls
//! under its floor or false alarms rise over their ceiling.

use std::fmt::Write as _;
use std::sync::Arc;

use premod::engine::state::{Limits, State};
use premod::engine::{Engine, Facts};
use premod::message::Message;
use premod::rulefile::{Diagnostics, Sources, compile};

use crate::corpus::{Disguised, disguised, files, innocent, words};
use crate::measured::{BEYOND, CONTACT, caught, engine, fires, folder, stem};

/// What came of a part of the corpora.
struct Outcome {
    table: String,
    /// Of the tricks that the plain view is held to: caught, and all.
    plain: (usize, usize),
    /// Of those that the loose view adds.
    loose: (usize, usize),
    /// Innocent messages in which each view found a word, and all.
    alarms: (usize, usize, usize),
}

/// What a part has to reach: percent caught at least, innocent messages with a word at most.
struct Floors {
    plain: usize,
    loose: usize,
    plain_alarms: usize,
    loose_alarms: usize,
}

impl Outcome {
    fn hold(&self, floors: &Floors) {
        let percent = |(caught, all): (usize, usize)| caught * 100 / all;
        assert!(percent(self.plain) >= floors.plain, "plain: {} %\n{}", percent(self.plain), self.table);
        assert!(percent(self.loose) >= floors.loose, "loose: {} %\n{}", percent(self.loose), self.table);
        assert!(
            self.alarms.0 <= floors.plain_alarms,
            "plain: {} false alarms\n{}",
            self.alarms.0,
            self.table
        );
        assert!(
            self.alarms.1 <= floors.loose_alarms,
            "loose: {} false alarms\n{}",
            self.alarms.1,
            self.table
        );
    }
}

fn measure(part: &str, tell: bool) -> Outcome {
    let (plain, loose) = (engine("plain", CONTACT), engine("loose", CONTACT));
    let mut outcome = Outcome { table: String::new(), plain: (0, 0), loose: (0, 0), alarms: (0, 0, 0) };
    for file in files(&folder("evasion", part)) {
        let cases = disguised(&file);
        let trick = stem(&file);
        let missed: Vec<&Disguised> = cases
            .iter()
            .filter(|case| !caught(if case.view == "plain" { &plain } else { &loose }, case))
            .collect();
        let _ = writeln!(outcome.table, "{trick:24} {:4} of {:4}", cases.len() - missed.len(), cases.len());
        if tell {
            for case in &missed {
                let _ = writeln!(outcome.table, "    missed {:?} in {:?}", case.entry, case.text);
            }
        }
        if !BEYOND.contains(&trick.as_str()) && trick != "none" {
            for view in ["plain", "loose"] {
                let total = cases.iter().filter(|case| case.view == view).count();
                let lost = missed.iter().filter(|case| case.view == view).count();
                let sum = if view == "plain" { &mut outcome.plain } else { &mut outcome.loose };
                *sum = (sum.0 + total - lost, sum.1 + total);
            }
        }
    }
    for file in files(&folder("innocent", part)) {
        for text in innocent(&file) {
            outcome.alarms.2 += 1;
            let found = [&plain, &loose].map(|engine| fires(engine, "words", &text));
            outcome.alarms.0 += usize::from(found[0]);
            outcome.alarms.1 += usize::from(found[1]);
            if tell && (found[0] || found[1]) {
                let _ = writeln!(
                    outcome.table,
                    "false alarm ({}) {}: {text:?}",
                    if found[0] { "plain" } else { "loose" },
                    stem(&file)
                );
            }
        }
    }
    let _ = writeln!(
        outcome.table,
        "plain {} of {}, loose adds {} of {}; false alarms: plain {}, loose {} of {}",
        outcome.plain.0,
        outcome.plain.1,
        outcome.loose.0,
        outcome.loose.1,
        outcome.alarms.0,
        outcome.alarms.1,
        outcome.alarms.2
    );
    outcome
}

#[test]
fn recall_and_false_alarms_hold_on_the_tuned_part() {
    let outcome = measure("", true);
    println!("{}", outcome.table);
    outcome.hold(&Floors { plain: 95, loose: 84, plain_alarms: 6, loose_alarms: 32 });
}

#[test]
fn recall_and_false_alarms_hold_on_the_held_out_part() {
    // By counts alone: who reads the lines has tuned on them.
    let outcome = measure("held-out", false);
    println!("{}", outcome.table);
    outcome.hold(&Floors { plain: 95, loose: 82, plain_alarms: 2, loose_alarms: 14 });
}

/// Where nothing but phrases is looked for, no single word can be what is found.
#[test]
fn phrases_are_found_by_themselves_and_named_by_their_trick() {
    for (part, least) in [("", 95), ("held-out", 85)] {
        let cases = disguised(
            &files(&folder("evasion", part)).into_iter().find(|file| stem(file) == "phrases").unwrap(),
        );
        let engines = ["plain", "loose"].map(phrases);
        let explained = |case: &Disguised| {
            let engine = &engines[usize::from(case.view == "loose")];
            engine.explain(&Message::from_text(case.text.as_str()), &Facts::new()).matches
        };
        let missed: Vec<&str> = cases
            .iter()
            .filter(|case| !explained(case).iter().any(|found| found.pattern == case.entry))
            .map(|case| case.text.as_str())
            .collect();
        let caught = cases.len() - missed.len();
        // Of the part held out the lines stay unread.
        let told = if part.is_empty() { format!("{missed:?}") } else { String::new() };
        assert!(caught * 100 >= cases.len() * least, "{caught} of {} {told}", cases.len());
        for case in cases.iter().filter(|_| part.is_empty()) {
            for found in explained(case).iter().filter(|found| found.pattern == case.entry) {
                // A hashtag is how people name things.
                let tricks = !found.disguise.is_empty() || case.text.contains('#');
                assert!(tricks, "{}: no trick is named", case.text);
                assert_eq!(found.journey.last().map(|step| &*step.text), Some(&*case.entry), "{}", case.text);
            }
        }
    }
}

/// The phrases of the word list in a view.
fn phrases(view: &str) -> Engine {
    let list: Vec<String> = words().into_iter().filter(|word| word.contains(' ')).collect();
    let rules = format!("rules:\n  - {{id: words, match: {{list: words.txt, view: {view}}}}}\n");
    let sources = Sources::from_memory([("rules.yaml", rules), ("lists/words.txt", list.join("\n"))]);
    let mut out = Diagnostics::default();
    let compiled = compile(&sources, &mut out).unwrap_or_else(|| panic!("{out}"));
    Engine::new(Arc::new(compiled.rules), Arc::new(State::new(Limits::default())))
}
