//! Hits over time, in bins that become wider as the time becomes longer: never more of them than fit
//! on a page, however long the log.

use std::collections::BTreeMap;

/// Most bins from the first hit to the last.
const BINS: i64 = 256;

/// How often something happened, by time.
#[derive(Clone, Debug)]
pub(super) struct Series {
    /// Milliseconds a bin, a second times a power of two.
    width: i64,
    bins: BTreeMap<i64, u64>,
    span: Option<(i64, i64)>,
}

impl Default for Series {
    fn default() -> Self {
        Series { width: 1000, bins: BTreeMap::new(), span: None }
    }
}

impl Series {
    /// Counts a hit at a time in milliseconds.
    pub(super) fn add(&mut self, time: i64) {
        let (first, last) = self.span.map_or((time, time), |(a, b)| (a.min(time), b.max(time)));
        self.span = Some((first, last));
        let mut width = self.width;
        while last.div_euclid(width) - first.div_euclid(width) >= BINS {
            width *= 2;
        }
        self.widen(width);
        *self.bins.entry(time.div_euclid(width)).or_default() += 1;
    }

    /// The times of the first hit and of the last.
    pub(super) fn span(&self) -> Option<(i64, i64)> {
        self.span
    }

    /// All hits.
    pub(super) fn total(&self) -> u64 {
        self.bins.values().sum()
    }

    /// The counts in all bins of another series' time, from its first to its last.
    pub(super) fn over(&self, all: &Series) -> Vec<u64> {
        let Some((first, last)) = all.span else { return Vec::new() };
        let width = self.width.max(all.width);
        let mut own = self.clone();
        own.widen(width);
        (first.div_euclid(width)..=last.div_euclid(width))
            .map(|bin| own.bins.get(&bin).copied().unwrap_or(0))
            .collect()
    }

    fn widen(&mut self, width: i64) {
        if width == self.width {
            return;
        }
        let ratio = width / self.width;
        self.width = width;
        for (bin, count) in std::mem::take(&mut self.bins) {
            *self.bins.entry(bin.div_euclid(ratio)).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_hit_is_lost_and_bins_are_few(times in prop::collection::vec(-5_000_000_000_i64..5_000_000_000, 1..200)) {
            let (mut all, mut even) = (Series::default(), Series::default());
            for time in &times {
                all.add(*time);
                if time % 2 == 0 { even.add(*time); }
            }
            let bins = all.over(&all);
            prop_assert!(bins.len() <= 256);
            prop_assert_eq!(bins.iter().sum::<u64>(), times.len() as u64);
            let own = even.over(&all);
            prop_assert_eq!(own.len(), bins.len());
            prop_assert_eq!(own.iter().sum::<u64>(), even.total());
            prop_assert!(own.iter().zip(&bins).all(|(some, all)| some <= all));
        }
    }
}
