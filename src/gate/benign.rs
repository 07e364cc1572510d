//! Benign texts under the rules: every hit is a false alarm.
//!
//! Each text is judged on its own, with nothing counted before it: the texts of a corpus are of many
//! conversations, and what they do to a counter together says nothing about any of them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde::Serialize;

use crate::corpus::{Corpus, Sample};
use crate::engine::state::{Limits, State};
use crate::engine::{Action, Decision, Engine, Facts, Mode, Outcome, RuleSet, Span};
use crate::message::Message;

/// In the place of a rule: the verdict came of the sum of scores.
pub const SCORE: &str = "(score)";

/// In the place of a rule: the text could not be judged.
pub const UNSCANNABLE: &str = "(unscannable)";

/// What a corpus comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// How many texts were judged.
    pub texts: usize,
    /// How many of them enforced rules hit.
    pub hit: usize,
    /// How many of them rules in shadow would hit.
    pub shadow_hit: usize,
    /// By rule, those with the most hits first, rules in shadow last.
    pub rules: Vec<RuleHits>,
}

/// What one rule hits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleHits {
    /// The rule, or [`SCORE`] or [`UNSCANNABLE`].
    pub rule: String,
    /// What it does to a message.
    pub action: &'static str,
    /// Whether it is in shadow: told, but no hit.
    pub shadow: bool,
    /// In the order of the corpus.
    pub hits: Vec<Hit>,
}

/// A text that a rule hits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hit {
    /// Its file.
    pub source: String,
    /// Its line, from 1.
    pub line: usize,
    /// The part of the message: `text` unless it is another of its texts.
    pub part: String,
    /// The text.
    pub text: String,
    /// Bytes of the text that matched, in its order; none where the rule looks at the whole message.
    pub matches: Vec<Range<usize>>,
}

/// What is judged, and what counts.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The rules.
    pub rules: &'a Arc<RuleSet>,
    /// The texts.
    pub corpus: &'a Corpus,
    /// The mildest action that makes a hit.
    pub from: Action,
    /// When texts without a time are taken to be sent, in milliseconds since 1970: rules expire.
    pub now: i64,
}

