//! Writes a decision down.

use std::borrow::Cow;

use super::subject::raw;
use super::text::Keep;
use super::{Failed, Fired, Message, Place, Record, Span, TextKept, VERSION};
use crate::engine::{Action, Decision, Rule, RuleSet, Steps};
use crate::message;

/// All that a record is made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject<'a> {
    /// The decision's id, a UUID of version 7.
    pub id: &'a str,
    /// When it was decided, in milliseconds since 1970-01-01T00:00Z.
    pub time: i64,
    /// `cometchat` or `moderation`.
    pub route: &'a str,
    /// `judged`, or why there is no verdict.
    pub outcome: &'a str,
    /// What the engine said where there is no verdict.
    pub detail: &'a str,
    /// The decision; none where the engine was not asked, or panicked.
    pub decision: Option<&'a Decision>,
    /// What was judged; none where it could not be read.
    pub message: Option<&'a message::Message<'a>>,
    /// The rules that judged; none where there is no decision.
    pub rules: Option<&'a RuleSet>,
    /// The revision of the rules in force.
    pub revision: &'a str,
    /// The body of the answer.
    pub answer: &'a [u8],
    /// Whether the answer keeps the message from being delivered.
    pub dropped: bool,
    /// The engine's time, in nanoseconds.
    pub engine_ns: u64,
    /// The id of the state.
    pub state: &'a str,
}

impl<'a> Record<'a> {
    /// The record of a decision, with texts as they are to be kept; `key` is what they are hashed with.
    #[must_use]
    pub fn of(subject: &Subject<'a>, kept: TextKept, key: &'a [u8]) -> Record<'a> {
        let (judged, told) = (subject.judged(), subject.told());
        let verdict = judged.map(|decision| &decision.verdict);
        let keep = Keep::new(kept, key, judged);
        Record {
            v: VERSION,
            id: subject.id.into(),
            time: subject.time,
            route: subject.route.into(),
            outcome: subject.outcome.into(),
            detail: subject.detail.into(),
            action: subject.action().into(),
            labels: verdict.map_or_else(Vec::new, |verdict| borrowed(&verdict.labels)),
            score: verdict.map_or(0, |verdict| verdict.score),
            answer: raw(subject.answer(kept)),
            rules: told.map_or_else(Vec::new, |(decision, rules)| fired(decision, rules, kept)),
            failed: told.map_or_else(Vec::new, |(decision, rules)| failed(decision, rules, kept)),
            tripped: subject.tripped().map(|rule| Cow::Borrowed(&*rule.id)).collect(),
            fingerprints: subject.tripped().map(|rule| print(rule).into()).collect(),
            disguise: judged.map_or_else(Vec::new, |judged| {
                judged.disguise.iter().map(|&trick| Cow::Borrowed(trick)).collect()
            }),
            ruleset: subject.revision.into(),
            engine_us: subject.engine_us(),
            state: subject.steps().map(|steps| Place {
                id: subject.state.into(),
                steps: [steps.recalled, steps.counted, steps.settled],
                incomplete: subject.decision.is_some_and(|decision| decision.state_incomplete),
            }),
            text: kept,
            message: subject.message.map(|message| Message::of(message, &keep)),
        }
    }
}

impl<'a> Subject<'a> {
    /// The decision, if there was a verdict.
    pub(super) fn judged(&self) -> Option<&'a Decision> {
        self.decision.filter(|_| self.outcome == "judged")
    }

    /// The decision, and the rules that it is about.
    pub(super) fn told(&self) -> Option<(&'a Decision, &'a RuleSet)> {
        self.decision.zip(self.rules)
    }

    /// The name of what was done.
    pub(super) fn action(&self) -> &'static str {
        match self.judged().and_then(|decision| decision.verdict.action) {
            Some(action) => action.name(),
            None if self.dropped => Action::Drop.name(),
            None => "none",
        }
    }

    /// The answer; nothing where it tells a text that is not kept.
    pub(super) fn answer(&self, kept: TextKept) -> &'a str {
        let verdict = self.judged().map(|decision| &decision.verdict);
        let says_text = verdict.is_some_and(|verdict| {
            !self.dropped && (verdict.masked_text.is_some() || !verdict.metadata.is_empty())
        });
        if says_text && kept != TextKept::Full { "" } else { str::from_utf8(self.answer).unwrap_or_default() }
    }

    /// The rules that the circuit breaker had put into shadow.
    pub(super) fn tripped(&self) -> impl Iterator<Item = &'a Rule> {
        self.told()
            .into_iter()
            .flat_map(|(decision, rules)| decision.tripped.iter().filter_map(|&rule| rules.rules().get(rule)))
    }

    /// The engine's time, in microseconds to two places.
    #[expect(clippy::cast_precision_loss, reason = "no engine takes 2⁵³ ns")]
    pub(super) fn engine_us(&self) -> f64 {
        (self.engine_ns / 10) as f64 / 100.0
    }

    /// The steps that were taken on the state; none where the message was not judged.
    pub(super) fn steps(&self) -> Option<Steps> {
        self.decision.map(|decision| decision.steps).filter(|steps| *steps != Steps::default())
    }
}

/// A rule's fingerprint, as records write it.
pub(in crate::decision) fn print(rule: &Rule) -> String {
    format!("{:016x}", rule.fingerprint)
}

fn borrowed(strings: &[String]) -> Vec<Cow<'_, str>> {
    strings.iter().map(|string| Cow::Borrowed(&**string)).collect()
}

pub(super) fn fired<'a>(decision: &'a Decision, rules: &'a RuleSet, kept: TextKept) -> Vec<Fired<'a>> {
    // a word that was found is a word of the text
    let told = |kind| kind == "find" || matches!(kept, TextKept::Full | TextKept::Masked);
    let one = |fired: &'a crate::engine::Fired| {
        let rule = &rules.rules()[fired.rule];
        let span = |span: &crate::engine::Span| {
            let written = rules.pattern(span.by);
            Span {
                part: span.part,
                start: span.range.start,
                end: span.range.end,
                kind: written.kind.into(),
                view: written.view.into(),
                pattern: if told(written.kind) { written.pattern } else { "" }.into(),
            }
        };
        Fired {
            id: Cow::Borrowed(&rule.id),
            mode: if fired.enforced { "enforce" } else { "shadow" }.into(),
            action: rule.action.name().into(),
            labels: borrowed(&rule.labels),
            score: rule.score,
            spans: fired.spans.iter().map(span).collect(),
        }
    };
    decision.fired.iter().map(one).collect()
}

pub(super) fn failed<'a>(decision: &'a Decision, rules: &'a RuleSet, kept: TextKept) -> Vec<Failed<'a>> {
    let one = |(rule, why): &'a (usize, String)| Failed {
        id: Cow::Borrowed(&rules.rules()[*rule].id),
        // it may name a key that the message gave
        why: if kept == TextKept::Full { why } else { "" }.into(),
    };
    decision.failed.iter().map(one).collect()
}
