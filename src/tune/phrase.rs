//! Phrases that excuse a match: what stands around it, from the narrowest to the widest.
//!
//! First the longer word that the match lies in, or the very text that a wider pattern matched. Then
//! the shortest phrase that holds, beside the match, a word which is uncommon in chat: "donkey
//! sanctuary" excuses the next honest use as well, while "the donkey" would open the door. Phrases of
//! common words alone come last, the longest first, and one common word is not enough.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use crate::corpus::{BUILTIN, Corpus};
use crate::text::symbol;

/// Most words of context on one side of a match, and on both.
const ONE_SIDE: usize = 3;
const BOTH_SIDES: usize = 4;
/// Fewer common words than these excuse too much: "you donkey".
const FEWEST: usize = 2;
/// Longer entries are none.
const LONGEST: usize = crate::engine::matcher::words::LONGEST;
/// A word in more than this share of a sample of chat says little of what a message is about.
const COMMON: f64 = 0.005;
/// The same, of the community's own messages, where its subjects are common, too.
const COMMON_HERE: f64 = 0.05;
/// With fewer messages, how common a word is can't be told.
const ENOUGH: usize = 200;

/// How common words are: in the log, and in a sample of chat.
#[derive(Clone, Debug, Default)]
pub struct Commonness {
    /// In how many texts each word is: of the log, of the sample.
    counts: HashMap<String, [usize; 2]>,
    texts: [usize; 2],
}

impl Commonness {
    /// Begins to count some words; in the sample, they are counted already.
    #[must_use]
    pub fn of(words: BTreeSet<String>) -> Self {
        let counts = words.into_iter().map(|word| (word, [0; 2])).collect();
        let mut common = Commonness { counts, texts: [0; 2] };
        let mut sample = Corpus::default();
        if sample.add(BUILTIN).is_ok() {
            for sample in &sample.samples {
                common.count(1, std::iter::once(sample.message().text()));
            }
        }
        common
    }

