//! Ids of decisions: UUIDs of version 7, made by each thread for itself.
//!
//! Asking the system for random bytes costs as much as reading a message. So each thread asks once
//! and counts on from there in steps of random size (RFC 9562, 6.2, method 2), beside the time.

use std::cell::Cell;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use uuid::fmt::Hyphenated;
use uuid::{Builder, Uuid};

/// The bits of a version 7 UUID that are neither time, version nor variant.
const BITS: u32 = 74;

thread_local! {
    static LAST: Cell<u128> = Cell::new(Uuid::new_v4().as_u128());
}

/// A decision's id, written out once for all who name it.
pub(super) struct Id {
    uuid: Uuid,
    text: [u8; Hyphenated::LENGTH],
}

impl Id {
    /// A new id: unlike every other, and greater than those that this thread gave out in earlier
    /// milliseconds.
    pub(super) fn next() -> Id {
        let uuid = next();
        let mut text = [0; Hyphenated::LENGTH];
        uuid.hyphenated().encode_lower(&mut text);
        Id { uuid, text }
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    /// When it was made, in milliseconds since 1970-01-01T00:00Z.
    pub(super) fn time(&self) -> i64 {
        i64::try_from(self.uuid.as_u128() >> 80).unwrap_or(i64::MAX)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

fn next() -> Uuid {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let millis = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
    let tail = LAST.get().wrapping_add(step(LAST.get()));
    LAST.set(tail);
    // the lowest 74 bits, laid around the two of the variant
    let tail = tail & ((1 << BITS) - 1);
    let bytes = (((tail >> 62) << 64) | (tail & ((1 << 62) - 1))).to_be_bytes();
    let mut random = [0; 10];
    random.copy_from_slice(&bytes[6..]);
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// From 1 to 2³², told by what came before (the last steps of `splitmix64`).
fn step(last: u128) -> u128 {
    #[expect(clippy::cast_possible_truncation, reason = "the upper half is mixed in before")]
    let mixed = (last ^ (last >> 64)) as u64;
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    u128::from(mixed >> 32) + 1
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use uuid::{Variant, Version};

    use super::*;

    #[test]
    fn ids_are_valid_and_unlike_each_other() {
        let many = || (0..20_000).map(|_| next()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(many)).collect();
        let ids: Vec<Uuid> = threads.into_iter().flat_map(|thread| thread.join().expect("ids")).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
        for id in ids {
            assert_eq!((id.get_version(), id.get_variant()), (Some(Version::SortRand), Variant::RFC4122));
        }
    }

    #[test]
    fn the_time_is_in_them() {
        let before = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_millis();
        let (seconds, nanos) = next().get_timestamp().expect("version 7").to_unix();
        let at = u128::from(seconds) * 1000 + u128::from(nanos / 1_000_000);
        assert!((before..before + 60_000).contains(&at), "{at}, {before}");
    }

    #[test]
    fn every_bit_that_may_vary_does() {
        let varied =
            (0..1000).map(|_| next().as_u128()).fold((0, u128::MAX), |(any, all), id| (any | id, all & id));
        // of a counter in steps of 2³², the upper bits stand still: they tell threads apart
        let moving = u128::from(u32::MAX);
        assert_eq!((varied.0 & moving, varied.1 & moving), (moving, 0));
    }
}
