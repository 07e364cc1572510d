//! `words`, `list`, `anywhere`: entries that are found through disguise.
//!
//! An entry goes through the same view as the text. What comes out has two faces: a key, the squeezed
//! string that is looked for, and its runs, against which the atoms behind each hit are
//! checked: as many letters as are written or more, signs in the place of letters only beside real
//! letters, edges where a word needs them. The key proposes, the runs decide.

use std::ops::Range;

use super::evidence::Run;
use super::standing;
use super::walk::Walk;
use crate::engine::work::{OutOfWork, Work};
use crate::text::view::BREAK;
use crate::text::{Atom, Trick, Tricks, View, ViewKind, symbol};

/// Where an entry may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Edges {
    /// As whole words (`words`, `list`).
    Word,
    /// Inside words too (`anywhere`).
    Anywhere,
    /// Inside of what is no word.
    Buried,
}

/// Why an entry can't be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// It is longer than a phrase can be.
    #[error("an entry is longer than {LONGEST} characters")]
    TooLong,
    /// Nothing of it is left in its view.
    #[error("nothing is left of this entry in the `{0}` view")]
    FoldsToNothing(&'static str),
}

/// Longest entry, in characters.
pub const LONGEST: usize = 256;

/// A compiled entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    source: Box<str>,
    view: ViewKind,
    edges: Edges,
    open_left: bool,
    elements: Box<[Element]>,
    /// How it differs from what is written in the rule.
    pub(super) disguise: Tricks,
}

/// One word of a phrase.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word {
    /// Its letters, as they are read.
    pub letters: Vec<char>,
    /// Whether a `*` stands for its rest.
    pub open: bool,
    /// Whether all of it is letters.
    pub spelt: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// The same character, at least so many times.
    Run(Run),
    /// A `*` at the end of a word: the rest of it.
    Rest,
    /// A `*` at the beginning of a later word: its first part.
    Lead,
}

/// A place where an entry matched: atoms of the view, and what had to be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The atoms matched.
    pub atoms: Range<usize>,
    /// The tricks undone inside them.
    pub tricks: Tricks,
}

impl Entry {
    /// Compiles an entry as it stands in a rule or a list.
    ///
    /// # Errors
    /// Where nothing of it is left in the view.
    pub fn compile(source: &str, view: ViewKind, edges: Edges) -> Result<Self, EntryError> {
        if source.chars().count() > LONGEST {
            return Err(EntryError::TooLong);
        }
        let words: Vec<&str> = source.split_whitespace().collect();
        let (mut elements, mut open_left) = (Vec::new(), false);
        let mut piece = String::new();
        for (index, word) in words.iter().enumerate() {
            if index > 0 {
                piece.push(' ');
            }
            let inner = word.trim_matches('*');
            if inner.is_empty() {
                piece.push_str(word);
                continue;
            }
            if word.starts_with('*') {
                if index == 0 {
                    open_left = true;
                } else {
                    append(&mut elements, view, &std::mem::take(&mut piece));
                    elements.push(Element::Lead);
                }
            }
            piece.push_str(inner);
            if word.ends_with('*') {
                append(&mut elements, view, &std::mem::take(&mut piece));
                elements.push(Element::Rest);
            }
        }
        append(&mut elements, view, &piece);
        let elements = elements.into_boxed_slice();
        let entry =
            Entry { source: source.trim().into(), view, edges, open_left, elements, disguise: Tricks::NONE };
        let substance =
            entry.elements.iter().any(|element| matches!(element, Element::Run(run) if run.base != ' '));
        if !substance || entry.key().trim().is_empty() {
            return Err(EntryError::FoldsToNothing(view.name()));
        }
        Ok(entry)
    }

    /// As written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What it is made of.
    pub(super) fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The view it is looked for in.
    #[must_use]
    pub fn view(&self) -> ViewKind {
        self.view
    }

    /// Where it may stand.
    #[must_use]
    pub fn edges(&self) -> Edges {
        self.edges
    }

    /// What is looked for in the view's text: what stands before the first `*`.
    #[must_use]
    pub fn key(&self) -> String {
        let keys = self.elements.iter().map_while(|element| match element {
            Element::Run(run) => Some(self.view.key(run.base)),
            Element::Rest | Element::Lead => None,
        });
        keys.collect()
    }

    /// What it is when compared with other entries: two that are equal match the same texts.
    #[must_use]
    pub fn canonical(&self) -> String {
        self.written_out().collect()
    }

