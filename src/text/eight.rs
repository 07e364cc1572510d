//! Eight bytes of ASCII at a time, in a word: what is told of each is its top bit.

/// A one in each byte.
const ONES: u64 = u64::MAX / 255;

/// The top bit of each byte.
pub(super) const TOPS: u64 = ONES << 7;

/// A byte in each place.
pub(super) const fn each(byte: u8) -> u64 {
    ONES * byte as u64
}

/// Which bytes are at least `least`.
#[inline]
pub(super) fn from(bytes: u64, least: u8) -> u64 {
    (bytes + each(0x80 - least)) & TOPS
}

/// Which bytes are this one.
#[inline]
pub(super) fn are(bytes: u64, byte: u8) -> u64 {
    from(bytes ^ each(byte), 1) ^ TOPS
}

/// What is told of bytes, side by side in the lowest byte.
#[inline]
pub(super) fn bits(told: u64) -> u64 {
    (told >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_told_of_each_byte_is_so(bytes: [u8; 8], other in 1_u8..128) {
            let bytes = bytes.map(|byte| byte % 128);
            let word = u64::from_le_bytes(bytes);
            for (at, byte) in bytes.into_iter().enumerate() {
                prop_assert_eq!(bits(from(word, other)) >> at & 1 == 1, byte >= other);
                prop_assert_eq!(bits(are(word, byte)) >> at & 1, 1);
                prop_assert_eq!(bits(are(word, other)) >> at & 1 == 1, byte == other);
            }
        }
    }
}
