//! From documents to a rule set: what the words mean.
//!
//! Patterns and expressions are compiled here, each mistake told at its place in the file, all of
//! them, before anything is put together: a rule set is whole and valid or does not exist.

mod fingerprint;
mod kept;
mod pattern;

use std::collections::BTreeMap;
use std::ops::Range;

use fingerprint::fingerprint;
pub use kept::Kept;

use super::diagnostic::{Diagnostics, Report};
use super::document::{
    Documents, Mask as MaskDoc, MatchDoc, Mode as ModeDoc, PolicyFile, RuleDoc, SourcedRule,
};
use super::record::{Json, Spanned};
use super::source::Sources;
use crate::engine::RuleSet;
use crate::engine::condition::{ConditionsBuilder, Expect, ExprError, ExprId};
use crate::engine::rule::{Mask, Mode, PatternSet, Rule, Template, Tree};
use crate::engine::scan::SetId;
use crate::engine::table::Tables;
use crate::engine::verdict::Policy;

const DAY: i64 = 86_400_000;

/// Most words of all rules together, each way to write them that `loose` looks for counted: so many
/// are loaded within 5 s, and take about a gigabyte.
pub const MOST_WORDS: usize = 500_000;

/// A rules directory, compiled.
#[derive(Debug)]
pub struct Compiled {
    /// The rules, ready to judge.
    pub rules: RuleSet,
    /// What they were compiled from, tests included.
    pub documents: Documents,
    /// What `lookup` may name.
    pub tables: Tables,
}

/// Compiles all rules; none where anything is in error.
#[must_use]
pub fn compile(sources: &Sources, out: &mut Diagnostics) -> Option<Compiled> {
    compile_again(sources, &mut Kept::default(), out)
}

/// Compiles all rules as [`compile`] does, with the regular expressions that the load before left.
#[must_use]
pub fn compile_again(sources: &Sources, kept: &mut Kept, out: &mut Diagnostics) -> Option<Compiled> {
    compile_within(Room(Some(MOST_WORDS)), sources, kept, out)
}

/// Compiles all rules, of so many words together.
fn compile_within(
    mut room: Room,
    sources: &Sources,
    kept: &mut Kept,
    out: &mut Diagnostics,
) -> Option<Compiled> {
    kept.begin();
    let documents = Documents::read(sources, out);
    let tables = tables(sources, out);
    let mut conditions = ConditionsBuilder::new(tables.clone()).knowing(kept.conditions());
    let mut parts = Vec::new();
    for sourced in &documents.rules {
        let mut report = out.report(&sourced.file);
        let mut compiler = Compiler {
            sources,
            policy: documents.policy.as_ref(),
            conditions: &mut conditions,
            kept,
            room: &mut room,
            report: &mut report,
            asides: Vec::new(),
        };
        parts.extend(compiler.rule(&sourced.rule));
        for aside in compiler.asides {
            out.extend(aside);
        }
    }
    warn_of_shared_keys(&documents, out);
    if out.has_errors() {
        return None;
    }
    let conditions = conditions.build();
    kept.end(&conditions);
    let score = documents.policy.as_ref().and_then(|policy| policy.score.as_ref());
    let policy = score.map_or_else(Policy::default, |score| Policy { flag: score.flag, drop: score.drop });
    let rules = RuleSet::new(parts, conditions, policy, sources.revision());
    Some(Compiled { rules, documents, tables })
}

/// Compiles one rule by itself, enforced for everybody at any time: what its tests judge. None where
/// it is in error, which [`compile`] has told.
#[must_use]
pub fn compile_alone(lone: &SourcedRule, sources: &Sources, tables: &Tables) -> Option<RuleSet> {
    compile_beside(lone, &[], sources, tables)
}

/// The same, with others beside it.
#[must_use]
pub fn compile_beside(
    lone: &SourcedRule,
    others: &[SourcedRule],
    sources: &Sources,
    tables: &Tables,
) -> Option<RuleSet> {
    let mut conditions = ConditionsBuilder::new(tables.clone());
    let mut unread = Diagnostics::default();
    let mut report = unread.report(&lone.file);
    let mut compiler = Compiler {
        sources,
        policy: None,
        conditions: &mut conditions,
        kept: &mut Kept::default(),
        room: &mut Room(Some(MOST_WORDS)),
        report: &mut report,
        asides: Vec::new(),
    };
    let (mut rule, sets) = compiler.rule(&lone.rule)?;
    rule.mode = Mode::Enforce;
    rule.sample = None;
    rule.expires = None;
    let mut all = vec![(rule, sets)];
    for other in others {
        all.push(compiler.rule(&other.rule)?);
    }
    Some(RuleSet::new(all, conditions.build(), Policy::default(), sources.revision()))
}