    /// The characters of [`Entry::canonical`].
    pub(in crate::engine) fn written_out(&self) -> impl Iterator<Item = char> {
        let open = self.open_left.then_some('*');
        let elements = self.elements.iter().map(|element| match element {
            Element::Run(run) => std::iter::repeat_n(run.base, run.count()),
            Element::Rest | Element::Lead => std::iter::repeat_n('*', 1),
        });
        open.into_iter().chain(elements.flatten())
    }

    /// The same entry, written in another way; none where nothing is left of that.
    #[must_use]
    pub fn written(&self, other: &str, edges: Edges, disguise: Tricks) -> Option<Self> {
        let entry = Entry::compile(other, self.view, edges).ok()?;
        Some(Entry { source: self.source.clone(), disguise, ..entry })
    }

    /// How it differs from what is written in the rule.
    #[must_use]
    pub fn disguise(&self) -> Tricks {
        self.disguise
    }

    /// Whether it is another way to write what stands in the rule.
    #[must_use]
    pub fn is_variant(&self) -> bool {
        self.disguise != Tricks::NONE
    }

    /// Its letters, if it is one word of letters, and whether a `*` stands for its rest.
    #[must_use]
    pub fn plain_word(&self) -> Option<(Vec<char>, bool)> {
        let (elements, open) = match &self.elements[..] {
            [fixed @ .., Element::Rest] => (fixed, true),
            fixed => (fixed, false),
        };
        let mut word = Vec::new();
        for element in elements {
            match element {
                Element::Run(run) if run.is_letter() => {
                    word.extend(std::iter::repeat_n(run.base, run.count()));
                }
                _ => return None,
            }
        }
        (!self.open_left).then_some((word, open))
    }

    /// Whether it is made of words with white space between them.
    #[must_use]
    pub fn is_phrase(&self) -> bool {
        self.elements.iter().any(|element| matches!(element, Element::Run(run) if run.base == ' '))
    }

    /// The words of a phrase; none where it is no phrase.
    #[must_use]
    pub fn words(&self) -> Vec<Word> {
        let mut words: Vec<Word> = Vec::new();
        let (phrase, mut inside) = (self.is_phrase(), false);
        for element in self.elements.iter().filter(|_| phrase) {
            let new = || Word { letters: Vec::new(), open: false, spelt: true };
            match element {
                Element::Run(run) if run.word => {
                    words.extend((!inside).then(new));
                    inside = true;
                    if let Some(word) = words.last_mut() {
                        word.letters.extend(std::iter::repeat_n(run.base, run.count()));
                        word.spelt &= run.is_letter();
                    }
                }
                Element::Rest => words.iter_mut().last().into_iter().for_each(|word| word.open = true),
                Element::Run(_) | Element::Lead => inside = false,
            }
        }
        words
    }

    /// Whether the entry matches where its key was found.
    ///
    /// # Errors
    /// Where there is no work left to find out.
    pub fn verify(&self, view: &View, byte: usize, work: &mut Work) -> Result<Option<Found>, OutOfWork> {
        let mut walk = Walk::new(self, view);
        let found = self.walk(&mut walk, byte);
        work.spend(walk.steps).map(|()| found)
    }

    fn walk(&self, walk: &mut Walk<'_>, byte: usize) -> Option<Found> {
        let end = walk.follow(&self.elements, byte)?;
        let atoms = walk.view.atoms();
        let mut range = walk.start..end;
        if self.open_left {
            while range.start > 0 && atoms[range.start - 1].role.word && !atoms[range.start].role.edge {
                range.start -= 1;
                walk.steps += 1;
            }
        }
        // A misspelling in disguise is something else.
        let twice = self.disguise.only(&[Trick::Misspelling, Trick::Split, Trick::Reversed]) != Tricks::NONE
            && walk.evidence.tricks.only(&[Trick::Leet, Trick::Repeats]) != Tricks::NONE;
        let credible = !twice
            && walk.evidence.is_credible(self.letters(), self.is_open())
            && !standing::is_colour(atoms, &range);
        (credible && standing::stands(self, atoms, &range))
            .then_some(Found { atoms: range, tricks: walk.evidence.tricks.with(self.disguise) })
    }

    /// Whether a `*` stands for the beginning of its first word.
    pub(super) fn opens_left(&self) -> bool {
        self.open_left
    }

