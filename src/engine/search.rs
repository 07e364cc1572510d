//! Finds, in each part of a message, the matches of all patterns of all rules.
//!
//! The memory it needs is kept from message to message: nothing is allocated for a rule.

mod completed;

use std::ops::Range;

use super::ruleset::RuleSet;
use super::said::Said;
use super::scan::{By, Candidates, Hit, Keywords, Patterns, SetId};
use super::work::{OutOfWork, Work};
use crate::message::{Part, TEXT};
use crate::text::grapheme::Edges;
use crate::text::{Tricks, View, ViewKind};

/// The memory of a search: views of the part at hand, and the hits so far.
#[derive(Debug, Default)]
pub(crate) struct Search {
    /// The hits in all parts, by pattern set once the search is over.
    pub(super) hits: Vec<Hit>,
    /// The tricks in words that nobody writes by accident.
    pub(super) suspicions: Tricks,
    /// The text or caption in the plain view, as far as a view was derived.
    pub(super) plain: String,
    /// The expressions of whose literals the text or caption holds none; see [`Said::bare_of`].
    pub(super) bare_of: u64,
    view: View,
    candidates: Candidates,
    folded_candidates: Candidates,
    ranges: Vec<Range<usize>>,
    edges: Edges,
    /// What was said before, and the text; and where each text of what was said before ends.
    joined: String,
    gaps: Vec<usize>,
}

/// The message costs more than one message may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exhausted {
    /// The pattern set whose expression was being searched, if one was.
    pub set: Option<SetId>,
}

impl Exhausted {
    /// By an expression of an index, if by one.
    fn by(patterns: &Patterns, index: Option<usize>) -> Self {
        Exhausted { set: index.and_then(|index| patterns.sets(index).first().copied()) }
    }
}

impl Search {
    /// Finds everything in the parts of a message, and what the text completes of what was said before.
    pub(super) fn run(
        &mut self,
        rules: &RuleSet,
        parts: &[Part<'_>],
        earlier: &[Said],
        work: &mut Work,
    ) -> Result<(), Exhausted> {
        self.hits.clear();
        self.suspicions = Tricks::NONE;
        self.plain.clear();
        self.bare_of = 0;
        for (index, part) in (0..).zip(parts) {
            if !part.text.is_empty() {
                self.part(rules, index, part, work)?;
            }
        }
        if let Some((index, text)) = (0..).zip(parts).find(|(_, part)| part.name == TEXT)
            && !earlier.is_empty()
        {
            self.completed(rules, index, text, earlier, work)?;
        }
        // In the order of sets, then of the text; the same place found twice by one set is one match.
        self.hits.sort_by(|a, b| {
            (a.set, a.part, a.range.start, a.range.end, a.by).cmp(&(
                b.set,
                b.part,
                b.range.start,
                b.range.end,
                b.by,
            ))
        });
        Ok(())
    }

    fn part(
        &mut self,
        rules: &RuleSet,
        index: u32,
        part: &Part<'_>,
        work: &mut Work,
    ) -> Result<(), Exhausted> {
        for (kind, keywords) in &rules.views {
            self.keywords((*kind, keywords), index, &part.text, work)?;
            if *kind == ViewKind::Plain {
                self.remember(rules, &part.name, &part.text);
            }
        }
        self.beyond_words(rules, index, &part.text, true, work)?;
        if part.name == TEXT {
            self.bare_of = if self.candidates.met_literal() { 0 } else { rules.patterns.number() };
        }
        Ok(())
    }

    /// Finds the keywords of one view in a text.
    fn keywords(
        &mut self,
        (kind, keywords): (ViewKind, &Keywords),
        part: u32,
        text: &str,
        work: &mut Work,
    ) -> Result<(), Exhausted> {
        let nobody = |OutOfWork| Exhausted { set: None };
        self.edges.reset();
        self.view.derive(kind, text);
        work.spend(text.len()).map_err(nobody)?;
        let (view, hits, edges) = (&mut self.view, &mut self.hits, &mut self.edges);
        keywords
            .scan(view, work, |set, entry, range, tricks| {
                let range = edges.snap(text, range);
                hits.push(Hit { set, part, range, by: By::Keyword(kind, entry), tricks });
            })
            .map_err(nobody)
    }

    /// Finds what the other patterns look for in a text; expressions on the text as sent only where they
    /// may match.
    fn beyond_words(
        &mut self,
        rules: &RuleSet,
        part: u32,
        text: &str,
        may_match: bool,
        work: &mut Work,
    ) -> Result<(), Exhausted> {
        self.edges.reset();
        if may_match && !rules.patterns.is_empty() {
            self.patterns(&rules.patterns, part, text, work)?;
        }
        if !rules.folded.is_empty() {
            self.folded(&rules.folded, part, text, work)?;
        }
        for (kind, sets) in &rules.finds {
            work.spend(text.len()).map_err(|OutOfWork| Exhausted { set: None })?;
            self.ranges.clear();
            kind.find(text, &mut self.ranges);
            for range in &self.ranges {
                let range = self.edges.snap(text, range.clone());
                self.hits.extend(sets.iter().map(|&set| hit(set, part, range.clone(), By::Find(*kind))));
            }
        }
        self.domains(rules, part, text);
        Ok(())
    }

    /// Keeps what conditions may ask of the plain view.
    fn remember(&mut self, rules: &RuleSet, part: &str, text: &str) {
        if !text.is_ascii() {
            self.suspicions = self.suspicions.with(self.view.suspicions());
        }
        if part == TEXT && rules.conditions.reads_plain() {
            self.view.text().clone_into(&mut self.plain);
        }
    }

    /// Finds expressions in a text as sent.
    fn patterns(
        &mut self,
        patterns: &Patterns,
        part: u32,
        text: &str,
        work: &mut Work,
    ) -> Result<(), Exhausted> {
        let (hits, edges) = (&mut self.hits, &mut self.edges);
        let scanned = patterns.scan(text, &mut self.candidates, work, |set, index, range| {
            hits.push(hit(set, part, edges.snap(text, range), By::Regex(index)));
        });
        scanned.map_err(|index| Exhausted::by(patterns, index))
    }

    /// Finds expressions in its folded view.
    fn folded(
        &mut self,
        patterns: &Patterns,
        part: u32,
        text: &str,
        work: &mut Work,
    ) -> Result<(), Exhausted> {
        self.view.derive(ViewKind::Folded, text);
        let (view, hits, edges) = (&self.view, &mut self.hits, &mut self.edges);
        let scanned = patterns.scan(view.text(), &mut self.folded_candidates, work, |set, index, range| {
            let atoms = view.run(range.start).0.start..view.last(range.end);
            hits.push(hit(set, part, edges.snap(text, view.range(atoms)), By::Folded(index)));
        });
        scanned.map_err(|index| Exhausted::by(patterns, index))
    }

    fn domains(&mut self, rules: &RuleSet, part: u32, text: &str) {
        let Some(domains) = &rules.domains else { return };
        for link in crate::text::link::links(text) {
            let range = self.edges.snap(text, link.range.clone());
            let sets = domains.matching(&link.host);
            self.hits.extend(sets.map(|set| {
                let set = SetId::try_from(set).unwrap_or(SetId::MAX);
                hit(set, part, range.clone(), By::Domain)
            }));
        }
    }
}

fn hit(set: SetId, part: u32, range: Range<usize>, by: By) -> Hit {
    Hit { set, part, range, by, tricks: Tricks::NONE }
}
