//! What is skipped because it can't match is never missed: literals and sieve change no decision.

#[path = "../../benches/ruleset/mod.rs"]
mod ruleset;

use std::sync::Arc;

use premod::engine::state::{Limits, State};
use premod::engine::{Engine, Facts, RuleSet};
use premod::load;
use premod::message::{Message, Sender};
use premod::rulefile::{Diagnostics, Sources, compile};
use proptest::prelude::*;

use crate::command::project;
use crate::corpus;

/// Expressions with edges: what case and Unicode make of a literal, and none at all.
const HARD: [&str; 12] = [
    r"(?i)task\b",
    "(?i)stra(?:ss|ß)e",
    r"\bé+\b",
    r"(?:free|gr[ae]tis) money",
    r"\d{3,}",
    "(?i)σας|kelvin",
    r"\bx.{0,3}y\b",
    "a{3}b+",
    "(?m)^> .*$",
    r"(?-u:\bass\b)",
    r"[^\s]{12,}",
    "привет",
];

/// The same rules with and without.
fn engines(rules: impl Fn() -> RuleSet) -> [Engine; 2] {
    let engine = |rules| Engine::new(Arc::new(rules), Arc::new(State::new(Limits::default())));
    [engine(rules()), engine(rules().without_prefilter())]
}

fn compiled(sources: &Sources) -> RuleSet {
    let mut out = Diagnostics::default();
    compile(sources, &mut out).unwrap_or_else(|| panic!("{out}")).rules
}

/// Expressions on the text as sent and, every other one, on the folded view.
fn expressions(sources: &[String]) -> [Engine; 2] {
    let rule = |(at, source): (usize, &String)| {
        let view = if at % 2 == 0 { "" } else { ", view: folded" };
        format!("\n  - {{id: r{at:03}, match: {{regex: ['{}']{view}}}}}", source.replace('\'', "''"))
    };
    let rules = format!("rules:{}\n", sources.iter().enumerate().map(rule).collect::<String>());
    engines(|| compiled(&Sources::from_memory([("rules.yaml", rules.as_str())])))
}

/// Fails where the two judge differently; tells how many rules fired.
fn compare([with, without]: &[Engine; 2], text: &str) -> usize {
    let message = Message::from_text(text);
    let decision = with.judge(&message, &Facts::new());
    assert_eq!(decision, without.judge(&message, &Facts::new()), "{text:?}");
    decision.fired.len()
}

/// Messages of people, and of the corpora.
fn texts() -> Vec<String> {
    let mut texts = load::texts(3, 600);
    for folder in ["evasion", "innocent"] {
        for file in corpus::files(folder) {
            texts.extend(corpus::lines(&file).into_iter().step_by(3));
        }
    }
    texts
}

#[test]
fn literals_and_sieve_change_no_decision_on_messages() {
    let mut sources = ruleset::regexes(5, 60);
    sources.extend(HARD.map(str::to_owned));
    let engines = expressions(&sources);
    let mut texts = texts();
    assert!(texts.len() > 1_500, "{}", texts.len());
    // Each expression's own letters, so that many of them match, wholly or nearly.
    for (at, source) in sources.iter().enumerate() {
        let words: Vec<&str> =
            source.split(|c: char| !c.is_alphabetic()).filter(|word| word.len() > 2).collect();
        let more = [&words.join(" "), &words.concat(), "20%"].join(" ");
        texts[at] = format!("{} {more}", texts[at]);
    }
    let fired: usize = texts.iter().map(|text| compare(&engines, text)).sum();
    assert!(fired > 300, "{fired}");
}

#[test]
fn literals_and_sieve_change_no_decision_of_the_shipped_rules() {
    let engines = engines(|| {
        let mut out = Diagnostics::default();
        compiled(&Sources::read(&project("rules"), &mut out))
    });
    let links = ["http://203.0.113.7/setup", "HTTP://google.com:443@evil.example/x", "https://10.0.0.1/"];
    let texts = texts();
    let all = texts.iter().step_by(2).map(String::as_str).chain(links);
    assert!(all.map(|text| compare(&engines, text)).sum::<usize>() > 100);
}

/// Entries in every view, and expressions, that messages may complete.
const COMPLETED: &str = r#"
rules:
  - {id: exact, match: {words: [kill yourself, heron], view: exact}}
  - {id: folded, match: {words: [kill yourself, heron], view: folded}}
  - {id: plain, match: {words: [kill yourself, go to hell now, heron, 'shut*', 'ev*', goto.now, l33, 'a$$', 'sh!t', 'c++', "don't", 88]}}
  - {id: regex, match: {regex: ['kill.{0,30}self', 'heron\s+train', '(?i)KELVIN', '(?i)kiss me', '\bto\s*hell\b']}}
  - {id: sieve, match: {regex: ['\d{4}-\d{4}', '[!?]{3}', '^\w\w$', '\bé+\b']}}
"#;

/// What may stand inside a word, the view that puts words together from halves, and expressions without a
/// literal and without a longest match.
const MORE: [&str; 4] = [
    "",
    "  - {id: inside, match: {words: ['go *hell'], anywhere: [zero]}}\n",
    "  - {id: loose, match: {words: [kill yourself, go to hell now, heron], view: loose}}\n",
    "  - {id: endless, match: {regex: ['\\d+-\\d+', '(?m)^\\S+!$', '[a-z]+ zer.*o']}}\n",
];

