//! Measures the constants of the cost model (`src/gate/cost/constants.rs`), and holds the model against
//! the clock on rule sets of several kinds: `cargo run --release --example cost`.
//!
//! Each constant is what a rule set with one thing in it takes beyond one without. A round's time is the
//! shortest of many, so that what else runs on the machine stays out of it.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use premod::engine::state::{Limits, State};
use premod::engine::{Engine, Facts};
use premod::gate::cost;
use premod::message::Message;
use premod::rulefile::{Compiled, Diagnostics, Sources, compile};

#[path = "../benches/ruleset/mod.rs"]
mod ruleset;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rounds over all texts; the shortest counts.
const ROUNDS: usize = 60;

fn main() {
    let [short, long] = cost::LENGTHS.map(cost::texts);
    let at = |rules: &str| -> [f64; 2] { [&short, &long].map(|texts| time(rules_of(rules), texts)) };
    let nothing = at("rules: []");
    let price = |name: &str, own: [f64; 2], without: [f64; 2], times: f64| {
        let own = [own[0] - without[0], own[1] - without[1]].map(|ns| ns / times);
        let each = ((own[1] - own[0]) / 65.0).max(0.0);
        println!("{name:20} Price({:.0}.0, {each:.1})", (own[0] - each * 85.0).max(0.0));
    };
    price("message", nothing, [0.0; 2], 1.0);
    for view in ["exact", "folded", "plain"] {
        price(view, at(&words(view)), nothing, 1.0);
    }
    let plain = at(&words("plain"));
    let literals = at("rules: [{id: a, match: {regex: ['zqxj\\d+', 'qzxk[a-z]+']}}]");
    price("literals", literals, nothing, 1.0);
    price("sieve", at("rules: [{id: a, match: {regex: ['\\d{9}', '[#]{5}']}}]"), nothing, 1.0);
    price("try", at("rules: [{id: a, match: {regex: '[a-z] ?\\d{7}'}}]"), nothing, 1.0);
    price("fold", at("rules: [{id: a, match: {regex: 'zqxj\\d+', view: folded}}]"), literals, 1.0);
    for kind in ["email", "phone", "url", "ip", "card", "iban", "crypto"] {
        price(kind, at(&format!("rules: [{{id: a, match: {{find: {kind}}}}}]")), nothing, 1.0);
    }
    price("links", at("rules: [{id: a, match: {domain: example.com}}]"), nothing, 1.0);
    let whens = [
        "sender.role == 'agent'",
        "receiver.type == 'group' && sender.role != 'agent'",
        "message.type == 'image' || message.text.startsWith('!')",
        "'vip' in sender.tags",
        "size(message.tags) > 2",
    ];
    let mut several = String::from("rules:\n");
    for (number, when) in whens.iter().enumerate() {
        let _ = writeln!(several, "  - {{id: r{number}, when: \"{when}\"}}");
    }
    price("expression", at(&several), plain, 5.0);
    let one = at("rules: [{id: a, when: \"sender.role == 'agent'\"}]");
    price("counter", at("rules: [{id: a, when: \"rate(sender.uid, duration('10s')) > 99\"}]"), one, 1.0);
    for name in [
        "language == 'xx'",
        "links.size() > 9",
        "hosts.size() > 9",
        "words > 999",
        "emoji > 99",
        "caps > 2.0",
        "length > 999",
    ] {
        let rules = format!("rules: [{{id: a, when: \"message.{name}\"}}]");
        price(name, at(&rules), one, 1.0);
    }
    println!();
    compare(&short, &long);
}

/// A rule that looks for a word that is not there.
fn words(view: &str) -> String {
    format!("rules: [{{id: a, match: {{words: [zqxjvk], view: {view}}}}}]")
}

fn rules_of(rules: &str) -> Compiled {
    compiled(&Sources::from_memory([("a.yaml", rules)]))
}

fn compiled(sources: &Sources) -> Compiled {
    let mut found = Diagnostics::default();
    compile(sources, &mut found).unwrap_or_else(|| panic!("{found}"))
}

