//! What may lie across the joint of two messages: where entries hold white space, how the words on either
//! side of it end and begin; and all words of all entries.
//!
//! Most messages don't go on where another ended, which is told here by a few letters, and need not be read
//! together with it.

use std::collections::BTreeSet;

use super::words::{Edges, Element, Entry};
use crate::text::ViewKind;
use crate::text::ordinary::{self, TOLD, first_keys, last_keys};

/// Where one message ends and the next begins.
#[derive(Clone, Copy, Debug)]
pub enum Joint<'t> {
    /// White space, with the tokens before and after it that are ordinary.
    Apart(Option<&'t str>, Option<&'t str>),
    /// An ordinary token that the end of one and the beginning of the other make.
    Together(&'t str),
}

/// What may lie across a joint.
#[derive(Clone, Debug, Default)]
pub struct Joints {
    spaces: Spaces,
    words: Words,
}

/// The letters beside all the spaces of some entries.
#[derive(Clone, Debug, Default)]
struct Spaces {
    /// How many letters are known before a space and after it, each way once.
    shapes: BTreeSet<(usize, usize)>,
    /// Those letters, sorted.
    known: Vec<Sides>,
}

/// The words of some entries: a token that is none of them holds no part of an entry, unless one may stand
/// inside a word. A bit for each, in a table of so many that few others share it.
#[derive(Clone, Debug, Default)]
struct Words {
    bits: Box<[u64]>,
    /// Keys in the words of which any letters may follow.
    open: BTreeSet<usize>,
    /// Whether some entries may begin or end inside a word.
    inside: bool,
}

/// Bits for each word.
const SPARSE: usize = 16;

impl Words {
    fn new<'e>(entries: impl Iterator<Item = &'e Entry>) -> Self {
        let (mut hashes, mut open, mut inside) = (Vec::new(), BTreeSet::new(), false);
        for entry in entries {
            inside |= entry.edges() != Edges::Word || entry.opens_left();
            for part in entry.elements().split_inclusive(|element| !is_letter(element)) {
                let (letters, rest) = match part {
                    [letters @ .., last] if !is_letter(last) => (letters, Some(last)),
                    letters => (letters, None),
                };
                inside |= matches!(rest, Some(Element::Lead));
                let mut key = Key::default();
                letters.iter().flat_map(base).for_each(|base| key.push(base));
                hashes.push(key.hash);
                if matches!(rest, Some(Element::Rest)) {
                    open.insert(key.length);
                }
            }
        }
        let bits = (SPARSE * hashes.len()).next_power_of_two().max(64);
        let mut words = Words { bits: vec![0; bits / 64].into(), open, inside };
        for hash in hashes {
            let (word, bit) = words.place(hash);
            words.bits[word] |= bit;
        }
        words
    }

    fn know(&self, letters: impl Iterator<Item = char>) -> bool {
        let mut key = Key::default();
        for base in letters {
            key.push(base);
            if !self.open.is_empty() && self.open.contains(&key.length) && self.has(key.hash) {
                return true;
            }
        }
        self.inside || self.has(key.hash)
    }

    fn has(&self, hash: u64) -> bool {
        let (word, bit) = self.place(hash);
        self.bits.get(word).is_some_and(|word| word & bit != 0)
    }

    fn place(&self, hash: u64) -> (usize, u64) {
        let word = usize::try_from(hash >> 32).unwrap_or(0) & self.bits.len().saturating_sub(1);
        (word, 1 << (hash % 64))
    }
}

/// What the letters of a word come to in a view that reads disguise (see [`key_of`]), as a hash: an FNV,
/// whose upper half is mixed well enough to tell a place.
///
/// [`key_of`]: crate::text::view::key_of
#[derive(Clone, Copy)]
struct Key {
    hash: u64,
    /// How many keys.
    length: usize,
    last: Option<char>,
}

impl Default for Key {
    fn default() -> Self {
        Key { hash: 0xCBF2_9CE4_8422_2325, length: 0, last: None }
    }
}

impl Key {
    fn push(&mut self, base: char) {
        let key = |base| ViewKind::Plain.key(base);
        let goes_on = |last| key(last) == key(base) && (key(base) != 'i' || last == base);
        if !self.last.replace(base).is_some_and(goes_on) {
            self.hash = (self.hash ^ u64::from(key(base))).wrapping_mul(0x100_0000_01B3);
            self.length += 1;
        }
    }
}

fn is_letter(element: &Element) -> bool {
    matches!(element, Element::Run(run) if run.word)
}

fn base(element: &Element) -> impl Iterator<Item = char> {
    let run = if let Element::Run(run) = element { Some(run) } else { None };
    run.into_iter().map(|run| run.base)
}

/// Letters before a space, the last first, and letters after it; no letter where none is known.
type Sides = [u8; 2 * TOLD];

impl Joints {
    /// The joints of some entries.
    #[must_use]
    pub fn new<'e>(entries: impl Iterator<Item = &'e Entry> + Clone) -> Self {
        Joints { spaces: Spaces::new(entries.clone()), words: Words::new(entries) }
    }

    /// Whether an ordinary token may be a word of an entry.
    #[must_use]
    pub fn know(&self, kind: ViewKind, word: &str) -> bool {
        self.words.know(ordinary::letters(kind, word))
    }

    /// Whether an entry may lie across a joint.
    #[must_use]
    pub fn join(&self, kind: ViewKind, joint: Joint<'_>) -> bool {
        let know = |word: &str| self.know(kind, word);
        match joint {
            Joint::Apart(before, after) => {
                let between = |(before, after)| self.spaces.lie_between(kind, before, after);
                before.is_none_or(know) && after.is_none_or(know) && before.zip(after).is_none_or(between)
            }
            Joint::Together(word) => know(word),
        }
    }
}

impl Spaces {
    fn new<'e>(entries: impl Iterator<Item = &'e Entry>) -> Self {
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
        Spaces { shapes, known: known.into_iter().collect() }
    }

    /// Whether one may lie between two ordinary tokens.
    fn lie_between(&self, kind: ViewKind, before: &str, after: &str) -> bool {
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
