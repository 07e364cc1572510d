//! The keywords of rules in disguise: which tricks are seen through, and which are not.
//!
//! What is asked is whether a rule's patterns find the word, so each pattern set is judged alone,
//! enforced, without the rule's condition: a rule that looks at more than the text is not at fault
//! for a text alone. Words that it does not even find as they stand are left out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde::Serialize;

use crate::disguise::{TRICKS, Trick, Undone, said};
use crate::engine::state::{Limits, State};
use crate::engine::table::Tables;
use crate::engine::{Engine, Facts, RuleSet};
use crate::message::Message;
use crate::rulefile::Sources;
use crate::rulefile::compile::compile_alone;
use crate::rulefile::document::{Documents, MatchDoc, Mode, PatternDoc, SourcedRule};
use crate::rulefile::record::OneOrMany;
use crate::rulefile::source::list_entries;
use crate::text::ViewKind;

/// Which disguises are seen through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many words and phrases were disguised.
    pub entries: usize,
    /// How many words are not found as they stand: an exception excuses them.
    pub excused: usize,
    /// In the order of [`TRICKS`].
    pub tricks: Vec<TrickReport>,
    /// In the order of ids: those that look for words.
    pub rules: Vec<RuleReport>,
}

/// How many disguises there were and how many were seen through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// How many were judged.
    pub tried: usize,
    /// How many were found.
    pub caught: usize,
}

/// What a trick was tried on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// Single words whose view says to undo it.
    Words,
    /// One word of a phrase whose view says to undo it.
    Phrases,
    /// Words and phrases whose view does not say so: a milder one was chosen.
    Beyond,
}

/// How tricks came out, by what they were tried on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Single words whose view says to undo it.
    pub words: Count,
    /// Phrases whose view says to undo it.
    pub phrases: Count,
    /// Words and phrases whose view does not.
    pub beyond: Count,
}

/// One trick over all rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrickReport {
    /// The trick.
    pub trick: &'static str,
    /// The mildest view that says to undo it.
    pub view: &'static str,
    /// How it came out.
    #[serde(flatten)]
    pub counts: Counts,
    /// The first that were not found: single words, phrases, then what their view does not undo.
    pub missed: Vec<Missed>,
}

/// One rule over all tricks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleReport {
    /// The rule.
    pub rule: String,
    /// The views that its words are looked for in.
    pub views: Vec<&'static str>,
    /// How many of its words were disguised.
    pub entries: usize,
    /// How they came out.
    #[serde(flatten)]
    pub counts: Counts,
    /// The tricks that were tried.
    pub tricks: Vec<RuleTrick>,
}

/// One trick on the words of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleTrick {
    /// The trick.
    pub trick: &'static str,
    /// What it was tried on.
    pub on: On,
    /// How often it was tried and caught.
    #[serde(flatten)]
    pub count: Count,
    /// The first word that was not found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missed: Option<Missed>,
}

/// A disguise that was not seen through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missed {
    /// The rule.
    pub rule: String,
    /// The word as the rule writes it.
    pub entry: String,
    /// The messages that were judged, all but the last of them what was said before.
    pub texts: Vec<String>,
}

/// Examples of one trick that a report names.
const EXAMPLES: usize = 3;

/// Disguises the words of all rules that are on, at most so many of each rule; which, is the same
/// each time. `done` counts the rules so far.
#[must_use]
pub fn run(
    documents: &Documents,
    tables: &Tables,
    sources: &Sources,
    words: usize,
    done: &AtomicUsize,
) -> Report {
    let rules = &documents.rules;
    let next = AtomicUsize::new(0);
    let work = || {
        let mut own = Vec::new();
        while let Some(rule) = rules.get(next.fetch_add(1, Ordering::Relaxed)) {
            if rule.rule.mode != Mode::Off {
                own.extend(Attack { tables, sources, words }.on(rule));
            }
            done.fetch_add(1, Ordering::Relaxed);
        }
        own
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut reports: Vec<(RuleReport, usize)> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running
            .into_iter()
            .flat_map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    reports.sort_by(|(a, _), (b, _)| a.rule.cmp(&b.rule));
    let excused = reports.iter().map(|(_, excused)| excused).sum();
    let rules: Vec<RuleReport> =
        reports.into_iter().map(|(report, _)| report).filter(|report| report.entries > 0).collect();
    Report {
        entries: rules.iter().map(|rule| rule.entries).sum(),
        excused,
        tricks: TRICKS.iter().map(|trick| of_trick(trick, &rules)).collect(),
        rules,
    }
}

fn of_trick(trick: &Trick, rules: &[RuleReport]) -> TrickReport {
    let mut report = TrickReport {
        trick: trick.name,
        view: trick.undone.view(),
        counts: Counts::default(),
        missed: Vec::new(),
    };
    let mut missed: Vec<(On, &Missed)> = Vec::new();
    for own in rules.iter().flat_map(|rule| &rule.tricks).filter(|own| own.trick == trick.name) {
        report.counts.add(own.on, own.count);
        missed.extend(own.missed.iter().map(|example| (own.on, example)));
    }
    missed.sort_by_key(|(on, _)| *on);
    report.missed = missed.into_iter().take(EXAMPLES).map(|(_, example)| example.clone()).collect();
    report
}

impl RuleTrick {
    /// How many were not found.
    #[must_use]
    pub fn missed(&self) -> usize {
        self.count.tried - self.count.caught
    }
}

impl Counts {
    fn add(&mut self, on: On, other: Count) {
        let count = match on {
            On::Words => &mut self.words,
            On::Phrases => &mut self.phrases,
            On::Beyond => &mut self.beyond,
        };
        count.add(other);
    }
}

impl Count {
    fn add(&mut self, other: Count) {
        self.tried += other.tried;
        self.caught += other.caught;
    }
}

#[derive(Clone, Copy)]
struct Attack<'a> {
    tables: &'a Tables,
    sources: &'a Sources,
    words: usize,
}

