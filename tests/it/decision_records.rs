//! Records as lines: what is written is read back the same, wherever and however it lies.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use flate2::Compression;
use flate2::write::GzEncoder;
use premod::decision::{ReadError, Reader, Record, Subject, TextKept};
use premod::engine::{Decision, Fired, Outcome, RuleSet, Steps, Verdict};
use premod::message::{Attachment, Json, Message, Part};
use premod::rulefile::{Diagnostics, compile};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tempfile::TempDir;

use crate::decisions::{self, sources};

/// The record of a message that nothing was found in.
fn line(number: u64, text: &str) -> String {
    let message = Message::from_text(text);
    let decision = Decision { outcome: Outcome::Judged, ..Decision::unscannable("") };
    let subject = Subject {
        id: "0",
        time: i64::try_from(number).unwrap(),
        route: "cometchat",
        outcome: "judged",
        message: Some(&message),
        decision: Some(&decision),
        answer: b"{}",
        ..Subject::default()
    };
    serde_json::to_string(&Record::of(&subject, TextKept::Full, b"")).unwrap()
}

/// What a reader tells of some files: the times of records, errors, and the lines that broke off.
fn read(files: &[PathBuf]) -> (Vec<i64>, Vec<String>, Vec<String>) {
    let mut reader = Reader::open(files).unwrap();
    let (mut times, mut errors) = (vec![], vec![]);
    for record in reader.by_ref() {
        match record {
            Ok((_, record)) => times.push(record.time),
            Err(error) => errors.push(error.to_string()),
        }
    }
    let short = |place: &Path, line| format!("{}:{line}", place.file_name().unwrap().to_str().unwrap());
    (times, errors, reader.torn().iter().map(|place| short(&place.file, place.line)).collect())
}

fn gzip(path: &Path, parts: &[&str]) {
    let mut file = File::create(path).unwrap();
    for part in parts {
        let mut encoder = GzEncoder::new(vec![], Compression::fast());
        encoder.write_all(part.as_bytes()).unwrap();
        file.write_all(&encoder.finish().unwrap()).unwrap();
    }
}

#[test]
fn files_are_read_in_the_order_of_their_time() {
    let place = TempDir::new().unwrap();
    let path = |name: &str| place.path().join(name);
    gzip(&path("old.gz"), &[&format!("{}\n", line(1, "a")), &format!("{}\n", line(2, "b"))]);
    fs::write(path("middle"), format!("\n{}\r\n\n{}\n  \n", line(3, "c"), line(4, "d"))).unwrap();
    // the last line is whole although it has no end
    fs::write(path("new"), line(5, "e")).unwrap();
    fs::write(path("empty"), "").unwrap();
    let files = ["new", "empty", "old.gz", "middle"].map(path);
    assert_eq!(read(&files), (vec![1, 2, 3, 4, 5], vec![], vec![]));
    let mut reader = Reader::open(&files).unwrap();
    let size: u64 = files.iter().map(|file| fs::metadata(file).unwrap().len()).sum();
    assert_eq!((reader.bytes(), reader.bytes_read()), (Some(size), 0));
    assert_eq!(reader.by_ref().count(), 5);
    assert_eq!(reader.bytes_read(), size);
}

#[test]
fn a_line_that_breaks_off_is_told_and_no_error() {
    let place = TempDir::new().unwrap();
    let path = place.path().join("log");
    let whole = line(7, "grüße \u{1f600}");
    for cut in 1..whole.len() {
        let mut bytes = whole.as_bytes()[..cut].to_vec();
        fs::write(&path, &bytes).unwrap();
        assert_eq!(read(std::slice::from_ref(&path)), (vec![], vec![], vec!["log:1".to_owned()]), "{cut}");
        bytes.extend_from_slice(format!("\n{whole}\n").as_bytes());
        fs::write(&path, &bytes).unwrap();
        assert_eq!(read(std::slice::from_ref(&path)), (vec![7], vec![], vec!["log:1".to_owned()]), "{cut}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_passed_over() {
    let place = TempDir::new().unwrap();
    let path = place.path().join("log");
    let good = line(1, "a");
    let later = good.replacen("\"v\":1", "\"v\":2", 1).replace("\"action\":\"none\",", "");
    let added = good.replacen("\"v\":1", "\"v\":1,\"new\":{\"key\":[]}", 1);
    fs::write(&path, format!("{good}\n{later}\n[]\n{{\"v\":1}}\nhello\n\"\\ud800\"\n{added}\n")).unwrap();
    let (times, errors, torn) = read(std::slice::from_ref(&path));
    assert_eq!((times, torn), (vec![1, 1], vec![]));
    let tell = |error: &String| error.replace(path.to_str().unwrap(), "log");
    let errors: Vec<String> = errors.iter().map(tell).collect();
    assert_eq!(errors[0], "log:2: a decision of version 2; this premod reads version 1");
    assert!(errors[1].starts_with("log:3: not a decision: "), "{errors:?}");
    assert!(errors[2].starts_with("log:4: not a decision: missing field"), "{errors:?}");
    assert!(errors[3].starts_with("log:5: not a decision: "), "{errors:?}");
    assert!(errors[4].starts_with("log:6: not a decision: "), "{errors:?}");
    assert_eq!(errors.len(), 5);
}

#[test]
fn files_that_can_not_be_read_are_named() {
    let place = TempDir::new().unwrap();
    let missing = Reader::open([place.path().join("none")]).unwrap_err();
    assert!(matches!(&missing, ReadError::Io { .. }) && missing.to_string().contains("none: "), "{missing}");
    let path = place.path().join("cut.gz");
    gzip(&path, &[&format!("{}\n", line(1, "a")).repeat(50)]);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
    let (times, errors, _) = read(std::slice::from_ref(&path));
    assert!(times.len() <= 50 && errors.len() == 1 && errors[0].contains("cut.gz: "), "{times:?} {errors:?}");
}

fn text() -> impl Strategy<Value = Cow<'static, str>> {
    prop_oneof![Just(String::new()), any::<String>(), "[ -~\\u{0}-\\u{1f}äß\u{1f600}\u{2028}]{0,20}"]
        .prop_map(Cow::Owned)
}

fn json() -> impl Strategy<Value = Json<'static>> {
    let object = (text(), any::<f64>(), vec(any::<bool>(), 0..3));
    let written = object.prop_map(|(key, number, list)| {
        let value = serde_json::json!({ key.clone(): [number, list], "n": null });
        serde_json::to_string_pretty(&value).unwrap()
    });
    prop_oneof![Just(String::new()), Just("[1e999,{\"a\":1,\"a\":2}]".to_owned()), written]
        .prop_map(|json| Json(json.into()))
}

