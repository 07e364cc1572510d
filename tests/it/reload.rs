//! Rules edited under a server: every way of changing them, every way of breaking them, and messages
//! that are judged meanwhile. What is waited for is asked again and again until it is there.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use premod::rulefile::date::Date;
use serde_json::{Value, json};

use crate::client::{Connection, Response, get, post};
use crate::command::{Place, Serving};

/// Longer than a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

const TOLD: &str = "X-Premod-Admin: 1\r\nContent-Type: application/json\r\n";

/// Asks again until it is so.
pub(crate) fn until(what: &str, mut so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !so() {
        assert!(started.elapsed() < PATIENCE, "it never came: {what}");
        thread::park_timeout(Duration::from_millis(10));
    }
}

/// Calls the operator's API.
pub(crate) fn api(serving: &Serving, method: &str, path: &str, headers: &str) -> Response {
    let mut connection = Connection::open(serving.admin);
    let host = serving.admin;
    let head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: 0\r\n\r\n");
    connection.write(head.as_bytes());
    connection.response()
}

/// A rule that drops a word.
pub(crate) fn drops(word: &str) -> String {
    format!("rules:\n  - {{id: t.{word}, match: {{words: [{word}]}}, action: drop}}\n")
}

/// The body of a message.
pub(crate) fn message(text: &str) -> Vec<u8> {
    json!({"trigger": "before_message", "data": {"data": {"text": text}}}).to_string().into_bytes()
}

/// Which of these words are dropped.
fn dropped(serving: &Serving, words: &[&str]) -> Vec<String> {
    let is_dropped = |word: &&&str| post(serving.addr, &message(word)).json() != json!({});
    words.iter().filter(is_dropped).map(|word| (*word).to_owned()).collect()
}

fn metric(serving: &Serving, line: &str) -> bool {
    let page = String::from_utf8(get(serving.admin, "/metrics").body).expect("text");
    page.lines().any(|own| own == line)
}

/// The revision that a server would give to what lies there.
fn revision(place: &Place) -> String {
    place.premod(&["check", "--json"]).json()["revision"].as_str().expect("a revision").to_owned()
}

#[test]
fn an_edit_goes_live_whatever_way_it_is_made() {
    let words = ["heron", "magpie", "crane", "duck", "swan", "goose", "gull"];
    let place = Place::new().file("rules/a.yaml", &drops("heron")).file("other/a.yaml", &drops("swan"));
    let rules = place.path().join("rules");
    let at = |name: &str| rules.join(name);
    let serving = Serving::start(place.path(), &[]);
    let live = |what: &str, word: &str| {
        until(what, || dropped(&serving, &words) == [word]);
        let response = post(serving.addr, &message("hello"));
        assert_eq!(response.header("x-premod-ruleset"), Some(&*revision(&place)), "{what}");
    };
    live("at the start", "heron");
    fs::write(at("a.yaml"), drops("magpie")).expect("written");
    live("written in place", "magpie");
    fs::write(at(".a.yaml.swp"), drops("crane")).expect("written");
    fs::rename(at(".a.yaml.swp"), at("a.yaml")).expect("renamed");
    live("renamed over", "crane");
    // as Kubernetes mounts a ConfigMap: files are links through a link that is swapped
    fs::create_dir(at("..one")).expect("made");
    fs::write(at("..one/a.yaml"), drops("duck")).expect("written");
    symlink("..one", at("..data")).expect("linked");
    symlink("..data/a.yaml", at("new")).expect("linked");
    fs::rename(at("new"), at("a.yaml")).expect("renamed");
    live("linked", "duck");
    fs::create_dir(at("..two")).expect("made");
    fs::write(at("..two/a.yaml"), drops("goose")).expect("written");
    symlink("..two", at("..data_tmp")).expect("linked");
    fs::rename(at("..data_tmp"), at("..data")).expect("swapped");
    live("a link swapped", "goose");
    fs::rename(&rules, place.path().join("old")).expect("moved away");
    fs::rename(place.path().join("other"), &rules).expect("moved there");
    live("the directory replaced", "swan");
    fs::write(at("a.yaml"), drops("gull")).expect("written");
    live("an edit in the new directory", "gull");
    assert!(serving.log().contains("the rules were reloaded"), "{}", serving.log());
}

