//! The order in which messages step the state: without it, a replay could not count as the server did.
//!
//! Messages judged at the same time step the same keys in some order, and only a number drawn while
//! those keys are held tells which. Keys share a fixed set of locks, taken in one order; messages that
//! share no lock never wait for each other.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// How many locks the keys share: so few that a set of them is one word.
pub(super) const LOCKS: usize = 64;

/// The numbers of a message's three steps, each drawn from one count for the whole state. 0 stands for
/// a step that was not taken: a message that is refused for its length takes none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// When the sender's last messages were recalled.
    pub recalled: u64,
    /// When it was counted.
    pub counted: u64,
    /// When its verdict was remembered.
    pub settled: u64,
}

/// Draws the numbers.
#[derive(Debug)]
pub(super) struct Order {
    locks: [Mutex<()>; LOCKS],
    drawn: AtomicU64,
}

impl Default for Order {
    fn default() -> Self {
        Order { locks: std::array::from_fn(|_| Mutex::default()), drawn: AtomicU64::new(0) }
    }
}

impl Order {
    /// Takes a step that reads or changes these keys: `act` is given the step's number, and no other
    /// step on any of the keys happens meanwhile.
    pub(super) fn step<T>(&self, keys: impl IntoIterator<Item = u64>, act: impl FnOnce(u64) -> T) -> T {
        let held = keys.into_iter().fold(0_u64, |held, key| held | 1 << (key % LOCKS as u64));
        if held == 0 {
            return act(self.draw());
        }
        let mut act = Some(act);
        let mut done = None;
        self.holding(held, &mut || {
            done = act.take().map(|act| act(self.draw()));
        });
        done.expect("it was called once")
    }

    fn draw(&self) -> u64 {
        1 + self.drawn.fetch_add(1, Ordering::Relaxed)
    }

    /// Calls `act` once, with the locks of a set held. Every set is locked in ascending order, so that
    /// no two messages wait for each other.
    fn holding(&self, set: u64, act: &mut dyn FnMut()) {
        if set == 0 {
            return act();
        }
        let lock = &self.locks[set.trailing_zeros() as usize];
        let _held = lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.holding(set & (set - 1), act);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn numbers_tell_the_order_of_steps_on_each_key() {
        let order = Order::default();
        let seen: [Mutex<Vec<u64>>; 8] = Default::default();
        thread::scope(|scope| {
            for thread in 0..4_usize {
                let (order, seen) = (&order, &seen);
                scope.spawn(move || {
                    for turn in 0..500 {
                        let keys = [(thread + turn) % 8, (thread + turn * 3 + 1) % 8];
                        order.step(keys.map(|key| key as u64), |number| {
                            for &key in &keys[..if keys[0] == keys[1] { 1 } else { 2 }] {
                                seen[key].try_lock().expect("the key is held").push(number);
                            }
                        });
                    }
                });
            }
        });
        for key in seen {
            let key = key.into_inner().expect("no panic");
            assert!(key.is_sorted() && !key.is_empty(), "a later step had an earlier number");
        }
    }
}
