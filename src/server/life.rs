//! What becomes of rules while they serve: how often each hits, a breaker for fresh mistakes, an alarm
//! for sudden changes.
//!
//! A request only counts, in atomics of its rules; whether that is much is asked where a fresh rule
//! hits, and once a second by a thread that answers nobody. A rule that is the same before and after
//! a reload goes on counting in the same place.

mod fresh;
mod trend;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use fresh::Edit;
use trend::{Change, Trend};

use crate::engine::{Decision, Engine, Outcome, RuleSet};

/// The lives of the rules of one rule set.
#[derive(Default)]
pub(super) struct Life {
    /// In the order of the rule set.
    rules: Vec<RuleLife>,
    /// The edits that may still trip a rule; those of one reload are one.
    edits: Vec<Arc<Edit>>,
    /// Messages judged since the server began.
    judged: Arc<AtomicU64>,
}

/// The life of one rule.
struct RuleLife {
    /// Whether its hits keep messages back, so that it may be tripped.
    acts: bool,
    /// The edit that made it what it is; none for one that was there from the start.
    edit: Option<Arc<Edit>>,
    counts: Arc<Counts>,
}

/// What is counted of one rule; it outlives reloads that leave the rule alone.
#[derive(Default)]
struct Counts {
    /// Messages on which it fired.
    hits: AtomicU64,
    /// Of these, those for which it counted.
    enforced: AtomicU64,
    /// Whether somebody said that it hits as it should.
    confirmed: AtomicBool,
    /// Whether its share of hits has just jumped.
    alarmed: AtomicBool,
    /// Touched by nobody who answers requests.
    trend: Mutex<Trend>,
}

/// How a rule stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Standing {
    /// Messages on which it fired since it was edited, or the server began.
    pub(super) hits: u64,
    /// When it was put in force; none for one that was there from the start.
    pub(super) edited: Option<SystemTime>,
    /// Whether its share of hits has just jumped.
    pub(super) alarmed: bool,
}

impl Life {
    /// The life of rules that were there when the server began: none of them is fresh.
    pub(super) fn begin(engine: &Engine) -> Self {
        let rules = engine.rules();
        let life = |rule| RuleLife { acts: rules.acts(rule), edit: None, counts: Arc::default() };
        Life { rules: (0..rules.rules().len()).map(life).collect(), ..Life::default() }
    }

    /// The life of the rules that follow these: those that are the same live on. One that was tripped
    /// counts again, and is watched as if it were new.
    pub(super) fn follow(&self, old: &Engine, new: &Engine, now: Instant, at: SystemTime) -> Self {
        let before = by_id(old.rules());
        let tripped: Vec<usize> = old.tripped().collect();
        let judged = Arc::clone(&self.judged);
        let edit = Arc::new(Edit::new(now, at, judged.load(Ordering::Relaxed)));
        let live = |(index, rule): (usize, &crate::engine::Rule)| {
            let acts = new.rules().acts(index);
            let same = before.get(rule.id.as_str()).filter(|(_, print)| *print == rule.fingerprint);
            match same.filter(|(old, _)| !tripped.contains(old)).and_then(|(old, _)| self.rules.get(*old)) {
                Some(life) => RuleLife { acts, edit: life.edit.clone(), counts: Arc::clone(&life.counts) },
                None => RuleLife {
                    acts,
                    edit: Some(Arc::clone(&edit)),
                    counts: Arc::new(Counts::beginning(now, judged.load(Ordering::Relaxed))),
                },
            }
        };
        let rules: Vec<RuleLife> = new.rules().rules().iter().enumerate().map(live).collect();
        let mut edits: Vec<Arc<Edit>> = Vec::new();
        for edit in rules.iter().filter(|rule| rule.acts).filter_map(|rule| rule.edit.as_ref()) {
            if edit.is_fresh(now) && !edits.iter().any(|known| Arc::ptr_eq(known, edit)) {
                edits.push(Arc::clone(edit));
            }
        }
        Life { rules, edits, judged }
    }

