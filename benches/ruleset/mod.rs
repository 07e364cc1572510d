//! Rules to measure with: keywords and regexes made up from a seed, as data and as rule files.
//!
//! Keywords are words that could be pronounced and are none, so that they resemble a block list in
//! length and letters; regexes have the shapes of a spam filter's. Both are always the same for a
//! seed.

#![allow(dead_code, reason = "each bench takes what it needs")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// Of the regexes, how many have no literal of three characters that every match must hold.
pub(crate) const WITHOUT_LITERAL: usize = 20;

const ONSETS: &[&str] = &[
    "b", "br", "c", "ch", "cl", "d", "dr", "f", "fl", "g", "gr", "h", "j", "k", "l", "m", "n", "p", "pl",
    "qu", "r", "s", "sh", "sk", "st", "t", "th", "tr", "v", "w", "z",
];
const VOWELS: &[&str] = &["a", "e", "i", "o", "u", "ai", "ea", "oo", "ou"];
const CODAS: &[&str] = &["", "", "", "l", "m", "n", "nd", "r", "rk", "s", "st", "t", "x"];

/// `splitmix64`.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).expect("less than a usize")
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.below(from.len())]
    }

    /// A made-up word of 4–12 letters.
    fn word(&mut self) -> String {
        loop {
            let syllables = 2 + self.below(3);
            let word: String = (0..syllables)
                .map(|_| [self.pick(ONSETS), self.pick(VOWELS), self.pick(CODAS)].concat())
                .collect();
            if (4..=12).contains(&word.len()) {
                return word;
            }
        }
    }
}

/// `count` different entries of a block list; one of twelve is a phrase of two words.
pub(crate) fn keywords(seed: u64, count: usize) -> Vec<String> {
    let mut numbers = Numbers(seed);
    let mut known = BTreeSet::new();
    let mut keywords = Vec::with_capacity(count);
    while keywords.len() < count {
        let phrase = numbers.below(12) == 0;
        let word = if phrase { format!("{} {}", numbers.word(), numbers.word()) } else { numbers.word() };
        if known.insert(word.clone()) {
            keywords.push(word);
        }
    }
    keywords
}

/// `count` different regexes, the last [`WITHOUT_LITERAL`] of them without a required literal.
pub(crate) fn regexes(seed: u64, count: usize) -> Vec<String> {
    let mut numbers = Numbers(seed ^ 0x005E_ED0F_2E6E);
    let bare = WITHOUT_LITERAL.min(count);
    let mut regexes: Vec<_> = (0..count - bare).map(|n| regex(&mut numbers, n)).collect();
    regexes.extend((0..bare).map(without_literal));
    regexes
}

fn regex(numbers: &mut Numbers, n: usize) -> String {
    let [a, b, c, other] = [(); 4].map(|()| numbers.word());
    match n % 10 {
        0 => format!(r"(?i)\b{a}\s+{b}\b"),
        1 => format!(r"(?i)\b(?:{a}|{b}|{c})\s+{other}s?\b"),
        2 => format!(r"(?i)\b{a}(?:ing|ed|er)?\s+(?:your|my|the)\s+{b}\b"),
        3 => format!(r"(?i)\b{a}[\s\-_.]*{b}\b"),
        4 => format!(r"(?i)\b\d{{1,3}}\s?(?:%|percent)\s+{a}\b"),
        5 => format!(r"(?i)\b{a}\b.{{0,20}}\b{b}\b"),
        6 => format!(r"(?i)\b(?:free|cheap|best)\s+{a}(?:\s+{b})?\b"),
        7 => format!(r"(?i)\b[a-z]{{2,8}}\.{a}\.(?:com|net|ru)\b"),
        8 => format!(r"(?i)\b{a}(?:'s)?\s+(?:{b}|{c})[!?.]{{1,3}}"),
        _ => format!(r"(?i)(?:^|\s)[#@]{a}\d{{0,4}}\b"),
    }
}

/// Patterns for shapes and not for words: what has to be tried on every message.
fn without_literal(n: usize) -> String {
    let width = n / 5 + 3;
    match n % 5 {
        0 => format!(r"\b\d{{{width}}}-\d{{{}}}-\d{{2}}\b", width + 1),
        1 => format!(r"(?i)\b[bcdfghjklmnpqrstvwxz]{{{}}}\b", width + 4),
        2 => format!(r"[!?]{{{}}}", width + 1),
        3 => format!(r"(?i)\b(?:[a-z]\s){{{}}}[a-z]\b", width + 2),
        _ => format!(r"[$€£]\s?\d{{{width}}},\d{{3}}"),
    }
}

/// Characters of a text as long as a message may well be.
pub(crate) const LONG: usize = 10_000;

/// What a text may consist of that is dear to read: a trick and a piece of it.
pub(crate) fn tricks() -> [(&'static str, &'static str); 9] {
    [
        ("spacing", "f u c k y.o.u "),
        ("censoring", "f*ck sh!t b**ch "),
        ("markup", "f**u**ck <b>x</b> &#117; [o](url) "),
        ("marks", "f\u{301}\u{302}\u{303}u\u{338}c\u{20d2}k "),
        ("lookalikes", "fuсk ᖴᑌᑕK ꜰᴜᴄᴋ 千ㄩ匚Ҝ ʞɔnɟ "),
        ("leet", "$h!7 |_|/\\(|< 4$$h0|3 "),
        ("flags", "🇫🇺🇨🇰🇩🇪🇫🇷 🅰️🅱️ "),
        ("invisible", "f\u{200b}u\u{ad}c\u{2060}k "),
        ("strokes", "i l 1 | ! Il1| "),
    ]
}

/// Of the messages of a chat, one in how many says what a list forbids.
const HIT_EVERY: usize = 25;

/// `texts` with a keyword in one of [`HIT_EVERY`] of them.
pub(crate) fn with_hits(mut texts: Vec<String>, keywords: &[String]) -> Vec<String> {
    for (text, keyword) in texts.iter_mut().step_by(HIT_EVERY).zip(keywords.iter().cycle()) {
        text.push(' ');
        text.push_str(keyword);
    }
    texts
}

/// Writes a rules directory: the keywords as one list under one rule, and a rule for each regex.
/// Nothing drops, so that each message is judged to the end.
///
/// # Errors
/// When a file can't be written.
pub(crate) fn write(directory: &Path, keywords: &[String], regexes: &[String]) -> io::Result<()> {
    fs::create_dir_all(directory.join("lists"))?;
    fs::write(directory.join("lists/keywords.txt"), keywords.join("\n") + "\n")?;
    let mut rules = String::from("rules:\n");
    rules +=
        "  - id: bench.keywords\n    match: {list: keywords.txt}\n    action: flag\n    labels: [keyword]\n";
    for (n, regex) in regexes.iter().enumerate() {
        // a single-quoted YAML string knows one escape: the quote doubled
        let quoted = regex.replace('\'', "''");
        let rule = format!(
            "  - id: bench.regex-{n:03}\n    match: {{regex: ['{quoted}']}}\n    action: flag\n    labels: [pattern]\n"
        );
        rules.write_str(&rule).expect("a string takes everything");
    }
    fs::write(directory.join("bench.yaml"), rules)
}
