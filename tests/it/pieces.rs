//! Words that come in pieces, a message each: the one that completes the word is the one that is judged.

use std::sync::Arc;

use premod::engine::state::{Limits, State};
use premod::engine::{Action, Decision, Engine, Facts};
use premod::message::{Message, Sender};
use premod::rulefile::{Diagnostics, Sources, compile};

const RULES: &str = "
rules:
  - {id: words, match: {words: [badword, kill yourself]}, action: drop, mask: true}
";

fn engine() -> Engine {
    let mut out = Diagnostics::default();
    let compiled =
        compile(&Sources::from_memory([("rules.yaml", RULES)]), &mut out).unwrap_or_else(|| panic!("{out}"));
    Engine::new(Arc::new(compiled.rules), Arc::new(State::new(Limits::default())))
}

/// A message of a sender at a second.
fn message<'a>(sender: &'a str, second: i64, text: &'a str) -> Message<'a> {
    Message {
        app: "app".into(),
        conversation: "room".into(),
        sent_at: 1_700_000_000_000 + second * 1000,
        sender: Sender { uid: sender.into(), role: "default".into(), ..Sender::default() },
        ..Message::from_text(text)
    }
}

fn judge(engine: &Engine, message: &Message<'_>) -> Decision {
    engine.judge(message, &Facts::new())
}

/// Whether the last of some messages is dropped, none before it being so.
fn completes(messages: &[Message<'_>]) -> bool {
    let engine = engine();
    let (last, before) = messages.split_last().expect("a message");
    for message in before {
        assert_eq!(judge(&engine, message).verdict.action, None, "{:?}", message.text());
    }
    judge(&engine, last).verdict.action == Some(Action::Drop)
}

#[test]
fn the_completing_message_is_dropped() {
    assert!(completes(&[message("a", 0, "badw"), message("a", 5, "ord")]));
    assert!(completes(&[
        message("a", 0, "b"),
        message("a", 1, "a"),
        message("a", 2, "dwo"),
        message("a", 3, "rd")
    ]));
    assert!(completes(&[message("a", 0, "why don't you kill"), message("a", 59, "yourself")]));
}

#[test]
fn what_others_wrote_or_wrote_long_ago_completes_nothing() {
    assert!(!completes(&[message("a", 0, "badw"), message("b", 5, "ord")]), "another sender");
    assert!(!completes(&[message("a", 0, "badw"), message("a", 61, "ord")]), "another minute");
    assert!(!completes(&[
        message("a", 0, "kill"),
        message("a", 1, "the lights"),
        message("a", 2, "yourself")
    ]));
    let elsewhere = Message { conversation: "hall".into(), ..message("a", 5, "ord") };
    assert!(!completes(&[message("a", 0, "badw"), elsewhere]), "another conversation");
    let long = "so ".repeat(100);
    assert!(!completes(&[message("a", 0, "badw"), message("a", 1, &long), message("a", 2, "ord")]));
    assert!(!completes(
        &[message("a", 0, "badw"), message("a", 5, "ord")]
            .map(|message| Message { conversation: "".into(), ..message })
    ));
}

#[test]
fn who_comes_late_finds_what_was_before_for_a_minute_and_then_is_told_that_it_is_gone() {
    for (next, expected) in [(119, (Some(Action::Drop), false)), (121, (None, true))] {
        let engine = engine();
        let judge = |second, text| judge(&engine, &message("a", second, text));
        judge(0, "badw");
        judge(next, "not now");
        let decision = judge(50, "ord");
        assert_eq!((decision.verdict.action, decision.state_incomplete), expected, "{next}");
    }
}

#[test]
fn a_dropped_piece_is_no_part_of_what_follows_and_a_retry_is_one_message() {
    let engine = engine();
    let retry = |second| Message { muid: "m1".into(), ..message("a", second, "badw") };
    assert_eq!(judge(&engine, &retry(0)).verdict.action, None);
    assert_eq!(judge(&engine, &retry(10)).verdict.action, None);
    for second in 11..14 {
        // The recipients saw `badw` alone, each time.
        assert_eq!(judge(&engine, &message("a", second, "ord")).verdict.action, Some(Action::Drop));
    }
    assert_eq!(judge(&engine, &message("a", 15, "nice day")).verdict.action, None);
}

#[test]
fn a_retry_does_not_complete_itself() {
    let said =
        |muid: &'static str, second| Message { muid: muid.into(), ..message("a", second, "yourself kill") };
    assert!(!completes(&[said("m1", 0), said("m1", 10)]));
    assert!(
        completes(&[said("m1", 0), said("m2", 10)]),
        "said twice, it reads `kill yourself` in the middle"
    );
}

#[test]
fn the_spans_are_those_of_the_new_message() {
    let engine = engine();
    judge(&engine, &message("a", 0, "badw"));
    let decision = judge(&engine, &message("a", 1, "ord, haha"));
    assert_eq!(decision.verdict.masked_text.as_deref(), Some("***, haha"));
    assert_eq!(decision.disguise, ["split"]);
}

#[test]
fn earlier_messages_may_come_with_the_request() {
    let with = |earlier: &[&'static str]| Message {
        earlier: earlier.iter().map(|&text| text.into()).collect(),
        ..message("a", 0, "ord")
    };
    assert!(completes(&[with(&["badw"])]));
    assert!(!completes(&[with(&["hello"])]));
}
