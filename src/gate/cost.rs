//! What rules cost, reckoned and not timed: the same rules cost the same on every machine.
//!
//! A rule set is counted (which passes over a text there are, which expressions a text of real chat
//! makes it try) and the counts are multiplied by constants, which were measured on one machine.
//! So the figure is a model: good for telling cheap from dear, and within a factor of two of a clock.

mod constants;

use serde::Serialize;

use crate::corpus::{BUILTIN, Corpus};
use crate::engine::RuleSet;
use crate::engine::makeup::{Makeup, RegexMakeup, ViewMakeup};
use crate::engine::work::Work;
use crate::rulefile::document::{Documents, Mode};
use crate::text::ViewKind;

pub use constants::{MACHINE, MEASURED, NAMES, Price, Prices};

/// The lengths of text that a cost is told for, in characters.
pub const LENGTHS: [usize; 2] = [85, 150];

/// Texts of each length that are counted on.
const TEXTS: usize = 300;

/// Fewer keywords than this let the automaton skip most of a text.
const FEW: usize = 100;

/// Lines of the embedded sample that are real chat; the others are traps.
const CHAT: usize = 1500;

/// What a rule set costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// The machine that the constants were measured on.
    pub machine: &'static str,
    /// A message of 85 characters of chat, in microseconds.
    pub us_at_85: f64,
    /// A message of 150 characters of chat, in microseconds.
    pub us_at_150: f64,
    /// Of what the cost is made.
    pub parts: Vec<Part>,
    /// Memory, in bytes.
    pub memory: Memory,
    /// What the longest text may cost.
    pub longest: Longest,
    /// Rules that wait for no match: looked at for every message.
    pub waiting_for_nothing: Vec<String>,
    /// Regular expressions, the dearest first.
    pub regexes: Vec<Regex>,
}

/// One part of the cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// What it is.
    pub what: String,
    /// At 85 characters, in microseconds.
    pub us_at_85: f64,
    /// At 150 characters, in microseconds.
    pub us_at_150: f64,
}

/// Memory of a rule set before it was ever used, in bytes, roughly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// What keywords and literals are looked for with, as it says itself.
    pub indexes: usize,
    /// The entries behind them.
    pub entries: usize,
    /// Regular expressions.
    pub regexes: usize,
    /// All of it.
    pub total: usize,
}

/// The longest text that a message may have.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Longest {
    /// Its length.
    pub characters: usize,
    /// What it costs where it is ordinary chat, in microseconds.
    pub us: f64,
    /// What the dearest text costs, in microseconds: nothing but the dearest trick, and all that its
    /// expressions may ask for, before the budget of a message ends that.
    pub worst_us: f64,
    /// Whether some expressions may use up the budget: then a text can be made that is unscannable.
    pub reaches_budget: bool,
}

/// What one regular expression costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Regex {
    /// The expression.
    pub regex: String,
    /// The rules that hold it.
    pub rules: Vec<String>,
    /// Whether every text is held against it.
    pub always: bool,
    /// Whether that is done in one pass with the others of its kind, which lets few texts through.
    pub sieved: bool,
    /// Else, the literals of which a text must hold one.
    pub literals: Vec<String>,
    /// The share of texts of real chat that are searched for it.
    pub tried: f64,
    /// What the searches cost a message of 150 characters, in microseconds.
    pub us: f64,
    /// Whether letters that are not ASCII make it slow: a word boundary that knows Unicode.
    pub slow_on_unicode: bool,
    /// Units of work that it may ask for on the longest text; a message may use 25,000,000.
    pub worst_work: usize,
    /// Memory, in bytes, roughly.
    pub memory: usize,
}