#[test]
fn a_file_that_is_half_there_is_not_served() {
    let place = Place::new().file("rules/a.yaml", &drops("heron"));
    let path = place.path().join("rules/a.yaml");
    let serving = Serving::start(place.path(), &[]);
    // the first half is a rule file by itself
    let (half, rest) = (drops("magpie"), "  - {id: t.crane, match: {words: [crane]}, action: drop}\n");
    let seen = AtomicBool::new(false);
    thread::scope(|scope| {
        let watching = scope.spawn(|| {
            while !seen.load(Ordering::Relaxed) {
                let words = dropped(&serving, &["heron", "magpie", "crane"]);
                // each is asked by itself, so between two of them the rules may have changed
                assert!(words != ["magpie"], "half a file was served");
            }
        });
        fs::write(&path, &half).expect("written");
        for piece in rest.as_bytes().chunks(2) {
            use std::io::Write as _;
            let mut file = fs::OpenOptions::new().append(true).open(&path).expect("a file");
            file.write_all(piece).expect("written");
            thread::park_timeout(Duration::from_millis(5));
        }
        until("whole", || dropped(&serving, &["heron", "magpie", "crane"]) == ["magpie", "crane"]);
        seen.store(true, Ordering::Relaxed);
        watching.join().expect("no half was seen");
    });
}

#[test]
fn a_signal_and_a_call_reload_too() {
    let place = Place::new().file("rules/a.yaml", &drops("heron"));
    let serving = Serving::start(place.path(), &[]);
    let unchanged = api(&serving, "POST", "/api/reload", TOLD);
    let expected = json!({
        "revision": serving.revision, "changed": false, "added": [], "removed": [], "edited": [],
    });
    assert_eq!((unchanged.status, unchanged.json()), (200, expected));
    serving.signal("HUP");
    until("the signal is heard", || serving.log().contains("\"trigger\":\"signal\""));
    fs::write(place.path().join("rules/a.yaml"), drops("heron").replace("drop}", "flag}")).expect("written");
    fs::write(place.path().join("rules/b.yaml"), drops("duck")).expect("written");
    let changed = api(&serving, "POST", "/api/reload", TOLD).json();
    // the watch may have been faster
    if changed["changed"] == true {
        assert_eq!((&changed["added"], &changed["edited"]), (&json!(["t.duck"]), &json!(["t.heron"])));
    }
    assert_eq!(changed["revision"], revision(&place));
    assert_eq!(dropped(&serving, &["heron", "duck"]), ["duck"]);
    assert!(metric(&serving, &format!("premod_rules_info{{revision=\"{}\"}} 1", revision(&place))));
}

#[test]
fn the_api_is_for_the_operator_alone() {
    let place = Place::new().file("rules/a.yaml", &drops("heron")).file(
        "premod.yaml",
        "admin: {hosts: [premod.internal], auth: {credentials: [{username: a, password: b}]}}",
    );
    let serving = Serving::start(place.path(), &[]);
    let credential = "Authorization: Basic YTpi\r\n";
    let call = |line: &str, host: &str, headers: &str| {
        let mut connection = Connection::open(serving.admin);
        let head = format!("{line} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: 2\r\n\r\n{{}}");
        connection.write(head.as_bytes());
        connection.response().status
    };
    let all = format!("{credential}{TOLD}");
    let json_only = format!("{credential}Content-Type: application/json\r\n");
    let header_only = format!("{credential}X-Premod-Admin: 1\r\n");
    for (line, host, headers, status) in [
        ("POST /api/reload", "127.0.0.1", all.as_str(), 200),
        ("POST /api/reload", "premod.internal:8081", &all, 200),
        ("POST /api/reload", "localhost", &format!("{all}Origin: null\r\n"), 200),
        ("POST /api/reload", "evil.example", &all, 403),
        ("POST /api/reload", "127.0.0.1", TOLD, 401),
        ("POST /api/reload", "127.0.0.1", &json_only, 403),
        ("POST /api/reload", "127.0.0.1", &header_only, 415),
        ("POST /api/reload", "127.0.0.1", &format!("{header_only}Content-Type: text/plain\r\n"), 415),
        ("GET /api/reload", "127.0.0.1", &all, 405),
        ("GET /api/rules", "127.0.0.1", credential, 200),
        ("GET /api/rules", "127.0.0.1", "", 401),
        ("GET /api/rules", "evil.example", credential, 403),
        ("POST /api/rules/t.heron/reset", "127.0.0.1", &all, 200),
        ("POST /api/rules/t.heron/reset", "127.0.0.1", credential, 403),
        ("POST /api/rules/t.stork/reset", "127.0.0.1", &all, 404),
    ] {
        assert_eq!(call(line, host, headers), status, "{line} {host} {headers:?}");
    }
    let public = Connection::open(serving.addr).post("/api/reload", &all, b"{}");
    assert_eq!(public.status, 404);
}

