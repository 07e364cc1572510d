//! `premod replay`: which decisions of a log would have been others under these rules.

mod markdown;
mod text;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use premod::config::{Config, Fallback};
use premod::decision::Lines;
use premod::decision::replay::{Answer, Answers, Change, Log, Replay, Replayed};
use premod::engine::{Action, RuleSet, Verdict};
use premod::platform::cometchat::{before_message, moderation};
use serde_json::{Value, json};

use super::progress::watched;
use super::{CONFIG, FINDINGS, Places, setup};

/// The most characters of a message that are shown.
const SHOWN: usize = 300;
/// How many of them stand before the first match.
const BEFORE: usize = 60;

/// Judge a decision log again and tell what changes
///
/// Every message of the log is judged by the rules of --rules as the server would have judged it,
/// counters included. A decision changes where its action or its answer is another. One that the log
/// does not tell enough about is named not replayable, and is never counted as unchanged.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Decision logs in any order, plain or gzip; - for standard input
    #[arg(required = true, value_name = "LOG")]
    logs: Vec<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// Print the result as Markdown, for a pull request
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Let a changed decision end it with exit code 1
    #[arg(long)]
    fail_on_change: bool,
    /// Tell only of decisions that were, or become, this
    #[arg(long, value_name = "ACTION", value_parser = ["drop", "flag", "annotate", "pass", "none"])]
    only: Option<String>,
    /// Messages to show of each kind of change
    #[arg(long, value_name = "N", default_value_t = 5)]
    samples: usize,
    /// Threads that judge [default: one a core]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

pub(super) fn run(places: &Places, args: &Args) -> anyhow::Result<u8> {
    let Some(config) = setup::config(places) else { return Ok(CONFIG) };
    let (_, compiled, found) = setup::rules(&config.rules);
    let Some(compiled) = compiled else {
        setup::tell(&found);
        return Ok(CONFIG);
    };
    let rules = Arc::new(compiled.rules.with_limit(config.limits.text));
    let started = Instant::now();
    let log = read(&args.logs)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let replay = Replay {
        rules: Arc::clone(&rules),
        answers: &Platform(&config),
        threads: args.threads.unwrap_or(cores).max(1),
    };
    let mut replayed = watched(2 * log.len(), "steps", |done| replay.run(&log, done));
    if let Some(only) = &args.only {
        replayed.changed.retain(|change| change.was == *only || change.now == *only);
    }
    warn(&replayed);
    let report = Report { log: &log, replayed: &replayed, rules: &rules, samples: args.samples };
    if args.json {
        anstream::println!("{:#}", report.json());
    } else if args.markdown {
        anstream::print!("{}", report.markdown());
    } else {
        anstream::print!("{}", report.text());
        anstream::eprintln!("{:.1} s", started.elapsed().as_secs_f64());
    }
    let changed = !replayed.changed.is_empty() || !replayed.differing.is_empty();
    Ok(if args.fail_on_change && changed { FINDINGS } else { 0 })
}

fn read(files: &[PathBuf]) -> anyhow::Result<Log> {
    let lines = Lines::open(files).map_err(io)?;
    let bytes = usize::try_from(lines.bytes().unwrap_or(0)).unwrap_or(0);
    watched(bytes, "bytes", |done| {
        Log::read(lines, |read| {
            done.store(usize::try_from(read).unwrap_or(0), std::sync::atomic::Ordering::Relaxed);
        })
    })
    .map_err(io)
}

/// Whatever kept a log from being read is input, for the exit code.
fn io(error: premod::decision::ReadError) -> anyhow::Error {
    anyhow::Error::from(std::io::Error::other(error)).context("the decision log")
}

/// What nobody may miss, on standard error.
fn warn(replayed: &Replayed) {
    let mark = anstyle::AnsiColor::Yellow.on_default().bold();
    for error in replayed.unreadable.iter().take(10) {
        anstream::eprintln!("{mark}warning{mark:#}: {error}");
    }
    if replayed.unreadable.len() > 10 {
        anstream::eprintln!("… and {} more", replayed.unreadable.len() - 10);
    }
    if !replayed.differing.is_empty() {
        anstream::eprintln!(
            "{mark}warning{mark:#}: {} made by these very rules came out otherwise than recorded, such as {}: \
             the log was edited, the configuration is not the server's, or premod is another version",
            setup::count(replayed.differing.len(), "decision"),
            replayed.differing[0].escape_default(),
        );
    }
}

/// The server's answers.
struct Platform<'c>(&'c Config);

impl Answers for Platform<'_> {
    fn answer(&self, route: &str, verdict: Option<&Verdict>) -> Answer {
        let config = self.0;
        let drops = config.on_unscannable == Fallback::Drop;
        let body = match (route, verdict) {
            ("moderation", Some(verdict)) => {
                moderation::Answer::of(verdict, config.moderation.flag_confidence).to_json()
            }
            ("moderation", None) => moderation::Answer::without_verdict(drops).to_json(),
            (_, Some(verdict)) => {
                before_message::answer(verdict, config.limits.injected.size()).body.into_owned()
            }
            (_, None) if drops => before_message::DROP.to_vec(),
            (_, None) => before_message::PASS.to_vec(),
        };
        let dropped = verdict.map_or(drops, |verdict| verdict.action == Some(Action::Drop));
        Answer { body, dropped }
    }
}

