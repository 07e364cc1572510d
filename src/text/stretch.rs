//! What a stretch of ASCII holds, each kind of character as a word of bits: one for each place.
//!
//! A view asks the same few things of every character. Here they are looked up once, side by side in
//! bytes, and what is asked of two neighbours is asked of eight pairs at a time; what follows looks
//! only at places whose bit is set.

use super::keyboard::{self, PAIRS, Signs};

/// Most characters of a stretch: as many as a word has bits.
pub(super) const LONGEST: usize = 64;

/// Bytes that are asked at a time.
const STEP: usize = 8;
/// A byte's lowest bit, its highest, and the others, in each of them.
const ONES: u64 = 0x0101_0101_0101_0101;
const TOPS: u64 = ONES << 7;
const LOWS: u64 = !TOPS;

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

impl Stretch {
    /// Reads up to [`LONGEST`] bytes, each as `signs` say.
    pub(super) fn of(bytes: &[u8], before: Before, signs: &'static Signs) -> Self {
        let (mut keys, mut places) = ([0; LONGEST], Places::default());
        let (mut last_run, mut last_begins) = (before.run, keyboard::narrow(before.pairs));
        let mut length = bytes.len().min(LONGEST);
        for (at, (eight, keys)) in (0..).step_by(STEP).zip(eights(bytes).zip(keys.as_chunks_mut().0)) {
            let [mut runs, mut begins, mut ends] = [[0; STEP]; 3];
            for (place, byte) in eight.into_iter().enumerate() {
                [keys[place], runs[place], begins[place], ends[place]] = signs[usize::from(byte)];
            }
            let other = u64::from_le_bytes(*keys) & TOPS;
            let [run, begins, ends] = [runs, begins, ends].map(u64::from_le_bytes);
            let run_before = run << 8 | u64::from(last_run);
            let begins_before = begins << 8 | u64::from(last_begins);
            [last_run, last_begins] = [run, begins].map(|eight| eight.to_le_bytes()[STEP - 1]);
            places.words |= gather(ends << 1) << at;
            places.hides |= gather(ends) << at;
            places.ells |= gather(begins) << at;
            places.pairs |= gather(some(ends & begins_before & PAIRS)) << at;
            places.joined |= gather(!some((run ^ run_before) & LOWS)) << at;
            if run & TOPS != 0 {
                places.marked |= gather(run) << at;
            }
            if other != 0 {
                length = length.min(at + other.trailing_zeros() as usize / STEP);
                break;
            }
        }
        let mut stretch = Stretch { keys, places, length };
        stretch.cut(length);
        stretch
    }

    /// The places of white space.
    pub(super) fn spaces(&self) -> u64 {
        let spaces = |eight| gather(!some(u64::from_le_bytes(eight) ^ (ONES * u64::from(b' '))));
        let eights = (0..).step_by(STEP).zip(eights(&self.keys));
        eights.fold(0, |all, (at, eight)| all | spaces(eight) << at)
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

/// The highest bit of each byte, the first one's the lowest.
fn gather(bytes: u64) -> u64 {
    ((bytes >> 7) & ONES).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// The highest bit of each byte that is not zero.
fn some(bytes: u64) -> u64 {
    ((bytes & LOWS) + LOWS) | bytes
}
