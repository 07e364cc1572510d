//! The account that is given of what was counted.

use std::collections::{BTreeMap, HashMap, HashSet};

use hdrhistogram::Histogram;
use serde::Serialize;

use super::{Stats, Tally};
use crate::engine::matcher::words::{Edges, Entry};
use crate::engine::rule::Mode;
use crate::engine::{Action, RuleSet};
use crate::text::ViewKind;

/// Pieces that the time of a log is divided into, at most.
const PIECES: usize = 16;
/// With fewer bins of time, nothing can be said of a trend.
const FEWEST: usize = 8;

/// What a log says of the rules. Times are milliseconds since 1970-01-01T00:00Z.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// All decisions.
    pub decisions: u64,
    /// Those with a verdict; shares are shares of these.
    pub judged: u64,
    /// The time of the first.
    pub first: Option<i64>,
    /// The time of the last.
    pub last: Option<i64>,
    /// How many came to which action.
    pub actions: BTreeMap<String, u64>,
    /// How many were judged, and why others were not.
    pub outcomes: BTreeMap<String, u64>,
    /// How many were decided under which revision of the rules.
    pub rulesets: BTreeMap<String, u64>,
    /// The engine's time, in microseconds.
    pub engine_us: Percentiles,
    /// The rules that fired, most hits first.
    pub rules: Vec<RuleReport>,
    /// Rules that are on and never fired; none where the rules are not known.
    pub silent: Option<Vec<String>>,
    /// Rules that fired on more than a share of all messages.
    pub noisy: Vec<String>,
    /// Rules that never fired without another one.
    pub covered: Vec<Covered>,
    /// Patterns that never matched, by rule, of the rules that fired; none where the rules are not known.
    pub never: Option<Vec<Never>>,
}

/// One rule that fired.
#[derive(Clone, Debug, Serialize)]
pub struct RuleReport {
    /// Its id.
    pub id: String,
    /// What it asked for last.
    pub action: String,
    /// Messages on which it fired.
    pub hits: u64,
    /// Those on which it was in shadow.
    pub shadow: u64,
    /// Its share of the judged messages, 0 to 1.
    pub share: f64,
    /// Its share of the messages in the last quarter of the log's time, and before it.
    pub trend: Option<Trend>,
    /// Its share of the messages in each piece of the log's time, in order.
    pub shares: Vec<f64>,
    /// The time of the first hit.
    pub first: i64,
    /// The time of the last hit.
    pub last: i64,
    /// What matched most often, as sent, in small letters, by the number of messages; only of texts
    /// that were kept in full.
    pub words: Vec<Counted>,
    /// By how much the counts of words may be too low: the rarest of very many words are forgotten.
    pub words_short_by: u64,
    /// The patterns that matched most often, by the number of places.
    pub patterns: Vec<Counted>,
    /// Rules that fired on the same messages, most often first.
    pub with: Vec<Companion>,
    /// Whether the rules, where they are known, have it no more or have it off.
    pub gone: bool,
}

/// A word or pattern and how often it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// The word or pattern.
    pub what: String,
    /// How often.
    pub count: u64,
}

/// A rule that fires beside another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Companion {
    /// Its id.
    pub id: String,
    /// Messages on which both fired.
    pub count: u64,
    /// The share of the other rule's hits, 0 to 1.
    pub share: f64,
}

/// How often a rule fires of late, and how often it did before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Trend {
    /// Its share of the judged messages in the last quarter of the log's time.
    pub late: f64,
    /// Its share in the three quarters before.
    pub before: f64,
}

/// A rule that fired on nothing but what another rule fired on too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Covered {
    /// The rule.
    pub rule: String,
    /// Its hits.
    pub hits: u64,
    /// The other one.
    pub by: String,
    /// The other one's hits.
    pub by_hits: u64,
    /// Whether the other one asks for as much or more, so that without the rule nobody's message would
    /// have fared better.
    pub as_strong: bool,
}

/// Patterns of a rule that never matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Never {
    /// The rule.
    pub rule: String,
    /// How many patterns it has: entries, expressions, kinds of data.
    pub of: usize,
    /// Those that never matched, or only where another one of the same rule did.
    pub patterns: Vec<String>,
}

