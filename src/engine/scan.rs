//! One pass over each view for the keywords of all rules, and one over the text for the literals of
//! all regular expressions (`patterns`).
//!
//! However many rules there are, a text is passed over once a view; only what was met is looked at
//! again. Keys may overlap: an entry inside another is found too.

mod makeup;
mod patterns;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

pub use patterns::{Candidates, Patterns};

use super::keys::KeyIndex;
use super::matcher::censored::Censored;
use super::matcher::joint::{Joint, Joints};
use super::matcher::phrase::Phrases;
use super::matcher::variant::variants;
use super::matcher::words::{Entry, Found};
use super::work::{OutOfWork, Work};
use crate::text::{Trick, Tricks, View, ViewKind, ordinary};

/// The index of a pattern set in its rule set.
pub type SetId = u32;

/// The keywords of all rules in one view.
#[derive(Clone, Debug, Default)]
pub struct Keywords {
    index: Option<KeyIndex>,
    /// For each key, the first of the entries behind it; then the number of entries.
    keys: Vec<u32>,
    entries: Vec<Keyword>,
    /// The words of the longest one.
    longest: usize,
    /// Whether some are looked for in the loose view, which puts words together from halves.
    loose: bool,
    /// Groups of pattern sets, each once: most entries are in the one set of their list.
    sets: Vec<Box<[SetId]>>,
    /// Entries by their index, and after them the words of phrases.
    censored: Censored,
    phrases: Phrases,
    joints: Joints,
    /// By entry, the words of phrases that it is another way to write, and that way.
    words: HashMap<u32, Vec<(usize, Tricks)>>,
}

/// An entry, and the place of the group of pattern sets that hold it.
#[derive(Clone, Debug)]
struct Keyword {
    entry: Entry,
    sets: u32,
}

/// For whom an entry is looked for.
#[derive(Clone, Copy, Debug)]
enum For {
    Set(SetId),
    Word(usize),
}

impl Keywords {
    /// Makes an index of the entries of all pattern sets that use one view.
    #[must_use]
    pub fn new(entries: Vec<(Entry, SetId)>) -> Self {
        let phrases = Phrases::new(entries.iter().map(|(entry, _)| entry));
        let longest = entries.iter().map(|(entry, _)| entry.source().split_whitespace().count()).max();
        let mut entries: Vec<(Entry, For)> =
            entries.into_iter().map(|(entry, set)| (entry, For::Set(set))).collect();
        for (word, entry) in phrases.loose() {
            entries.extend(variants(&entry).into_iter().map(|variant| (variant, For::Word(word))));
        }
        let mut keywords = Keywords { phrases, longest: longest.unwrap_or(0), ..Keywords::default() };
        // What they were gathered from is let go before more memory is asked for.
        let keys = keywords.gather(entries);
        keywords.index = KeyIndex::new(&keys);
        drop(keys);
        keywords.loose = keywords.entries.iter().any(|keyword| keyword.entry.view() == ViewKind::Loose);
        keywords.joints = Joints::new(keywords.entries.iter().map(|keyword| &keyword.entry));
        for (index, keyword) in keywords.entries.iter().enumerate() {
            if keyword.entry.view() >= ViewKind::Plain {
                keywords.censored.add(index, &keyword.entry);
            }
        }
        for (index, word) in keywords.phrases.words().iter().enumerate().filter(|(_, word)| word.spelt) {
            keywords.censored.add_word(keywords.entries.len() + index, word.letters.clone(), word.open);
        }
        keywords
    }

    /// Takes up the entries, those that look for the same as one; returns their keys.
    fn gather(&mut self, entries: Vec<(Entry, For)>) -> Vec<Box<str>> {
        let keyed = entries.into_iter().map(|(entry, whom)| (entry.key().into_boxed_str(), entry, whom));
        let mut keyed: Vec<_> = keyed.collect();
        // Of two that look for the same, the one that is written in a rule is the less suspicious.
        keyed.sort_by(|(a_key, a, _), (b_key, b, _)| {
            let places = a_key.cmp(b_key).then(a.edges().cmp(&b.edges()));
            let same =
                places.then_with(|| a.written_out().cmp(b.written_out())).then(a.view().cmp(&b.view()));
            same.then(a.is_variant().cmp(&b.is_variant()))
        });
        let mut groups: BTreeMap<Vec<SetId>, u32> = BTreeMap::new();
        let mut keys: Vec<Box<str>> = Vec::with_capacity(keyed.len());
        self.entries.reserve_exact(keyed.len());
        let mut keyed = keyed.into_iter().peekable();
        while let Some((key, entry, whom)) = keyed.next() {
            let (mut sets, mut words) = (Vec::new(), Vec::new());
            let mut take = |whom, tricks| match whom {
                For::Set(set) => sets.push(set),
                For::Word(word) => words.push((word, tricks)),
            };
            take(whom, entry.disguise());
            let same = |other_key: &str, other: &Entry| {
                *other_key == *key
                    && (other.edges(), other.view()) == (entry.edges(), entry.view())
                    && other.written_out().eq(entry.written_out())
            };
            while let Some((_, entry, whom)) = keyed.next_if(|(key, entry, _)| same(key, entry)) {
                take(whom, entry.disguise());
            }
            if !words.is_empty() {
                self.words.insert(index(self.entries.len()), words);
            }
            sets.sort_unstable();
            sets.dedup();
            let next = index(self.sets.len());
            let sets = *groups.entry(sets).or_insert_with_key(|sets| {
                self.sets.push(sets.as_slice().into());
                next
            });
            if keys.last() != Some(&key) {
                self.keys.push(index(self.entries.len()));
                keys.push(key);
            }
            self.entries.push(Keyword { entry, sets });
        }
        self.keys.push(index(self.entries.len()));
        self.entries.shrink_to_fit();
        self.keys.shrink_to_fit();
        keys
    }

