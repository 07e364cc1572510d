//! Judges a decision log again under other rules, and tells which decisions change.
//!
//! The server's own judgement is repeated, step by step: every message takes three steps on the state
//! that conditions count in, and its record says with which numbers. Taken in that order on a fresh
//! state they count exactly as the server did, however its messages overlapped. What was counted
//! before the log began, or is missing from it, is unknown, and so is what rests on it: such a
//! decision is told to be not replayable, and never to be unchanged.

mod compare;
mod group;
mod head;
mod log;
mod order;
mod worker;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::value::RawValue;

pub use log::Log;

use self::group::groups;
use self::head::Heads;
use self::order::timeline;
use self::worker::{Found, Worker};
use crate::engine::{RuleSet, Verdict};

/// How verdicts are answered: the platforms' part of a decision.
pub trait Answers: Sync {
    /// What a route of the server answers to a verdict, or where there is none.
    fn answer(&self, route: &str, verdict: Option<&Verdict>) -> Answer;
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The body.
    pub body: Vec<u8>,
    /// Whether it keeps the message from being delivered.
    pub dropped: bool,
}

/// What a log is judged by.
pub struct Replay<'a> {
    /// The rules.
    pub rules: Arc<RuleSet>,
    /// How verdicts are answered.
    pub answers: &'a dyn Answers,
    /// How many threads share the work; the result is the same with any number of them.
    pub threads: usize,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Replayed {
    /// Decisions in the log.
    pub records: usize,
    /// Those that could be judged again as they were judged.
    pub replayable: usize,
    /// Those whose action or answer is another now, in the order of the log.
    pub changed: Vec<Change>,
    /// Those that could not be judged again, by cause.
    pub not_replayable: BTreeMap<Cause, usize>,
    /// Rules that fire otherwise on what could be judged again, by id.
    pub rules: BTreeMap<String, Turns>,
    /// Decisions by the same revision of the rules that did not come out as they are recorded, in the
    /// order of the log. Something is wrong: with the log, the configuration, or premod.
    pub differing: Vec<String>,
    /// Lines that can't be read, each with its place and what is wrong.
    pub unreadable: Vec<String>,
    /// Lines that hold a decision that was read before: the same log given twice.
    pub repeated: usize,
}

/// A decision that changes.
#[derive(Clone, Debug)]
pub struct Change {
    /// The record's index in the [`Log`].
    pub index: usize,
    /// The decision's id.
    pub decision: String,
    /// The action it was.
    pub was: String,
    /// The action it is now.
    pub now: String,
    /// The answer it was.
    pub was_answer: Option<Box<RawValue>>,
    /// The answer it is now.
    pub now_answer: Option<Box<RawValue>>,
    /// Why there is no verdict now; empty where there is one.
    pub detail: String,
    /// The rules by which the two differ, sorted: those that fire now and did not, or fired and don't,
    /// or ask for something else.
    pub rules: Vec<String>,
    /// What those rules matched: the part of the message, and bytes of its text.
    pub spans: Vec<(usize, Range<usize>)>,
}

/// How often a rule fires otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turns {
    /// It fires now and did not.
    pub fires: usize,
    /// It fired and does not now.
    pub silent: usize,
    /// It fires as before, but counts now and did not, or the other way round.
    pub mode: usize,
}

/// Why a decision can't be judged again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Its text was not kept as it was sent.
    TextNotKept,
    /// Rules did not judge it: it could not be read, or there was no time.
    NotJudged,
    /// It rests on counts, or on what its sender said before, that the log does not tell.
    StateUnknown,
    /// Its line can't be read.
    Unreadable,
}

impl Cause {
    /// The name that reports for machines use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Cause::TextNotKept => "text_not_kept",
            Cause::NotJudged => "not_judged",
            Cause::StateUnknown => "state_unknown",
            Cause::Unreadable => "unreadable",
        }
    }

    /// The cause, for people.
    #[must_use]
    pub fn why(self) -> &'static str {
        match self {
            Cause::TextNotKept => "the text was not kept",
            Cause::NotJudged => "the rules had not judged it",
            Cause::StateUnknown => "it rests on what the log does not tell",
            Cause::Unreadable => "the line can't be read",
        }
    }
}

impl Replay<'_> {
    /// Judges a log again. `done` counts the records that are through: twice the log's, each being read
    /// once to put it in its place, and once to be judged.
    #[must_use]
    pub fn run(&self, log: &Log, done: &AtomicUsize) -> Replayed {
        let heads = Heads::read(log, &self.rules, self.threads, done);
        let timeline = timeline(&heads.all);
        let groups = groups(&heads.all, &timeline);
        let next = AtomicUsize::new(0);
        let work = || {
            let mut worker = Worker::new(self, log, &timeline.epochs);
            while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
                worker.judge(group, &heads.all, done);
            }
            worker.found
        };
        let found = thread::scope(|scope| {
            let running: Vec<_> = (0..self.threads.max(1)).map(|_| scope.spawn(work)).collect();
            let found = running.into_iter().map(thread::ScopedJoinHandle::join);
            found.collect::<Result<Vec<Found>, _>>()
        });
        let found = found.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        sum(heads, found)
    }
}

/// All that was found, put back into the order of the log.
fn sum(heads: Heads, found: Vec<Found>) -> Replayed {
    let mut replayed = Replayed { repeated: heads.repeated, ..Replayed::default() };
    let mut differing = Vec::new();
    for found in found {
        replayed.replayable += found.replayable;
        replayed.changed.extend(found.changed);
        differing.extend(found.differing);
        for (rule, turns) in found.rules {
            let all = replayed.rules.entry(rule).or_default();
            all.fires += turns.fires;
            all.silent += turns.silent;
            all.mode += turns.mode;
        }
        if found.unknown > 0 {
            *replayed.not_replayable.entry(Cause::StateUnknown).or_default() += found.unknown;
        }
    }
    for cause in heads.all.iter().filter_map(|head| head.standing.err()) {
        *replayed.not_replayable.entry(cause).or_default() += 1;
    }
    if !heads.unreadable.is_empty() {
        replayed.not_replayable.insert(Cause::Unreadable, heads.unreadable.len());
    }
    replayed.unreadable = heads.unreadable;
    replayed.changed.sort_by_key(|change| change.index);
    differing.sort();
    replayed.differing = differing.into_iter().map(|(_, id)| id).collect();
    replayed.records = heads.all.len() + replayed.unreadable.len();
    replayed
}