/// How long something took, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Percentiles {
    pub mean: f64,
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub p999: f64,
    pub max: f64,
}

/// The rules as they are now, to tell what never fired and what never matched.
#[derive(Clone, Copy, Debug)]
pub struct Known<'r>(pub &'r RuleSet);

impl Stats {
    /// The account. Rules that fire on more than the share `noisy` of the messages are noisy; of words,
    /// patterns and companions the first `top` are named.
    #[must_use]
    pub fn report(&self, known: Option<Known<'_>>, noisy: f64, top: usize) -> Report {
        let judged = self.judged.total();
        let on: Option<HashSet<&str>> = known.map(|Known(rules)| ids(rules).collect());
        let mut order: Vec<usize> = (0..self.rules.len()).collect();
        order.sort_by(|&a, &b| {
            let (a, b) = (&self.rules[a], &self.rules[b]);
            b.total().cmp(&a.total()).then_with(|| a.id.cmp(&b.id))
        });
        let companions = self.companions();
        let rules: Vec<RuleReport> = order
            .iter()
            .map(|&at| RuleReport {
                gone: on.as_ref().is_some_and(|on| !on.contains(&*self.rules[at].id)),
                ..self.rule_report(at, &companions[at], top)
            })
            .collect();
        let silent = known.map(|Known(rules)| {
            ids(rules).filter(|id| !self.index.contains_key(*id)).map(str::to_owned).collect()
        });
        Report {
            decisions: self.decisions,
            judged,
            first: self.all.span().map(|(first, _)| first),
            last: self.all.span().map(|(_, last)| last),
            actions: self.actions.clone(),
            outcomes: self.outcomes.clone(),
            rulesets: self.rulesets.clone(),
            engine_us: Percentiles::of(&self.engine),
            noisy: rules.iter().filter(|rule| rule.share > noisy).map(|rule| rule.id.clone()).collect(),
            covered: order.iter().filter_map(|&at| self.covered(at, &companions[at])).collect(),
            never: known.map(|Known(rules)| self.never(rules)),
            rules,
            silent,
        }
    }

    /// For each rule, the others that fired on its messages, most often first.
    fn companions(&self) -> Vec<Vec<(usize, u64)>> {
        let mut all = vec![Vec::new(); self.rules.len()];
        for (&(one, other), &count) in &self.together {
            all[one].push((other, count));
            all[other].push((one, count));
        }
        for with in &mut all {
            with.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| self.rules[a.0].id.cmp(&self.rules[b.0].id)));
        }
        all
    }

    fn rule_report(&self, at: usize, with: &[(usize, u64)], top: usize) -> RuleReport {
        let tally = &self.rules[at];
        let (first, last) = tally.hits.span().unwrap_or_default();
        let (hits, judged) = (tally.hits.over(&self.all), self.judged.over(&self.all));
        let companion = |&(other, count): &(usize, u64)| Companion {
            id: self.rules[other].id.clone(),
            count,
            share: share(count, tally.total()),
        };
        RuleReport {
            id: tally.id.clone(),
            action: tally.action.clone(),
            hits: tally.total(),
            shadow: tally.shadow,
            share: share(tally.total(), self.judged.total()),
            trend: trend(&hits, &judged),
            shares: pieces(&hits, &judged),
            first,
            last,
            words: counted(tally.words.top(top)),
            words_short_by: tally.words.short_by(),
            patterns: counted(tally.top_patterns(top)),
            with: with.iter().take(top).map(companion).collect(),
            gone: false,
        }
    }

    /// The rule that fired on all of a rule's messages: the strongest one, then the one with most hits.
    fn covered(&self, at: usize, with: &[(usize, u64)]) -> Option<Covered> {
        let own = &self.rules[at];
        let always = with.iter().filter(|(_, count)| *count == own.total()).map(|&(other, _)| other);
        let other = &self.rules[always.max_by_key(|&other| {
            let other = &self.rules[other];
            (other.asks() >= own.asks(), other.total(), std::cmp::Reverse(&other.id))
        })?];
        Some(Covered {
            rule: own.id.clone(),
            hits: own.total(),
            by: other.id.clone(),
            by_hits: other.total(),
            as_strong: other.asks() >= own.asks(),
        })
    }

    fn never(&self, rules: &RuleSet) -> Vec<Never> {
        let mut all = Vec::new();
        for (rule, patterns) in rules.rules().iter().zip(rules.looked_for()) {
            let Some(&at) = self.index.get(&rule.id) else { continue };
            let seen: HashSet<(&str, String)> =
                self.rules[at].patterns.keys().map(|(kind, view, what)| same(kind, view, what)).collect();
            let of = patterns.len();
            let mut never: Vec<String> = patterns
                .into_iter()
                .filter(|written| !seen.contains(&same(written.kind, written.view, written.pattern)))
                .map(|written| written.pattern.to_owned())
                .collect();
            never.sort_unstable();
            if !never.is_empty() {
                all.push(Never { rule: rule.id.clone(), of, patterns: never });
            }
        }
        all
    }
}

