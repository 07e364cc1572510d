//! `words`, `list`, `anywhere`: entries that are found through disguise.
//!
//! An entry goes through the same view as the text. What comes out has two faces: a key, the squeezed
//! string that the automaton looks for, and its runs, against which the atoms behind each hit are
//! checked: as many letters as are written or more, signs in the place of letters only beside real
//! letters, edges where a word needs them. The automaton proposes, the runs decide.

use std::ops::Range;

use super::evidence::{Evidence, Run};
use crate::engine::work::{OutOfWork, Work};
use crate::text::view::BREAK;
use crate::text::{Atom, Trick, Tricks, View, ViewKind, dictionary, symbol};

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
    source: String,
    view: ViewKind,
    edges: Edges,
    key: String,
    open_left: bool,
    elements: Vec<Element>,
    /// How it differs from what is written in the rule.
    disguise: Tricks,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Element {
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
        let mut entry = Entry {
            source: source.trim().to_owned(),
            view,
            edges,
            key: String::new(),
            open_left: false,
            elements: vec![],
            disguise: Tricks::NONE,
        };
        if source.chars().count() > LONGEST {
            return Err(EntryError::TooLong);
        }
        let words: Vec<&str> = source.split_whitespace().collect();
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
                    entry.open_left = true;
                } else {
                    entry.append(&std::mem::take(&mut piece));
                    entry.elements.push(Element::Lead);
                }
            }
            piece.push_str(inner);
            if word.ends_with('*') {
                entry.append(&std::mem::take(&mut piece));
                entry.elements.push(Element::Rest);
            }
        }
        entry.append(&piece);
        let substance =
            entry.elements.iter().any(|element| matches!(element, Element::Run(run) if run.base != ' '));
        if !substance || entry.key.trim().is_empty() {
            return Err(EntryError::FoldsToNothing(view.name()));
        }
        Ok(entry)
    }

    /// As written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
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

    /// What the automaton looks for in the view's text.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What it is when compared with other entries: two that are equal match the same texts.
    #[must_use]
    pub fn canonical(&self) -> String {
        let element = |element: &Element| match element {
            Element::Run(run) => run.base.to_string().repeat(run.count),
            Element::Rest | Element::Lead => "*".to_owned(),
        };
        let open = if self.open_left { "*" } else { "" };
        format!("{open}{}", self.elements.iter().map(element).collect::<String>())
    }

    /// The same entry, written in another way; none where nothing is left of that.
    #[must_use]
    pub fn written(&self, other: &str, edges: Edges, disguise: Tricks) -> Option<Self> {
        let entry = Entry::compile(other, self.view, edges).ok()?;
        Some(Entry { source: self.source.clone(), disguise, ..entry })
    }

    /// Whether it is another way to write what stands in the rule.
    #[must_use]
    pub fn is_variant(&self) -> bool {
        self.disguise != Tricks::NONE
    }

    /// Its letters, if it is one word of letters.
    #[must_use]
    pub fn plain_word(&self) -> Option<Vec<char>> {
        let mut word = Vec::new();
        for element in &self.elements {
            match element {
                Element::Run(run) if run.base.is_alphabetic() => {
                    word.extend(std::iter::repeat_n(run.base, run.count))
                }
                _ => return None,
            }
        }
        (!self.open_left).then_some(word)
    }

    /// Whether the entry matches where the automaton found its key.
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
        let credible = !twice && walk.evidence.is_credible(self.letters()) && !is_colour(atoms, &range);
        (credible && self.stands(atoms, &range))
            .then_some(Found { atoms: range, tricks: walk.evidence.tricks.with(self.disguise) })
    }

    /// Adds a piece of text between wildcards.
    fn append(&mut self, piece: &str) {
        let view = View::new(self.view, piece);
        let first_reading = view.text().split(BREAK).next().unwrap_or_default();
        if self.elements.is_empty() {
            first_reading.clone_into(&mut self.key);
        }
        for (byte, _) in first_reading.char_indices() {
            let (atoms, _) = view.run(byte);
            let run = &view.atoms()[atoms];
            self.elements.push(Element::Run(Run {
                base: run[0].base,
                count: if run[0].base == ' ' { 1 } else { run.len() },
                word: run[0].role.word,
                homoglyph: run[0].tricks.has(Trick::Homoglyph),
            }));
        }
    }

    fn needs_left_edge(&self) -> bool {
        self.edges == Edges::Word && !self.open_left && self.elements.first().is_some_and(Element::needs_edge)
    }

    fn needs_right_edge(&self) -> bool {
        self.edges == Edges::Word && self.elements.last().is_some_and(Element::needs_edge)
    }

    fn letters(&self) -> usize {
        self.elements.iter().map(|element| if let Element::Run(run) = element { run.count } else { 0 }).sum()
    }

    /// Whether the edges that the entry needs are there.
    fn stands(&self, atoms: &[Atom], range: &Range<usize>) -> bool {
        let inside = |at: usize| at > 0 && at < atoms.len() && atoms[at - 1].role.word && atoms[at].role.word;
        let left = !self.needs_left_edge() || !inside(range.start) || atoms[range.start].role.edge;
        let right = !self.needs_right_edge() || !inside(range.end) || atoms[range.end].role.edge;
        let whole = !atoms.get(range.end).is_some_and(|next| next.role.mark);
        let spaced = atoms[range.start].tricks.has(Trick::Spacing);
        // `f u c k y o u` has no edge inside; a word of some length at either end of it will do.
        let disguised = |trick| self.disguise.has(trick);
        if self.edges == Edges::Buried && !is_buried(atoms, range) {
            return false;
        }
        // In `PenIsMightier` the word is two; only phrases are written so. `WhatsApp` stands by itself.
        let hump = |at: usize| atoms.get(at).is_some_and(|atom| atom.role.edge);
        if !spaced
            && !disguised(Trick::Spacing)
            && (hump(range.start) || hump(range.end))
            && (range.start + 1..range.end).any(hump)
        {
            return false;
        }
        // Neither `that's hit` nor `bit_ch` is a word in halves.
        if disguised(Trick::Split)
            && (range.start > 0 && atoms[range.start - 1].base == '\''
                || atoms[range.clone()].iter().any(|atom| matches!(atom.base, '_' | '-' | ',')))
        {
            return false;
        }
        whole && ((left && right) || (spaced && (left || right) && self.letters() >= 4))
    }
}

