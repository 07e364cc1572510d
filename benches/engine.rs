//! The engine alone: one message judged, by the length of its text, by the number of rules, by what
//! the text is made of and how many of them hit, and at its worst.
//!
//! `cargo bench --bench engine` prints what each rule set costs (load, memory, mean and 99th percentile
//! of a message), then times the matrix. Beside the figures stands the naive way for the same texts:
//! every keyword searched one by one in the lower-case text, every expression run by itself, so that a
//! ratio outlives the machine.

#[path = "engine/cost.rs"]
mod cost;
mod ruleset;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use premod::engine::state::{Limits, State};
use premod::engine::{Engine, Facts};
use premod::load;
use premod::message::Message;
use premod::rulefile::{Diagnostics, Sources, compile};
use regex::Regex;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SEED: u64 = 1;
const TEXTS: usize = 1_000;

fn main() {
    let testing = std::env::args().any(|argument| argument == "--test");
    if !testing && cost::table() {
        return;
    }
    let mut criterion = Criterion::default().configure_from_args();
    by_length(&mut criterion);
    by_rules(&mut criterion);
    by_script(&mut criterion);
    by_hits(&mut criterion);
    adversarial(&mut criterion);
    shipped(&mut criterion);
    criterion.final_summary();
}

/// An engine with so many keywords and regexes.
fn engine(keywords: usize, regexes: usize) -> Engine {
    loaded(keywords, regexes).0
}

/// The same, and how long it took to load from files.
fn loaded(keywords: usize, regexes: usize) -> (Engine, Duration) {
    let directory = tempfile::tempdir().expect("a directory");
    ruleset::write(directory.path(), &ruleset::keywords(SEED, keywords), &ruleset::regexes(SEED, regexes))
        .expect("written");
    let begun = Instant::now();
    (load_rules(directory.path()), begun.elapsed())
}

fn load_rules(directory: &std::path::Path) -> Engine {
    let mut found = Diagnostics::default();
    let compiled = compile(&Sources::read(directory, &mut found), &mut found).expect("rules that load");
    Engine::new(Arc::new(compiled.rules), Arc::new(State::new(Limits::default())))
}

/// Chat texts of about so many characters.
fn texts(characters: usize) -> Vec<String> {
    let source = load::texts(SEED, TEXTS).join(" ");
    let letters: Vec<char> = source.chars().collect();
    let text = |at: usize| -> String {
        letters.iter().cycle().skip(at * 37 % letters.len()).take(characters).collect()
    };
    (0..TEXTS.min(20_000 / characters + 8)).map(text).collect()
}

fn measure(group: &mut BenchmarkGroup<'_, WallTime>, name: BenchmarkId, engine: &Engine, texts: &[String]) {
    let facts = Facts::new();
    let messages: Vec<Message<'_>> = texts.iter().map(|text| Message::from_text(text.as_str())).collect();
    let mut next = messages.iter().cycle();
    group.bench_function(name, |bencher| {
        bencher.iter(|| engine.judge(black_box(next.next().expect("a cycle")), &facts));
    });
}

/// The naive way for the same rules and texts.
fn measure_naive(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: BenchmarkId,
    (keywords, regexes): (usize, usize),
    texts: &[String],
) {
    let keywords = ruleset::keywords(SEED, keywords);
    let regexes: Vec<Regex> =
        ruleset::regexes(SEED, regexes).iter().map(|source| Regex::new(source).expect("compiles")).collect();
    let mut next = texts.iter().cycle();
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            let text = next.next().expect("a cycle");
            let lower = text.to_lowercase();
            let met = keywords.iter().filter(|keyword| lower.contains(keyword.as_str())).count();
            met + regexes.iter().filter(|regex| regex.is_match(text)).count()
        });
    });
}

fn by_length(criterion: &mut Criterion) {
    let engine = engine(10_000, 500);
    let mut group = criterion.benchmark_group("length");
    group.sample_size(20);
    for characters in [20, 85, 150, 1_000, 10_000] {
        let texts = texts(characters);
        group.throughput(Throughput::Elements(1));
        measure(&mut group, BenchmarkId::new("engine", characters), &engine, &texts);
        measure_naive(&mut group, BenchmarkId::new("naive", characters), (10_000, 500), &texts);
    }
    group.finish();
}

