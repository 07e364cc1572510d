//! A view: a text derived from what was sent, which knows for each of its characters where it is from.
//!
//! Text and patterns go the same way, so a pattern can't become unmatchable unnoticed. The derived
//! text is made to be scanned: runs are squeezed to one character and letters stand under their
//! keys. Whether a hit is a match is then decided on the atoms behind it, which still know how often
//! a letter stood there and what it was. After the first reading of a text its other readings follow,
//! set apart by [`BREAK`], so that one pass finds the words of all of them.

use std::ops::Range;

use super::atoms::Atoms;
use super::hint::Hints;
use super::stretch::Stretch;
use super::{Trick, Tricks, keyboard, leet, reader, reading};

/// How far disguise is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ViewKind {
    /// As sent; only white space is evened out.
    Exact,
    /// Case, width, accents and invisible characters undone.
    Folded,
    /// Folded, and look-alikes, leet, repeated and spaced-out letters undone.
    #[default]
    Plain,
    /// Plain, for entries whose false alarms somebody has weighed.
    Loose,
}

impl ViewKind {
    /// All views, mildest first.
    pub const ALL: [ViewKind; 4] = [ViewKind::Exact, ViewKind::Folded, ViewKind::Plain, ViewKind::Loose];

    /// The name that rule files use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ViewKind::Exact => "exact",
            ViewKind::Folded => "folded",
            ViewKind::Plain => "plain",
            ViewKind::Loose => "loose",
        }
    }

    /// The letter under which a character stands in this view's text.
    #[must_use]
    pub fn key(self, base: char) -> char {
        match base {
            base if !self.reads_disguise() => base,
            base if base.is_ascii() => char::from(keyboard::of(base).key),
            base => leet::key(base),
        }
    }

    pub(super) fn reads_disguise(self) -> bool {
        matches!(self, ViewKind::Plain | ViewKind::Loose)
    }
}

/// Stands between the readings of a text; no text and no pattern holds it.
pub const BREAK: char = '\0';

/// One character of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Atom {
    /// The first byte of the text as sent that it stands for.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
    /// The character, folded, look-alikes read as Latin, signs as they are.
    pub base: char,
    /// What had to be undone to read it; an invisible character counts for the atom after it.
    pub tricks: Tricks,
    /// What it is in its word.
    pub role: Role,
}

/// What an atom is in its word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "four independent facts in one word of memory")]
pub struct Role {
    /// Belongs to a word.
    pub word: bool,
    /// Is a mark of a script that spells with marks.
    pub mark: bool,
    /// Is a capital before a small letter.
    pub capital: bool,
    /// A word may begin here although the atom before belongs to one.
    pub edge: bool,
}

/// A stretch of the first reading, and what a reader sees there instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rereading {
    /// Atoms of the first reading.
    pub place: Range<usize>,
    /// The atoms that stand for them.
    pub by: Range<usize>,
}

/// A derived text that maps back.
#[derive(Clone, Debug, Default)]
pub struct View {
    pub(super) kind: ViewKind,
    text: String,
    pub(super) atoms: Atoms,
    rereadings: Vec<Rereading>,
    /// For each byte of `text`, the first atom of its run; then the number of atoms.
    pub(super) runs: Vec<u32>,
    pub(super) last_key: Option<char>,
    /// How many atoms the first reading has.
    first: usize,
    pub(super) hints: Hints,
    /// What was undone in the first reading.
    pub(super) undone: Tricks,
}

impl View {
    /// Derives the view of a text.
    #[must_use]
    pub fn new(kind: ViewKind, text: &str) -> Self {
        let mut view = View::default();
        view.derive(kind, text);
        view
    }

    /// Derives the view of another text, in the memory of the last one.
    pub fn derive(&mut self, kind: ViewKind, text: &str) {
        self.derive_by(kind, text, reader::read);
    }

