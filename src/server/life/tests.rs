//! Rules that live through messages and reloads: which of them are tripped, and which never.

use std::time::Duration;

use super::*;
use crate::engine::state::State;
use crate::engine::{Facts, Mode};
use crate::message::{Message, Sender};
use crate::rulefile::{Diagnostics, Sources, compile};

/// An engine of rules written down.
fn engine(rules: &str) -> Engine {
    let sources = Sources::from_memory([("a.yaml", rules), ("policy.yaml", "score: {flag: 5}")]);
    let mut out = Diagnostics::default();
    let compiled = compile(&sources, &mut out).unwrap_or_else(|| panic!("{out}"));
    Engine::new(Arc::new(compiled.rules), Arc::new(State::default()))
}

/// The lives of these rules when they have just taken the place of none.
fn edited(engine: &Engine) -> Life {
    edited_at(engine, Instant::now())
}

fn edited_at(engine: &Engine, when: Instant) -> Life {
    let nothing = self::engine("rules: []");
    Life::begin(&nothing).follow(&nothing, engine, when, SystemTime::now())
}

/// So many messages with this text, from so many senders in turn.
fn send(life: &Life, engine: &Engine, text: &str, messages: usize, senders: usize) {
    for at in 0..messages {
        let sender = Sender { uid: format!("u{}", at % senders).into(), ..Sender::default() };
        let message = Message { sender, ..Message::from_text(text) };
        let decision = engine.judge(&message, &Facts::new());
        life.observe(engine, &decision, &message.sender.uid);
    }
}

const DROP: &str = "rules: [{id: r, match: {words: [heron]}, action: drop}]";

/// Whether a rule that is written so is tripped by so many hits among so many messages.
fn is_tripped(rules: &str, hits: usize, messages: usize, senders: usize) -> bool {
    let engine = engine(rules);
    let life = edited(&engine);
    send(&life, &engine, "calm", messages - hits, senders);
    send(&life, &engine, "heron", hits, senders);
    engine.tripped().next().is_some()
}

#[test]
fn a_fresh_mistake_is_tripped_at_its_bounds() {
    assert!(is_tripped(DROP, 201, 1000, 50));
    assert!(!is_tripped(DROP, 200, 1000, 50), "a fifth and no more");
    assert!(!is_tripped(DROP, 999, 999, 50), "too few messages");
    assert!(!is_tripped(DROP, 1000, 1000, 49), "too few senders");
    assert!(is_tripped(DROP, 1000, 1000, 1000));
}

#[test]
fn only_what_keeps_messages_back_is_tripped() {
    let like = |change: &str| DROP.replace("action: drop", change);
    for (rules, expected) in [
        (like("action: flag"), true),
        (like("action: annotate"), false),
        (like("action: pass"), false),
        (like("action: drop, mode: shadow"), false),
        (like("score: 5"), true),
        (like("score: 4"), false),
    ] {
        assert_eq!(is_tripped(&rules, 1000, 1000, 100), expected, "{rules}");
    }
}

#[test]
fn an_old_rule_is_never_tripped() {
    let engine = engine(DROP);
    let life = Life::begin(&engine);
    send(&life, &engine, "heron", 2000, 100);
    assert_eq!(engine.tripped().count(), 0, "there from the start");
    // an edit of more than an hour ago; the clock of a machine that has just started may not reach so far
    let Some(long_ago) = Instant::now().checked_sub(fresh::FRESH + Duration::from_secs(1)) else { return };
    let life = edited_at(&engine, long_ago);
    send(&life, &engine, "heron", 2000, 100);
    assert_eq!(engine.tripped().count(), 0, "edited long ago");
}

