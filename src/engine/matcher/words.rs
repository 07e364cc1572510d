//! `words`, `list`, `anywhere`: entries that are found through disguise.
//!
//! An entry goes through the same view as the text. What comes out has two faces: a key, the squeezed
//! string that the automaton looks for, and its runs, against which the atoms behind each hit are
//! checked: as many letters as are written or more, signs in the place of letters only beside real
//! letters, edges where a word needs them. The automaton proposes, the runs decide.

use std::ops::Range;

use crate::engine::work::{OutOfWork, Work};
use crate::text::view::BREAK;
use crate::text::{Atom, Trick, Tricks, View, ViewKind, leet, symbol};

/// Where an entry may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Edges {
    /// As whole words (`words`, `list`).
    Word,
    /// Inside words too (`anywhere`).
    Anywhere,
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

#[derive(Clone, Debug, PartialEq, Eq)]
struct Run {
    base: char,
    count: usize,
    word: bool,
    homoglyph: bool,
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
        (walk.is_credible() && self.stands(atoms, &range))
            .then(|| Found { atoms: range.clone(), tricks: walk.tricks })
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
        whole && ((left && right) || (spaced && (left || right) && self.letters() >= 4))
    }
}

impl Element {
    fn needs_edge(&self) -> bool {
        matches!(self, Element::Run(run) if run.word && !symbol::is_unspaced(run.base))
    }
}

/// One attempt to match an entry at a place.
struct Walk<'a> {
    entry: &'a Entry,
    view: &'a View,
    start: usize,
    tricks: Tricks,
    letters: usize,
    signs: usize,
    lookalikes: usize,
    /// Work done: atoms and runs looked at.
    steps: usize,
}

/// Most steps of one walk: a word of honest length takes a few dozen.
const STEPS: usize = 1 << 20;

impl<'a> Walk<'a> {
    fn new(entry: &'a Entry, view: &'a View) -> Self {
        Walk {
            entry,
            view,
            start: usize::MAX,
            tricks: Tricks::NONE,
            letters: 0,
            signs: 0,
            lookalikes: 0,
            steps: 8,
        }
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
        if count < run.count || (count > run.count && !open && !repeats(run, count)) {
            return None;
        }
        if count > run.count && run.base != ' ' && !open {
            self.tricks = self.tricks.with(Tricks::of(Trick::Repeats));
        }
        self.read(run, low..high, first)?;
        if first {
            self.start = low;
        }
        Some(high)
    }

    fn read(&mut self, run: &Run, range: Range<usize>, first: bool) -> Option<()> {
        let (mut sign, mut digit) = (false, false);
        let mut lookalike = !run.homoglyph;
        for (index, atom) in self.view.atoms()[range].iter().enumerate() {
            if atom.base != run.base {
                if !leet::readings(atom.base).contains(&run.base) {
                    return None;
                }
                // A letter that looks like a stroke is a letter; a digit or sign has to earn it.
                if !atom.tricks.has(Trick::Homoglyph) {
                    sign = true;
                    digit |= atom.base.is_ascii_digit();
                    self.tricks = self.tricks.with(Tricks::of(Trick::Leet));
                }
            }
            let mut tricks = atom.tricks;
            if first && index == 0 {
                // What stands before the word is not inside it.
                tricks = tricks.without(Tricks::of(Trick::ZeroWidth).with(Tricks::of(Trick::Bidi)));
            }
            if run.homoglyph {
                tricks = tricks.without(Tricks::of(Trick::Homoglyph));
            }
            if run.base != ' ' {
                self.tricks = self.tricks.with(tricks);
            }
            lookalike &= atom.tricks.has(Trick::Homoglyph);
        }
        if sign {
            // `a55` may be a road; `a$$` is no price.
            self.signs += if digit { run.count } else { 1 };
        } else if run.base.is_alphabetic() {
            self.letters += run.count;
            self.lookalikes += if lookalike { run.count } else { 0 };
        }
        Some(())
    }

    /// A number or a short word of another script is what it is.
    fn is_credible(&self) -> bool {
        let total = self.letters + self.signs;
        let leet = self.signs == 0
            || (self.letters > 0
                && (self.letters >= self.signs || (total >= 5 && self.letters * 2 >= self.signs)));
        leet && (self.lookalikes == 0 || self.lookalikes < self.letters || self.letters >= 4)
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

/// Whether so many letters may stand for those that are written: three and more are never spelling,
/// two are where no language doubles that letter.
fn repeats(run: &Run, count: usize) -> bool {
    run.base == ' '
        || (run.base.is_alphabetic()
            && (count >= 3 || matches!(run.base, 'a' | 'h' | 'i'..='k' | 'q' | 'u'..='y')))
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
