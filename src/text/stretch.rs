//! What a stretch of ASCII holds, each kind of character as a word of bits: one for each place.
//!
//! A view asks the same few things of every character. Here they are looked up once, side by side in
//! bytes, and what is asked of two neighbours is asked of eight pairs at a time; what follows looks
//! only at places whose bit is set. Letters and spaces, which most text is of, are not even looked up.

use super::eight::{TOPS, are, bits, each, from};
use super::keyboard::{self, FLAGS, PAIRS, RUN};
use super::view::ViewKind;

/// Most characters of a stretch: as many as a word has bits.
pub(super) const LONGEST: usize = 64;

/// Bytes that are asked at a time.
const STEP: usize = 8;

/// Bits for the characters of a stretch, the first one's the lowest.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Places {
    /// Belong to words.
    pub(super) words: u64,
    /// Signs that may hide letters.
    pub(super) hides: u64,
    /// Signs that mean something to some reading.
    pub(super) marked: u64,
    /// May make a pair with the one before; for a closer look.
    pub(super) pairs: u64,
    /// Are an l.
    pub(super) ells: u64,
    /// Of one run with the one before.
    pub(super) joined: u64,
    /// May stand for more than themselves.
    pub(super) complex: u64,
}

/// A stretch, under the keys that it is scanned by.
pub(super) struct Stretch {
    pub(super) keys: [u8; LONGEST],
    pub(super) places: Places,
    /// How many characters mean what they seem to.
    pub(super) length: usize,
}

/// What stands before a stretch.
#[derive(Clone, Copy)]
pub(super) struct Before {
    /// The pairs that the character before may begin.
    pub(super) pairs: u32,
    /// Its run; no byte of ASCII where none goes on.
    pub(super) run: u8,
}

impl Before {
    fn brief(self) -> u32 {
        u32::from(self.run) << 16 | u32::from(keyboard::narrow(self.pairs)) << 8
    }
}

impl Stretch {
    /// Reads up to [`LONGEST`] bytes as a view does.
    pub(super) fn of(bytes: &[u8], before: Before, kind: ViewKind) -> Self {
        let signs = keyboard::signs_of(kind);
        let (mut keys, mut places) = ([0; LONGEST], Places::default());
        let mut length = bytes.len().min(LONGEST);
        let mut last = before.brief();
        for (at, (eight, keys)) in (0..).step_by(STEP).zip(eights(bytes).zip(keys.as_chunks_mut().0)) {
            if let Some(letters) = Letters::of(eight, kind) {
                let first = signs[usize::from(eight[0])];
                let pair = u64::from(last >> 8 & first & PAIRS != 0);
                *keys = letters.keys.to_le_bytes();
                places.words |= bits(letters.words) << at;
                places.ells |= bits(letters.ells) << at;
                places.pairs |= (bits(letters.pairs) | pair) << at;
                places.joined |= bits(letters.joined(last)) << at;
                last = signs[usize::from(eight[STEP - 1])];
                continue;
            }
            // In words and not in bytes: what was just written byte by byte is slow to read as a word.
            let (mut flags, mut pairs, mut joined, mut key) = (0, 0, 0, 0);
            for (place, byte) in eight.into_iter().enumerate() {
                let sign = signs[usize::from(byte)];
                flags |= FLAGS[usize::from(byte)] << place;
                pairs |= u64::from(last >> 8 & sign & PAIRS != 0) << place;
                joined |= u64::from((last ^ sign) & RUN == 0) << place;
                key |= u64::from(sign >> 24) << (8 * place);
                last = sign;
            }
            *keys = key.to_le_bytes();
            let [words, hides, ells, marked, other, complex, ..] = flags.to_le_bytes().map(u64::from);
            places.words |= words << at;
            places.hides |= hides << at;
            places.ells |= ells << at;
            places.marked |= marked << at;
            places.pairs |= pairs << at;
            places.joined |= joined << at;
            places.complex |= complex << at;
            if other != 0 {
                length = length.min(at + other.trailing_zeros() as usize);
                break;
            }
        }
        let mut stretch = Stretch { keys, places, length };
        stretch.cut(length);
        stretch
    }

    /// The places of white space.
    pub(super) fn spaces(&self) -> u64 {
        (0..).zip(&self.keys).fold(0, |all, (at, key)| all | u64::from(*key == b' ') << at)
    }

    /// Ends the stretch before a place.
    pub(super) fn cut(&mut self, length: usize) {
        self.length = length;
        let (kept, places) = (below(length), &mut self.places);
        let Places { words, hides, marked, pairs, ells, joined, complex } = places;
        for bits in [words, hides, marked, pairs, ells, joined, complex] {
            *bits &= kept;
        }
    }
}

/// Eight letters and spaces: what is told of each, as its top bit.
struct Letters {
    keys: u64,
    /// What joins each with its neighbours to a run.
    runs: u64,
    words: u64,
    ells: u64,
    /// Those that may make a pair with the one before, but for the first.
    pairs: u64,
}

impl Letters {
    /// None where one of them is anything else.
    #[inline]
    fn of(eight: [u8; STEP], kind: ViewKind) -> Option<Self> {
        let sent = u64::from_le_bytes(eight);
        // small letters; a space stays one
        let small = (sent | each(0x20)) & !TOPS;
        let words = from(small, b'a') & !from(small, b'z' + 1);
        if sent & TOPS != 0 || words | are(sent, b' ') != TOPS {
            return None;
        }
        let ells = are(small, b'l');
        let beside = |one: u64, other: u64| one << 8 & other;
        let looks = beside(are(small, b'r'), are(small, b'n'))
            | beside(are(small, b'v'), are(small, b'v'))
            | beside(are(small, b'c'), ells);
        let capitals = words & !(sent << 2);
        let mut pairs = looks;
        if capitals != 0 {
            let (others, strokes) = (words & !capitals, are(sent, b'I'));
            pairs |= beside(others, capitals) | beside(capitals, others) | beside(strokes, strokes);
        }
        let (runs, keys) = match kind {
            ViewKind::Exact => (sent, sent),
            ViewKind::Folded => (small, small),
            ViewKind::Plain | ViewKind::Loose => (small, small ^ (ells >> 7) * u64::from(b'l' ^ b'i')),
        };
        Some(Letters { keys, runs, words, ells, pairs })
    }

    /// Those that are of one run with the one before, given what stands before the first.
    fn joined(&self, last: u32) -> u64 {
        // no letter and no space has the run that stands for none
        let last = last.to_le_bytes()[2];
        let last = if last.is_ascii() { last } else { 0 };
        from(self.runs ^ (self.runs << 8 | u64::from(last)), 1) ^ TOPS
    }
}

/// The bits below a place.
pub(super) fn below(place: usize) -> u64 {
    if place < LONGEST { (1 << place) - 1 } else { u64::MAX }
}

/// The places of bits, in their order.
pub(super) fn places(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = bits.trailing_zeros() as usize;
        (bits != 0).then(|| {
            bits &= bits - 1;
            place
        })
    })
}

/// Bytes, eight at a time, and the end filled up with what is for a closer look.
fn eights(bytes: &[u8]) -> impl Iterator<Item = [u8; STEP]> {
    let (eights, rest) = bytes.as_chunks();
    let mut last = [0; STEP];
    last[..rest.len()].copy_from_slice(rest);
    eights.iter().copied().chain((!rest.is_empty()).then_some(last))
}
