//! The engine alone: what a message costs, and which rules and patterns make it cost that.
//!
//! All rules share the passes over a text, so a rule's cost is what it adds to a rule set that has those
//! and nothing else. The sum over the rules is not the whole: they share more than that.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use premod::engine::state::{Limits, State};
use premod::engine::{Engine, Facts, RuleSet};
use premod::message::Message;
use premod::platform::cometchat::{Body, Envelope};
use premod::rulefile::compile::compile_beside;
use premod::rulefile::dissect::{Part, parts};
use premod::rulefile::{Compiled, Diagnostics, Sources, compile};
use serde_json::{Value, json};

use super::{Args, progress_bar};
use crate::cli::{CONFIG, Places, setup};

/// How many rules and patterns are listed for people; JSON has them all.
const LISTED: usize = 20;
/// A rule set that has the passes for words and for literals of expressions, and nothing that is ever
/// found.
const PASSES: &str =
    r"rules: [{id: premod.bench.passes, match: {words: [xqzjvkwpt], regex: ['xqzjvkwpt\d']}}]";

/// Times the rules and prints what was found.
pub(super) fn run(places: &Places, args: &Args) -> anyhow::Result<u8> {
    let Some(config) = setup::config(places) else { return Ok(CONFIG) };
    let (sources, compiled, found) = setup::rules(&config.rules);
    let Some(compiled) = compiled else {
        setup::tell(&found);
        return Ok(CONFIG);
    };
    let bodies = args.bodies()?;
    let bodies: Vec<Body<'_>> = bodies.iter().map(|bytes| Body::new(bytes)).collect();
    let messages = messages(&bodies)?;
    let report = Report::of(&compiled, &sources, &messages, args.duration)?;
    if args.json {
        anstream::println!("{:#}", report.to_json());
    } else {
        report.print();
    }
    Ok(0)
}