/// How many words more there may be; none once there were too many.
struct Room(Option<usize>);

struct Compiler<'a, 'r> {
    sources: &'a Sources,
    policy: Option<&'a PolicyFile>,
    kept: &'a mut Kept,
    conditions: &'a mut ConditionsBuilder,
    room: &'a mut Room,
    report: &'a mut Report<'r>,
    /// What is found in other files: in word lists.
    asides: Vec<Diagnostics>,
}

impl Compiler<'_, '_> {
    fn rule(&mut self, doc: &RuleDoc) -> Option<(Rule, Vec<PatternSet>)> {
        let before = self.report.errors();
        let mut sets = Vec::new();
        let matcher = doc
            .matching
            .as_ref()
            .map(|matching| self.tree(&matching.value, matching.range.clone(), &mut sets));
        let except = doc.except.as_ref().map(|except| {
            sets.push(self.pattern_set(&except.value, except.range.clone()));
            index(sets.len() - 1)
        });
        let when = doc.when.as_ref().and_then(|when| self.expression(when, 0, Expect::Bool));
        let metadata = doc.metadata.0.iter();
        let metadata =
            metadata.filter_map(|(key, value)| Some((key.value.clone(), self.template(value)?))).collect();
        self.warn_if_it_cannot_fire(doc, when, matcher.as_ref(), &sets);
        let rule = Rule {
            id: doc.id.value.clone(),
            fingerprint: fingerprint(doc, self.policy, self.sources),
            why: text(doc.why.as_ref()),
            owner: text(doc.owner.as_ref()),
            mode: match doc.mode {
                ModeDoc::Enforce => Mode::Enforce,
                ModeDoc::Shadow => Mode::Shadow,
                ModeDoc::Off => Mode::Off,
            },
            sample: doc.sample.as_ref().map(|sample| hundredths(sample.value.0)),
            expires: doc.expires.as_ref().map(|last| (last.value.days() + 1) * DAY),
            matcher,
            except,
            when,
            action: doc.action.value,
            labels: doc.labels.0.iter().map(|label| label.value.clone()).collect(),
            score: doc.score.as_ref().map_or(0, |score| score.value),
            mask: doc.mask.as_ref().map(|mask| match &mask.value {
                MaskDoc::Stars => Mask::Stars,
                MaskDoc::Text(instead) => Mask::Text(instead.clone()),
            }),
            metadata,
        };
        (self.report.errors() == before).then_some((rule, sets))
    }

    fn tree(&mut self, doc: &MatchDoc, range: Range<usize>, sets: &mut Vec<PatternSet>) -> Tree {
        let mut branches = |compiler: &mut Self, docs: &[Spanned<MatchDoc>]| {
            docs.iter().map(|doc| compiler.tree(&doc.value, doc.range.clone(), sets)).collect()
        };
        match doc {
            MatchDoc::Patterns(set) => {
                let set = self.pattern_set(set, range);
                sets.push(set);
                Tree::Set(index(sets.len() - 1))
            }
            MatchDoc::All(docs) => Tree::All(branches(self, docs)),
            MatchDoc::Any(docs) => Tree::Any(branches(self, docs)),
            MatchDoc::Not(doc) => Tree::Not(Box::new(self.tree(&doc.value, doc.range.clone(), sets))),
        }
    }

    /// Compiles the expression that begins at a byte of a text.
    fn expression(&mut self, text: &Spanned<String>, start: usize, expect: Expect) -> Option<ExprId> {
        match self.conditions.add(&text.value[start..], expect) {
            Ok(expression) => Some(expression),
            Err(errors) => {
                for ExprError { message, range: inner, help } in errors {
                    let place = text.locate(self.report.file(), &(inner.start + start..inner.end + start));
                    let found = self.report.error(place, message);
                    if let Some(help) = help {
                        found.help(help);
                    }
                }
                None
            }
        }
    }

    /// A string that begins with `=` is an expression, one that begins with `==` a text.
    fn template(&mut self, json: &Spanned<Json>) -> Option<Template> {
        Some(match &json.value {
            Json::String(text) if text.starts_with("==") => Template::Value(text[1..].into()),
            Json::String(text) if text.starts_with('=') => {
                let whole = Spanned { value: text.clone(), range: json.range.clone() };
                Template::Expr(self.expression(&whole, 1, Expect::Any)?)
            }
            Json::Array(items) => {
                Template::List(items.iter().filter_map(|item| self.template(item)).collect())
            }
            Json::Object(fields) => Template::Object(
                fields
                    .iter()
                    .filter_map(|(key, value)| Some((key.value.clone(), self.template(value)?)))
                    .collect(),
            ),
            plain => Template::Value(plain.value()),
        })
    }

