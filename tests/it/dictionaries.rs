//! No word of a dictionary is held back by the shipped rules, unless it stands in one of their lists.
//!
//! The dictionaries are Debian's (packages wamerican-huge, wngerman, wfrench, wspanish) and are not
//! shipped with premod. Where one is missing the test says so and looks at the others;
//! `REQUIRE_WORDLISTS=1` makes that a failure.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use premod::engine::state::{Limits, State};
use premod::engine::{Action, Engine, Facts, Outcome, RuleSet};
use premod::message::Message;
use premod::text::{View, ViewKind};

use crate::command::project;
use crate::house::none_is_wrong;
use crate::shipped_rules::shipped;

const DICTIONARIES: [&str; 4] = ["american-english-huge", "ngerman", "french", "spanish"];
/// Words that may be held back although no list holds them, with their reasons.
const EXCEPTIONS: &str = "tests/data/dictionary-exceptions.txt";
/// Words in one message: a message a word would take minutes.
const AT_ONCE: usize = 200;

/// The words of the dictionaries that are at hand, each once.
fn words() -> Vec<String> {
    let mut words = HashSet::new();
    let mut missing = vec![];
    for name in DICTIONARIES {
        match fs::read_to_string(Path::new("/usr/share/dict").join(name)) {
            // The possessive is the word over again.
            Ok(text) => {
                words.extend(text.lines().filter(|word| !word.ends_with("'s")).map(str::to_owned));
            }
            Err(_) => missing.push(name),
        }
    }
    if !missing.is_empty() {
        let note = format!("skipped, not in /usr/share/dict: {}", missing.join(", "));
        assert!(std::env::var_os("REQUIRE_WORDLISTS").is_none(), "{note}");
        // Past the capture of what tests print: who runs the tests should see it.
        let _ = writeln!(std::io::stderr(), "dictionaries: {note}");
    }
    let mut words: Vec<String> = words.into_iter().collect();
    words.sort();
    words
}

/// A word as lists and dictionaries are compared: without case and accents.
fn folded(word: &str) -> String {
    View::new(ViewKind::Folded, word.trim_matches('*')).atoms().iter().map(|atom| atom.base).collect()
}

/// All entries of the shipped lists, folded.
fn entries() -> HashSet<String> {
    let lists =
        fs::read_dir(project("rules/lists")).expect("lists").map(|entry| entry.expect("an entry").path());
    let lists = lists.filter(|path| path.extension().is_some_and(|extension| extension == "txt"));
    let text: String = lists.map(|path| fs::read_to_string(path).expect("a list") + "\n").collect();
    text.lines().filter(|line| !line.starts_with('#')).map(|entry| folded(entry.trim())).collect()
}

/// The exceptions, each with its reason.
fn exceptions() -> BTreeMap<String, String> {
    let text = fs::read_to_string(project(EXCEPTIONS)).expect("the exceptions");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let split = |line: &str| {
        let (word, reason) =
            line.split_once('\t').unwrap_or_else(|| panic!("{EXCEPTIONS}: no reason: {line}"));
        (word.to_owned(), reason.to_owned())
    };
    lines.map(split).collect()
}

/// What holds a text back, if something does.
fn held_back(rules: &Arc<RuleSet>, text: &str) -> Option<String> {
    let engine = Engine::new(Arc::clone(rules), Arc::new(State::new(Limits::default())));
    let decision = engine.judge(&Message::from_text(text), &Facts::new());
    let held = matches!(decision.verdict.action, Some(Action::Drop | Action::Flag));
    let ids: Vec<&str> = decision.fired.iter().map(|fired| &*rules.rules()[fired.rule].id).collect();
    let judged = decision.outcome == Outcome::Judged;
    (held || !judged).then(|| if judged { ids.join(", ") } else { "unscannable".to_owned() })
}

/// The words that are held back, each alone, and by what.
fn suspects(rules: &Arc<RuleSet>, words: &[String]) -> Vec<(String, String)> {
    let hit = |words: &&[String]| held_back(rules, &words.join("\n")).is_some();
    let words = words.chunks(AT_ONCE).filter(hit).flat_map(|words| words.chunks(8)).filter(hit).flatten();
    words.filter_map(|word| Some((word.clone(), held_back(rules, word)?))).collect()
}

#[test]
fn no_word_of_a_dictionary_is_held_back_unless_a_list_holds_it() {
    let words = words();
    let rules = Arc::new(shipped().1.rules);
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let suspects: Vec<(String, String)> = thread::scope(|scope| {
        let share = words.len().div_ceil(workers).max(1);
        let workers: Vec<_> =
            words.chunks(share).map(|share| scope.spawn(|| suspects(&rules, share))).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker that ends")).collect()
    });
    let (entries, exceptions) = (entries(), exceptions());
    let mut wrong: Vec<String> = suspects
        .iter()
        .filter(|(word, _)| !entries.contains(&folded(word)) && !exceptions.contains_key(word))
        .map(|(word, by)| format!("{word}: held back by {by}"))
        .collect();
    let seen = |word: &String| words.binary_search(word).is_ok();
    let stale =
        exceptions.keys().filter(|word| seen(word) && suspects.iter().all(|(other, _)| other != *word));
    wrong.extend(stale.map(|word| format!("{word}: is let through, take it out of {EXCEPTIONS}")));
    none_is_wrong(&wrong);
    assert!(words.is_empty() || !suspects.is_empty(), "a dictionary has words that lists hold");
}
