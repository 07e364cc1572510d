//! A log judged again: under its own rules nothing changes, under other rules exactly what judging
//! freshly gives, whatever overlapped, and whatever of the log is missing.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::thread;

use premod::decision::replay::{Answer, Answers, Cause, Log, Replay, Replayed};
use premod::decision::{Lines, Record, Subject, TextKept};
use premod::engine::state::{Limits, State};
use premod::engine::{Action, Decision, Engine, Facts, Outcome, RuleSet, Verdict};
use premod::message::{Message, Sender};
use premod::platform::cometchat::before_message;
use premod::rulefile::{Diagnostics, Sources, compile};
use proptest::prelude::*;
use tempfile::TempDir;

/// Rules that look at texts and rules that count, in every way there is.
const RULES: [&str; 10] = [
    "{id: words, match: {words: [heron, 'two words']}, action: drop}",
    "{id: inside, match: {anywhere: [ero]}, action: flag, labels: [e], mask: true}",
    "{id: flood, when: 'rate(sender.uid, duration(\"10s\")) > 3', action: drop}",
    "{id: room, when: 'rate(conversation, duration(\"4s\")) > 4', action: annotate, metadata: {n: '=rate(conversation, duration(\"4s\"))'}}",
    "{id: again, when: 'repeats(duration(\"1m\")) > 2', action: flag}",
    "{id: struck, when: 'strikes(sender.uid, duration(\"2m\")) > 1', action: drop}",
    "{id: known, match: {words: [gull]}, when: 'strikes(conversation, duration(\"30s\")) > 0', action: drop}",
    "{id: vip, match: {words: [hello]}, when: 'rate(sender.uid, duration(\"1s\")) == 1', action: pass}",
    "{id: pieces, when: 'rate(string(size(message.disguise)), duration(\"20s\")) > 2', action: annotate, labels: [p]}",
    "{id: seen, match: {words: [hello]}, mode: shadow, action: drop}",
];

/// The rules of a choice, one bit each.
fn rules(choice: usize) -> Arc<RuleSet> {
    let chosen = RULES.iter().enumerate().filter(|(at, _)| choice & 1 << at != 0);
    compiled(&chosen.map(|(_, rule)| ["  - ", rule, "\n"].concat()).collect::<String>())
}

fn compiled(rules: &str) -> Arc<RuleSet> {
    let text = if rules.is_empty() { "rules: []\n".to_owned() } else { format!("rules:\n{rules}") };
    let mut out = Diagnostics::default();
    let sources = Sources::from_memory([("rules.yaml", text.as_str())]);
    let compiled = compile(&sources, &mut out).unwrap_or_else(|| panic!("{out}\n{text}"));
    Arc::new(compiled.rules)
}

/// What was sent: sender, conversation, text, moment, name.
#[derive(Clone, Debug)]
struct Sent {
    sender: u8,
    room: u8,
    text: String,
    at: i64,
    muid: u8,
}

const WORDS: [&str; 10] =
    ["her", "on", "heron", "two", "words", "gull", "hello", "z3ro", "h e r o n", "zero"];

fn sent() -> impl Strategy<Value = Sent> {
    let text =
        prop::collection::vec(prop::sample::select(&WORDS[..]), 1..3).prop_map(|words| words.join(" "));
    (0_u8..3, 0_u8..2, text, 0_i64..400, 0_u8..60).prop_map(|(sender, room, text, at, muid)| Sent {
        sender,
        room,
        text,
        at,
        muid,
    })
}

/// Messages in about the order of their moments, as a platform sends them, some of them twice.
fn talk(longest: usize) -> impl Strategy<Value = Vec<Sent>> {
    prop::collection::vec(sent(), 1..longest).prop_map(|mut talk| {
        talk.sort_by_key(|sent| sent.at / 10);
        talk
    })
}

/// One name is one message, sent at one moment: what is known of the first is true of its retries.
fn once_named(mut talk: Vec<Sent>) -> Vec<Sent> {
    let mut moments = BTreeMap::new();
    for sent in talk.iter_mut().filter(|sent| sent.is_named()) {
        sent.at = *moments.entry(sent.muid).or_insert(sent.at);
    }
    talk
}

