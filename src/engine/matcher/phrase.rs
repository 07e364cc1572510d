//! Phrases of which single words are disguised: `k*ll yourself`, `kill y o u r s e l f`.
//!
//! A further reading of a text holds what was disguised and nothing around it, so a phrase lies half in
//! it and half in the first reading. Here the words that phrases are made of are known; where one of
//! them is seen in disguise, the stretch around it is read once more with the word as it is meant, and
//! what finds a phrase in any text finds it there.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use super::words::{Edges, Entry, Word};
use crate::engine::work::{OutOfWork, Work};
use crate::text::view::{Rereading, Role, key_of};
use crate::text::{Atom, Trick, Tricks, View, ViewKind, leet, symbol};

/// Readings that one place may have beside the first.
const READINGS: usize = 8;

/// More words than this a phrase is not looked for on either side of a disguised one.
const REACH: usize = 12;

/// Longest word that is looked for in letters set apart.
const LONGEST: usize = 24;

/// More signs than this are no gap between two words of a phrase.
const GAP: usize = 4;

/// Disguised words to the right of one that are asked whether they follow it.
const NEIGHBOURS: usize = 8;

/// The words of all phrases of a view.
#[derive(Clone, Debug, Default)]
pub struct Phrases {
    /// As they stand in the view, sorted.
    keys: Vec<Box<str>>,
    /// How long those are that go on after what is written.
    open: BTreeSet<usize>,
    /// Which follow which.
    pairs: HashSet<(u32, u32)>,
    /// Each spelling.
    words: Vec<Word>,
    /// Which of them are misspelt, too.
    loose: Vec<usize>,
    /// How many words may stand on either side of one in its phrase.
    reach: usize,
}

/// A stretch of the first reading, and what may be meant there.
#[derive(Clone, Debug)]
pub struct Meant {
    place: Range<usize>,
    atoms: Vec<Atom>,
    /// The keys of its first word and its last, as far as they are known.
    ends: (Option<u32>, Option<u32>),
    /// Whether a word beside it stands there in a phrase.
    fits: bool,
}

