//! Judges groups of records, one after the other, on states of its own.

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::compare::{Comparison, compare};
use super::head::Head;
use super::order::Step;
use super::{Change, Log, Replay, Turns};
use crate::decision::record::{Record, print as print_of};
use crate::engine::state::{Limits, State};
use crate::engine::{Action, Decision, Engine, Facts, Recalled, RuleSet, Search, Unsettled};

/// One thread's share of the work.
pub(super) struct Worker<'a> {
    replay: &'a Replay<'a>,
    log: &'a Log,
    /// For each epoch, up to when nothing is known.
    epochs: &'a [i64],
    /// What all its states come from: it tells apart the messages that have no name.
    origin: State,
    engines: BTreeMap<u32, Engine>,
    memory: Search,
    open: HashMap<u32, Open>,
    /// Whether counts of the group at hand are in doubt.
    doubted: bool,
    pub(super) found: Found,
}

/// What a worker has found so far; in no order that means anything.
#[derive(Default)]
pub(super) struct Found {
    pub(super) replayable: usize,
    /// Decisions that rest on what the log does not tell.
    pub(super) unknown: usize,
    pub(super) changed: Vec<Change>,
    pub(super) differing: Vec<(usize, String)>,
    pub(super) rules: BTreeMap<String, Turns>,
}

/// A message between its steps.
struct Open {
    record: Record<'static>,
    index: usize,
    recalled: (u64, Recalled),
    /// What is left to do once it is judged.
    end: End,
}

enum End {
    Nothing,
    Settle(Unsettled),
    /// Nobody knows how it was to be judged.
    Doubt(Unsettled),
}

impl<'a> Worker<'a> {
    pub(super) fn new(replay: &'a Replay<'a>, log: &'a Log, epochs: &'a [i64]) -> Self {
        // Memory bounds would make counts depend on what else a thread has judged. The bound of one
        // key is the server's own: it cuts the same moments off.
        let origin = State::new(Limits { bytes: u64::MAX, ..Limits::default() });
        Worker {
            replay,
            log,
            epochs,
            origin,
            engines: BTreeMap::new(),
            memory: Search::default(),
            open: HashMap::new(),
            doubted: false,
            found: Found::default(),
        }
    }

    /// Judges the records of one group.
    pub(super) fn judge(&mut self, group: &[Step], heads: &[Head], done: &AtomicUsize) {
        let first = group.first().map_or(0, |step| step.epoch);
        self.engines.retain(|&epoch, _| epoch >= first);
        // What other rules decided before may have been decided otherwise by these, and so may this.
        let alike = group.iter().all(|step| heads[step.head as usize].same_rules);
        for step in group {
            for phase in step.first..=step.last {
                match phase {
                    0 => self.recall(step, heads[step.head as usize].index),
                    1 => self.weigh(step, alike, done),
                    _ => self.settle(step),
                }
            }
        }
        self.open.clear();
        if std::mem::take(&mut self.doubted) {
            // other groups share no count with this one, and none of its doubts
            self.engines.clear();
        }
    }

    fn engine(&mut self, epoch: u32) -> &Engine {
        self.engines.entry(epoch).or_insert_with(|| {
            let state = self.origin.after(self.epochs[epoch as usize]);
            Engine::new(Arc::clone(&self.replay.rules), Arc::new(state))
        })
    }

    fn recall(&mut self, step: &Step, index: usize) {
        let Ok(record) = self.log.record(index) else { return };
        let Some(message) = record.message.as_ref().map(|message| message.to_message()) else { return };
        let engine = self.engine(step.epoch);
        // a message refused for its length takes no steps
        let recalled = if engine.fits(&message) { engine.recall(&message) } else { (0, Recalled::default()) };
        drop(message);
        self.open.insert(step.head, Open { record, index, recalled, end: End::Nothing });
    }

