//! `premod test`: the rules' own tests.

use super::{CONFIG, FINDINGS, Places, setup};
use premod::rulefile::selftest;

/// Run the rules' own tests
///
/// Each test judges its rule alone, enforced, with empty counters. Prints a line for each that comes
/// out otherwise than expected, and ends with exit code 1 if there is one.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Print the results as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(places: &Places, args: &Args) -> anyhow::Result<u8> {
    let Some(config) = setup::config(places) else { return Ok(CONFIG) };
    let (sources, compiled, found) = setup::rules(&config.rules);
    let Some(compiled) = compiled else {
        setup::tell(&found);
        return Ok(CONFIG);
    };
    let results = selftest::run(&compiled, &sources);
    if args.json {
        anstream::println!("{:#}", serde_json::to_value(&results)?);
    } else {
        for failure in &results.failures {
            anstream::println!(
                "{}:{}: {}: {:?}: expected {}, got {}",
                failure.file, failure.line, failure.rule, failure.text, failure.expected, failure.got
            );
        }
        anstream::println!("{} passed, {} failed", results.passed, results.failures.len());
    }
    Ok(if results.failures.is_empty() { 0 } else { FINDINGS })
}
