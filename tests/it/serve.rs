//! The program as a service: its real engine and rules behind its real sockets.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Connection, get, post};
use crate::command::{Place, Serving, project};

const RULES: &str = "rules:
  - {id: t.drop, match: {words: [heron]}, action: drop}
  - {id: t.flag, match: {words: [magpie]}, action: flag}
  - id: t.enrich
    match: {find: [phone], words: [crane]}
    labels: [contact]
    mask: true
    metadata: {notice: Please keep contact details off the chat}
  - {id: t.shadow, mode: shadow, match: {words: [duck]}, action: drop}
";

fn place() -> Place {
    Place::new().file("rules/a.yaml", RULES)
}

/// The bodies of a folder, with the names of their files.
fn bodies(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(project("tests/data/cometchat").join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn sample(name: &str) -> Value {
    serde_json::from_slice(&fs::read(project("tests/data/cometchat").join(name)).unwrap()).unwrap()
}

/// A documented one-to-one message with this text.
fn message(text: &str) -> Value {
    let mut body = sample("documented/before_message.json");
    body["data"]["data"]["text"] = text.into();
    body
}

#[test]
fn the_three_documented_outcomes() {
    let place = place();
    let serving = Serving::start(place.path(), &[]);
    let mut connection = Connection::open(serving.addr);
    let mut ids = vec![];
    for (text, expected) in [
        ("Hi Webhook Test", "before_message.noop.json"),
        ("a h é r 0 n flew by", "before_message.drop.json"),
        ("a magpie", "before_message.noop.json"),
        ("a duck", "before_message.noop.json"),
    ] {
        let response = connection.post("/cometchat", "", message(text).to_string().as_bytes());
        assert_eq!(
            (response.status, response.json()),
            (200, sample(&format!("responses/{expected}"))),
            "{text}"
        );
        assert_eq!(
            (response.outcome(), response.header("content-type")),
            ("judged", Some("application/json"))
        );
        assert_eq!(response.header("x-premod-ruleset"), Some(&*serving.revision));
        ids.push(response.header("x-premod-decision").expect("an id").to_owned());
    }
    ids.dedup();
    assert_eq!(ids.len(), 4, "each decision has an id of its own");
    let response =
        connection.post("/cometchat", "", message("call me on 212 555 0123 now").to_string().as_bytes());
    let enriched = json!({
        "notice": "Please keep contact details off the chat",
        "labels": ["contact"],
        "masked_text": "call me on *** *** **** now",
    });
    let answer = response.json();
    assert_eq!(answer["notice"], enriched["notice"]);
    assert_eq!(answer["labels"], enriched["labels"]);
    let masked = answer["masked_text"].as_str().unwrap();
    assert!(masked.starts_with("call me on ***") && masked.ends_with("*** now"), "{masked}");
    assert_eq!(masked.chars().filter(char::is_ascii_digit).count(), 0, "{masked}");
}

#[test]
fn every_known_body_gets_the_answer_of_its_class() {
    let place = place();
    let shipped = project("rules");
    for rules in [place.path().join("rules"), shipped] {
        let serving = Serving::start(place.path(), &["--rules", rules.to_str().unwrap()]);
        for (path, body) in ["documented", "inferred"].into_iter().flat_map(bodies) {
            let response = post(serving.addr, &body);
            let trigger = serde_json::from_slice::<Value>(&body).unwrap()["trigger"].clone();
            assert_eq!(response.status, 200, "{}", path.display());
            let answer = response.json();
            if trigger == "before_message" {
                assert_eq!((answer, response.outcome()), (json!({}), "judged"), "{}", path.display());
            } else {
                assert_eq!(answer, json!({"ok": true}), "{}", path.display());
            }
        }
    }
}

#[test]
fn the_custom_api_is_answered() {
    let place = place();
    let serving = Serving::start(place.path(), &[]);
    let body = |text: &str| {
        let mut body = sample("custom_api/request.text.json");
        let last = body["contextMessages"].as_array_mut().unwrap().last_mut().unwrap();
        last["user-bob"]["data"]["text"] = text.into();
        body.to_string().into_bytes()
    };
    for (text, matches, confidence, reason) in [
        ("ok", false, 1.0, ""),
        ("h.e.r.o.n", true, 1.0, ""),
        ("magpie and crane", true, 0.5, "contact"),
        ("crane", false, 1.0, "contact"),
    ] {
        let response = Connection::open(serving.addr).post("/cometchat/moderation", "", &body(text));
        let told = place.premod_told(&["explain", "--json", "-"], &body(text)).expect(0).json();
        assert_eq!(told["answer"], response.json(), "{text}");
        let expected = json!({"isMatchingCondition": matches, "confidence": confidence, "reason": reason});
        assert_eq!(
            (response.status, response.json(), response.outcome()),
            (200, expected, "judged"),
            "{text}"
        );
        assert_eq!(response.header("x-premod-ruleset"), Some(&*serving.revision));
        assert!(response.header("x-premod-decision").is_some());
    }
}

/// Texts of all sorts: innocent, plainly bad, disguised, and odd.
const TEXTS: [&str; 35] = [
    "see you at eight",
    "Scunthorpe assessment class, cocktails after",
    "what a shitty day",
    "fuck you",
    "f u c k you",
    "ｆｕｃｋ ｙｏｕ",
    "fuсk yоu",
    "f\u{200b}uck\u{200d} y\u{ad}ou",
    "f**k you all",
    "fuuuuuck yooou",
    "𝖋𝖚𝖈𝖐 you",
    "f<b>u</b>ck you",
    "kill yourself",
    "k1ll y0urself",
    "k.i.l.l yourself",
    "text me on Ｗｈａｔｓａｐｐ",
    "my mail is jo at example dot com",
    "call me: +49 151 23456789",
    "five five five one two three four five six seven",
    "pay with 4111 1111 1111 1111",
    "DE89 3704 0044 0532 0130 00",
    "go to hxxp://bit[.]ly/win",
    "https://example.com/a?b=c#d",
    "BUY NOW!!! CHEAP FOLLOWERS!!! BUY NOW!!!",
    "send me your seed phrase to unlock the airdrop",
    "ich weiß, wo du wohnst",
    "trading child p0rn",
    "all of you raghe@ds",
    "n1gg3rs out",
    "я тебя убью",
    "我要杀了你",
    "👨‍👩‍👧‍👦 🇫🇺🇨🇰",
    "\u{202e}uoy kcuf",
    "Z̷̢̧͓a̷l̷g̷o̷ f̷u̷c̷k̷",
    "",
];

/// Bodies of all kinds of messages, each with such a text where that kind has one.
fn all_kinds(text: &str) -> Vec<Value> {
    let mut group = sample("inferred/before_message.text_group_thread_mention.json");
    group["data"]["data"]["text"] = text.into();
    let mut caption = sample("inferred/before_message.image_caption.json");
    caption["data"]["data"]["text"] = text.into();
    let mut custom = sample("inferred/before_message.custom.json");
    custom["data"]["data"]["customData"]["note"] = text.into();
    let mut form = sample("inferred/before_message.interactive_form.json");
    form["data"]["data"]["interactiveData"]["formFields"][0]["label"] = text.into();
    vec![message(text), group, caption, custom, form]
}

#[test]
fn explain_gives_the_answer_of_the_server() {
    let rules = project("rules");
    let rules = ["--rules", rules.to_str().unwrap()];
    let place = Place::new();
    let serving = Serving::start(place.path(), &rules);
    // each text as a plain message, every sixth as all the others too
    let mut table: Vec<Vec<u8>> = TEXTS
        .iter()
        .enumerate()
        .flat_map(|(at, text)| all_kinds(text).into_iter().take(if at % 6 == 3 { 5 } else { 1 }))
        .enumerate()
        .map(|(at, mut body)| {
            // explain begins with empty counters, so nobody here has said anything before
            body["appId"] = format!("app{at}").into();
            body.to_string().into_bytes()
        })
        .collect();
    table.push(b"{".to_vec());
    table.push(br#"{"trigger":"before_message","data":{"data":{"text":"a","text":"b"}}}"#.to_vec());
    table.push(br#"{"trigger":"before_message","data":{"data":{"text":"fu\ud800ck \u0000you"}}}"#.to_vec());
    assert!(table.len() > 50);
    let compare = |body: &Vec<u8>| {
        let served = post(serving.addr, body);
        let told =
            place.premod_told(&[&rules[..], &["explain", "--json", "-"]].concat(), body).expect(0).json();
        let shown = String::from_utf8_lossy(body);
        assert_eq!(served.json(), told["answer"], "{shown}");
        assert_eq!(served.outcome() == "judged", told["outcome"] == "judged", "{shown}");
        kind(&told["answer"])
    };
    let (one, other) = table.split_at(table.len() / 2);
    let all: Vec<usize> = thread::scope(|scope| {
        let others = scope.spawn(|| other.iter().map(compare).collect::<Vec<_>>());
        let ones: Vec<usize> = one.iter().map(compare).collect();
        [ones, others.join().expect("they are alike")].concat()
    });
    let kinds = [0, 1, 2].map(|kind| all.iter().filter(|one| **one == kind).count());
    assert!(kinds.iter().all(|count| *count > 2), "the table has answers of one kind only: {kinds:?}");
}

/// Nothing, dropped, enriched.
fn kind(answer: &Value) -> usize {
    match answer.as_object().map(serde_json::Map::len) {
        Some(0) => 0,
        _ if answer.get("action").is_some() => 1,
        _ => 2,
    }
}

#[test]
fn what_counts_across_messages_is_remembered() {
    let rules = "rules:\n  - {id: fast, when: 'rate(sender.uid, duration(\"10s\")) > 3', action: drop}\n";
    let place = Place::new().file("rules/a.yaml", rules);
    let serving = Serving::start(place.path(), &["--workers", "2"]);
    let answers: Vec<Value> = (0..5)
        .map(|at| {
            let mut body = message("hi");
            body["data"]["sentAt"] = (1_586_435_925 + at).into();
            body["data"]["muid"] = format!("m{at}").into();
            post(serving.addr, body.to_string().as_bytes()).json()
        })
        .collect();
    let dropped = json!({"action": "do_not_propagate"});
    assert_eq!(answers, [json!({}), json!({}), json!({}), dropped.clone(), dropped]);
}

#[test]
fn credentials_come_from_file_and_environment_and_stay_secret() {
    let place = place()
        .file("premod.yaml", "auth: {credentials: [{username: one, password_file: pass}]}\n")
        .file("pass", "open sesame 0123\n");
    let serving = Serving::start_with(
        place.path(),
        &[],
        &[("PREMOD_USERNAME", "two"), ("PREMOD_PASSWORD", "xyzzy-plugh-0123456789")],
    );
    let body = message("a heron").to_string();
    for (credential, status) in [
        ("b25lOm9wZW4gc2VzYW1lIDAxMjM=", 200),
        ("dHdvOnh5enp5LXBsdWdoLTAxMjM0NTY3ODk=", 200),
        ("b25lOnh5enp5LXBsdWdoLTAxMjM0NTY3ODk=", 401),
        ("", 401),
    ] {
        let header = format!("Authorization: Basic {credential}\r\n");
        let response = Connection::open(serving.addr).post("/cometchat", &header, body.as_bytes());
        assert_eq!(response.status, status, "{credential}");
    }
    assert_eq!(post(serving.addr, body.as_bytes()).status, 401);
    let log = serving.log();
    assert!(!log.contains("sesame") && !log.contains("xyzzy"), "{log}");
    assert!(!log.contains("heron"), "no message text in the log: {log}");
}

#[test]
fn metrics_are_for_the_operator() {
    let place = place();
    let serving = Serving::start(place.path(), &[]);
    post(serving.addr, message("a heron").to_string().as_bytes());
    assert_eq!(get(serving.addr, "/metrics").status, 404);
    let metrics = String::from_utf8(get(serving.admin, "/metrics").body).unwrap();
    assert!(metrics.contains("premod_decisions_total{action=\"drop\"} 1"), "{metrics}");
}

#[test]
fn it_stops_when_it_is_asked_to() {
    let place = place().file("premod.yaml", "timeouts: {drain_delay: 100ms, shutdown: 2s}\n");
    let serving = Serving::start(place.path(), &[]);
    // a connection that is kept and one that has begun a request that never ends
    let mut kept = Connection::open(serving.addr);
    assert_eq!(kept.post("/cometchat", "", message("hi").to_string().as_bytes()).status, 200);
    let mut stalled = Connection::open(serving.addr);
    stalled.write(b"POST /cometchat HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
    let (status, took) = serving.terminate();
    assert_eq!(status.code(), Some(0), "{status}");
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert!(kept.is_closed());
}

#[test]
fn a_configuration_is_found_beside_it() {
    let place =
        Place::new().file("elsewhere/a.yaml", RULES).file("premod.yaml", "rules: elsewhere\nworkers: 1\n");
    let serving = Serving::start(place.path(), &[]);
    let answer = post(serving.addr, message("heron").to_string().as_bytes()).json();
    assert_eq!(answer, json!({"action": "do_not_propagate"}));
}
