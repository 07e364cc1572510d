//! What a stretch of ASCII holds, each kind of character as a word of bits: one for each place.
//!
//! A view asks the same few things of every character. Here they are looked up once, side by side in
//! bytes, and what is asked of two neighbours is asked of eight pairs at a time; what follows looks
//! only at places whose bit is set.

use super::keyboard::{self, FLAGS, PAIRS, RUN, Signs};

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
    /// Reads up to [`LONGEST`] bytes, each as `signs` say.
    pub(super) fn of(bytes: &[u8], before: Before, signs: &'static Signs) -> Self {
        let (mut keys, mut places) = ([0; LONGEST], Places::default());
        let mut length = bytes.len().min(LONGEST);
        let mut last = before.brief();
        for (at, (eight, keys)) in (0..).step_by(STEP).zip(eights(bytes).zip(keys.as_chunks_mut().0)) {
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
            let [words, hides, ells, marked, other, ..] = flags.to_le_bytes().map(u64::from);
            places.words |= words << at;
            places.hides |= hides << at;
            places.ells |= ells << at;
            places.marked |= marked << at;
            places.pairs |= pairs << at;
            places.joined |= joined << at;
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
        let (kept, Places { words, hides, marked, pairs, ells, joined }) = (below(length), &mut self.places);
        for bits in [words, hides, marked, pairs, ells, joined] {
            *bits &= kept;
        }
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
