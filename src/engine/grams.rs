//! Finds many keys in a text, each by a few bytes of it.
//!
//! An automaton goes from state to state, and with thousands of keys most states lie in no near cache:
//! a text waits for memory at every letter. Here one window of each key, its gram, is marked in a table
//! of bits that stays near; all places of a text are looked up there, none of which depends on another,
//! and a key is compared where its gram is met.

/// Bytes of a gram: the first that fits into a key.
const WIDTHS: [usize; 4] = [6, 4, 3, 2];
/// The widest is for writing of which a letter takes more than one byte, and where more keys than this
/// are so written: fewer find room among the pairs of letters that the next one tells apart.
const WIDE: usize = 500;
/// Keys that may share a gram: more would let a text be written that is compared with all of them.
const SHARED: u8 = 16;
/// Windows of a key that are considered.
const CONSIDERED: usize = 32;
/// Bits for each key, of which one is set.
const SPARSE: usize = 64;
/// Places of a text that are looked up before any is compared: whether a gram is there can't be foretold,
/// and so nothing is made to wait for it.
const STRETCH: usize = 128;
/// Fewest words of bits: so many still lie in the nearest cache, and the fewer of them are set, the fewer
/// places are compared for nothing.
const WORDS: usize = 1 << 12;

/// Finds all keys in a text, those inside others too.
#[derive(Clone, Debug)]
pub(super) struct Grams {
    widths: Vec<Width>,
    /// A bit for each value of a hash's upper bits.
    bits: Box<[u64]>,
    /// Lower bits of a hash that are not looked at.
    shift: u32,
    /// For each word, where its pieces begin; the next tells where they end.
    heads: Box<[u32]>,
    pieces: Box<[Piece]>,
    /// All keys, one after the other.
    keys: Box<[u8]>,
}

/// Grams of one width.
#[derive(Clone, Copy, Debug)]
struct Width {
    mask: u64,
    factor: u64,
}

/// A key, and the gram that it is known by.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// The gram's hash.
    tag: u32,
    /// The number of the key.
    key: u32,
    /// Where it stands among all keys.
    start: u32,
    length: u16,
    /// The bytes of it before the gram.
    before: u16,
}

impl Grams {
    /// Takes the keys, which are numbered in their order, that it can find by a gram; the numbers of the
    /// others come back.
    pub(super) fn new(all: &[&[u8]]) -> (Self, Vec<usize>) {
        let mut shared = Shared::new(all.len());
        let (mut left, mut chosen, mut keys) = (Vec::new(), Vec::new(), Vec::new());
        let mut used = [false; WIDTHS.len()];
        let wide = all.iter().filter(|key| !key.is_ascii()).count() > WIDE;
        for (index, key) in all.iter().enumerate() {
            let place = u32::try_from(keys.len()).ok().zip(u32::try_from(index).ok());
            let length = u16::try_from(key.len()).ok();
            let (Some((start, number)), Some(length)) = (place, length) else {
                left.push(index);
                continue;
            };
            let Some((width, before, hash)) = gram_of(key, wide, &shared) else {
                left.push(index);
                continue;
            };
            shared.add(hash);
            used[width] = true;
            keys.extend_from_slice(key);
            let before = u16::try_from(before).unwrap_or(u16::MAX); // one of the first few
            chosen.push(Piece { tag: hash, key: number, start, length, before });
        }
        let widths = (0..WIDTHS.len()).filter(|&width| used[width]).map(Width::new).collect();
        chosen.sort_by_key(|piece| piece.tag);
        let words = (chosen.len() * SPARSE / 64).next_power_of_two().max(WORDS);
        let words = words.min(1 << 26); // as many as hashes can tell apart
        let shift = 32 - (words * 64).trailing_zeros();
        let mut bits = vec![0_u64; words];
        let mut heads = vec![0_u32; words + 1];
        for piece in &chosen {
            let (word, bit) = place(piece.tag, shift);
            bits[word] |= 1 << bit;
            heads[word + 1] += 1;
        }
        for word in 0..words {
            heads[word + 1] += heads[word];
        }
        let grams = Grams {
            widths,
            bits: bits.into(),
            shift,
            heads: heads.into(),
            pieces: chosen.into(),
            keys: keys.into(),
        };
        (grams, left)
    }

