//! What the rules that fired ask for, weighed into one answer.

use std::ops::Range;

use serde_json::{Map, Value};

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

/// Where a pattern matched: a byte range of a part of the message as sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The index of the part in the message.
    pub part: usize,
    /// Bytes of that part's text, on grapheme boundaries.
    pub range: Range<usize>,
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
    /// The tricks that were undone in words that matched.
    pub disguise: Vec<&'static str>,
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