    pub(super) fn needs_left_edge(&self) -> bool {
        self.edges == Edges::Word && !self.open_left && self.elements.first().is_some_and(Element::needs_edge)
    }

    pub(super) fn needs_right_edge(&self) -> bool {
        self.edges == Edges::Word && self.elements.last().is_some_and(Element::needs_edge)
    }

    /// Whether it stands for more than is written.
    fn is_open(&self) -> bool {
        self.elements.iter().any(|element| !matches!(element, Element::Run(_)))
    }

    /// How many letters it has.
    pub(super) fn letters(&self) -> usize {
        self.elements
            .iter()
            .map(|element| if let Element::Run(run) = element { run.count() } else { 0 })
            .sum()
    }
}

/// Adds a piece of text between wildcards.
fn append(elements: &mut Vec<Element>, view: ViewKind, piece: &str) {
    if piece.is_empty() {
        return;
    }
    let view = View::new(view, piece);
    let first_reading = view.text().split(BREAK).next().unwrap_or_default();
    elements.reserve_exact(first_reading.len());
    for (byte, _) in first_reading.char_indices() {
        let (atoms, _) = view.run(byte);
        let run = &view.atoms()[atoms];
        let Atom { base, role, tricks, .. } = run[0];
        let count = if base == ' ' { 1 } else { run.len() };
        elements.push(Element::Run(Run::new(base, count, role.word, tricks.has(Trick::Homoglyph))));
    }
}

impl Element {
    fn needs_edge(&self) -> bool {
        matches!(self, Element::Run(run) if run.word && !symbol::is_unspaced(run.base))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::scan::Keywords;

    /// The texts matched in a view, by trying every place.
    fn matches(entry: &str, view: ViewKind, edges: Edges, sent: &str) -> Vec<String> {
        let entry = Entry::compile(entry, view, edges).expect("compiles");
        let mut view = View::new(view, sent);
        let mut ranges = Vec::new();
        Keywords::new(vec![(entry, 0)])
            .scan(&mut view, &mut Work::new(), |_, _, range, _| {
                ranges.push(crate::text::grapheme::snap(sent, range));
            })
            .expect("little work");
        // Further readings come after the first, wherever they stand in the text.
        ranges.sort_by_key(|range| (range.start, range.end));
        ranges.dedup();
        ranges.into_iter().map(|range| sent[range].to_owned()).collect()
    }

    #[test]
    fn cases() {
        for line in include_str!("../../../tests/data/words.txt").lines() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let mut fields = line.split('|').map(str::trim);
            let (Some(kind), Some(entry), Some(sent)) = (fields.next(), fields.next(), fields.next()) else {
                panic!("{line}: kind | entry | text, matches in [[ ]]")
            };
            let (view, edges) = match kind {
                "exact" => (ViewKind::Exact, Edges::Word),
                "folded" => (ViewKind::Folded, Edges::Word),
                "plain" => (ViewKind::Plain, Edges::Word),
                "anywhere" => (ViewKind::Plain, Edges::Anywhere),
                other => panic!("{other}: exact, folded, plain or anywhere"),
            };
            let sent = sent.replace("\\u200b", "\u{200b}").replace("\\n", "\n");
            let expected: Vec<String> = sent
                .split("[[")
                .skip(1)
                .filter_map(|rest| Some(rest.split_once("]]")?.0.to_owned()))
                .collect();
            let text = sent.replace("[[", "").replace("]]", "");
            assert_eq!(matches(entry, view, edges, &text), expected, "{line}");
        }
    }

    proptest! {
        #[test]
        fn a_key_is_the_text_of_its_view(
            source in r"([a-zA-Z0-9$!|@àßſЖ你ﷺ\u{200b}\u{301}.-] ?){1,12}",
            view in prop::sample::select(&ViewKind::ALL[..]),
        ) {
            if let Ok(entry) = Entry::compile(&source, view, Edges::Word) {
                let view = View::new(view, source.trim());
                prop_assert_eq!(entry.key(), view.text().split(BREAK).next().unwrap_or_default());
            }
        }
    }

    #[test]
    fn an_entry_of_nothing_is_refused() {
        for entry in ["", "  ", "\u{200b}", "\u{ad} \u{200d}"] {
            assert!(Entry::compile(entry, ViewKind::Plain, Edges::Word).is_err(), "{entry:?}");
        }
    }
}