    fn derive_by(&mut self, kind: ViewKind, text: &str, read: fn(&mut View, &str)) {
        self.kind = kind;
        self.text.clear();
        self.atoms.reset(kind);
        self.runs.clear();
        self.last_key = None;
        self.hints.reset();
        self.undone = Tricks::NONE;
        self.rereadings.clear();
        read(self, text);
        self.first = self.atoms.len();
        if kind.reads_disguise() {
            let mut hints = std::mem::take(&mut self.hints);
            let mut word = hints.word;
            hints.end_word(&mut word, self.atoms.len());
            hints.glyphs.sort_unstable();
            reading::add_all(self, text, &hints);
            self.hints = hints;
        }
        self.runs.push(offset(self.atoms.len()));
    }

    /// The derived text, to be scanned.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its characters before they were squeezed.
    #[must_use]
    pub fn atoms(&self) -> &[Atom] {
        self.atoms.all()
    }

    /// The atoms behind the run whose character begins at a byte of the derived text, and the byte
    /// where the next run begins.
    #[must_use]
    pub fn run(&self, byte: usize) -> (Range<usize>, usize) {
        let first = self.runs[byte];
        let width = self.text[byte..].chars().next().map_or(1, char::len_utf8);
        let next = self.runs.get(byte + width).map_or(self.atoms.len(), |&run| run as usize);
        (first as usize..next, byte + width)
    }

