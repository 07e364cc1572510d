//! `premod log`: what it shows of a small log, what its filters let through, and what it never writes.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::command::{Done, Place, premod, project};
use crate::decisions::{RULES, WEEK, id, log, messages, sources};
use premod::decision::TextKept;

/// What people read of the newest decisions, and of one.
const NEWEST: &str = include_str!("../data/decisions/log.txt");
const ONE: &str = include_str!("../data/decisions/log-one.txt");

fn week(args: &[&str]) -> Done {
    let week = project(WEEK);
    Place::new().premod(&[&["log", week.to_str().unwrap()], args].concat())
}

/// The numbers of the decisions shown, in the order shown.
fn shown(done: &Done) -> Vec<u64> {
    let ids = done.stdout.lines().map(|line| {
        let record: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let id = record["id"].as_str().expect("an id").to_owned();
        u64::from_str_radix(&id[id.len() - 12..], 16).expect("a number")
    });
    ids.collect()
}

fn told(name: &str, done: &Done, expected: &str) {
    if std::env::var_os("PREMOD_WRITE_DATA").is_some() {
        fs::write(project("tests/data/decisions").join(name), &done.stdout).expect("written");
    }
    assert_eq!(done.stdout, expected);
    assert_eq!(done.stderr, "");
}

#[test]
fn the_newest_decisions_come_first() {
    told("log.txt", &week(&["-n", "8"]).expect(0), NEWEST);
}

#[test]
fn the_order_of_lines_does_not_matter() {
    let mut lines: Vec<String> =
        fs::read_to_string(project(WEEK)).unwrap().lines().map(str::to_owned).collect();
    lines.swap(3, 20);
    lines.reverse();
    let place = Place::new().file("mixed.jsonl", &(lines.join("\n") + "\n"));
    assert_eq!(place.premod(&["log", "mixed.jsonl", "-n", "8"]).expect(0).stdout, NEWEST);
}

#[test]
fn one_decision_is_told_whole() {
    told("log-one.txt", &week(&["--id", &id(7)]).expect(0), ONE);
    let raw = week(&["--json", "--id", &id(7)]).expect(0);
    let kept = fs::read_to_string(project(WEEK)).unwrap();
    assert_eq!(raw.stdout.trim_end(), kept.lines().nth(7).unwrap());
    let none = week(&["--id", "\u{1b}[2J"]).expect(1);
    assert!(none.stderr.contains("there is no decision \\u{1b}[2J"), "{none:?}");
}

#[test]
fn the_manual_shows_what_comes() {
    let manual = fs::read_to_string(project("docs/moderating.md")).unwrap();
    let newest = week(&["--rule", "insult", "-n", "3"]).expect(0).stdout;
    for shown in [
        ONE,
        &newest,
        include_str!("../data/decisions/stats.txt"),
        include_str!("../data/decisions/tune.txt"),
    ] {
        assert!(manual.contains(&format!("```text\n{shown}```\n")), "{shown}");
    }
}

#[test]
fn filters_narrow_what_is_shown() {
    for (filter, expected) in [
        (&["-n", "3"][..], &[25, 24, 23][..]),
        (&["--action", "none"], &[25]),
        (&["--action", "flag,none", "-n", "2"], &[25, 24]),
        (&["--rule", "insult.mild"], &[19, 11]),
        (&["--rule", "insult.mild", "--rule", "greeting", "-n", "3"], &[24, 22, 19]),
        (&["--label", "mild"], &[19, 11]),
        (&["--sender", "grace"], &[10, 8]),
        (&["--conversation", "group_farm"], &[23, 18, 14, 5, 4]),
        (&["--since", "2026-11-22"], &[25, 24, 23, 22]),
        (&["--since", "2026-11-22T15:30"], &[25, 24]),
        (&["--text", "SANCTUARY"], &[18, 12, 4]),
        (&["--shadow", "-n", "2"], &[23, 20]),
        (&["--shadow", "--rule", "insult"], &[]),
        (&["--shadow", "--rule", "names.any", "--action", "annotate"], &[11]),
        (&["--action", "drop", "--sender", "mallory", "--text", "what"], &[15]),
        (&["--sender", "nobody"], &[]),
    ] {
        let done = week(&[&["--json"], filter].concat()).expect(0);
        assert_eq!(shown(&done), expected, "{filter:?}");
    }
    for wrong in [&["--action", "delete"][..], &["--since", "yesterday"], &[]] {
        let done = if wrong.is_empty() { Place::new().premod(&["log"]) } else { week(wrong) };
        assert_eq!(done.code, Some(2), "{done:?}");
    }
}