#[test]
fn a_tripped_rule_changes_nothing_until_it_is_reset() {
    let engine = engine(DROP);
    let life = edited(&engine);
    send(&life, &engine, "heron", 999, 100);
    let judge = |text: &str| engine.judge(&Message::from_text(text), &Facts::new());
    assert_eq!(judge("heron").verdict.action, Some(crate::engine::Action::Drop));
    send(&life, &engine, "heron", 1, 100);
    let decision = judge("heron");
    assert_eq!((decision.verdict.action, decision.fired.len(), decision.fired[0].enforced), (None, 1, false));
    assert_eq!(decision.tripped, [0]);
    assert_eq!(judge("calm").tripped, [0], "it is told whether or not it fired");
    assert!(life.confirm(&engine, 0));
    assert!(!life.confirm(&engine, 0), "it was no more");
    assert_eq!(judge("heron").tripped, [0; 0]);
    send(&life, &engine, "heron", 2000, 100);
    assert_eq!(engine.tripped().count(), 0, "who reset it has looked");
}

#[test]
fn a_replay_can_trip_by_hand() {
    let engine = engine(DROP);
    assert!(engine.trip(0, true) && !engine.trip(0, true) && !engine.trip(7, true));
    let decision = engine.judge(&Message::from_text("heron"), &Facts::new());
    assert_eq!((decision.verdict.action, decision.tripped), (None, vec![0]));
    assert!(engine.trip(0, false));
    assert_eq!(engine.judge(&Message::from_text("heron"), &Facts::new()).tripped, [0; 0]);
}

const TWO: &str = "rules:
  - {id: a, match: {words: [heron]}, action: drop}
  - {id: b, match: {words: [duck]}, action: drop}
";

#[test]
fn a_rule_that_is_left_alone_lives_on() {
    let old = engine(TWO);
    let start = Life::begin(&old);
    send(&start, &old, "heron duck", 10, 2);
    let new = engine(&TWO.replace("duck]", "goose]"));
    let life = start.follow(&old, &new, Instant::now(), SystemTime::now());
    let hits =
        |life: &Life| [0, 1].map(|rule| (life.standing(rule).hits, life.standing(rule).edited.is_some()));
    assert_eq!(hits(&life), [(10, false), (0, true)]);
    // a message that began under the old rules counts in the same place
    send(&start, &old, "heron", 1, 1);
    assert_eq!(hits(&life)[0], (11, false));
    send(&life, &new, "heron goose", 1500, 100);
    assert_eq!(new.tripped().collect::<Vec<_>>(), [1], "the fresh one alone");
    assert_eq!(new.rules().rules()[1].mode, Mode::Enforce);
}

#[test]
fn a_reload_takes_back_that_a_rule_was_tripped_and_watches_it_anew() {
    let old = engine(TWO);
    let life = edited(&old);
    send(&life, &old, "heron", 1000, 100);
    assert_eq!(old.tripped().collect::<Vec<_>>(), [0]);
    let new = engine(&TWO.replace("duck]", "goose]"));
    let life = life.follow(&old, &new, Instant::now(), SystemTime::now());
    assert_eq!(new.tripped().count(), 0);
    send(&life, &new, "heron", 999, 100);
    assert_eq!(new.tripped().count(), 0);
    send(&life, &new, "heron", 1, 100);
    assert_eq!(new.tripped().collect::<Vec<_>>(), [0], "it is still a mistake");
}

#[test]
fn a_jump_is_told_by_whoever_watches() {
    let engine = engine(DROP);
    let life = Life::begin(&engine);
    let alarmed = |text: &str, hits: usize| {
        send(&life, &engine, text, hits, 10);
        send(&life, &engine, "calm", 1000 - hits, 10);
        life.watch(&engine, Instant::now());
        life.standing(0).alarmed
    };
    life.watch(&engine, Instant::now());
    for _ in 0..6 {
        assert!(!alarmed("heron", 10));
    }
    assert!(alarmed("heron", 300));
    assert!(!alarmed("heron", 10));
}

#[test]
fn many_workers_lose_no_count() {
    let engine = engine(DROP);
    let life = edited(&engine);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| send(&life, &engine, "heron", 200, 49));
        }
    });
    assert_eq!(life.standing(0).hits, 800);
    assert_eq!(life.judged.load(Ordering::Relaxed), 800);
    send(&life, &engine, "heron", 1000, 49);
    assert_eq!(engine.tripped().count(), 0, "49 senders, however many workers met them at once");
}