impl Tally {
    fn top_patterns(&self, top: usize) -> Vec<(&str, u64)> {
        let mut sums: HashMap<&str, u64> = HashMap::new();
        for ((kind, _, pattern), count) in &self.patterns {
            *sums.entry(if pattern.is_empty() { kind } else { pattern }).or_default() += count;
        }
        let mut all: Vec<(&str, u64)> = sums.into_iter().collect();
        all.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        all.truncate(top);
        all
    }

    /// How strong what it asks for is; nothing where it never counted.
    fn asks(&self) -> Option<Action> {
        let action = Action::ALL.into_iter().find(|action| action.name() == self.action);
        action.filter(|_| self.enforced > 0)
    }
}

impl Percentiles {
    fn of(nanoseconds: &Histogram<u64>) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "no engine takes 2⁵³ ns")]
        let us = |quantile| (nanoseconds.value_at_quantile(quantile) / 10) as f64 / 100.0;
        Percentiles {
            mean: (nanoseconds.mean() / 10.0).round() / 100.0,
            p50: us(0.5),
            p90: us(0.9),
            p99: us(0.99),
            p999: us(0.999),
            max: us(1.0),
        }
    }
}

fn ids(rules: &RuleSet) -> impl Iterator<Item = &str> {
    rules.rules().iter().filter(|rule| rule.mode != Mode::Off).map(|rule| rule.id.as_str())
}

/// What makes two patterns the same: of entries, not how they are written but what they match.
fn same<'k>(kind: &'k str, view: &str, pattern: &str) -> (&'k str, String) {
    let view = ViewKind::ALL.into_iter().find(|known| known.name() == view);
    let entry =
        view.filter(|_| kind == "words").and_then(|view| Entry::compile(pattern, view, Edges::Word).ok());
    (kind, entry.map_or_else(|| pattern.to_owned(), |entry| entry.canonical()))
}

fn counted(top: Vec<(&str, u64)>) -> Vec<Counted> {
    top.into_iter().map(|(what, count)| Counted { what: what.to_owned(), count }).collect()
}

/// A share, to a millionth.
#[expect(clippy::cast_precision_loss, reason = "a share is for people")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64 * 1e6).round() / 1e6 }
}

/// Shares of each piece of the time; pieces of whole bins, so that they may differ by one bin.
fn pieces(hits: &[u64], judged: &[u64]) -> Vec<f64> {
    let many = hits.len().min(PIECES);
    let edge = |piece: usize| piece * hits.len() / many;
    (0..many)
        .map(|piece| {
            let range = edge(piece)..edge(piece + 1);
            share(hits[range.clone()].iter().sum(), judged[range].iter().sum())
        })
        .collect()
}

fn trend(hits: &[u64], judged: &[u64]) -> Option<Trend> {
    let quarter = hits.len() - hits.len() / 4;
    let (before, late) = (judged[..quarter].iter().sum(), judged[quarter..].iter().sum());
    (hits.len() >= FEWEST && before > 0 && late > 0).then(|| Trend {
        late: share(hits[quarter..].iter().sum(), late),
        before: share(hits[..quarter].iter().sum(), before),
    })
}