#[test]
fn no_message_writes_to_the_terminal() {
    let mut message = messages().remove(0);
    let wild = "\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}1m\r\n\u{202e}\u{200b}hello\u{8}";
    message.parts[0].text = wild.into();
    for field in [
        &mut message.sender.uid,
        &mut message.sender.name,
        &mut message.receiver.id,
        &mut message.conversation,
        &mut message.muid,
    ] {
        *field = wild.into();
    }
    let place = Place::new().file("wild.jsonl", &log(&sources(RULES), &[message], TextKept::Full));
    for args in [&["log", "wild.jsonl"][..], &["log", "wild.jsonl", "--id", &id(0)], &["stats", "wild.jsonl"]]
    {
        for colour in [None, Some("1")] {
            let mut command = premod();
            command.current_dir(place.path()).args(args);
            command.envs(colour.map(|one| ("CLICOLOR_FORCE", one)));
            let done = crate::command::run(command, b"").expect(0);
            // colours are all that may be written
            let plain = done.stdout.replace("\u{1b}[0m", "");
            let mut rest = plain.as_str();
            while let Some((_, after)) = rest.split_once('\u{1b}') {
                assert!(colour.is_some(), "{args:?}: {:?}", done.stdout);
                let after = after.strip_prefix('[').unwrap_or_else(|| panic!("{:?}", done.stdout));
                let end = after.find(|c: char| !(c.is_ascii_digit() || c == ';')).expect("an end");
                assert!(after[end..].starts_with('m'), "{:?}", done.stdout);
                rest = &after[end..];
            }
            assert!(!plain.contains(['\u{7}', '\u{9b}', '\r', '\u{202e}', '\u{200b}', '\u{8}']), "{plain:?}");
            assert_eq!(colour.is_some(), done.stdout.contains('\u{1b}'), "{:?}", done.stdout);
        }
    }
}

#[test]
fn what_is_not_kept_is_not_shown() {
    let messages = messages();
    for (kept, shows) in [
        (TextKept::Masked, "the ****** sanctuary opens at ten"),
        (TextKept::Hash, "    hash "),
        (TextKept::None, "erin → group farm"),
    ] {
        let place = Place::new().file("log.jsonl", &log(&sources(RULES), &messages, kept));
        let done = place.premod(&["log", "log.jsonl"]).expect(0);
        assert!(done.stdout.contains(shows) && !done.stdout.contains("donkey"), "{done:?}");
        let whole = place.premod(&["log", "log.jsonl", "--id", &id(4)]).expect(0);
        assert!(whole.stdout.contains("(texts are kept "), "{whole:?}");
        let hits = place.premod(&["log", "log.jsonl", "--json", "--text", "telegram"]).expect(0);
        assert_eq!(shown(&hits), [0_u64; 0], "{kept:?}");
    }
}

#[test]
fn a_log_is_followed_through_its_rotation() {
    let lines: Vec<String> = fs::read_to_string(project(WEEK)).unwrap().lines().map(str::to_owned).collect();
    let place = Place::new().file("log.jsonl", &format!("{}\n{}\n", lines[0], lines[1]));
    let mut following = premod()
        .current_dir(place.path())
        .args(["log", "log.jsonl", "--follow", "--json", "-n", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    let mut out = BufReader::new(following.stdout.take().expect("a pipe")).lines();
    let mut next = || out.next().expect("a line").expect("UTF-8");
    let append = |path: &Path, text: &str| {
        let mut file = File::options().create(true).append(true).open(path).expect("a file");
        file.write_all(text.as_bytes()).expect("written");
    };
    let path = place.path().join("log.jsonl");
    assert_eq!(next(), lines[1]);
    append(&path, &format!("{}\n{}", lines[2], &lines[3][..40]));
    assert_eq!(next(), lines[2]);
    append(&path, &format!("{}\n", &lines[3][40..]));
    fs::rename(&path, place.path().join("log.jsonl.1")).expect("rotated");
    append(&path, &format!("{}\n", lines[4]));
    assert_eq!((next(), next()), (lines[3].clone(), lines[4].clone()));
    following.kill().expect("it runs");
    following.wait().expect("it ends");
}