    /// Calls back with the number of each key in the text, and the byte where it begins.
    ///
    /// # Errors
    /// What the call gives.
    pub(super) fn scan<E>(
        &self,
        text: &[u8],
        mut found: impl FnMut(usize, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        match self.widths[..] {
            [one] => self.pass([one], text, &mut found),
            [one, two] => self.pass([one, two], text, &mut found),
            [one, two, three] => self.pass([one, two, three], text, &mut found),
            [one, two, three, four] => self.pass([one, two, three, four], text, &mut found),
            _ => Ok(()),
        }
    }

    /// Passes over a text with a number of widths that the compiler knows.
    fn pass<E, const N: usize>(
        &self,
        widths: [Width; N],
        text: &[u8],
        found: &mut impl FnMut(usize, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        let marked =
            |window: u64| widths.iter().fold(false, |any, width| any | self.mark(width.hash(window)));
        let mut places = [0_u8; STRETCH];
        for (begin, stretch) in (0..).step_by(STRETCH).zip(stretches(text)) {
            let mut count = 0;
            for (at, bytes) in (0_u8..).zip(stretch.windows(8)) {
                places[count % STRETCH] = at;
                count += usize::from(marked(window(bytes)));
            }
            for at in &places[..count] {
                let at = begin + usize::from(*at);
                self.compare(text, at, window(&text[at..]), found)?;
            }
        }
        // the last places, of which the windows are filled up
        for at in text.len().saturating_sub(7)..text.len() {
            if marked(window(&text[at..])) {
                self.compare(text, at, window(&text[at..]), found)?;
            }
        }
        Ok(())
    }

    /// Whether there may be a gram of this hash.
    fn mark(&self, hash: u32) -> bool {
        let (word, bit) = place(hash, self.shift);
        self.bits[word] >> bit & 1 == 1
    }

    /// Compares the keys of the grams at one place with the text around it.
    #[inline(never)]
    fn compare<E>(
        &self,
        text: &[u8],
        at: usize,
        window: u64,
        found: &mut impl FnMut(usize, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        for width in &self.widths {
            let hash = width.hash(window);
            if !self.mark(hash) {
                continue;
            }
            let (word, _) = place(hash, self.shift);
            let pieces = &self.pieces[self.heads[word] as usize..self.heads[word + 1] as usize];
            for piece in pieces.iter().filter(|piece| piece.tag == hash) {
                let start = piece.start as usize;
                let key = &self.keys[start..start + usize::from(piece.length)];
                let begin = at.checked_sub(piece.before.into());
                if let Some(begin) = begin.filter(|&begin| text[begin..].starts_with(key)) {
                    found(piece.key as usize, begin)?;
                }
            }
        }
        Ok(())
    }

    /// Bytes that it takes.
    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.bits) + size_of_val(&*self.heads) + size_of_val(&*self.pieces) + self.keys.len()
    }
}

impl Width {
    /// The width of an index in [`WIDTHS`].
    fn new(index: usize) -> Self {
        // odd, and unlike each other, so that a gram inside a wider one has another hash
        let factor = 0x9E37_79B9_7F4A_7C15_u64.rotate_left(u32::try_from(index * 7).unwrap_or(0)) | 1;
        Width { mask: u64::MAX >> (64 - 8 * WIDTHS[index]), factor }
    }

    fn hash(self, window: u64) -> u32 {
        ((window & self.mask).wrapping_mul(self.factor) >> 32) as u32
    }
}

/// Pieces of a text of [`STRETCH`] windows each, the last one of what is left.
fn stretches(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    (0..text.len()).step_by(STRETCH).map(|from| &text[from..text.len().min(from + STRETCH + 7)])
}

/// The first eight bytes; where there are fewer, filled up with one that is in no text.
fn window(bytes: &[u8]) -> u64 {
    match bytes.first_chunk() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => bytes.iter().rev().fold(u64::MAX, |all, byte| all << 8 | u64::from(*byte)),
    }
}

