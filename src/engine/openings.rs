//! Where in a text a key may begin, told by the bytes it begins with.
//!
//! An automaton goes from state to state, and every step waits for the one before. With some thousand
//! keys hardly any place of a text begins one: four bytes and three tables of bits tell it of each place
//! by itself, and leave the automaton few places to begin at.

/// Bits of a table, of which keys fill a small part.
const BITS: usize = 1 << 16;

/// The bytes that keys begin with: their first four, or all of a shorter one.
#[derive(Clone, Debug)]
pub(super) struct Openings {
    four: Bits,
    three: Bits,
    /// Of two bytes each: those of one byte with whatever follows.
    two: Bits,
}

#[derive(Clone, Debug)]
struct Bits(Box<[u64; BITS / 64]>);

impl Openings {
    /// The openings of some keys; none where there are so many that most places would be one.
    pub(super) fn new(keys: &[impl AsRef<[u8]>]) -> Option<Self> {
        let empty = || Bits(Box::new([0; BITS / 64]));
        let mut openings = Openings { four: empty(), three: empty(), two: empty() };
        for key in keys {
            match *key.as_ref() {
                [] => return None,
                [one] => (0..=u8::MAX).for_each(|next| openings.two.set(two(four([one, next, 0, 0])))),
                [one, next] => openings.two.set(two(four([one, next, 0, 0]))),
                [one, next, last] => openings.three.set(three(four([one, next, last, 0]))),
                [a, b, c, d, ..] => openings.four.set(stirred(four([a, b, c, d]))),
            }
        }
        (openings.four.filled() <= FULL).then_some(openings)
    }

    /// The places of a text where a key may begin.
    pub(super) fn places<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = usize> + 't {
        let inner = text.windows(4).map(|next| four([next[0], next[1], next[2], next[3]]));
        // Keys that are longer than what is left of the text don't begin there.
        let tail = &text[text.len().saturating_sub(3)..];
        let last = (0..tail.len()).map(|at| {
            let byte = |at: usize| tail.get(at).copied().unwrap_or(0);
            four([byte(at), byte(at + 1), byte(at + 2), 0])
        });
        let begins = |&(_, bytes): &(usize, u32)| self.begin(bytes);
        inner.chain(last).enumerate().filter(begins).map(|(at, _)| at)
    }

    /// Bytes that they take.
    pub(super) fn memory(&self) -> usize {
        3 * BITS / 8
    }

    /// Whether a key may begin with these bytes.
    #[inline]
    fn begin(&self, bytes: u32) -> bool {
        self.four.get(stirred(bytes)) | self.three.get(three(bytes)) | self.two.get(two(bytes))
    }
}

/// Most openings of four bytes: with more of them the automaton is faster by itself.
const FULL: u32 = 4096;

fn four(bytes: [u8; 4]) -> u32 {
    u32::from_le_bytes(bytes)
}

fn three(bytes: u32) -> u16 {
    stirred(bytes & 0xff_ffff)
}

fn two(bytes: u32) -> u16 {
    (bytes & 0xffff) as u16
}

/// Knuth's multiplicative hash.
fn stirred(bytes: u32) -> u16 {
    (bytes.wrapping_mul(0x9e37_79b1) >> 16) as u16
}

impl Bits {
    #[inline]
    fn get(&self, at: u16) -> bool {
        self.0[usize::from(at) / 64] >> (at % 64) & 1 != 0
    }

    fn set(&mut self, at: u16) {
        self.0[usize::from(at) / 64] |= 1 << (at % 64);
    }

    fn filled(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }
}