    fn warn_if_it_cannot_fire(
        &mut self,
        doc: &RuleDoc,
        when: Option<ExprId>,
        matcher: Option<&Tree>,
        sets: &[PatternSet],
    ) {
        if let (Some(written), Some(when)) = (&doc.when, when)
            && self.conditions.always(when) == Some(false)
        {
            self.report
                .warning(written.range.clone(), "this rule can never fire: its condition is always false");
        }
        if let Some(sample) = &doc.sample
            && sample.value.0 <= 0.0
        {
            self.report
                .warning(sample.range.clone(), "enforced for nobody: `mode: shadow` says so more clearly");
        }
        if let (Some(except), Some(Tree::Set(_)), [own, excused]) = (&doc.except, matcher, sets) {
            let all_excused = !own.entries.is_empty()
                && (own.patterns.is_empty()
                    && own.folded.is_empty()
                    && own.finds.is_empty()
                    && own.domains.is_empty())
                && own.entries.iter().all(|entry| {
                    excused
                        .entries
                        .iter()
                        .any(|other| other.canonical() == entry.canonical() && other.view() >= entry.view())
                });
            if all_excused {
                self.report.warning(
                    except.range.clone(),
                    "this rule can never fire: `except` excuses all that it matches",
                );
            }
        }
    }
}

fn tables(sources: &Sources, out: &mut Diagnostics) -> Tables {
    let mut tables = Tables::default();
    for (name, is_json, file) in sources.tables() {
        let read =
            if is_json { tables.from_json(name, &file.text) } else { tables.from_csv(name, &file.text) };
        if let Err(error) = read {
            let at = byte_of(&file.text, error.line, error.column);
            out.error(file, at..at, error.message);
        }
    }
    tables
}

/// The byte at a line and column, both from 1.
fn byte_of(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    text[start..].char_indices().nth(column - 1).map_or(text.len(), |(at, _)| start + at)
}

/// Rules that inject the same key meet only where both fire, and then the smaller id wins.
fn warn_of_shared_keys(documents: &Documents, out: &mut Diagnostics) {
    let mut first: BTreeMap<&str, (&SourcedRule, bool)> = BTreeMap::new();
    let mut rules: Vec<&SourcedRule> =
        documents.rules.iter().filter(|sourced| sourced.rule.mode != ModeDoc::Off).collect();
    rules.sort_by(|a, b| a.rule.id.value.cmp(&b.rule.id.value));
    for sourced in rules {
        for (key, value) in &sourced.rule.metadata.0 {
            let object = matches!(value.value, Json::Object(_));
            match first.get(key.value.as_str()) {
                Some((winner, merges)) if !(object && *merges) => {
                    let message = format!("`{}` injects `{}` too", winner.rule.id.value, key.value);
                    out.warning(&sourced.file, key.range.clone(), message)
                        .help("where both rules fire, the value of the smaller id is injected");
                }
                Some(_) => {}
                None => {
                    first.insert(&key.value, (sourced, object));
                }
            }
        }
    }
}

fn text(value: Option<&Spanned<String>>) -> String {
    value.map_or_else(String::new, |value| value.value.clone())
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share lies between 0 and 1")]
fn hundredths(share: f64) -> u32 {
    (share * 10_000.0).round() as u32
}

fn index(at: usize) -> SetId {
    SetId::try_from(at).unwrap_or(SetId::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_words_than_there_is_room_for_are_an_error_told_once() {
        let sources = Sources::from_memory([
            ("a.yaml", "rules: [{id: a, match: {list: b.txt}}, {id: b, match: {words: [gull, heron]}}]\n"),
            ("lists/b.txt", "heron\nheron\ncrane\nstork\negret\nibis\n"),
        ]);
        let told = |room: usize| {
            let mut out = Diagnostics::default();
            let compiled = compile_within(Room(Some(room)), &sources, &mut Kept::default(), &mut out);
            let lines: Vec<usize> = out
                .sorted()
                .iter()
                .filter(|one| one.message.starts_with("more than "))
                .filter_map(|one| Some(one.place()?.0))
                .collect();
            (compiled.is_some(), lines)
        };
        assert_eq!(told(7), (true, vec![]));
        assert_eq!(told(6), (false, vec![1]));
        assert_eq!(told(3), (false, vec![5]));
    }
}
