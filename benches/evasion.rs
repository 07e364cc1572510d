//! How hard premod is to dodge and how rarely it cries wolf, beside rustrict, and what a message costs.
//!
//! `cargo bench --bench evasion` prints Markdown: recall by trick and false alarms on the corpora of
//! `tests/data/` (the tuned part and the one held out, told apart), then the time a message takes.
//! rustrict judges by its own English list, so its recall is told again over only those messages
//! whose entry it knows undisguised.

#![allow(clippy::cast_precision_loss, reason = "counts of messages are small")]

#[path = "../tests/it/corpus.rs"]
mod corpus;
#[path = "../tests/it/measured.rs"]
mod measured;

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use corpus::{Disguised, disguised, files, innocent};
use measured::{BEYOND, CONTACT, caught, engine, fires, folder, stem};
use premod::engine::{Engine, Facts};
use premod::message::Message;
use rustrict::CensorStr as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often each message is timed; its time is the median of them.
const ROUNDS: usize = 9;

/// What judges.
enum Filter {
    Premod(&'static str, Engine),
    Rustrict,
}

impl Filter {
    fn name(&self) -> &'static str {
        match self {
            Filter::Premod(view, _) => view,
            Filter::Rustrict => "rustrict",
        }
    }

    fn finds(&self, text: &str) -> bool {
        match self {
            Filter::Premod(_, engine) => fires(engine, "words", text),
            Filter::Rustrict => text.is_inappropriate(),
        }
    }

    /// Microseconds that one message takes.
    fn time(&self, text: &str) -> f64 {
        let begun = match self {
            Filter::Premod(_, engine) => {
                let (message, facts) = (Message::from_text(text), Facts::new());
                let begun = Instant::now();
                black_box(engine.judge(black_box(&message), &facts));
                begun
            }
            Filter::Rustrict => {
                let begun = Instant::now();
                black_box(black_box(text).is_inappropriate());
                begun
            }
        };
        begun.elapsed().as_secs_f64() * 1e6
    }
}

fn main() {
    let filters = [
        Filter::Premod("plain", engine("plain", CONTACT)),
        Filter::Premod("loose", engine("loose", CONTACT)),
        Filter::Rustrict,
    ];
    for (part, title) in [("", "tuned"), ("held-out", "held out")] {
        recall(&filters, part, title);
        contact(&filters, part, title);
        // Who reads the lines of the part held out has tuned on them.
        false_alarms(&filters, part, title, part.is_empty());
    }
    real_chat(&filters);
    // rustrict looks for words alone.
    times(&[
        Filter::Premod("plain", engine("plain", "")),
        Filter::Premod("loose", engine("loose", "")),
        Filter::Rustrict,
    ]);
}

/// How many of some messages each filter found.
#[derive(Clone, Copy, Default)]
struct Tally {
    all: usize,
    found: [usize; 3],
    /// Of those whose entry rustrict knows: all, and found by each.
    known: usize,
    found_known: [usize; 3],
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.all += other.all;
        self.known += other.known;
        for filter in 0..3 {
            self.found[filter] += other.found[filter];
            self.found_known[filter] += other.found_known[filter];
        }
    }

    fn row(&self, name: &str) {
        let [plain, loose, rustrict] = self.found;
        let [known_plain, known_loose, known_rustrict] = self.found_known;
        println!(
            "| {name} | {} | {plain} | {loose} | {rustrict} | {} | {known_plain} | {known_loose} | {known_rustrict} |",
            self.all, self.known
        );
    }

    fn percent(&self, name: &str) {
        let of = |found: usize, all: usize| {
            if all == 0 { "-".to_owned() } else { format!("{:.1} %", found as f64 * 100.0 / all as f64) }
        };
        let [plain, loose, rustrict] = self.found.map(|found| of(found, self.all));
        let [known_plain, known_loose, known_rustrict] = self.found_known.map(|found| of(found, self.known));
        println!(
            "| {name} | | {plain} | {loose} | {rustrict} | | {known_plain} | {known_loose} | {known_rustrict} |"
        );
    }
}

fn tally(filters: &[Filter; 3], cases: &[&Disguised]) -> Tally {
    let mut tally = Tally::default();
    for case in cases {
        let known = case.entry.as_str().is_inappropriate();
        tally.all += 1;
        tally.known += usize::from(known);
        for (at, filter) in filters.iter().enumerate() {
            let found = filter.finds(&case.text);
            tally.found[at] += usize::from(found);
            tally.found_known[at] += usize::from(found && known);
        }
    }
    tally
}

