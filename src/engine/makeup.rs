//! What a rule set is made of, counted: what its cost can be reckoned from without running it.

use super::RuleSet;
use super::matcher::find::Kind;
use super::scan::Patterns;
use crate::text::{View, ViewKind};

/// The parts of a rule set.
#[derive(Clone, Debug, Default)]
pub struct Makeup {
    /// The views that texts are read in, each with its keywords.
    pub views: Vec<ViewMakeup>,
    /// The regular expressions on the text as sent, then those on the folded view.
    pub regexes: Vec<RegexMakeup>,
    /// Passes over a text for the literals of regular expressions, and those on the folded view.
    pub literals: [bool; 2],
    /// Passes over a text for all expressions without a literal, and those on the folded view.
    pub sieves: [bool; 2],
    /// Bytes that the index of the literals takes.
    pub literal_memory: usize,
    /// Kinds of contact and payment data.
    pub finds: Vec<Kind>,
    /// Whether links are looked for.
    pub domains: bool,
    /// Rules that wait for no match: looked at for every message.
    pub waiting_for_nothing: Vec<String>,
    /// Keys that every message is counted by.
    pub counters: usize,
    /// Most characters of a message.
    pub limit: usize,
}

/// The keywords of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewMakeup {
    /// The view.
    pub view: ViewKind,
    /// Its entries, their variants included.
    pub entries: usize,
    /// Whether some of them are looked for in the loose view, which reads as the plain one does.
    pub loose: bool,
    /// Bytes that the index of their keys takes.
    pub index: usize,
    /// Bytes that the entries take beside it, roughly.
    pub entry_memory: usize,
}

/// A regular expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegexMakeup {
    /// The expression.
    pub source: String,
    /// Whether it runs on the folded view.
    pub folded: bool,
    /// The rules that hold it.
    pub rules: Vec<String>,
    /// The literals of which a text must hold one; none for an expression that every text is held against.
    pub literals: Option<Vec<String>>,
    /// Whether every text is held against it together with the others of its kind, in one pass.
    pub sieved: bool,
    /// Bytes that it takes, roughly.
    pub memory: usize,
    /// Units of work that it may ask for at most, on the longest text.
    pub worst: usize,
    /// Whether letters that are not ASCII make it slow.
    pub slow_on_unicode: bool,
}

/// A character takes at most so many bytes.
const WIDEST: usize = 4;

impl RuleSet {
    /// What the rule set is made of.
    #[must_use]
    pub fn makeup(&self) -> Makeup {
        let mut makeup = Makeup {
            literals: [&self.patterns, &self.folded].map(Patterns::has_literals),
            sieves: [&self.patterns, &self.folded].map(Patterns::has_sieve),
            literal_memory: self.patterns.literal_memory() + self.folded.literal_memory(),
            finds: self.finds.iter().map(|(kind, _)| *kind).collect(),
            domains: self.domains.is_some(),
            counters: self.conditions.keys(),
            limit: self.limit,
            ..Makeup::default()
        };
        let id = |rule: usize| self.rules()[rule].id.clone();
        makeup.waiting_for_nothing = self.always().iter().map(|&rule| id(rule as usize)).collect();
        makeup.views = self
            .views
            .iter()
            .map(|(view, keywords)| ViewMakeup {
                view: *view,
                entries: keywords.len(),
                loose: keywords.is_loose(),
                index: keywords.memory(),
                entry_memory: keywords.entry_memory(),
            })
            .collect();
        for (patterns, folded) in [(&self.patterns, false), (&self.folded, true)] {
            makeup.regexes.extend(patterns.each().map(|(pattern, sets, always)| {
                let mut rules: Vec<String> = sets.iter().map(|&set| id(self.owner(set))).collect();
                rules.dedup();
                RegexMakeup {
                    source: pattern.source().to_owned(),
                    folded,
                    rules,
                    literals: pattern.literals().map(|literals| literals.iter().cloned().collect()),
                    sieved: always && patterns.has_sieve(),
                    memory: pattern.memory(),
                    worst: pattern.worst(self.limit.saturating_mul(WIDEST)),
                    slow_on_unicode: pattern.is_slow_on_unicode(),
                }
            }));
        }
        makeup
    }

    /// The regular expressions that a text is searched for, by their place in [`Makeup::regexes`].
    #[must_use]
    pub fn tried(&self, text: &str) -> Vec<usize> {
        let mut tried = self.patterns.tried(text);
        if !self.folded.is_empty() {
            let own = self.patterns.each().count();
            let view = View::new(ViewKind::Folded, text);
            tried.extend(self.folded.tried(view.text()).into_iter().map(|index| own + index));
        }
        tried
    }
}
