//! The cases that a log makes: for each rule that raised a false alarm, what else it hit.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;

use super::phrase::Commonness;
use crate::decision::record::{Fired, Message};
use crate::decision::{ReadError, Reader, Record, TextKept};

/// A recorded decision in which a rule fired.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The decision's id.
    pub id: String,
    /// What was judged.
    pub message: Message<'static>,
}

/// A rule and what it hit.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// The rule's id.
    pub rule: String,
    /// What was marked as false alarms.
    pub marked: Vec<Hit>,
    /// All its other hits.
    pub others: Vec<Hit>,
    /// How many of the others can't be judged again: their texts were not kept in full.
    pub unkept: usize,
}

/// What some logs hold of some false alarms.
#[derive(Debug, Default)]
pub struct Cases {
    /// One for each rule, in the order of their ids.
    pub cases: Vec<Case>,
    /// How common the words are that stand in the false alarms.
    pub common: Commonness,
}

/// Why false alarms can't be made into cases.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The log can't be read, and so nothing can be proven.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A decision is in none of the logs.
    #[error("decision {0} is not in the log")]
    Missing(String),
    /// The text of a false alarm was not kept.
    #[error("decision {0} can't be judged again: its text was not kept in full")]
    NotKept(String),
    /// No rule fired that keeps messages back.
    #[error("decision {id}: no enforced rule with `drop` or `flag` fired{fired}")]
    NoRule {
        /// The decision.
        id: String,
        /// What fired instead, for people.
        fired: String,
    },
}

impl Cases {
    /// Reads logs twice: for the marked decisions, then for all other hits of the rules that fired in
    /// them. The rules are those that were enforced and drop or flag, or else those that are named.
    ///
    /// # Errors
    /// If a log can't be read, or a marked decision is not what can be tuned.
    pub fn collect(logs: &[PathBuf], marked: &[String], named: &[String]) -> Result<Cases, CaseError> {
        let ids: HashSet<&str> = marked.iter().map(String::as_str).collect();
        let mut found: BTreeMap<String, Record<'static>> = BTreeMap::new();
        for record in Reader::open(logs)? {
            let (_, record) = record?;
            if ids.contains(&*record.id) {
                found.insert(record.id.to_string(), record);
            }
        }
        let mut cases: BTreeMap<String, Case> = BTreeMap::new();
        let mut words = BTreeSet::new();
        for id in marked {
            let record = found.get(id).ok_or_else(|| CaseError::Missing(id.clone()))?;
            let message = kept(record).ok_or_else(|| CaseError::NotKept(id.clone()))?;
            words.extend(
                message.parts.iter().filter_map(|part| part.text.as_deref()).flat_map(Commonness::words),
            );
            let rules: Vec<&Fired<'_>> = record.rules.iter().filter(|fired| is_meant(fired, named)).collect();
            if rules.is_empty() {
                return Err(no_rule(record, named));
            }
            for fired in rules {
                let case = cases.entry(fired.id.to_string()).or_default();
                case.rule = fired.id.to_string();
                if !case.marked.iter().any(|hit| hit.id == *id) {
                    case.marked.push(Hit { id: id.clone(), message: message.clone() });
                }
            }
        }
        let mut common = Commonness::of(words);
        for record in Reader::open(logs)? {
            let (_, record) = record?;
            if let Some(message) = kept(&record) {
                common.add(message.parts.iter().filter_map(|part| part.text.as_deref()));
            }
            for fired in record.rules.iter().filter(|_| !ids.contains(&*record.id)) {
                if let Some(case) = cases.get_mut(&*fired.id) {
                    match kept(&record) {
                        Some(message) => {
                            case.others.push(Hit { id: record.id.to_string(), message: message.clone() });
                        }
                        None => case.unkept += 1,
                    }
                }
            }
        }
        Ok(Cases { cases: cases.into_values().collect(), common })
    }
}

fn is_meant(fired: &Fired<'_>, named: &[String]) -> bool {
    if named.is_empty() {
        fired.mode == "enforce" && matches!(&*fired.action, "drop" | "flag")
    } else {
        named.iter().any(|id| *id == fired.id)
    }
}

fn kept<'r>(record: &'r Record<'static>) -> Option<&'r Message<'static>> {
    record.message.as_ref().filter(|_| record.text == TextKept::Full)
}

fn no_rule(record: &Record<'_>, named: &[String]) -> CaseError {
    let told = |fired: &Fired<'_>| format!("{} ({}, {})", fired.id, fired.action, fired.mode);
    let fired: Vec<String> = record.rules.iter().map(told).collect();
    let fired = match (fired.is_empty(), named.is_empty()) {
        (true, _) => ": none did".to_owned(),
        (false, true) => format!("; name one of those that did with --rule: {}", fired.join(", ")),
        (false, false) => format!("; those that did: {}", fired.join(", ")),
    };
    CaseError::NoRule { id: record.id.to_string(), fired }
}
