//! What rule sets cost: load, memory, and one message, as a table of Markdown.
//!
//! Each rule set is loaded by a process of its own, so that what is resident is its. A message is
//! timed several times and counts by the median; mean and 99th percentile are over messages.

#![allow(clippy::cast_precision_loss, reason = "counts and times are small")]

use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use premod::engine::{Engine, Facts};
use premod::load;
use premod::message::Message;

/// Keywords and regular expressions of the rule sets.
const RULE_SETS: [(usize, usize); 9] = [
    (100, 0),
    (100, 500),
    (10_000, 0),
    (10_000, 500),
    (10_000, 2_000),
    (100_000, 0),
    (100_000, 500),
    (100_000, 1_000),
    (100_000, 2_000),
];

/// Messages of each length, and how often each is timed.
const MESSAGES: usize = 4_000;
const ROUNDS: usize = 9;

/// Asks for one rule set's line: `--rule-set KEYWORDS REGEXES`.
const OPTION: &str = "--rule-set";

/// Prints the table; or, in a process that was asked for it, one line of it, and tells so.
pub(crate) fn table() -> bool {
    let asked: Vec<String> = std::env::args().skip_while(|argument| argument != OPTION).collect();
    if let [_, keywords, regexes, ..] = &asked[..] {
        line(keywords.parse().expect("a number"), regexes.parse().expect("a number"));
        return true;
    }
    println!(
        "\n| keywords | regexes | load, ms | peak, MB | resident, MB | 85 characters: mean, µs | p99 | 150: mean | p99 | chat: mean | p99 |"
    );
    println!("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    let own = std::env::current_exe().expect("this program");
    for (keywords, regexes) in RULE_SETS {
        let arguments = [OPTION.to_owned(), keywords.to_string(), regexes.to_string()];
        assert!(Command::new(&own).args(arguments).status().expect("it starts").success());
    }
    println!();
    false
}

fn line(keywords: usize, regexes: usize) {
    let before = memory("VmRSS:");
    let (engine, load) = crate::loaded(keywords, regexes);
    let peak = taken(before, memory("VmHWM:"));
    let chat = load::texts(crate::SEED, MESSAGES);
    let texts = [windows(&chat, 85), windows(&chat, 150), chat];
    let costs: Vec<String> = texts.iter().map(|texts| cost(&engine, texts)).collect();
    // What was read to load it is freed by now, and every expression that is used has its automaton.
    let resident = taken(before, memory("VmRSS:"));
    println!(
        "| {keywords} | {regexes} | {:.0} | {peak:.0} | {resident:.0} | {} |",
        load.as_secs_f64() * 1e3,
        costs.join(" | ")
    );
}

/// Mean and 99th percentile of what a message takes, in microseconds.
fn cost(engine: &Engine, texts: &[String]) -> String {
    let facts = Facts::new();
    let mut times: Vec<f64> = texts
        .iter()
        .map(|text| {
            let message = Message::from_text(text.as_str());
            let mut rounds: Vec<f64> = (0..ROUNDS)
                .map(|_| {
                    let begun = Instant::now();
                    black_box(engine.judge(black_box(&message), &facts));
                    begun.elapsed().as_secs_f64() * 1e6
                })
                .collect();
            rounds.sort_by(f64::total_cmp);
            rounds[ROUNDS / 2]
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let mean = times.iter().sum::<f64>() / times.len() as f64;
    format!("{mean:.2} | {:.2}", times[times.len() * 99 / 100])
}

/// Windows of so many characters onto the texts, one after another.
fn windows(texts: &[String], characters: usize) -> Vec<String> {
    let all: Vec<char> = texts.join(" ").chars().collect();
    let window = |at: usize| all.iter().cycle().skip(at * 37 % all.len()).take(characters).collect();
    (0..MESSAGES).map(window).collect()
}

/// What is taken more than before, in megabytes.
fn taken(before: u64, now: u64) -> f64 {
    now.saturating_sub(before) as f64 / 1e6
}

/// Bytes of this process that are in memory (`VmRSS:`), or were at most (`VmHWM:`); 0 where the system
/// does not say.
fn memory(kind: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(kind));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
}
