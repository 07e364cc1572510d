//! `premod stats`: what a decision log says of the rules.

use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use premod::decision::stats::{Companion, Counted, Known, Report, RuleReport};
use premod::decision::{Reader, Stats};
use premod::rulefile::Compiled;

use super::terminal::{self, BOLD, DIM, Safe, number, percent};
use super::{CONFIG, IO, Places, setup};

/// Tell from decision logs how each rule does
///
/// How often it fired, on which words, when, beside which others; rules that never fire, that fire on
/// nearly everything, that never fire alone; entries that never matched. What never fired and never
/// matched is told by the rules directory as it is now, where there is one.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Decision logs, compressed ones too; - for standard input
    #[arg(value_name = "LOG", required = true)]
    logs: Vec<PathBuf>,
    /// A rule is noisy when it fires on more than this share of all messages
    #[arg(long, value_name = "SHARE", default_value = "5%", value_parser = share)]
    noisy: f64,
    /// How many words, patterns and companions of each rule are named
    #[arg(long, value_name = "N", default_value_t = 5)]
    top: usize,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

fn share(text: &str) -> Result<f64, String> {
    let number = text.trim().strip_suffix('%').unwrap_or(text).trim().parse::<f64>();
    number
        .ok()
        .filter(|percent| (0.0..=100.0).contains(percent))
        .map(|percent| percent / 100.0)
        .ok_or_else(|| "a share such as 5%".to_owned())
}

pub(super) fn run(places: &Places, args: &Args) -> anyhow::Result<u8> {
    let Some(config) = setup::config(places) else { return Ok(CONFIG) };
    let compiled = if config.rules.is_dir() || places.rules.is_some() {
        let (_, compiled, found) = setup::rules(&config.rules);
        if compiled.is_none() {
            setup::tell(&found);
            return Ok(CONFIG);
        }
        compiled
    } else {
        let rules = config.rules.display();
        anstream::eprintln!("premod: no rules in {rules}: what never fired can't be told (--rules DIR)");
        None
    };
    let mut reader = Reader::open(&args.logs)?;
    let (stats, unread) = read(&mut reader);
    let known = compiled.as_ref().map(|compiled| Known(&compiled.rules));
    let report = stats.report(known, args.noisy, args.top);
    if args.json {
        anstream::println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report, compiled.as_ref(), args);
    }
    if !reader.torn().is_empty() {
        let torn = setup::count(reader.torn().len(), "line");
        anstream::eprintln!("premod: {torn} broken off, at {}", reader.torn()[0]);
    }
    Ok(if unread { IO } else { 0 })
}

/// Counts all that can be read; tells what can't.
fn read(reader: &mut Reader) -> (Stats, bool) {
    let bar = match reader.bytes() {
        Some(bytes) => ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr()),
        None => ProgressBar::hidden(),
    };
    if let Ok(style) = ProgressStyle::with_template("{bytes} of {total_bytes} {wide_bar} {eta}") {
        bar.set_style(style);
    }
    let (mut stats, mut unread) = (Stats::default(), false);
    while let Some(record) = reader.next() {
        match record {
            Ok((_, record)) => stats.add(&record),
            Err(error) => {
                unread = true;
                bar.suspend(|| anstream::eprintln!("premod: {error}"));
            }
        }
        bar.set_position(reader.bytes_read());
    }
    bar.finish_and_clear();
    (stats, unread)
}

fn print(report: &Report, compiled: Option<&Compiled>, args: &Args) {
    let width = terminal::width();
    summary(report, compiled);
    if report.rules.is_empty() {
        anstream::println!("\nno rule fired");
    } else {
        rules(report, width);
    }
    let noisy = report.noisy.iter().cloned();
    section(&format!("noisy: more than {} of the messages", percent(args.noisy)), noisy, width);
    if !report.covered.is_empty() {
        title("never alone");
        for one in &report.covered {
            let weaker = if one.as_strong { "" } else { ", which asks for less" };
            let (hits, by) = (number(one.hits), number(one.by_hits));
            anstream::println!("  {} ({hits}): always with {} ({by}){weaker}", one.rule, one.by);
        }
    }
    section("silent: on, and never fired", report.silent.iter().flatten().cloned(), width);
    for never in report.never.iter().flatten() {
        let what =
            format!("never matched: {} of {} patterns of {}", never.patterns.len(), never.of, never.rule);
        let most = args.top.max(1) * 10;
        let more = never.patterns.len().saturating_sub(most);
        let more = (more > 0).then(|| format!("… {} more (--json)", number(more as u64)));
        section(&what, never.patterns.iter().take(most).map(|one| format!("{one},")).chain(more), width);
    }
}

fn title(text: &str) {
    anstream::println!("\n{BOLD}{text}{BOLD:#}");
}

/// Words under a title, where there are any.
fn section(text: &str, words: impl Iterator<Item = String>, width: usize) {
    let mut words: Vec<String> = words.map(|word| Safe(&word).to_string()).collect();
    if let Some(last) = words.last_mut() {
        last.truncate(last.trim_end_matches(',').len());
        title(text);
        anstream::println!("{}", terminal::wrapped(&words, width, "  "));
    }
}