fn messages<'b>(bodies: &'b [Body<'b>]) -> anyhow::Result<Vec<Message<'b>>> {
    let message = |body: &'b Body<'b>| body.envelope().and_then(Envelope::into_message);
    let messages: Vec<_> = bodies.iter().filter_map(|body| message(body).ok()).collect();
    if messages.is_empty() {
        bail!("there are no messages to judge");
    }
    Ok(messages)
}

/// What a part or a rule costs a message.
struct Cost {
    kind: &'static str,
    name: String,
    rule: String,
    /// Added to the passes that all share.
    own: Duration,
}

struct RuleCost {
    id: String,
    own: Duration,
    hits: u64,
}

struct Report {
    revision: String,
    messages: usize,
    characters: usize,
    /// Of each message judged under all rules, ascending.
    latencies: Vec<Duration>,
    /// A message under no rule, and under one that looks for a word and for an expression.
    nothing: Duration,
    shared: Duration,
    /// Costliest first.
    rules: Vec<RuleCost>,
    parts: Vec<Cost>,
}

impl Report {
    fn of(
        compiled: &Compiled,
        sources: &Sources,
        messages: &[Message<'_>],
        duration: Duration,
    ) -> anyhow::Result<Report> {
        let passes = Sources::from_memory([("passes.yaml", PASSES)]);
        let passes = compile(&passes, &mut Diagnostics::default()).context("a rule")?;
        let (beside, tables) = (&passes.documents.rules, &compiled.tables);
        let lone: Vec<(&str, RuleSet, Vec<Part>)> = compiled
            .documents
            .rules
            .iter()
            .filter_map(|rule| {
                let alone = compile_beside(rule, beside, sources, tables)?;
                Some((rule.rule.id.value.as_str(), alone, parts(rule, beside, sources, tables)))
            })
            .collect();
        let timed = 2 + lone.iter().map(|(_, _, parts)| 1 + parts.len()).sum::<usize>();
        let slice = duration / 2 / u32::try_from(timed).unwrap_or(u32::MAX);
        let bar = progress_bar();
        bar.set_length(timed as u64 + 1);
        bar.set_message("all rules");
        // once more, because the set that is there can't be had by value
        let whole = whole_of(sources).context("the rules compiled before")?;
        let ids: Vec<String> = whole.rules().iter().map(|rule| rule.id.clone()).collect();
        let (latencies, hits) = all(whole, messages, duration / 2);
        bar.inc(1);
        let time = |rules: RuleSet| {
            let time = mean(rules, messages, slice);
            bar.inc(1);
            time
        };
        let nothing = time(RuleSet::default());
        let shared = time(passes.rules);
        let (mut rules, mut all_parts) = (Vec::new(), Vec::new());
        for (id, alone, parts) in lone {
            bar.set_message(id.to_owned());
            let own = time(alone).saturating_sub(shared);
            let hits = ids.iter().position(|known| known == id).map_or(0, |index| hits[index]);
            rules.push(RuleCost { id: id.to_owned(), own, hits });
            for Part { kind, name, rules } in parts {
                let own = time(rules).saturating_sub(shared);
                all_parts.push(Cost { kind, name, rule: id.to_owned(), own });
            }
        }
        bar.finish_and_clear();
        rules.sort_by_key(|rule| Reverse(rule.own));
        all_parts.sort_by_key(|part| Reverse(part.own));
        let characters = messages.iter().map(|message| message.text().chars().count()).sum::<usize>();
        Ok(Report {
            revision: sources.revision(),
            messages: messages.len(),
            characters: characters / messages.len(),
            latencies,
            nothing,
            shared,
            rules,
            parts: all_parts,
        })
    }

    fn percentile(&self, share: f64) -> Duration {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a place in a list"
        )]
        let place = (share * (self.latencies.len() - 1) as f64).round() as usize;
        self.latencies[place]
    }

    fn mean(&self) -> Duration {
        self.latencies.iter().sum::<Duration>() / u32::try_from(self.latencies.len()).unwrap_or(u32::MAX)
    }

    fn print(&self) {
        let Report { messages, characters, revision, .. } = self;
        let rules = setup::count(self.rules.len(), "rule");
        anstream::println!("messages   {messages}, {characters} characters in the mean");
        anstream::println!("rules      {rules}, revision {revision}");
        let at = |share| micros(self.percentile(share));
        anstream::println!(
            "judging    mean {} µs  p50 {}  p90 {}  p99 {}  p99.9 {}  max {}",
            micros(self.mean()),
            at(0.5),
            at(0.9),
            at(0.99),
            at(0.999),
            at(1.0)
        );
        anstream::println!(
            "of which   {} µs are spent on a message whatever the rules, {} µs with anything to look for",
            micros(self.nothing),
            micros(self.shared)
        );
        if cfg!(debug_assertions) {
            anstream::println!(
                "beware     this binary was built for debugging: times are many times too long"
            );
        }
        anstream::println!("\n     µs  hits       rule");
        for rule in self.rules.iter().take(LISTED) {
            let hits = format!("{} ({})", rule.hits, self.share(rule.hits));
            anstream::println!("{:>7}  {hits:<9}  {}", micros(rule.own), rule.id);
        }
        more(self.rules.len());
        anstream::println!("\n     µs  pattern, alone");
        for part in self.parts.iter().take(LISTED) {
            let name: String = part.name.chars().take(60).collect();
            anstream::println!("{:>7}  {} {name}  ({})", micros(part.own), part.kind, part.rule);
        }
        more(self.parts.len());
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of messages stay far below 2⁵²")]
    fn share(&self, hits: u64) -> String {
        format!("{:.1} %", 100.0 * hits as f64 / self.messages as f64)
    }

    fn to_json(&self) -> Value {
        let us = |time: Duration| (time.as_secs_f64() * 1e9).round() / 1e3;
        let rule = |rule: &RuleCost| json!({"id": rule.id, "us": us(rule.own), "hits": rule.hits});
        let part = |part: &Cost| json!({"rule": part.rule, "kind": part.kind, "pattern": part.name, "us": us(part.own)});
        json!({
            "messages": self.messages,
            "characters_mean": self.characters,
            "revision": self.revision,
            "engine_us": {
                "mean": us(self.mean()),
                "p50": us(self.percentile(0.5)),
                "p90": us(self.percentile(0.9)),
                "p99": us(self.percentile(0.99)),
                "p99_9": us(self.percentile(0.999)),
                "max": us(self.percentile(1.0)),
            },
            "without_rules_us": us(self.nothing),
            "with_any_patterns_us": us(self.shared),
            "rules": self.rules.iter().map(rule).collect::<Vec<_>>(),
            "patterns": self.parts.iter().map(part).collect::<Vec<_>>(),
        })
    }
}

fn whole_of(sources: &Sources) -> Option<RuleSet> {
    Some(compile(sources, &mut Diagnostics::default())?.rules)
}

fn engine(rules: RuleSet) -> Engine {
    Engine::new(Arc::new(rules), Arc::new(State::new(Limits::default())))
}

/// Messages that are judged again and again, each time later: none is to meet itself as what its sender
/// said a moment ago, or to be counted together with itself.
struct Rounds<'m> {
    messages: Vec<Message<'m>>,
    /// Milliseconds from one round to the next: more than the first and the last of them lie apart, and
    /// an hour.
    apart: i64,
}

