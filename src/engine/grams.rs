//! Finds many keys in a text, each by a few bytes of it.
//!
//! An automaton goes from state to state, and with thousands of keys most states lie in no near cache:
//! a text waits for memory at every letter. Here windows of each key, its grams, are marked in a table
//! of bits that stays near. Every second place of a text is looked up there, none of which depends on
//! another: so each key has two grams, one for where it begins at an even byte and one for an odd one.
//! It is compared where its gram is met.

/// The bytes from a place to a gram, and the bytes of the gram, as a key prefers them. The first four bytes
/// at a place tell whether there may be any of them.
///
/// The widest is for very many keys, and for writing of which a letter takes more than one byte, where more
/// keys than [`WIDE`] are so written: fewer find room among the pairs of letters that the next one tells
/// apart.
const LOOKS: [(u8, u8); 5] = [(0, 6), (0, 4), (1, 4), (0, 3), (1, 3)];
/// The look of the first four bytes.
const FIRST: usize = 1;
/// Keys in writing of more bytes a letter, above which they take the widest look.
const WIDE: usize = 500;
/// Keys above which all that are long enough take it: so many lie in no near cache, and the less a text
/// has in common with them, the less often it waits for them.
const MANY: usize = 30_000;
/// Keys that may share a gram: more would let a text be written that is compared with all of them.
const SHARED: u8 = 16;
/// Windows of a key that are considered.
const CONSIDERED: usize = 32;
/// Bits for each gram, of which one is set.
const SPARSE: usize = 32;
/// Bits for each gram of which the first four bytes at a place show three: one is set for each fourth.
const CROWDED: usize = 2 * 256;
/// Bytes of a text of which the places are looked up before any is compared: whether a gram is there can't
/// be foretold, and so nothing is made to wait for it.
const STRETCH: usize = 128;
/// Bytes of which the places are looked up without a question between.
const BLOCK: usize = 8;
/// One place in two, a bit for each in a word.
const _: () = assert!(STRETCH == 2 * u64::BITS as usize && STRETCH.is_multiple_of(BLOCK));
/// Fewest words of bits: so many still lie in the nearest cache, and the fewer of them are set, the fewer
/// places are compared for nothing.
const WORDS: usize = 1 << 12;

/// Finds all keys in a text, those inside others too.
#[derive(Clone, Debug)]
pub(super) struct Grams {
    looks: Vec<Look>,
    /// A word for each value of a hash's upper bits, in it a bit for each of its lower ones.
    bits: Box<[u64]>,
    /// The bits of a hash that are not the upper ones.
    shift: u32,
    /// For each word, where its pieces begin; the next tells where they end.
    heads: Box<[u32]>,
    pieces: Box<[Piece]>,
    /// All keys, one after the other.
    keys: Box<[u8]>,
}

/// Grams of one width, and where they are looked for.
#[derive(Clone, Copy, Debug)]
struct Look {
    /// The bytes from the place to the gram.
    skip: u8,
    mask: u64,
    factor: u64,
}

