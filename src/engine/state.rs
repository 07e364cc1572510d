//! What conditions count in: for each key, the moments at which its messages were sent.
//!
//! Time is the messages' own, never the clock's, so that a replay counts as the server did. Nothing
//! expires: memory bounds alone push moments out, least used keys first, and each entry knows since
//! when it is complete, so that a count which may have lost something says so.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use super::order::Order;
use super::tail::{self, Recalled, Tails};
use crate::message::Message;

/// What a [`State`] may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in all, roughly.
    pub bytes: u64,
    /// Moments of one key; the oldest leave.
    pub moments: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { bytes: 64 << 20, moments: 4096 }
    }
}

/// The moments of every key that was counted. Shared between threads, and between the rule sets that
/// follow each other. Costs nothing until something is counted.
#[derive(Debug, Default)]
pub struct State {
    limits: Limits,
    entries: OnceLock<Cache<u64, Arc<Entry>>>,
    lost: Arc<Lost>,
    tails: OnceLock<Tails>,
    tails_lost: Arc<Lost>,
    order: Order,
    /// Counts that reach back to before this moment are incomplete; see [`State::doubt_counts`].
    doubted: Newest,
    /// Messages that nothing but their place in this count tells apart.
    nameless: Arc<AtomicU64>,
}

/// A message in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Milliseconds since 1970-01-01T00:00Z.
    pub(crate) at: i64,
    /// Which message: the same for each retry of it.
    pub(crate) message: u64,
}

/// How many messages a window holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// The messages.
    pub(crate) messages: u64,
    /// Whether a memory bound may have pushed out some that belong here.
    pub(crate) lossy: bool,
}

/// A stable hash of the parts of a key.
pub(crate) fn hash(parts: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}

