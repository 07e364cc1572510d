//! The decision log of a real server: what is in it, and what no fault of the disk may do.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use premod::decision::{Reader, Record, record::Raw};
use serde_json::{Value, json};

use crate::client::{Connection, get, post};
use crate::command::{Place, Serving, project};

const RULES: &str = "rules:
  - {id: t.drop, match: {words: [heron]}, action: drop, labels: [bird]}
  - {id: t.flag, match: {words: [magpie]}, action: flag, score: 3}
  - id: t.enrich
    match: {find: [phone], words: [crane]}
    labels: [contact]
    mask: true
    metadata: {said: =message.text}
  - {id: t.shadow, mode: shadow, match: {words: [duck], regex: ['gull+']}, action: drop}
  - {id: t.broken, when: 'message.metadata.nothing.there == 1', action: flag}
";

/// Settings of a log of this file, with more of them.
fn config(text: &str, more: &str) -> String {
    format!(
        "timeouts: {{drain_delay: 0s, queue: 60s}}\ndecision_log: {{path: decisions.jsonl, text: {text}{more}}}\n"
    )
}

fn place(text: &str, more: &str) -> Place {
    Place::new().file("rules/a.yaml", RULES).file("premod.yaml", &config(text, more))
}

fn sample(name: &str) -> Value {
    serde_json::from_slice(&fs::read(project("tests/data/cometchat").join(name)).unwrap()).unwrap()
}

/// A documented one-to-one message with this text.
fn message(text: &str) -> Vec<u8> {
    let mut body = sample("documented/before_message.json");
    body["data"]["data"]["text"] = text.into();
    body.to_string().into_bytes()
}

/// All records of some files, oldest file first.
fn records<P: AsRef<Path>>(files: impl IntoIterator<Item = P>) -> Vec<Record<'static>> {
    let mut reader = Reader::open(files).unwrap();
    let records = reader.by_ref().map(|record| record.unwrap().1).collect();
    assert!(reader.torn().is_empty(), "{:?}", reader.torn());
    records
}

/// The files of a log, those put aside included.
fn files(place: &Place) -> Vec<PathBuf> {
    let entries = fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("decisions")).collect();
    files.sort();
    files
}

/// Waits for something to come true, and fails with what there was instead.
fn wait_for<T: std::fmt::Debug>(what: &str, mut look: impl FnMut() -> Result<(), T>) {
    let started = Instant::now();
    while let Err(seen) = look() {
        assert!(started.elapsed() < Duration::from_secs(60), "{what} never came true: {seen:?}");
        thread::park_timeout(Duration::from_millis(10));
    }
}

/// What a counter says.
fn metric(serving: &Serving, name: &str) -> u64 {
    let all = String::from_utf8(get(serving.admin, "/metrics").body).unwrap();
    let line = all.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
    line.unwrap_or_else(|| panic!("no {name} in {all}")).parse().unwrap()
}

fn stop(serving: Serving) {
    let (status, _) = serving.terminate();
    assert!(status.success(), "{status}");
}

