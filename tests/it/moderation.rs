//! The Custom API's contract.

use std::net::SocketAddr;

use premod::config::{Auth, Config, Credential, Fallback};
use serde_json::{Value, json};

use crate::client::{Connection, Response};
use crate::stand_in::{config, start};

fn ask(addr: SocketAddr, path: &str, headers: &str, body: &Value) -> Response {
    Connection::open(addr).post(path, headers, body.to_string().as_bytes())
}

fn answer(matches: bool, confidence: f64, reason: &str) -> Value {
    json!({"isMatchingCondition": matches, "confidence": confidence, "reason": reason})
}

#[test]
fn the_last_message_is_judged() {
    let running = start(config());
    let check = |messages: Value, expected: Value| {
        let body = json!({ "contextMessages": messages });
        let response = ask(running.addr, "/cometchat/moderation", "", &body);
        assert_eq!((response.status, response.json()), (200, expected), "{body}");
    };
    let whole = |text: &str| json!({"u": {"id": "1", "sender": "v", "data": {"text": text}}});
    check(json!([{"u": "bad"}, whole("fine")]), answer(false, 1.0, ""));
    check(json!([{"u": "fine"}, whole("bad contact")]), answer(true, 1.0, "contact"));
    check(json!([whole("dubious")]), answer(true, 0.5, ""));
    check(json!([{"u": "bad"}]), answer(true, 1.0, ""));
    check(json!([{"u": {"data": {"url": "https://x.example/bad.png"}}}]), answer(false, 1.0, ""));
    check(json!([]), answer(false, 1.0, ""));
    check(json!(null), answer(false, 1.0, ""));
    check(json!([whole("panic")]), answer(true, 1.0, ""));
}

#[test]
fn the_documented_request_is_answered() {
    let running = start(config());
    let body = include_bytes!("../data/cometchat/custom_api/request.text.json");
    let response = Connection::open(running.addr).post("/cometchat/moderation", "", body);
    assert_eq!(response.json(), answer(false, 1.0, ""));
    assert_eq!(response.header("x-premod-ruleset"), Some("r1"));
}

#[test]
fn what_can_not_be_read_is_answered_by_policy() {
    for (policy, matches) in [(Fallback::Drop, true), (Fallback::Pass, false)] {
        let running = start(Config { on_unscannable: policy, ..config() });
        let long = format!(r#"{{"contextMessages":[{{"u":"{}"}}]}}"#, "x".repeat(1_100_000));
        for body in ["{", "[]", r#"{"contextMessages":[{"u":{"data":{"text":"a","text":"b"}}}]}"#, &long] {
            let response = Connection::open(running.addr).post("/cometchat/moderation", "", body.as_bytes());
            assert_eq!((response.status, response.json()), (200, answer(matches, 1.0, "")));
            assert!(response.outcome().starts_with("unscannable:"));
        }
    }
}

#[test]
fn the_tenant_is_named_by_the_url_or_the_user() {
    let auth = Auth { credentials: vec![Credential::new("shop", "sesame")] };
    let running = start(Config { auth, ..config() });
    let user = "Authorization: Basic c2hvcDpzZXNhbWU=\r\n";
    let body = json!({"contextMessages": [{"u": "whoami"}]});
    for (path, app) in [
        ("/cometchat/moderation", "shop"),
        ("/cometchat/moderation?app=forum", "forum"),
        ("/cometchat/moderation?x=1&app=", "shop"),
    ] {
        assert_eq!(ask(running.addr, path, user, &body).json()["reason"], app, "{path}");
    }
    assert_eq!(ask(running.addr, "/cometchat/moderation", "", &body).status, 401);
}
