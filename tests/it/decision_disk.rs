//! The decision log and the disk: rotation, and what no fault may do.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use premod::decision::Reader;

use crate::client::{Connection, post};
use crate::command::Serving;
use crate::decision_log::{files, message, metric, place, records, stop, wait_for};

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
        wait_for("something is written", || match metric(&serving, "premod_decision_log_written_total") {
            0 => Err(0),
            _ => Ok(()),
        });
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
