//! How many instructions a message costs: a count, not a time, so that it holds on a busy machine and
//! a change that makes messages dearer can be told from noise.
//!
//! `cargo bench --bench instructions` runs itself under valgrind's callgrind and fails where a case
//! costs over 5 % more than `benches/instructions.txt` says; `-- --write` writes that file anew. What
//! is compared is the ratio to a naive search of the same texts, counted in the same run: processors
//! differ in the instructions they offer, and both sides use them.

mod ruleset;

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;

use premod::decision::{Record, Subject, TextKept};
use premod::engine::state::{Limits, State};
use premod::engine::{Engine, Facts};
use premod::load;
use premod::message::Message;
use premod::platform::cometchat::{Body, Envelope, before_message};
use premod::rulefile::{Diagnostics, Sources, compile};

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// Set in the process whose instructions are counted.
const INSIDE: &str = "PREMOD_BENCH_INSIDE";
/// The committed ratios.
const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.txt");
/// How much dearer a case may become.
const TOLERATED: f64 = 1.05;
/// What all others are compared with.
const NAIVE: &str = "case_naive";
const TEXTS: usize = 200;
const SEED: u64 = 1;

fn main() -> ExitCode {
    let done = if env::var_os(INSIDE).is_some() { inside().map(|()| true) } else { outside() };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// A function of its own for each case: callgrind counts by function.
macro_rules! judged {
    ($($case:ident),*) => {$(
        #[inline(never)]
        fn $case(engine: &Engine, texts: &[String]) {
            // else all of them were one function, in one name
            black_box(stringify!($case));
            let facts = Facts::new();
            for text in texts {
                black_box(engine.judge(&Message::from_text(black_box(text.as_str())), &facts));
            }
        }
    )*};
}

judged!(
    case_chat,
    case_long,
    case_many_rules,
    case_literals,
    case_hits,
    case_accents,
    case_cyrillic,
    case_chinese,
    case_emoji,
    case_tricks,
    case_shipped
);

/// Counts a case, its texts having been judged uncounted before: what is only done once, such as making
/// tables and the states of automata, is no part of what a message costs.
fn warmed(case: fn(&Engine, &[String]), engine: &Engine, texts: &[String]) {
    for text in texts {
        black_box(engine.judge(&Message::from_text(text.as_str()), &Facts::new()));
    }
    case(engine, texts);
}

/// What a sender writes message after message: each is read together with those before.
#[inline(never)]
fn case_pieces(engine: &Engine, texts: &[String]) {
    for (text, at) in texts.iter().zip(0..) {
        let mut message = Message::from_text(black_box(text.as_str()));
        (message.sender.uid, message.conversation) = ("one".into(), "room".into());
        message.sent_at = at * 20_000;
        black_box(engine.judge(&message, &Facts::new()));
    }
}

#[inline(never)]
fn case_naive(keywords: &[String], texts: &[String]) {
    for text in texts {
        let lower = black_box(text).to_lowercase();
        black_box(keywords.iter().filter(|keyword| lower.contains(keyword.as_str())).count());
    }
}

#[inline(never)]
fn case_read_and_answer(engine: &Engine, bodies: &[Vec<u8>]) {
    for bytes in bodies {
        let body = Body::new(black_box(bytes));
        let message = body.envelope().and_then(Envelope::into_message).expect("a message");
        let decision = engine.judge(&message, &Facts::new());
        black_box(before_message::answer(&decision.verdict, 8 << 10));
    }
}

#[inline(never)]
fn case_record(engine: &Engine, message: &Message<'_>, times: usize) {
    let decision = engine.judge(message, &Facts::new());
    let subject = Subject {
        id: "01920000-0000-7000-8000-000000000000",
        route: "cometchat",
        outcome: "judged",
        decision: Some(&decision),
        message: Some(message),
        rules: Some(engine.rules()),
        revision: engine.rules().revision(),
        answer: b"{}",
        ..Subject::default()
    };
    let mut line = Vec::new();
    for _ in 0..times {
        line.clear();
        Record::write(black_box(&subject), TextKept::Full, b"", &mut line);
    }
    black_box(line);
}

/// The work that is counted.
fn inside() -> Fallible<()> {
    let directory = tempfile::tempdir()?;
    let keywords = ruleset::keywords(SEED, 10_000);
    ruleset::write(directory.path(), &keywords, &ruleset::regexes(SEED, 500))?;
    let large = engine(directory.path())?;
    let many = tempfile::tempdir()?;
    ruleset::write(many.path(), &ruleset::keywords(SEED, 100_000), &ruleset::regexes(SEED, 1_000))?;
    let many = engine(many.path())?;
    let shipped = engine(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"))?;
    let chat = load::texts(SEED, TEXTS);
    let hits = ruleset::with_hits(chat.clone(), &keywords);
    let of = |letters: &str| -> Vec<String> {
        let letters: Vec<char> = letters.chars().collect();
        (0..TEXTS / 4).map(|at| letters.iter().cycle().skip(at * 7).take(150).collect()).collect()
    };
    let long: String = chat.join(" ").chars().take(10_000).collect();
    let literals = ruleset::regexes(SEED, 500).join(" ");
    let literals = literals.split(|letter: char| !letter.is_alphabetic()).filter(|word| word.len() > 3);
    let literals: String = literals.collect::<Vec<_>>().join(" ").chars().take(10_000).collect();
    case_naive(&keywords, &chat);
    warmed(case_chat, &large, &chat);
    warmed(case_long, &large, &[long]);
    warmed(case_many_rules, &many, &chat);
    warmed(case_literals, &large, &[literals]);
    warmed(case_pieces, &large, &chat);
    warmed(case_hits, &large, &hits);
    warmed(case_accents, &large, &of("le café déjà fermé, où étais-tu hier à Nîmes? "));
    warmed(case_cyrillic, &large, &of("привет, как дела? встретимся завтра у метро "));
    warmed(case_chinese, &large, &of("你好,今天晚上一起吃饭吗?我在地铁站等你。"));
    warmed(case_emoji, &large, &of("ok 👍🏽 see you 😂😂 at the 🏖️ tomorrow ❤️ "));
    warmed(case_tricks, &large, &of("f r e e  m0n€y ｎｏｗ g\u{200b}o t\u{301}o ｓ.ｉ.ｔ.ｅ "));
    warmed(case_shipped, &shipped, &chat);
    case_read_and_answer(&large, &load::bodies(SEED, TEXTS));
    let message = Message { app: "app".into(), id: "1".into(), ..Message::from_text(chat[0].as_str()) };
    case_record(&large, &message, TEXTS);
    Ok(())
}

fn engine(rules: &Path) -> Fallible<Engine> {
    let mut found = Diagnostics::default();
    let compiled = compile(&Sources::read(rules, &mut found), &mut found).ok_or_else(|| found.to_string())?;
    Ok(Engine::new(Arc::new(compiled.rules), Arc::new(State::new(Limits::default()))))
}

/// Counts, compares, and says whether nothing became dearer.
fn outside() -> Fallible<bool> {
    let counts = counted()?;
    let naive = *counts.get(NAIVE).ok_or("the naive search was not counted")?;
    let write = env::args().any(|argument| argument == "--write");
    let known = if write { BTreeMap::new() } else { baseline(&fs::read_to_string(BASELINE)?)? };
    let mut lines = String::new();
    let mut fine = true;
    println!("{:24} {:>14} {:>12} {:>12}", "", "instructions", "to naive", "before");
    for (case, &count) in counts.iter().filter(|(case, _)| *case != NAIVE) {
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2⁵²")]
        let ratio = count as f64 / naive as f64;
        let before = known.get(case.as_str()).copied();
        let verdict = match before {
            Some(before) if ratio > before * TOLERATED => "DEARER",
            Some(before) if ratio < before / TOLERATED => "cheaper: write it down with -- --write",
            None if !write => "NEW: write it down with -- --write",
            _ => "",
        };
        fine &= !verdict.starts_with(char::is_uppercase);
        let before = before.map_or(String::new(), |before| format!("{before:.5}"));
        println!("{case:24} {count:>14} {ratio:>12.5} {before:>12}  {verdict}");
        writeln!(lines, "{case} {ratio:.5}")?;
    }
    for gone in known.keys().filter(|case| !counts.contains_key(case.as_str())) {
        println!("{gone:24} is in {BASELINE} and was not counted");
        fine = false;
    }
    if write {
        fs::write(BASELINE, lines)?;
    }
    Ok(fine)
}

fn baseline(text: &str) -> Fallible<BTreeMap<String, f64>> {
    let line = |line: &str| -> Fallible<(String, f64)> {
        let (case, ratio) = line.split_once(' ').ok_or_else(|| format!("{BASELINE}: {line}"))?;
        Ok((case.to_owned(), ratio.parse()?))
    };
    text.lines().map(line).collect()
}

/// Each case's instructions, its callees' included.
fn counted() -> Fallible<BTreeMap<String, u64>> {
    let directory = tempfile::tempdir()?;
    let out: PathBuf = directory.path().join("callgrind.out");
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no", "--toggle-collect=*case_*", "--quiet"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(env::current_exe()?)
        .env(INSIDE, "1")
        .status()
        .map_err(|error| format!("valgrind is needed to count instructions: {error}"))?;
    if !status.success() {
        return Err(format!("valgrind ended with {status}").into());
    }
    let told =
        Command::new("callgrind_annotate").args(["--inclusive=yes", "--threshold=100"]).arg(out).output()?;
    let text = String::from_utf8_lossy(&told.stdout);
    Ok(text.lines().filter_map(inclusive).collect())
}

/// `12,345 (1.2%)  file:instructions::case_chat [object]`, read.
fn inclusive(line: &str) -> Option<(String, u64)> {
    let name = line.split_once("instructions::case_")?.1;
    let name = name.split(|letter: char| !letter.is_ascii_lowercase() && letter != '_').next()?;
    let count: String = line
        .trim_start()
        .chars()
        .take_while(|letter| !letter.is_whitespace())
        .filter(|&letter| letter != ',')
        .collect();
    Some((format!("case_{name}"), count.parse().ok()?))
}
