//! The regular expressions of all rules: one pass for their literals and one for those that have none, and
//! then only those that have a chance.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{HIT, SetId};
use crate::engine::keys::KeyIndex;
use crate::engine::matcher::literal;
use crate::engine::matcher::regex::{Pattern, Sieve, around};
use crate::engine::work::{OutOfWork, Work};

/// The regular expressions of all rules, each once.
#[derive(Clone, Debug, Default)]
pub struct Patterns {
    /// Unlike that of all others; 0 where there are none.
    number: u64,
    pub(super) index: Option<KeyIndex>,
    /// Bytes of the longest literal.
    longest: usize,
    /// For each literal, the patterns that need it.
    pub(super) needs: Vec<Vec<u32>>,
    /// Patterns without a literal.
    pub(super) always: Vec<u32>,
    /// The same as one, in their order.
    pub(super) sieve: Option<Sieve>,
    pub(super) all: Vec<(Pattern, Box<[SetId]>)>,
}

impl Patterns {
    /// Makes an index of the literals of all patterns.
    #[must_use]
    pub fn new(patterns: Vec<(Pattern, SetId)>) -> Self {
        let mut same: BTreeMap<String, (Pattern, BTreeSet<SetId>)> = BTreeMap::new();
        for (pattern, set) in patterns {
            same.entry(pattern.source().to_owned())
                .or_insert_with(|| (pattern, BTreeSet::new()))
                .1
                .insert(set);
        }
        let all: Vec<(Pattern, Box<[SetId]>)> =
            same.into_values().map(|(pattern, sets)| (pattern, sets.into_iter().collect())).collect();
        let mut literals: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        let mut always = Vec::new();
        for (index, (pattern, _)) in (0..).zip(&all) {
            match pattern.literals() {
                None => always.push(index),
                Some(needed) => {
                    for literal in needed {
                        literals.entry(literal).or_default().push(index);
                    }
                }
            }
        }
        let index = KeyIndex::new(&literals.keys().collect::<Vec<_>>());
        let longest = literals.keys().map(|literal| literal.len()).max().unwrap_or(0);
        let needs = literals.into_values().collect();
        let sieve = Sieve::new(always.iter().map(|&index| &all[index as usize].0));
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Patterns { number, index, longest, needs, always, sieve, all }
    }

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The same patterns, each tried on every text.
    pub(in crate::engine) fn without_prefilter(self) -> Self {
        let always = (0..).zip(&self.all).map(|(index, _)| index).collect();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Patterns { number, always, index: None, longest: 0, sieve: None, needs: Vec::new(), all: self.all }
    }

    /// What tells these patterns from all others.
    #[must_use]
    pub(in crate::engine) fn number(&self) -> u64 {
        self.number
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// The pattern of an index that [`Patterns::scan`] gave.
    #[must_use]
    pub fn pattern(&self, index: usize) -> &Pattern {
        &self.all[index].0
    }

    /// The pattern sets that hold the pattern of an index.
    #[must_use]
    pub fn sets(&self, index: usize) -> &[SetId] {
        &self.all[index].1
    }

    /// Whether a pattern may match across the last of the gaps between texts of which none holds a literal.
    ///
    /// # Errors
    /// Where the work is used up.
    pub(in crate::engine) fn may_join(
        &self,
        joined: &str,
        mut gaps: impl DoubleEndedIterator<Item = Range<usize>>,
        candidates: &mut Candidates,
        work: &mut Work,
    ) -> Result<bool, OutOfWork> {
        let Some(last) = gaps.next_back() else { return Ok(false) };
        let may_pass = match &self.sieve {
            Some(sieve) => sieve.may_join(joined, &last, work)?,
            None => !self.always.is_empty(),
        };
        let Some(index) = self.index.as_ref().filter(|_| !may_pass) else { return Ok(may_pass) };
        let reach = self.longest.saturating_sub(1);
        let reach = if joined.is_ascii() { reach } else { literal::before_folding(reach) };
        for gap in gaps.chain([last]) {
            let around = around(joined, &gap, reach);
            work.spend(around.len())?;
            if index.scan(literal::fold(&joined[around], &mut candidates.folded), |_, _| Err(())).is_err() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Runs the patterns that have a chance; calls back with each set, pattern and range. Stops, and
    /// names the pattern, when more work would be done than there is left.
    ///
    /// # Errors
    /// The index of the pattern that was being searched, if one was, when the work was used up.
    pub fn scan(
        &self,
        text: &str,
        candidates: &mut Candidates,
        work: &mut Work,
        mut found: impl FnMut(SetId, usize, Range<usize>),
    ) -> Result<(), Option<usize>> {
        candidates.reset(self.all.len());
        match &self.sieve {
            Some(sieve) => {
                work.spend(text.len()).map_err(|OutOfWork| None)?;
                sieve.passing(text).for_each(|at| candidates.add(self.always[at]));
            }
            None => self.always.iter().for_each(|&index| candidates.add(index)),
        }
        if let Some(index) = &self.index {
            work.spend(text.len()).map_err(|OutOfWork| None)?;
            let mut memory = std::mem::take(&mut candidates.folded);
            let scanned = index.scan(literal::fold(text, &mut memory), |literal, _| {
                candidates.literal = true;
                self.needs[literal].iter().for_each(|&index| candidates.add(index));
                work.spend(1)
            });
            scanned.map_err(|OutOfWork| None)?;
            candidates.folded = memory;
        }
        for &index in &candidates.list {
            let index = index as usize;
            let (pattern, sets) = &self.all[index];
            let mut start = 0;
            while start <= text.len() {
                let range = pattern.find_at(text, start);
                let end = range.as_ref().map_or(text.len(), |range| range.end);
                work.spend(pattern.cost(text, start, end)).map_err(|OutOfWork| Some(index))?;
                let Some(range) = range else { break };
                if range.is_empty() {
                    // Nothing was matched: on to the next character.
                    start = end + text[end..].chars().next().map_or(1, char::len_utf8);
                    continue;
                }
                start = range.end;
                work.spend(HIT * sets.len()).map_err(|OutOfWork| Some(index))?;
                sets.iter().for_each(|&set| found(set, index, range.clone()));
            }
        }
        Ok(())
    }
}

/// What tells the next patterns from all others.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// Patterns to run on a text, each once, without an allocation a text.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    list: Vec<u32>,
    seen: Vec<bool>,
    /// Whether a literal was met.
    literal: bool,
    /// The text folded.
    folded: String,
}

impl Candidates {
    fn reset(&mut self, patterns: usize) {
        for &index in &self.list {
            if let Some(seen) = self.seen.get_mut(index as usize) {
                *seen = false;
            }
        }
        self.list.clear();
        self.seen.resize(patterns.max(self.seen.len()), false);
        self.literal = false;
    }

    /// Whether the last text that was scanned holds a literal of any pattern.
    pub(in crate::engine) fn met_literal(&self) -> bool {
        self.literal
    }

    fn add(&mut self, index: u32) {
        if !std::mem::replace(&mut self.seen[index as usize], true) {
            self.list.push(index);
        }
    }
}
