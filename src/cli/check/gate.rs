//! `premod check --corpus` and `--evasion`: what rules do to texts of which the answer is known.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use clap::ValueEnum;
use premod::corpus::{Corpus, CorpusError};
use premod::disguise::TRICKS;
use premod::engine::table::Tables;
use premod::engine::{Action, RuleSet};
use premod::gate::benign::{Findings, Question};
use premod::gate::evasion::{self, On, Report};
use premod::rulefile::diagnostic::visible;
use premod::rulefile::{Documents, Sources};
use serde_json::{Value, json};

use super::super::highlight::highlight;
use super::super::progress::watched;
use super::super::setup::count;

/// Hits of one rule that people are shown.
const SHOWN: usize = 10;

/// What is asked beside whether the rules are in order.
#[derive(clap::Args, Debug)]
pub(in crate::cli) struct Gates {
    /// Judge benign texts, one a line or a log of decisions, and fail over --max-hits; `builtin` is
    /// a sample of 3,938 honest messages; may be given several times
    #[arg(long, value_name = "FILE")]
    corpus: Vec<String>,
    /// How many of the texts rules may hit: a number, or a share such as 0.1%
    #[arg(long, value_name = "N", default_value = "0", value_parser = limit, requires = "corpus")]
    max_hits: Limit,
    /// The mildest action of a rule that makes a hit
    #[arg(long, value_name = "ACTION", default_value = "flag", requires = "corpus")]
    min_action: Mildest,
    /// Write the words of each rule in disguise, by trick, and tell which are seen through
    #[arg(long)]
    evasion: bool,
    /// How many words of a rule are disguised at most
    #[arg(long, value_name = "N", default_value_t = 20, requires = "evasion")]
    evasion_words: usize,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Mildest {
    Annotate,
    Flag,
    Drop,
}

/// How many texts may be hit.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Limit {
    Texts(usize),
    /// Of all texts, between 0 and 1.
    Share(f64),
}

impl Limit {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of a number of texts"
    )]
    fn of(self, texts: usize) -> usize {
        match self {
            Limit::Texts(texts) => texts,
            Limit::Share(share) => (texts as f64 * share) as usize,
        }
    }
}

fn limit(text: &str) -> Result<Limit, String> {
    let wrong = || "a number of texts, or a share such as 0.1%".to_owned();
    match text.strip_suffix('%') {
        Some(share) => match share.trim().parse::<f64>() {
            Ok(share) if (0.0..=100.0).contains(&share) => Ok(Limit::Share(share / 100.0)),
            _ => Err(wrong()),
        },
        None => text.parse().map(Limit::Texts).map_err(|_| wrong()),
    }
}

/// What a gate says: for machines, for people, and whether it lets the rules through.
pub(super) struct Told {
    pub(super) json: Value,
    pub(super) text: String,
    pub(super) passed: bool,
}

/// Judges the corpora; none where none was given.
///
/// # Errors
/// Where a corpus can't be read.
pub(super) fn corpus(args: &Gates, rules: &Arc<RuleSet>) -> Result<Option<Told>, CorpusError> {
    if args.corpus.is_empty() {
        return Ok(None);
    }
    let mut corpus = Corpus::default();
    for name in &args.corpus {
        corpus.add(name)?;
    }
    let from = match args.min_action {
        Mildest::Annotate => Action::Annotate,
        Mildest::Flag => Action::Flag,
        Mildest::Drop => Action::Drop,
    };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |now| now.as_millis());
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let question = Question { rules, corpus: &corpus, from, now };
    let began = Instant::now();
    let found = watched(corpus.samples.len(), "texts", |judged| question.ask(judged));
    let seconds = began.elapsed().as_secs_f64();
    let allowed = args.max_hits.of(found.texts);
    let passed = found.hit <= allowed;
    let json = json!({
        "ok": passed, "allowed": allowed, "seconds": seconds, "without_text": corpus.without_text,
        "texts": found.texts, "hit": found.hit, "shadow_hit": found.shadow_hit, "rules": found.rules,
    });
    Ok(Some(Told { json, text: told(&found, &corpus, allowed, seconds), passed }))
}