    /// Counts a decision of the engine that these lives belong to, and trips a rule that the decision
    /// shows to be a mistake.
    pub(super) fn observe(&self, engine: &Engine, decision: &Decision, sender: &str) {
        if decision.outcome != Outcome::Judged {
            return;
        }
        let judged = self.judged.fetch_add(1, Ordering::Relaxed) + 1;
        self.edits.iter().for_each(|edit| edit.meet(sender));
        for fired in &decision.fired {
            let Some(life) = self.rules.get(fired.rule) else { continue };
            life.counts.hits.fetch_add(1, Ordering::Relaxed);
            if !fired.enforced || !life.acts {
                continue;
            }
            let hits = life.counts.enforced.fetch_add(1, Ordering::Relaxed) + 1;
            let Some(edit) = &life.edit else { continue };
            if edit.is_exceeded(hits, judged)
                && edit.is_fresh(Instant::now())
                && !life.counts.confirmed.load(Ordering::Relaxed)
                && engine.trip(fired.rule, true)
            {
                let (rule, messages) = (&engine.rules().rules()[fired.rule], edit.messages(judged));
                tracing::error!(
                    rule = rule.id,
                    owner = rule.owner,
                    hits,
                    messages,
                    "a fresh rule hits far too much: it is in shadow now, until a reload changes the rules or it is reset"
                );
            }
        }
    }

    /// Takes back that a rule was tripped, and never trips it again until it is edited: whoever asks
    /// for this has looked. Tells whether it was tripped.
    pub(super) fn confirm(&self, engine: &Engine, rule: usize) -> bool {
        if let Some(life) = self.rules.get(rule) {
            life.counts.confirmed.store(true, Ordering::Relaxed);
        }
        engine.trip(rule, false)
    }

    /// Looks at how the shares of hits have changed. For one thread, now and then.
    pub(super) fn watch(&self, engine: &Engine, now: Instant) {
        let judged = self.judged.load(Ordering::Relaxed);
        for (life, rule) in self.rules.iter().zip(engine.rules().rules()) {
            let hits = life.counts.hits.load(Ordering::Relaxed);
            let mut trend = life.counts.trend.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(Change { alarmed, share, usual }) = trend.look(now, hits, judged) else { continue };
            drop(trend);
            if life.counts.alarmed.swap(alarmed, Ordering::Relaxed) == alarmed {
                continue;
            }
            let (share, usual) = (percent(share), percent(usual));
            if alarmed {
                let owner = &rule.owner;
                tracing::warn!(rule = rule.id, owner, share, usual, "a rule's share of hits has jumped");
            } else {
                tracing::info!(rule = rule.id, share, usual, "a rule's share of hits is usual again");
            }
        }
    }

    /// How a rule stands.
    pub(super) fn standing(&self, rule: usize) -> Standing {
        let Some(life) = self.rules.get(rule) else {
            return Standing { hits: 0, edited: None, alarmed: false };
        };
        Standing {
            hits: life.counts.hits.load(Ordering::Relaxed),
            edited: life.edit.as_ref().map(|edit| edit.at()),
            alarmed: life.counts.alarmed.load(Ordering::Relaxed),
        }
    }
}

impl Counts {
    /// Nothing yet, at a time when so many messages had been judged.
    fn beginning(now: Instant, judged: u64) -> Self {
        Counts { trend: Mutex::new(Trend::new(now, judged)), ..Counts::default() }
    }
}

/// The index and the fingerprint of each rule.
fn by_id(rules: &RuleSet) -> HashMap<&str, (usize, u64)> {
    rules.rules().iter().enumerate().map(|(at, rule)| (rule.id.as_str(), (at, rule.fingerprint))).collect()
}

fn percent(share: f64) -> String {
    format!("{:.2}%", share * 100.0)
}

#[cfg(test)]
mod tests;