fn summary(report: &Report, compiled: Option<&Compiled>) {
    let span = report.first.zip(report.last).map_or_else(String::new, |(first, last)| {
        format!(", {} to {} UTC", terminal::time(first), terminal::time(last))
    });
    let decisions = if report.decisions == 1 { "decision" } else { "decisions" };
    anstream::println!("{BOLD}{} {decisions}{BOLD:#}{span}", number(report.decisions));
    let list = |counts: &std::collections::BTreeMap<String, u64>| {
        let mut counts: Vec<_> = counts.iter().collect();
        counts.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        counts
            .iter()
            .map(|(name, count)| format!("{} {}", Safe(name), number(**count)))
            .collect::<Vec<_>>()
            .join(", ")
    };
    anstream::println!("actions   {}", list(&report.actions));
    anstream::println!("outcomes  {}", list(&report.outcomes));
    let now = compiled.map_or("", |compiled| compiled.rules.revision());
    let differ = report.rulesets.keys().any(|revision| revision != now);
    let now = if differ && !now.is_empty() { format!("; now {now}") } else { String::new() };
    anstream::println!("rules     {}{now}", list(&report.rulesets));
    let us = &report.engine_us;
    anstream::println!(
        "engine    mean {} µs, p50 {}, p90 {}, p99 {}, p99.9 {}, max {}",
        us.mean,
        us.p50,
        us.p90,
        us.p99,
        us.p999,
        us.max
    );
}

fn rules(report: &Report, width: usize) {
    let row = |rule: &RuleReport| {
        let style = terminal::of_action(&rule.action);
        let mode = match rule.shadow {
            _ if rule.gone => "gone",
            0 => "",
            shadow if shadow == rule.hits => "shadow",
            _ => "part shadow",
        };
        vec![
            Safe(&rule.id).to_string(),
            format!("{style}{}{style:#}", Safe(&rule.action)),
            mode.to_owned(),
            number(rule.hits),
            percent(rule.share),
            trend(rule),
            terminal::minute(rule.first),
            terminal::minute(rule.last),
            sparkline(&rule.shares),
        ]
    };
    let rows: Vec<Vec<String>> = report.rules.iter().map(row).collect();
    let head = ["rule", "asks for", "", ">hits", ">share", ">trend", "first", "last", "over time"];
    anstream::println!();
    let lines = terminal::table(&head, &rows, width);
    for (at, line) in lines.iter().enumerate() {
        let Some(rule) = at.checked_sub(1).and_then(|at| report.rules.get(at)) else {
            anstream::println!("{BOLD}{line}{BOLD:#}");
            continue;
        };
        anstream::println!("{line}");
        let words = if rule.words.is_empty() { &rule.patterns } else { &rule.words };
        if !words.is_empty() {
            detail(if rule.words.is_empty() { "by" } else { "on" }, words.iter().map(told).collect(), width);
        }
        let beside = |other: &Companion| format!("{} {}", Safe(&other.id), percent(other.share));
        if !rule.with.is_empty() {
            detail("with", rule.with.iter().map(beside).collect(), width);
        }
    }
    let short = report.rules.iter().map(|rule| rule.words_short_by).max().unwrap_or(0);
    if short > 0 {
        anstream::println!(
            "{DIM}counts of words may be too low by up to {}: rare ones are forgotten{DIM:#}",
            number(short)
        );
    }
}

fn detail(name: &str, words: Vec<String>, width: usize) {
    let last = words.len() - 1;
    let comma = |(at, word): (usize, String)| if at == last { word } else { format!("{word},") };
    let words: Vec<String> = words.into_iter().enumerate().map(comma).collect();
    let lines = terminal::wrapped(&words, width, "         ");
    anstream::println!("{DIM}    {name:4}{}{DIM:#}", lines.trim_start_matches("        "));
}

fn told(word: &Counted) -> String {
    format!("{} {}", Safe(&word.what), number(word.count))
}

/// `×1.8 ↗`: how much more often it fires in the last quarter of the time than before.
fn trend(rule: &RuleReport) -> String {
    let Some(trend) = rule.trend else { return String::new() };
    if trend.before == 0.0 {
        return "new".to_owned();
    }
    let times = trend.late / trend.before;
    let arrow = if times > 1.25 {
        "↗"
    } else if times < 0.8 {
        "↘"
    } else {
        "→"
    };
    format!("×{times:.1} {arrow}")
}

/// The shares of the pieces of the time, the highest as high as a letter.
fn sparkline(shares: &[f64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = shares.iter().copied().fold(0.0, f64::max);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 7")]
    let bar = |share: &f64| {
        if *share > 0.0 { BARS[((share / most * 8.0).ceil() as usize).clamp(1, 8) - 1] } else { ' ' }
    };
    shares.iter().map(bar).collect::<String>().trim_end().to_owned()
}