/// A way to break a directory that holds the file `a.yaml`, and a piece of what must be said.
type Breakage = (&'static str, fn(&Path), &'static str);

const BROKEN: [Breakage; 9] = [
    ("syntax", |at| fs::write(at.join("a.yaml"), "rules: [\n").expect("written"), "a.yaml:"),
    ("bad regex", |at| write(at, "rules: [{id: t.heron, match: {regex: 'ab(c'}}]\n"), "a.yaml:1:"),
    ("unknown key", |at| write(at, &drops("heron").replace("action", "acton")), "unknown key `acton`"),
    ("truncated", |at| write(at, &drops("heron")[..40]), "a.yaml:2:"),
    ("truncated to nothing", |at| write(at, ""), "nothing is left in this file"),
    ("empty directory", |at| fs::remove_file(at.join("a.yaml")).expect("removed"), "no rule is left"),
    ("missing directory", |at| fs::remove_dir_all(at).expect("removed"), "cannot be read"),
    (
        "unreadable",
        |at| {
            fs::remove_file(at.join("a.yaml")).expect("removed");
            symlink("nowhere", at.join("a.yaml")).expect("linked");
        },
        "cannot be read",
    ),
    (
        "not UTF-8",
        |at| fs::write(at.join("a.yaml"), b"rules:\n  - caf\xe9").expect("written"),
        "not UTF-8 from byte 14 on",
    ),
];

fn write(directory: &Path, text: &str) {
    fs::write(directory.join("a.yaml"), text).expect("written");
}

#[test]
fn a_broken_edit_changes_nothing_and_is_named() {
    let place = Place::new().file("rules/a.yaml", &drops("heron"));
    let rules = place.path().join("rules");
    let serving = Serving::start(place.path(), &[]);
    let words = ["heron", "crane"];
    let mut good = serving.revision.clone();
    for (number, (what, break_it, said)) in BROKEN.into_iter().enumerate() {
        break_it(&rules);
        until(what, || metric(&serving, "premod_config_ok 0"));
        // what the watch has found, a call finds too, and tells
        let refused = api(&serving, "POST", "/api/reload", TOLD);
        let body = refused.json();
        assert_eq!((refused.status, &body["revision"]), (422, &json!(good)), "{what}: {body}");
        let found = body["found"].as_array().expect("findings");
        let told: Vec<String> = found.iter().map(line).collect();
        assert!(told.iter().any(|line| line.contains(said)), "{what}: {told:?}");
        let log = serving.log();
        assert!(log.contains(said), "{what}: {log}");
        assert!(
            log.lines().any(|line| line.contains("last good revision") && line.contains(&*good)),
            "{what}"
        );
        // nothing has changed
        assert_eq!(dropped(&serving, &words), ["heron"], "{what}");
        assert!(metric(&serving, &format!("premod_rules_info{{revision=\"{good}\"}} 1")), "{what}");
        assert_eq!(get(serving.addr, "/readyz").status, 200);
        let told = api(&serving, "GET", "/api/rules", "").json();
        assert_eq!((&told["config_ok"], &told["revision"]), (&json!(false), &json!(good)), "{what}");
        assert_eq!(told["rejected"]["found"], body["found"], "{what}");
        heal(&rules, number);
        until(&format!("{what}: healed"), || metric(&serving, "premod_config_ok 1"));
        // every other repair is a new edit
        good = revision(&place);
        until("the repair is live", || {
            post(serving.addr, &message("hello")).header("x-premod-ruleset") == Some(&*good)
        });
        let told = api(&serving, "GET", "/api/rules", "").json();
        assert_eq!((&told["config_ok"], &told["rejected"]), (&json!(true), &Value::Null), "{what}");
        assert_eq!(dropped(&serving, &words), ["heron"], "{what}");
    }
}

fn heal(rules: &Path, number: usize) {
    let _ = fs::create_dir(rules);
    let _ = fs::remove_file(rules.join("a.yaml"));
    write(rules, &format!("{}{}", drops("heron"), "#".repeat(number / 2)));
}