    fn weigh(&mut self, step: &Step, alike: bool, done: &AtomicUsize) {
        let Some(mut open) = self.open.remove(&step.head) else { return };
        let Some(message) = open.record.message.as_ref().map(|message| message.to_message()) else { return };
        let recalled = std::mem::take(&mut open.recalled);
        let unsure = recalled.1.lossy;
        let mut memory = std::mem::take(&mut self.memory);
        let tripped = tripped(&self.replay.rules, &open.record);
        let engine = self.engine(step.epoch);
        for &rule in &tripped {
            engine.trip(rule, true);
        }
        let judged = catch_unwind(AssertUnwindSafe(|| {
            if !engine.fits(&message) {
                return (Decision::unscannable("text over limit"), None);
            }
            engine.weigh(&mut memory, &message, &Facts::new(), recalled, |_, _| ())
        }));
        for &rule in &tripped {
            engine.trip(rule, false);
        }
        // a memory that a panic left behind holds anything
        self.memory = if judged.is_ok() { memory } else { Search::default() };
        let (decision, unsettled) = judged.unwrap_or_else(|_| (Decision::unscannable("panic"), None));
        let was_unsure = open.record.state.as_ref().is_some_and(|place| place.incomplete);
        let incomplete = decision.state_incomplete || was_unsure;
        if unsure || was_unsure {
            self.doubted |= self.engine(step.epoch).doubt_counts(&message);
        }
        if incomplete {
            self.found.unknown += 1;
        } else {
            let line = alike.then(|| self.log.line(open.index));
            let comparison = compare(self.replay, &open.record, &message, &decision, line);
            self.found.add(open.index, &open.record, comparison);
        }
        drop(message);
        open.end = match unsettled {
            None => End::Nothing,
            // what is not known may still be certain in its consequences: the server's own
            Some(unsettled) if incomplete && !agrees(&unsettled, &open.record) => End::Doubt(unsettled),
            Some(unsettled) => End::Settle(unsettled),
        };
        self.open.insert(step.head, open);
        done.fetch_add(1, Ordering::Relaxed);
    }

    fn settle(&mut self, step: &Step) {
        let Some(open) = self.open.remove(&step.head) else { return };
        let Some(message) = open.record.message.as_ref().map(|message| message.to_message()) else { return };
        let engine = self.engine(step.epoch);
        match &open.end {
            End::Nothing => {}
            End::Settle(unsettled) => {
                engine.settle(&message, unsettled);
            }
            End::Doubt(unsettled) => engine.doubt(&message, unsettled),
        }
    }
}

/// The rules that the circuit breaker had put into shadow when a message was judged, and that are what
/// they were: an edited rule is not to be held to what its forerunner did.
fn tripped(rules: &RuleSet, record: &Record<'_>) -> Vec<usize> {
    let same_rules = record.ruleset == rules.revision();
    let mut prints = record.fingerprints.iter();
    let mut rule = |id: &str| {
        let print = prints.next();
        let at = rules.rules().binary_search_by(|rule| (*rule.id).cmp(id)).ok()?;
        (same_rules || print.is_some_and(|own| **own == *print_of(&rules.rules()[at]))).then_some(at)
    };
    record.tripped.iter().filter_map(|id| rule(id)).collect()
}

/// Whether a message leaves behind what it left behind on the server.
fn agrees(unsettled: &Unsettled, record: &Record<'_>) -> bool {
    let is = |action: Action| record.action == action.name();
    record.outcome == "judged"
        && unsettled.struck == (is(Action::Flag) || is(Action::Drop))
        && unsettled.delivered != is(Action::Drop)
}

impl Found {
    fn add(&mut self, index: usize, record: &Record<'_>, comparison: Comparison) {
        self.replayable += 1;
        for (rule, turn) in comparison.turns {
            let turns = self.rules.entry(rule).or_default();
            turns.fires += turn.fires;
            turns.silent += turn.silent;
            turns.mode += turn.mode;
        }
        if let Some(change) = comparison.change {
            self.changed.push(Change { index, ..change });
        }
        if comparison.differs {
            self.differing.push((index, record.id.to_string()));
        }
    }
}