#[expect(clippy::cast_precision_loss, reason = "a share is shown with two digits")]
fn told(found: &Findings, corpus: &Corpus, allowed: usize, seconds: f64) -> String {
    let mut out = String::new();
    let bold = anstyle::Style::new().bold();
    for rule in &found.rules {
        let shadow = if rule.shadow { ", in shadow" } else { "" };
        let hits = count(rule.hits.len(), "text");
        let _ = writeln!(out, "{bold}{}{bold:#} ({}{shadow}): {hits}", rule.rule, rule.action);
        for hit in rule.hits.iter().take(SHOWN) {
            let text = highlight(&hit.text, &hit.matches);
            let part = if hit.part == "text" { String::new() } else { format!("{}: ", hit.part) };
            let _ = writeln!(out, "  {}:{}: {part}{text}", hit.source, hit.line);
        }
        if rule.hits.len() > SHOWN {
            let _ = writeln!(out, "  … and {} more", rule.hits.len() - SHOWN);
        }
    }
    let share = 100.0 * found.hit as f64 / found.texts.max(1) as f64;
    let _ = writeln!(
        out,
        "{} judged in {seconds:.2} s: {} hit ({share:.2} %), {allowed} allowed",
        count(found.texts, "benign text"),
        found.hit,
    );
    if found.shadow_hit > 0 {
        let _ = writeln!(out, "{} more would be hit by rules in shadow", count(found.shadow_hit, "text"));
    }
    if corpus.without_text > 0 {
        let _ = writeln!(out, "{} without a text, left out", count(corpus.without_text, "record"));
    }
    out.push('\n');
    out
}

/// Disguises the words of the rules; none where it was not asked for.
pub(super) fn evasion(
    args: &Gates,
    documents: &Documents,
    tables: &Tables,
    sources: &Sources,
) -> Option<Told> {
    if !args.evasion {
        return None;
    }
    let began = Instant::now();
    let report = watched(documents.rules.len(), "rules", |done| {
        evasion::run(documents, tables, sources, args.evasion_words, done)
    });
    let seconds = began.elapsed().as_secs_f64();
    let mut json = json!(report);
    json["seconds"] = json!(seconds);
    Some(Told { json, text: by_trick(&report, seconds) + &by_rule(&report), passed: true })
}

fn by_trick(report: &Report, seconds: f64) -> String {
    let tried = |counts: &evasion::Counts| counts.words.tried + counts.phrases.tried + counts.beyond.tried;
    let mut out = format!(
        "{} of {} in {}, {} in {seconds:.2} s\n",
        count(report.entries, "word"),
        count(report.rules.len(), "rule"),
        count(TRICKS.len(), "way"),
        count(report.tricks.iter().map(|trick| tried(&trick.counts)).sum(), "disguise"),
    );
    if report.excused > 0 {
        let _ = writeln!(out, "{} more not found as they stand, and left out", count(report.excused, "word"));
    }
    out.push_str(&line("undone by  trick", ["words", "phrases", "beyond"], 31, "missed, for example"));
    for trick in report.tricks.iter().filter(|trick| tried(&trick.counts) > 0) {
        let missed = trick.missed.first().map_or_else(String::new, |missed| {
            format!("{} `{}`: {}", missed.rule, missed.entry, shown(&missed.texts))
        });
        let name = format!("{:9}  {}", trick.view, trick.trick);
        out.push_str(&line(&name, shares(&trick.counts).each_ref().map(String::as_str), 31, &missed));
    }
    out
}

fn by_rule(report: &Report) -> String {
    let width = report.rules.iter().map(|rule| rule.rule.len()).max().unwrap_or(0).max(4);
    let mut out = format!("\n{}", line("rule", ["words", "phrases", "beyond"], width, "missed most"));
    for rule in &report.rules {
        let missed = |trick: &&evasion::RuleTrick| trick.on == On::Words && trick.missed() > 0;
        let mut worst: Vec<_> = rule.tricks.iter().filter(missed).collect();
        worst.sort_by_key(|trick| std::cmp::Reverse(trick.missed()));
        let worst: Vec<String> =
            worst.iter().take(4).map(|trick| format!("{} {}", trick.trick, trick.missed())).collect();
        let shares = shares(&rule.counts);
        out.push_str(&line(&rule.rule, shares.each_ref().map(String::as_str), width, &worst.join(", ")));
    }
    out.push_str(
        "words, phrases: caught of those whose own view undoes the trick, of a phrase its longest word \
         in disguise;\nbeyond: caught of those whose view is milder\n\n",
    );
    out
}

fn line(name: &str, shares: [&str; 3], width: usize, rest: &str) -> String {
    let [words, phrases, beyond] = shares;
    format!("{name:width$} {words:>11} {phrases:>11} {beyond:>11}  {rest}").trim_end().to_owned() + "\n"
}

fn shares(counts: &evasion::Counts) -> [String; 3] {
    [counts.words, counts.phrases, counts.beyond].map(share)
}

fn share(count: evasion::Count) -> String {
    if count.tried == 0 { "-".to_owned() } else { format!("{}/{}", count.caught, count.tried) }
}

fn shown(texts: &[String]) -> String {
    texts.iter().map(|text| visible(text)).collect::<Vec<_>>().join(" / ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_numbers_or_shares() {
        assert_eq!(limit("3"), Ok(Limit::Texts(3)));
        assert_eq!(limit("0.1%").map(|limit| limit.of(3942)), Ok(3));
        assert_eq!(limit("100 %").map(|limit| limit.of(7)), Ok(7));
        for wrong in ["", "-1", "x", "101%", "NaN%", "1.5"] {
            assert!(limit(wrong).is_err(), "{wrong}");
        }
    }
}