/// What is told of a replay.
struct Report<'a> {
    log: &'a Log,
    replayed: &'a Replayed,
    rules: &'a RuleSet,
    samples: usize,
}

impl<'a> Report<'a> {
    /// The changes by what was and what is, the most frequent first.
    fn kinds(&self) -> Vec<((&'a str, &'a str), Vec<&'a Change>)> {
        let mut kinds: BTreeMap<(&str, &str), Vec<&Change>> = BTreeMap::new();
        for change in &self.replayed.changed {
            kinds.entry((&change.was, &change.now)).or_default().push(change);
        }
        let mut kinds: Vec<_> = kinds.into_iter().collect();
        kinds.sort_by_key(|(_, changes)| std::cmp::Reverse(changes.len()));
        kinds
    }

    fn json(&self) -> Value {
        let replayed = self.replayed;
        let change = |change: &Change| {
            let mut told = json!({
                "decision": change.decision, "was": change.was, "now": change.now, "rules": change.rules,
            });
            if change.was == change.now {
                told["was_answer"] = json!(change.was_answer);
                told["now_answer"] = json!(change.now_answer);
            }
            if !change.detail.is_empty() {
                told["detail"] = json!(change.detail);
            }
            told
        };
        let rules = replayed.rules.iter().map(|(rule, turns)| {
            let turns = json!({"fires": turns.fires, "silent": turns.silent, "mode": turns.mode});
            (rule.clone(), turns)
        });
        let causes =
            replayed.not_replayable.iter().map(|(cause, count)| (cause.name().to_owned(), json!(count)));
        let kinds = self.kinds().into_iter();
        json!({
            "records": replayed.records, "replayable": replayed.replayable,
            "changed": replayed.changed.iter().map(change).collect::<Vec<_>>(),
            "changes": kinds.map(|((was, now), all)| json!({"was": was, "now": now, "decisions": all.len()}))
                .collect::<Vec<_>>(),
            "rules": rules.collect::<serde_json::Map<_, _>>(),
            "not_replayable": causes.collect::<serde_json::Map<_, _>>(),
            "repeated": replayed.repeated, "differing": replayed.differing,
            "revision": self.rules.revision(),
        })
    }

    /// The text of a sample, cut around the first match if it is long, and what the rules matched in
    /// it: of the part with the first match.
    fn sample(&self, change: &Change) -> Option<(String, Vec<Range<usize>>)> {
        let record = self.log.record(change.index).ok()?;
        let parts = record.message?.parts;
        let part = change.spans.first().map_or(0, |(part, _)| *part);
        let text = parts.get(part)?.text.as_ref()?.to_string();
        let spans = change.spans.iter().filter(|(of, _)| *of == part).map(|(_, range)| range.clone());
        // a log may have gone through other hands
        let spans = spans.filter(|range| text.get(range.clone()).is_some()).collect();
        Some(cut(&text, spans))
    }
}

/// A text of no more characters than are read at a glance, with its matches where they are then.
fn cut(text: &str, matches: Vec<Range<usize>>) -> (String, Vec<Range<usize>>) {
    let first = matches.first().map_or(0, |first| first.start);
    if text.chars().nth(SHOWN).is_none() {
        return (text.to_owned(), matches);
    }
    let start = text[..first].char_indices().rev().nth(BEFORE).map_or(0, |(at, _)| at);
    let end = text[start..].char_indices().nth(SHOWN).map_or(text.len(), |(at, _)| start + at);
    let (before, after) = (if start > 0 { "…" } else { "" }, if end < text.len() { "…" } else { "" });
    let moved = |range: Range<usize>| {
        (range.start < end)
            .then(|| range.start - start + before.len()..range.end.min(end) - start + before.len())
    };
    (format!("{before}{}{after}", &text[start..end]), matches.into_iter().filter_map(moved).collect())
}

/// `annotate → drop`, `annotate, answered otherwise`.
fn kind(was: &str, now: &str) -> String {
    if was == now { format!("{was}, answered otherwise") } else { format!("{was} → {now}") }
}

/// `none → drop 14, drop → none 2`.
fn summary(kinds: &[((&str, &str), Vec<&Change>)]) -> String {
    let one = |((was, now), changes): &((&str, &str), Vec<&Change>)| {
        format!("{} {}", kind(was, now), changes.len())
    };
    kinds.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_around_their_first_match() {
        let text = format!("{}heron{} heron", "é".repeat(400), "ü".repeat(400));
        let (shown, matches) = cut(&text, vec![800..805, 1606..1611]);
        assert_eq!(
            (shown.chars().count(), &shown[matches[0].clone()], matches.len()),
            (SHOWN + 2, "heron", 1)
        );
        assert_eq!(cut("a heron", vec![2..4, 3..7]).1, [2..4, 3..7]);
        assert!(cut(&text, Vec::new()).0.ends_with("é…"));
    }
}
