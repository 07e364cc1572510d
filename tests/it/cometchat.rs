//! The webhook's contract: every body that CometChat is known to send, and those it should not.

use std::fs;
use std::path::{Path, PathBuf};

use premod::config::{Config, Fallback};
use serde_json::{Value, json};

use crate::client::{Connection, Response, post};
use crate::stand_in::{Running, config, start};

const DROP: &str = r#"{"action":"do_not_propagate"}"#;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cometchat")
}

fn message(text: &str) -> String {
    json!({"trigger": "before_message", "data": {"data": {"text": text}}, "appId": "a", "webhook": "w"})
        .to_string()
}

/// The raw text stands in the JSON as it is.
fn raw(text: &[u8]) -> Vec<u8> {
    [br#"{"trigger":"before_message","data":{"data":{"text":""#, text, br#""}},"appId":"a"}"#].concat()
}

fn answers(running: &Running, body: &[u8], expected: &str, outcome: &str) -> Response {
    let response = post(running.addr, body);
    assert_eq!(
        (response.status, std::str::from_utf8(&response.body).unwrap(), response.outcome()),
        (200, expected, outcome),
        "{:?}",
        String::from_utf8_lossy(&body[..body.len().min(200)])
    );
    response
}

#[test]
fn every_known_body_gets_the_answer_of_its_kind() {
    let running = start(config());
    let mut seen = 0;
    for folder in ["documented", "inferred"] {
        for entry in fs::read_dir(data().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let body = fs::read(&path).unwrap();
            let response = post(running.addr, &body);
            let trigger = serde_json::from_slice::<Value>(&body).unwrap()["trigger"].clone();
            let expected = if trigger == "before_message" { json!({}) } else { json!({"ok": true}) };
            assert_eq!((response.status, response.json()), (200, expected), "{}", path.display());
            assert_eq!(response.outcome() == "judged", trigger == "before_message", "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen} bodies");
}

#[test]
fn a_verdict_is_answered_with_its_document() {
    let running = start(config());
    let response = answers(&running, message("hello").as_bytes(), "{}", "judged");
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.header("x-premod-ruleset"), Some("r1"));
    assert_eq!(response.header("x-premod-decision").map(str::len), Some(36));
    answers(&running, message("bad").as_bytes(), DROP, "judged");
    answers(&running, message("dubious").as_bytes(), "{}", "judged");
    let enriched = r#"{"labels":["contact"],"masked_text":"my *******"}"#;
    answers(&running, message("my contact").as_bytes(), enriched, "judged");
}

#[test]
fn all_that_people_read_is_judged() {
    let running = start(config());
    for inner in [
        json!({"customData": {"title": "bad"}}),
        json!({"interactiveData": {"formFields": [{"label": "ok"}, {"label": "bad"}]}}),
        json!({"attachments": [{"name": "bad.png", "url": "https://x.example/1"}]}),
        json!({"text": "ok", "customData": {"x": {"y": ["so bad"]}}}),
    ] {
        let legacy = json!({"trigger": "before_message", "data": {"category": "custom", "data": inner}});
        answers(&running, legacy.to_string().as_bytes(), DROP, "judged");
        let current = json!({"trigger": "before_message", "data": {"message": {"data": inner}}});
        answers(&running, current.to_string().as_bytes(), DROP, "judged");
    }
}

#[test]
fn an_unknown_trigger_is_acknowledged() {
    let running = start(config());
    let response = post(running.addr, br#"{"trigger":"after_everything","data":{"data":{"text":"bad"}}}"#);
    assert_eq!((response.status, response.json()), (200, json!({})));
}

#[test]
fn what_can_not_be_judged_whole_is_dropped() {
    let running = start(config());
    let deep =
        format!(r#"{{"trigger":"before_message","data":{{"x":{}{}}}}}"#, "[".repeat(63), "]".repeat(63));
    let check = |body: &[u8], cause: &str| {
        answers(&running, body, DROP, &format!("unscannable:{cause}"));
    };
    check(b"", "json");
    check(b"{", "json");
    check(b"not json", "json");
    check(&raw(b"cut")[..40], "json");
    check(b"[]", "no_message");
    check(b"{}", "no_trigger");
    check(br#"{"trigger":"before_message"}"#, "no_message");
    check(br#"{"trigger":"before_message","data":[{"data":{"text":"hi"}}]}"#, "no_message");
    check(deep.as_bytes(), "depth");
    check(br#"{"trigger":"before_message","data":{"data":{"text":"a","text":"b"}}}"#, "duplicate_key");
    check(br#"{"trigger":"before_message","trigger":"message_sent","data":{}}"#, "duplicate_key");
    check(br#"{"trigger":"before_message","data":{},"data":{}}"#, "duplicate_key");
    check(br#"{"trigger":"before_message","appId":"a","appId":"b","data":{}}"#, "duplicate_key");
    check(message("endless").as_bytes(), "engine");
}

#[test]
fn what_can_not_be_judged_passes_where_the_operator_says_so() {
    let running = start(Config { on_unscannable: Fallback::Pass, ..config() });
    answers(&running, b"{", "{}", "unscannable:json");
    answers(&running, message("panic").as_bytes(), "{}", "unscannable:panic");
}

#[test]
fn an_event_that_can_not_be_read_is_acknowledged() {
    let running = start(config());
    let deep = format!(r#"{{"trigger":"message_sent","data":{}{}}}"#, "[".repeat(70), "]".repeat(70));
    for body in
        [r#"{"trigger":"message_sent","data":{"#, &deep, r#"{"trigger":"message_sent","data":1,"data":2}"#]
    {
        let response = post(running.addr, body.as_bytes());
        assert_eq!((response.status, response.json()), (200, json!({"ok": true})), "{body}");
    }
}

#[test]
fn no_odd_encoding_is_a_way_round_the_rules() {
    let running = start(config());
    let bom = [b"\xef\xbb\xbf", &raw(b"bad")[..]].concat();
    let nul = [&raw(b"bad")[..], b"\0\0"].concat();
    let number = br#"{"trigger":"before_message","x":1e999,"data":{"sentAt":1e999,"updatedAt":-1e999,"data":{"text":"bad"}}}"#;
    let custom =
        br#"{"trigger":"before_message","data":{"data":{"customData":{"n":1e999,"s":"\ud800","t":"bad"}}}}"#;
    let unread = br#"{"trigger":"before_message","data":{"x":"\ud800","data":{"text":"bad"}}}"#;
    let lone = raw(br"\ud800 bad \udc00");
    let bytes = raw(b"\xff bad \xc3");
    let control = raw(b"\0bad\x01\n");
    for body in [&bom[..], &nul, number, custom, unread, &lone, &bytes, &control] {
        answers(&running, body, DROP, "judged");
    }
    answers(&running, &raw(br"\ud800 fine"), "{}", "judged");
}

#[test]
fn any_content_type_or_none_will_do() {
    let running = start(config());
    let mut connection = Connection::open(running.addr);
    for header in [
        "",
        "Content-Type: Application/json\r\n",
        "Content-Type: application/json; charset=utf-8\r\n",
        "Content-Type: text/plain\r\n",
        "Content-Type: \r\n",
        "Content-Type: ???\r\n",
    ] {
        let response = connection.post("/cometchat", header, message("bad").as_bytes());
        assert_eq!((response.status, &response.body[..]), (200, DROP.as_bytes()), "{header:?}");
    }
}