    /// The derived text for people: as it was read, runs squeezed, but letters and signs as they are.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut runs = self.runs.split_last().map_or(&[][..], |(_, runs)| runs).to_vec();
        runs.dedup();
        runs.iter().map(|&first| self.atoms()[first as usize].base).collect()
    }

    /// Whether a sign that may hide a letter stands between the word characters of a token.
    #[must_use]
    pub fn has_inner_sign(&self) -> bool {
        self.hints.inner_sign
    }

    /// The atoms of the text as it stands.
    #[must_use]
    pub fn first_reading(&self) -> &[Atom] {
        &self.atoms()[..self.first]
    }

    /// How many atoms that has.
    #[must_use]
    pub fn first_length(&self) -> usize {
        self.first
    }

    /// The stretches of the first reading that have another.
    #[must_use]
    pub fn rereadings(&self) -> &[Rereading] {
        &self.rereadings
    }

    /// Adds a further reading to a view that has been derived.
    pub fn read_again(&mut self, atoms: &[Atom]) {
        self.runs.pop();
        self.add(atoms);
        self.runs.push(offset(self.atoms.len()));
    }

    /// The tricks in words that nobody writes by accident: letters of two scripts that look alike in
    /// one word, nothing shown between two Latin letters, stacked marks.
    #[must_use]
    pub fn suspicions(&self) -> Tricks {
        if self.undone.only(&[Trick::Homoglyph, Trick::ZeroWidth, Trick::Bidi, Trick::Marks]) == Tricks::NONE
        {
            return Tricks::NONE;
        }
        let words = self.first_reading().split(|atom| !atom.role.word);
        words.map(suspicions).fold(Tricks::NONE, Tricks::with)
    }

    /// The atom after the run whose character ends at a byte of the derived text.
    #[must_use]
    pub fn last(&self, end: usize) -> usize {
        self.runs.get(end).map_or(self.atoms.len(), |&run| run as usize)
    }

    /// The range of the text as sent behind some atoms.
    #[must_use]
    pub fn range(&self, atoms: Range<usize>) -> Range<usize> {
        // Some readings go backwards, or in a word of theirs, so any atom may be the one at an end.
        let atoms = self.atoms().get(atoms).unwrap_or_default();
        let start = atoms.iter().map(|atom| atom.start).min().unwrap_or_default();
        let end = atoms.iter().map(|atom| atom.end).max().unwrap_or_default();
        start as usize..end as usize
    }

    /// Adds a reading of a stretch of the first one.
    pub(super) fn add_for(&mut self, place: Range<usize>, atoms: &[Atom]) {
        let by = self.add(atoms);
        self.instead(place, by);
    }

    /// Notes that a stretch of the first reading may be read as other atoms.
    pub(super) fn instead(&mut self, place: Range<usize>, by: Range<usize>) {
        self.rereadings.push(Rereading { place, by });
    }

    /// Adds a reading after those that are there: its atoms, set apart; gives which they are.
    pub(super) fn add(&mut self, atoms: &[Atom]) -> Range<usize> {
        let apart = Atom { start: 0, end: 0, base: BREAK, tricks: Tricks::NONE, role: Role::default() };
        if !self.text.ends_with(BREAK) {
            self.push(apart);
        }
        let first = self.atoms.len();
        for &atom in atoms {
            self.push(atom);
        }
        self.push(apart);
        first..first + atoms.len()
    }

    /// Adds the runs of a stretch of ASCII, whose atoms come next.
    pub(super) fn push_runs(&mut self, stretch: &mut Stretch) {
        let Stretch { keys, places, length } = stretch;
        self.last_key = length.checked_sub(1).map(|last| char::from(keys[last])).or(self.last_key);
        let first = self.atoms.len();
        let (mut at, mut written) = (0, 0);
        // what is joined to the character before it is left out, what stands between moves together
        while at < *length {
            at += (!(places.joined >> at)).trailing_zeros() as usize;
            if at >= *length {
                break;
            }
            let until = (places.joined >> at).trailing_zeros() as usize;
            let end = (*length).min(at + until);
            if written < at {
                keys.copy_within(at..end, written);
            }
            written += end - at;
            self.runs.extend(offset(first + at)..offset(first + end));
            at = end;
        }
        if let Ok(keys) = std::str::from_utf8(&keys[..written]) {
            self.text.push_str(keys);
        }
    }

    /// Lets a word begin at an atom.
    pub(super) fn mark_edge(&mut self, atom: usize) {
        self.atoms.mark_edge(atom);
    }

    /// Adds an atom, to the run before it where both are read as the same letter.
    pub(super) fn push(&mut self, atom: Atom) {
        let key = self.kind.key(atom.base);
        let joins = self.last_key == Some(key) && self.merges(key, atom.base);
        self.last_key = Some(key);
        if !joins {
            self.runs.extend(std::iter::repeat_n(offset(self.atoms.len()), key.len_utf8()));
            self.text.push(key);
        }
        self.atoms.push(atom);
    }

    /// Puts another character in the place of the last atom's.
    pub(super) fn replace_last(&mut self, base: char, end: usize) {
        let Some(mut atom) = self.atoms.pop() else { return };
        // The run goes with its atom, unless the same character stood there before.
        if self.runs.last().is_some_and(|&first| first as usize == self.atoms.len()) {
            let key = self.text.pop().map_or(0, char::len_utf8);
            self.runs.truncate(self.runs.len() - key);
            self.last_key = self.text.chars().next_back();
        }
        atom.base = base;
        atom.end = offset(end);
        self.push(atom);
    }

    /// `i`, `l` and the strokes that are read as either share a key: only the same character makes a
    /// run of it, or `k1ll` would lose the l that it is spelt with.
    fn merges(&self, key: char, base: char) -> bool {
        key == ' '
            || (self.kind.reads_disguise()
                && key != BREAK
                && (key != 'i' || self.atoms.last_base() == Some(base)))
    }
}

/// The atoms of a first reading that begin in some bytes of the text as sent.
pub(super) fn between(atoms: &[Atom], bytes: Range<usize>) -> Range<usize> {
    let from = |byte: usize| atoms.partition_point(|atom| (atom.start as usize) < byte);
    from(bytes.start)..from(bytes.end)
}

/// What some characters come to in a view that reads disguise: each run under its key.
pub fn key_of(bases: impl IntoIterator<Item = char>, out: &mut String) {
    out.clear();
    let mut last = None;
    for base in bases {
        let key = leet::key(base);
        if last.is_none_or(|last| leet::key(last) != key || (key == 'i' && last != base)) {
            out.push(key);
        }
        last = Some(base);
    }
}