/// What people write before and after, whole or in pieces, plainly or not.
const SAID: &[&str] = &[
    "kill",
    "yourself",
    "go",
    "to",
    "hell",
    "now",
    "heron",
    "her",
    "on",
    "he",
    "ron",
    "k",
    "i",
    "l",
    "self",
    "your",
    "ki",
    "k*ll",
    "**",
    "<b>",
    "</b>",
    "<b class",
    "[x](",
    ")",
    "&#107;",
    "\u{202e}",
    "\u{200b}",
    "éa",
    "ключ",
    "🙂",
    "flesruoy",
    "llik",
    "1234-",
    "5678",
    "the",
    "evening",
    "train",
    "zer",
    "o",
    ", ",
    "\n",
    "KILL",
    "ɟlǝsɹnoʎ",
    "llıʞ",
    "yourself.",
    "Kill",
    "kill,",
    "goto",
    "hellnow",
    "killer",
    "skill",
    "shut",
    "up",
    "sh",
    "even",
    "Yourself",
    "Ki",
    "lL",
    "kel",
    "\u{212a}el",
    "vin",
    "l3",
    "3",
    "?",
    "!!",
    "é",
    "goto.",
    "\u{7}",
    "HELL",
    "It",
    "I",
    "22",
    "$",
    "@",
    "'",
    "-",
    "_",
    "!",
    "don't",
    "I'm",
    "it's",
    "a",
    "t",
    "ass",
    "A$S",
    "shit",
    "sh!",
    "c",
    "ct",
    "WHO",
    "what!",
    "88",
    "bb",
    "in between",
    "they were told to",
    "ok:",
    ":)",
    "yours!",
    "hero!",
];

/// A message of somebody who says one thing after the other.
fn said(text: &str, at: i64) -> Message<'_> {
    Message {
        conversation: "room".into(),
        sent_at: at,
        sender: Sender { uid: "one".into(), ..Sender::default() },
        ..Message::from_text(text)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_told_of_texts_apart_changes_no_decision_on_them_together(
        messages in prop::collection::vec(
            prop::collection::vec((prop::sample::select(SAID), prop::bool::weighted(0.8)), 1..10),
            2..5,
        ),
    ) {
        use std::sync::LazyLock;
        static RULES: LazyLock<[[Arc<RuleSet>; 2]; 4]> = LazyLock::new(|| {
            MORE.map(|more| {
                let text = [COMPLETED, more].concat();
                let rules = || compiled(&Sources::from_memory([("rules.yaml", text.as_str())]));
                [Arc::new(rules()), Arc::new(rules().without_prefilter())]
            })
        });
        let written = |pieces: &Vec<(&str, bool)>| -> String {
            pieces.iter().flat_map(|(piece, space)| [*piece, if *space { " " } else { "" }]).collect()
        };
        let messages: Vec<String> = messages.iter().map(written).collect();
        for rules in &*RULES {
            let judged = rules.each_ref().map(|rules| {
                let engine = Engine::new(Arc::clone(rules), Arc::new(State::new(Limits::default())));
                let judge = |(at, text): (i64, &String)| engine.judge(&said(text, 1000 * at), &Facts::new());
                (1..).zip(&messages).map(judge).collect::<Vec<_>>()
            });
            prop_assert_eq!(&judged[0], &judged[1], "{:?}", messages);
        }
    }
}

/// What somebody says one after the other, and the rule that the last of it completes.
const IN_PIECES: &[(&[&str], &str)] = &[
    (&["ki", "ll", "yourself"], "regex"),
    (&["ki", "ll all others first", "yourself"], "regex"),
    (&["\u{212a}i\u{17f}\u{17f} m", "e"], "regex"),
    (&["K", "elvin"], "regex"),
    (&["kelvi", "n"], "regex"),
    (&["\u{212a}elv", "in"], "regex"),
    (&["it was the heron", "train again"], "regex"),
    (&["call 1234", "-5678"], "sieve"),
    (&["1234-", "5678 or so"], "sieve"),
    (&["he", "ron"], "plain"),
    (&["they said kill", "yourself to them"], "plain"),
    (&["they said go to he", "ll now and then"], "plain"),
    (&["shut", "ter"], "plain"),
    (&["sh", "ut the door"], "plain"),
];

#[test]
fn what_is_said_in_pieces_is_found_whatever_is_not_read() {
    let engines = engines(|| compiled(&Sources::from_memory([("rules.yaml", COMPLETED)])));
    for (at, (texts, rule)) in (1..).zip(IN_PIECES) {
        // an hour after what was said before
        let moments = (0..).map(|piece| at * 3_600_000 + piece * 1000);
        let judged = engines.each_ref().map(|engine| {
            let judge = |(text, at): (&&'static str, i64)| engine.judge(&said(text, at), &Facts::new());
            texts.iter().zip(moments.clone()).map(judge).last().expect("a message")
        });
        assert_eq!(judged[0], judged[1], "{texts:?}");
        let fired = |decision: &premod::engine::Decision| -> Vec<String> {
            let id = |fired: &premod::engine::Fired| engines[0].rules().rules()[fired.rule].id.clone();
            decision.fired.iter().map(id).collect()
        };
        assert!(fired(&judged[0]).iter().any(|id| id == rule), "{texts:?}: {:?}", fired(&judged[0]));
    }
}

proptest! {
    #[test]
    fn literals_and_sieve_change_no_decision_on_hard_texts(
        pieces in prop::collection::vec(prop::sample::select(&[
            "task", "TASK", "taſk", "\u{212a}elvin", "σας", "ΣΑΣ", "Straße", "STRASSE", "é", "É", "e\u{301}", "free", "grätis",
            " money", "123", "x", "y", "aaab", "> quoted", "\n", " ", "ass", "asset", "ПРИВЕТ", "a-very-long-token", "\u{200b}",
        ][..]), 0..12)
    ) {
        use std::sync::LazyLock;
        static ENGINES: LazyLock<[Engine; 2]> = LazyLock::new(|| expressions(&HARD.map(str::to_owned)));
        compare(&ENGINES, &pieces.concat());
    }
}
