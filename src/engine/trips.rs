//! Rules that were set to shadow while they serve, by whoever watches what they do.
//!
//! The engine itself trips none: it would need a clock for that. It takes the state of this moment at
//! the start of a judgement and names it in the decision, so that a replay can repeat it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// For each rule of a rule set, whether it was tripped.
#[derive(Debug)]
pub(super) struct Trips {
    rules: Box<[AtomicBool]>,
    /// How many are: almost always none, which is then known without looking at all of them.
    number: AtomicUsize,
}

impl Trips {
    /// None of so many rules is tripped.
    pub(super) fn new(rules: usize) -> Self {
        Trips { rules: (0..rules).map(|_| AtomicBool::new(false)).collect(), number: AtomicUsize::new(0) }
    }

    /// Trips a rule, or takes that back. Tells whether this changed anything.
    pub(super) fn set(&self, rule: usize, tripped: bool) -> bool {
        let Some(own) = self.rules.get(rule) else { return false };
        let changed = own.swap(tripped, Ordering::Relaxed) != tripped;
        if changed && tripped {
            self.number.fetch_add(1, Ordering::Relaxed);
        } else if changed {
            self.number.fetch_sub(1, Ordering::Relaxed);
        }
        changed
    }

    /// The rules that are tripped, in their order.
    pub(super) fn now(&self) -> Vec<usize> {
        if self.number.load(Ordering::Relaxed) == 0 {
            return Vec::new();
        }
        let tripped = |rule: &usize| self.rules[*rule].load(Ordering::Relaxed);
        (0..self.rules.len()).filter(tripped).collect()
    }
}
