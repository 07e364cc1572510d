//! `regex`: regular expressions on the text as sent, or on the folded view.
//!
//! The source is never rewritten. An expression that must contain a literal is run only on texts that
//! contain it; the others are run on every text, and `check` names them.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use regex::{RegexSet, RegexSetBuilder};
use regex_automata::meta::{Config, Regex};
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::{Input, MatchKind};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind, Look};

use super::literal;
use crate::engine::work::{OutOfWork, Work};

/// Longest pattern, in bytes.
pub const LONGEST: usize = 4096;

/// Compiled size of one expression, in bytes, above which it is refused.
const SIZE: usize = 4 << 20;

/// Memory for one expression's lazy automaton, in bytes.
const CACHE: usize = 1 << 20;

/// As the `regex` crate does it, but without the automaton for captures: nobody asks for those, and it
/// takes as much memory as all else.
fn config() -> Config {
    Config::new()
        .match_kind(MatchKind::LeftmostFirst)
        .utf8_empty(true)
        .nfa_size_limit(Some(SIZE))
        .hybrid_cache_capacity(CACHE)
        .which_captures(WhichCaptures::Implicit)
        .onepass(false)
}

/// What is wrong with a pattern, and where in it (bytes).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PatternError {
    /// What is wrong.
    pub message: String,
    /// The part of the pattern that is meant.
    pub range: Range<usize>,
}

/// A compiled regular expression. Copies share it, and with it the automata that grow while it is used.
#[derive(Clone, Debug)]
pub struct Pattern(Arc<Program>);

#[derive(Debug)]
struct Program {
    source: Box<str>,
    regex: Regex,
    literals: Option<BTreeSet<String>>,
    reach: Reach,
    /// For the sieve; none where there are literals to wait for.
    relaxed: Option<Box<str>>,
    slow_on_unicode: bool,
    /// Steps of its automaton, roughly.
    steps: usize,
}

impl Pattern {
    /// Compiles a pattern in the syntax of the `regex` crate.
    ///
    /// # Errors
    /// Where it is no such pattern, is too long or compiles to too much, or matches only nothing.
    pub fn compile(source: &str) -> Result<Self, PatternError> {
        let whole = 0..source.len();
        let fail = |message: String, range| Err(PatternError { message, range });
        if source.len() > LONGEST {
            return fail(format!("the pattern is longer than {LONGEST} bytes"), whole);
        }
        let hir = match ParserBuilder::new().nest_limit(100).build().parse(source) {
            Ok(hir) => hir,
            Err(regex_syntax::Error::Parse(error)) => {
                return fail(error.kind().to_string(), error.span().start.offset..error.span().end.offset);
            }
            Err(regex_syntax::Error::Translate(error)) => {
                return fail(error.kind().to_string(), error.span().start.offset..error.span().end.offset);
            }
            Err(error) => return fail(error.to_string(), whole),
        };
        if hir.properties().maximum_len() == Some(0) {
            return fail("the pattern can only match the empty text".to_owned(), whole);
        }
        let regex = match Regex::builder().configure(config()).build_from_hir(&hir) {
            Ok(regex) => regex,
            Err(error) if error.size_limit().is_some() => {
                return fail(format!("the pattern compiles to more than {} MiB", SIZE >> 20), whole);
            }
            Err(error) => return fail(error.to_string(), whole),
        };
        let literals = literal::required(&hir);
        Ok(Pattern(Arc::new(Program {
            source: source.into(),
            regex,
            reach: Reach::of(&hir),
            relaxed: literals.is_none().then(|| relaxed(&hir).to_string().into()),
            literals,
            slow_on_unicode: hir.properties().look_set().contains_word_unicode(),
            steps: steps(&hir),
        })))
    }

    /// The pattern as written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Folded literals of which every match holds one; none for a pattern that runs on every text.
    #[must_use]
    pub fn literals(&self) -> Option<&BTreeSet<String>> {
        self.0.literals.as_ref()
    }

    /// The first match at or after a byte; it may be empty.
    #[must_use]
    pub fn find_at(&self, text: &str, start: usize) -> Option<Range<usize>> {
        Some(self.0.regex.search(&Input::new(text).range(start..))?.range())
    }