    /// How many words of a text on either side of a joint an entry may reach: as many as it has, and one
    /// more for the edge. The loose view puts words together from halves.
    #[must_use]
    pub(super) fn reach(&self) -> usize {
        let tokens = if self.loose { 2 * self.longest } else { self.longest };
        tokens + 1
    }

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entry of an index that [`Keywords::scan`] gave.
    #[must_use]
    pub fn entry(&self, index: usize) -> &Entry {
        &self.entries[index].entry
    }

    /// Whether an entry may lie across a joint.
    #[must_use]
    pub(super) fn join(&self, kind: ViewKind, joint: Joint<'_>) -> bool {
        self.loose || self.joints.join(kind, joint)
    }

    /// Whether a view begins with a word that phrases are made of.
    #[must_use]
    pub fn knows(&self, view: &View) -> bool {
        self.phrases.begins(view.first_reading())
    }

    /// The same of an ordinary token.
    #[must_use]
    pub(super) fn knows_ordinary(&self, kind: ViewKind, token: &str) -> bool {
        self.joints.know(kind, token) && self.phrases.knows_word(ordinary::letters(kind, token))
    }

    /// The entries that are written in rules, by index, with the pattern sets that hold them.
    pub fn written(&self) -> impl Iterator<Item = (usize, &[SetId])> {
        let written = self.entries.iter().enumerate().filter(|(_, keyword)| !keyword.entry.is_variant());
        written.map(|(index, keyword)| (index, self.sets(keyword)))
    }

    /// Passes over a view; calls back with each set, entry, range of the text as sent, and what was
    /// undone there. Where words of phrases are disguised, the view has further readings afterwards.
    ///
    /// # Errors
    /// Where the work is used up before the end of the view.
    pub fn scan(
        &self,
        view: &mut View,
        work: &mut Work,
        mut found: impl FnMut(SetId, usize, Range<usize>, Tricks),
    ) -> Result<(), OutOfWork> {
        let mut meant = Vec::new();
        let end = view.first_length();
        let mut tell = |view: &View, index: usize, place: &Found| {
            for &set in self.sets(&self.entries[index]) {
                found(set, index, view.range(place.atoms.clone()), place.tricks);
            }
        };
        self.pass(view, 0, work, |index, place| {
            tell(view, index, &place);
            if !self.words.is_empty() && place.atoms.end <= end {
                let words = u32::try_from(index).ok().and_then(|index| self.words.get(&index));
                meant.extend(words.into_iter().flatten().map(|&(word, trick)| {
                    self.phrases.spelt(word, view, place.atoms.clone(), place.tricks.with(trick))
                }));
            }
        })?;
        self.censored.scan(view, work, |index, place| match index.checked_sub(self.entries.len()) {
            None => tell(view, index, &place),
            Some(spelling) => meant.push(self.phrases.spelt(spelling, view, place.atoms, place.tricks)),
        })?;
        let from = view.text().len();
        self.phrases.read(view, meant, work)?;
        if view.text().len() == from {
            return Ok(());
        }
        self.pass(view, from, work, |index, place| {
            let entry = &self.entries[index].entry;
            // What a word of one rule lets be read as must not reach the words of another.
            let misspelt = place.tricks.only(LOOSE) != Tricks::NONE && entry.view() < ViewKind::Loose;
            if entry.is_phrase() && !entry.is_variant() && !misspelt {
                tell(view, index, &place);
            }
        })
    }

    /// Passes over a view from a byte on; calls back with each entry that matches and its place.
    fn pass(
        &self,
        view: &View,
        from: usize,
        work: &mut Work,
        mut found: impl FnMut(usize, Found),
    ) -> Result<(), OutOfWork> {
        let Some(index) = &self.index else { return Ok(()) };
        work.spend(view.text().len() - from)?;
        index.scan(&view.text()[from..], |key, at| {
            for index in self.keys[key] as usize..self.keys[key + 1] as usize {
                let keyword = &self.entries[index];
                if let Some(place) = keyword.entry.verify(view, from + at, work)? {
                    work.spend(HIT * self.sets(keyword).len())?;
                    found(index, place);
                }
            }
            Ok(())
        })
    }

    /// The pattern sets that hold an entry.
    fn sets(&self, keyword: &Keyword) -> &[SetId] {
        &self.sets[keyword.sets as usize]
    }

    /// Bytes that the index of the keys takes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.index.as_ref().map_or(0, KeyIndex::memory)
    }
}

/// Rule files are capped far below four billion entries.
fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The tricks that the loose view alone undoes.
const LOOSE: &[Trick] = &[Trick::Misspelling, Trick::Split, Trick::Reversed, Trick::Buried];

/// What becomes of one hit costs about what passing over so many bytes does.
const HIT: usize = 64;

/// Where a pattern matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The pattern set whose pattern it was.
    pub set: SetId,
    /// The index of the message's part.
    pub part: u32,
    /// Bytes of the part's text as sent, on grapheme boundaries.
    pub range: Range<usize>,
    /// The pattern.
    pub by: By,
    /// What had to be undone.
    pub tricks: Tricks,
}

/// The pattern behind a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// A keyword of a view, by its index in [`Keywords`].
    Keyword(ViewKind, usize),
    /// A regular expression on the text as sent, by its index in [`Patterns`].
    Regex(usize),
    /// A regular expression on the folded view, by its index in [`Patterns`].
    Folded(usize),
    /// A kind of data.
    Find(super::matcher::find::Kind),
    /// A link's host.
    Domain,
}