fn recall(filters: &[Filter; 3], part: &str, title: &str) {
    println!("\n## Recall, {title}\n");
    println!(
        "| trick | messages | plain | loose | rustrict | entry known to rustrict | plain | loose | rustrict |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    let (mut of_plain, mut of_loose, mut beyond) = (Tally::default(), Tally::default(), Tally::default());
    for file in files(&folder("evasion", part)) {
        let cases = disguised(&file);
        let words = |view: &str| -> Vec<&Disguised> {
            cases.iter().filter(|case| !case.is_contact() && case.view == view).collect()
        };
        let (plain, loose) = (tally(filters, &words("plain")), tally(filters, &words("loose")));
        let mut both = plain;
        both.add(loose);
        let trick = stem(&file);
        if both.all > 0 {
            both.row(&trick);
        }
        if BEYOND.contains(&trick.as_str()) {
            beyond.add(both);
        } else if trick != "none" {
            of_plain.add(plain);
            of_loose.add(loose);
        }
    }
    for (name, tally) in
        [("**disguise**", of_plain), ("**spelling, splits, buried**", of_loose), ("**beyond**", beyond)]
    {
        tally.row(name);
        tally.percent(name);
    }
}

/// Contact data, of which only premod knows.
fn contact(filters: &[Filter; 3], part: &str, title: &str) {
    println!("\n## Contact data, {title}\n\n| trick | messages | found |\n|---|--:|--:|");
    let Filter::Premod(_, engine) = &filters[0] else { unreachable!("premod comes first") };
    for file in files(&folder("evasion", part)) {
        let cases = disguised(&file);
        let all: Vec<&Disguised> = cases.iter().filter(|case| case.is_contact()).collect();
        if !all.is_empty() {
            let found = all.iter().filter(|case| caught(engine, case)).count();
            println!("| {} | {} | {found} |", stem(&file), all.len());
        }
    }
}

fn false_alarms(filters: &[Filter; 3], part: &str, title: &str, tell: bool) {
    println!("\n## False alarms, {title}\n");
    let mut lines = vec![];
    let (mut all, mut alarms) = (0, [0; 3]);
    for file in files(&folder("innocent", part)) {
        for text in innocent(&file) {
            all += 1;
            for (at, filter) in filters.iter().enumerate() {
                if filter.finds(&text) {
                    alarms[at] += 1;
                    lines.push(format!("- {}, {}: {text:?}", filter.name(), stem(&file)));
                }
            }
        }
    }
    println!("plain {}, loose {}, rustrict {} of {all} messages", alarms[0], alarms[1], alarms[2]);
    if tell {
        lines.sort();
        println!("\n{}", lines.join("\n"));
    }
}

fn chat() -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/chat/sample.txt");
    fs::read_to_string(file).expect("the sample of chat").lines().map(str::to_owned).collect()
}

fn real_chat(filters: &[Filter; 3]) {
    println!("\n## Real chat\n");
    let texts = chat();
    for filter in filters {
        let found = texts.iter().filter(|text| filter.finds(text)).count();
        println!("- {}: fires on {found} of {} messages", filter.name(), texts.len());
    }
}

/// Messages of so many characters, cut from real chat.
fn cut(characters: usize) -> Vec<String> {
    let letters: Vec<char> = chat().join(" ").chars().collect();
    letters.chunks_exact(characters).take(2_000).map(|chunk| chunk.iter().collect()).collect()
}

fn times(filters: &[Filter; 3]) {
    println!("\n## Time a message\n");
    println!("| messages | filter | mean, µs | p99, µs | mean, of rustrict's | p99, of rustrict's |");
    println!("|---|---|--:|--:|--:|--:|");
    let parts = ["", "held-out"];
    let hidden = parts.iter().flat_map(|part| files(&folder("evasion", part)));
    let disguised: Vec<String> = hidden.flat_map(|file| disguised(&file)).map(|case| case.text).collect();
    let honest = parts.iter().flat_map(|part| files(&folder("innocent", part)));
    let innocent: Vec<String> = honest.flat_map(|file| innocent(&file)).collect();
    for (name, texts) in [
        ("disguised", disguised),
        ("innocent", innocent),
        ("real chat", chat()),
        ("real chat, 150 characters", cut(150)),
    ] {
        let times = measure(filters, &texts);
        for (filter, (mean, p99)) in filters.iter().zip(times) {
            println!(
                "| {name} ({}) | {} | {mean:.2} | {p99:.2} | {:.3} | {:.3} |",
                texts.len(),
                filter.name(),
                mean / times[2].0,
                p99 / times[2].1
            );
        }
    }
}

/// Mean and 99th percentile of the messages' times, of each filter. The filters take turns, so that
/// what else the machine does strikes all of them.
fn measure(filters: &[Filter; 3], texts: &[String]) -> [(f64, f64); 3] {
    let mut rounds = vec![[[0.0; ROUNDS]; 3]; texts.len()];
    for round in 0..ROUNDS {
        for (at, filter) in filters.iter().enumerate() {
            for (text, times) in texts.iter().zip(&mut rounds) {
                times[at][round] = filter.time(text);
            }
        }
    }
    [0, 1, 2].map(|filter| {
        let median = |times: &[[f64; ROUNDS]; 3]| {
            let mut times = times[filter];
            times.sort_by(f64::total_cmp);
            times[ROUNDS / 2]
        };
        let mut medians: Vec<f64> = rounds.iter().map(median).collect();
        medians.sort_by(f64::total_cmp);
        (medians.iter().sum::<f64>() / medians.len() as f64, medians[medians.len() * 99 / 100])
    })
}
