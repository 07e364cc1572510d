//! The steps of all messages in the order in which the server took them, and where the log does not
//! tell what happened.
//!
//! The numbers of a state's steps are 1, 2, 3, …; one that is missing is a message that the log does
//! not hold. From there on a new epoch runs, whose state knows nothing of what was sent before.

use super::head::Head;

/// A stretch of a message's three steps that is taken at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// The index of the record's head.
    pub(super) head: u32,
    /// The first of its steps: 0 recalls, 1 counts and judges, 2 settles.
    pub(super) first: u8,
    /// The last of them. A message that took fewer on the server may take all of them now.
    pub(super) last: u8,
    /// Which epoch it is taken in.
    pub(super) epoch: u32,
}

/// The steps of all records that can be judged.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    pub(super) steps: Vec<Step>,
    /// For each epoch, the moment (message time) up to which nothing is known; the least there is where
    /// all is known, because the state began empty.
    pub(super) epochs: Vec<i64>,
}

/// Puts the steps of all records into their order.
pub(super) fn timeline(heads: &[Head]) -> Timeline {
    let mut timeline = Timeline::default();
    let mut numbered = numbered(heads);
    numbered.sort_unstable();
    for state in numbered.chunk_by(|a, b| a.0 == b.0) {
        timeline.add(heads, state);
    }
    timeline.add_placeless(heads);
    timeline
}

/// State, number, head, first step, last step.
type Numbered = (u32, u64, u32, u8, u8);

/// All steps that have a number, each with those after it that have none.
fn numbered(heads: &[Head]) -> Vec<Numbered> {
    let mut out = Vec::new();
    for (index, head) in (0..).zip(heads) {
        let Some((state, numbers)) = head.place else { continue };
        let taken: Vec<u8> = (0..3).filter(|&step| numbers[usize::from(step)] != 0).collect();
        for (nth, &step) in taken.iter().enumerate() {
            let first = if nth == 0 { 0 } else { step };
            let last = taken.get(nth + 1).map_or(2, |next| next - 1);
            out.push((state, numbers[usize::from(step)], index, first, last));
        }
    }
    out
}

impl Timeline {
    /// Adds the steps of one state.
    fn add(&mut self, heads: &[Head], steps: &[Numbered]) {
        let (mut next, mut newest) = (1, i64::MIN);
        let mut epoch = None;
        let mut gap = false;
        for &(_, number, index, first, last) in steps {
            let head = &heads[index as usize];
            gap |= number > next;
            next = next.max(number + 1);
            newest = newest.max(head.sent_at);
            if head.standing.is_err() {
                // to recall changes nothing; what else it did nobody knows
                gap |= last > 0;
                continue;
            }
            if gap || epoch.is_none() {
                // what is missing was decided before this one, so hardly sent after that
                epoch = Some(self.epoch(if gap { newest.max(head.time) } else { i64::MIN }));
                gap = false;
            }
            self.steps.extend(epoch.map(|epoch| Step { head: index, first, last, epoch }));
        }
    }

    /// Adds the records that stepped no state: nothing is known of what was before them.
    fn add_placeless(&mut self, heads: &[Head]) {
        let placeless = |head: &Head| head.place.is_none() && head.standing.is_ok();
        if heads.iter().any(placeless) {
            let epoch = self.epoch(i64::MAX);
            let alone = (0..).zip(heads).filter(|(_, head)| placeless(head));
            self.steps.extend(alone.map(|(head, _)| Step { head, first: 0, last: 2, epoch }));
        }
    }

    fn epoch(&mut self, since: i64) -> u32 {
        self.epochs.push(since);
        u32::try_from(self.epochs.len() - 1).unwrap_or(u32::MAX)
    }
}
