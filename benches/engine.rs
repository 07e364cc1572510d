//! The engine alone: one message judged, by the length of its text, by the number of rules, by what
//! the text is made of.
//!
//! `cargo bench --bench engine`. Beside each figure stands the naive way for the same texts: every
//! keyword searched one by one in the lower-case text, so that a ratio outlives the machine.

mod ruleset;

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput};
use premod::engine::state::{Limits, State};
use premod::engine::{Engine, Facts};
use premod::load;
use premod::message::Message;
use premod::rulefile::{Diagnostics, Sources, compile};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SEED: u64 = 1;
const TEXTS: usize = 1_000;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    by_length(&mut criterion);
    by_rules(&mut criterion);
    by_script(&mut criterion);
    tricks(&mut criterion);
    shipped(&mut criterion);
    criterion.final_summary();
}

/// An engine with so many keywords and regexes.
fn engine(keywords: usize, regexes: usize) -> Engine {
    let directory = tempfile::tempdir().expect("a directory");
    ruleset::write(directory.path(), &ruleset::keywords(SEED, keywords), &ruleset::regexes(SEED, regexes))
        .expect("written");
    load_rules(directory.path())
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

fn measure(
    group: &mut criterion::BenchmarkGroup<'_, criterion::measurement::WallTime>,
    name: BenchmarkId,
    engine: &Engine,
    texts: &[String],
) {
    let facts = Facts::new();
    let messages: Vec<Message<'_>> = texts.iter().map(|text| Message::from_text(text.as_str())).collect();
    let mut next = messages.iter().cycle();
    group.bench_function(name, |bencher| {
        bencher.iter(|| engine.judge(black_box(next.next().expect("a cycle")), &facts));
    });
}

fn by_length(criterion: &mut Criterion) {
    let engine = engine(10_000, 500);
    let keywords = ruleset::keywords(SEED, 10_000);
    let mut group = criterion.benchmark_group("length");
    for characters in [20, 85, 150, 1_000, 10_000] {
        let texts = texts(characters);
        group.throughput(Throughput::Elements(1));
        measure(&mut group, BenchmarkId::new("engine", characters), &engine, &texts);
        let mut next = texts.iter().cycle();
        group.bench_function(BenchmarkId::new("naive", characters), |bencher| {
            bencher.iter(|| {
                let text = next.next().expect("a cycle").to_lowercase();
                keywords.iter().filter(|keyword| text.contains(keyword.as_str())).count()
            });
        });
    }
    group.finish();
}

fn by_rules(criterion: &mut Criterion) {
    let texts = texts(85);
    let mut group = criterion.benchmark_group("rules");
    for (keywords, regexes) in
        [(100, 0), (10_000, 0), (100_000, 0), (100, 500), (10_000, 500), (10_000, 2_000), (100_000, 1_000)]
    {
        let engine = engine(keywords, regexes);
        measure(
            &mut group,
            BenchmarkId::new(format!("{keywords} keywords"), format!("{regexes} regexes")),
            &engine,
            &texts,
        );
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

/// Texts of nothing but disguise, as long as a message may well be.
fn tricks(criterion: &mut Criterion) {
    let engine = engine(10_000, 500);
    let mut group = criterion.benchmark_group("tricks");
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
