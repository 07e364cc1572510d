//! Judges messages by rules: no I/O, no clock, and no way to fail.
//!
//! What can be wrong with a rule is wrong when it is loaded. Time is the message's own and the budget
//! is counted work, so the same messages under the same rules give the same decisions everywhere: in
//! the server, in a rule's test, in `explain`.

mod automaton;
pub mod condition;
pub mod explain;
mod grams;
mod keys;
pub mod makeup;
pub mod mask;
pub mod matcher;
pub mod order;
pub mod rule;
pub mod ruleset;
mod said;
pub mod scan;
mod search;
pub mod state;
pub mod table;
mod tail;
mod trips;
pub mod verdict;
pub mod work;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use condition::{Evaluation, Input};
pub use order::Steps;
pub use rule::{Mode, Rule};
pub use ruleset::RuleSet;
use said::Said;
use scan::Hit;
pub(crate) use search::Search;
use state::{Moment, State};
pub(crate) use tail::Recalled;
use trips::Trips;
pub use verdict::{Action, Decision, Fired, Outcome, Span, Verdict};

use work::Work;

use crate::message::{Message, TEXT};

/// Facts about a message that come from outside it, read by rules as `facts.<name>`.
pub type Facts = BTreeMap<String, Value>;

/// A rule set and the state that its conditions count in.
#[derive(Debug)]
pub struct Engine {
    rules: Arc<RuleSet>,
    state: Arc<State>,
    trips: Trips,
}

thread_local! {
    /// One search's memory a thread: a message that can't be judged without allocating a view is
    /// one that waits for the allocator.
    static MEMORY: RefCell<Search> = RefCell::default();
}

