//! premod as the corpora of disguise measure it: the word list in one view, and contact data. Both
//! the test that holds it to its floors and the benchmark beside other filters judge by this.

use std::path::Path;
use std::sync::Arc;

use premod::engine::state::{Limits, State};
use premod::engine::{Engine, Facts};
use premod::message::Message;
use premod::rulefile::{Diagnostics, Sources, compile};

use crate::corpus::{Disguised, words};

/// Tricks that no view is held to: named character references, and scripts with rules of their own.
pub(crate) const BEYOND: [&str; 2] = ["entities", "other-scripts"];

/// A rule beside the words: contact data.
pub(crate) const CONTACT: &str = "  - {id: contact, match: {find: [phone, email, url]}}\n";

/// An engine with the word list in a view, and rules beside it.
pub(crate) fn engine(view: &str, beside: &str) -> Engine {
    let rules = format!("rules:\n  - {{id: words, match: {{list: words.txt, view: {view}}}}}\n{beside}");
    let mut list: Vec<String> = words().into_iter().collect();
    list.sort();
    let sources = Sources::from_memory([("rules.yaml", rules), ("lists/words.txt", list.join("\n"))]);
    let mut out = Diagnostics::default();
    let compiled = compile(&sources, &mut out).unwrap_or_else(|| panic!("{out}"));
    Engine::new(Arc::new(compiled.rules), Arc::new(State::new(Limits::default())))
}

/// Whether the word rule (`words`), or the contact rule (`contact`), fires.
pub(crate) fn fires(engine: &Engine, rule: &str, text: &str) -> bool {
    let decision = engine.judge(&Message::from_text(text), &Facts::new());
    decision.fired.iter().any(|fired| engine.rules().rules()[fired.rule].id == rule)
}

/// Whether the rule that a case is about fires on it.
pub(crate) fn caught(engine: &Engine, case: &Disguised) -> bool {
    fires(engine, if case.is_contact() { "contact" } else { "words" }, &case.text)
}

/// The trick or the topic of a file.
pub(crate) fn stem(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The folder of a part of the corpora: the tuned one (`""`) or `held-out`.
pub(crate) fn folder(base: &str, part: &str) -> String {
    if part.is_empty() { base.to_owned() } else { format!("{base}/{part}") }
}
