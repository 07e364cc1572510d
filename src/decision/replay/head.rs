//! What has to be known of every record before the first is judged: where it stands in its state, and
//! with which others it may have to do.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::{Cause, Log};
use crate::decision::record::{Record, TextKept};
use crate::engine::state::{Limits, State};
use crate::engine::{Engine, Facts, RuleSet};

/// The heads of a log.
pub(super) struct Heads {
    /// In the order of the log.
    pub(super) all: Vec<Head>,
    pub(super) unreadable: Vec<String>,
    pub(super) repeated: usize,
}

/// What is known of a record without judging it.
pub(super) struct Head {
    /// The record's index in the log.
    pub(super) index: usize,
    /// Whether it can be judged.
    pub(super) standing: Result<(), Cause>,
    /// When it was decided, by the server's clock.
    pub(super) time: i64,
    /// When the message was sent.
    pub(super) sent_at: i64,
    /// Which state it stepped, by a number of its own, and the numbers of its steps.
    pub(super) place: Option<(u32, [u64; 3])>,
    /// What it may meet others in.
    pub(super) couplings: Vec<u64>,
    /// Whether it was judged by the rules that judge it now.
    pub(super) same_rules: bool,
}

/// A head before states have numbers.
struct Read {
    head: Head,
    id: Box<str>,
    state: Box<str>,
}

impl Heads {
    /// Reads the heads of all records; `done` counts them.
    pub(super) fn read(
        log: &Log,
        rules: &std::sync::Arc<RuleSet>,
        threads: usize,
        done: &AtomicUsize,
    ) -> Heads {
        let engine = &Engine::new(std::sync::Arc::clone(rules), State::new(Limits::default()).into());
        let share = log.len().div_ceil(threads.max(1)).max(1);
        let read = |from: usize| {
            let one = |index| {
                done.fetch_add(1, Ordering::Relaxed);
                read(log, engine, index)
            };
            (from..log.len().min(from + share)).map(one).collect::<Vec<_>>()
        };
        let all = thread::scope(|scope| {
            let running: Vec<_> =
                (0..log.len()).step_by(share).map(|from| scope.spawn(move || read(from))).collect();
            let read = running.into_iter().map(thread::ScopedJoinHandle::join);
            read.collect::<Result<Vec<_>, _>>()
        });
        let all = all.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Heads::put_together(all.into_iter().flatten())
    }

    fn put_together(all: impl Iterator<Item = Result<Read, String>>) -> Heads {
        let mut heads = Heads { all: Vec::new(), unreadable: Vec::new(), repeated: 0 };
        let mut states: HashMap<Box<str>, u32> = HashMap::new();
        let mut known: HashSet<Box<str>> = HashSet::new();
        for read in all {
            match read {
                Err(error) => heads.unreadable.push(error),
                Ok(Read { id, .. }) if known.contains(&id) => heads.repeated += 1,
                Ok(Read { mut head, id, state }) => {
                    known.insert(id);
                    if let Some((number, _)) = &mut head.place {
                        let next = u32::try_from(states.len()).unwrap_or(u32::MAX);
                        *number = *states.entry(state).or_insert(next);
                    }
                    heads.all.push(head);
                }
            }
        }
        heads
    }
}

fn read(log: &Log, engine: &Engine, index: usize) -> Result<Read, String> {
    let record = log.record(index)?;
    let standing = standing(&record);
    let place = record.state.as_ref().filter(|place| place.steps != [0; 3]);
    let message = record.message.as_ref();
    let couplings = match (standing, message) {
        (Ok(()), Some(message)) => engine.couplings(&message.to_message(), &Facts::new()),
        _ => Vec::new(),
    };
    let head = Head {
        index,
        standing,
        time: record.time,
        sent_at: message.map_or(i64::MIN, |message| message.sent_at),
        place: place.map(|place| (0, place.steps)),
        couplings,
        same_rules: record.ruleset == engine.rules().revision(),
    };
    let state = place.map_or("", |place| &place.id);
    Ok(Read { head, id: (*record.id).into(), state: state.into() })
}

/// Whether a record holds all that judging its message takes.
fn standing(record: &Record<'_>) -> Result<(), Cause> {
    // where the engine refused a message it said why, and says so again
    let by_engine = record.outcome == "judged"
        || (record.outcome.starts_with("unscannable:") && !record.detail.is_empty());
    if !by_engine || record.message.is_none() {
        return Err(Cause::NotJudged);
    }
    if record.text != TextKept::Full {
        return Err(Cause::TextNotKept);
    }
    Ok(())
}
