//! What a decision was beside what it is now.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use serde_json::Value;
use serde_json::value::RawValue;

use super::{Answer, Change, Replay, Turns};
use crate::decision::record::{Fired, Record, Subject, TextKept};
use crate::engine::{Decision, Outcome};
use crate::message::Message;

/// What came of one record.
pub(super) struct Comparison {
    /// None where action and answer are what they were. Its index is left to the caller.
    pub(super) change: Option<Change>,
    /// Rules that fire otherwise.
    pub(super) turns: Vec<(String, Turns)>,
    /// Whether it had to come out byte for byte and did not.
    pub(super) differs: bool,
}

/// Compares a record with the decision that the same message gets now. A line is given where the two
/// have to be the same.
pub(super) fn compare(
    replay: &Replay<'_>,
    record: &Record<'_>,
    message: &Message<'_>,
    decision: &Decision,
    line: Option<&[u8]>,
) -> Comparison {
    let cause = match &decision.outcome {
        Outcome::Judged => "",
        Outcome::Unscannable(cause) => cause,
    };
    if !cause.is_empty() && cause == record.detail {
        // still without a verdict: what was answered was no rule's doing
        return Comparison { change: None, turns: Vec::new(), differs: false };
    }
    let verdict = cause.is_empty().then_some(&decision.verdict);
    let answer = replay.answers.answer(&record.route, verdict);
    let now = remade(replay, record, message, decision, &answer, cause);
    let turns = turns(&record.rules, &now.rules);
    let differs = line.is_some_and(|line| !is_same(&now, line, record));
    let changed = record.action != now.action || !is_same_answer(record, &answer);
    let change = changed.then(|| {
        let rules = concerned(&record.rules, &now.rules);
        Change {
            index: 0,
            decision: record.id.to_string(),
            was: record.action.to_string(),
            now: now.action.to_string(),
            was_answer: record.answer.clone().map(Cow::into_owned),
            now_answer: String::from_utf8(answer.body.clone())
                .ok()
                .and_then(|it| RawValue::from_string(it).ok()),
            detail: cause.to_owned(),
            spans: spans(&rules, &record.rules, &now.rules),
            rules,
        }
    });
    Comparison { change, turns, differs }
}

/// The record as it would be written now, with all that a replay can't know taken over.
fn remade<'a>(
    replay: &'a Replay<'_>,
    record: &'a Record<'_>,
    message: &'a Message<'a>,
    decision: &'a Decision,
    answer: &'a Answer,
    cause: &'a str,
) -> Record<'a> {
    let subject = Subject {
        id: &record.id,
        time: record.time,
        route: &record.route,
        outcome: if cause.is_empty() { "judged" } else { "unscannable" },
        detail: cause,
        decision: Some(decision),
        message: Some(message),
        rules: Some(&replay.rules),
        revision: replay.rules.revision(),
        answer: &answer.body,
        dropped: answer.dropped,
        engine_ns: 0,
        state: record.state.as_ref().map_or("", |place| &place.id),
    };
    let mut now = Record::of(&subject, TextKept::Full, &[]);
    now.engine_us = record.engine_us;
    if let (Some(now), Some(was)) = (&mut now.state, &record.state) {
        now.steps = was.steps;
    }
    now
}

/// Whether two records are the same, byte for byte as they would be written.
fn is_same(now: &Record<'_>, line: &[u8], record: &Record<'_>) -> bool {
    let now = serde_json::to_vec(now).unwrap_or_default();
    // a log that went through other hands may have its keys in another order
    now == line || serde_json::to_vec(record).is_ok_and(|was| was == now)
}

fn is_same_answer(record: &Record<'_>, answer: &Answer) -> bool {
    let Some(was) = &record.answer else { return true };
    let read = |json: &[u8]| serde_json::from_slice::<Value>(json).ok();
    was.get().as_bytes() == answer.body || read(was.get().as_bytes()) == read(&answer.body)
}

/// The rules that fire now and did not, that did and don't, or that count otherwise.
fn turns(was: &[Fired<'_>], now: &[Fired<'_>]) -> Vec<(String, Turns)> {
    let of =
        |all: &[Fired<'_>], id: &str| all.iter().find(|one| one.id == id).map(|one| one.mode.to_string());
    let ids: BTreeSet<&str> = was.iter().chain(now).map(|fired| &*fired.id).collect();
    let turn = |id: &str| match (of(was, id), of(now, id)) {
        (None, Some(_)) => Some(Turns { fires: 1, ..Turns::default() }),
        (Some(_), None) => Some(Turns { silent: 1, ..Turns::default() }),
        (was, now) => (was != now).then_some(Turns { mode: 1, ..Turns::default() }),
    };
    ids.into_iter().filter_map(|id| Some((id.to_owned(), turn(id)?))).collect()
}

/// The rules that a change comes of, sorted: those by which the two sides differ, or where they differ
/// by none (a threshold of scores was moved, metadata were rewritten) those that fired at all.
fn concerned(was: &[Fired<'_>], now: &[Fired<'_>]) -> Vec<String> {
    let written = |all: &[Fired<'_>]| -> BTreeSet<(String, String)> {
        let one =
            |fired: &Fired<'_>| (fired.id.to_string(), serde_json::to_string(fired).unwrap_or_default());
        all.iter().map(one).collect()
    };
    let (was, now) = (written(was), written(now));
    let mut differing: BTreeSet<&String> = was.symmetric_difference(&now).map(|(id, _)| id).collect();
    if differing.is_empty() {
        differing = now.iter().map(|(id, _)| id).collect();
    }
    differing.into_iter().cloned().collect()
}

/// What these rules matched, now or, where they don't fire any more, then.
fn spans(rules: &[String], was: &[Fired<'_>], now: &[Fired<'_>]) -> Vec<(usize, Range<usize>)> {
    let mut out = Vec::new();
    for rule in rules {
        let fired = now.iter().chain(was).find(|fired| fired.id == *rule);
        out.extend(
            fired.into_iter().flat_map(|fired| &fired.spans).map(|span| (span.part, span.start..span.end)),
        );
    }
    out.sort_unstable_by_key(|(part, range)| (*part, range.start, range.end));
    out.dedup();
    out
}
