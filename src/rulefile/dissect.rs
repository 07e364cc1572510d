//! A rule taken apart, each part as a rule set of its own: so that a part's cost can be told.

use super::compile::compile_beside;
use super::document::{MatchDoc, PatternDoc, SourcedRule};
use super::record::{OneOrMany, Spanned};
use super::source::Sources;
use crate::engine::RuleSet;
use crate::engine::table::Tables;

/// One thing that a rule looks for or asks, alone.
#[derive(Debug)]
pub struct Part {
    /// What it is: `regex`, `find`, `domain`, `words`, `when`.
    pub kind: &'static str,
    /// The expression, the kind of data, how many words.
    pub name: String,
    /// A rule that looks for this alone, enforced, beside the others that were given.
    pub rules: RuleSet,
}

/// The parts of a rule: each expression and each kind of data by itself, the words together, the
/// links together, the condition; each beside some other rules.
#[must_use]
pub fn parts(rule: &SourcedRule, others: &[SourcedRule], sources: &Sources, tables: &Tables) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut add = |kind, name: String, lone: &SourcedRule| {
        let rules = compile_beside(lone, others, sources, tables);
        parts.extend(rules.map(|rules| Part { kind, name, rules }));
    };
    let mut sets = Vec::new();
    if let Some(matching) = &rule.rule.matching {
        matching.value.sets(&mut sets);
    }
    sets.extend(rule.rule.except.iter().map(|except| &except.value));
    for set in sets {
        for regex in &set.regex.0 {
            let lone =
                PatternDoc { regex: OneOrMany(vec![regex.clone()]), ..PatternDoc::empty(set.view.clone()) };
            add("regex", regex.value.clone(), &looking_for(rule, lone));
        }
        for find in &set.find.0 {
            let lone =
                PatternDoc { find: OneOrMany(vec![find.clone()]), ..PatternDoc::empty(set.view.clone()) };
            add("find", find.value.name().to_owned(), &looking_for(rule, lone));
        }
        if !set.domain.0.is_empty() {
            let lone = PatternDoc { domain: set.domain.clone(), ..PatternDoc::empty(set.view.clone()) };
            add("domain", format!("{} hosts", set.domain.0.len()), &looking_for(rule, lone));
        }
        let lone = PatternDoc {
            words: set.words.clone(),
            list: set.list.clone(),
            anywhere: set.anywhere.clone(),
            ..PatternDoc::empty(set.view.clone())
        };
        let written = set.words.0.len() + set.anywhere.0.len();
        if written + set.list.0.len() > 0 {
            let own = (written > 0).then(|| format!("{written} in the rule"));
            let lists = set.list.0.iter().map(|list| list.value.0.clone());
            let name = own.into_iter().chain(lists).collect::<Vec<_>>().join(", ");
            add("words", name, &looking_for(rule, lone));
        }
    }
    if let Some(when) = &rule.rule.when {
        let mut lone = rule.clone();
        (lone.rule.matching, lone.rule.except) = (None, None);
        add("when", when.value.clone(), &lone);
    }
    parts
}

/// The rule with nothing to look for but this, and nothing to ask.
fn looking_for(rule: &SourcedRule, set: PatternDoc) -> SourcedRule {
    let mut lone = rule.clone();
    let range = rule.rule.id.range.clone();
    lone.rule.matching = Some(Spanned { value: MatchDoc::Patterns(Box::new(set)), range });
    (lone.rule.except, lone.rule.when) = (None, None);
    lone
}
