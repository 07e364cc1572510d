//! How long a day's log takes to judge again: 100,000 decisions on real chat, under the shipped rules.
//!
//! `cargo bench --bench replay` makes the log (four threads at once, 500 senders in 200 conversations,
//! the lines of `tests/data/chat/sample.txt` over and over, each numbered), replays it under its own
//! rules and under edited ones, and fails where anything comes out that should not. The log stays in
//! `target/tmp/replay.jsonl`.

#![allow(clippy::cast_precision_loss, reason = "bytes of a log are few")]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use premod::decision::replay::{Answer, Answers, Log, Replay, Replayed};
use premod::decision::{Lines, Record, Subject, TextKept};
use premod::engine::state::State;
use premod::engine::{Action, Engine, Facts, RuleSet, Verdict};
use premod::message::{Message, Sender};
use premod::platform::cometchat::before_message;
use premod::rulefile::{Diagnostics, Sources, compile};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const DECISIONS: usize = 100_000;

struct Platform;

impl Answers for Platform {
    fn answer(&self, _: &str, verdict: Option<&Verdict>) -> Answer {
        verdict.map_or(Answer { body: before_message::DROP.to_vec(), dropped: true }, |verdict| Answer {
            body: before_message::answer(verdict, 8192).body.into_owned(),
            dropped: verdict.action == Some(Action::Drop),
        })
    }
}

fn main() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sample = fs::read_to_string(project.join("tests/data/chat/sample.txt")).expect("the sample");
    let texts: Vec<&str> = sample.lines().collect();
    let shipped = rules(&project.join("rules"), None);
    let edited = rules(
        &project.join("rules"),
        Some("rules: [{id: zz.edited, match: {words: [school]}, action: drop}]\n"),
    );

    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("replay.jsonl");
    let lines = judged(&shipped, &texts, 4);
    fs::write(&path, &lines).expect("room");
    println!("{DECISIONS} decisions, {:.1} MB", lines.len() as f64 / 1e6);

    let cores = thread::available_parallelism().map_or(1, usize::from);
    for threads in [1, cores] {
        let own = timed("its own rules", &path, &shipped, threads);
        assert_eq!((own.records, own.replayable, own.changed.len()), (DECISIONS, DECISIONS, 0));
        assert_eq!((own.differing.len(), own.rules.len()), (0, 0));
    }
    // judged one after the other, a log can be held against one that the edited rules made
    let lines = judged(&shipped, &texts, 1);
    let fresh = judged(&edited, &texts, 1);
    let path = path.with_file_name("replay-in-turn.jsonl");
    fs::write(&path, &lines).expect("room");
    let other = timed("with one rule more", &path, &edited, cores);
    fs::remove_file(&path).expect("it is there");
    let expected: Vec<String> =
        lines.lines().zip(fresh.lines()).filter_map(|(was, now)| changed(was, now)).collect();
    assert!(!expected.is_empty());
    assert_eq!(other.changed.iter().map(|change| change.decision.clone()).collect::<Vec<_>>(), expected);
    println!("{} change, as judging freshly gives", expected.len());
}

/// The id of a decision that two logs tell otherwise.
fn changed(was: &str, now: &str) -> Option<String> {
    let read = |line| serde_json::from_str::<Record<'static>>(line).expect("a record");
    let (was, now) = (read(was), read(now));
    let answer = |record: &Record<'_>| record.answer.as_ref().map(|raw| raw.get().to_owned());
    assert_eq!(was.id, now.id);
    (was.action != now.action || answer(&was) != answer(&now)).then(|| was.id.into_owned())
}

fn rules(directory: &Path, more: Option<&str>) -> Arc<RuleSet> {
    let copy = tempfile::TempDir::new().expect("a directory");
    let mut out = Diagnostics::default();
    copied(directory, copy.path());
    if let Some(more) = more {
        fs::write(copy.path().join("more.yaml"), more).expect("room");
    }
    let compiled = compile(&Sources::read(copy.path(), &mut out), &mut out);
    Arc::new(compiled.unwrap_or_else(|| panic!("{out}")).rules)
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("room");
    for entry in fs::read_dir(from).expect("a directory").flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copied(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).expect("room");
        }
    }
}

/// The log of a server whose threads judge at the same time.
fn judged(rules: &Arc<RuleSet>, texts: &[&str], threads: usize) -> String {
    let engine = Engine::new(Arc::clone(rules), Arc::new(State::default()));
    let (next, written) = (AtomicUsize::new(0), Mutex::new(String::new()));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= DECISIONS {
                        break;
                    }
                    let line = decided(&engine, number, texts);
                    let mut written = written.lock().expect("no panic");
                    written.push_str(&line);
                    written.push('\n');
                }
            });
        }
    });
    written.into_inner().expect("no panic")
}

fn decided(engine: &Engine, number: usize, texts: &[&str]) -> String {
    let text = format!("{} {}", texts[number % texts.len()], number / texts.len());
    // a message every 0.86 s, all day
    let sent_at = 1_795_000_000_000 + i64::try_from(number).unwrap_or(0) * 864;
    let message = Message {
        platform: "cometchat".into(),
        app: "app".into(),
        conversation: format!("group_{}", number * 31 % 200).into(),
        muid: format!("muid{number}").into(),
        sent_at,
        sender: Sender {
            uid: format!("user{}", number * 7919 % 500).into(),
            role: "default".into(),
            ..Sender::default()
        },
        ..Message::from_text(text)
    };
    let decision = engine.judge(&message, &Facts::new());
    let answer = Platform.answer("cometchat", Some(&decision.verdict));
    let subject = Subject {
        id: &format!("{number:08}"),
        time: sent_at,
        route: "cometchat",
        outcome: "judged",
        detail: "",
        decision: Some(&decision),
        message: Some(&message),
        rules: Some(engine.rules()),
        revision: engine.rules().revision(),
        answer: &answer.body,
        dropped: answer.dropped,
        engine_ns: 10_000,
        state: "state",
    };
    serde_json::to_string(&Record::of(&subject, TextKept::Full, b"")).expect("a record")
}

fn timed(what: &str, path: &Path, rules: &Arc<RuleSet>, threads: usize) -> Replayed {
    let begun = Instant::now();
    let log = Log::read(Lines::open([path]).expect("a file"), |_| ()).expect("a log");
    let read = begun.elapsed();
    let replay = Replay { rules: Arc::clone(rules), answers: &Platform, threads };
    let replayed = replay.run(&log, &AtomicUsize::new(0));
    println!(
        "{what}, {threads} threads: {:.2} s, {:.2} s of them to read",
        begun.elapsed().as_secs_f64(),
        read.as_secs_f64()
    );
    replayed
}