/// A finding as the log writes it.
fn line(found: &Value) -> String {
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
    format!("{}:{}:{}: {}", text("file"), found["line"], found["column"], text("message"))
}

#[test]
fn what_was_counted_survives_a_reload() {
    let limit = |extra: &str| {
        format!(
            "rules:\n  - {{id: fast, when: 'rate(sender.uid, duration(\"1h\")) > 3', action: drop{extra}}}\n"
        )
    };
    let place = Place::new().file("rules/a.yaml", &limit(""));
    let serving = Serving::start(place.path(), &[]);
    let say = || post(serving.addr, &message("hi")).json();
    assert_eq!([say(), say(), say()], [json!({}), json!({}), json!({})]);
    fs::write(place.path().join("rules/a.yaml"), limit(", score: 1")).expect("written");
    assert_eq!(api(&serving, "POST", "/api/reload", TOLD).status, 200);
    assert_eq!(say(), json!({"action": "do_not_propagate"}));
}

#[test]
fn rules_are_told_with_how_they_stand() {
    let text = "rules:
  - {id: a.on, why: to see, owner: ops, match: {words: [heron]}, action: drop}
  - {id: b.shadow, mode: shadow, match: {words: [heron]}, action: drop}
  - {id: c.off, mode: off, match: {words: [heron]}}
  - {id: d.over, expires: 2020-01-01, match: {words: [heron]}}
  - {id: e.some, sample: 5%, match: {words: [crane]}}
";
    let place = Place::new().file("rules/a.yaml", text);
    let serving = Serving::start(place.path(), &[]);
    assert_eq!(dropped(&serving, &["heron"]), ["heron"]);
    let told = api(&serving, "GET", "/api/rules", "").json();
    assert_eq!((&told["revision"], &told["config_ok"]), (&json!(serving.revision), &json!(true)));
    assert!(told["loaded_at"].as_i64().is_some_and(|at| at > 1_700_000_000_000), "{told}");
    let stand = |rule: &Value| {
        let text = |key: &str| rule[key].as_str().unwrap_or_default().to_owned();
        format!("{} {} {} {} {}", text("id"), text("owner"), text("mode"), text("state"), rule["hits"])
    };
    let stands: Vec<String> = told["rules"].as_array().expect("rules").iter().map(stand).collect();
    let expected = [
        "a.on ops enforce enforced 1",
        "b.shadow  shadow shadow 1",
        // a message without a time is of 1970, when it was not over yet
        "d.over  enforce expired 1",
        "e.some  enforce sampled 0",
        "c.off  off off null",
    ];
    assert_eq!(stands, expected);
    assert!(serving.log().contains("a rule has expired"), "{}", serving.log());
}