impl Engine {
    /// An engine with these rules, which counts in this state.
    #[must_use]
    pub fn new(rules: Arc<RuleSet>, state: Arc<State>) -> Self {
        Engine { trips: Trips::new(rules.rules().len()), rules, state }
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// What the conditions count in.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Sets a rule to shadow, by its index in the rule set, or takes that back. Tells whether this
    /// changed anything. Messages that are being judged end as they began.
    pub fn trip(&self, rule: usize, tripped: bool) -> bool {
        self.trips.set(rule, tripped)
    }

    /// The rules that are set to shadow now, in the order of their ids.
    pub fn tripped(&self) -> impl Iterator<Item = usize> {
        self.trips.now().into_iter()
    }

    /// Judges one message.
    #[must_use]
    pub fn judge(&self, message: &Message<'_>, facts: &Facts) -> Decision {
        MEMORY.with_borrow_mut(|memory| self.judge_in(memory, message, facts, |_, _| ()))
    }

    /// Judges one message in three steps, of which the first and the last leave the rules alone, and
    /// shows what it was judged by before that is gone.
    fn judge_in(
        &self,
        memory: &mut Search,
        message: &Message<'_>,
        facts: &Facts,
        show: impl FnOnce(&[Hit], &mut Evaluation<'_>),
    ) -> Decision {
        if !self.fits(message) {
            return Decision::unscannable("text over limit");
        }
        let recalled = self.recall(message);
        let (mut decision, unsettled) = self.weigh(memory, message, facts, recalled, show);
        if let Some(unsettled) = unsettled {
            decision.steps.settled = self.settle(message, &unsettled);
        }
        decision
    }

    /// Whether a message's texts are within the limit.
    pub(crate) fn fits(&self, message: &Message<'_>) -> bool {
        let limit = self.rules.limit;
        message.parts.iter().map(|part| part.text.len()).sum::<usize>() <= limit
            || message.parts.iter().map(|part| part.text.chars().count()).sum::<usize>() <= limit
    }

    /// What the sender wrote just before, as the platform says or as it is remembered, and the number
    /// of this step.
    pub(crate) fn recall(&self, message: &Message<'_>) -> (u64, Recalled) {
        let tail = if self.rules.has_patterns() { tail::key(message) } else { None };
        if !message.earlier.is_empty() {
            let texts = message
                .earlier
                .iter()
                .map(|text| Said { text: text.clone().into_owned(), bare_of: 0 })
                .collect();
            return (self.state.pass(), Recalled { tail, texts, lossy: false });
        }
        self.state.recall(message, tail)
    }

    /// Judges a message with what its sender wrote just before. What is left to remember of it is none
    /// where it could not be judged.
    pub(crate) fn weigh(
        &self,
        memory: &mut Search,
        message: &Message<'_>,
        facts: &Facts,
        (recalled, earlier): (u64, Recalled),
        show: impl FnOnce(&[Hit], &mut Evaluation<'_>),
    ) -> (Decision, Option<Unsettled>) {
        let rules = &*self.rules;
        if let Err(exhausted) = memory.run(rules, &message.parts, &earlier.texts, &mut Work::new()) {
            let culprit = exhausted
                .set
                .map_or(String::new(), |set| format!(": {}", rules.rules()[rules.owner(set)].id));
            let mut decision = Decision::unscannable(format!("work over budget{culprit}"));
            decision.steps.recalled = recalled;
            return (decision, None);
        }
        let (hits, bare_of) = (&memory.hits, memory.bare_of);
        let disguise: Vec<&'static str> =
            hits.iter().fold(memory.suspicions, |all, hit| all.with(hit.tricks)).names().collect();
        let input = Input { message, facts, plain: &memory.plain, disguise: &disguise };
        let mut evaluation = rules.conditions.begin(input, &self.state);
        let tripped = self.trips.now();
        let mut decision = Judgement { rules, message, hits, tripped: &tripped }.decide(&mut evaluation);
        decision.state_incomplete = earlier.lossy || evaluation.touched_by_eviction();
        decision.steps = Steps { recalled, counted: evaluation.number(), settled: 0 };
        show(hits, &mut evaluation);
        let action = decision.verdict.action;
        let struck = matches!(action, Some(Action::Flag | Action::Drop));
        let (keys, moment) = evaluation.strikes();
        drop(evaluation);
        decision.disguise = disguise;
        decision.tripped = tripped;
        let delivered = action != Some(Action::Drop);
        (decision, Some(Unsettled { keys, moment, struck, delivered, tail: earlier.tail, bare_of }))
    }

    /// Remembers how a message was judged; returns the number of this step.
    pub(crate) fn settle(&self, message: &Message<'_>, unsettled: &Unsettled) -> u64 {
        let keys = if unsettled.struck { &unsettled.keys[..] } else { &[] };
        let tail = unsettled.tail.filter(|_| unsettled.delivered).map(|key| (key, unsettled.bare_of));
        self.state.settle(message, (keys, unsettled.moment), tail)
    }

    /// Settles a message of which it is not known how it was judged: what rests on that will say so.
    pub(crate) fn doubt(&self, message: &Message<'_>, unsettled: &Unsettled) {
        self.state.doubt(message, &unsettled.keys);
    }

    /// Takes what a message was counted under for unknown, if that may rest on what its sender said before:
    /// all counts that reach back so far will say so. Tells whether it does.
    pub(crate) fn doubt_counts(&self, message: &Message<'_>) -> bool {
        let looks_back = self.rules.conditions.looks_back();
        if looks_back {
            self.state.doubt_counts(message.sent_at);
        }
        looks_back
    }

    /// What couples messages: two that share none of these can't influence how the other is judged.
    pub(crate) fn couplings(&self, message: &Message<'_>, facts: &Facts) -> Vec<u64> {
        let tail = if self.rules.has_patterns() { tail::key(message) } else { None };
        let counters = self.rules.conditions.couplings(message, facts);
        tail.into_iter().chain(counters).collect()
    }
}

/// What is to be remembered of a message once it is judged.
pub(crate) struct Unsettled {
    /// The keys under which it would be a strike.
    keys: Vec<u64>,
    moment: Moment,
    /// Whether it is one.
    pub(crate) struck: bool,
    /// Whether it reached anybody.
    pub(crate) delivered: bool,
    /// The key of the tail it belongs to.
    tail: Option<u64>,
    /// The expressions of whose literals its text holds none.
    bare_of: u64,
}

/// One message, what was found in it, and the rules.
struct Judgement<'a> {
    rules: &'a RuleSet,
    message: &'a Message<'a>,
    /// In the order of pattern sets.
    hits: &'a [Hit],
    /// Rules that are in shadow whatever they say of themselves.
    tripped: &'a [usize],
}

/// How one rule takes a message.
struct Finding {
    /// Whether its patterns match, or it has none.
    matches: bool,
    /// What matched, exceptions taken out, each place once.
    spans: Vec<Span>,
    /// What its condition says; none where it has none, or its patterns did not match.
    holds: Option<Result<bool, String>>,
    /// Whether it counts for this sender at this time; none where it is off.
    enforced: Option<bool>,
}

impl Finding {
    fn fires(&self) -> bool {
        self.matches && self.enforced.is_some() && !matches!(self.holds, Some(Ok(false) | Err(_)))
    }
}

impl Judgement<'_> {
    fn decide(&self, evaluation: &mut Evaluation<'_>) -> Decision {
        let mut decision = Decision::unscannable("");
        decision.outcome = Outcome::Judged;
        let mut injected = Vec::new();
        for rule in self.concerned() {
            let finding = self.find(rule, evaluation);
            if finding.fires() {
                let enforced = finding.enforced == Some(true);
                if enforced {
                    injected.push((rule, self.render(rule, &finding, evaluation)));
                }
                decision.fired.push(Fired { rule, enforced, spans: finding.spans });
            } else if let Some(Err(why)) = finding.holds {
                decision.failed.push((rule, why));
            }
        }
        let all = self.rules.rules();
        decision.verdict = Verdict::weigh(
            injected.into_iter().map(|(rule, metadata)| (&all[rule], metadata)),
            self.rules.policy,
        );
        decision.verdict.masked_text = self.masked(&decision.fired);
        decision
    }

    /// The rules that this message may concern, in the order of their ids: those of which something
    /// matched, and those that do not wait for a match.
    fn concerned(&self) -> Vec<usize> {
        let mut concerned: Vec<usize> = self.rules.always().iter().map(|&rule| rule as usize).collect();
        let owners = self.hits.iter().map(|hit| self.rules.owner(hit.set));
        concerned.extend(owners.filter(|&rule| !self.rules.is_idle(rule)));
        concerned.sort_unstable();
        concerned.dedup();
        concerned
    }

    fn find(&self, index: usize, evaluation: &mut Evaluation<'_>) -> Finding {
        let rule = &self.rules.rules()[index];
        let (matches, spans) = self.matches(index);
        let enforced = self.enforced(index);
        let holds = match rule.when {
            Some(when) if matches && enforced.is_some() => Some(evaluation.holds(when, spans.len())),
            _ => None,
        };
        Finding { matches, spans, holds, enforced }
    }

    /// Whether a rule's patterns match, and where.
    fn matches(&self, index: usize) -> (bool, Vec<Span>) {
        let rule = &self.rules.rules()[index];
        let Some(tree) = &rule.matcher else { return (true, Vec::new()) };
        let hits = self.hits_of(index);
        // The exceptions are the last of a rule's sets.
        let (own, excuses) = hits.split_at(hits.partition_point(|hit| Some(hit.set) != rule.except));
        let excuses = Excuses::new(excuses);
        let counted: Vec<&Hit> = own.iter().filter(|hit| !excuses.cover(hit)).collect();
        let matches = tree.holds(&mut |set| counted.iter().any(|hit| hit.set == set));
        let mut spans = Vec::new();
        if matches {
            tree.sets(&mut |set, positive| {
                let own = counted.iter().copied().filter(|hit| positive && hit.set == set);
                let place = |hit: &Hit| (hit.part as usize, hit.range.start, hit.range.end, hit.by);
                spans.extend(own.map(place));
            });
            spans.sort_unstable();
            spans.dedup_by_key(|&mut (part, start, end, _)| (part, start, end));
        }
        let span = |(part, start, end, by)| Span { part, range: start..end, by };
        (matches, spans.into_iter().map(span).collect())
    }

    /// The hits of a rule's pattern sets.
    fn hits_of(&self, index: usize) -> &[Hit] {
        let sets = self.rules.sets_of(index);
        let start = self.hits.partition_point(|hit| hit.set < sets.start);
        let end = self.hits.partition_point(|hit| hit.set < sets.end);
        &self.hits[start..end]
    }

    /// Whether a rule counts for this sender at this time; none where it is off by now.
    fn enforced(&self, index: usize) -> Option<bool> {
        let rule = &self.rules.rules()[index];
        if rule.expires.is_some_and(|expires| self.message.sent_at >= expires) {
            return None;
        }
        let sampled = rule.sample.is_none_or(|share| share_of(&rule.id, &self.message.sender.uid) < share);
        Some(rule.mode == Mode::Enforce && sampled && !self.tripped.contains(&index))
    }

    fn render(&self, index: usize, finding: &Finding, evaluation: &mut Evaluation<'_>) -> Map<String, Value> {
        let mut value = |expr| evaluation.value(expr, finding.spans.len()).ok();
        let rule = &self.rules.rules()[index];
        let rendered =
            |(key, template): &(String, rule::Template)| Some((key.clone(), template.render(&mut value)?));
        rule.metadata.iter().filter_map(rendered).collect()
    }

    /// The text with the spans of enforced rules that mask replaced; none where there is no such rule.
    fn masked(&self, fired: &[Fired]) -> Option<String> {
        let text = self.message.parts.iter().position(|part| part.name == TEXT)?;
        let mut ranges = Vec::new();
        for fired in fired.iter().filter(|fired| fired.enforced) {
            if let Some(mask) = &self.rules.rules()[fired.rule].mask {
                let own = fired.spans.iter().filter(|span| span.part == text);
                ranges.extend(own.map(|span| (span.range.clone(), mask)));
            }
        }
        (!ranges.is_empty()).then(|| mask::apply(&self.message.parts[text].text, ranges))
    }
}

/// The places that a rule's exceptions matched, joined where they overlap, in the order of the text.
struct Excuses(Vec<(u32, usize, usize)>);

impl Excuses {
    fn new(hits: &[Hit]) -> Self {
        let mut places: Vec<(u32, usize, usize)> = Vec::new();
        for hit in hits {
            match places.last_mut() {
                Some((part, _, end)) if *part == hit.part && hit.range.start < *end => {
                    *end = hit.range.end.max(*end);
                }
                _ => places.push((hit.part, hit.range.start, hit.range.end)),
            }
        }
        Excuses(places)
    }

    /// Whether a hit lies inside one of them or overlaps it.
    fn cover(&self, hit: &Hit) -> bool {
        let next = self.0.partition_point(|&(part, _, end)| (part, end) <= (hit.part, hit.range.start));
        self.0.get(next).is_some_and(|&(part, start, _)| part == hit.part && start < hit.range.end)
    }
}

/// Where a sender stands among all senders as a rule sees them, in hundredths of a percent: stable
/// (FNV-1a), so that a greater share of senders holds the smaller one.
fn share_of(rule: &str, sender: &str) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in rule.bytes().chain([0]).chain(sender.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    u32::try_from((hash >> 32) % 10_000).unwrap_or(0)
}