    /// What a search from `start` that ended at `end` costs at most, in units of work (a byte passed
    /// over by an automaton). A pattern without a longest match may have looked on before it settled
    /// on a short one: to the end of the word, or of the text where it may run over white space.
    #[must_use]
    pub fn cost(&self, text: &str, start: usize, end: usize) -> usize {
        let ahead = match self.0.reach {
            Reach::Bytes(longest) => end.saturating_add(longest).min(text.len()),
            Reach::Word => text[end..].find(char::is_whitespace).map_or(text.len(), |space| end + space),
            Reach::Text => text.len(),
        };
        // Unicode word boundaries make the lazy automaton give up on the first non-ASCII byte.
        let factor = if self.0.slow_on_unicode && !text.is_ascii() { UNICODE } else { 1 };
        (ahead - start + 1) * factor
    }
}

impl Pattern {
    /// Whether letters that are not ASCII make the automaton give up: its word boundaries know Unicode.
    #[must_use]
    pub fn is_slow_on_unicode(&self) -> bool {
        self.0.slow_on_unicode
    }

    /// Bytes that it takes before it was ever used, by a rough formula of its steps and its source.
    #[must_use]
    pub fn memory(&self) -> usize {
        FIXED
            + self.0.steps * STEP
            + self.source().len()
            + self.0.relaxed.as_ref().map_or(0, |relaxed| relaxed.len())
    }

    /// Units of work that it may ask for at most on a text of so many bytes: each match is a search of
    /// its own, and may have looked as far ahead as the expression reaches.
    #[must_use]
    pub fn worst(&self, bytes: usize) -> usize {
        let ahead = match self.0.reach {
            Reach::Bytes(longest) => longest.min(bytes),
            Reach::Word | Reach::Text => bytes,
        };
        let factor = if self.0.slow_on_unicode { UNICODE } else { 1 };
        bytes.saturating_mul(1 + ahead).saturating_mul(factor)
    }
}

/// What any expression takes, in bytes.
const FIXED: usize = 6_000;

/// What a step of an automaton takes, in bytes, in all the forms that are kept: so that a thousand made-up
/// expressions come out at the 30 MB that they were seen to take.
const STEP: usize = 150;

/// How much slower a search is without the lazy automaton.
const UNICODE: usize = 30;

/// The steps of an expression's automaton: a byte of a literal, a range of a class.
fn steps(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(Class::Unicode(class)) => 1 + class.ranges().len(),
        HirKind::Class(Class::Bytes(class)) => 1 + class.ranges().len(),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(repetition.min).max(1);
            steps(&repetition.sub).saturating_mul(times as usize)
        }
        HirKind::Capture(capture) => steps(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().map(steps).sum(),
    }
}

/// How far behind the end of a match a search may have looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// No further than this.
    Bytes(usize),
    /// To the next white space.
    Word,
    /// To the end.
    Text,
}

impl Reach {
    fn of(hir: &Hir) -> Self {
        match hir.properties().maximum_len() {
            Some(longest) => Reach::Bytes(longest),
            None if runs_over_space(hir) => Reach::Text,
            None => Reach::Word,
        }
    }
}

/// Whether something that repeats without end may match white space.
fn runs_over_space(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Repetition(repetition) => {
            (repetition.max.is_none() && matches_space(&repetition.sub)) || runs_over_space(&repetition.sub)
        }
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(runs_over_space),
        HirKind::Capture(capture) => runs_over_space(&capture.sub),
        _ => false,
    }
}

fn matches_space(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.iter().any(u8::is_ascii_whitespace) || !literal.0.is_ascii(),
        HirKind::Class(Class::Unicode(class)) => {
            class.iter().any(|range| (range.start()..=range.end()).take(0x3001).any(char::is_whitespace))
        }
        HirKind::Class(Class::Bytes(_)) => true,
        HirKind::Repetition(repetition) => matches_space(&repetition.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(matches_space),
        HirKind::Capture(capture) => matches_space(&capture.sub),
        HirKind::Empty | HirKind::Look(_) => false,
    }
}

/// Patterns without a literal, as one: tells which of them have a chance in one pass over a text.
///
/// They stand in it without their word boundaries. So relaxed they match wherever they did before,
/// and the automaton does not have to give up on the first letter that is not ASCII.
#[derive(Clone, Debug)]
pub struct Sieve {
    set: RegexSet,
    /// Bytes of the longest match; none where one may be of any length.
    longest: Option<usize>,
}

/// Memory for the sieve's lazy automaton, in bytes: past it, it would be thrown away again and again.
const SIEVE_CACHE: usize = 16 << 20;