impl State {
    /// An empty state.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        State { limits, ..State::default() }
    }

    /// A state that knows nothing of what was sent up to a moment, in milliseconds since
    /// 1970-01-01T00:00Z, and says so of counts that reach back so far: for a replay that begins late.
    #[must_use]
    pub fn since(limits: Limits, moment: i64) -> Self {
        let state = State::new(limits);
        state.lost.newest.tell(moment);
        state.tails_lost.newest.tell(moment);
        state
    }

    /// A state that begins empty and knows nothing of what was sent up to a moment, as [`State::since`],
    /// for messages of which this state has seen some: those without a name stay told apart.
    #[must_use]
    pub fn after(&self, moment: i64) -> Self {
        State { nameless: Arc::clone(&self.nameless), ..State::since(self.limits, moment) }
    }

    /// How many keys and single moments the memory bounds have pushed out.
    #[must_use]
    pub fn evicted(&self) -> u64 {
        self.lost.count.load(Ordering::Relaxed) + self.tails_lost.count.load(Ordering::Relaxed)
    }

    /// Takes a step on these keys, which nothing else steps meanwhile; `act` is given its number.
    pub(super) fn step<T>(&self, keys: impl IntoIterator<Item = u64>, act: impl FnOnce(u64) -> T) -> T {
        self.order.step(keys, act)
    }

    /// What the sender wrote just before, by the key of the tail, and the number of this step.
    pub(super) fn recall(&self, message: &Message<'_>, tail: Option<u64>) -> (u64, Recalled) {
        self.step(tail, |number| {
            let (texts, lossy) = tail.map(|key| self.tails().before(key, message)).unwrap_or_default();
            (number, Recalled { tail, texts, lossy })
        })
    }

    /// Recalls nothing: what was written before is known, or nobody asks.
    pub(super) fn pass(&self) -> u64 {
        self.step(None, |number| number)
    }

    /// Remembers how a message was judged: strikes under these keys, and what it said under that of
    /// its tail, with the expressions of whose literals it holds none, if it was delivered. Returns the number of this step.
    pub(super) fn settle(
        &self,
        message: &Message<'_>,
        (strikes, moment): (&[u64], Moment),
        tail: Option<(u64, u64)>,
    ) -> u64 {
        self.step(strikes.iter().copied().chain(tail.map(|(key, _)| key)), |number| {
            for &key in strikes {
                self.add(key, moment, &[]);
            }
            if let Some((key, bare_of)) = tail {
                self.tails().remember(key, message, bare_of);
            }
            number
        })
    }

    /// Takes what happened up to a message for unknown: its strikes under these keys, and what its
    /// sender said. Counts that reach back so far say so.
    pub(super) fn doubt(&self, message: &Message<'_>, strikes: &[u64]) {
        for &key in strikes {
            self.change(key, |moments| moments.since = moments.since.max(message.sent_at));
        }
        if let Some(key) = tail::key(message) {
            self.tails().doubt(key, message.sent_at);
        }
    }

    /// Takes all counts up to a moment for unknown: a message was counted then, nobody knows where.
    pub(super) fn doubt_counts(&self, moment: i64) {
        self.doubted.tell(moment);
    }

    fn tails(&self) -> &Tails {
        self.tails.get_or_init(|| Tails::new(self.limits.bytes / 4, &self.tails_lost))
    }

    /// A message in time: one `muid` of an app is one message, across retries; one without is a
    /// message of its own.
    pub(crate) fn moment(&self, at: i64, app: &str, muid: &str) -> Moment {
        let message = match muid {
            "" => hash(&self.nameless.fetch_add(1, Ordering::Relaxed)),
            muid => hash(&(app, muid)),
        };
        Moment { at, message }
    }

    /// Adds a message to a key, unless it is there already, then counts for each window (length in
    /// milliseconds) the messages in (at − window, at], this one included.
    pub(crate) fn add(&self, key: u64, moment: Moment, windows: &[i64]) -> Vec<Count> {
        self.change(key, |moments| {
            let own = moments.insert(moment);
            let doubted = self.doubted.get();
            let counts =
                windows.iter().map(|&window| moments.count(moment.at, window, (own, 1), doubted)).collect();
            self.lost.count.fetch_add(moments.keep(self.limits.moments), Ordering::Relaxed);
            counts
        })
    }

    /// Changes the moments of a key, which begins if there is none.
    fn change<T>(&self, key: u64, change: impl FnOnce(&mut Moments) -> T) -> T {
        let new = || Arc::new(Entry::since(self.lost.newest()));
        let mut entry = self.entries().get_with(key, new);
        let mut moments = entry.lock();
        while moments.gone {
            // The cache put it out to make room while it handed it out, or since: what would be written
            // here nobody would read. No one else has this key meanwhile, see `order`.
            drop(moments);
            self.entries().invalidate(&key);
            entry = self.entries().get_with(key, new);
            moments = entry.lock();
        }
        let changed = change(&mut moments);
        let weight = moments.weight();
        drop(moments);
        if entry.weight.swap(weight, Ordering::Relaxed) != weight {
            self.entries().insert(key, entry); // only an insertion is weighed
        }
        changed
    }

    /// Counts as [`State::add`] does, but leaves the state as it is and this message out.
    pub(crate) fn others(&self, key: u64, moment: Moment, windows: &[i64]) -> Vec<Count> {
        let doubted = self.doubted.get();
        let Some(entry) = self.entries().get(&key) else {
            let lost = self.lost.newest().max(doubted);
            let lossy = |window: &i64| moment.at.saturating_sub(*window) < lost;
            return windows.iter().map(|window| Count { messages: 0, lossy: lossy(window) }).collect();
        };
        let moments = entry.lock();
        let own = moments.own(moment.message);
        windows.iter().map(|&window| moments.count(moment.at, window, (own, 0), doubted)).collect()
    }

    fn entries(&self) -> &Cache<u64, Arc<Entry>> {
        self.entries.get_or_init(|| {
            let lost = Arc::clone(&self.lost);
            Cache::builder()
                .max_capacity(self.limits.bytes)
                .weigher(|_, entry: &Arc<Entry>| entry.weight.load(Ordering::Relaxed))
                // the default policy refuses new keys for the sake of old ones
                .eviction_policy(EvictionPolicy::lru())
                .eviction_listener(move |_, entry: Arc<Entry>, cause| {
                    if cause.was_evicted() {
                        let mut moments = entry.lock();
                        moments.gone = true;
                        lost.tell(moments.newest());
                    }
                })
                .build()
        })
    }
}

