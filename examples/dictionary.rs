//! Makes `src/text/dictionary/words.bloom` from word lists, one word a line, on standard input.
//!
//! `cat american-english-huge british-english-huge | cargo run --example dictionary`, with the lists of
//! Debian's packages wamerican-huge and wbritish-huge.

use std::collections::BTreeSet;
use std::io::Read as _;

use premod::text::dictionary::filter;

/// Ten bits a word, of which six are set: one in a hundred other words seems to be in the filter.
const BITS: usize = 10;

fn main() -> std::io::Result<()> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let words: BTreeSet<String> = text
        .lines()
        .map(|line| line.trim().trim_end_matches("'s").to_lowercase())
        .filter(|word| (2..=24).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase()))
        .collect();
    let bloom = filter(words.iter().map(String::as_str), words.len() * BITS / 8);
    std::fs::write("src/text/dictionary/words.bloom", &bloom)?;
    println!("{} words, {} bytes", words.len(), bloom.len());
    Ok(())
}