/// What a rule that was hit is known by: shadow, its name, its action.
type Key = (bool, String, &'static str);

impl Question<'_> {
    /// Judges all texts on as many threads as there are cores; the answer does not depend on them.
    /// `judged` counts the texts so far.
    #[must_use]
    pub fn ask(&self, judged: &AtomicUsize) -> Findings {
        let samples = &self.corpus.samples;
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let share = samples.len().div_ceil(threads).max(1);
        let parts: Vec<Part> = thread::scope(|scope| {
            let running: Vec<_> = samples
                .chunks(share)
                .map(|samples| scope.spawn(move || self.judge(samples, judged)))
                .collect();
            // A panic of the engine is a bug to be seen, not a text to be left out.
            running
                .into_iter()
                .map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        let mut findings = Findings { texts: samples.len(), ..Findings::default() };
        let mut all: BTreeMap<Key, Vec<Hit>> = BTreeMap::new();
        for part in parts {
            findings.hit += part.hit;
            findings.shadow_hit += part.shadow_hit;
            for (key, hits) in part.rules {
                all.entry(key).or_default().extend(hits);
            }
        }
        findings.rules = all
            .into_iter()
            .map(|((shadow, rule, action), hits)| RuleHits { rule, action, shadow, hits })
            .collect();
        findings.rules.sort_by_key(|rule| (rule.shadow, std::cmp::Reverse(rule.hits.len())));
        findings
    }

    fn judge(&self, samples: &[Sample], judged: &AtomicUsize) -> Part {
        let mut part = Part::default();
        for sample in samples {
            let engine = Engine::new(Arc::clone(self.rules), Arc::new(State::new(Limits::default())));
            let mut message = sample.message();
            if message.sent_at == 0 {
                message.sent_at = self.now;
            }
            let decision = engine.judge(&message, &Facts::new());
            self.add(&mut part, &Judged { sample, message: &message }, &decision);
            judged.fetch_add(1, Ordering::Relaxed);
        }
        part
    }

    fn add(&self, part: &mut Part, judged: &Judged<'_>, decision: &Decision) {
        if decision.outcome != Outcome::Judged {
            part.hit += 1;
            part.add((false, UNSCANNABLE.to_owned(), Action::Drop.name()), judged.hit(&[]));
            return;
        }
        let counts = |action: Action| action != Action::Pass && action >= self.from;
        let rules = self.rules.rules();
        // A rule that is enforced for a share of the senders counts: somebody is hit.
        let (enforced, shadow): (Vec<_>, Vec<_>) =
            decision.fired.iter().partition(|fired| rules[fired.rule].mode == Mode::Enforce);
        let trusted = enforced.iter().any(|fired| rules[fired.rule].action == Action::Pass);
        let mut by_rule = false;
        for fired in enforced.iter().filter(|fired| !trusted && counts(rules[fired.rule].action)) {
            let rule = &rules[fired.rule];
            by_rule = true;
            part.add((false, rule.id.clone(), rule.action.name()), judged.hit(&fired.spans));
        }
        let verdict = decision.verdict.action.filter(|action| !trusted && counts(*action));
        if let (Some(action), false) = (verdict, by_rule) {
            let spans: Vec<_> = enforced.iter().flat_map(|fired| fired.spans.clone()).collect();
            part.add((false, SCORE.to_owned(), action.name()), judged.hit(&spans));
        }
        part.hit += usize::from(by_rule || verdict.is_some());
        let mut in_shadow = false;
        for fired in shadow.iter().filter(|fired| counts(rules[fired.rule].action)) {
            let rule = &rules[fired.rule];
            in_shadow = true;
            part.add((true, rule.id.clone(), rule.action.name()), judged.hit(&fired.spans));
        }
        part.shadow_hit += usize::from(in_shadow);
    }
}

/// What some of the texts come to.
#[derive(Default)]
struct Part {
    hit: usize,
    shadow_hit: usize,
    rules: BTreeMap<Key, Vec<Hit>>,
}

impl Part {
    fn add(&mut self, key: Key, hit: Hit) {
        self.rules.entry(key).or_default().push(hit);
    }
}

/// A text that was judged.
struct Judged<'a> {
    sample: &'a Sample,
    message: &'a Message<'a>,
}

impl Judged<'_> {
    /// The part of the message where the first span lies, with all that matched there.
    fn hit(&self, spans: &[Span]) -> Hit {
        let at = spans.iter().map(|span| span.part).min().unwrap_or(0);
        let part = self.message.parts.get(at);
        let mut matches: Vec<Range<usize>> =
            spans.iter().filter(|span| span.part == at).map(|span| span.range.clone()).collect();
        matches.sort_by_key(|range| (range.start, range.end));
        Hit {
            source: self.sample.source.to_string(),
            line: self.sample.line,
            part: part.map_or_else(String::new, |part| part.name.clone().into_owned()),
            text: part.map_or_else(String::new, |part| part.text.clone().into_owned()),
            matches,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulefile::{Diagnostics, Sources, compile};

    const RULES: &str = r#"rules:
  - {id: a, match: {words: [heron, crane]}, action: drop}
  - {id: b, match: {words: [heron]}, action: flag, mode: shadow}
  - {id: c, match: {words: [stork, egret]}, score: 3}
  - {id: d, match: {words: [bittern]}, score: 3}
  - {id: e, match: {words: [friend]}, action: pass}
  - {id: f, match: {words: [gull]}, action: flag, sample: 1%}
  - {id: g, match: {words: [rail]}, action: flag, expires: 2000-01-01}
  - {id: h, when: "repeats(duration('1h')) > 1", action: drop}
"#;

    fn findings(texts: &[&str], from: Action) -> Findings {
        let sources = Sources::from_memory([("r.yaml", RULES), ("policy.yaml", "score: {flag: 5}\n")]);
        let mut found = Diagnostics::default();
        let rules = Arc::new(compile(&sources, &mut found).expect("they compile").rules);
        let source = "c".into();
        let samples = (1..).zip(texts).map(|(line, text)| Sample::text(&source, line, *text));
        let corpus = Corpus { samples: samples.collect(), without_text: 0 };
        let question = Question { rules: &rules, corpus: &corpus, from, now: 1_700_000_000_000 };
        question.ask(&AtomicUsize::new(0))
    }

    fn told(findings: &Findings) -> Vec<String> {
        let tell = |rule: &RuleHits| {
            let lines: Vec<usize> = rule.hits.iter().map(|hit| hit.line).collect();
            format!("{}{} {} {lines:?}", if rule.shadow { "shadow " } else { "" }, rule.rule, rule.action)
        };
        findings.rules.iter().map(tell).collect()
    }

    #[test]
    fn texts_are_counted_and_rules_told() {
        let texts = [
            "a crane",
            "a heron and a crane",
            "nothing",
            "a stork",
            "a stork, a bittern",
            "gull",
            "rail",
            "heron, my friend",
            "nothing",
        ];
        let found = findings(&texts, Action::Flag);
        assert_eq!((found.texts, found.hit, found.shadow_hit), (9, 4, 2));
        let expected = ["a drop [1, 2]", "(score) flag [5]", "f flag [6]", "shadow b flag [2, 8]"];
        assert_eq!(told(&found), expected);
        assert_eq!(found.rules[0].hits[1].matches, [2..7, 14..19]);
        assert_eq!(findings(&texts, Action::Drop).hit, 2);
        assert_eq!(findings(&texts, Action::Annotate).hit, 5);
    }

    #[test]
    fn what_cannot_be_judged_is_a_hit() {
        let long = "x ".repeat(40_000);
        let found = findings(&[&long], Action::Drop);
        assert_eq!((found.hit, told(&found)), (1, vec!["(unscannable) drop [1]".to_owned()]));
    }
}