/// The two rule sets that take turns: files that must agree, and each alone would be seen.
fn generation(number: usize) -> [(&'static str, String); 3] {
    let word = ["heron", "crane"][number % 2];
    let rule = |file: char| {
        format!(
            "rules:\n  - id: {file}.{word}\n    match: {{words: [{word}]}}\n    metadata: {{{file}: {word}{number}}}\n"
        )
    };
    [("a.yaml", rule('a')), ("b.yaml", rule('b')), ("c.yaml", rule('c'))]
}

fn install(place: &Path, number: usize) {
    let next: PathBuf = place.join(format!("next{number}"));
    fs::create_dir(&next).expect("made");
    for (name, text) in generation(number) {
        fs::write(next.join(name), text).expect("written");
    }
    let link = place.join("link");
    symlink(format!("next{number}"), &link).expect("linked");
    fs::rename(&link, place.join("rules")).expect("swapped");
}

#[test]
fn two_hundred_swaps_under_load_are_never_seen_half() {
    const SWAPS: usize = 200;
    let place = Place::new();
    install(place.path(), 0);
    let serving = Serving::start(place.path(), &[]);
    let done = AtomicBool::new(false);
    let client = || {
        let mut connection = Connection::open(serving.addr);
        let (mut answers, mut generations) = (0_u32, BTreeSet::new());
        let body = message("heron and crane");
        let begun = Instant::now();
        while !done.load(Ordering::Relaxed) {
            let response = connection.post("/cometchat", "", &body);
            let told = response.json();
            let one = told["a"].as_str().unwrap_or_else(|| panic!("not judged whole: {told}"));
            let agree = ["a", "b", "c"].iter().all(|file| told[file] == one);
            assert!(agree && response.outcome() == "judged", "{told}");
            generations.insert(one.to_owned());
            answers += 1;
            // 500 messages a second between the two of them
            let due = Duration::from_millis(4) * answers;
            thread::park_timeout(due.saturating_sub(begun.elapsed()));
        }
        (answers, generations)
    };
    thread::scope(|scope| {
        let clients = [scope.spawn(client), scope.spawn(client)];
        for number in 1..=SWAPS {
            install(place.path(), number);
            let told = api(&serving, "POST", "/api/reload", TOLD);
            assert_eq!(told.status, 200, "{}", told.json());
        }
        done.store(true, Ordering::Relaxed);
        for client in clients {
            let (answers, generations) = client.join().expect("each answer was whole");
            println!("{answers} answers by {} rule sets", generations.len());
            assert!(generations.len() > SWAPS / 4, "{} of {SWAPS} were seen", generations.len());
        }
    });
}

#[test]
fn a_fresh_mistake_falls_back_to_shadow_until_it_is_reset() {
    let place = Place::new().file("rules/a.yaml", &drops("heron"));
    let serving = Serving::start(place.path(), &[]);
    fs::write(place.path().join("rules/b.yaml"), drops("hello")).expect("written");
    assert_eq!(api(&serving, "POST", "/api/reload", TOLD).status, 200);
    let mut connection = Connection::open(serving.addr);
    let mut say = |text: &str, sender: usize| {
        let body = json!({"trigger": "before_message", "data": {"sender": format!("u{sender}"), "data": {"text": text}}});
        connection.post("/cometchat", "", body.to_string().as_bytes()).json()
    };
    let dropped = json!({"action": "do_not_propagate"});
    // a heron is as common, but the rule about it is old
    for at in 0..999 {
        assert_eq!(say("hello heron", at % 60), dropped, "{at}");
    }
    assert_eq!(say("hello", 1), dropped, "the message that is too much was judged before");
    assert_eq!(say("hello", 1), json!({}));
    assert_eq!(say("hello heron", 1), dropped);
    let state = |id: &str| {
        let told = api(&serving, "GET", "/api/rules", "").json();
        let rules = told["rules"].as_array().expect("rules").clone();
        rules.into_iter().find(|rule| rule["id"] == id).expect("it is there")["state"].clone()
    };
    assert_eq!((state("t.hello"), state("t.heron")), (json!("tripped"), json!("enforced")));
    assert!(metric(&serving, "premod_rule_tripped{rule=\"t.hello\"} 1"));
    assert!(serving.log().contains("hits far too much"), "{}", serving.log());
    let reset = api(&serving, "POST", "/api/rules/t.hello/reset", TOLD);
    assert_eq!((reset.status, reset.json()), (200, json!({"rule": "t.hello", "was_tripped": true})));
    assert_eq!((say("hello", 1), state("t.hello")), (dropped, json!("enforced")));
    assert!(!metric(&serving, "premod_rule_tripped{rule=\"t.hello\"} 1"));
}

#[test]
fn rules_that_end_soon_are_warned_of() {
    let today = i64::try_from(SystemTime::UNIX_EPOCH.elapsed().expect("a clock").as_secs() / 86_400);
    let day = |days: i64| {
        let wanted = today.expect("a day") + days;
        let dates = (2020..2200).flat_map(|year| (1..=12).map(move |month| (year, month)));
        let mut dates =
            dates.flat_map(|(year, month)| (1..=31).map(move |day| format!("{year}-{month:02}-{day:02}")));
        dates.find(|date| Date::parse(date).is_some_and(|date| date.days() == wanted)).expect("a date")
    };
    let rule = |id: &str, days: i64| {
        format!("  - {{id: {id}, match: {{words: [x]}}, owner: ops, expires: {}}}\n", day(days))
    };
    let text = format!("rules:\n{}{}{}", rule("soon", 13), rule("later", 16), rule("over", -2));
    let place = Place::new().file("rules/a.yaml", &text);
    let found = place.premod(&["check", "--json"]).expect(0).json();
    let told: Vec<&str> = found["found"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|one| one["message"].as_str().expect("text"))
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("this rule is off in 14 days: its last day is "), "{told:?}");
    assert!(told[1].starts_with("this rule is off: its last day was "), "{told:?}");
    let serving = Serving::start(place.path(), &[]);
    until("the warnings", || serving.log().contains("a rule expires soon"));
    let log = serving.log();
    assert!(log.contains("a rule has expired") && log.matches("\"rule\":\"later\"").count() == 0, "{log}");
}