impl<'m> Rounds<'m> {
    fn of(messages: &[Message<'m>]) -> Self {
        let moments = || messages.iter().map(|message| message.sent_at);
        let apart = moments().max().unwrap_or(0) - moments().min().unwrap_or(0) + 3_600_000;
        Rounds { messages: messages.to_vec(), apart }
    }

    /// Has all of them sent later.
    fn go_on(&mut self) {
        let apart = self.apart;
        self.messages.iter_mut().for_each(|message| message.sent_at += apart);
    }
}

/// Each message judged under all rules, for so long: the times, ascending, and each rule's hits among
/// the messages.
fn all(rules: RuleSet, messages: &[Message<'_>], duration: Duration) -> (Vec<Duration>, Vec<u64>) {
    let (facts, mut hits) = (Facts::new(), vec![0; rules.rules().len()]);
    let engine = engine(rules);
    let mut rounds = Rounds::of(messages);
    for message in &rounds.messages {
        for fired in engine.judge(message, &facts).fired {
            hits[fired.rule] += 1;
        }
    }
    let (mut latencies, began) = (Vec::new(), Instant::now());
    while latencies.is_empty() || began.elapsed() < duration {
        rounds.go_on();
        for message in &rounds.messages {
            let before = Instant::now();
            std::hint::black_box(engine.judge(message, &facts));
            latencies.push(before.elapsed());
        }
    }
    latencies.sort_unstable();
    (latencies, hits)
}

/// The mean time of a message under these rules, taken for about so long; the fastest of several
/// goes, because whatever else the machine does only ever adds.
fn mean(rules: RuleSet, messages: &[Message<'_>], slice: Duration) -> Duration {
    const GOES: usize = 5;
    let (engine, facts) = (engine(rules), Facts::new());
    let began = Instant::now();
    let mut sample = Rounds::of(&messages[..messages.len().min(500)]);
    let mut best = Duration::MAX;
    for go in 0.. {
        if go >= GOES && began.elapsed() > slice {
            break;
        }
        let before = Instant::now();
        for message in &sample.messages {
            std::hint::black_box(engine.judge(message, &facts));
        }
        best = best.min(before.elapsed());
        sample.go_on();
        if began.elapsed() > slice * 4 {
            break;
        }
    }
    best / u32::try_from(sample.messages.len()).unwrap_or(u32::MAX)
}

fn micros(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1e6)
}

fn more(all: usize) {
    if all > LISTED {
        anstream::println!("         … and {} more, in --json", all - LISTED);
    }
}