impl Element {
    fn needs_edge(&self) -> bool {
        matches!(self, Element::Run(run) if run.word && !symbol::is_unspaced(run.base))
    }
}

/// Whether the atoms lie in a token of letters that is no word.
fn is_buried(atoms: &[Atom], range: &Range<usize>) -> bool {
    let letter = |atom: &&Atom| atom.role.word;
    let start = range.start - atoms[..range.start].iter().rev().take(BURIED).take_while(letter).count();
    let end = range.end + atoms[range.end..].iter().take(BURIED).take_while(letter).count();
    let token: String = atoms[start..end].iter().map(|atom| atom.base).collect();
    // Names begin with a capital, identifiers have one inside.
    if atoms[start..end].iter().any(|atom| atom.role.edge || atom.role.capital) {
        return false;
    }
    let deep = end - start < BURIED && token.chars().all(|c| c.is_ascii_lowercase());
    (start, end) != (range.start, range.end)
        && deep
        && !dictionary::is_word(&token)
        && !dictionary::is_word(token.trim_end_matches('s'))
}

/// Longer tokens are keys.
const BURIED: usize = 32;

/// Whether the atoms are the digits of a colour: `#fa6607`.
fn is_colour(atoms: &[Atom], range: &Range<usize>) -> bool {
    let after_hash = range.start > 0 && atoms[range.start - 1].base == '#';
    let digits = || atoms[range.clone()].iter().map(|atom| atom.base);
    after_hash
        && matches!(range.len(), 3 | 6 | 8)
        && digits().all(|c| c.is_ascii_hexdigit())
        && digits().any(|c| c.is_ascii_digit())
}

/// One attempt to match an entry at a place.
struct Walk<'a> {
    entry: &'a Entry,
    view: &'a View,
    start: usize,
    evidence: Evidence,
    /// Work done: atoms and runs looked at.
    steps: usize,
}

