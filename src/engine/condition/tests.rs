//! Cases as data, run against one message, and what no single message shows.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::engine::Facts;
use crate::engine::state::{Limits, State};
use crate::message::{Attachment, Json, Message};

const ANSWERS: &str = include_str!("../../../tests/data/conditions/answers.txt");
const ERRORS: &str = include_str!("../../../tests/data/conditions/errors.txt");

fn tables() -> Tables {
    let mut tables = Tables::default();
    tables.from_csv("hosts", "host,owner\nbit.ly,us\n").unwrap();
    tables.from_json("trust", r#"{"alice": {"score": 3}}"#).unwrap();
    tables
}

fn message() -> Message<'static> {
    let mut message = Message::from_text("Hi BOB, see https://bit.ly/x 😀");
    message.platform = "cometchat".into();
    message.app = "app".into();
    message.muid = "m1".into();
    message.conversation = "alice_bob".into();
    message.sender.uid = "alice".into();
    message.sender.metadata = Json(r#"{"age": 17, "since": "2026-01-01T00:00:00Z"}"#.into());
    message.receiver.id = "bob".into();
    message.tags = vec!["a".into(), "b".into()];
    message.metadata = Json(r#"{"n": 3, "nested": {"list": [1, 2.5, null, true]}}"#.into());
    message.sent_at = 1_772_368_200_250;
    message.attachments = vec![Attachment {
        name: "a.png".into(),
        mime: "image/png".into(),
        extension: "png".into(),
        size: 12,
        url: "https://c.d/a.png".into(),
    }];
    message
}

fn compile(source: &str, expect: Expect) -> Result<(Conditions, ExprId), Vec<ExprError>> {
    let mut builder = ConditionsBuilder::new(tables());
    let id = builder.add(source, expect)?;
    Ok((builder.build(), id))
}

fn answer(source: &str, message: &Message<'_>, state: &State) -> String {
    let (conditions, id) = compile(source, Expect::Any)
        .unwrap_or_else(|errors| panic!("{source}: {}", describe(source, &errors, 0)));
    let facts = Facts::from([("reputation".to_owned(), json!(0.5))]);
    let input = Input { message, facts: &facts, plain: "hi bob", disguise: &["leet"] };
    let mut evaluation = conditions.begin(input, state);
    let value = evaluation.value(id, 2);
    value.map_or_else(|error| format!("error: {error}"), |value| value.to_string())
}

/// Errors as the data file writes them.
fn describe(source: &str, errors: &[ExprError], indent: usize) -> String {
    let mut told = String::new();
    for error in errors {
        let before = indent + source[..error.range.start].chars().count();
        let under = source[error.range.clone()].chars().count();
        let (gap, under) = (" ".repeat(before), "^".repeat(under));
        told.extend(["\n", &gap, &under, " ", &error.message]);
        told.extend(error.help.iter().flat_map(|help| ["\n? ", help]));
    }
    told
}

#[test]
fn answers() {
    let message = message();
    let mut wrong = String::new();
    for line in ANSWERS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (source, expected) = line.rsplit_once(" => ").unwrap();
        let found = answer(source, &message, &State::default());
        if found != expected {
            wrong.extend([source, "\n  expected ", expected, "\n  found    ", &found, "\n"]);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn errors() {
    let mut wrong = String::new();
    let cases = ERRORS.split("\n\n").map(|case| case.trim_end().trim_start_matches('\n'));
    for case in cases.filter(|case| !case.starts_with('#')) {
        let (first, expected) = case.split_once('\n').unwrap();
        let (source, expect, indent) = match first.strip_prefix("= ") {
            Some(source) => (source, Expect::Any, 2),
            None => (first, Expect::Bool, 0),
        };
        let found = match compile(source, expect) {
            Ok(_) => "\nno error".to_owned(),
            Err(errors) => describe(source, &errors, indent),
        };
        if found[1..] != *expected {
            wrong.extend([first, "\n", expected, "\n--- found:\n", &found[1..], "\n\n"]);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_name_is_readable_in_an_empty_message() {
    for name in names::NAMES {
        let found = answer(name.path, &Message::default(), &State::default());
        assert!(!found.starts_with("error"), "{}: {found}", name.path);
    }
}

#[test]
fn too_long_or_too_deep_is_refused() {
    let refused = |source: &str| compile(source, Expect::Any).unwrap_err()[0].message.clone();
    assert_eq!(refused(&"1".repeat(5000)), "an expression has at most 4096 bytes; this one has 5000");
    assert_eq!(
        refused(&format!("{}1{}", "(".repeat(150), ")".repeat(150))),
        "the expression is nested too deep"
    );
    let most = "an expression has at most 300 operators, brackets and dots";
    assert_eq!(refused(&format!("{}1{}", "(".repeat(301), ")".repeat(301))), most);
    for piece in ["+1", "&&true", "?true:true", "<1", "[0]", ".a", "==1"] {
        assert_eq!(refused(&format!("1{}", piece.repeat(301))), most);
        // what is allowed may be wrong, but overflows no stack
        for start in ["facts", "true", "1"] {
            let _ = compile(&format!("{start}{}", piece.repeat(300)), Expect::Any);
        }
    }
    for (open, close) in
        [("[", "]"), ("!", ""), ("-", ""), ("(", ")"), ("{1: ", "}"), ("size(", ")"), ("dyn(", ")")]
    {
        let _ = compile(&format!("{}1{}", open.repeat(300), close.repeat(300)), Expect::Any);
    }
    let long = format!("{}sender.uid == 'x'", "sender.uid == 'a' || ".repeat(90));
    assert_eq!(answer(&long, &message(), &State::default()), "false");
    assert_eq!(refused(" "), "the expression is empty");
}

#[test]
fn a_loop_over_a_long_message_ends() {
    let mut message = message();
    message.tags = (0..20_000).map(|tag| tag.to_string().into()).collect();
    let found = answer("message.tags.exists(t, 'no' + t in message.tags)", &message, &State::default());
    assert_eq!(found, "error: it reads too much of this message");
    message.metadata = Json(format!(r#"{{"big": "{}"}}"#, "x".repeat(100_000)).into());
    let found =
        answer("message.tags.exists(t, message.metadata.big.contains(t))", &message, &State::default());
    assert_eq!(found, "error: it reads too much of this message");
    let found = answer("message.tags.exists(t, t == sender.uid)", &message, &State::default());
    assert_eq!(found, "false");
}

/// Sends messages (time, muid, struck) through conditions and returns what one answers each time.
fn sequence(source: &str, messages: &[(i64, &str, bool)], state: &State) -> Vec<String> {
    let (conditions, id) = compile(source, Expect::Any).unwrap();
    let facts = Facts::new();
    let send = |&(at, muid, struck): &(i64, &'static str, bool)| {
        let mut message = message();
        (message.sent_at, message.muid) = (at, muid.into());
        let mut evaluation =
            conditions.begin(Input { message: &message, facts: &facts, plain: "hi", disguise: &[] }, state);
        let value = evaluation.value(id, 0).unwrap().to_string();
        if struck {
            let (keys, moment) = evaluation.strikes();
            state.settle(&message, (&keys, moment), None);
        }
        value
    };
    // the messages are written down as constants
    messages
        .iter()
        .map(|&(at, muid, struck)| send(&(at, Box::leak(muid.to_owned().into_boxed_str()), struck)))
        .collect()
}

#[test]
fn windows_are_open_at_their_start_and_retries_count_once() {
    let sent = [
        (0, "a", false),
        (5000, "b", false),
        (10_000, "c", false),
        (10_001, "c", false),
        (9_000, "d", false),
    ];
    let counted = sequence(r#"rate(sender.uid, duration("10s"))"#, &sent, &State::default());
    assert_eq!(counted, ["1", "2", "2", "2", "3"]);
    let nameless = [(0, "", false), (1, "", false)];
    assert_eq!(sequence(r#"repeats(duration("1s"))"#, &nameless, &State::default()), ["1", "2"]);
}

#[test]
fn strikes_leave_out_the_message_being_judged() {
    let sent = [(0, "a", true), (1, "b", false), (2, "c", true), (2, "c", true), (3, "d", false)];
    let counted = sequence(r#"strikes(sender.uid, duration("1h"))"#, &sent, &State::default());
    assert_eq!(counted, ["0", "1", "1", "1", "2"]);
}

#[test]
fn equal_keys_of_different_rules_count_a_message_once() {
    let source = r#"[rate(sender.uid, duration("10s")), rate(sender.uid + "", duration("10s")), rate( sender.uid , duration("1m"))]"#;
    let state = State::default();
    assert_eq!(sequence(source, &[(0, "", false), (1, "", false)], &state), ["[1,1,1]", "[2,2,2]"]);
    let mut builder = ConditionsBuilder::new(Tables::default());
    builder.add(source, Expect::Any).unwrap();
    builder.add(r#"rate(sender.uid, duration("10s")) > 3"#, Expect::Bool).unwrap();
    let conditions = builder.build();
    assert_eq!((conditions.counters.keys.len(), conditions.counters.calls.len()), (2, 3));
}

#[test]
fn counters_step_even_when_nobody_asks() {
    let state = State::default();
    let count = r#"rate(sender.uid, duration("1h"))"#;
    sequence(&format!("false && {count} > 0"), &[(0, "a", false), (1, "b", false)], &state);
    assert_eq!(sequence(count, &[(2, "c", false)], &state), ["3"], "state outlives the rules");
}

#[test]
fn an_answer_that_rests_on_a_lossy_count_says_so() {
    let state = State::new(Limits { moments: 2, ..Limits::default() });
    let (conditions, id) =
        compile(r#"matches > 0 && rate("all", duration("1h")) > 9"#, Expect::Bool).unwrap();
    let (message, facts) = (message(), Facts::new());
    let mut nameless = message.clone();
    nameless.muid = "".into();
    let mut touched = |matches| {
        let mut evaluation =
            conditions.begin(Input { message: &nameless, facts: &facts, plain: "", disguise: &[] }, &state);
        evaluation.holds(id, matches).unwrap();
        evaluation.touched_by_eviction()
    };
    let found: Vec<_> = [1, 1, 1, 1, 0].into_iter().map(&mut touched).collect();
    assert_eq!(found, [false, false, false, true, false]);
}

#[test]
fn explains_its_counters() {
    let (conditions, _) = compile(
        r#"rate( sender.uid, duration("1h")) > 1 || rate(facts.x, duration("1h")) > 1"#,
        Expect::Bool,
    )
    .unwrap();
    let (message, facts, state) = (message(), Facts::new(), State::default());
    let evaluation =
        conditions.begin(Input { message: &message, facts: &facts, plain: "", disguise: &[] }, &state);
    let counts: Vec<_> = evaluation.counts().collect();
    assert_eq!(
        counts,
        [
            Counted { call: r#"rate( sender.uid, duration("1h"))"#, key: Ok("alice"), count: 1 },
            Counted {
                call: r#"rate(facts.x, duration("1h"))"#,
                key: Err("the key `x` is missing"),
                count: 0
            },
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn whatever_is_typed_is_accepted_or_refused_in_place(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..12),
    ) {
        let source = pieces.concat();
        if let Err(errors) = compile(&source, Expect::Bool) {
            for error in errors {
                prop_assert!(source.get(error.range.clone()).is_some(), "{:?} in {source:?}", error);
                prop_assert!(!error.message.contains('\n'));
            }
        }
    }
}

const PIECES: &[&str] = &[
    "sender",
    ".",
    "role",
    " == ",
    "\"é\"",
    "(",
    ")",
    "message.tags",
    ".exists(t, ",
    "t",
    "has(",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "1",
    "1.5",
    " && ",
    " || ",
    "!",
    "-",
    " ? ",
    " : ",
    "rate(",
    "sender.uid",
    "duration(\"1m\")",
    "'",
    "\"",
    "\\",
    "😀",
    "lookup(",
    "\"hosts\"",
    "size(",
    " in ",
    " + ",
    "true",
    "null",
    "\n",
    "// c",
    "`",
    "@",
    "#",
    "message",
    "matches",
    "r'",
];

/// Comparisons that are made without the evaluator, and some that are not.
const TESTS: [&str; 26] = [
    "true",
    "message.type == \"text\"",
    "sender.role != \"default\"",
    "\"bob\" == receiver.id",
    "sender.uid in [\"alice\", \"carol\"]",
    "receiver.group_type in []",
    "message.language in [\"en\", \"\"]",
    "\"a\" in message.tags",
    "\"x\" in sender.tags",
    "\"leet\" in message.disguise",
    "size(message.mentions) > 0",
    "message.tags.size() == 2",
    "size(message.links) >= 1",
    "2 <= size(message.hosts)",
    "message.length > 29",
    "30 > message.length",
    "message.words != 7",
    "message.lines <= 1",
    "message.emoji == 1",
    "message.caps > 0.25",
    "0.9 < message.caps",
    "matches >= 2",
    "rate(sender.uid, duration(\"10s\")) > 1",
    "rate(message.metadata.none, duration(\"10s\")) < 2",
    "message.metadata.n == 3",
    "facts.none == 1",
];

fn condition() -> impl Strategy<Value = String> {
    prop::sample::select(&TESTS[..]).prop_map(str::to_owned).prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one} && {other})")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one} || {other})")),
            inner.prop_map(|one| format!("!({one})")),
        ]
    })
}

proptest! {
    #[test]
    fn the_short_way_answers_as_the_evaluator_does(source in condition()) {
        let (conditions, id) = compile(&source, Expect::Bool).unwrap();
        let (state, facts, message) = (State::new(Limits::default()), Facts::new(), message());
        let input = Input { message: &message, facts: &facts, plain: "hi bob", disguise: &["leet"] };
        let mut evaluation = conditions.begin(input, &state);
        let short = evaluation.holds(id, 2);
        prop_assert_eq!(short.map(serde_json::Value::Bool), evaluation.value(id, 2), "{}", source);
    }
}

#[test]
fn conditions_of_the_shipped_rules_take_no_evaluator() {
    for source in [
        "receiver.type == \"user\" && sender.role == \"default\"",
        "rate(sender.uid, duration(\"10s\")) > 12 && sender.role == \"default\"",
        "message.length > 15 && repeats(duration(\"5m\")) > 3 && sender.role == \"default\"",
        "message.length > 30 && message.caps > 0.8",
        "!(message.language in [\"da\", \"nb\"])",
        "size(message.links) > 5 && sender.role == \"default\"",
    ] {
        let (conditions, id) = compile(source, Expect::Bool).unwrap();
        assert!(conditions.tests[id.0].is_some(), "{source}");
    }
}

/// Parts that are known before there is a message, parts that are not, and parts that fail.
const PARTS: [&str; 30] = [
    "true",
    "false",
    "dyn(3)",
    "dyn(true)",
    "1 + 2 * 3 == 7",
    "1 / (2 - 2) == 1",
    "[1, 2][1 + 1] == 2",
    "size(\"abc\") > message.length",
    "size(\"ab\" + \"c\") in [1, 2, 3]",
    "\"a\" + \"b\" in [\"a\" + \"b\", \"c\"]",
    "sender.uid in [\"al\" + \"ice\"]",
    "[1, 2, 3].exists(x, x * 2 > 5)",
    "[1, 2, 3].all(x, x / (x - 2) > 0)",
    "[1, 2].map(x, x + 1) == [2, 3]",
    "[1, 2, 3].filter(x, x > 1 && true) == [2, 3]",
    "[\"a\", \"b\"].exists_one(x, x == \"b\" || false)",
    "message.tags.exists(t, true || t == \"x\")",
    "message.tags.all(t, t in [\"a\" + \"\", \"b\"] && 1 < 2)",
    "message.tags.map(t, false ? t : t + \"!\") == [\"a!\", \"b!\"]",
    "message.tags.exists_one(t, [1, 2].exists(n, n > 1 && t == \"b\"))",
    "{\"a\": 1 + 1}.a == 2",
    "{\"a\": 1}.b == 1",
    "has({\"a\": 1}.b)",
    "timestamp(\"2026-01-01T00:00:00Z\") + duration(\"1d\") < message.sent_at",
    "message.sent_at - timestamp(\"2026-01-01T00:00:00Z\") > duration(\"90m\")",
    "[duration(\"1h\"), duration(\"2h\")][1] == duration(\"120m\")",
    "double(\"1.5\") < message.caps",
    "message.metadata.nested.list[1 + 1] == null",
    "facts.none == 1",
    "lookup(\"hosts\", \"bit\" + \".ly\").owner == \"us\"",
];

fn mixed() -> impl Strategy<Value = String> {
    prop_oneof![prop::sample::select(&PARTS[..]), prop::sample::select(&TESTS[..])]
        .prop_map(str::to_owned)
        .prop_recursive(4, 12, 3, |inner| {
            prop_oneof![
                (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one} && {other})")),
                (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one} || {other})")),
                (inner.clone(), inner.clone(), inner.clone())
                    .prop_map(|(one, yes, no)| format!("({one} ? {yes} : {no})")),
                (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("[{one}, {other}][1]")),
                inner.prop_map(|one| format!("!({one})")),
            ]
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn what_is_folded_answers_as_what_is_not(source in mixed(), empty in any::<bool>()) {
        let message = if empty { Message::default() } else { message() };
        let facts = Facts::new();
        let input = Input { message: &message, facts: &facts, plain: "hi bob", disguise: &["leet"] };
        let answers = [true, false].map(|folds| {
            let mut builder = ConditionsBuilder { folds, ..ConditionsBuilder::new(tables()) };
            let id = builder.add(&source, Expect::Bool).ok()?;
            let (conditions, state) = (builder.build(), State::default());
            let mut evaluation = conditions.begin(input, &state);
            let value = evaluation.value(id, 2);
            let lossy = evaluation.touched_by_eviction();
            Some((value, evaluation.holds(id, 2), lossy))
        });
        prop_assert_eq!(&answers[0], &answers[1], "{}", source);
    }
}

#[test]
fn what_no_message_changes_is_known_at_once() {
    let always = |source: &str| {
        let (conditions, id) = compile(source, Expect::Bool).unwrap();
        conditions.always(id)
    };
    for source in [
        "1 + 1 == 2",
        "true || rate(sender.uid, duration(\"1m\")) > 3",
        "!(size(\"abc\") > 3) && [1, 2].exists(n, n == 2)",
        "\"a\" in [\"a\", \"b\"] ? duration(\"1d\") == duration(\"24h\") : message.length > 3",
    ] {
        assert_eq!(always(source), Some(true), "{source}");
        assert_eq!(always(&format!("!({source})")), Some(false), "{source}");
    }
    for source in ["message.length > 1", "1 / (2 - 2) == 1", "dyn(3)", "dyn(3) && true"] {
        assert_eq!(always(source), None, "{source}");
    }
    // what is left is simple enough to take no evaluator
    let (conditions, id) = compile("true && message.length > 10 * 3", Expect::Bool).unwrap();
    assert!(matches!(conditions.tests[id.0], Some(direct::Test::Int(..))));
}
