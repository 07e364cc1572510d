//! Decision logs for tests: written by the writer of records, from messages that are judged by rules.

use std::fmt::Write as _;
use std::fs;
use std::sync::Arc;

use premod::decision::{Record, Subject, TextKept};
use premod::engine::state::{Limits, State};
use premod::engine::{Action, Engine, Facts, Outcome};
use premod::message::Message;
use premod::platform::cometchat::before_message;
use premod::rulefile::{Diagnostics, Sources, compile};

use crate::command::project;

/// The small log that the project keeps.
pub(crate) const WEEK: &str = "tests/data/decisions/week.jsonl";
/// The rules that it was judged by.
pub(crate) const RULES: &str = "tests/data/decisions/rules";
/// 2026-11-16T08:00Z, a Monday.
const BEGIN: i64 = 1_794_816_000_000;

/// The id of a decision, by its number from 0.
pub(crate) fn id(number: usize) -> String {
    format!("01a00000-0000-7000-8000-{number:012x}")
}

/// The log of messages, in the order in which they are sent, with texts in full or as given.
pub(crate) fn log(rules: &Sources, messages: &[Message<'_>], kept: TextKept) -> String {
    let mut out = Diagnostics::default();
    let compiled = compile(rules, &mut out).unwrap_or_else(|| panic!("{:?}", out.sorted()));
    let engine = Engine::new(Arc::new(compiled.rules), Arc::new(State::new(Limits::default())));
    let mut log = String::new();
    for (number, message) in messages.iter().enumerate() {
        let decision = engine.judge(message, &Facts::new());
        let dropped = decision.verdict.action == Some(Action::Drop);
        let outcome = match decision.outcome {
            Outcome::Judged => "judged",
            Outcome::Unscannable(_) => "unscannable:budget",
        };
        let answer = before_message::answer(&decision.verdict, 8 << 10);
        let subject = Subject {
            id: &id(number),
            time: message.sent_at + 5,
            route: "cometchat",
            outcome,
            detail: "",
            decision: Some(&decision),
            message: Some(message),
            rules: Some(engine.rules()),
            revision: engine.rules().revision(),
            answer: &answer.body,
            dropped,
            engine_ns: 1500 + 100 * number as u64,
            state: "01a00000-0000-7000-9000-000000000000",
        };
        let record = serde_json::to_string(&Record::of(&subject, kept, b"key")).expect("JSON");
        let mut line = Vec::new();
        Record::write(&subject, kept, b"key", &mut line);
        assert_eq!(String::from_utf8(line).expect("UTF-8"), record);
        let _ = writeln!(log, "{record}");
    }
    log
}

/// The messages of the small log.
pub(crate) fn messages() -> Vec<Message<'static>> {
    let text = fs::read_to_string(project("tests/data/decisions/messages.txt")).expect("messages");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| message(line).unwrap_or_else(|| panic!("{line}"))).collect()
}

fn message(line: &str) -> Option<Message<'static>> {
    let [after, sender, role, receiver, text] =
        line.splitn(5, " | ").map(str::trim).collect::<Vec<_>>().try_into().ok()?;
    let mut message = Message::from_text(unescaped(text));
    message.platform = "cometchat".into();
    message.sent_at = BEGIN + 60_000 * minutes(after)?;
    message.muid = format!("m{after}").into();
    message.sender.uid = sender.to_owned().into();
    message.sender.role = role.to_owned().into();
    if let Some(group) = receiver.strip_prefix('#') {
        message.receiver.kind = "group".into();
        message.receiver.id = group.to_owned().into();
        message.conversation = format!("group_{group}").into();
    } else {
        message.receiver.id = receiver.to_owned().into();
        let (one, other) = if sender < receiver { (sender, receiver) } else { (receiver, sender) };
        message.conversation = format!("{one}_user_{other}").into();
    }
    Some(message)
}

/// `2h5m` in minutes.
fn minutes(text: &str) -> Option<i64> {
    let (hours, rest) = text.split_once('h').unwrap_or(("0", text));
    let minutes = rest.strip_suffix('m').unwrap_or("0");
    Some(hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?)
}

/// `\u{…}` as the character it stands for.
fn unescaped(text: &str) -> String {
    let mut pieces = text.split("\\u{");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (code, rest) = piece.split_once('}').expect("a code in braces");
        out.extend(u32::from_str_radix(code, 16).ok().and_then(char::from_u32));
        out.push_str(rest);
    }
    out
}

/// The rules of a directory of the project.
pub(crate) fn sources(directory: &str) -> Sources {
    let mut out = Diagnostics::default();
    let sources = Sources::read(&project(directory), &mut out);
    assert!(!out.has_errors(), "{:?}", out.sorted());
    sources
}

#[test]
fn the_small_log_is_what_the_writer_writes() {
    let written = log(&sources(RULES), &messages(), TextKept::Full);
    if std::env::var_os("PREMOD_WRITE_DATA").is_some() {
        fs::write(project(WEEK), &written).expect("written");
    }
    let kept = fs::read_to_string(project(WEEK)).expect("a log");
    let differ = written.lines().zip(kept.lines()).find(|(written, kept)| written != kept);
    assert_eq!(differ, None);
    assert_eq!(written.lines().count(), kept.lines().count());
}
