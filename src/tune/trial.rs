//! Trials: a rule, alone and enforced, on recorded messages.

use std::ops::Range;
use std::sync::Arc;

use super::case::Hit;
use crate::engine::state::{Limits, State};
use crate::engine::table::Tables;
use crate::engine::{Engine, Facts, RuleSet};
use crate::message::Message;
use crate::rulefile::Sources;
use crate::rulefile::compile::compile_alone;
use crate::rulefile::document::SourcedRule;
use crate::rulefile::record::JsonObject;

/// How a rule can be tried on a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// Whole.
    Rule,
    /// By its patterns: its condition counts messages that came before, or asks what is not known now.
    Patterns,
}

/// A rule to be tried.
pub(super) struct Trial {
    rule: Arc<RuleSet>,
    patterns: Option<Arc<RuleSet>>,
}

/// Where a rule's pattern matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) part: usize,
    pub(super) range: Range<usize>,
    pub(super) kind: &'static str,
    pub(super) pattern: String,
}

impl Trial {
    /// None where the rule can't be compiled.
    pub(super) fn of(lone: &SourcedRule, sources: &Sources, tables: &Tables) -> Option<Trial> {
        let rule = Arc::new(compile_alone(lone, sources, tables)?);
        let bare = lone.rule.when.as_ref().filter(|when| !when.value.contains("matches"));
        let patterns = bare.filter(|_| lone.rule.matching.is_some()).and_then(|_| {
            let mut lone = lone.clone();
            lone.rule.when = None;
            lone.rule.metadata = JsonObject::default();
            compile_alone(&lone, sources, tables).map(Arc::new)
        });
        Some(Trial { rule, patterns })
    }

    /// How the rule can be tried on a hit; none where it does not fire.
    pub(super) fn way(&self, hit: &Hit) -> Option<By> {
        let message = hit.message.to_message();
        if fires(&self.rule, &message).is_some() {
            return Some(By::Rule);
        }
        let patterns = self.patterns.as_ref()?;
        fires(patterns, &message).map(|_| By::Patterns)
    }

    /// Where it matches, if it fires.
    pub(super) fn on(&self, hit: &Hit, by: By) -> Option<Vec<Place>> {
        match (by, &self.patterns) {
            (By::Patterns, Some(patterns)) => fires(patterns, &hit.message.to_message()),
            _ => fires(&self.rule, &hit.message.to_message()),
        }
    }

    /// Whether it fires on a message that nothing came before.
    pub(super) fn fires(&self, message: &Message<'_>) -> bool {
        fires(&self.rule, message).is_some()
    }
}

fn fires(rules: &Arc<RuleSet>, message: &Message<'_>) -> Option<Vec<Place>> {
    let engine = Engine::new(Arc::clone(rules), Arc::new(State::new(Limits::default())));
    let decision = engine.judge(message, &Facts::new());
    let fired = decision.fired.into_iter().next()?;
    let place = |span: crate::engine::Span| {
        let written = rules.pattern(span.by);
        Place { part: span.part, range: span.range, kind: written.kind, pattern: written.pattern.to_owned() }
    };
    Some(fired.spans.into_iter().map(place).collect())
}
