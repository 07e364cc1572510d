//! The breaker's measure: whether a rule that was just edited hits so much that it must be a mistake.
//!
//! Only fresh rules can be tripped, so that no raid can switch an old one off, and only once enough
//! messages of enough people have been seen, so that a few of them can't either.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// How long a rule counts as fresh.
pub(super) const FRESH: Duration = Duration::from_secs(3600);
/// The share of messages that a fresh rule may hit: one in five.
const ONE_IN: u64 = 5;
/// The fewest messages to judge a rule by.
const MESSAGES: u64 = 1000;
/// The fewest senders whose messages these are.
const SENDERS: usize = 50;

/// Places for senders: several times as many as have to be told apart.
const PLACES: usize = 256;

/// A reload that changed rules, and what has been seen since.
pub(super) struct Edit {
    since: Instant,
    at: SystemTime,
    /// Messages judged before it.
    before: u64,
    senders: Senders,
}

impl Edit {
    /// An edit of this moment, when so many messages had been judged.
    pub(super) fn new(since: Instant, at: SystemTime, judged: u64) -> Self {
        Edit { since, at, before: judged, senders: Senders::new() }
    }

    pub(super) fn at(&self) -> SystemTime {
        self.at
    }

    /// Whether a rule that it made is still fresh.
    pub(super) fn is_fresh(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) <= FRESH
    }

    /// Takes note of the sender of a message.
    pub(super) fn meet(&self, sender: &str) {
        self.senders.meet(sender);
    }

    /// Messages judged since.
    pub(super) fn messages(&self, judged: u64) -> u64 {
        judged.saturating_sub(self.before)
    }

    /// Whether so many hits are too many by now.
    pub(super) fn is_exceeded(&self, hits: u64, judged: u64) -> bool {
        let messages = self.messages(judged);
        messages >= MESSAGES && hits * ONE_IN > messages && self.senders.are_enough()
    }
}

/// The senders met, told apart until they are enough: a table of hashes without a lock.
struct Senders {
    met: [AtomicU64; PLACES],
    number: AtomicUsize,
}

impl Senders {
    fn new() -> Self {
        Senders { met: [const { AtomicU64::new(0) }; PLACES], number: AtomicUsize::new(0) }
    }

    fn are_enough(&self) -> bool {
        self.number.load(Ordering::Relaxed) >= SENDERS
    }

    fn meet(&self, sender: &str) {
        if self.are_enough() {
            return;
        }
        let mut hasher = DefaultHasher::new();
        sender.hash(&mut hasher);
        // an empty place is 0
        let hash = hasher.finish() | 1;
        let start = usize::try_from(hash >> 32).unwrap_or(0);
        for step in 0..PLACES {
            let place = &self.met[(start + step) % PLACES];
            match place.compare_exchange(0, hash, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => {
                    self.number.fetch_add(1, Ordering::Relaxed);
                    return;
                }
                Err(known) if known == hash => return,
                Err(_) => {}
            }
        }
    }
}
