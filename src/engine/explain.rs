//! The same judgement, told: what was read, what matched where, and for every rule why it fired or not.
//!
//! Nothing is judged again in another way: the explanation looks at the hits and the evaluation that
//! the decision was made from, before they are gone.

use std::ops::Range;

use serde::Serialize;

use super::condition::Evaluation;
use super::rule::Rule;
use super::ruleset::Written;
use super::scan::{By, Hit};
use super::{Decision, Engine, Facts, Finding, Judgement, Outcome, RuleSet, Search};
use crate::message::Message;
use crate::text::view::BREAK;
use crate::text::{View, ViewKind};

/// A decision and all that led to it.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The decision, as the server would make it.
    pub decision: Decision,
    /// The message's texts, each as every view reads it.
    pub readings: Vec<Reading>,
    /// What matched, by rule.
    pub matches: Vec<Match>,
    /// Every rule of the set, in the order of their ids.
    pub rules: Vec<Account>,
    /// The counters that conditions asked for.
    pub counters: Vec<Counter>,
}

/// One text of a message, as a view reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// Where the text stands in the message.
    pub part: String,
    /// The view's name.
    pub view: &'static str,
    /// The derived text, runs squeezed; further readings of spaced-out words after it.
    pub text: Vec<String>,
}

/// One match of one pattern of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Match {
    /// The rule.
    pub rule: String,
    /// Where the text stands in the message.
    pub part: String,
    /// Bytes of the text as sent.
    pub range: Range<usize>,
    /// What stands there.
    pub text: String,
    /// What kind of pattern it was, and the view.
    pub by: String,
    /// The pattern as written; empty where the kind says it all.
    pub pattern: String,
    /// What had to be undone.
    pub disguise: Vec<&'static str>,
    /// How what stands there became what was looked for: each step that changed it.
    pub journey: Vec<Step>,
    /// Whether it is a match of the rule's `except`.
    pub excuses: bool,
}

/// One step on the way from the text as sent to the entry that matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What was done: `sent`, `folded`, `read`, `entry`.
    pub step: &'static str,
    /// What it was then.
    pub text: String,
}

/// Why a rule fired or did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The rule.
    pub rule: String,
    /// Whether it fired.
    pub fired: bool,
    /// Whether it counts; false for a rule in shadow or past its time.
    pub enforced: bool,
    /// Why, for people.
    pub why: String,
}

/// What a counter stood at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counter {
    /// The call as written.
    pub call: String,
    /// The key it counted under, or why there is none.
    pub key: String,
    /// How many messages; 0 where there is no key.
    pub count: u64,
}

impl Engine {
    /// Judges a message and tells how.
    #[must_use]
    pub fn explain(&self, message: &Message<'_>, facts: &Facts) -> Explanation {
        let (mut matches, mut rules, mut counters) = (Vec::new(), Vec::new(), Vec::new());
        let tripped = self.trips.now();
        let decision = self.judge_in(&mut Search::default(), message, facts, |hits, evaluation| {
            let judgement = Judgement { rules: &self.rules, message, hits, tripped: &tripped };
            matches = hits.iter().map(|hit| judgement.tell(hit)).collect();
            rules = (0..self.rules.rules().len()).map(|rule| judgement.account(rule, evaluation)).collect();
            counters = counted(evaluation);
        });
        if let Outcome::Unscannable(_) = decision.outcome {
            return Explanation { decision, readings: vec![], matches, rules, counters };
        }
        Explanation { decision, readings: readings(message), matches, rules, counters }
    }
}

/// The way of a word: as sent, folded, each further reading of it, and the entry.
fn journey(sent: &str, by: By, entry: &str) -> Vec<Step> {
    let By::Keyword(kind, _) = by else { return Vec::new() };
    let mut steps = vec![Step { step: "sent", text: sent.to_owned() }];
    let mut go = |step: &'static str, text: &str| {
        if steps.last().is_none_or(|last| last.text != text) && !text.is_empty() {
            steps.push(Step { step, text: text.to_owned() });
        }
    };
    if kind >= ViewKind::Folded {
        go("folded", &View::new(ViewKind::Folded, sent).shown());
    }
    if kind >= ViewKind::Plain {
        for reading in View::new(kind, sent).shown().split(BREAK) {
            go("read", reading);
        }
    }
    go("entry", entry);
    steps
}