impl Phrases {
    /// The words of the phrases among some entries.
    #[must_use]
    pub fn new<'e>(entries: impl Iterator<Item = &'e Entry>) -> Self {
        let (mut phrases, mut words, mut loose) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        for entry in entries.filter(|entry| !entry.is_variant()) {
            let own = entry.words();
            if own.len() > 1 {
                phrases.push(own.iter().map(|word| key(&word.letters)).collect::<Vec<_>>());
                loose.extend(own.iter().filter(|_| entry.view() == ViewKind::Loose).cloned());
                words.extend(own);
            }
        }
        let keys: BTreeSet<Box<str>> = phrases.iter().flatten().cloned().collect();
        let mut all = Phrases { keys: keys.into_iter().collect(), ..Phrases::default() };
        for phrase in &phrases {
            all.reach = all.reach.max((phrase.len() - 1).min(REACH));
            let known: Vec<u32> = phrase.iter().filter_map(|key| all.find(key)).collect();
            all.pairs.extend(known.windows(2).map(|pair| (pair[0], pair[1])));
        }
        all.words = words.into_iter().collect();
        all.loose = (0..all.words.len()).filter(|&word| loose.contains(&all.words[word])).collect();
        let open = all.words.iter().filter(|word| word.open);
        all.open = open.map(|word| key(&word.letters).len()).collect();
        all
    }

    /// Each spelling of a word, by its index.
    #[must_use]
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// The words of `loose` phrases as entries of their own, by index: other ways to write one of them
    /// are looked for like those of any word.
    pub fn loose(&self) -> impl Iterator<Item = (usize, Entry)> + '_ {
        let spelt = |index: usize| self.words[index].letters.iter().collect::<String>();
        let compile = move |index| Entry::compile(&spelt(index), ViewKind::Loose, Edges::Word).ok();
        self.loose.iter().filter_map(move |&index| Some((index, compile(index)?)))
    }

    /// Whether the first word of some atoms is one in a phrase.
    #[must_use]
    pub fn begins(&self, atoms: &[Atom]) -> bool {
        let word = words(atoms).next();
        word.is_some_and(|word| self.knows_word(atoms[word].iter().map(|atom| atom.base)))
    }

    /// Whether a word as it is read is one in a phrase.
    #[must_use]
    pub fn knows_word(&self, word: impl Iterator<Item = char>) -> bool {
        let mut key = String::new();
        key_of(word, &mut key);
        self.knows(&key)
    }

    /// Whether a key is that of a word in a phrase.
    fn knows(&self, key: &str) -> bool {
        let begins = |&length: &usize| key.get(..length).is_some_and(|start| self.find(start).is_some());
        self.find(key).is_some() || self.open.iter().any(begins)
    }

    /// The word of an index in the place of some atoms of the first reading, for what had to be undone.
    #[must_use]
    pub fn spelt(&self, word: usize, view: &View, mut place: Range<usize>, tricks: Tricks) -> Meant {
        if tricks.has(Trick::Buried) {
            let inside = |atom: &&Atom| atom.role.word;
            place.start -= view.first_reading()[..place.start].iter().rev().take_while(inside).count();
            place.end += view.first_reading()[place.end..].iter().take_while(inside).count();
        }
        let letters = &self.words[word].letters;
        let from = &view.first_reading()[place.clone()];
        let mut atoms = Vec::with_capacity(letters.len().max(from.len()));
        for (at, &base) in letters.iter().enumerate() {
            let own = from[at.min(from.len() - 1)];
            let role = Role { word: true, ..own.role };
            atoms.push(Atom { base, role, tricks: own.tricks.with(tricks), ..own });
        }
        if self.words[word].open {
            // What stands for the rest of the word.
            atoms.extend(from.iter().skip(letters.len()).filter(|atom| atom.role.word));
        }
        if let (Some(atom), Some(last)) = (atoms.last_mut(), from.last()) {
            atom.end = last.end;
        }
        Meant { place: unmarked(view.first_reading(), place), ends: self.ends(&atoms), atoms, fits: false }
    }

    /// Reads the stretches once more in which words of phrases are disguised: those that are given, and
    /// those that further readings of the view show.
    ///
    /// # Errors
    /// Where the work is used up.
    pub fn read(&self, view: &mut View, mut meant: Vec<Meant>, work: &mut Work) -> Result<(), OutOfWork> {
        for Rereading { place, by } in view.rereadings() {
            let atoms = &view.atoms()[by.clone()];
            work.spend(atoms.len())?;
            if let Some((atoms, place)) = self.recognise(view.first_reading(), place.clone(), atoms) {
                meant.push(Meant { place, ends: self.ends(&atoms), atoms, fits: false });
            }
        }
        if meant.is_empty() {
            return Ok(());
        }
        self.fit(view.first_reading(), &mut meant);
        meant.sort_by_key(|meant| (meant.place.start, !meant.fits));
        let mut left: Vec<&Meant> = meant.iter().collect();
        let mut best = Vec::new();
        for _ in 0..READINGS {
            let (now, later) = apart(left);
            if now.is_empty() {
                break;
            }
            let all = together(&now, &best);
            for stretch in self.stretches(view.first_reading(), &now, &all) {
                let written = write(view.first_reading(), stretch, &all);
                work.spend(written.len())?;
                view.read_again(&written);
            }
            if best.is_empty() {
                best = now;
            }
            left = later;
        }
        Ok(())
    }

    fn find(&self, key: &str) -> Option<u32> {
        self.keys.binary_search_by(|known| (**known).cmp(key)).ok().and_then(|at| u32::try_from(at).ok())
    }

    /// A further reading of a place, if it holds a word of a phrase; letters set apart in words, and
    /// without those before and after that belong to none.
    fn recognise(
        &self,
        first: &[Atom],
        place: Range<usize>,
        atoms: &[Atom],
    ) -> Option<(Vec<Atom>, Range<usize>)> {
        if atoms.first()?.tricks.has(Trick::Spacing) {
            // The `m` of `y o u r m*ther` is the next word's.
            let cut = first.get(place.end).is_some_and(|next| symbol::hides(next.base));
            let divided = self.divide(atoms, cut)?;
            let (from, to) = (divided.first()?.start, divided.last()?.end);
            let at = |byte: u32| first.partition_point(|atom| atom.start < byte);
            let start = if from == atoms[0].start { place.start } else { at(from) };
            let end = if to == atoms[atoms.len() - 1].end { place.end } else { at(to) };
            return Some((divided, start..end));
        }
        let mut key = String::new();
        let mut known = |word: &[Atom]| {
            key_of(word.iter().map(|atom| atom.base), &mut key);
            self.knows(&key)
        };
        words(atoms).any(|word| known(&atoms[word])).then(|| (atoms.to_vec(), place))
    }

    /// Letters that were set apart, as the words that most of them make; none where they make none.
    fn divide(&self, atoms: &[Atom], cut: bool) -> Option<Vec<Atom>> {
        // For each place, how much of what is before it are words, and where the last of them begins.
        let mut best: Vec<(usize, Option<usize>)> = vec![(0, None); atoms.len() + 1];
        let mut key = String::new();
        for from in 0..atoms.len() {
            best[from + 1] = best[from + 1].max((best[from].0, None));
            key.clear();
            let mut range = 0..self.keys.len();
            for to in from + 1..=atoms.len().min(from + LONGEST) {
                let base = atoms[to - 1].base;
                let under = leet::key(base);
                let before = (to - 1 > from).then(|| atoms[to - 2].base);
                if before.is_none_or(|last| leet::key(last) != under || (under == 'i' && last != base)) {
                    key.push(under);
                    range = self.beginning(range, &key);
                }
                if range.is_empty() {
                    break;
                }
                if &*self.keys[range.start] == key.as_str() {
                    let score = best[from].0 + 2 * (to - from) - 1;
                    let end = if self.open.contains(&key.len()) { atoms.len() } else { to };
                    best[to] = best[to].max((score, Some(from)));
                    best[end] = best[end].max((score, Some(from)));
                }
            }
        }
        let mut edges = vec![false; atoms.len() + 1];
        let mut at = atoms.len();
        while at > 0 {
            let from = best[at].1;
            (edges[at], edges[from.unwrap_or(at)]) =
                (edges[at] || from.is_some(), edges[at] || from.is_some());
            at = from.unwrap_or(at - 1);
        }
        // `s k i l l` is one word: a single letter beside another only where it may be one itself.
        for at in 0..atoms.len() - usize::from(cut) {
            let alone = (at == 0 || edges[at]) && (at + 1 == atoms.len() || edges[at + 1]);
            if alone && best[at + 1].1 != Some(at) && !"aeiouyаиоуя".contains(atoms[at].base) {
                (edges[at], edges[at + 1]) = (false, false);
            }
        }
        let known = edges.iter().position(|&edge| edge)?..edges.iter().rposition(|&edge| edge)?;
        let divided = known.clone().flat_map(|at| {
            let atom = atoms[at];
            let gap =
                Atom { end: atom.start, base: ' ', tricks: Tricks::NONE, role: Role::default(), ..atom };
            (edges[at] && at > known.start).then_some(gap).into_iter().chain([atom])
        });
        Some(divided.collect())
    }

    /// Those of some keys that begin so.
    fn beginning(&self, range: Range<usize>, start: &str) -> Range<usize> {
        let keys = &self.keys[range.clone()];
        let from = keys.partition_point(|key| &**key < start);
        let many = keys[from..].partition_point(|key| key.starts_with(start));
        range.start + from..range.start + from + many
    }

    /// The keys of the first word of some atoms and of the last.
    fn ends(&self, atoms: &[Atom]) -> (Option<u32>, Option<u32>) {
        let mut key = String::new();
        let mut find = |word: Range<usize>| {
            key_of(atoms[word].iter().map(|atom| atom.base), &mut key);
            self.find(&key)
        };
        let Some(first) = words(atoms).next() else { return (None, None) };
        let last = words(atoms).last().unwrap_or_else(|| first.clone());
        (find(first), find(last))
    }

    /// Notes which of several readings of a place go with what stands beside them.
    fn fit(&self, first: &[Atom], meant: &mut [Meant]) {
        meant.sort_by_key(|meant| meant.place.start);
        let follows = |one: Option<u32>, other: Option<u32>| {
            one.zip(other).is_some_and(|(one, other)| self.pairs.contains(&(one, other)))
        };
        for at in 0..meant.len() {
            let (before, rest) = meant.split_at_mut(at + 1);
            let one = &mut before[at];
            let place = one.place.clone();
            one.fits |=
                follows(self.ends(&first[place.start.saturating_sub(LONGEST)..place.start]).1, one.ends.0);
            one.fits |=
                follows(one.ends.1, self.ends(&first[place.end..first.len().min(place.end + LONGEST)]).0);
            let beside = place.end..place.end + GAP;
            for next in rest.iter_mut().take(NEIGHBOURS).filter(|next| beside.contains(&next.place.start)) {
                if follows(one.ends.1, next.ends.0) {
                    (one.fits, next.fits) = (true, true);
                }
            }
        }
    }

    /// The stretches around some words in which their phrases may lie, none of the disguised ones cut.
    fn stretches(&self, first: &[Atom], now: &[&Meant], all: &[&Meant]) -> Vec<Range<usize>> {
        let mut stretches: Vec<Range<usize>> = Vec::new();
        for meant in now {
            let mut start = meant.place.start - tokens(first[..meant.place.start].iter().rev(), self.reach);
            let mut end = meant.place.end + tokens(first[meant.place.end..].iter(), self.reach);
            let cut = |at: usize| {
                let next = all.partition_point(|other| other.place.end <= at);
                all.get(next).map(|other| &other.place).filter(|place| place.start < at)
            };
            start = cut(start).map_or(start, |place| place.start);
            end = cut(end).map_or(end, |place| place.end);
            match stretches.last_mut() {
                Some(last) if start <= last.end => last.end = last.end.max(end),
                _ => stretches.push(start..end),
            }
        }
        stretches
    }
}

