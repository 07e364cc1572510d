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
use premod::gate::cost::{self, Price, Prices};
use premod::message::Message;
use premod::rulefile::{Compiled, Diagnostics, Sources, compile};

#[path = "../benches/ruleset/mod.rs"]
mod ruleset;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rounds over all texts; the shortest counts.
const ROUNDS: usize = 60;

fn main() {
    let texts = cost::LENGTHS.map(cost::texts);
    let at = |rules: &str| -> [f64; 2] { [0, 1].map(|at| time(rules_of(rules), &texts[at])) };
    let price = |own: [f64; 2], without: [f64; 2], times: f64| {
        let own = [own[0] - without[0], own[1] - without[1]].map(|ns| ns / times);
        let each = (own[1] - own[0]) / 65.0;
        Price(((own[0] - each * 85.0) * 10.0).round() / 10.0, (each * 100.0).round() / 100.0)
    };
    let nothing = at("rules: []");
    let glance = at("rules: [{id: a, match: {find: card}}]");
    // many words, and expressions that have a literal: an automaton with states costs more than one without
    let many = |view: &str| {
        let words = ruleset::keywords(1, 10_000).join(", ");
        format!("rules: [{{id: a, match: {{words: [{words}], view: {view}}}}}]")
    };
    let plain = at(&words("plain"));
    let behind = |view: &str| {
        let expressions: Vec<String> = ruleset::regexes(1, 500)
            .into_iter()
            .take(500 - ruleset::WITHOUT_LITERAL)
            .map(|regex| format!("'{}'", regex.replace('\'', "''")))
            .collect();
        format!("rules: [{{id: a, match: {{regex: [{}]{view}}}}}]", expressions.join(", "))
    };
    let literals = at(&behind(""));
    let one = at("rules: [{id: a, when: \"sender.role == 'agent'\"}]");
    let beyond = |rules: &str| price(at(rules), glance, 1.0);
    let [exact, folded] = ["exact", "folded"].map(|view| beyond(&many(view)));
    let plain_price = beyond(&many("plain"));
    let [few_exact, few_folded] = ["exact", "folded"].map(|view| beyond(&words(view)));
    let few_plain = price(plain, glance, 1.0);
    let prices = Prices {
        message: price(nothing, [0.0; 2], 1.0),
        patterns: price(glance, nothing, 1.0),
        few: [few_exact, few_folded, few_plain, few_plain],
        views: [exact, folded, plain_price, plain_price],
        fold: price(at(&behind(", view: folded")), literals, 1.0),
        literals: price(literals, glance, 1.0),
        sieve: beyond("rules: [{id: a, match: {regex: ['\\d{9}', '[#]{5}']}}]"),
        search: beyond("rules: [{id: a, match: {regex: '[a-z] ?\\d{7}'}}]"),
        unicode: unicode(),
        finds: ["email", "phone", "url", "ip", "card", "iban", "crypto"]
            .map(|kind| beyond(&format!("rules: [{{id: a, match: {{find: {kind}}}}}]"))),
        links: beyond("rules: [{id: a, match: {domain: example.com}}]"),
        expression: price(at(&several()), plain, 5.0),
        counter: price(at("rules: [{id: a, when: \"rate(sender.uid, duration('10s')) > 99\"}]"), one, 1.0),
        names: cost::NAMES.map(|name| {
            let asked = match name {
                "message.language" => format!("{name} == 'xx'"),
                "message.links" | "message.hosts" => format!("{name}.size() > 9"),
                "message.caps" => format!("{name} > 2.0"),
                name => format!("{name} > 9999"),
            };
            price(at(&format!("rules: [{{id: a, when: \"{asked}\"}}]")), one, 1.0)
        }),
        worst: ["exact", "folded", "plain", "loose"].map(|view| worst(&many(view))),
        unit: 2.0,
    };
    println!("{prices:#?}\n");
    compare(&prices, &texts);
}

/// What a character costs at the most, in texts of nothing but one trick.
fn worst(rules: &str) -> f64 {
    let each = ruleset::tricks().map(|(_, trick)| {
        let text = vec![trick.chars().cycle().take(ruleset::LONG).collect::<String>()];
        #[expect(clippy::cast_precision_loss, reason = "a number of characters")]
        let each = time(rules_of(rules), &text) / ruleset::LONG as f64;
        each
    });
    (each.into_iter().fold(0.0, f64::max) * 10.0).ceil() / 10.0
}

/// What a character costs where a word boundary makes the lazy automaton give up.
fn unicode() -> Price {
    let texts: Vec<String> =
        (0..300).map(|at| format!("é{}", "see you at nine ".repeat(10 + at % 2))).collect();
    let price =
        |regex: &str| time(rules_of(&format!("rules: [{{id: a, match: {{regex: '{regex}'}}}}]")), &texts);
    let characters = texts.iter().map(|text| text.chars().count()).sum::<usize>() / texts.len();
    let slow = price("\\b[a-z] ?\\d{7}\\b") - price("[a-z] ?\\d{7}");
    #[expect(clippy::cast_precision_loss, reason = "a number of characters")]
    Price(0.0, (slow / characters as f64 * 100.0).round() / 100.0)
}

/// Five conditions of every day.
fn several() -> String {
    let whens = [
        "sender.role == 'agent'",
        "receiver.type == 'group' && sender.role != 'agent'",
        "message.type == 'image' || message.text.startsWith('!')",
        "'vip' in sender.tags",
        "size(message.tags) > 2",
    ];
    whens.iter().enumerate().fold(String::from("rules:\n"), |mut rules, (number, when)| {
        let _ = writeln!(rules, "  - {{id: r{number}, when: \"{when}\"}}");
        rules
    })
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
    #[expect(clippy::cast_precision_loss, reason = "a number of texts")]
    let each = best.as_secs_f64() * 1e9 / texts.len() as f64;
    each
}

fn compare(prices: &Prices, [short, long]: &[Vec<String>; 2]) {
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
        let model = cost::with(prices, &own.rules, &own.documents);
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
