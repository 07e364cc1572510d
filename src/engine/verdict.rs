//! What the rules that fired ask for, weighed into one answer.
//!
//! The verdict does not depend on the order of files or rules: the strongest action wins, labels are
//! a set, scores are a sum, and where two rules inject the same key the one with the smaller id wins.

use std::ops::Range;

use serde_json::{Map, Value};

use super::order::Steps;
use super::rule::Rule;
use super::scan::By;

/// What is done to a message; the greater one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Deliver it; only labels, score and metadata are added.
    Annotate,
    /// Deliver it and mark it for review.
    Flag,
    /// Do not deliver it.
    Drop,
    /// Deliver it whatever else fired: for trusted senders.
    Pass,
}

impl Action {
    /// All of them, weakest first.
    pub const ALL: [Action; 4] = [Action::Annotate, Action::Flag, Action::Drop, Action::Pass];

    /// The name that rule files, logs and headers use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Action::Annotate => "annotate",
            Action::Flag => "flag",
            Action::Drop => "drop",
            Action::Pass => "pass",
        }
    }
}

/// Scores from which a message is flagged or dropped, whatever its rules ask for one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Flagged from this score on.
    pub flag: Option<i64>,
    /// Dropped from this score on.
    pub drop: Option<i64>,
}

/// The sum of what the enforced rules that fired ask for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// The strongest action asked for; none where no enforced rule fired.
    pub action: Option<Action>,
    /// Labels of the rules that fired, sorted, each once.
    pub labels: Vec<String>,
    /// The sum of the scores.
    pub score: i64,
    /// What is to be injected, without labels and masked text.
    pub metadata: Map<String, Value>,
    /// The text or caption with the spans of masking rules replaced; none where no rule masks.
    pub masked_text: Option<String>,
}

impl Verdict {
    /// Weighs the rules that fired, in the order of their ids, each with what it injects.
    #[must_use]
    pub fn weigh<'r>(fired: impl Iterator<Item = (&'r Rule, Map<String, Value>)>, policy: Policy) -> Self {
        let mut verdict = Verdict::default();
        for (rule, metadata) in fired {
            verdict.action = verdict.action.max(Some(rule.action));
            verdict.score = verdict.score.saturating_add(rule.score);
            verdict.labels.extend(rule.labels.iter().cloned());
            merge(&mut verdict.metadata, metadata);
        }
        verdict.labels.sort_unstable();
        verdict.labels.dedup();
        let reached = |from: Option<i64>| from.is_some_and(|from| verdict.score >= from);
        if verdict.action.is_some() {
            if reached(policy.drop) {
                verdict.action = verdict.action.max(Some(Action::Drop));
            } else if reached(policy.flag) {
                verdict.action = verdict.action.max(Some(Action::Flag));
            }
        }
        verdict
    }
}

/// Objects merge; of two other values the first stays.
fn merge(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(held)), Value::Object(more)) => merge(held, more),
            (Some(_), _) => {}
            (None, value) => {
                into.insert(key, value);
            }
        }
    }
}

/// Where a pattern matched: a byte range of a part of the message as sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The index of the part in the message.
    pub part: usize,
    /// Bytes of that part's text, on grapheme boundaries.
    pub range: Range<usize>,
    /// What matched there; the first in the order of patterns, where several did.
    pub by: By,
}

/// How a message came to its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The rules judged it.
    Judged,
    /// It could not be judged whole; the answer follows `on_unscannable`. The text names the cause.
    Unscannable(String),
}

/// A judged message.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Whether the rules judged it.
    pub outcome: Outcome,
    /// What to do; empty where the message was unscannable.
    pub verdict: Verdict,
    /// The rules that fired, in the order of their ids, shadow ones included.
    pub fired: Vec<Fired>,
    /// Rules whose expression failed on this message, by index, and why: they did not fire.
    pub failed: Vec<(usize, String)>,
    /// The tricks that were undone in words that matched.
    pub disguise: Vec<&'static str>,
    /// Whether counts it was judged by may be too low, or what its sender said before not all there: memory
    /// bounds evicted some, or it came late.
    pub state_incomplete: bool,
    /// Where it stands among the steps of the state.
    pub steps: Steps,
    /// Rules that were set to shadow at that moment, by index, whether or not they fired: without
    /// knowing them a replay would judge otherwise. Almost always none.
    pub tripped: Vec<usize>,
}

impl Decision {
    /// The decision on a message that can't be judged whole.
    #[must_use]
    pub fn unscannable(cause: impl Into<String>) -> Self {
        Decision {
            outcome: Outcome::Unscannable(cause.into()),
            verdict: Verdict::default(),
            fired: Vec::new(),
            failed: Vec::new(),
            disguise: Vec::new(),
            state_incomplete: false,
            tripped: Vec::new(),
            steps: Steps::default(),
        }
    }
}

/// A rule that fired.
#[derive(Clone, Debug, PartialEq)]
pub struct Fired {
    /// The rule's index in its rule set; see [`crate::engine::RuleSet::rules`].
    pub rule: usize,
    /// Whether it counts, or is in shadow.
    pub enforced: bool,
    /// Where its own patterns matched.
    pub spans: Vec<Span>,
}