fn key(letters: &[char]) -> Box<str> {
    let mut key = String::new();
    key_of(letters.iter().copied(), &mut key);
    key.into()
}

/// The words among some atoms: at what is no letter, and at humps, another begins.
fn words(atoms: &[Atom]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        at += atoms[at..].iter().take_while(|atom| !atom.role.word).count();
        let rest = atoms.get(at + 1..)?;
        let start = at;
        at += 1 + rest.iter().take_while(|atom| atom.role.word && !atom.role.edge).count();
        Some(start..at)
    })
}

/// How many atoms so many tokens take, and the rest of the one that is begun.
fn tokens<'a>(atoms: impl Iterator<Item = &'a Atom>, count: usize) -> usize {
    let (mut left, mut length, mut gap) = (count, 0, false);
    for atom in atoms {
        let space = leet::key(atom.base) == ' ';
        if gap && !space {
            if left == 0 {
                break;
            }
            left -= 1;
        }
        gap = space;
        length += 1;
    }
    length
}

/// A place together with the markup around it.
fn unmarked(first: &[Atom], place: Range<usize>) -> Range<usize> {
    let mark = |atom: &&Atom| matches!(atom.base, '*' | '_' | '~' | '#');
    let before = first[..place.start].iter().rev().take(GAP).take_while(mark).count();
    let after = first[place.end..].iter().take(GAP).take_while(mark).count();
    place.start - before..place.end + after
}

