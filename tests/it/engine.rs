//! The engine against itself and against the naive way: a rule set is the sum of its rules, `explain`
//! is the judgement told, and what one automaton finds is what looking for each pattern finds.

use std::sync::Arc;

use premod::engine::state::{Limits, State};
use premod::engine::{Decision, Engine, Facts};
use premod::message::{Message, Part};
use premod::rulefile::{Diagnostics, Sources, compile};
use proptest::prelude::*;
use regex::Regex;

/// An engine over rules written as YAML.
fn engine(rules: &str) -> Engine {
    let mut out = Diagnostics::default();
    let sources = Sources::from_memory([("rules.yaml", rules)]);
    let compiled = compile(&sources, &mut out).unwrap_or_else(|| panic!("{out}\n{rules}"));
    Engine::new(Arc::new(compiled.rules), Arc::new(State::new(Limits::default())))
}

fn message(texts: &[String]) -> Message<'_> {
    let mut message = Message::from_text(texts[0].as_str());
    let more = texts[1..].iter().zip(["customData.title", "customData.body"]);
    message.parts.extend(more.map(|(text, name)| Part { name: name.into(), text: text.as_str().into() }));
    message
}

/// The rules that fired, each with the texts it matched.
fn fired(engine: &Engine, decision: &Decision, message: &Message<'_>) -> Vec<(String, Vec<String>)> {
    let matched = |fired: &premod::engine::Fired| {
        let text = |span: &premod::engine::Span| message.parts[span.part].text[span.range.clone()].to_owned();
        (engine.rules().rules()[fired.rule].id.clone(), fired.spans.iter().map(text).collect())
    };
    decision.fired.iter().map(matched).collect()
}

const FRAGMENTS: [&str; 40] = [
    "kill",
    "Kill",
    "k1ll",
    "kiII",
    "K I L L",
    "k.i.l.l",
    "killing",
    "skill",
    "as",
    "ass",
    "a$$",
    "class",
    "fuuuck",
    "fuсk",
    "f\u{200b}uck",
    "ｆｕｃｋ",
    "fúck",
    "you",
    "kill you",
    "straße",
    "STRASSE",
    "18",
    "1488",
    "c++",
    "ok",
    "é",
    "死ね",
    "👨‍👩‍👧",
    " ",
    " ",
    "  ",
    "\n",
    ".",
    "!",
    "_",
    "-",
    "free money",
    "task",
    "taſk",
    "ʞɔnɟ",
];

const WORDS: [&str; 16] = [
    "kill", "kill*", "*kill", "kill you", "ass", "as", "fuck", "straße", "18", "c++", "死ね", "Kill", "ok",
    "fre*", "y*u", "é",
];

const REGEXES: [&str; 10] = [
    "(?i)kill",
    r"\bass\b",
    r"(?i)\btask\b",
    "[0-9]{2,}",
    "free (?:money|gold)",
    "é+",
    "(?:k|s)ill",
    r"\w+!",
    "(?i)FUCK|ass",
    "a.*s|u",
];

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&FRAGMENTS[..]), 0..10)
        .prop_map(|fragments| fragments.concat())
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text(), 1..3)
}

/// A pattern set as YAML in flow style.
fn pattern_set() -> impl Strategy<Value = String> {
    let words = prop::collection::vec(prop::sample::select(&WORDS[..]), 1..4);
    let views = prop::sample::select(&["exact", "folded", "plain", "loose"][..]);
    let listed =
        |words: Vec<&str>| words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ");
    prop_oneof![
        4 => (words.clone(), views.clone())
            .prop_map(move |(words, view)| format!("{{words: [{}], view: {view}}}", listed(words))),
        2 => (words, views).prop_map(move |(words, view)| format!("{{anywhere: [{}], view: {view}}}", listed(words))),
        2 => prop::sample::select(&REGEXES[..]).prop_map(|regex| format!("{{regex: ['{regex}']}}")),
        1 => prop::sample::select(&REGEXES[..]).prop_map(|regex| format!("{{regex: ['{regex}'], view: folded}}")),
    ]
}

fn tree() -> impl Strategy<Value = String> {
    pattern_set().prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3)
                .prop_map(|sets| format!("{{all: [{}]}}", sets.join(", "))),
            prop::collection::vec(inner.clone(), 1..3)
                .prop_map(|sets| format!("{{any: [{}]}}", sets.join(", "))),
            inner.prop_map(|set| format!("{{not: {set}}}")),
        ]
    })
}

/// The keys of a rule, all but its id.
fn rule() -> impl Strategy<Value = String> {
    let action = prop::sample::select(&["annotate", "flag", "drop", "pass"][..]);
    let except = prop::option::of(pattern_set());
    let when = prop::option::of(prop::sample::select(
        &["matches > 1", "message.length < 20", "size(message.text) > 3"][..],
    ));
    (tree(), except, when, action, any::<bool>()).prop_map(|(tree, except, when, action, mask)| {
        let except = except.map_or(String::new(), |set| format!("\n    except: {set}"));
        let when = when.map_or(String::new(), |when| format!("\n    when: {when}"));
        format!(
            "\n    match: {tree}{except}{when}\n    action: {action}\n    mask: {}",
            if mask { "true" } else { "\"-\"" }
        )
    })
}

fn ruleset(rules: &[String]) -> String {
    let numbered = rules.iter().enumerate().map(|(at, rule)| format!("\n  - id: r{at:02}{rule}"));
    format!("rules:{}\n", numbered.collect::<String>())
}

