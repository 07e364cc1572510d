//! An edit of a rule that excuses its false alarms and nothing else that it hit.

use std::collections::HashSet;

use serde::Serialize;

use super::case::{Case, Hit};
use super::phrase::{Commonness, Phrase, phrases};
use super::trial::{By, Place, Trial};
use crate::engine::matcher::words::{Edges, Entry};
use crate::message::Message;
use crate::rulefile::document::{PatternDoc, SourcedRule};
use crate::rulefile::edit::{self, Addition, EditError};
use crate::rulefile::record::Spanned;
use crate::rulefile::{Compiled, Diagnostics, Severity, Sources, compile, selftest};
use crate::text::ViewKind;

mod condition;
mod example;

/// An edit that was proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// The rule.
    pub rule: String,
    /// The path of its file.
    pub file: String,
    /// What is added.
    pub change: Change,
    /// False alarms that no longer fire the rule.
    pub excused: usize,
    /// Other recorded hits that still do.
    pub kept: usize,
    /// Hits among both that were judged by the rule's patterns alone, since its condition counts what
    /// came before.
    pub by_patterns: usize,
    /// Other recorded hits of which nothing is proven: their texts were not kept, or the rule as it is
    /// does not fire on them by themselves.
    pub unproven: usize,
    /// The tests that are added.
    pub tests: Vec<String>,
    /// The file as it would be.
    #[serde(skip)]
    pub text: String,
}

/// What is added to a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Entries for `except: {words: …}`.
    Except(Vec<String>),
    /// A condition.
    When(String),
}

/// Why no edit is proposed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The rules have no such rule, or have it off.
    #[error("the rules have no such rule any more")]
    Gone,
    /// The rule as it is does not fire on a false alarm.
    #[error("it does not fire on {0} by itself: it has been changed since, or it went by what came before")]
    DoesNotFire(String),
    /// A marked and an unmarked hit say the same.
    #[error("{marked} and {unmarked} say the same, and only one is marked: mark both, or neither")]
    SameText {
        /// A false alarm.
        marked: String,
        /// Another hit.
        unmarked: String,
    },
    /// The rule does not look at texts, and no field of the message tells its hits apart.
    #[error(
        "it has no patterns of its own, and no field of the messages tells its false alarms from its other hits"
    )]
    NoPatterns,
    /// Nothing around the matches tells the false alarms from other hits.
    #[error(
        "no phrase of more than a common word around what matched, and no field of the messages, tells the false alarms from its other hits"
    )]
    NoDifference,
    /// The file can't be edited.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The edit turned out wrong.
    #[error("an edit was found that does not hold: {0}")]
    Broken(String),
}

/// Most rules compiled in search of phrases.
const TRIALS: usize = 300;

/// Proposes an edit of one rule.
///
/// # Errors
/// The reason why there is none.
pub fn propose(
    case: &Case,
    compiled: &Compiled,
    sources: &Sources,
    common: &Commonness,
) -> Result<Proposal, Refusal> {
    let lone = compiled.documents.rules.iter().find(|sourced| sourced.rule.id.value == case.rule);
    let lone = lone.ok_or(Refusal::Gone)?;
    let before = Trial::of(lone, sources, &compiled.tables).ok_or(Refusal::Gone)?;
    let mut marked = Vec::new();
    for hit in &case.marked {
        let by = before.way(hit).ok_or_else(|| Refusal::DoesNotFire(hit.id.clone()))?;
        marked.push((hit, by));
    }
    let others: Vec<(&Hit, By)> =
        case.others.iter().filter_map(|hit| before.way(hit).map(|by| (hit, by))).collect();
    let search = Search { lone, compiled, sources, before, marked, others };
    let (addition, change) = search.change(common)?;
    search.proven(case, addition, change)
}

