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

/// The naive way for the rules of an engine: one after the other.
struct Naive {
    keywords: Vec<String>,
    regexes: Vec<Regex>,
}

impl Naive {
    fn new(keywords: usize, regexes: usize) -> Self {
        let regexes = ruleset::regexes(SEED, regexes);
        let regexes = regexes.iter().map(|source| Regex::new(source).expect("compiles")).collect();
        Naive { keywords: ruleset::keywords(SEED, keywords), regexes }
    }

    fn judge(&self, text: &str) -> usize {
        let lower = text.to_lowercase();
        let met = self.keywords.iter().filter(|keyword| lower.contains(keyword.as_str())).count();
        met + self.regexes.iter().filter(|regex| regex.is_match(text)).count()
    }

    fn measure(&self, group: &mut BenchmarkGroup<'_, WallTime>, name: BenchmarkId, texts: &[String]) {
        let mut next = texts.iter().cycle();
        group.bench_function(name, |bencher| {
            bencher.iter(|| self.judge(black_box(next.next().expect("a cycle"))));
        });
    }
}

/// An engine, and the naive way for the same rules.
struct Both(Engine, Naive);

impl Both {
    fn new(keywords: usize, regexes: usize) -> Self {
        Both(engine(keywords, regexes), Naive::new(keywords, regexes))
    }

    /// Measures both on the same texts, under a name that says what they are.
    fn measure(&self, group: &mut BenchmarkGroup<'_, WallTime>, what: &str, texts: &[String]) {
        measure(group, BenchmarkId::new("engine", what), &self.0, texts);
        self.1.measure(group, BenchmarkId::new("naive", what), texts);
    }
}

fn by_length(criterion: &mut Criterion) {
    let both = Both::new(10_000, 500);
    let mut group = criterion.benchmark_group("length");
    group.sample_size(20);
    for characters in [20, 85, 150, 1_000, 10_000] {
        group.throughput(Throughput::Elements(1));
        both.measure(&mut group, &characters.to_string(), &texts(characters));
    }
    group.finish();
}

fn by_rules(criterion: &mut Criterion) {
    let texts = texts(150);
    let mut group = criterion.benchmark_group("rules");
    group.sample_size(10);
    for keywords in [100, 10_000, 100_000] {
        for regexes in [0, 500, 2_000] {
            let what = format!("{keywords} keywords, {regexes} expressions");
            Both::new(keywords, regexes).measure(&mut group, &what, &texts);
        }
    }
    group.finish();
}

fn by_script(criterion: &mut Criterion) {
    let both = Both::new(10_000, 500);
    let mut group = criterion.benchmark_group("script");
    group.sample_size(20);
    for (name, sample) in [
        ("ascii", "see you at the station at half past nine, bring the tickets "),
        ("accents", "à bientôt à la gare, n'oublie pas les billets déjà imprimés "),
        ("cyrillic", "увидимся на вокзале в половине десятого, возьми билеты "),
        ("cjk", "九点半在车站见，别忘了带票，我们一起去吃饭吧。"),
        ("emoji", "👍🏽 see you 🎉🎉 at 9 👨‍👩‍👧 bring 🎫 "),
    ] {
        let text: String = sample.chars().cycle().take(150).collect();
        both.measure(&mut group, name, &[text]);
    }
    group.finish();
}

/// By the share of messages that hold a keyword, in percent.
fn by_hits(criterion: &mut Criterion) {
    let both = Both::new(10_000, 500);
    let keywords = ruleset::keywords(SEED, 10_000);
    let facts = Facts::new();
    let mut texts = texts(150);
    texts.retain(|text| both.0.judge(&Message::from_text(text.as_str()), &facts).fired.is_empty());
    let mut group = criterion.benchmark_group("hits");
    group.sample_size(20);
    for (share, every) in [(0, usize::MAX), (5, 20), (100, 1)] {
        let mut texts = texts.clone();
        for (text, keyword) in texts.iter_mut().step_by(every).zip(&keywords) {
            // nothing to append to: the first of none is one
            if share > 0 {
                text.push(' ');
                text.push_str(keyword);
            }
        }
        both.measure(&mut group, &format!("{share} %"), &texts);
    }
    group.finish();
}

/// Texts as long as a message may well be, of nothing but disguise, or of what rules look for.
fn adversarial(criterion: &mut Criterion) {
    let both = Both::new(10_000, 500);
    let mut group = criterion.benchmark_group("adversarial");
    group.sample_size(20);
    let keywords = ruleset::keywords(SEED, 10_000).join(" ");
    let nearly = keywords.split(' ').map(|word| &word[..word.len() - 1]).collect::<Vec<_>>().join(" ");
    let regexes = ruleset::regexes(SEED, 500).join(" ");
    let literals = regexes.split(|c: char| !c.is_alphabetic()).filter(|word| word.len() > 3);
    let literals = literals.collect::<Vec<_>>().join(" ");
    let rules = [("keywords", keywords.as_str()), ("nearly keywords", &nearly), ("literals", &literals)];
    for (name, sample) in ruleset::tricks().into_iter().chain(rules) {
        let text: String = sample.chars().cycle().take(ruleset::LONG).collect();
        both.measure(&mut group, name, &[text]);
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
