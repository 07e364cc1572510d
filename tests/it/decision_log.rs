//! The decision log of a real server: what is in it, and what is not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use premod::decision::{Reader, Record, record::Raw};
use serde_json::{Value, json};

use crate::client::{Connection, get, post};
use crate::command::{Place, Serving, project};
use crate::house::none_is_wrong;

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

pub(crate) fn place(text: &str, more: &str) -> Place {
    Place::new().file("rules/a.yaml", RULES).file("premod.yaml", &config(text, more))
}

fn sample(name: &str) -> Value {
    serde_json::from_slice(&fs::read(project("tests/data/cometchat").join(name)).unwrap()).unwrap()
}

/// A documented one-to-one message with this text.
pub(crate) fn message(text: &str) -> Vec<u8> {
    let mut body = sample("documented/before_message.json");
    body["data"]["data"]["text"] = text.into();
    body.to_string().into_bytes()
}

/// All records of some files, oldest file first.
pub(crate) fn records<P: AsRef<Path>>(files: impl IntoIterator<Item = P>) -> Vec<Record<'static>> {
    let mut reader = Reader::open(files).unwrap();
    let records = reader.by_ref().map(|record| record.unwrap().1).collect();
    assert!(reader.torn().is_empty(), "{:?}", reader.torn());
    records
}

/// All records of a log in the order of their steps, those without any at the end: the threads that
/// answer write in turns, and an id tells no order within a millisecond.
fn in_order(place: &Place) -> Vec<Record<'static>> {
    let mut all = records(files(place));
    all.sort_by_key(|record| record.state.as_ref().map_or(u64::MAX, |state| state.steps[0]));
    all
}

/// The files of a log, those put aside included.
pub(crate) fn files(place: &Place) -> Vec<PathBuf> {
    let entries = fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("decisions")).collect();
    files.sort();
    files
}

/// Waits for something to come true, and fails with what there was instead.
pub(crate) fn wait_for<T: std::fmt::Debug>(what: &str, mut look: impl FnMut() -> Result<(), T>) {
    let started = Instant::now();
    while let Err(seen) = look() {
        assert!(started.elapsed() < Duration::from_secs(60), "{what} never came true: {seen:?}");
        thread::park_timeout(Duration::from_millis(10));
    }
}

/// What a counter says.
pub(crate) fn metric(serving: &Serving, name: &str) -> u64 {
    let all = String::from_utf8(get(serving.admin, "/metrics").body).unwrap();
    let line = all.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
    line.unwrap_or_else(|| panic!("no {name} in {all}")).parse().unwrap()
}

pub(crate) fn stop(serving: Serving) {
    let (status, _) = serving.terminate();
    assert!(status.success(), "{status}");
}

fn answer(record: &Record<'_>) -> Value {
    let text = record.answer.as_ref().map(|answer: &Raw<'_>| answer.get().to_owned());
    serde_json::from_str(&text.expect("an answer is kept")).unwrap()
}

/// What a record keeps of its text.
fn kept(record: &Record<'_>) -> Option<String> {
    record.message.as_ref().unwrap().parts[0].text.as_deref().map(str::to_owned)
}

/// The schema of records with all that it leaves open closed, so that no key goes undescribed.
fn strict_schema() -> Value {
    fn close(schema: &mut Value) {
        match schema {
            Value::Object(map) => {
                if map.contains_key("properties") {
                    map.insert("additionalProperties".into(), false.into());
                }
                map.values_mut().for_each(close);
            }
            Value::Array(values) => values.iter_mut().for_each(close),
            _ => {}
        }
    }
    let mut schema = premod::decision::schema();
    close(&mut schema);
    schema
}

/// Fails with all lines of a log that don't fit the schema.
fn fits_the_schema(log: &str) {
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.add_resource("https://example.com/s.json", strict_schema()).unwrap();
    let root = compiler.compile("https://example.com/s.json", &mut schemas).unwrap();
    let wrong = |line: &str| {
        let record: Value = serde_json::from_str(line).unwrap();
        let error = schemas.validate(&record, root).err()?;
        Some(format!("{error:#} in {line}"))
    };
    none_is_wrong(&log.lines().filter_map(wrong).collect::<Vec<_>>());
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
    fits_the_schema(&fs::read_to_string(place.path().join("decisions.jsonl")).unwrap());
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
        let records = in_order(&place);
        assert_eq!(records.len(), texts.len() + 1);
        fits_the_schema(&log);
        assert!(!log.contains("pelican"), "{way}: {log}");
        if way == "masked" {
            let kept: Vec<_> = records.iter().map(|record| kept(record).unwrap_or_default()).collect();
            assert_eq!(kept[0], "***** zanzibar");
            assert_eq!(kept[1], "***** zanzibar, call ************");
            assert_eq!(kept[2], "zanzibar **** *****");
            assert_eq!(kept[4], "", "without a verdict nobody knows what to cover");
            assert!(!log.contains("555 0123"), "{log}");
            continue;
        }
        for word in ["zanzibar", "heron", "crane", "555 0123", "duck", "gull", "magpie", "Kestrel"] {
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
        in_order(&place).iter().map(|record| kept(record).unwrap()).collect::<Vec<_>>()
    };
    let (one, again, other) =
        (hash("0123456789abcdef\n"), hash("0123456789abcdef"), hash("fedcba9876543210"));
    assert_eq!(one, again);
    assert!(one[0] == one[1] && one[0] != one[2] && one[0] != other[0]);
    assert!(one[0].len() == 32 && one[0].bytes().all(|byte| byte.is_ascii_hexdigit()));
}
