//! What the server does with connections, credentials and clients that misbehave.

use std::time::{Duration, Instant};

use premod::config::{Admin, Auth, Config, Credential, Fallback, Timeouts};
use premod::server::{BindError, Server};
use serde_json::json;

use crate::client::{Connection, Response, get, post};
use crate::stand_in::{StandIn, config, start, start_with};

const DROP: &[u8] = br#"{"action":"do_not_propagate"}"#;
const FINE: &[u8] = br#"{"trigger":"before_message","data":{"data":{"text":"hello"}}}"#;
const BAD: &[u8] = br#"{"trigger":"before_message","data":{"data":{"text":"bad"}}}"#;

fn with_credentials() -> Config {
    let credentials = vec![Credential::new("one", "first"), Credential::new("two", "second")];
    Config { auth: Auth { credentials }, ..config() }
}

/// A webhook body of at least `size` bytes.
fn long(trigger: &str, size: usize) -> Vec<u8> {
    format!(r#"{{"trigger":"{trigger}","data":{{"data":{{"text":"{}"}}}}}}"#, "x".repeat(size)).into_bytes()
}

fn chunked(body: &[u8]) -> Vec<u8> {
    let mut bytes = b"POST /cometchat HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for chunk in body.chunks(5000) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

#[test]
fn a_connection_serves_many_requests() {
    let running = start(config());
    let mut connection = Connection::open(running.addr);
    for _ in 0..20 {
        assert_eq!(connection.post("/cometchat", "", FINE).body, b"{}");
        assert_eq!(connection.post("/cometchat", "", BAD).body, DROP);
    }
    connection.write(&chunked(BAD));
    assert_eq!(connection.response().body, DROP);
}

#[test]
fn requests_sent_together_are_answered_in_turn() {
    let running = start(config());
    let mut connection = Connection::open(running.addr);
    let request = |body: &[u8]| {
        let head = format!("POST /cometchat HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.len());
        [head.as_bytes(), body].concat()
    };
    let bodies = [FINE, BAD, FINE, FINE, BAD];
    connection.write(&bodies.map(request).concat());
    for body in bodies {
        assert_eq!(connection.response().body, if body == BAD { DROP } else { b"{}" });
    }
}

#[test]
fn all_credentials_are_valid_and_no_other() {
    let running = start(with_credentials());
    let mut connection = Connection::open(running.addr);
    for pair in ["b25lOmZpcnN0", "dHdvOnNlY29uZA=="] {
        let response = connection.post("/cometchat", &format!("Authorization: Basic {pair}\r\n"), BAD);
        assert_eq!((response.status, &response.body[..]), (200, DROP));
    }
    for header in ["", "Authorization: Basic b25lOnNlY29uZA==\r\n", "Authorization: Basic\r\n"] {
        let response = Connection::open(running.addr).post("/cometchat", header, BAD);
        assert_eq!(
            (response.status, response.header("www-authenticate")),
            (401, Some("Basic realm=\"premod\""))
        );
    }
}

#[test]
fn a_stranger_is_refused_before_the_body_is_read() {
    let running = start(with_credentials());
    for head in
        ["Content-Length: 100000", "Transfer-Encoding: chunked", "Content-Length: 9\r\nExpect: 100-continue"]
    {
        let mut connection = Connection::open(running.addr);
        connection.write(format!("POST /cometchat HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n").as_bytes());
        let mut response = connection.response();
        if response.status == 100 {
            response = connection.response();
        }
        assert_eq!(response.status, 401, "{head}");
        assert!(connection.is_closed(), "{head}");
    }
}

#[test]
fn an_endless_body_is_not_read_for_ever() {
    let running = start(with_credentials());
    let mut connection = Connection::open(running.addr);
    connection.write(b"POST /cometchat HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    let started = Instant::now();
    let chunk = [b"1000\r\n".as_slice(), &[b'x'; 0x1000], b"\r\n"].concat();
    // ends when the server hangs up: writing fails silently from then on, so the time tells
    while started.elapsed() < Duration::from_millis(300) {
        connection.write(&chunk);
    }
    assert_eq!(connection.response().status, 401);
    assert!(connection.is_closed());
}

#[test]
fn a_message_that_is_too_long_is_dropped_and_an_event_refused() {
    let running = start(config());
    let length = |body: &[u8]| Connection::open(running.addr).post("/cometchat", "", body);
    let no_length = |body: &[u8]| {
        let mut connection = Connection::open(running.addr);
        connection.write(&chunked(body));
        let response = connection.response();
        assert_eq!(response.header("connection") == Some("close"), body.len() > 262_144);
        if body.len() > 262_144 {
            assert!(connection.is_closed());
        }
        response
    };
    for way in [&length as &dyn Fn(&[u8]) -> Response, &no_length] {
        let response = way(&long("before_message", 300_000));
        assert_eq!(
            (response.status, &response.body[..], response.outcome()),
            (200, DROP, "unscannable:oversize")
        );
        assert_eq!(response.header("connection"), Some("close"));
        assert_eq!(way(&long("message_sent", 300_000)).status, 413);
        assert_eq!(way(&long("message_sent", 100_000)).json(), json!({"ok": true}));
        assert_eq!(way(&long("before_message", 100_000)).outcome(), "judged");
    }
}

#[test]
fn a_stalled_body_is_answered_by_policy_in_time() {
    let timeouts = Timeouts { body: Duration::from_millis(50), ..config().timeouts };
    for (policy, expected) in [(Fallback::Pass, &b"{}"[..]), (Fallback::Drop, DROP)] {
        let running = start(Config { timeouts: timeouts.clone(), on_unavailable: policy, ..config() });
        let mut connection = Connection::open(running.addr);
        connection.write(b"POST /cometchat HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{\"trigger\":\"before_message\"");
        let response = connection.response();
        assert_eq!(
            (response.status, &response.body[..], response.outcome()),
            (200, expected, "unavailable:stalled")
        );
        assert!(connection.is_closed());
        let mut connection = Connection::open(running.addr);
        connection.write(b"POST /cometchat HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{\"trigger\":\"message_sent\",");
        assert_eq!(connection.response().status, 408);
    }
}

#[test]
fn a_connection_on_which_nothing_is_asked_is_ended() {
    let timeouts = Timeouts { keep_alive: Duration::from_millis(100), ..config().timeouts };
    let running = start(Config { timeouts, ..config() });
    // silent, or with the head of a request that never ends
    for left in ["", "POST /cometchat HTTP/1.1\r\nHost: x\r\nX-Head: "] {
        let mut connection = Connection::open(running.addr);
        assert_eq!(connection.post("/cometchat", "", FINE).status, 200);
        connection.write(left.as_bytes());
        assert!(connection.is_closed());
    }
}

#[test]
fn a_request_that_takes_longer_than_connections_are_kept_is_answered() {
    let timeouts = Timeouts {
        keep_alive: Duration::from_millis(50),
        body: Duration::from_millis(300),
        ..config().timeouts
    };
    let running = start(Config { timeouts, ..config() });
    let mut connection = Connection::open(running.addr);
    connection.write(b"POST /cometchat HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{");
    assert_eq!(connection.response().outcome(), "unavailable:stalled");
}

#[test]
fn no_content_encoding_is_accepted() {
    let running = start(config());
    let ask = |header: &str| Connection::open(running.addr).post("/cometchat", header, FINE).status;
    assert_eq!(ask("Content-Encoding: gzip\r\n"), 415);
    assert_eq!(ask("Content-Encoding: br, gzip\r\n"), 415);
    assert_eq!(ask("Content-Encoding: identity\r\n"), 200);
}

#[test]
fn a_panic_costs_one_message_and_not_the_connection() {
    let running = start(config());
    let mut connection = Connection::open(running.addr);
    let body = br#"{"trigger":"before_message","data":{"data":{"text":"panic"}}}"#;
    for _ in 0..3 {
        let response = connection.post("/cometchat", "", body);
        assert_eq!(
            (response.status, &response.body[..], response.outcome()),
            (200, DROP, "unscannable:panic")
        );
        assert_eq!(connection.post("/cometchat", "", FINE).body, b"{}");
    }
}

#[test]
fn a_worker_with_too_much_to_do_answers_without_judging() {
    let timeouts = Timeouts { queue: Duration::ZERO, ..config().timeouts };
    let running = start(Config { timeouts, ..config() });
    let response = post(running.addr, BAD);
    assert_eq!(
        (response.status, &response.body[..], response.outcome()),
        (200, &b"{}"[..], "unavailable:overload")
    );
    let response = post(running.addr, br#"{"trigger":"message_sent","data":{}}"#);
    assert_eq!((response.status, response.header("retry-after")), (503, Some("10")));
}

#[test]
fn other_methods_and_paths_are_told_what_there_is() {
    let running = start(config());
    for path in ["/cometchat", "/cometchat/moderation"] {
        let response = get(running.addr, path);
        assert_eq!((response.status, response.header("allow")), (405, Some("POST")), "{path}");
    }
    let response = get(running.addr, "/");
    assert_eq!(response.status, 404);
    assert!(response.json()["routes"].as_array().is_some_and(|routes| !routes.is_empty()));
    assert_eq!(get(running.addr, "/metrics").status, 404, "metrics are not for the public");
}

#[test]
fn operators_learn_whether_it_is_alive_ready_and_what_it_did() {
    let running = start(config());
    post(running.addr, BAD);
    post(running.addr, br#"{"trigger":"message_sent","data":{}}"#);
    post(running.addr, br#"{"trigger":"nobody_knows","data":{}}"#);
    post(running.addr, b"{");
    let admin = running.admin;
    for addr in [running.addr, admin] {
        assert_eq!(get(addr, "/healthz").status, 200);
        assert_eq!((get(addr, "/readyz").status, get(addr, "/readyz").json()), (200, json!({"ready": true})));
    }
    let metrics = String::from_utf8(get(admin, "/metrics").body).unwrap();
    for line in [
        r#"premod_requests_total{route="cometchat",outcome="judged"} 1"#,
        r#"premod_requests_total{route="cometchat",outcome="acknowledged"} 2"#,
        r#"premod_decisions_total{action="drop"} 1"#,
        r#"premod_undecided_total{kind="unscannable",cause="json"} 1"#,
        r#"premod_events_total{trigger="message_sent"} 1"#,
        r#"premod_events_total{trigger="unknown"} 1"#,
        "premod_engine_seconds_count 1",
        "premod_answer_seconds_count 4",
    ] {
        assert!(metrics.lines().any(|other| other == line), "{line} is not in\n{metrics}");
    }
    assert!(!metrics.contains("nobody_knows"), "a client can't name a label");
    let tired = start_with(config(), StandIn { unready: Some("no rules".into()) });
    let response = get(tired.addr, "/readyz");
    assert_eq!((response.status, response.json()), (503, json!({"ready": false, "why": "no rules"})));
}

#[test]
fn the_metrics_ask_for_their_own_credential() {
    let auth = Auth { credentials: vec![Credential::new("ops", "pass")] };
    let admin = Admin { auth, ..config().admin };
    let running = start(Config { admin, ..with_credentials() });
    let ask = |header: &str| {
        let mut connection = Connection::open(running.admin);
        connection.write(format!("GET /metrics HTTP/1.1\r\nHost: x\r\n{header}\r\n").as_bytes());
        connection.response().status
    };
    assert_eq!(ask("Authorization: Basic b3BzOnBhc3M=\r\n"), 200);
    assert_eq!(ask("Authorization: Basic b25lOmZpcnN0\r\n"), 401);
    assert_eq!(ask(""), 401);
}

#[test]
fn it_stops_by_saying_so_while_it_still_accepts() {
    let timeouts = Timeouts { drain_delay: Duration::from_millis(500), ..config().timeouts };
    let mut running = start(Config { timeouts, ..config() });
    let mut kept = Connection::open(running.addr);
    assert_eq!(kept.post("/cometchat", "", FINE).status, 200);
    let started = Instant::now();
    running.stop();
    while get(running.addr, "/readyz").status != 503 {
        assert!(started.elapsed() < Duration::from_secs(10), "it never says that it stops");
    }
    assert_eq!(post(running.addr, BAD).body, DROP, "a new connection is still served");
    assert_eq!(kept.post("/cometchat", "", FINE).status, 200, "so is an old one");
    running.join().unwrap();
    assert!(started.elapsed() >= Duration::from_millis(500));
    assert!(kept.is_closed());
}

#[test]
fn nobody_is_let_in_from_outside_without_credentials() {
    let outside = ([0, 0, 0, 0], 0).into();
    let bind = |config, open| Server::bind(config, open, std::sync::Arc::new(StandIn::default()));
    let refused = |config| matches!(bind(config, false), Err(BindError::Refused(_)));
    assert!(refused(Config { listen: outside, ..config() }));
    assert!(refused(Config { listen: outside, ..with_credentials() }), "their passwords are short");
    assert!(refused(Config { admin: Admin { listen: outside, ..config().admin }, ..config() }));
    let auth = Auth { credentials: vec![Credential::new("one", "a password of some length")] };
    assert!(bind(Config { listen: outside, auth, ..config() }, false).is_ok());
    assert!(bind(Config { listen: outside, ..config() }, true).is_ok());
}