impl Sent {
    fn is_named(&self) -> bool {
        self.muid >= 30
    }

    fn message(&self) -> Message<'_> {
        Message {
            app: "app".into(),
            conversation: format!("room{}", self.room).into(),
            muid: if self.is_named() { self.muid.to_string() } else { String::new() }.into(),
            sent_at: self.at * 250,
            sender: Sender { uid: format!("user{}", self.sender).into(), ..Sender::default() },
            ..Message::from_text(self.text.as_str())
        }
    }
}

struct Platform;

impl Answers for Platform {
    fn answer(&self, _: &str, verdict: Option<&Verdict>) -> Answer {
        verdict.map_or(Answer { body: before_message::DROP.to_vec(), dropped: true }, |verdict| Answer {
            body: before_message::answer(verdict, 8192).body.into_owned(),
            dropped: verdict.action == Some(Action::Drop),
        })
    }
}

/// The line that a server would write.
fn line(
    engine: &Engine,
    decision: &Decision,
    message: &Message<'_>,
    (state, id, time, kept): (&str, &str, i64, TextKept),
) -> String {
    let (outcome, detail) = match &decision.outcome {
        Outcome::Judged => ("judged", ""),
        Outcome::Unscannable(cause) => ("unscannable:budget", &**cause),
    };
    let answer = Platform.answer("cometchat", detail.is_empty().then_some(&decision.verdict));
    let subject = Subject {
        id,
        time,
        route: "cometchat",
        outcome,
        detail,
        decision: Some(decision),
        message: Some(message),
        rules: Some(engine.rules()),
        revision: engine.rules().revision(),
        answer: &answer.body,
        dropped: answer.dropped,
        engine_ns: 12_345,
        state,
    };
    serde_json::to_string(&Record::of(&subject, kept, b"key")).expect("a record")
}

/// A server that judges one message after the other.
struct Server {
    engine: Engine,
    state: String,
    time: i64,
    written: Vec<String>,
}

impl Server {
    fn new(state: &str, rules: &Arc<RuleSet>) -> Self {
        Server::with_limits(state, rules, Limits::default())
    }

    fn with_limits(state: &str, rules: &Arc<RuleSet>, limits: Limits) -> Self {
        let engine = Engine::new(Arc::clone(rules), Arc::new(State::new(limits)));
        Server { engine, state: state.to_owned(), time: 0, written: Vec::new() }
    }

    fn judge(&mut self, sent: &Sent, kept: TextKept) {
        let message = sent.message();
        let decision = self.engine.judge(&message, &Facts::new());
        self.time = self.time.max(message.sent_at);
        let id = format!("{}-{:04}", self.state, self.written.len());
        self.written.push(line(&self.engine, &decision, &message, (&self.state, &id, self.time, kept)));
    }

    fn log(state: &str, rules: &Arc<RuleSet>, talk: &[Sent]) -> Vec<String> {
        let mut server = Server::new(state, rules);
        for sent in talk {
            server.judge(sent, TextKept::Full);
        }
        server.written
    }
}

/// A server whose threads judge at the same time; lines come in the order in which they were done.
fn busy_log(rules: &Arc<RuleSet>, talk: &[Sent]) -> Vec<String> {
    let engine = Engine::new(Arc::clone(rules), Arc::default());
    let (next, written) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((at, sent)) = talk
                    .get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
                    .map(|sent| (next.load(std::sync::atomic::Ordering::Relaxed), sent))
                {
                    let message = sent.message();
                    let decision = engine.judge(&message, &Facts::new());
                    let id = format!("{at}-{:?}", thread::current().id());
                    let line =
                        line(&engine, &decision, &message, ("s", &id, message.sent_at, TextKept::Full));
                    written.lock().expect("no panic").push(line);
                    thread::yield_now();
                }
            });
        }
    });
    written.into_inner().expect("no panic")
}

/// A log on the disk.
struct Files(TempDir, Vec<PathBuf>);

impl Files {
    fn new(lines: &[String]) -> Self {
        Files::several(&[lines])
    }

