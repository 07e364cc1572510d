//! Where in a text a key may begin, told by the bytes it begins with.
//!
//! An automaton goes from state to state, and every step waits for the one before. With some thousand
//! keys hardly any place of a text begins one: four bytes and three tables of bits tell it of each place
//! by itself, and leave the automaton few places to begin at.

/// The bytes that keys begin with: their first four, or all of a shorter one.
#[derive(Clone, Debug)]
pub(super) struct Openings {
    four: Bits,
    three: Bits,
}

/// A table of bits, of which keys fill a small part.
#[derive(Clone, Debug)]
struct Bits(Box<[u64; WORDS]>);

const WORDS: usize = 1 << 10;

/// Most bits that keys fill: with more of them the automaton is faster by itself.
const FULL: u32 = 4096;

impl Openings {
    /// The openings of some keys; none where most places would be one.
    pub(super) fn new(keys: &[impl AsRef<[u8]>]) -> Option<Self> {
        let empty = || Bits(Box::new([0; WORDS]));
        let mut openings = Openings { four: empty(), three: empty() };
        for key in keys {
            match *key.as_ref() {
                [] | [_] => return None,
                [a, b] => (0..=u8::MAX).for_each(|next| openings.three.set(three([a, b, next, 0]))),
                [a, b, c] => openings.three.set(three([a, b, c, 0])),
                [a, b, c, d, ..] => openings.four.set(four([a, b, c, d])),
            }
        }
        (openings.four.filled().max(openings.three.filled()) <= FULL).then_some(openings)
    }

    /// Calls back with each place of a text where a key may begin.
    ///
    /// # Errors
    /// What the call gives.
    pub(super) fn places<E>(
        &self,
        text: &[u8],
        mut each: impl FnMut(usize) -> Result<(), E>,
    ) -> Result<(), E> {
        // What is shorter than four bytes may stand at the end.
        let from = text.len().saturating_sub(3);
        let mut tail = [0; 6];
        tail[..text.len() - from].copy_from_slice(&text[from..]);
        let inner = (0..from).step_by(64).map(|start| (start, &text[start..text.len().min(start + 67)]));
        for (start, block) in inner.chain([(from, &tail[..text.len() - from + 3])]) {
            let mut begins = self.begins(block);
            while begins != 0 {
                each(start + begins.trailing_zeros() as usize)?;
                begins &= begins - 1;
            }
        }
        Ok(())
    }

    /// Bytes that they take.
    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.four.0) + size_of_val(&*self.three.0)
    }

    /// Where in up to 67 bytes a key may begin that is no longer than four bytes or goes on, as bits.
    fn begins(&self, block: &[u8]) -> u64 {
        let mut begins = 0;
        for (at, next) in block.windows(4).take(64).enumerate() {
            let next = [next[0], next[1], next[2], next[3]];
            begins |= (self.four.get(four(next)) | self.three.get(three(next))) << at;
        }
        begins
    }
}

fn four(bytes: [u8; 4]) -> u32 {
    stirred(u32::from_le_bytes(bytes))
}

/// Leaves out the last of the bytes.
fn three(bytes: [u8; 4]) -> u32 {
    stirred(u32::from_le_bytes(bytes) << 8)
}

/// Knuth's multiplicative hash.
fn stirred(bytes: u32) -> u32 {
    bytes.wrapping_mul(0x9e37_79b1)
}

impl Bits {
    /// The bit that a hash tells: its word by the first ten bits, its place there by the next six.
    fn get(&self, hash: u32) -> u64 {
        self.0[(hash >> 22) as usize] >> (hash >> 16 & 63) & 1
    }

    fn set(&mut self, hash: u32) {
        self.0[(hash >> 22) as usize] |= 1 << (hash >> 16 & 63);
    }

    fn filled(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }
}
