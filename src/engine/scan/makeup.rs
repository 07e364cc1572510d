//! What a scan is made of: for whoever wants to know what it costs before it runs.

use std::convert::Infallible;
use std::mem::size_of;

use super::{Keyword, Keywords, Patterns, SetId};
use crate::engine::keys::KeyIndex;
use crate::engine::matcher::literal;
use crate::engine::matcher::regex::Pattern;

impl Keywords {
    /// How many entries there are, their variants included.
    pub(in crate::engine) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether some of them are looked for in the loose view.
    pub(in crate::engine) fn is_loose(&self) -> bool {
        self.loose
    }

    /// Bytes that entries take beside the index of their keys, roughly.
    pub(in crate::engine) fn entry_memory(&self) -> usize {
        // A letter is kept as a run, in the source and for hidden letters.
        let letter = size_of::<u64>() + 1 + size_of::<char>();
        let each = size_of::<Keyword>() + size_of::<Box<[char]>>() + size_of::<u32>();
        self.entries.iter().map(|keyword| each + keyword.entry.source().len() * letter).sum()
    }
}

impl Patterns {
    /// Each pattern, the sets that hold it, and whether it waits for no literal.
    pub(in crate::engine) fn each(&self) -> impl Iterator<Item = (&Pattern, &[SetId], bool)> {
        let is_always = |index: usize| self.always.iter().any(|always| *always as usize == index);
        self.all.iter().enumerate().map(move |(index, (pattern, sets))| (pattern, &**sets, is_always(index)))
    }

    /// Whether those that wait for no literal are looked for as one.
    pub(in crate::engine) fn has_sieve(&self) -> bool {
        self.sieve.is_some()
    }

    /// Whether there are literals to look for.
    pub(in crate::engine) fn has_literals(&self) -> bool {
        self.index.is_some()
    }

    /// Bytes that the index of the literals takes.
    pub(in crate::engine) fn literal_memory(&self) -> usize {
        self.index.as_ref().map_or(0, KeyIndex::memory)
    }

    /// The patterns that a text makes a scan try, by their index.
    pub(in crate::engine) fn tried(&self, text: &str) -> Vec<usize> {
        let mut tried: Vec<u32> = match &self.sieve {
            Some(sieve) => sieve.passing(text).map(|at| self.always[at]).collect(),
            None => self.always.clone(),
        };
        if let Some(index) = &self.index {
            let Ok(()) = index.scan(literal::fold(text, &mut String::new()), |literal, _| {
                tried.extend(&self.needs[literal]);
                Ok::<(), Infallible>(())
            });
        }
        tried.sort_unstable();
        tried.dedup();
        tried.into_iter().map(|index| index as usize).collect()
    }
}