impl Sieve {
    /// The sieve of some patterns; none where it would not fit its memory, or is not worth it.
    pub fn new<'p>(patterns: impl Iterator<Item = &'p Pattern>) -> Option<Self> {
        let mut longest = Some(0);
        let mut relaxed = Vec::new();
        for Pattern(program) in patterns {
            relaxed.push(program.relaxed.as_deref().unwrap_or_default());
            longest = match (longest, program.reach) {
                (Some(longest), Reach::Bytes(bytes)) => Some(bytes.max(longest)),
                _ => None,
            };
        }
        if relaxed.len() < 2 {
            return None;
        }
        let set = RegexSetBuilder::new(relaxed).size_limit(SIZE).dfa_size_limit(SIEVE_CACHE).build().ok()?;
        Some(Sieve { set, longest })
    }

    /// Whether one of the patterns may match across a gap between two texts.
    ///
    /// # Errors
    /// Where the work is used up.
    pub fn may_join(&self, joined: &str, gap: &Range<usize>, work: &mut Work) -> Result<bool, OutOfWork> {
        let near = self.longest.map_or(0..joined.len(), |longest| around(joined, gap, longest));
        work.spend(near.len())?;
        // where it is cut off it seems to end, and more patterns pass for that
        Ok(self.set.is_match_at(&joined[..near.end], near.start))
    }

    /// The places of the patterns that may match.
    pub fn passing(&self, text: &str) -> impl Iterator<Item = usize> {
        // most texts pass none, and that is told sooner than which
        self.set.is_match(text).then(|| self.set.matches(text)).into_iter().flatten()
    }
}

/// So many bytes of a text on either side of a range, and the rest of the letters they are in.
pub(in crate::engine) fn around(text: &str, range: &Range<usize>, bytes: usize) -> Range<usize> {
    let is_edge = |at: &usize| text.is_char_boundary(*at);
    let start = (0..=range.start.saturating_sub(bytes)).rev().find(is_edge);
    let end = (range.end.saturating_add(bytes)..text.len()).find(is_edge);
    start.unwrap_or(0)..end.unwrap_or(text.len())
}

/// The expression without its word boundaries: it matches at least what it did.
fn relaxed(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Look(look) if is_word_boundary(*look) => Hir::empty(),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(relaxed).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(relaxed).collect()),
        HirKind::Capture(capture) => relaxed(&capture.sub),
        HirKind::Repetition(repetition) => Hir::repetition(repetition.with(relaxed(&repetition.sub))),
        _ => hir.clone(),
    }
}

fn is_word_boundary(look: Look) -> bool {
    !matches!(look, Look::Start | Look::End | Look::StartLF | Look::EndLF | Look::StartCRLF | Look::EndCRLF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_where() {
        let range = |source: &str| Pattern::compile(source).map(|_| ()).expect_err(source).range;
        assert_eq!(range("ab(c"), 2..3);
        assert_eq!(range("a{2,1}"), 1..6);
        assert_eq!(range(r"x\8"), 1..3);
        assert!(Pattern::compile(r"\b").is_err());
        assert!(Pattern::compile(&"a".repeat(LONGEST + 1)).is_err());
        assert!(Pattern::compile(r"(?:\w{100}){100}").is_err());
    }

    #[test]
    fn the_sieve_lets_through_what_matches() {
        let sources = [r"\b\d{4}\b", r"(?i)\bx+\b|^y", r"(\w)!$", r"\bé?\b."];
        let patterns: Vec<Pattern> =
            sources.map(|source| Pattern::compile(source).expect("compiles")).to_vec();
        let sieve = Sieve::new(patterns.iter()).expect("fits");
        for text in ["1234", "a1234", "é1234", "Xx é", "yes", "no!", "é", "\n", ""] {
            let passing: Vec<usize> = sieve.passing(text).collect();
            for (at, pattern) in patterns.iter().enumerate() {
                assert!(
                    pattern.find_at(text, 0).is_none() || passing.contains(&at),
                    "{} in {text:?}",
                    sources[at]
                );
            }
        }
        assert_eq!(sieve.passing("abc, def").collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn searches_are_charged_for_what_they_may_have_read() {
        let text = "привет мир и все, кто рядом";
        let cost = |source: &str| Pattern::compile(source).expect("compiles").cost(text, 0, 2);
        assert_eq!(cost("п"), 2 + 2 + 1);
        assert_eq!(cost(r"п\S*|x"), "привет".len() + 1);
        assert_eq!(cost(".*п|п"), text.len() + 1);
        assert_eq!(cost(r"\bп\p{L}*"), ("привет".len() + 1) * 30);
    }
}