fn answer(record: &Record<'_>) -> Value {
    let text = record.answer.as_ref().map(|answer: &Raw<'_>| answer.get().to_owned());
    serde_json::from_str(&text.expect("an answer is kept")).unwrap()
}

/// Every body that tests know, with the route that takes it.
fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let mut all = vec![];
    for (folder, route) in
        [("documented", "/cometchat"), ("inferred", "/cometchat"), ("custom_api", "/cometchat/moderation")]
    {
        let mut paths: Vec<PathBuf> = fs::read_dir(project("tests/data/cometchat").join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| !path.to_string_lossy().contains("response"))
            .collect();
        paths.sort();
        all.extend(paths.into_iter().map(|path| (route, fs::read(path).unwrap())));
    }
    for text in ["a heron", "a magpie", "a duck and a gulll", "crane, call 212 555 0123 now", "nothing"] {
        all.push(("/cometchat", message(text)));
    }
    all.push(("/cometchat", message(&"too long ".repeat(8000))));
    all.push(("/cometchat", br#"{"trigger":"before_message","data":{"data":{"text":"#.to_vec()));
    all.push(("/cometchat", b"{}".to_vec()));
    all.push(("/cometchat/moderation", b"[".to_vec()));
    all
}

#[test]
fn every_answer_is_in_it_as_it_was_given() {
    let place = place("full", "");
    let serving = Serving::start(place.path(), &[]);
    let revision = serving.revision.clone();
    let mut answered = BTreeMap::new();
    for (route, body) in bodies() {
        let response = Connection::open(serving.addr).post(route, "", &body);
        let Some(id) = response.header("x-premod-decision") else {
            assert_eq!(response.json(), json!({"ok": true}), "an event");
            continue;
        };
        answered.insert(id.to_owned(), (route, response.outcome().to_owned(), response.json()));
    }
    stop(serving);
    let records = records(files(&place));
    assert_eq!(records.len(), answered.len());
    for record in &records {
        let (route, outcome, given) = &answered[&*record.id];
        assert_eq!((&*record.outcome, &answer(record)), (&**outcome, given));
        assert_eq!(
            format!("/cometchat{}", if record.route == "cometchat" { "" } else { "/moderation" }),
            *route
        );
        assert_eq!((&*record.ruleset, record.v), (&*revision, 1));
        let is_drop = *given == json!({"action": "do_not_propagate"});
        assert!(!is_drop || record.action == "drop", "{record:?}");
    }
    let of = |text: &str| {
        let is_it = |record: &&Record<'_>| {
            let parts = record.message.as_ref().map(|message| &message.parts[..]).unwrap_or_default();
            parts.iter().any(|part| part.text.as_deref() == Some(text))
        };
        records.iter().find(is_it).unwrap_or_else(|| panic!("no record of {text}"))
    };
    let fired = |text| -> Vec<String> {
        of(text).rules.iter().map(|rule| format!("{} {} {}", rule.id, rule.mode, rule.action)).collect()
    };
    assert_eq!(fired("a heron"), ["t.drop enforce drop"]);
    assert_eq!(fired("a duck and a gulll"), ["t.shadow shadow drop"]);
    assert_eq!(fired("nothing"), [] as [&str; 0]);
    let shadowed = &of("a duck and a gulll").rules[0].spans;
    let told: Vec<_> =
        shadowed.iter().map(|span| (span.start, span.end, &*span.kind, &*span.pattern)).collect();
    assert_eq!(told, [(2, 6, "words", "duck"), (13, 18, "regex", "gull+")]);
    assert_eq!((&*of("a magpie").action, of("a magpie").score), ("flag", 3));
    assert_eq!(of("a heron").labels, ["bird"]);
    assert_eq!(of("nothing").failed[0].id, "t.broken");
    assert!(!of("nothing").failed[0].why.is_empty());
    let outcomes: BTreeSet<&str> = records.iter().map(|record| &*record.outcome).collect();
    let all = ["judged", "unscannable:json", "unscannable:no_trigger", "unscannable:text_limit"];
    assert_eq!(outcomes, all.into_iter().collect());
}

#[test]
fn steps_are_gap_free_whoever_answers() {
    let place = place("full", "");
    let serving = Serving::start(place.path(), &["--workers", "2"]);
    let per_connection = 60;
    thread::scope(|scope| {
        for number in 0..8 {
            let addr = serving.addr;
            scope.spawn(move || {
                let mut connection = Connection::open(addr);
                for at in 0..per_connection {
                    let mut body = sample("documented/before_message.json");
                    body["data"]["sender"] = format!("sender{}", number % 3).into();
                    body["data"]["data"]["text"] = format!("{number} says {at}").into();
                    let response = connection.post("/cometchat", "", body.to_string().as_bytes());
                    assert_eq!(response.outcome(), "judged");
                }
            });
        }
    });
    stop(serving);
    let records = records(files(&place));
    assert_eq!(records.len(), 8 * per_connection);
    let state: BTreeSet<&str> = records.iter().map(|record| &*record.state.as_ref().unwrap().id).collect();
    assert_eq!(state.len(), 1);
    let mut steps: Vec<u64> =
        records.iter().flat_map(|record| record.state.as_ref().unwrap().steps).collect();
    steps.sort_unstable();
    assert!(steps.iter().copied().eq(1..=steps.len() as u64), "{steps:?}");
}

#[test]
fn what_is_not_to_be_kept_is_nowhere() {
    let texts =
        ["heron zanzibar", "crane zanzibar, call 212 555 0123", "zanzibar duck gulll", "magpie zanzibar"];
    for way in ["hash", "none", "masked"] {
        let place = place(way, "");
        let serving = Serving::start(place.path(), &[]);
        for text in texts {
            let mut body: Value = serde_json::from_slice(&message(text)).unwrap();
            body["data"]["data"]["metadata"] = json!({"note": "pelican\nline"});
            body["data"]["data"]["entities"]["sender"]["entity"]["name"] = "Ms. Kestrel".into();
            assert_eq!(post(serving.addr, body.to_string().as_bytes()).status, 200);
        }
        post(serving.addr, &message(&"heron zanzibar ".repeat(8000)));
        stop(serving);
        let log = fs::read_to_string(place.path().join("decisions.jsonl")).unwrap();
        let records = records(files(&place));
        assert_eq!(records.len(), texts.len() + 1);
        assert!(!log.contains("pelican"), "{way}: {log}");
        let kept = |record: &Record<'_>| record.message.as_ref().unwrap().parts[0].text.clone();
        if way == "masked" {
            let kept: Vec<_> = records.iter().map(kept).map(Option::unwrap_or_default).collect();
            assert_eq!(kept[0], "***** zanzibar");
            assert_eq!(kept[1], "***** zanzibar, call ************");
            assert_eq!(kept[2], "zanzibar **** *****");
            assert_eq!(kept[4], "", "without a verdict nobody knows what to cover");
            assert!(!log.contains("555"), "{log}");
            continue;
        }
        for word in ["zanzibar", "heron", "crane", "555", "duck", "gull", "magpie", "Kestrel"] {
            assert!(!log.contains(word), "{way}: {word} in {log}");
        }
        assert!(log.contains("t.enrich") && log.contains("t.shadow"), "{log}");
        let hashes: BTreeSet<_> = records.iter().map(kept).collect();
        assert_eq!(hashes.len(), if way == "hash" { texts.len() + 1 } else { 1 });
    }
}

#[test]
fn equal_texts_have_equal_hashes_under_one_key_alone() {
    let hash = |key: &str| {
        let place = place("hash", ", key_file: key").file("key", key);
        let serving = Serving::start(place.path(), &[]);
        for text in ["the same", "the same", "another"] {
            post(serving.addr, &message(text));
        }
        stop(serving);
        let text = |record: &Record<'_>| record.message.as_ref().unwrap().parts[0].text.clone().unwrap();
        records(files(&place)).iter().map(text).collect::<Vec<_>>()
    };
    let (one, again, other) =
        (hash("0123456789abcdef\n"), hash("0123456789abcdef"), hash("fedcba9876543210"));
    assert_eq!(one, again);
    assert!(one[0] == one[1] && one[0] != one[2] && one[0] != other[0]);
    assert!(one[0].len() == 32 && one[0].bytes().all(|byte| byte.is_ascii_hexdigit()));
}

#[test]
fn only_its_owner_may_read_it() {
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let place = place("none", "");
    let serving = Serving::start(place.path(), &[]);
    post(serving.addr, &message("hi"));
    stop(serving);
    let path = place.path().join("decisions.jsonl");
    assert_eq!(mode(&path), 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let serving = Serving::start(place.path(), &[]);
    wait_for("a warning", || match serving.log() {
        log if log.contains("may read the decision log") && log.contains("644") => Ok(()),
        log => Err(log),
    });
}

#[test]
fn it_is_put_aside_compressed_and_thrown_away() {
    let place = place("full", ", rotate: {size: 8KiB, keep: 3}");
    let torn = place.path().join("decisions.20200101T000000Z-1.jsonl.gz.part");
    let earlier = place.path().join("decisions.20200101T000000Z-1.jsonl");
    fs::write(&torn, "half").unwrap();
    fs::write(&earlier, "").unwrap();
    let serving = Serving::start(place.path(), &[]);
    wait_for("what an earlier run began", || {
        let done = place.path().join("decisions.20200101T000000Z-1.jsonl.gz").exists();
        if done && !torn.exists() && !earlier.exists() { Ok(()) } else { Err(files(&place)) }
    });
    let mut ids = vec![];
    let mut connection = Connection::open(serving.addr);
    for at in 0..100 {
        let response =
            connection.post("/cometchat", "", &message(&format!("number {at} {}", "x".repeat(200))));
        ids.push(response.header("x-premod-decision").unwrap().to_owned());
    }
    wait_for("all written", || match metric(&serving, "premod_decision_log_written_total") {
        100 => Ok(()),
        written => Err(written),
    });
    wait_for("three compressed", || {
        let files = files(&place);
        let compressed = files.iter().filter(|file| file.extension().unwrap() == "gz").count();
        if (files.len(), compressed) == (4, 3) { Ok(()) } else { Err(files) }
    });
    assert_eq!(metric(&serving, "premod_decision_log_errors_total"), 0);
    stop(serving);
    let files = files(&place);
    // given in any order
    let last: Vec<String> = records(files.iter().rev()).iter().map(|record| record.id.to_string()).collect();
    assert!(last.len() > 20 && last.len() < 80, "{}", last.len());
    assert_eq!(last, ids[ids.len() - last.len()..], "no line is split or lost");
    for file in &files {
        let plain = Command::new("gzip").args(["-cdf"]).arg(file).output().unwrap().stdout;
        assert!(plain.len() <= 10 << 10 && plain.ends_with(b"\n"), "{}: {}", file.display(), plain.len());
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn it_is_put_aside_for_its_age() {
    let place = place("none", ", rotate: {age: 1s, compress: false}");
    let serving = Serving::start(place.path(), &[]);
    post(serving.addr, &message("hi"));
    wait_for("it is old", || {
        let files = files(&place);
        let aside = files.iter().filter(|file| file.file_name().unwrap() != "decisions.jsonl");
        if aside.clone().count() == 1 && records(aside).len() == 1 { Ok(()) } else { Err(files) }
    });
    // nothing is put aside where there is nothing
    post(serving.addr, &message("again"));
    stop(serving);
    assert_eq!(records(files(&place)).len(), 2);
}

#[test]
fn somebody_else_may_put_it_aside() {
    let place = place("none", "");
    let serving = Serving::start(place.path(), &[]);
    let written = |count| {
        wait_for("written", || match metric(&serving, "premod_decision_log_written_total") {
            written if written == count => Ok(()),
            written => Err(written),
        });
    };
    post(serving.addr, &message("one"));
    written(1);
    let log = place.path().join("decisions.jsonl");
    fs::rename(&log, place.path().join("decisions.old")).unwrap();
    post(serving.addr, &message("two"));
    written(2);
    fs::remove_file(&log).unwrap();
    post(serving.addr, &message("three"));
    written(3);
    stop(serving);
    assert_eq!(records([place.path().join("decisions.old")]).len(), 1);
    assert_eq!(records([log]).len(), 1);
}

#[test]
fn a_directory_that_goes_and_comes_back_loses_nothing() {
    let place = place("none", "");
    fs::create_dir(place.path().join("logs")).unwrap();
    let variables = [("PREMOD_DECISION_LOG", "logs/decisions.jsonl")];
    let serving = Serving::start_with(place.path(), &[], &variables);
    fs::remove_dir_all(place.path().join("logs")).unwrap();
    let mut connection = Connection::open(serving.addr);
    for _ in 0..10 {
        assert_eq!(connection.post("/cometchat", "", &message("hi")).outcome(), "judged");
    }
    wait_for("it is noticed", || match metric(&serving, "premod_decision_log_ok") {
        0 => Ok(()),
        ok => Err(ok),
    });
    fs::create_dir(place.path().join("logs")).unwrap();
    wait_for("it is healed", || match metric(&serving, "premod_decision_log_written_total") {
        10 => Ok(()),
        written => Err(written),
    });
    assert_eq!(metric(&serving, "premod_decision_log_ok"), 1);
    assert_eq!(metric(&serving, "premod_decision_log_dropped_total"), 0);
    let log = serving.log();
    let told = |what: &str| log.lines().filter(|line| line.contains(what)).count();
    assert_eq!((told("can't be written down"), told("are written down again")), (1, 1), "{log}");
    stop(serving);
    assert_eq!(records([place.path().join("logs/decisions.jsonl")]).len(), 10);
}

#[test]
fn a_full_disk_stops_nobody() {
    let place = place("full", "");
    let serving =
        Serving::start_with(place.path(), &["--workers", "1"], &[("PREMOD_DECISION_LOG", "/dev/full")]);
    let mut connection = Connection::open(serving.addr);
    let long = message(&"a long story. ".repeat(4000));
    // a buffer of 4 MiB, and as much that the writer holds
    for _ in 0..300 {
        assert_eq!(connection.post("/cometchat", "", &long).outcome(), "judged");
    }
    wait_for("it is noticed", || match metric(&serving, "premod_decision_log_ok") {
        0 => Ok(()),
        ok => Err(ok),
    });
    assert!(metric(&serving, "premod_decision_log_dropped_total") > 0);
    assert!(metric(&serving, "premod_decision_log_errors_total") > 0);
    assert_eq!(metric(&serving, "premod_decision_log_written_total"), 0);
    let (status, took) = serving.terminate();
    assert!(status.success() && took < Duration::from_secs(30), "{status} {took:?}");
}

#[test]
fn a_disk_that_does_not_answer_stops_nobody() {
    let place = place("full", "");
    let pipe = place.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // opened for reading, so that it can be opened for writing; and never read
    let reader = fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    let serving = Serving::start_with(place.path(), &["--workers", "1"], &[("PREMOD_DECISION_LOG", "pipe")]);
    let mut connection = Connection::open(serving.addr);
    let long = message(&"a long story. ".repeat(4000));
    for _ in 0..300 {
        assert_eq!(connection.post("/cometchat", "", &long).outcome(), "judged");
    }
    assert!(metric(&serving, "premod_decision_log_dropped_total") > 0);
    let (status, took) = serving.terminate();
    assert!(status.success() && took < Duration::from_secs(30), "{status} {took:?}");
    drop(reader);
}

#[test]
fn a_kill_tears_one_line_at_most() {
    let place = place("full", "");
    let log = place.path().join("decisions.jsonl");
    let mut answered = BTreeSet::new();
    for _ in 0..3 {
        let serving = Serving::start(place.path(), &[]);
        let mut connection = Connection::open(serving.addr);
        for at in 0..50 {
            let response = connection.post("/cometchat", "", &message(&format!("number {at}")));
            answered.insert(response.header("x-premod-decision").unwrap().to_owned());
        }
        // killed as it goes
        drop(serving);
        // and as a kill within a write leaves it
        fs::OpenOptions::new().append(true).open(&log).unwrap().write_all(b"{\"v\":1,\"id\":\"0").unwrap();
    }
    let serving = Serving::start(place.path(), &[]);
    post(serving.addr, &message("the last"));
    stop(serving);
    let mut reader = Reader::open([&log]).unwrap();
    let ids: Vec<String> = reader.by_ref().map(|record| record.unwrap().1.id.to_string()).collect();
    assert_eq!(reader.torn().len(), 3, "{:?}", reader.torn());
    let before = &ids[..ids.len() - 1];
    assert!(before.iter().all(|id| answered.contains(id)), "what is read is what was answered");
}

#[test]
fn what_can_not_begin_says_why() {
    let place = place("none", "").file("short", "abc");
    let fails = |variables: &[(&str, &str)], code: i32, told: &str| {
        let mut command = crate::command::premod();
        let listen = ["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
        command.current_dir(place.path()).args(listen).envs(variables.iter().copied());
        let done = crate::command::run(command, b"").expect(code);
        assert!(done.stderr.contains(told), "{done:?}");
    };
    fails(&[("PREMOD_DECISION_LOG", "no/such/d.jsonl")], 74, "the directory no/such is not there");
    fails(&[("PREMOD_DECISION_LOG", "rules")], 74, "the decision log can't be opened: rules");
    let hash = ("PREMOD_DECISION_LOG_TEXT", "hash");
    fails(&[hash, ("PREMOD_DECISION_LOG_KEY_FILE", "short")], 78, "short: it holds fewer than 16 bytes");
    fails(&[hash, ("PREMOD_DECISION_LOG_KEY_FILE", "none")], 78, "none: No such file");
    fs::write(place.path().join("premod.yaml"), "decision_log: {path: x}\n").unwrap();
    fails(&[], 78, "the key `text` is missing");
    fails(&[], 78, "`masked` (matches starred out");
}