fn message() -> impl Strategy<Value = Message<'static>> {
    let names = (text(), text(), text(), text(), text(), text());
    let lists = (vec(text(), 0..3), vec(text(), 0..3), vec(text(), 0..3));
    let parts = vec((text(), text()).prop_map(|(name, text)| Part { name, text }), 0..4);
    let file = (text(), text(), any::<u64>());
    let files = vec(
        file.prop_map(|(name, url, size)| Attachment {
            extension: name.clone(),
            mime: url.clone(),
            name,
            size,
            url,
        }),
        0..3,
    );
    (names, lists, parts, files, (json(), json(), json()), any::<i64>()).prop_map(
        |((app, id, muid, kind, uid, name), (tags, mentions, earlier), parts, attachments, free, sent_at)| {
            let mut message = Message::from_text("");
            message.sender.metadata = free.0;
            (message.metadata, message.custom) = (free.1, free.2);
            (message.sender.uid, message.sender.name, message.receiver.name) = (uid, name.clone(), name);
            message.sender.tags.clone_from(&tags);
            message.receiver.tags.clone_from(&mentions);
            Message { app, id, muid, kind, tags, mentions, earlier, parts, attachments, sent_at, ..message }
        },
    )
}

/// The message with the line breaks of its JSON as spaces, which mean the same.
fn on_one_line(mut message: Message<'static>) -> Message<'static> {
    for json in [&mut message.metadata, &mut message.custom, &mut message.sender.metadata] {
        json.0 = json.0.replace('\n', " ").into();
    }
    message
}

/// Bodies of answers, one of which is none.
const ANSWERS: &[&str] = &["{}", "{\"a\": [1e5, \"\\n\"]}", " {}\n", "", "{"];

/// Rules to fire, to fail and to be tripped.
static RULES: LazyLock<RuleSet> = LazyLock::new(|| {
    let mut out = Diagnostics::default();
    let compiled = compile(&sources(decisions::RULES), &mut out);
    compiled.unwrap_or_else(|| panic!("{:?}", out.sorted())).rules
});

proptest! {
    #[test]
    fn what_is_written_is_read_back_the_same(
        message in message(),
        steps in any::<[u64; 3]>(),
        numbers in (any::<i64>(), any::<u32>(), any::<i64>()),
        told in (any::<bool>(), any::<bool>(), any::<bool>()),
        answer in select(ANSWERS),
        texts in (text(), text()),
    ) {
        let (time, engine_ns, score) = numbers;
        let (incomplete, dropped, judged) = told;
        let decision = Decision {
            outcome: Outcome::Judged,
            verdict: Verdict { score, labels: vec![texts.1.clone().into_owned()], ..Verdict::default() },
            fired: vec![Fired { rule: 0, enforced: judged, spans: vec![] }],
            failed: vec![(1, texts.0.clone().into_owned())],
            tripped: if dropped { vec![1, 0] } else { vec![] },
            disguise: vec!["leet"],
            state_incomplete: incomplete,
            steps: Steps { recalled: steps[0], counted: steps[1], settled: steps[2] },
        };
        let subject = Subject {
            id: &texts.0,
            time,
            route: "moderation",
            outcome: if judged { "judged" } else { "unscannable:budget" },
            detail: &texts.1,
            decision: Some(&decision),
            message: Some(&message),
            rules: incomplete.then_some(&*RULES),
            revision: &texts.1,
            answer: answer.as_bytes(),
            dropped,
            engine_ns: engine_ns.into(),
            state: &texts.0,
        };
        for kept in [TextKept::Full, TextKept::Masked, TextKept::Hash, TextKept::None] {
            let record = Record::of(&subject, kept, b"key");
            let written = serde_json::to_string(&record).unwrap();
            prop_assert!(!written.contains('\n'));
            let mut line = Vec::new();
            Record::write(&subject, kept, b"key", &mut line);
            prop_assert_eq!(String::from_utf8(line).unwrap(), &*written);
            let place = TempDir::new().unwrap();
            let path = place.path().join("log");
            fs::write(&path, format!("{written}\n")).unwrap();
            let (_, read) = Reader::open([&path]).unwrap().next().unwrap().unwrap();
            prop_assert_eq!(format!("{read:?}"), format!("{record:?}"));
            prop_assert_eq!(serde_json::to_string(&read).unwrap(), written);
            if kept == TextKept::Full {
                let judged = read.message.as_ref().unwrap().to_message();
                prop_assert_eq!(format!("{judged:?}"), format!("{:?}", on_one_line(message.clone())));
            }
        }
    }
}