fn readings(message: &Message<'_>) -> Vec<Reading> {
    let read = |part: &crate::message::Part<'_>, kind: ViewKind| {
        let view = View::new(kind, &part.text);
        let text = view.shown().split(BREAK).map(str::to_owned).filter(|text| !text.is_empty()).collect();
        Reading { part: part.name.clone().into_owned(), view: kind.name(), text }
    };
    let kinds = [ViewKind::Exact, ViewKind::Folded, ViewKind::Plain];
    message.parts.iter().flat_map(|part| kinds.map(|kind| read(part, kind))).collect()
}

fn counted(evaluation: &Evaluation<'_>) -> Vec<Counter> {
    let tell = |counted: super::condition::Counted<'_>| Counter {
        call: counted.call.to_owned(),
        key: counted.key.unwrap_or_else(|why| why).to_owned(),
        count: counted.count,
    };
    evaluation.counts().map(tell).collect()
}

impl Judgement<'_> {
    fn tell(&self, hit: &Hit) -> Match {
        let rule = &self.rules.rules()[self.rules.owner(hit.set)];
        let part = &self.message.parts[hit.part as usize];
        let (by, pattern) = named(self.rules, hit);
        Match {
            rule: rule.id.clone(),
            part: part.name.clone().into_owned(),
            range: hit.range.clone(),
            text: part.text[hit.range.clone()].to_owned(),
            by,
            disguise: hit.tricks.names().collect(),
            journey: journey(&part.text[hit.range.clone()], hit.by, &pattern),
            pattern,
            excuses: Some(hit.set) == rule.except,
        }
    }

    fn account(&self, index: usize, evaluation: &mut Evaluation<'_>) -> Account {
        let rule = &self.rules.rules()[index];
        let finding = self.find(index, evaluation);
        let why = why(rule, &finding, self.hits_of(index).iter().any(|hit| Some(hit.set) != rule.except));
        Account {
            rule: rule.id.clone(),
            fired: finding.fires(),
            enforced: finding.enforced == Some(true),
            why,
        }
    }
}

fn why(rule: &Rule, finding: &Finding, met: bool) -> String {
    let holds = |yes: &str| match (&finding.holds, rule.matcher.is_some()) {
        (Some(_), true) => format!("{yes}, and its condition holds"),
        (Some(_), false) => "its condition holds".to_owned(),
        (None, _) => yes.to_owned(),
    };
    match (&finding.holds, finding.enforced) {
        (_, None) => "it has expired".to_owned(),
        _ if !finding.matches && met => {
            "what it matches is excused, or not all that it asks for is there".to_owned()
        }
        _ if !finding.matches => "nothing that it looks for is there".to_owned(),
        (Some(Err(error)), _) => format!("its condition failed on this message: {error}"),
        (Some(Ok(false)), _) => "its condition does not hold".to_owned(),
        (_, Some(false)) => {
            format!("{}; in shadow for this sender, so it changes nothing", holds("it matches"))
        }
        (_, Some(true)) => holds("it matches"),
    }
}

fn named(rules: &RuleSet, hit: &Hit) -> (String, String) {
    let Written { kind, pattern, .. } = rules.pattern(hit.by);
    match hit.by {
        By::Keyword(view, _) => (format!("{kind}, {} view", view.name()), pattern.to_owned()),
        By::Regex(_) => (kind.to_owned(), pattern.to_owned()),
        By::Folded(_) => (format!("{kind}, folded view"), pattern.to_owned()),
        By::Find(_) => (format!("{kind} {pattern}"), String::new()),
        By::Domain => (kind.to_owned(), String::new()),
    }
}