/// What judging a text takes, in nanoseconds; each is of a sender who wrote nothing before.
fn time(compiled: Compiled, texts: &[String]) -> f64 {
    let engine = Engine::new(Arc::new(compiled.rules), Arc::new(State::new(Limits::default())));
    let facts = Facts::new();
    let mut best = Duration::MAX;
    let ids: Vec<String> = (0..texts.len()).map(|at| format!("user-{at}")).collect();
    for round in 0..ROUNDS {
        let messages: Vec<Message<'_>> = texts
            .iter()
            .zip(&ids)
            .map(|(text, id)| {
                let mut message = Message::from_text(text.as_str());
                message.sender.uid = id.as_str().into();
                message.conversation = id.as_str().into();
                message.sent_at = i64::try_from(round).unwrap_or(0) * 3_600_000;
                message
            })
            .collect();
        let began = Instant::now();
        for message in &messages {
            std::hint::black_box(engine.judge(message, &facts));
        }
        best = best.min(began.elapsed());
    }
    best.as_secs_f64() * 1e9 / texts.len() as f64
}

fn compare(short: &[String], long: &[String]) {
    println!(
        "{:42} {:>8} {:>8} {:>6} {:>8} {:>8} {:>6}",
        "rules, µs", "model 85", "clock", "ratio", "model 150", "clock", "ratio"
    );
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut sets: Vec<(String, Sources)> =
        vec![("shipped".to_owned(), Sources::read(&directory, &mut Diagnostics::default()))];
    for (keywords, regexes) in
        [(100, 0), (10_000, 0), (100_000, 0), (100, 500), (10_000, 500), (10_000, 2_000)]
    {
        let directory = tempfile::tempdir().expect("a directory");
        let (words, expressions) = (ruleset::keywords(1, keywords), ruleset::regexes(1, regexes));
        ruleset::write(directory.path(), &words, &expressions).expect("written");
        let sources = Sources::read(directory.path(), &mut Diagnostics::default());
        sets.push((format!("{keywords} keywords, {regexes} expressions"), sources));
    }
    let memory = |name: &str, rules: String| (name.to_owned(), Sources::from_memory([("a.yaml", rules)]));
    let list =
        |each: &dyn Fn(usize) -> String, count: usize| (0..count).map(each).collect::<Vec<_>>().join("\n");
    sets.push(memory(
        "all kinds of find, links",
        "rules: [{id: a, match: {find: [email, phone, url, ip, card, iban, crypto], domain: example.com}}]"
            .to_owned(),
    ));
    sets.push(memory(
        "40 expressions without a literal",
        format!(
            "rules:\n{}",
            list(&|at| format!("  - {{id: r{at}, match: {{regex: '[a-z]{{2}}\\d{{{}}}'}}}}", at + 2), 40)
        ),
    ));
    sets.push(memory(
        "20 expressions behind common words",
        format!(
            "rules:\n{}",
            list(
                &|at| format!("  - {{id: r{at}, match: {{regex: '\\b(the|and|you)\\b.{{0,{at}}}zq'}}}}"),
                20
            )
        ),
    ));
    sets.push(memory("30 conditions, 3 counters", format!("rules:\n{}\n  - {{id: x, when: \"repeats(duration('5m')) > 9 || rate(conversation, duration('1m')) > 99 || strikes(sender.uid, duration('1h')) > 9\"}}", list(&|at| format!("  - {{id: r{at}, when: \"sender.role == 'a{at}' && message.length > {at}\"}}"), 30))));
    sets.push(memory("exact and folded words, folded expressions", "rules:\n  - {id: a, match: {words: [zqxj], view: exact}}\n  - {id: b, match: {words: [zqxj], regex: ['kowd\\d', '\\d{8}x'], view: folded}}".to_owned()));
    for (name, sources) in sets {
        let own = compiled(&sources);
        let model = cost::of(&own.rules, &own.documents);
        let [at_short, at_long] = [time(compiled(&sources), short) / 1000.0, time(own, long) / 1000.0];
        println!(
            "{name:42} {:8.1} {at_short:8.1} {:6.2} {:8.1} {at_long:8.1} {:6.2}",
            model.us_at_85,
            model.us_at_85 / at_short,
            model.us_at_150,
            model.us_at_150 / at_long,
        );
    }
}