fn by_rules(criterion: &mut Criterion) {
    let texts = texts(150);
    let mut group = criterion.benchmark_group("rules");
    group.sample_size(10);
    for keywords in [100, 10_000, 100_000] {
        for regexes in [0, 500, 2_000] {
            let name = |way: &str| BenchmarkId::new(format!("{way}, {keywords} keywords"), regexes);
            measure(&mut group, name("engine"), &engine(keywords, regexes), &texts);
            measure_naive(&mut group, name("naive"), (keywords, regexes), &texts);
        }
    }
    group.finish();
}

fn by_script(criterion: &mut Criterion) {
    let engine = engine(10_000, 500);
    let mut group = criterion.benchmark_group("script");
    for (name, sample) in [
        ("ascii", "see you at the station at half past nine, bring the tickets "),
        ("accents", "à bientôt à la gare, n'oublie pas les billets déjà imprimés "),
        ("cyrillic", "увидимся на вокзале в половине десятого, возьми билеты "),
        ("cjk", "九点半在车站见，别忘了带票，我们一起去吃饭吧。"),
        ("emoji", "👍🏽 see you 🎉🎉 at 9 👨‍👩‍👧 bring 🎫 "),
    ] {
        let text: String = sample.chars().cycle().take(150).collect();
        measure(&mut group, BenchmarkId::new("150 characters", name), &engine, &[text]);
    }
    group.finish();
}

/// By the share of messages that hold a keyword, in percent.
fn by_hits(criterion: &mut Criterion) {
    let engine = engine(10_000, 500);
    let keywords = ruleset::keywords(SEED, 10_000);
    let facts = Facts::new();
    let mut texts = texts(150);
    texts.retain(|text| engine.judge(&Message::from_text(text.as_str()), &facts).fired.is_empty());
    let mut group = criterion.benchmark_group("hits");
    for (share, every) in [(0, usize::MAX), (5, 20), (100, 1)] {
        let mut texts = texts.clone();
        for (text, keyword) in texts.iter_mut().step_by(every).zip(&keywords) {
            // nothing to append to: the first of none is one
            if share > 0 {
                text.push(' ');
                text.push_str(keyword);
            }
        }
        measure(&mut group, BenchmarkId::new("150 characters", share), &engine, &texts);
    }
    group.finish();
}

/// Texts as long as a message may well be, of nothing but disguise, or of what rules look for.
fn adversarial(criterion: &mut Criterion) {
    let engine = engine(10_000, 500);
    let mut group = criterion.benchmark_group("adversarial");
    group.sample_size(20);
    let keywords = ruleset::keywords(SEED, 10_000).join(" ");
    let nearly = keywords.split(' ').map(|word| &word[..word.len() - 1]).collect::<Vec<_>>().join(" ");
    let regexes = ruleset::regexes(SEED, 500).join(" ");
    let literals = regexes.split(|c: char| !c.is_alphabetic()).filter(|word| word.len() > 3);
    let literals = literals.collect::<Vec<_>>().join(" ");
    for (name, sample) in [
        ("spacing", "f u c k y.o.u "),
        ("censoring", "f*ck sh!t b**ch "),
        ("markup", "f**u**ck <b>x</b> &#117; [o](url) "),
        ("marks", "f\u{301}\u{302}\u{303}u\u{338}c\u{20d2}k "),
        ("lookalikes", "fuсk ᖴᑌᑕK ꜰᴜᴄᴋ 千ㄩ匚Ҝ ʞɔnɟ "),
        ("leet", "$h!7 |_|/\\(|< 4$$h0|3 "),
        ("flags", "🇫🇺🇨🇰🇩🇪🇫🇷 🅰️🅱️ "),
        ("invisible", "f\u{200b}u\u{ad}c\u{2060}k "),
        ("strokes", "i l 1 | ! Il1| "),
        ("keywords", &keywords),
        ("nearly keywords", &nearly),
        ("literals", &literals),
    ] {
        let text: String = sample.chars().cycle().take(10_000).collect();
        measure(&mut group, BenchmarkId::new("10,000 characters", name), &engine, &[text]);
    }
    group.finish();
}

/// The rules that come with premod, on made-up chat.
fn shipped(criterion: &mut Criterion) {
    let engine = load_rules(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"));
    let mut group = criterion.benchmark_group("shipped");
    measure(&mut group, BenchmarkId::new("rules", "85"), &engine, &texts(85));
    group.finish();
}