/// A word of a rule, and the pattern set that looks for it.
struct Word<'a> {
    entry: &'a str,
    set: usize,
}

impl Attack<'_> {
    /// The report on one rule, and how many of its words it excuses; none where it looks for no words.
    fn on(self, rule: &SourcedRule) -> Option<(RuleReport, usize)> {
        let mut sets = Vec::new();
        positive(&rule.rule.matching.as_ref()?.value, &mut sets);
        let words = self.choose(&sets);
        if words.is_empty() {
            return None;
        }
        let mut views: Vec<ViewKind> = Vec::new();
        let mut report = RuleReport {
            rule: rule.rule.id.value.clone(),
            views: Vec::new(),
            entries: 0,
            counts: Counts::default(),
            tricks: Vec::new(),
        };
        let mut excused = 0;
        let mut tricks: BTreeMap<(usize, On), RuleTrick> = BTreeMap::new();
        for (at, set) in sets.iter().enumerate() {
            let own: Vec<&Word<'_>> = words.iter().filter(|word| word.set == at).collect();
            let alone = || compile_alone(&alone(rule, set), self.sources, self.tables);
            let Some(rules) = (!own.is_empty()).then(alone).flatten() else { continue };
            let mut judge = Judge::new(rules);
            let view = set.view.as_ref().map_or(ViewKind::default(), |view| view.value);
            views.push(view);
            for word in own {
                let said = said(word.entry);
                if !judge.finds(std::slice::from_ref(&said)) {
                    excused += 1;
                    continue;
                }
                report.entries += 1;
                for (number, trick) in TRICKS.iter().enumerate() {
                    let Some(texts) = trick.write(word.entry) else { continue };
                    let on = match said.contains(' ') {
                        _ if view < needed(trick.undone) => On::Beyond,
                        false => On::Words,
                        true => On::Phrases,
                    };
                    let caught = judge.finds(&texts);
                    let count = Count { tried: 1, caught: usize::from(caught) };
                    report.counts.add(on, count);
                    let of = tricks.entry((number, on)).or_insert_with(|| RuleTrick {
                        trick: trick.name,
                        on,
                        count: Count::default(),
                        missed: None,
                    });
                    of.count.add(count);
                    if !caught && of.missed.is_none() {
                        let (rule, entry) = (report.rule.clone(), word.entry.to_owned());
                        of.missed = Some(Missed { rule, entry, texts });
                    }
                }
            }
        }
        views.sort_unstable();
        views.dedup();
        report.views = views.into_iter().map(ViewKind::name).collect();
        report.tricks = tricks.into_values().collect();
        Some((report, excused))
    }

    /// Some words of the pattern sets, the same each time: ordered by a hash, so that they come from
    /// all over a list.
    fn choose<'s>(self, sets: &[&'s PatternDoc]) -> Vec<Word<'s>>
    where
        Self: 's,
    {
        let mut chosen: BTreeMap<(u64, &str), usize> = BTreeMap::new();
        for (at, set) in sets.iter().enumerate() {
            let written = set.words.0.iter().chain(&set.anywhere.0).map(|entry| entry.value.as_str());
            let lists = set.list.0.iter().filter_map(|name| self.sources.list(&name.value.0));
            let listed = lists.flat_map(|list| list_entries(&list.text).map(|entry| entry.value));
            for entry in written.chain(listed) {
                chosen.entry((order(entry), entry)).or_insert(at);
            }
        }
        let tells = |entry: &str| TRICKS.iter().any(|trick| trick.write(entry).is_some());
        let words = chosen.into_iter().filter(|((_, entry), _)| tells(entry));
        words.take(self.words).map(|((_, entry), set)| Word { entry, set }).collect()
    }
}