/// How many keys a gram is shared by: at most so many, where two grams meet in one count.
struct Shared(Vec<u8>);

impl Shared {
    fn new(keys: usize) -> Self {
        Shared(vec![0; (keys * SPARSE).next_power_of_two()])
    }

    fn keys(&self, hash: u32) -> u8 {
        self.0[self.place(hash)]
    }

    fn add(&mut self, hash: u32) {
        let place = self.place(hash);
        self.0[place] = self.0[place].saturating_add(1);
    }

    fn place(&self, hash: u32) -> usize {
        let bits = self.0.len().trailing_zeros();
        usize::try_from(hash >> (32 - bits.clamp(1, 32))).unwrap_or(0) % self.0.len()
    }
}

/// The gram that a key is to be known by: of those that are not shared too much, the one with the least
/// common letters. Its width by index, where it begins, its hash.
fn gram_of(key: &[u8], wide: bool, shared: &Shared) -> Option<(usize, usize, u32)> {
    let widest = if wide && !key.is_ascii() { WIDTHS[0] } else { WIDTHS[1] };
    let index = WIDTHS.iter().position(|width| *width <= key.len().min(widest))?;
    let width = Width::new(index);
    let windows = key.windows(WIDTHS[index]).take(CONSIDERED).enumerate();
    let grams = windows.map(|(before, bytes)| {
        let common: u32 = bytes.iter().map(|byte| common(*byte)).sum();
        (common, before, width.hash(window(bytes)))
    });
    let free = grams.filter(|(_, _, hash)| shared.keys(*hash) < SHARED);
    let best = free.min_by_key(|&(common, before, hash)| (common, shared.keys(hash), before));
    best.map(|(_, before, hash)| (index, before, hash))
}

/// How common a byte is in writing, roughly, by the letters of English and its neighbours.
fn common(byte: u8) -> u32 {
    const LETTERS: &[u8] = b"zqjxkvbwpygfmcudlhrsniotae ";
    let place = LETTERS.iter().position(|letter| *letter == byte);
    place.and_then(|place| u32::try_from(place).ok()).unwrap_or(2)
}

/// The word and the bit of a hash.
fn place(hash: u32, shift: u32) -> (usize, u32) {
    let bit = hash >> shift;
    ((bit / 64) as usize, bit % 64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(grams: &Grams, text: &str) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        let Ok(()) = grams.scan(text.as_bytes(), |key, at| {
            found.push((key, at));
            Ok::<(), std::convert::Infallible>(())
        });
        found.sort_unstable();
        found
    }

    proptest! {
        #[test]
        fn finds_what_a_search_for_each_key_finds(
            keys in prop::collection::btree_set("[abcé ]{1,12}", 1..40), text in "[abcé ]{0,60}",
        ) {
            let bytes: Vec<&[u8]> = keys.iter().map(String::as_bytes).collect();
            let (grams, left) = Grams::new(&bytes);
            let mut expected: Vec<(usize, usize)> = Vec::new();
            for (index, key) in bytes.iter().enumerate().filter(|(index, _)| !left.contains(index)) {
                let at = (0..text.len()).filter(|&at| text.as_bytes()[at..].starts_with(key));
                expected.extend(at.map(|at| (index, at)));
            }
            prop_assert_eq!(found(&grams, &text), expected);
            prop_assert!(left.iter().all(|&index| bytes[index].len() < 2 || keys.len() > usize::from(SHARED)));
        }
    }

    #[test]
    fn no_gram_is_shared_by_many() {
        let keys: Vec<String> = (0..1000).map(|n| format!("aaaaaaaaaa{n:04}")).collect();
        let bytes: Vec<&[u8]> = keys.iter().map(String::as_bytes).collect();
        let (grams, left) = Grams::new(&bytes);
        assert_eq!(grams.pieces.len() + left.len(), 1000);
        let shared = grams.pieces.chunk_by(|one, other| one.tag == other.tag).map(<[Piece]>::len);
        assert!(shared.max().is_some_and(|most| most <= usize::from(SHARED)));
    }
}
