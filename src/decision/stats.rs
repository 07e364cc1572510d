//! What decision logs say of the rules: how often each fired, on what, when, and beside which others.
//!
//! A log is read once and not kept: memory grows with the rules and the patterns that matched, never
//! with the log. What people wrote is without bound, so only its most frequent words are counted.

use std::collections::{BTreeMap, HashMap};

use hdrhistogram::Histogram;

mod frequent;
mod report;
mod series;

use frequent::Frequent;
pub use report::{Companion, Counted, Covered, Known, Never, Percentiles, Report, RuleReport, Trend};
use series::Series;

use super::record::{Fired, Record, Span, TextKept};

/// The longest word that is counted as it is, in characters; of a longer one, its beginning.
const LONGEST: usize = 48;

/// The longest time of the engine that is told apart from longer ones: a minute.
const LONGEST_NS: u64 = 60_000_000_000;

/// What has been counted so far.
#[derive(Debug)]
pub struct Stats {
    decisions: u64,
    actions: BTreeMap<String, u64>,
    outcomes: BTreeMap<String, u64>,
    rulesets: BTreeMap<String, u64>,
    /// Engine time of what was judged, in nanoseconds.
    engine: Histogram<u64>,
    /// All decisions, and those with a verdict, over time.
    all: Series,
    judged: Series,
    index: HashMap<String, usize>,
    rules: Vec<Tally>,
    /// How often two rules fired on the same message, the smaller index first.
    together: HashMap<(usize, usize), u64>,
}

/// What has been counted of one rule.
#[derive(Debug)]
struct Tally {
    id: String,
    /// What it asked for last.
    action: String,
    enforced: u64,
    shadow: u64,
    hits: Series,
    /// Messages in which each word matched, as sent, in small letters.
    words: Frequent,
    /// Places where each pattern matched, by kind, view and pattern.
    patterns: HashMap<(String, String, String), u64>,
}

impl Default for Stats {
    fn default() -> Self {
        Stats {
            decisions: 0,
            actions: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            rulesets: BTreeMap::new(),
            engine: Histogram::new_with_bounds(1, LONGEST_NS, 3).expect("bounds that are in order"),
            all: Series::default(),
            judged: Series::default(),
            index: HashMap::new(),
            rules: Vec::new(),
            together: HashMap::new(),
        }
    }
}

impl Stats {
    /// Counts one decision.
    pub fn add(&mut self, record: &Record<'_>) {
        self.decisions += 1;
        self.all.add(record.time);
        count(&mut self.actions, &record.action);
        count(&mut self.outcomes, &record.outcome);
        count(&mut self.rulesets, &record.ruleset);
        if record.outcome != "judged" {
            return;
        }
        self.judged.add(record.time);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "no time is below 0")]
        self.engine.saturating_record((record.engine_us * 1000.0) as u64);
        let mut fired: Vec<usize> = record.rules.iter().map(|fired| self.rule(fired, record)).collect();
        fired.sort_unstable();
        fired.dedup();
        for (at, &one) in fired.iter().enumerate() {
            for &other in &fired[at + 1..] {
                *self.together.entry((one, other)).or_default() += 1;
            }
        }
    }

    /// Counts a rule that fired; returns its index.
    fn rule(&mut self, fired: &Fired<'_>, record: &Record<'_>) -> usize {
        let index = self.index.get(&*fired.id).copied().unwrap_or_else(|| {
            self.index.insert(fired.id.to_string(), self.rules.len());
            self.rules.push(Tally::new(&fired.id));
            self.rules.len() - 1
        });
        let tally = &mut self.rules[index];
        tally.hits.add(record.time);
        *(if fired.mode == "enforce" { &mut tally.enforced } else { &mut tally.shadow }) += 1;
        if tally.action != fired.action {
            tally.action = fired.action.to_string();
        }
        let mut words: Vec<String> = Vec::new();
        for span in &fired.spans {
            let pattern = (span.kind.to_string(), span.view.to_string(), span.pattern.to_string());
            *tally.patterns.entry(pattern).or_default() += 1;
            words.extend(matched(record, span).map(folded));
        }
        words.sort_unstable();
        words.dedup();
        for word in words {
            tally.words.add(word);
        }
        index
    }
}

impl Tally {
    fn new(id: &str) -> Self {
        Tally {
            id: id.to_owned(),
            action: String::new(),
            enforced: 0,
            shadow: 0,
            hits: Series::default(),
            words: Frequent::default(),
            patterns: HashMap::new(),
        }
    }

    fn total(&self) -> u64 {
        self.enforced + self.shadow
    }
}

/// What a pattern matched, as it was sent; none where the text was not kept whole.
#[must_use]
pub fn matched<'r>(record: &'r Record<'_>, span: &Span<'_>) -> Option<&'r str> {
    if record.text != TextKept::Full {
        return None;
    }
    let part = record.message.as_ref()?.parts.get(span.part)?;
    part.text.as_deref()?.get(span.start..span.end)
}

/// A word in small letters, on one line, its end left out where it is very long.
fn folded(word: &str) -> String {
    let mut folded = word.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = folded.char_indices().nth(LONGEST) {
        folded.truncate(end);
        folded.push('…');
    }
    folded
}

fn count(into: &mut BTreeMap<String, u64>, what: &str) {
    match into.get_mut(what) {
        Some(count) => *count += 1,
        None => drop(into.insert(what.to_string(), 1)),
    }
}
