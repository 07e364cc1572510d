//! English words and names, as a Bloom filter: what is in it is (almost surely) a word, what is not is none.
//!
//! The loose view asks it before it takes a word out of another, or a misspelling for a disguise. The
//! filter is a file of this folder, made by `examples/dictionary.rs` from SCOWL's lists; its licence
//! stands beside it.

/// Bits set for a word.
const HASHES: u64 = 6;

static FILTER: &[u8] = include_bytes!("dictionary/words.bloom");

/// Whether a word of small letters is in the dictionary; about one in a hundred others is said to be.
#[must_use]
pub fn is_word(word: &str) -> bool {
    let bits = FILTER.len() as u64 * 8;
    places(word, bits).all(|place| FILTER[byte(place)] & bit(place) != 0)
}

/// Builds the filter of some words, of so many bytes.
#[must_use]
pub fn filter<'w>(words: impl Iterator<Item = &'w str>, bytes: usize) -> Vec<u8> {
    let mut filter = vec![0; bytes];
    for word in words {
        for place in places(word, bytes as u64 * 8) {
            filter[byte(place)] |= bit(place);
        }
    }
    filter
}

fn byte(place: u64) -> usize {
    usize::try_from(place / 8).unwrap_or(0)
}

fn bit(place: u64) -> u8 {
    1 << (place % 8)
}

/// FNV-1a, stirred, and then as many places as are needed out of two halves.
fn places(word: &str, bits: u64) -> impl Iterator<Item = u64> {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in word.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
    hash ^= hash >> 32;
    let step = (hash >> 17) | 1;
    (0..HASHES).map(move |index| hash.wrapping_add(index.wrapping_mul(step)) % bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_in_and_letters_are_not() {
        for word in ["duck", "cocktail", "scunthorpe", "therapist", "colour", "color", "hancock"] {
            assert!(is_word(word), "{word}");
        }
        for letters in ["xxfuckxx", "phuck", "fcuk", "asdfghjk", "bitchass", "qwzx", "shiit", "fvckk"] {
            assert!(!is_word(letters), "{letters}");
        }
    }

    #[test]
    fn a_filter_holds_what_was_put_in() {
        let words = ["one", "two", "three"];
        let filter = filter(words.into_iter(), 64);
        assert!(
            words.iter().all(|word| places(word, 512).all(|place| filter[byte(place)] & bit(place) != 0))
        );
    }
}
