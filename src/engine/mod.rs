//! Judges messages by rules: no I/O, no clock, and no way to fail.

pub mod verdict;

use std::collections::BTreeMap;

use serde_json::Value;

pub use verdict::{Action, Decision, Fired, Outcome, Span, Verdict};

use crate::message::Message;

/// Facts about a message that come from outside it, read by rules as `facts.<name>`.
pub type Facts = BTreeMap<String, Value>;

/// A rule set: immutable, whole and valid.
#[derive(Debug, Default)]
pub struct RuleSet {}

/// A rule set and the state that its conditions count in.
#[derive(Debug, Default)]
pub struct Engine {}

impl Engine {
    /// Judges one message.
    #[must_use]
    pub fn judge(&self, _message: &Message<'_>, _facts: &Facts) -> Decision {
        Decision { outcome: Outcome::Judged, verdict: Verdict::default(), fired: vec![], disguise: vec![] }
    }
    /// The revision of the rules: a hash of the rule files' content, in hexadecimal.
    #[must_use]
    pub fn revision(&self) -> &str {
        ""
    }
}