    fn several(files: &[&[String]]) -> Self {
        let directory = TempDir::new().expect("a directory");
        let write = |(at, lines): (usize, &&[String])| {
            let path = directory.path().join(format!("{at}.jsonl"));
            fs::write(&path, lines.join("\n") + "\n").expect("a file");
            path
        };
        let paths = files.iter().enumerate().map(write).collect();
        Files(directory, paths)
    }

    fn replay(&self, rules: &Arc<RuleSet>, threads: usize) -> Replayed {
        assert!(self.0.path().is_dir());
        let log = Log::read(Lines::open(&self.1).expect("files"), |_| ()).expect("a log");
        let replay = Replay { rules: Arc::clone(rules), answers: &Platform, threads };
        let done = AtomicUsize::new(0);
        replay.run(&log, &done)
    }
}

fn replay(lines: &[String], rules: &Arc<RuleSet>) -> Replayed {
    Files::new(lines).replay(rules, 2)
}

/// Fails unless nothing changes.
fn nothing_changes(replayed: &Replayed) -> Result<(), TestCaseError> {
    prop_assert!(replayed.changed.is_empty() && replayed.rules.is_empty(), "{replayed:#?}");
    prop_assert!(replayed.differing.is_empty(), "{replayed:#?}");
    let not: usize = replayed.not_replayable.values().sum();
    prop_assert_eq!(replayed.records, replayed.replayable + not);
    Ok(())
}