fn suspicions(word: &[Atom]) -> Tricks {
    let (mut alike, mut own, mut latin, mut found) = (false, false, false, Tricks::NONE);
    for atom in word {
        let looks = atom.tricks.has(Trick::Homoglyph);
        let (before, here) = (latin, atom.base.is_ascii_alphabetic());
        alike |= looks;
        own |= here && !looks;
        latin = here;
        if atom.tricks != Tricks::NONE {
            let hidden: &[Trick] = if before && here { &[Trick::ZeroWidth, Trick::Bidi] } else { &[] };
            found = found.with(atom.tricks.only(&[Trick::Marks])).with(atom.tricks.only(hidden));
        }
    }
    // `µm` and `Δt` are how science writes.
    if alike && own && word.len() > 2 { found.with(Tricks::of(Trick::Homoglyph)) } else { found }
}

/// Texts are capped far below 4 GiB before they get here.
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn stretches_of_ascii_are_read_as_their_characters_are(
            text in prop_oneof![
                any::<String>(),
                "[a-zA-Z0-9 ]{0,150}",
                "[ a-z]{0,100}",
                "[Iil|1!rnvclI0]{0,20}",
                "[ -~]{0,150}",
                "([a-zI]{1,9}[ .*'@$#%é\u{200b}\t-]{0,2}){0,30}",
                "[sS5$ZIil ]{50,140}",
            ],
            kind in prop::sample::select(&ViewKind::ALL[..]),
        ) {
            let by_stretches = View::new(kind, &text);
            let mut one_by_one = View::default();
            one_by_one.derive_by(kind, &text, reader::read_one_by_one);
            prop_assert_eq!(by_stretches.text(), one_by_one.text());
            prop_assert_eq!(by_stretches.atoms(), one_by_one.atoms());
            prop_assert_eq!(&by_stretches.runs, &one_by_one.runs);
            prop_assert_eq!(by_stretches.rereadings(), one_by_one.rereadings());
            let hints = |view: &View| {
                let Hints { singles, inner_sign, humps, built, markup, percent, hash, .. } = view.hints.clone();
                (singles, inner_sign, humps, [built, markup, percent, hash])
            };
            prop_assert_eq!(hints(&by_stretches), hints(&one_by_one));
            prop_assert_eq!(by_stretches.suspicions(), one_by_one.suspicions());
        }
    }

    fn plain(text: &str) -> String {
        View::new(ViewKind::Plain, text).text().to_owned()
    }

    #[test]
    fn plain_squeezes_and_keys() {
        assert_eq!(plain("Fuuuck"), "fuck");
        assert_eq!(plain("b1tch $h1t"), "bitch shit");
        assert_eq!(plain("fuсk ＦＵＣＫ 𝖋𝖚𝖈𝖐"), "fuck fuck fuck");
        assert_eq!(plain("k1ll kill"), "kii kii\0ki\0", "and once more with the stroke as an l");
        assert_eq!(plain("a\u{200b}s\u{ad}s"), "as");
    }

    #[test]
    fn spaced_out_letters_are_read_together_too() {
        assert_eq!(plain("say f u c k now"), "say f u c k now\0fuck\0");
    }

    #[test]
    fn folded_keeps_letters_and_evens_out_space() {
        assert_eq!(View::new(ViewKind::Folded, "Füüß \t\n X").text(), "fuuss x");
        assert_eq!(View::new(ViewKind::Exact, "Fü \t\n X").text(), "Fü X");
    }

    #[test]
    fn vowel_signs_stay_where_they_spell() {
        assert_eq!(View::new(ViewKind::Plain, "हिंदी").text(), "हिंदी");
    }

    #[test]
    fn decomposed_hangul_is_composed() {
        assert_eq!(View::new(ViewKind::Plain, "\u{1112}\u{1161}\u{11ab}").text(), "한");
    }

    #[test]
    fn atoms_know_where_they_are_from() {
        let sent = "x f\u{301}u\u{200b}ck";
        let view = View::new(ViewKind::Plain, sent);
        let at = view.text().find("fuck").unwrap_or(0);
        let (first, _) = view.run(at);
        assert_eq!(view.range(first.start..first.start + 4), 2..sent.len());
    }
}
