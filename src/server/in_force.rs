//! The rules in force: replaced whole, without a lock on the way of a request.
//!
//! A request takes hold of what is in force once and ends under it; the one after it may find another.

use std::ops::Deref;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use arc_swap::{ArcSwap, Guard};

use super::judge::Judge;
use super::life::Life;
use crate::engine::{Decision, Engine, Facts, RuleSet};
use crate::message::Message;

/// The place of the judge in force.
pub struct Rules(ArcSwap<InForce>);

/// A judge, and what has become of its rules since they were put in force.
pub struct InForce {
    judge: Arc<dyn Judge>,
    life: Life,
    since: SystemTime,
}

/// Hold of what was in force when it was taken.
pub struct Current(Guard<Arc<InForce>>);

impl Rules {
    /// Puts a judge in force.
    #[must_use]
    pub fn new(judge: Arc<dyn Judge>) -> Self {
        let life = judge.engine().map_or_else(Life::default, Life::begin);
        Rules(ArcSwap::from_pointee(InForce { judge, life, since: SystemTime::now() }))
    }

    /// What is in force.
    #[must_use]
    pub fn current(&self) -> Current {
        Current(self.0.load())
    }

    /// Puts another judge in force, and returns what was. Rules that are the same in both live on, others
    /// begin anew. One caller at a time.
    ///
    /// Whoever lets go of a rule set last pays for taking it apart, so keep it until no request holds it.
    pub fn replace(&self, judge: Arc<dyn Judge>) -> Arc<InForce> {
        let before = self.current();
        let life = match (judge.engine(), before.engine()) {
            (Some(engine), Some(old)) => before.life.follow(old, engine, Instant::now(), SystemTime::now()),
            (Some(engine), None) => Life::begin(engine),
            (None, _) => Life::default(),
        };
        self.0.swap(Arc::new(InForce { judge, life, since: SystemTime::now() }))
    }
}

impl InForce {
    /// When it was put in force.
    #[must_use]
    pub fn since(&self) -> SystemTime {
        self.since
    }

    /// The revision of the rules.
    #[must_use]
    pub fn revision(&self) -> &str {
        self.judge.revision()
    }

    /// Why it should not be asked now, if it should not.
    #[must_use]
    pub fn unready(&self) -> Option<String> {
        self.judge.unready()
    }

    /// The rules, if an engine judges.
    pub(super) fn rules(&self) -> Option<&RuleSet> {
        self.judge.engine().map(Engine::rules)
    }

    pub(super) fn life(&self) -> &Life {
        &self.life
    }
}

/// Judges as its judge does, and takes note of what came of it.
impl Judge for InForce {
    fn judge(&self, message: &Message<'_>, facts: &Facts) -> Decision {
        let decision = self.judge.judge(message, facts);
        if let Some(engine) = self.judge.engine() {
            self.life.observe(engine, &decision, &message.sender.uid);
        }
        decision
    }

    fn revision(&self) -> &str {
        self.judge.revision()
    }

    fn rule_id(&self, index: usize) -> &str {
        self.judge.rule_id(index)
    }

    fn unready(&self) -> Option<String> {
        self.judge.unready()
    }

    fn engine(&self) -> Option<&Engine> {
        self.judge.engine()
    }
}

impl Deref for Current {
    type Target = InForce;

    fn deref(&self) -> &InForce {
        &self.0
    }
}