/// A rule, its false alarms, and the other hits that are to stay.
struct Search<'a> {
    lone: &'a SourcedRule,
    compiled: &'a Compiled,
    sources: &'a Sources,
    before: Trial,
    marked: Vec<(&'a Hit, By)>,
    others: Vec<(&'a Hit, By)>,
}

impl Search<'_> {
    fn change(&self, common: &Commonness) -> Result<(Addition, Change), Refusal> {
        if self.lone.rule.matching.is_some()
            && let Some(except) = self.except(common)
        {
            let addition = Addition { except: except.clone(), ..Addition::default() };
            return Ok((addition, Change::Except(except)));
        }
        if let Some(when) = self.condition() {
            let addition = Addition { when: Some(when.clone()), ..Addition::default() };
            return Ok((addition, Change::When(when)));
        }
        let same = self.marked.iter().find_map(|(marked, _)| {
            let twin = self.others.iter().find(|(other, _)| other.message.parts == marked.message.parts)?;
            Some(Refusal::SameText { marked: marked.id.clone(), unmarked: twin.0.id.clone() })
        });
        let nothing =
            if self.lone.rule.matching.is_some() { Refusal::NoDifference } else { Refusal::NoPatterns };
        Err(same.unwrap_or(nothing))
    }

    /// The entries that excuse all false alarms and no other hit: of the best class that gets further,
    /// the one that excuses most, again and again until nothing is left.
    fn except(&self, common: &Commonness) -> Option<Vec<String>> {
        let pool = self.pool(common);
        let mut chosen: Vec<String> = Vec::new();
        let mut left = self.left(&self.before);
        let mut trials = 0;
        while left > 0 {
            let mut best: Option<(usize, &Phrase)> = None;
            for phrase in &pool {
                if best.as_ref().is_some_and(|(least, best)| *least == 0 || best.class < phrase.class) {
                    break;
                }
                if chosen.contains(&phrase.text) || trials >= TRIALS {
                    continue;
                }
                trials += 1;
                let mut except = chosen.clone();
                except.push(phrase.text.clone());
                let Some(trial) = self.trial(&except) else { continue };
                let after = self.left(&trial);
                if after < best.as_ref().map_or(left, |(least, _)| *least) && self.spares_others(&trial) {
                    best = Some((after, phrase));
                }
            }
            let (after, phrase) = best?;
            chosen.push(phrase.text.clone());
            left = after;
        }
        self.needed(&mut chosen);
        Some(chosen)
    }

    /// Takes out entries that later ones made superfluous.
    fn needed(&self, chosen: &mut Vec<String>) {
        for at in (0..chosen.len()).rev() {
            let mut fewer = chosen.clone();
            fewer.remove(at);
            if !fewer.is_empty() && self.trial(&fewer).is_some_and(|trial| self.left(&trial) == 0) {
                *chosen = fewer;
            }
        }
    }

    /// All phrases around all matches in the false alarms, each once, best first.
    fn pool(&self, common: &Commonness) -> Vec<Phrase> {
        let mut pool = Vec::new();
        for (hit, by) in &self.marked {
            for place in self.before.on(hit, *by).unwrap_or_default() {
                let part = hit.message.parts.get(place.part).and_then(|part| part.text.as_deref());
                let Some(text) = part.filter(|text| text.get(place.range.clone()).is_some()) else {
                    continue;
                };
                let wider = is_wider(&place, &text[place.range.clone()]);
                pool.extend(phrases(text, &place.range, wider, common));
            }
        }
        pool.sort_by(Phrase::order);
        let mut seen = HashSet::new();
        let view = self.view();
        pool.retain(|phrase| {
            let entry = Entry::compile(&phrase.text, view, Edges::Word);
            entry.is_ok_and(|entry| seen.insert(entry.canonical()))
        });
        pool
    }

    /// The view that entries of the rule's `except` are looked for in.
    fn view(&self) -> ViewKind {
        let except = self.lone.rule.except.as_ref();
        except.and_then(|except| except.value.view.as_ref()).map_or(ViewKind::default(), |view| view.value)
    }

    /// The rule with further entries in its `except`.
    fn trial(&self, except: &[String]) -> Option<Trial> {
        let mut lone = self.lone.clone();
        let range = lone.rule.id.range.clone();
        let given = lone
            .rule
            .except
            .get_or_insert_with(|| Spanned { value: PatternDoc::empty(None), range: range.clone() });
        let entry = |entry: &String| Spanned { value: entry.clone(), range: range.clone() };
        given.value.words.0.extend(except.iter().map(entry));
        Trial::of(&lone, self.sources, &self.compiled.tables)
    }

    /// How many matches there still are in the false alarms.
    fn left(&self, trial: &Trial) -> usize {
        let left = |(hit, by): &(&Hit, By)| trial.on(hit, *by).map_or(0, |places| places.len().max(1));
        self.marked.iter().map(left).sum()
    }

    fn spares_others(&self, trial: &Trial) -> bool {
        self.others.iter().all(|(hit, by)| trial.on(hit, *by).is_some())
    }

    /// Writes the edit into the text of the file, and proves it by what comes of the file.
    fn proven(&self, case: &Case, mut addition: Addition, change: Change) -> Result<Proposal, Refusal> {
        let broken = |why: &str| Refusal::Broken(why.to_owned());
        let id = &self.lone.rule.id.value;
        let without = edit::add(&self.lone.file, id, &addition)?;
        let (_, trial) = self.compiled_with(&without)?;
        if self.left(&trial) > 0 || !self.spares_others(&trial) {
            return Err(broken("written into the file, it comes out otherwise"));
        }
        addition.tests = self.tests(&trial);
        let text = edit::add(&self.lone.file, id, &addition)?;
        let (compiled, trial) = self.compiled_with(&text)?;
        if self.left(&trial) > 0 || !self.spares_others(&trial) {
            return Err(broken("written into the file, it comes out otherwise"));
        }
        let sources = self.sources.with(&self.lone.file.path, &text);
        if let Some(failure) =
            selftest::run(&compiled, &sources).failures.into_iter().find(|failure| failure.rule == *id)
        {
            let selftest::Failure { text, expected, got, .. } = failure;
            return Err(Refusal::Broken(format!("its test {text:?} expects {expected} and gets {got}")));
        }
        let patterns = self.marked.iter().chain(&self.others).filter(|(_, by)| *by == By::Patterns).count();
        Ok(Proposal {
            rule: id.clone(),
            file: self.lone.file.path.to_string(),
            change,
            excused: self.marked.len(),
            kept: self.others.len(),
            by_patterns: patterns,
            unproven: case.others.len() - self.others.len() + case.unkept,
            tests: addition.tests,
            text,
        })
    }

    /// All rules with another text of the rule's file, and the rule as it is there.
    fn compiled_with(&self, text: &str) -> Result<(Compiled, Trial), Refusal> {
        let sources = self.sources.with(&self.lone.file.path, text);
        let mut found = Diagnostics::default();
        let compiled = compile(&sources, &mut found);
        let mut before = Diagnostics::default();
        drop(compile(self.sources, &mut before));
        let warnings = |found: &Diagnostics| {
            found.sorted().iter().filter(|one| one.severity == Severity::Warning).count()
        };
        let first = found.sorted().first().map_or_else(String::new, |one| one.message.clone());
        let compiled = compiled.ok_or_else(|| Refusal::Broken(first.clone()))?;
        if warnings(&found) > warnings(&before) {
            return Err(Refusal::Broken(format!("it adds a warning: {first}")));
        }
        let id = &self.lone.rule.id.value;
        let lone = compiled.documents.rules.iter().find(|sourced| sourced.rule.id.value == *id);
        let trial = lone.and_then(|lone| Trial::of(lone, &sources, &compiled.tables)).ok_or(Refusal::Gone)?;
        Ok((compiled, trial))
    }

    /// A test for a false alarm, and one for a hit that stays, as far as each can be told in a test.
    fn tests(&self, after: &Trial) -> Vec<String> {
        let given: HashSet<&str> =
            self.lone.rule.tests.iter().map(|test| test.value.text.value.as_str()).collect();
        let is_new = |hit: &&(&Hit, By)| !given.contains(hit.0.message.to_message().text());
        let by_length = |hits: &mut Vec<&(&Hit, By)>| {
            hits.sort_by_key(|(hit, _)| hit.message.to_message().text().chars().count());
        };
        let mut marked: Vec<&(&Hit, By)> = self.marked.iter().filter(is_new).collect();
        by_length(&mut marked);
        let excused = marked.into_iter().find_map(|(hit, _)| {
            let fires = |message: &Message<'_>| self.before.fires(message) && !after.fires(message);
            example::test(&hit.message.to_message(), "none", fires)
        });
        let matched = |hit: &Hit, by: By| -> HashSet<String> {
            let places = self.before.on(hit, by).unwrap_or_default();
            places.into_iter().map(|place| place.pattern).collect()
        };
        let about: HashSet<String> = self.marked.iter().flat_map(|(hit, by)| matched(hit, *by)).collect();
        let mut others: Vec<&(&Hit, By)> = self.others.iter().filter(is_new).collect();
        by_length(&mut others);
        // best one that was caught by the very word that was a false alarm elsewhere
        others.sort_by_key(|(hit, by)| matched(hit, *by).is_disjoint(&about));
        let action = self.lone.rule.action.value.name();
        let kept = others.into_iter().find_map(|(hit, _)| {
            example::test(&hit.message.to_message(), action, |message| after.fires(message))
        });
        excused.into_iter().chain(kept).collect()
    }
}

/// Whether a pattern would match more than it did match.
fn is_wider(place: &Place, matched: &str) -> bool {
    place.kind != "words" || place.pattern.contains('*') && place.pattern != matched
}