const ALL: usize = (1 << RULES.len()) - 1;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn under_its_own_rules_nothing_changes_whatever_overlapped(talk in talk(120), choice in 0..=ALL) {
        let rules = rules(choice);
        let files = Files::new(&busy_log(&rules, &talk));
        let once = files.replay(&rules, 1);
        prop_assert_eq!(once.replayable, talk.len());
        nothing_changes(&once)?;
        for threads in [2, 8] {
            prop_assert_eq!(format!("{:?}", files.replay(&rules, threads)), format!("{once:?}"));
        }
    }

    #[test]
    fn under_other_rules_exactly_what_judging_freshly_gives_changes(
        talk in talk(80), was in 0..=ALL, now in 0..=ALL,
    ) {
        let (was, now) = (rules(was), rules(now));
        let log = Server::log("s", &was, &talk);
        let fresh = Server::log("s", &now, &talk);
        let read = |line: &String| -> (String, String, Option<String>) {
            let record: Record = serde_json::from_str(line).expect("a record");
            (record.id.into(), record.action.into(), record.answer.map(|raw| raw.get().to_owned()))
        };
        let expected: Vec<_> = log.iter().map(read).zip(fresh.iter().map(read)).filter(|(was, now)| was != now).collect();
        let files = Files::new(&log);
        let replayed = files.replay(&now, 2);
        prop_assert_eq!(replayed.replayable, talk.len());
        let changed: Vec<_> = replayed.changed.iter().map(|change| {
            let answer = |raw: &Option<Box<serde_json::value::RawValue>>| raw.as_ref().map(|raw| raw.get().to_owned());
            let side = |action: &String, raw| (change.decision.clone(), action.clone(), answer(raw));
            (side(&change.was, &change.was_answer), side(&change.now, &change.now_answer))
        }).collect();
        prop_assert_eq!(changed, expected);
        prop_assert_eq!(format!("{:?}", files.replay(&now, 8)), format!("{replayed:?}"));
    }

    #[test]
    fn what_is_missing_from_a_log_never_changes_a_decision(
        talk in talk(80), choice in 0..=ALL, missing in prop::collection::vec(0_u8..12, 80), begin in 0_usize..30,
    ) {
        let rules = rules(choice);
        let mut server = Server::new("s", &rules);
        let mut kept = Vec::new();
        for (sent, fate) in once_named(talk).iter().zip(&missing) {
            let text = match fate { 0 => TextKept::Hash, 1 => TextKept::None, 2 => TextKept::Masked, _ => TextKept::Full };
            server.judge(sent, text);
            if *fate != 3 {
                kept.extend(server.written.last().cloned());
            }
        }
        let log = &kept[begin.min(kept.len())..];
        let files = Files::new(log);
        let replayed = files.replay(&rules, 1);
        nothing_changes(&replayed)?;
        let untold = log.iter().filter(|line| !line.contains(r#""text":"full""#)).count();
        prop_assert_eq!(replayed.not_replayable.get(&Cause::TextNotKept).copied().unwrap_or(0), untold);
        prop_assert_eq!(format!("{:?}", files.replay(&rules, 8)), format!("{replayed:?}"));
    }

    #[test]
    fn what_memory_bounds_pushed_out_never_changes_a_decision(talk in talk(120), choice in 0..=ALL) {
        let rules = rules(choice);
        let mut server = Server::with_limits("s", &rules, Limits { bytes: 1600, moments: 4 });
        for sent in &once_named(talk) {
            server.judge(sent, TextKept::Full);
        }
        nothing_changes(&replay(&server.written, &rules))?;
    }
}

/// A message of the first sender in the first room.
fn says(text: &str, second: i64) -> Sent {
    Sent { sender: 0, room: 0, text: text.to_owned(), at: second * 4, muid: 0 }
}

fn ids(replayed: &Replayed) -> Vec<&str> {
    replayed.changed.iter().map(|change| &*change.decision).collect()
}

#[test]
fn a_change_says_what_was_what_is_and_why() {
    let was = compiled("  - {id: gulls, match: {words: [gull]}, action: flag}\n");
    let now = compiled(
        "  - {id: gulls, match: {words: [gull]}, except: {words: [gull wing]}, action: flag}\n  - {id: herons, match: {words: [heron]}, action: drop}\n",
    );
    let talk = [says("hello", 0), says("a gull wing", 100), says("a heron", 200), says("a gull", 300)];
    let replayed = replay(&Server::log("s", &was, &talk), &now);
    let told: Vec<_> = replayed
        .changed
        .iter()
        .map(|it| (&*it.was, &*it.now, it.rules.join(" "), it.spans.clone(), it.index))
        .collect();
    let expected = [
        ("flag", "none", "gulls".to_owned(), vec![(0, 2..6)], 1),
        ("none", "drop", "herons".to_owned(), vec![(0, 2..7)], 2),
    ];
    assert_eq!(told, expected);
    let turns = |rule: &str| (replayed.rules[rule].fires, replayed.rules[rule].silent);
    assert_eq!((turns("herons"), turns("gulls")), ((1, 0), (0, 1)));
    assert_eq!((replayed.records, replayed.replayable), (4, 4));
}

#[test]
fn a_log_that_begins_late_is_replayable_once_its_windows_are_full() {
    let rules = compiled("  - {id: flood, when: 'rate(sender.uid, duration(\"10s\")) > 2', action: drop}\n");
    let talk: Vec<Sent> = (0..40).map(|second| says("hello", second)).collect();
    let log = Server::log("s", &rules, &talk);
    let replayed = replay(&log[20..], &rules);
    // decided at 20 s: until 30 s a window reaches back before the log
    assert_eq!(replayed.not_replayable, BTreeMap::from([(Cause::StateUnknown, 10)]));
    assert_eq!((replayed.replayable, replayed.changed.len()), (10, 0));
    // the next server begins empty, and the log tells all of it
    let both: Vec<String> = log[20..].iter().chain(&Server::log("t", &rules, &talk)).cloned().collect();
    assert_eq!(replay(&both, &rules).replayable, 50);
}

#[test]
fn what_was_counted_by_what_nobody_knows_is_unknown() {
    // a rule counts by the message's disguise, which rests on what its sender said before
    let rules = rules(0b11_0000_0111);
    let mut server = Server::with_limits("s", &rules, Limits { moments: 4, ..Limits::default() });
    let talk = [
        (0, 0, "her", 0, 0),
        (1, 0, "her", 138, 0),
        (1, 0, "her", 138, 0),
        (1, 1, "two", 160, 0),
        (1, 0, "her", 160, 47),
        (1, 0, "her", 231, 0),
        // its sender's messages are too many to remember, so nobody knows whether it was delivered,
        (1, 1, "her", 160, 47),
        // nor whether this one ends a phrase,
        (1, 1, "words", 300, 0),
        // nor whether this one is counted together with that.
        (0, 0, "her", 310, 0),
    ];
    for (sender, room, text, at, muid) in talk {
        server.judge(&Sent { sender, room, text: text.to_owned(), at, muid }, TextKept::Full);
    }
    let replayed = replay(&server.written, &rules);
    nothing_changes(&replayed).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((replayed.replayable, replayed.not_replayable[&Cause::StateUnknown]), (6, 3));
}

#[test]
fn files_come_in_any_order_compressed_or_given_twice() {
    let rules = rules(ALL);
    let talk: Vec<Sent> = (0..90).zip(WORDS.iter().cycle()).map(|(at, word)| says(word, at)).collect();
    let log = Server::log("s", &rules, &talk);
    let other = compiled("  - {id: words, match: {words: [heron, gull]}, action: drop}\n");
    let whole = Files::new(&log).replay(&other, 1);
    assert!(!whole.changed.is_empty());
    let mut files = Files::several(&[&log[..30], &log[30..60], &log[60..]]);
    let packed = files.0.path().join("packed.gz");
    let mut gzip = flate2::write::GzEncoder::new(
        fs::File::create(&packed).expect("a file"),
        flate2::Compression::fast(),
    );
    std::io::Write::write_all(&mut gzip, &fs::read(&files.1[1]).expect("a log")).expect("room");
    gzip.finish().expect("room");
    files.1 = vec![files.1[2].clone(), packed, files.1[0].clone()];
    assert_eq!(format!("{:?}", files.replay(&other, 2)), format!("{whole:?}"));
    files.1.push(files.1[0].clone());
    let twice = files.replay(&other, 2);
    assert_eq!((twice.repeated, twice.records, ids(&twice)), (30, 90, ids(&whole)));
}

#[test]
fn a_rule_that_was_tripped_is_judged_so_until_it_is_edited() {
    let heron = "  - {id: herons, match: {words: [heron]}, action: drop}\n";
    let rules = compiled(heron);
    let mut server = Server::new("s", &rules);
    server.judge(&says("heron", 0), TextKept::Full);
    assert!(server.engine.trip(0, true));
    server.judge(&says("heron", 100), TextKept::Full);
    let log = &server.written;
    assert_eq!((ids(&replay(log, &rules)).len(), replay(log, &rules).differing.len()), (0, 0));
    let beside = compiled(&format!("{heron}  - {{id: gulls, match: {{words: [gull]}}, action: drop}}\n"));
    assert!(ids(&replay(log, &beside)).is_empty(), "the rule is what it was");
    let edited = compiled("  - {id: herons, match: {words: [heron, gull]}, action: drop}\n");
    assert_eq!(ids(&replay(log, &edited)), ["s-0001"], "an edited rule is judged for what it is");
}

#[test]
fn a_record_that_was_edited_is_told() {
    let rules = rules(1);
    let log = Server::log("s", &rules, &[says("hello", 0), says("a heron", 100)]);
    let edited: Vec<String> =
        log.iter().map(|line| line.replace(r#""action":"drop""#, r#""action":"flag""#)).collect();
    assert_ne!(log, edited);
    let replayed = replay(&edited, &rules);
    assert_eq!((replayed.differing, replayed.changed.len()), (vec!["s-0001".to_owned()], 1));
}

#[test]
fn what_no_rule_judged_is_not_replayable() {
    let rules = rules(ALL);
    let mut log = Server::log("s", &rules, &[says("hello", 0)]);
    for outcome in ["unavailable:overload", "unscannable:json", "unscannable:panic"] {
        let mut subject: serde_json::Value = serde_json::from_str(&log[0]).expect("a record");
        subject["outcome"] = outcome.into();
        subject["id"] = outcome.into();
        subject.as_object_mut().expect("an object").shift_remove("state");
        log.push(subject.to_string());
    }
    log.push("not a record".to_owned());
    log.push(r#"{"v":1,"id":"br"#.to_owned());
    let replayed = replay(&log, &rules);
    let causes = BTreeMap::from([(Cause::NotJudged, 3), (Cause::Unreadable, 2)]);
    assert_eq!((&replayed.not_replayable, replayed.records, replayed.replayable), (&causes, 6, 1));
}