/// Most steps of one walk: a word of honest length takes a few dozen.
const STEPS: usize = 1 << 20;

impl<'a> Walk<'a> {
    fn new(entry: &'a Entry, view: &'a View) -> Self {
        Walk { entry, view, start: usize::MAX, evidence: Evidence::default(), steps: 8 }
    }

    /// Matches elements from a byte of the view's text; gives the atom after the match.
    fn follow(&mut self, elements: &[Element], mut byte: usize) -> Option<usize> {
        let mut end =
            if byte < self.view.text().len() { self.view.run(byte).0.start } else { self.view.atoms().len() };
        for (index, element) in elements.iter().enumerate() {
            match element {
                Element::Run(run) => {
                    if byte >= self.view.text().len() {
                        return None;
                    }
                    let (atoms, next) = self.view.run(byte);
                    end = self.fit(run, atoms, elements.get(index + 1))?;
                    byte = next;
                }
                Element::Rest => (byte, end) = self.rest_of_word(byte, end),
                Element::Lead => return self.lead(&elements[index + 1..], byte),
            }
        }
        Some(end)
    }

    /// Matches one run; gives the atom after it.
    fn fit(&mut self, run: &Run, found: Range<usize>, next: Option<&Element>) -> Option<usize> {
        self.steps += found.len();
        let atoms = self.view.atoms();
        let first = self.start == usize::MAX;
        let (mut low, mut high) = (found.start, found.end);
        let spare = |low: usize, high: usize| high - low > run.count;
        if first {
            while spare(low, high) && (!atoms[low].role.word || !self.entry.needs_left_edge()) {
                low += 1;
            }
        }
        if next.is_none() {
            while spare(low, high) && (!atoms[high - 1].role.word || !self.entry.needs_right_edge()) {
                high -= 1;
            }
        }
        let count = high - low;
        let open = matches!(next, Some(Element::Rest)) && high == found.end;
        if count < run.count || (count > run.count && !open && !self.evidence.repeat(run, count)) {
            return None;
        }
        self.evidence.read(run, &atoms[low..high], first)?;
        if first {
            self.start = low;
        }
        Some(high)
    }

    fn rest_of_word(&mut self, mut byte: usize, mut end: usize) -> (usize, usize) {
        let atoms = self.view.atoms();
        while byte < self.view.text().len() {
            let (run, next) = self.view.run(byte);
            if !atoms[run.start].role.word || atoms[run.start].role.edge {
                break;
            }
            end = run.end;
            byte = next;
            self.steps += 1;
        }
        (byte, end)
    }

    fn lead(&mut self, elements: &[Element], mut byte: usize) -> Option<usize> {
        while byte < self.view.text().len() {
            let mut attempt = Walk { ..*self };
            let end = attempt.follow(elements, byte);
            self.steps = attempt.steps + 1;
            if end.is_some() {
                *self = attempt;
                return end;
            }
            if self.steps > STEPS {
                return None;
            }
            let (run, next) = self.view.run(byte);
            if !self.view.atoms()[run.start].role.word {
                return None;
            }
            byte = next;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts matched in a view, by trying every place.
    fn matches(entry: &str, view: ViewKind, edges: Edges, sent: &str) -> Vec<String> {
        let entry = Entry::compile(entry, view, edges).expect("compiles");
        let view = View::new(view, sent);
        let places = view.text().match_indices(entry.key()).map(|(at, _)| at).collect::<Vec<_>>();
        places
            .into_iter()
            .filter_map(|at| entry.verify(&view, at, &mut Work::new()).expect("little work"))
            .map(|found| sent[crate::text::grapheme::snap(sent, view.range(found.atoms))].to_owned())
            .collect()
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

    #[test]
    fn an_entry_of_nothing_is_refused() {
        for entry in ["", "  ", "\u{200b}", "\u{ad} \u{200d}"] {
            assert!(Entry::compile(entry, ViewKind::Plain, Edges::Word).is_err(), "{entry:?}");
        }
    }
}
