//! Counters that workers count in without waiting for one another: each thread has its own, and they
//! are added up when somebody asks.
//!
//! Two workers that answer 30,000 messages a second each would else meet at every one of them. And what
//! one thread alone writes to needs no locked instruction.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use prometheus_client::metrics::counter::Atomic;

/// Shards of a counter. All but the last belong to one thread each; later threads share that one.
pub(super) const SHARDS: usize = 64;

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static OWN: Cell<usize> = Cell::new(THREADS.fetch_add(1, Ordering::Relaxed).min(SHARDS - 1));
}

/// The shard that this thread counts in.
#[derive(Clone, Copy)]
pub(super) struct Own(pub(super) usize);

impl Own {
    pub(super) fn get() -> Own {
        Own(OWN.get())
    }

    /// Adds to a counter of this shard.
    pub(super) fn add(self, counter: &AtomicU64, value: u64) {
        if self.0 == SHARDS - 1 {
            counter.fetch_add(value, Ordering::Relaxed);
        } else {
            counter.store(counter.load(Ordering::Relaxed).wrapping_add(value), Ordering::Relaxed);
        }
    }
}

/// A count that the metrics library can show.
#[derive(Debug)]
pub(super) struct Sharded(Box<[Line]>);

/// A counter on cache lines of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Line(AtomicU64);

impl Default for Sharded {
    fn default() -> Self {
        Sharded((0..SHARDS).map(|_| Line::default()).collect())
    }
}

/// What is given back, the library does not look at: it would be this thread's part.
impl Atomic<u64> for Sharded {
    fn inc(&self) -> u64 {
        self.inc_by(1)
    }

    fn inc_by(&self, value: u64) -> u64 {
        let own = Own::get();
        let Line(counter) = &self.0[own.0];
        let before = counter.load(Ordering::Relaxed);
        own.add(counter, value);
        before
    }

    fn get(&self) -> u64 {
        self.0.iter().map(|Line(counter)| counter.load(Ordering::Relaxed)).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    #[test]
    fn what_all_threads_counted_is_added_up() {
        let count = Arc::new(Sharded::default());
        let threads = (0..2 * SHARDS).map(|_| {
            let own = Arc::clone(&count);
            thread::spawn(move || (0..100).for_each(|_| _ = own.inc()))
        });
        threads.collect::<Vec<_>>().into_iter().for_each(|thread| thread.join().expect("counted"));
        assert_eq!(count.get(), 200 * SHARDS as u64);
    }
}