/// A key, and a gram that it is known by.
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
        let mut others = Vec::new();
        let many = all.len() > MANY;
        let wide = all.iter().filter(|key| !key.is_ascii()).count() > WIDE;
        for (index, key) in all.iter().enumerate() {
            let place = u32::try_from(keys.len()).ok().zip(u32::try_from(index).ok());
            let length = u16::try_from(key.len()).ok();
            // each is counted before the next is chosen
            let grams = [0, 1].map(|parity| {
                Gram::of(key, parity, many || (wide && !key.is_ascii()), &shared)
                    .inspect(|gram| shared.add(gram.hash()))
            });
            let (Some((start, number)), Some(length), [Some(even), Some(odd)]) = (place, length, grams)
            else {
                left.push(index);
                continue;
            };
            keys.extend_from_slice(key);
            for gram in [even, odd] {
                let tag = gram.hash();
                let before = u16::try_from(gram.before).unwrap_or(u16::MAX); // one of the first few
                chosen.push(Piece { tag, key: number, start, length, before });
                if gram.look != FIRST {
                    others.push(gram);
                }
            }
        }
        let used = |index: &usize| *index == FIRST || others.iter().any(|gram| gram.look == *index);
        let looks = (0..LOOKS.len()).filter(used).map(Look::new).collect();
        chosen.sort_by_key(|piece| piece.tag);
        // those of which the first four bytes show the same are looked for at the same places
        others.sort_unstable_by_key(Gram::shown);
        others.dedup_by_key(|gram| gram.shown());
        let crowded = others.iter().filter(|gram| gram.firsts().len() > 1).count();
        let words = ((chosen.len() + others.len() - crowded) * SPARSE + crowded * CROWDED) / 64;
        let words = words.next_power_of_two().max(WORDS);
        let words = words.min(1 << 26); // as many as hashes can tell apart
        let shift = 32 - words.trailing_zeros();
        let mut bits = vec![0_u64; words];
        let mut heads = vec![0_u32; words + 1];
        for piece in &chosen {
            let (word, bit) = place(piece.tag, shift);
            bits[word] |= 1 << bit;
            heads[word + 1] += 1;
        }
        for window in others.iter().flat_map(Gram::firsts) {
            let (word, bit) = place(first_of(window), shift);
            bits[word] |= 1 << bit;
        }
        for word in 0..words {
            heads[word + 1] += heads[word];
        }
        let grams = Grams {
            looks,
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
        for begin in (0..text.len()).step_by(STRETCH) {
            let rest = &text[begin..];
            // the windows at the end are filled up with a byte that is in no text
            let mut bytes = [u8::MAX; STRETCH + 8];
            let length = rest.len().min(bytes.len());
            bytes[..length].copy_from_slice(&rest[..length]);
            let blocks = length.min(STRETCH).div_ceil(BLOCK);
            let mut marks = 0_u64;
            for bytes in bytes.windows(BLOCK + 4).step_by(BLOCK).take(blocks) {
                for window in bytes.windows(4).step_by(2).take(BLOCK / 2) {
                    let window = window.first_chunk().map_or(u32::MAX, |four| u32::from_le_bytes(*four));
                    marks = marks << 1 | u64::from(self.mark(first_of(window.into())));
                }
            }
            // the first place has the highest bit
            marks <<= 64 - blocks * BLOCK / 2;
            while marks != 0 {
                let place = marks.leading_zeros();
                marks ^= 1 << (63 - place);
                let at = 2 * place as usize;
                let window = bytes[at..].first_chunk().map_or(u64::MAX, |eight| u64::from_le_bytes(*eight));
                self.compare(text, begin + at, window, &mut found)?;
            }
        }
        Ok(())
    }

    /// Whether there may be a gram of this hash.
    fn mark(&self, hash: u32) -> bool {
        let (word, bit) = place(hash, self.shift);
        self.bits[word] & (1 << bit) != 0
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
        for look in &self.looks {
            let hash = look.hash(window);
            if !self.mark(hash) {
                continue;
            }
            let (word, _) = place(hash, self.shift);
            let pieces = &self.pieces[self.heads[word] as usize..self.heads[word + 1] as usize];
            for piece in pieces.iter().filter(|piece| piece.tag == hash) {
                let start = piece.start as usize;
                let key = &self.keys[start..start + usize::from(piece.length)];
                let begin = (at + usize::from(look.skip)).checked_sub(piece.before.into());
                let Some(begin) = begin else { continue };
                // the last letters of most differ, and one is sooner compared than all
                let last = text.get(begin + key.len() - 1);
                if last == key.last() && text[begin..].starts_with(key) {
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

impl Look {
    /// The look of an index in [`LOOKS`].
    fn new(index: usize) -> Self {
        // odd, and unlike each other, so that a gram inside a wider one has another hash
        let factor = 0x9E37_79B9_7F4A_7C15_u64.rotate_left(u32::try_from(index * 7).unwrap_or(0)) | 1;
        let (skip, width) = LOOKS[index];
        Look { skip, mask: (u64::MAX >> (64 - 8 * width)) << (8 * skip), factor }
    }

    fn hash(self, window: u64) -> u32 {
        ((window & self.mask).wrapping_mul(self.factor) >> 32) as u32
    }
}

/// The hash of the first four bytes at a place.
fn first_of(window: u64) -> u32 {
    Look::new(FIRST).hash(window)
}

/// How many keys a gram is shared by: at most so many, where two grams meet in one count.
struct Shared(Vec<u8>);

impl Shared {
    fn new(keys: usize) -> Self {
        Shared(vec![0; (2 * keys * SPARSE).next_power_of_two()])
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

/// A gram of a key.
struct Gram {
    /// By its index in [`LOOKS`].
    look: usize,
    /// The bytes of the key before it.
    before: usize,
    /// The bytes at a place where it is, as far as the look tells.
    window: u64,
}

impl Gram {
    /// The gram that a key which begins at an even byte, or at an odd one, is to be known by: of those that
    /// are not shared too much, the one with the least common letters.
    fn of(key: &[u8], parity: usize, wide: bool, shared: &Shared) -> Option<Self> {
        let widest = if wide { 6 } else { 4 };
        let widths = key.len().min(4)..=widest;
        (0..LOOKS.len()).filter(|&look| widths.contains(&usize::from(LOOKS[look].1))).find_map(|look| {
            let (skip, width) = (usize::from(LOOKS[look].0), usize::from(LOOKS[look].1));
            let windows = key.windows(width).enumerate().skip((parity + skip) % 2).step_by(2);
            let grams = windows.take(CONSIDERED / 2).map(|(before, bytes)| {
                let common: u32 = bytes.iter().map(|byte| common(*byte)).sum();
                let mut window = [0; 8];
                window[skip..skip + width].copy_from_slice(bytes);
                (common, Gram { look, before, window: u64::from_le_bytes(window) })
            });
            let free = grams.filter(|(_, gram)| shared.keys(gram.hash()) < SHARED);
            free.min_by_key(|(common, gram)| (*common, shared.keys(gram.hash()), gram.before))
                .map(|(_, gram)| gram)
        })
    }

    fn hash(&self) -> u32 {
        Look::new(self.look).hash(self.window)
    }

    /// What it shows of the first four bytes, and where.
    fn shown(&self) -> (usize, u64) {
        (self.look, self.window & Look::new(FIRST).mask)
    }

    /// What the first four bytes may be where it is: it shows three of them at least.
    fn firsts(&self) -> impl ExactSizeIterator<Item = u64> {
        let hidden = Look::new(FIRST).mask & !Look::new(self.look).mask;
        let place = hidden.trailing_zeros() % u64::BITS;
        let last = u16::try_from(hidden >> place).unwrap_or(u16::from(u8::MAX));
        let window = self.window;
        (0..last.saturating_add(1)).map(move |byte| window | u64::from(byte) << place)
    }
}

/// How common a byte is in writing, roughly, by the letters of English and its neighbours.
fn common(byte: u8) -> u32 {
    const LETTERS: &[u8] = b"zqjxkvbwpygfmcudlhrsniotae ";
    let place = LETTERS.iter().position(|letter| *letter == byte);
    place.and_then(|place| u32::try_from(place).ok()).unwrap_or(2)
}

/// The word and the bit of a hash: its upper and its lower bits.
fn place(hash: u32, shift: u32) -> (usize, u32) {
    ((hash >> shift) as usize, hash % 64)
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
            keys in prop::collection::btree_set("[abcé ]{1,12}", 1..40), text in "[abcé ]{0,200}",
        ) {
            let bytes: Vec<&[u8]> = keys.iter().map(String::as_bytes).collect();
            let (grams, left) = Grams::new(&bytes);
            let mut expected: Vec<(usize, usize)> = Vec::new();
            for (index, key) in bytes.iter().enumerate().filter(|(index, _)| !left.contains(index)) {
                let at = (0..text.len()).filter(|&at| text.as_bytes()[at..].starts_with(key));
                expected.extend(at.map(|at| (index, at)));
            }
            prop_assert_eq!(found(&grams, &text), expected);
            prop_assert!(left.iter().all(|&index| bytes[index].len() < 3 || keys.len() > usize::from(SHARED)));
        }
    }

    #[test]
    fn finds_keys_of_every_look_wherever_they_begin() {
        // enough that are written with two bytes a letter, and a few that are short
        let letter = |number: usize| char::from_u32(0x430 + u32::try_from(number % 32).unwrap_or(0));
        let written = |number: usize| -> String {
            [number, number / 32, number / 7].into_iter().filter_map(letter).chain("xyz".chars()).collect()
        };
        let mut keys: Vec<String> = (0..1024).map(written).collect();
        keys.extend(["abc", "abcd", "bcd", "éé", "é1"].map(str::to_owned));
        let bytes: Vec<&[u8]> = keys.iter().map(String::as_bytes).collect();
        let (grams, left) = Grams::new(&bytes);
        assert_eq!(grams.looks.len(), LOOKS.len());
        for before in 0..STRETCH + 2 {
            let text = "-".repeat(before) + "abcd éé1 " + &keys[before];
            let mut expected = Vec::new();
            for (index, key) in keys.iter().enumerate().filter(|(index, _)| !left.contains(index)) {
                expected.extend(text.match_indices(key.as_str()).map(|(at, _)| (index, at)));
            }
            assert_eq!(found(&grams, &text), expected, "{text}");
        }
    }

    #[test]
    fn finds_keys_among_many() {
        // of 3 to 9 letters
        let letters = |number: usize| -> String {
            let letter =
                |place: u32| char::from(b"abcdefghijklmnopqrstuvwxyz"[number / 7_usize.pow(place) % 26]);
            (0..3 + u32::try_from(number % 7).unwrap_or(0)).map(letter).collect()
        };
        let keys: std::collections::BTreeSet<String> = (0..3 * MANY).map(|n| letters(n * 7919)).collect();
        let keys: Vec<String> = keys.into_iter().collect();
        assert!(keys.len() > MANY, "{}", keys.len());
        let bytes: Vec<&[u8]> = keys.iter().map(String::as_bytes).collect();
        let (grams, left) = Grams::new(&bytes);
        assert_eq!(
            (grams.looks[0].skip, grams.looks[0].mask),
            (0, u64::MAX >> 16),
            "the widest look is used"
        );
        for (before, some) in keys.chunks(100).step_by(37).enumerate() {
            let text = "-".repeat(before % 5) + &some.join(if before % 2 == 0 { " " } else { "" });
            let mut expected = Vec::new();
            for at in 0..text.len() {
                for end in at + 3..=text.len().min(at + 9) {
                    let key = keys.binary_search_by(|key| key.as_str().cmp(&text[at..end])).ok();
                    expected.extend(key.filter(|key| left.binary_search(key).is_err()).map(|key| (key, at)));
                }
            }
            expected.sort_unstable();
            assert_eq!(found(&grams, &text), expected, "{text}");
        }
    }

    #[test]
    fn no_gram_is_shared_by_many() {
        // the last one has the grams of the others at even places and at odd ones
        let same = ('b'..='p').map(|letter| format!("zzzz{letter}")).chain(["zzzzz".to_owned()]);
        let keys: Vec<String> = (0..1000).map(|n| format!("aaaaaaaaaa{n:04}")).chain(same).collect();
        let bytes: Vec<&[u8]> = keys.iter().map(String::as_bytes).collect();
        let (grams, left) = Grams::new(&bytes);
        assert_eq!(grams.pieces.len() / 2 + left.len(), keys.len());
        let shared = grams.pieces.chunk_by(|one, other| one.tag == other.tag).map(<[Piece]>::len);
        assert!(shared.max().is_some_and(|most| most <= usize::from(SHARED)));
    }
}
