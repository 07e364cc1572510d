//! The seam between server and engine: who judges, and what happens when it panics. A panic on one
//! text is that message's fate alone.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::metrics::Metrics;
use super::policy::Failure;
use crate::engine::{Decision, Engine, Facts, Outcome};
use crate::message::Message;

/// Judges messages; the engine, or a stand-in for it.
pub trait Judge: Send + Sync + 'static {
    /// Judges one message.
    fn judge(&self, message: &Message<'_>, facts: &Facts) -> Decision;

    /// The revision of the rules.
    fn revision(&self) -> &str;

    /// The id of the rule at this index of the rule set; empty where unknown.
    #[expect(clippy::unnecessary_literal_bound, reason = "an implementation returns its own")]
    fn rule_id(&self, _index: usize) -> &str {
        ""
    }

    /// Why it should not be asked now, if it should not.
    fn unready(&self) -> Option<String> {
        None
    }

    /// The engine that judges, if one does: its rules can be looked at, and be set to shadow.
    fn engine(&self) -> Option<&Engine> {
        None
    }
}

impl Judge for Engine {
    fn judge(&self, message: &Message<'_>, facts: &Facts) -> Decision {
        Engine::judge(self, message, facts)
    }
    fn revision(&self) -> &str {
        self.rules().revision()
    }

    fn rule_id(&self, index: usize) -> &str {
        self.rules().rules().get(index).map_or("", |rule| &rule.id)
    }

    fn engine(&self) -> Option<&Engine> {
        Some(self)
    }
}

thread_local! {
    static JUDGING: Cell<bool> = const { Cell::new(false) };
}

/// Keeps the text of messages out of standard error: a panic while judging may quote what it was
/// judging, so only its place is logged. Call it once, before the server starts.
pub fn quiet_panics() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if JUDGING.get() {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(place, "the engine panicked");
        } else {
            default(info);
        }
    }));
}

/// A message that was judged, and the time it took.
pub(super) struct Judged {
    pub(super) decision: Decision,
    pub(super) engine: Duration,
}

/// A message that the engine could not judge, and what the engine said.
pub(super) struct Unjudged {
    pub(super) failure: Failure,
    /// None where it panicked.
    pub(super) decision: Option<Box<Decision>>,
    pub(super) engine: Duration,
}

impl Unjudged {
    /// What the engine said.
    pub(super) fn detail(&self) -> &str {
        match self.decision.as_ref().map(|decision| &decision.outcome) {
            Some(Outcome::Unscannable(detail)) => detail,
            _ => "",
        }
    }
}

/// Judges a message and counts what came of it.
pub(super) fn judge(
    judge: &dyn Judge,
    message: &Message<'_>,
    facts: &Facts,
    metrics: &Metrics,
) -> Result<Judged, Unjudged> {
    let started = Instant::now();
    JUDGING.set(true);
    let decision = catch_unwind(AssertUnwindSafe(|| judge.judge(message, facts)));
    JUDGING.set(false);
    let engine = started.elapsed();
    metrics.engine(engine);
    let Ok(decision) = decision else {
        return Err(Unjudged { failure: Failure::Unscannable("panic"), decision: None, engine });
    };
    if let Outcome::Unscannable(detail) = &decision.outcome {
        let failure = Failure::Unscannable(label(detail));
        return Err(Unjudged { failure, decision: Some(Box::new(decision)), engine });
    }
    metrics.decision(&decision, |index| judge.rule_id(index));
    Ok(Judged { decision, engine })
}

/// The label of a cause: the engine's own words may name a rule.
fn label(cause: &str) -> &'static str {
    if cause.starts_with("text over limit") {
        "text_limit"
    } else if cause.starts_with("work over budget") {
        "budget"
    } else {
        "engine"
    }
}
