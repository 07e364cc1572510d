//! Records that may influence one another, in groups: two groups have nothing in common, so that they
//! can be judged at the same time and the end is the same.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::head::Head;
use super::order::{Step, Timeline};

/// The steps of each group, in their order. Groups come by epoch, so that the states of one can be
/// given up before the next, and the largest of an epoch first, so that no thread is left with it.
pub(super) fn groups(heads: &[Head], timeline: &Timeline) -> Vec<Vec<Step>> {
    let mut union = Union((0..u32::try_from(heads.len()).unwrap_or(u32::MAX)).collect());
    let mut met: HashMap<u64, u32> = HashMap::new();
    let mut seen_in = vec![u32::MAX; heads.len()];
    for step in &timeline.steps {
        let head = &heads[step.head as usize];
        if seen_in[step.head as usize] == step.epoch || head.place.is_none() {
            continue;
        }
        seen_in[step.head as usize] = step.epoch;
        for &coupling in &head.couplings {
            let other = *met.entry(key(step.epoch, coupling)).or_insert(step.head);
            union.join(step.head, other);
        }
    }
    let mut groups: Vec<Vec<Step>> = Vec::new();
    let mut group_of = vec![usize::MAX; heads.len()];
    for step in &timeline.steps {
        let group = &mut group_of[union.root(step.head) as usize];
        if *group == usize::MAX {
            *group = groups.len();
            groups.push(Vec::new());
        }
        groups[*group].push(*step);
    }
    groups.sort_by_key(|steps| (steps.first().map(|step| step.epoch), Reverse(steps.len())));
    groups
}

fn key(epoch: u32, coupling: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    (epoch, coupling).hash(&mut hasher);
    hasher.finish()
}

/// For each record another of its group, or itself.
struct Union(Vec<u32>);

impl Union {
    fn root(&mut self, mut record: u32) -> u32 {
        while self.0[record as usize] != record {
            let above = self.0[self.0[record as usize] as usize];
            self.0[record as usize] = above;
            record = above;
        }
        record
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        // the smaller one: no long chains where a log is in order
        self.0[a.max(b) as usize] = a.min(b);
    }
}
