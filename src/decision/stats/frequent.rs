//! The most frequent of very many words, in bounded memory.
//!
//! Where there are too many, the rare half is forgotten; how often a forgotten word may have been seen
//! is remembered, so that every count says by how much it may be too low.

use std::collections::HashMap;

/// Most words that are counted at once; half of them survive when there are more.
const MOST: usize = 2048;

/// Words and how often each was seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Frequent {
    counts: HashMap<String, u64>,
    /// How often a word that is not in `counts` may have been seen.
    forgotten: u64,
}

impl Frequent {
    /// Counts a word.
    pub(super) fn add(&mut self, word: String) {
        *self.counts.entry(word).or_default() += 1;
        if self.counts.len() > MOST {
            self.forget();
        }
    }

    /// The most frequent words, those of one count in the order of letters.
    pub(super) fn top(&self, number: usize) -> Vec<(&str, u64)> {
        let mut all: Vec<(&str, u64)> =
            self.counts.iter().map(|(word, count)| (word.as_str(), *count)).collect();
        all.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        all.truncate(number);
        all
    }

    /// By how much a count may be too low.
    pub(super) fn short_by(&self) -> u64 {
        self.forgotten
    }

    fn forget(&mut self) {
        let mut counts: Vec<u64> = self.counts.values().copied().collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let bar = counts[MOST / 2];
        self.counts.retain(|_, count| *count > bar);
        self.forgotten += bar;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_words_survive_very_many_rare_ones() {
        let mut words = Frequent::default();
        for round in 0..20_000_u32 {
            words.add(format!("rare{round}"));
            if round % 10 == 0 {
                words.add("often".to_owned());
            }
            if round % 100 == 0 {
                words.add("sometimes".to_owned());
            }
            assert!(words.counts.len() <= MOST);
        }
        let top = words.top(2);
        assert_eq!((top[0].0, top[1].0), ("often", "sometimes"));
        assert!(top[0].1 <= 2000 && top[0].1 + words.short_by() >= 2000, "{top:?} {}", words.short_by());
    }
}