/// What the memory bounds have pushed out so far.
#[derive(Debug, Default)]
pub(super) struct Lost {
    count: AtomicU64,
    /// The newest moment of a key that was evicted: a key that is absent may have had moments up to
    /// here, and none later.
    newest: Newest,
}

impl Lost {
    /// A key is gone, whose newest moment was this.
    pub(super) fn tell(&self, newest: i64) {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.newest.tell(newest);
    }

    pub(super) fn newest(&self) -> i64 {
        self.newest.get()
    }
}

/// The newest of some moments; the least there is as long as there is none.
#[derive(Debug)]
struct Newest(AtomicI64);

impl Newest {
    fn tell(&self, moment: i64) {
        self.0.fetch_max(moment, Ordering::Relaxed);
    }

    fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Default for Newest {
    fn default() -> Self {
        Newest(AtomicI64::new(i64::MIN))
    }
}

#[derive(Debug)]
struct Entry {
    /// Bytes, as last weighed.
    weight: AtomicU32,
    moments: Mutex<Moments>,
}

impl Entry {
    fn since(since: i64) -> Self {
        // room for a few: most keys never grow, and growing means weighing again
        let moments =
            Moments { since, gone: false, sorted: VecDeque::with_capacity(4), messages: HashSet::new() };
        Entry { weight: AtomicU32::new(moments.weight()), moments: Mutex::new(moments) }
    }

    fn lock(&self) -> MutexGuard<'_, Moments> {
        self.moments.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The moments of one key, oldest first.
#[derive(Debug)]
struct Moments {
    /// All moments after this time are here.
    since: i64,
    /// Whether the cache has put it out.
    gone: bool,
    sorted: VecDeque<Moment>,
    /// The messages among them, once there are many: looking through all for each new one would make
    /// those who write most the dearest.
    messages: HashSet<u64>,
}

/// More moments than this are not looked through.
const MANY: usize = 64;

impl Moments {
    /// When the message was counted: now, unless it was before.
    fn insert(&mut self, moment: Moment) -> Option<i64> {
        self.own(moment.message).or_else(|| {
            let place = self.sorted.partition_point(|other| other.at <= moment.at);
            self.sorted.insert(place, moment);
            if self.sorted.len() == MANY + 1 {
                self.messages.extend(self.sorted.iter().map(|moment| moment.message));
            } else if self.sorted.len() > MANY {
                self.messages.insert(moment.message);
            }
            Some(moment.at)
        })
    }

    fn own(&self, message: u64) -> Option<i64> {
        if self.sorted.len() > MANY && !self.messages.contains(&message) {
            return None;
        }
        self.sorted.iter().rev().find(|moment| moment.message == message).map(|moment| moment.at)
    }

    /// The others in (at − window, at], and `weight` for the message itself; nothing up to the moment
    /// `doubted` is certain.
    fn count(&self, at: i64, window: i64, (own, weight): (Option<i64>, u64), doubted: i64) -> Count {
        let from = at.saturating_sub(window);
        let until = |time: i64| self.sorted.partition_point(|moment| moment.at <= time);
        let all = (until(at) - until(from)) as u64;
        let own = own.is_some_and(|own| from < own && own <= at);
        Count { messages: all - u64::from(own) + weight, lossy: from < self.since.max(doubted) }
    }

    /// Drops the oldest moments over the limit; how many.
    fn keep(&mut self, limit: usize) -> u64 {
        let excess = self.sorted.len().saturating_sub(limit);
        for moment in self.sorted.drain(..excess) {
            self.since = self.since.max(moment.at);
            self.messages.remove(&moment.message);
        }
        excess as u64
    }

    fn newest(&self) -> i64 {
        self.sorted.back().map_or(self.since, |moment| moment.at.max(self.since))
    }

