//! One pass over a text for many keys at once, by whatever finds so many fastest.
//!
//! A few keys have an automaton that stays in the processor's caches. Of many, each is found by a piece
//! of it, but for those that are too short or too much alike.

use super::automaton::Automaton;
use super::grams::Grams;

/// Finds all keys in a text, those inside others too.
#[derive(Clone, Debug)]
pub(super) struct KeyIndex {
    grams: Option<Box<Grams>>,
    /// The keys that have no gram, and their numbers.
    rest: Option<(Automaton, Box<[u32]>)>,
}

/// Most bytes of an automaton that is asked for all keys.
const NEAR: usize = 256 << 10;

impl KeyIndex {
    /// Looks for some keys, which are numbered in their order; none where there is none.
    pub(super) fn new(keys: &[impl AsRef<str>]) -> Option<Self> {
        let keys: Vec<&[u8]> = keys.iter().map(|key| key.as_ref().as_bytes()).collect();
        if keys.is_empty() {
            return None;
        }
        let (grams, rest) = if Automaton::size(&keys) <= NEAR {
            (None, (0..keys.len()).collect())
        } else {
            let (grams, rest) = Grams::new(&keys);
            (Some(Box::new(grams)), rest)
        };
        let short: Vec<&[u8]> = rest.iter().map(|&index| keys[index]).collect();
        // there are far fewer than 2³² keys: rule files are capped below
        let numbers = rest.into_iter().filter_map(|index| u32::try_from(index).ok()).collect();
        Some(KeyIndex { grams, rest: Automaton::new(&short).zip(Some(numbers)) })
    }

    /// Calls back with the number of each key in the text, and the byte where it begins.
    ///
    /// # Errors
    /// What the call gives.
    pub(super) fn scan<E>(
        &self,
        text: &str,
        mut found: impl FnMut(usize, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Some(grams) = &self.grams {
            grams.scan(text.as_bytes(), &mut found)?;
        }
        if let Some((automaton, numbers)) = &self.rest {
            automaton.scan(text, |key, at| found(numbers[key] as usize, at))?;
        }
        Ok(())
    }

    /// Bytes that it takes.
    pub(super) fn memory(&self) -> usize {
        let rest =
            self.rest.as_ref().map_or(0, |(automaton, numbers)| automaton.memory() + 4 * numbers.len());
        self.grams.as_ref().map_or(0, |grams| grams.memory()) + rest
    }
}
