//! Where entries hold white space: how the words on either side of it end and begin.
//!
//! What a message completes of what its sender said before lies across the space between the two. Most
//! messages don't go on where that ended, which is told here by a few letters, and need not be read
//! together with it.

use std::collections::BTreeSet;

use super::words::{Element, Entry};
use crate::text::ViewKind;
use crate::text::ordinary::{TOLD, first_keys, last_keys};

/// The letters beside all the spaces of some entries.
#[derive(Clone, Debug, Default)]
pub struct Joints {
    /// How many letters are known before a space and after it, each way once.
    shapes: BTreeSet<(usize, usize)>,
    /// Those letters, sorted.
    known: Vec<Sides>,
}

/// Letters before a space, the last first, and letters after it; no letter where none is known.
type Sides = [u8; 2 * TOLD];

impl Joints {
    /// The joints of some entries.
    #[must_use]
    pub fn new<'e>(entries: impl Iterator<Item = &'e Entry>) -> Self {
        let (mut shapes, mut known) = (BTreeSet::new(), BTreeSet::new());
        for entry in entries {
            let keys: Vec<Option<char>> =
                entry.elements().iter().map(|element| key(entry, element)).collect();
            for (at, _) in keys.iter().enumerate().filter(|(_, key)| **key == Some(' ')) {
                let before = side(keys[..at].iter().rev());
                let after = side(keys[at + 1..].iter());
                // what is not ASCII stands beside no ordinary word
                if let (Some((before, left)), Some((after, right))) = (before, after) {
                    shapes.insert((left, right));
                    known.insert(sides(before, after));
                }
            }
        }
        Joints { shapes, known: known.into_iter().collect() }
    }

    /// Whether an entry may lie across the space between two ordinary tokens.
    #[must_use]
    pub fn join(&self, kind: ViewKind, before: &str, after: &str) -> bool {
        if self.known.is_empty() {
            return false;
        }
        let (left, right) = (last_keys(kind, before), first_keys(kind, after));
        self.shapes.iter().filter(|shape| shape.0 <= left.1 && shape.1 <= right.1).any(|&(before, after)| {
            let only = |(keys, _): ([u8; TOLD], usize), count: usize| {
                let mut only = [0; TOLD];
                only[..count].copy_from_slice(&keys[..count]);
                only
            };
            self.known.binary_search(&sides(only(left, before), only(right, after))).is_ok()
        })
    }
}

fn sides(before: [u8; TOLD], after: [u8; TOLD]) -> Sides {
    let mut sides = [0; 2 * TOLD];
    sides[..TOLD].copy_from_slice(&before);
    sides[TOLD..].copy_from_slice(&after);
    sides
}

/// The key of an element; none for what stands for anything.
fn key(entry: &Entry, element: &Element) -> Option<char> {
    match element {
        Element::Run(run) => Some(entry.view().key(run.base)),
        Element::Rest | Element::Lead => None,
    }
}

/// The keys on one side of a space, up to the next one, and how many there are; none where one is not ASCII.
fn side<'k>(keys: impl Iterator<Item = &'k Option<char>>) -> Option<([u8; TOLD], usize)> {
    let (mut side, mut length) = ([0; TOLD], 0);
    let word = keys.map_while(|key| key.filter(|key| *key != ' '));
    for (place, key) in side.iter_mut().zip(word) {
        *place = u8::try_from(key).ok().filter(u8::is_ascii)?;
        length += 1;
    }
    Some((side, length))
}
