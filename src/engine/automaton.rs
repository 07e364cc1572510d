//! One pass over a text for many keys at once.
//!
//! The automaton is a table of all transitions where that stays small: one step a byte, twice as fast.
//! Where there are too many keys for it, the compact form keeps to the memory that there is.

use std::collections::BTreeSet;

use aho_corasick::automaton::Automaton as _;
use aho_corasick::nfa::contiguous::{self, NFA};
use aho_corasick::{Anchored, MatchKind, dfa};

/// Finds all keys in a text, those inside others too.
#[derive(Clone, Debug)]
pub(super) enum Automaton {
    /// All transitions of every state.
    Table(Box<dfa::DFA>),
    /// Those that differ from another state's.
    Compact(Box<NFA>),
}

/// Most bytes of a table.
const TABLE: usize = 16 << 20;

impl Automaton {
    /// The automaton of some keys, which are numbered in their order; none where there is none.
    pub(super) fn new(keys: &[&[u8]]) -> Option<Self> {
        if keys.is_empty() {
            return None;
        }
        // Building fails past 2³¹ states: rule files are capped far below.
        if Self::size(keys) <= TABLE {
            let table = dfa::Builder::new().match_kind(MatchKind::Standard).build(keys);
            table.ok().map(|table| Automaton::Table(Box::new(table)))
        } else {
            let compact = contiguous::Builder::new().match_kind(MatchKind::Standard).build(keys);
            compact.ok().map(|compact| Automaton::Compact(Box::new(compact)))
        }
    }

    /// Bytes of the table of all transitions between the states that some keys make.
    pub(super) fn size(keys: &[&[u8]]) -> usize {
        let mut sorted = keys.to_vec();
        sorted.sort_unstable();
        let (mut states, mut before, mut bytes) = (1, &[][..], BTreeSet::<u8>::new());
        for key in sorted {
            states += key.len() - before.iter().zip(key).take_while(|(one, other)| one == other).count();
            before = key;
            bytes.extend(key);
        }
        // One class for each byte, and for those between two.
        let classes = 2 * bytes.len() + 1;
        states * classes.next_power_of_two() * size_of::<u32>()
    }

    /// Calls back with the number of each key in the text, and the byte where it begins.
    ///
    /// # Errors
    /// What the call gives.
    pub(super) fn scan<E>(
        &self,
        text: &str,
        found: impl FnMut(usize, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Automaton::Table(table) => pass(&**table, text, found),
            Automaton::Compact(compact) => pass(&**compact, text, found),
        }
    }

    /// Bytes that it takes.
    pub(super) fn memory(&self) -> usize {
        match self {
            Automaton::Table(table) => table.memory_usage(),
            Automaton::Compact(compact) => compact.memory_usage(),
        }
    }
}

fn pass<E>(
    automaton: &impl aho_corasick::automaton::Automaton,
    text: &str,
    mut found: impl FnMut(usize, usize) -> Result<(), E>,
) -> Result<(), E> {
    let Ok(mut state) = automaton.start_state(Anchored::No) else { return Ok(()) };
    for (at, &byte) in text.as_bytes().iter().enumerate() {
        state = automaton.next_state(Anchored::No, state, byte);
        if automaton.is_special(state) && automaton.is_match(state) {
            for index in 0..automaton.match_len(state) {
                let key = automaton.match_pattern(state, index);
                found(key.as_usize(), at + 1 - automaton.pattern_len(key))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn places(automaton: &Automaton, text: &str) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        automaton
            .scan(text, |key, at| {
                found.push((key, at));
                Ok::<(), ()>(())
            })
            .expect("no call fails");
        found.sort_unstable();
        found
    }

    proptest! {
        #[test]
        fn finds_what_a_search_for_each_key_finds(
            keys in prop::collection::btree_set("[abé]{1,4}", 1..8), text in "[abAé ]{0,20}",
        ) {
            let mut expected: Vec<(usize, usize)> = Vec::new();
            for (index, key) in keys.iter().enumerate() {
                let at = (0..text.len()).filter(|&at| text.as_bytes()[at..].starts_with(key.as_bytes()));
                expected.extend(at.map(|at| (index, at)));
            }
            let keys: Vec<&[u8]> = keys.iter().map(String::as_bytes).collect();
            let table = Automaton::new(&keys).expect("keys");
            prop_assert!(matches!(table, Automaton::Table(_)));
            prop_assert_eq!(&places(&table, &text), &expected);
            let compact = contiguous::Builder::new().build(&keys).expect("builds");
            prop_assert_eq!(&places(&Automaton::Compact(Box::new(compact)), &text), &expected);
        }
    }

    #[test]
    fn many_keys_are_kept_compact() {
        let key = |number: u32| format!("{:x}-{number}", number.wrapping_mul(2_654_435_761));
        let keys: Vec<String> = (0..60_000).map(key).collect();
        let automaton = Automaton::new(&keys.iter().map(String::as_bytes).collect::<Vec<_>>()).expect("keys");
        assert!(matches!(automaton, Automaton::Compact(_)));
        assert!(automaton.memory() < TABLE);
    }
}