/// The view from which on a trick is undone.
fn needed(undone: Undone) -> ViewKind {
    match undone {
        Undone::Exact => ViewKind::Exact,
        Undone::Folded => ViewKind::Folded,
        Undone::Plain => ViewKind::Plain,
        Undone::Loose => ViewKind::Loose,
    }
}

/// FNV-1a: the same on every machine and in every version.
fn order(entry: &str) -> u64 {
    entry
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The pattern sets of a tree that are to match, those under a `not` left out.
fn positive<'a>(tree: &'a MatchDoc, out: &mut Vec<&'a PatternDoc>) {
    match tree {
        MatchDoc::Patterns(set) => out.push(set),
        MatchDoc::All(branches) | MatchDoc::Any(branches) => {
            for branch in branches {
                positive(&branch.value, out);
            }
        }
        MatchDoc::Not(_) => {}
    }
}

/// The rule as if it were made of the words of one pattern set.
fn alone(rule: &SourcedRule, set: &PatternDoc) -> SourcedRule {
    let mut alone = rule.clone();
    let mut set = set.clone();
    set.regex = OneOrMany(Vec::new());
    set.find = OneOrMany(Vec::new());
    set.domain = OneOrMany(Vec::new());
    if let Some(matching) = &mut alone.rule.matching {
        matching.value = MatchDoc::Patterns(Box::new(set));
    }
    alone.rule.when = None;
    alone
}

/// Tells whether a rule fires on the last of some messages of one sender.
struct Judge {
    engine: Engine,
    senders: usize,
}

impl Judge {
    fn new(rules: RuleSet) -> Self {
        Judge { engine: Engine::new(Arc::new(rules), Arc::new(State::new(Limits::default()))), senders: 0 }
    }

    fn finds(&mut self, texts: &[String]) -> bool {
        self.senders += 1;
        let (facts, sender) = (Facts::new(), self.senders.to_string());
        let mut fired = false;
        for (second, text) in (0..).zip(texts) {
            let mut message = Message::from_text(text.as_str());
            message.sender.uid = sender.as_str().into();
            message.conversation = sender.as_str().into();
            message.sent_at = second * 1000;
            fired = !self.engine.judge(&message, &facts).fired.is_empty();
        }
        fired
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulefile::{Diagnostics, compile};

    fn report(rules: &str, words: usize) -> Report {
        let lists = ["lists/birds.txt", "heron\nbittern # shy\ncr\u{e9}cerelle\nblack grouse\nowl*\n"];
        let sources = Sources::from_memory([["r.yaml", rules], lists].map(|[path, text]| (path, text)));
        let mut found = Diagnostics::default();
        let compiled = compile(&sources, &mut found).unwrap_or_else(|| panic!("{found}"));
        run(&compiled.documents, &compiled.tables, &sources, words, &AtomicUsize::new(0))
    }

    fn trick<'r>(report: &'r Report, name: &str) -> &'r TrickReport {
        report.tricks.iter().find(|trick| trick.trick == name).expect(name)
    }

    #[test]
    fn what_a_view_undoes_is_caught_and_the_rest_is_shown() {
        let report = report(
            "rules:\n  - {id: a, match: {words: [heron], view: loose}, when: 'sender.role == \"x\"'}\n  \
             - {id: b, match: {words: [bittern], view: exact}}\n  - {id: c, match: {regex: bird}}\n",
            9,
        );
        assert_eq!((report.entries, report.excused, report.rules.len()), (2, 0, 2));
        let zero = trick(&report, "zero width");
        assert_eq!(zero.counts.words, Count { tried: 1, caught: 1 });
        assert_eq!(zero.counts.beyond, Count { tried: 1, caught: 0 });
        assert_eq!(zero.missed.len(), 1);
        assert_eq!((&*zero.missed[0].rule, &*zero.missed[0].entry), ("b", "bittern"));
        assert_eq!(trick(&report, "reversed").counts.words, Count { tried: 1, caught: 1 });
        assert_eq!(trick(&report, "two messages").counts.words, Count { tried: 2, caught: 2 });
        assert_eq!(report.rules[1].views, ["exact"]);
        assert!(report.rules[0].counts.words.caught > 35, "{:?}", report.rules[0]);
    }

    #[test]
    fn the_choice_of_words_is_stable_and_no_larger_than_asked() {
        let rules = "rules:\n  - {id: a, match: {all: [{list: birds.txt}, {not: {words: gull}}]}}\n";
        let (two, all) = (report(rules, 2), report(rules, 100));
        assert_eq!((two.entries, all.entries), (2, 5));
        assert_eq!(two, report(rules, 2));
    }

    #[test]
    fn words_that_are_excused_as_they_stand_are_left_out() {
        let report =
            report("rules:\n  - {id: a, match: {words: [heron, gull]}, except: {words: [heron]}}\n", 9);
        assert_eq!((report.entries, report.excused), (1, 1));
    }
}