/// Texts of real chat of so many characters each.
#[must_use]
pub fn texts(characters: usize) -> Vec<String> {
    let mut corpus = Corpus::default();
    let chat = match corpus.add(BUILTIN) {
        Ok(()) => corpus.samples.iter().take(CHAT).map(|sample| sample.message().text().to_owned()),
        Err(_) => return Vec::new(), // it is part of the program
    };
    let letters: Vec<char> = chat.collect::<Vec<_>>().join(" ").chars().collect();
    let step = (letters.len() - characters) / TEXTS;
    (0..TEXTS).map(|at| letters[at * step..at * step + characters].iter().collect()).collect()
}

/// Reckons what a rule set costs; its documents tell what its conditions ask for.
#[must_use]
pub fn of(rules: &RuleSet, documents: &Documents) -> Cost {
    with(&MEASURED, rules, documents)
}

/// Reckons it by other prices.
#[must_use]
pub fn with(prices: &Prices, rules: &RuleSet, documents: &Documents) -> Cost {
    let makeup = rules.makeup();
    let tries = LENGTHS.map(|characters| tries(rules, &makeup, characters));
    let conditions = Conditions::of(&makeup, documents);
    let mut parts = Vec::new();
    let mut add = |what: &str, price: &dyn Fn(usize) -> f64| {
        let [us_at_85, us_at_150] = [0, 1].map(|at| price(at) / 1000.0);
        if us_at_150 > 0.0 {
            parts.push(Part { what: what.to_owned(), us_at_85, us_at_150 });
        }
    };
    let times = |times: usize, price: Price| {
        #[expect(clippy::cast_precision_loss, reason = "a number of passes")]
        move |at: usize| times as f64 * price.at(LENGTHS[at])
    };
    let count = |passes: [bool; 2]| passes.into_iter().filter(|pass| *pass).count();
    add("a message under no rules", &times(1, prices.message));
    add("remembering what was written", &times(rules.has_patterns().into(), prices.patterns));
    for view in &makeup.views {
        let of = if view.entries < FEW { &prices.few } else { &prices.views };
        add(&format!("the {} view", view.view.name()), &times(1, of[view.view as usize]));
    }
    let folded = makeup.regexes.iter().any(|regex| regex.folded);
    add("folding for expressions", &times(folded.into(), prices.fold));
    add("literals of expressions", &times(count(makeup.literals), prices.literals));
    add("expressions without a literal, as one", &times(count(makeup.sieves), prices.sieve));
    add("searches for expressions", &|at| {
        tries[at].iter().map(|tries| tries.price(prices, LENGTHS[at])).sum()
    });
    for kind in &makeup.finds {
        add(&format!("find {}", kind.name()), &times(1, prices.finds[*kind as usize]));
    }
    add("links", &times(makeup.domains.into(), prices.links));
    add("conditions", &|at| conditions.price(prices, LENGTHS[at]));
    let us_at_85 = parts.iter().map(|part| part.us_at_85).sum();
    let us_at_150 = parts.iter().map(|part| part.us_at_150).sum();
    Cost {
        machine: MACHINE,
        us_at_85,
        us_at_150,
        longest: longest(&makeup, [us_at_85, us_at_150], prices),
        parts,
        memory: memory(&makeup),
        waiting_for_nothing: makeup.waiting_for_nothing.clone(),
        regexes: regexes(&makeup, &tries[1], prices),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number of characters")]
fn longest(makeup: &Makeup, [short, long]: [f64; 2], prices: &Prices) -> Longest {
    let each = (long - short) / (LENGTHS[1] - LENGTHS[0]) as f64;
    let us = long + each * makeup.limit.saturating_sub(LENGTHS[1]) as f64;
    let work = makeup.regexes.iter().fold(0_usize, |work, regex| work.saturating_add(regex.worst));
    let view = |view: &ViewMakeup| if view.loose { ViewKind::Loose } else { view.view };
    let views = makeup.views.iter().map(|of| prices.worst[view(of) as usize]).sum::<f64>();
    let worst = views * makeup.limit as f64 + work as f64 * prices.unit;
    let budget = Work::LIMIT as f64 * prices.unit;
    Longest {
        characters: makeup.limit,
        us,
        worst_us: us + worst.min(budget) / 1000.0,
        reaches_budget: work >= Work::LIMIT,
    }
}

fn memory(makeup: &Makeup) -> Memory {
    let indexes = makeup.views.iter().map(|view| view.index).sum::<usize>() + makeup.literal_memory;
    let entries = makeup.views.iter().map(|view| view.entry_memory).sum();
    let regexes = makeup.regexes.iter().map(|regex| regex.memory).sum();
    Memory { indexes, entries, regexes, total: indexes + entries + regexes }
}

fn regexes(makeup: &Makeup, tries: &[Tries], prices: &Prices) -> Vec<Regex> {
    let tell = |(regex, tries): (&RegexMakeup, &Tries)| Regex {
        regex: regex.source.clone(),
        rules: regex.rules.clone(),
        always: regex.literals.is_none(),
        sieved: regex.sieved,
        literals: regex.literals.clone().unwrap_or_default(),
        tried: tries.share,
        us: tries.price(prices, LENGTHS[1]) / 1000.0,
        slow_on_unicode: regex.slow_on_unicode,
        worst_work: regex.worst,
        memory: regex.memory,
    };
    let mut all: Vec<Regex> = makeup.regexes.iter().zip(tries).map(tell).collect();
    all.sort_by(|a, b| b.us.total_cmp(&a.us).then(b.worst_work.cmp(&a.worst_work)));
    all
}

/// How often an expression is searched for.
#[derive(Clone, Copy, Debug, Default)]
struct Tries {
    /// The share of texts.
    share: f64,
    /// The share of texts that are not ASCII, and on which it is slow.
    slow: f64,
}

impl Tries {
    fn price(self, prices: &Prices, characters: usize) -> f64 {
        self.share * prices.search.at(characters) + self.slow * prices.unicode.at(characters)
    }
}

/// By the place of each expression, how often texts of one length make it be searched for.
#[expect(clippy::cast_precision_loss, reason = "a share of some hundred texts")]
fn tries(rules: &RuleSet, makeup: &Makeup, characters: usize) -> Vec<Tries> {
    let mut counts = vec![(0_usize, 0_usize); makeup.regexes.len()];
    let texts = if counts.is_empty() { Vec::new() } else { texts(characters) };
    for text in &texts {
        for index in rules.tried(text) {
            counts[index].0 += 1;
            counts[index].1 += usize::from(makeup.regexes[index].slow_on_unicode && !text.is_ascii());
        }
    }
    let share = |count: usize| count as f64 / texts.len().max(1) as f64;
    counts.into_iter().map(|(all, slow)| Tries { share: share(all), slow: share(slow) }).collect()
}

/// What conditions ask for in every message.
struct Conditions {
    expressions: usize,
    counters: usize,
    /// Which of [`NAMES`].
    names: [bool; 7],
}

impl Conditions {
    fn of(makeup: &Makeup, documents: &Documents) -> Self {
        let sources: Vec<&str> = documents
            .rules
            .iter()
            .filter(|rule| rule.rule.mode != Mode::Off)
            .filter(|rule| makeup.waiting_for_nothing.contains(&rule.rule.id.value))
            .filter_map(|rule| Some(rule.rule.when.as_ref()?.value.as_str()))
            .collect();
        let names = NAMES.map(|name| sources.iter().any(|source| source.contains(name)));
        Conditions { expressions: sources.len(), counters: makeup.counters, names }
    }

    #[expect(clippy::cast_precision_loss, reason = "a number of conditions")]
    fn price(&self, prices: &Prices, characters: usize) -> f64 {
        let names = self.names.iter().zip(prices.names).filter(|(asked, _)| **asked);
        self.expressions as f64 * prices.expression.at(characters)
            + self.counters as f64 * prices.counter.at(characters)
            + names.map(|(_, price)| price.at(characters)).sum::<f64>()
    }
}