    /// Counts the texts of one message.
    pub fn add<'t>(&mut self, texts: impl Iterator<Item = &'t str>) {
        self.count(0, texts);
    }

    /// The words of a text, in small letters, without what stands around them.
    pub fn words(text: &str) -> impl Iterator<Item = String> {
        text.split_whitespace().map(bare).filter(|word| !word.is_empty())
    }

    fn count<'t>(&mut self, of: usize, texts: impl Iterator<Item = &'t str>) {
        self.texts[of] += 1;
        let words: HashSet<String> = texts.flat_map(Commonness::words).collect();
        for word in words {
            if let Some(counts) = self.counts.get_mut(&word) {
                counts[of] += 1;
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a share is a guess")]
    fn share(&self, word: &str, of: usize) -> f64 {
        let count = self.counts.get(word).map_or(0, |counts| counts[of]);
        if self.texts[of] < ENOUGH { 0.0 } else { count as f64 / self.texts[of] as f64 }
    }

    fn is_common(&self, word: &str) -> bool {
        self.share(word, 1) > COMMON || self.share(word, 0) > COMMON_HERE || word.chars().count() < 2
    }
}

/// A phrase and how it ranks among others: the smaller, the sooner it is tried.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Phrase {
    pub(super) text: String,
    /// 0: a word or a text of its own; 1: with a word that is uncommon; 2: of common words alone.
    pub(super) class: u8,
    size: usize,
    common: f64,
}

/// The phrases around a match, best first. `is_wider` says that the pattern would match more than this
/// text, so that the text alone is narrower.
pub(super) fn phrases(text: &str, span: &Range<usize>, is_wider: bool, common: &Commonness) -> Vec<Phrase> {
    let tokens = tokens(text);
    let first = tokens.partition_point(|token| token.end <= span.start);
    let last = tokens.partition_point(|token| token.start < span.end);
    let mut out = Vec::new();
    let mut add = |range: Range<usize>, class: u8, size: usize, common: f64| {
        if let Some(text) = entry(text, trimmed(text, range, span)) {
            out.push(Phrase { text, class, size, common });
        }
    };
    if is_wider {
        add(span.clone(), 0, 0, 0.0);
    }
    if first >= last {
        return out;
    }
    let own = trimmed(text, tokens[first].start..tokens[last - 1].end, span);
    let found = bare(&text[own.clone()]);
    let unspaced = text[own.clone()].chars().any(symbol::is_unspaced);
    if own != *span && !unspaced {
        add(own.clone(), 0, 1, 0.0);
    }
    if unspaced {
        for (range, size) in beside(text, &own, span) {
            add(range, 1, size, 0.0);
        }
    }
    for before in 0..=ONE_SIDE.min(first) {
        for after in 0..=ONE_SIDE.min(tokens.len() - last) {
            if before + after == 0 || before + after > BOTH_SIDES {
                continue;
            }
            let around = [&tokens[first - before..first], &tokens[last..last + after]];
            let words = context(text, &around, &found);
            let uncommon = words.iter().filter(|word| !common.is_common(word));
            let rarest = uncommon.map(|word| common.share(word, 0) + common.share(word, 1));
            let range = tokens[first - before].start..tokens[last + after - 1].end;
            match rarest.min_by(f64::total_cmp) {
                Some(share) => add(range, 1, before + after, share),
                None if words.len() >= FEWEST => add(range, 2, tokens.len() - before - after, 0.0),
                None => {}
            }
        }
    }
    if context(text, &[&tokens[..first], &tokens[last..]], &found).len() >= FEWEST {
        add(tokens[0].start..tokens[tokens.len() - 1].end, 2, 0, 0.0);
    }
    out.sort_by(Phrase::order);
    out
}

impl Phrase {
    /// The order in which phrases are tried.
    pub(super) fn order(&self, other: &Phrase) -> std::cmp::Ordering {
        let common = self.common.total_cmp(&other.common);
        self.class.cmp(&other.class).then(self.size.cmp(&other.size)).then(common)
    }
}

/// The words around a match; the same word once more is none.
fn context(text: &str, around: &[&[Range<usize>]], found: &str) -> Vec<String> {
    let words = around.iter().copied().flatten().map(|token| bare(&text[token.clone()]));
    words.filter(|word| !word.is_empty() && word != found).collect()
}

/// Ranges of up to three characters around a match in a script without spaces.
fn beside(text: &str, own: &Range<usize>, span: &Range<usize>) -> Vec<(Range<usize>, usize)> {
    let starts: Vec<usize> = std::iter::once(span.start)
        .chain(text[own.start..span.start].char_indices().rev().map(|(at, _)| own.start + at))
        .take(ONE_SIDE + 1)
        .collect();
    let ends: Vec<usize> = std::iter::once(span.end)
        .chain(text[span.end..own.end].char_indices().map(|(at, c)| span.end + at + c.len_utf8()))
        .take(ONE_SIDE + 1)
        .collect();
    let mut out = Vec::new();
    for (before, &start) in starts.iter().enumerate() {
        for (after, &end) in ends.iter().enumerate() {
            if before + after > 0 {
                out.push((start..end, before + after));
            }
        }
    }
    out
}

fn tokens(text: &str) -> Vec<Range<usize>> {
    text.split_whitespace()
        .map(|token| {
            let start = token.as_ptr() as usize - text.as_ptr() as usize;
            start..start + token.len()
        })
        .collect()
}

/// A range without what is no word at its ends, as far as it lies outside of the match.
fn trimmed(text: &str, range: Range<usize>, span: &Range<usize>) -> Range<usize> {
    let (start, end) = (range.start.min(span.start), range.end.max(span.end));
    let before = text[start..span.start].find(symbol::is_word).map_or(span.start, |at| start + at);
    let after = text[span.end..end].trim_end_matches(|c| !symbol::is_word(c)).len();
    before..span.end + after
}

/// A range of a text as an entry of a list; none where it would be another one there.
fn entry(text: &str, range: Range<usize>) -> Option<String> {
    let words: Vec<String> = text[range]
        .split_whitespace()
        .map(|word| word.chars().filter(|&c| !symbol::is_invisible(c)).collect())
        .filter(|word: &String| !word.is_empty())
        .collect();
    let entry = words.join(" ");
    let fits =
        !entry.contains('*') && !entry.chars().any(char::is_control) && entry.chars().count() <= LONGEST;
    (fits && !entry.is_empty()).then_some(entry)
}

fn bare(word: &str) -> String {
    word.trim_matches(|c| !symbol::is_word(c)).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(text: &str, word: &str, is_wider: bool) -> Vec<String> {
        let start = text.find(word).expect("the word");
        let words = Commonness::words(text).collect();
        let phrases = phrases(text, &(start..start + word.len()), is_wider, &Commonness::of(words));
        phrases.into_iter().map(|phrase| phrase.text).collect()
    }

    #[test]
    fn the_narrowest_that_is_worth_it_comes_first() {
        for (text, word, expected) in [
            ("the donkey sanctuary opens at ten", "donkey", "donkey sanctuary"),
            ("(the Donkey-Sanctuary!) opens", "Donkey", "Donkey-Sanctuary"),
            ("a class of assassins", "ass", "class"),
            ("you are a muppet, said Kermit.", "muppet", "muppet, said"),
            ("is it the donkey", "donkey", "is it the donkey"),
            ("不是傻瓜电影", "傻瓜", "傻瓜电"),
        ] {
            assert_eq!(best(text, word, false)[0], expected, "{text}");
        }
        assert_eq!(best("call 555 1234 for help", "555 1234", true)[0], "555 1234");
        for nothing in ["donkey", "you donkey :)", "donkey, donkey, donkey"] {
            assert_eq!(best(nothing, "donkey", false), [""; 0], "{nothing}");
        }
        assert!(best("*donkey*", "donkey", false).is_empty());
        assert!(!best("the *donkey* sanctuary", "donkey", false).iter().any(|phrase| phrase.contains('*')));
    }
}
