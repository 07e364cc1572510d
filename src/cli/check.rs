//! `premod check`: everything that is wrong with the rules, or odd about them, before they go live.

use serde_json::json;

use super::{CONFIG, Places, setup};
use premod::rulefile::Severity;

/// Read the rules and tell everything that is wrong or odd
///
/// Errors (exit code 78) keep the rules from being served. Warnings do not: entries that nothing is
/// left of or that are there twice, invisible characters, expressions that run on every message,
/// rules that can never fire.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
    /// Let warnings, too, end it with exit code 78
    #[arg(long)]
    strict: bool,
}

pub(super) fn run(places: &Places, args: &Args) -> anyhow::Result<u8> {
    let Some(config) = setup::config(places) else { return Ok(CONFIG) };
    let (sources, compiled, found) = setup::rules(&config.rules);
    let errors = found.errors();
    let warnings = found.sorted().iter().filter(|one| one.severity == Severity::Warning).count();
    let failed = errors > 0 || (args.strict && warnings > 0);
    if args.json {
        anstream::println!(
            "{:#}",
            json!({
                "ok": !failed, "errors": errors, "warnings": warnings,
                "rules": compiled.as_ref().map(|compiled| compiled.documents.rules.len()),
                "revision": sources.revision(), "found": found.to_json(),
            })
        );
    } else {
        setup::tell(&found);
        let rules = compiled.as_ref().map_or_else(
            || "no rules".to_owned(),
            |compiled| setup::count(compiled.documents.rules.len(), "rule"),
        );
        let directory = config.rules.display();
        let (errors, warnings) = (setup::count(errors, "error"), setup::count(warnings, "warning"));
        anstream::println!("{directory}: {rules}, {errors}, {warnings}; revision {}", sources.revision());
    }
    Ok(if failed { CONFIG } else { 0 })
}