/// Of readings in the order of their places, the first of each that do not overlap, and the others.
fn apart(meant: Vec<&Meant>) -> (Vec<&Meant>, Vec<&Meant>) {
    let mut end = 0;
    meant.into_iter().partition(|meant| {
        let free = meant.place.start >= end;
        end = if free { meant.place.end.max(meant.place.start + 1) } else { end };
        free
    })
}

/// Some readings, and those others that do not overlap with them.
fn together<'m>(now: &[&'m Meant], others: &[&'m Meant]) -> Vec<&'m Meant> {
    let mut all = now.to_vec();
    let free = |other: &&&Meant| {
        let next = now.partition_point(|meant| meant.place.end <= other.place.start);
        now.get(next).is_none_or(|meant| meant.place.start >= other.place.end)
    };
    all.extend(others.iter().filter(free));
    all.sort_by_key(|meant| meant.place.start);
    all
}

/// A stretch of the first reading with what is meant in it.
fn write(first: &[Atom], stretch: Range<usize>, all: &[&Meant]) -> Vec<Atom> {
    let from = all.partition_point(|meant| meant.place.start < stretch.start);
    let mut written = Vec::with_capacity(stretch.len());
    let mut at = stretch.start;
    for meant in all[from..].iter().take_while(|meant| meant.place.end <= stretch.end) {
        written.extend(&first[at..meant.place.start]);
        written.extend(&meant.atoms);
        at = meant.place.end;
    }
    written.extend(&first[at..stretch.end]);
    written
}