proptest! {

    #[test]
    fn a_rule_set_is_the_sum_of_its_rules(rules in prop::collection::vec(rule(), 1..6), texts in texts()) {
        let message = message(&texts);
        let whole = engine(&ruleset(&rules));
        let together = fired(&whole, &whole.judge(&message, &Facts::new()), &message);
        let mut alone = Vec::new();
        for (at, rule) in rules.iter().enumerate() {
            let single = engine(&format!("rules:\n  - id: r{at:02}{rule}\n"));
            alone.extend(fired(&single, &single.judge(&message, &Facts::new()), &message));
        }
        prop_assert_eq!(together, alone);
    }

    #[test]
    fn explain_tells_the_judgement(rules in prop::collection::vec(rule(), 1..6), texts in texts()) {
        let message = message(&texts);
        let rules = ruleset(&rules);
        let explanation = engine(&rules).explain(&message, &Facts::new());
        let engine = engine(&rules);
        let decision = engine.judge(&message, &Facts::new());
        prop_assert_eq!(&explanation.decision, &decision);
        let told: Vec<&str> =
            explanation.rules.iter().filter(|account| account.fired).map(|account| account.rule.as_str()).collect();
        let fired = fired(&engine, &decision, &message);
        prop_assert_eq!(told, fired.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>());
        for (id, texts) in &fired {
            for text in texts {
                prop_assert!(explanation.matches.iter().any(|found| found.rule == *id && found.text == *text && !found.excuses));
            }
        }
    }

    #[test]
    fn the_order_of_rules_changes_nothing(rules in prop::collection::vec(rule(), 2..5), texts in texts()) {
        let message = message(&texts);
        let forward = ruleset(&rules);
        let (head, body) = forward.split_once('\n').unwrap();
        let mut items: Vec<&str> = body.split("  - ").filter(|item| !item.is_empty()).collect();
        items.reverse();
        let backward = format!("{head}\n{}", items.iter().fold(String::new(), |all, item| all + "  - " + item.trim_end() + "\n"));
        let (one, other) = (engine(&forward), engine(&backward));
        prop_assert_eq!(one.judge(&message, &Facts::new()), other.judge(&message, &Facts::new()));
    }

    #[test]
    fn expressions_match_as_the_regex_crate_does(source in prop::sample::select(&REGEXES[..]), text in text()) {
        let engine = engine(&format!("rules:\n  - {{id: r, match: {{regex: ['{source}']}}}}\n"));
        let message = Message::from_text(text.as_str());
        let decision = engine.judge(&message, &Facts::new());
        let found = !Regex::new(source).unwrap().find_iter(&text).all(|found| found.is_empty());
        prop_assert_eq!(!decision.fired.is_empty(), found);
    }

    /// The naive way: an expression for each entry over the text, case and width aside.
    #[test]
    fn words_match_as_a_search_for_each_does(word in prop::sample::select(&WORDS[..]), folded in any::<bool>(), text in text()) {
        let view = if folded { "folded" } else { "exact" };
        let engine = engine(&format!("rules:\n  - {{id: r, match: {{words: [{word:?}], view: {view}}}}}\n"));
        let message = Message::from_text(text.as_str());
        let decision = engine.judge(&message, &Facts::new());
        let (sought, searched) = if folded { (plainly_folded(word), plainly_folded(&text)) } else { (word.to_owned(), text.clone()) };
        prop_assert_eq!(!decision.fired.is_empty(), naive(&sought).is_match(&searched), "{:?} in {:?}", sought, searched);
    }

    #[test]
    fn spans_lie_on_grapheme_boundaries_and_masks_cover_them(rule in rule(), texts in texts()) {
        use unicode_segmentation::UnicodeSegmentation as _;
        let message = message(&texts);
        let engine = engine(&ruleset(&[rule]));
        let decision = engine.judge(&message, &Facts::new());
        for fired in &decision.fired {
            for span in &fired.spans {
                let text = &message.parts[span.part].text;
                let edges: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect();
                prop_assert!(edges.contains(&span.range.start) && edges.contains(&span.range.end));
                prop_assert!(!span.range.is_empty());
            }
        }
        let masks = decision.fired.iter().any(|fired| fired.spans.iter().any(|span| span.part == 0));
        prop_assert_eq!(decision.verdict.masked_text.is_some(), masks);
    }
}

/// What the folded view does to the characters of this test, done the plain way.
fn plainly_folded(text: &str) -> String {
    let mut folded = String::new();
    for c in text.chars() {
        match c {
            '\u{200b}' | '\u{200d}' => {}
            'ú' => folded.push('u'),
            'é' => folded.push('e'),
            'ß' => folded.push_str("ss"),
            'ſ' => folded.push('s'),
            'ｃ' | 'ｆ' | 'ｋ' | 'ｕ' => folded.push(char::from_u32(c as u32 - 0xfee0).unwrap()),
            c => folded.extend(c.to_lowercase()),
        }
    }
    folded
}

/// An entry as an expression: words with white space between them, `*` at the end of a word as the
/// rest of it, no word character beside an edge that is one.
fn naive(entry: &str) -> Regex {
    let word_like = |c: Option<char>| {
        c.is_some_and(|c| c.is_alphanumeric() && !('\u{4e00}'..='\u{9fff}').contains(&c) && c != 'ね')
    };
    let bare = entry.trim_matches('*');
    let left = if !entry.starts_with('*') && word_like(bare.chars().next()) { r"(?:^|[\W_])" } else { "" };
    let right = if !entry.ends_with('*') && word_like(bare.chars().last()) { r"(?:$|[\W_])" } else { "" };
    let body: Vec<String> = bare.split(' ').map(regex::escape).collect();
    Regex::new(&format!("{left}{}{right}", body.join(r"\s+"))).unwrap()
}