    fn weight(&self) -> u32 {
        // 256: the entry itself and the cache's own node
        let moments = self.sorted.capacity() * size_of::<Moment>();
        // a place in a set takes a byte beside what it holds
        let messages = self.messages.capacity() * (size_of::<u64>() + 1);
        u32::try_from(256 + moments + messages).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counts_as_a_naive_model_does(
            sent in prop::collection::vec((0_u64..3, 0_i64..40, 0_u64..250, any::<bool>()), 1..400),
            windows in prop::collection::vec(1_i64..30, 1..4),
        ) {
            let state = State::default();
            let mut model: HashMap<u64, Vec<Moment>> = HashMap::new();
            for (key, at, muid, add) in sent {
                let muid = if muid == 0 { String::new() } else { muid.to_string() };
                let moment = state.moment(at, "app", &muid);
                let message = moment.message;
                let seen = model.entry(key).or_default();
                let others = |window: i64| {
                    let others = seen.iter().filter(|other| other.message != message);
                    others.filter(|other| at - window < other.at && other.at <= at).count() as u64
                };
                let counted = if add { state.add(key, moment, &windows) } else { state.others(key, moment, &windows) };
                let expected: Vec<_> = windows
                    .iter()
                    .map(|&window| Count { messages: others(window) + u64::from(add), lossy: false })
                    .collect();
                prop_assert_eq!(counted, expected);
                if add && seen.iter().all(|other| other.message != message) {
                    seen.push(moment);
                }
            }
        }
    }

    #[test]
    fn the_oldest_moments_leave_and_the_count_says_so() {
        let state = State::new(Limits { moments: 3, ..Limits::default() });
        let send = |at| state.add(1, state.moment(at, "app", ""), &[100, 2])[..].to_vec();
        for at in 1..=3 {
            send(at);
        }
        assert_eq!(send(4), [Count { messages: 4, lossy: false }, Count { messages: 2, lossy: false }]);
        assert_eq!(send(5), [Count { messages: 4, lossy: true }, Count { messages: 2, lossy: false }]);
        assert_eq!(state.evicted(), 2);
    }

    #[test]
    fn keys_leave_when_memory_is_full_and_later_counts_say_so() {
        let state = State::new(Limits { bytes: 4096, ..Limits::default() });
        for key in 0..1000 {
            state.add(key, state.moment(1000, "app", ""), &[10]);
        }
        state.entries().run_pending_tasks();
        assert!(state.evicted() > 900, "{}", state.evicted());
        assert!(state.entries().weighted_size() <= 4096);
        let again = |at| state.add(0, state.moment(at, "app", ""), &[10])[0];
        assert_eq!(again(1005), Count { messages: 1, lossy: true });
        assert_eq!(again(1011), Count { messages: 2, lossy: false }, "what was lost is out of the window");
    }

    proptest! {
        #[test]
        fn a_count_that_lost_something_says_so(sent in prop::collection::vec(0_u64..12, 300)) {
            let state = State::new(Limits { bytes: 1600, ..Limits::default() });
            let windows: Vec<i64> = (1..40).collect();
            let mut model: HashMap<u64, Vec<i64>> = HashMap::new();
            for (at, key) in (0..).zip(sent) {
                let counts = state.add(key, state.moment(at, "app", ""), &windows);
                let all = model.entry(key).or_default();
                all.push(at);
                for (window, count) in windows.iter().zip(counts) {
                    let expected = all.iter().filter(|&&other| other > at - window).count() as u64;
                    prop_assert!(count.lossy || count.messages == expected, "{count:?} of {expected}");
                }
            }
        }
    }

    #[test]
    fn a_growing_key_is_weighed_again() {
        let state = State::default();
        for at in 0..1000 {
            state.add(1, state.moment(at, "app", ""), &[10]);
        }
        state.entries().run_pending_tasks();
        assert!(state.entries().weighted_size() >= 16_000, "{}", state.entries().weighted_size());
    }
}
