//! `premod check`: everything that is wrong with the rules, or odd about them, before they go live.

mod cost;
mod gate;

use std::sync::Arc;

use serde_json::json;

use super::{CONFIG, FINDINGS, IO, Places, setup};
use premod::rulefile::{Compiled, Severity};

/// Read the rules and tell everything that is wrong or odd
///
/// Errors (exit code 78) keep the rules from being served. Warnings do not: entries that nothing is
/// left of or that are there twice, invisible characters, expressions that run on every message,
/// rules that can never fire. Too many hits in benign texts end it with exit code 1; a message that
/// would cost more than --budget is an error.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
    /// Let warnings, too, end it with exit code 78
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    cost: cost::Asked,
    #[command(flatten)]
    gate: gate::Gates,
}

pub(super) fn run(places: &Places, args: &Args) -> anyhow::Result<u8> {
    let Some(config) = setup::config(places) else { return Ok(CONFIG) };
    let (sources, compiled, found) = setup::rules(&config.rules);
    let all = found.sorted();
    let errors = all.iter().filter(|one| one.severity == Severity::Error).count();
    let warnings = all.len() - errors;
    let mut failed = errors > 0 || (args.strict && warnings > 0);
    if !args.json {
        setup::tell(&found);
    }
    let mut gates = Vec::new();
    let number = compiled.as_ref().map(|compiled| compiled.documents.rules.len());
    if let Some(Compiled { rules, documents, tables }) = compiled {
        let rules = Arc::new(rules.with_limit(config.limits.text));
        match gate::corpus(&args.gate, &rules) {
            Ok(told) => gates.extend(told.map(|told| ("corpus", told))),
            Err(error) => {
                anstream::eprintln!("premod: {error:#}");
                return Ok(IO);
            }
        }
        gates.extend(gate::evasion(&args.gate, &documents, &tables, &sources).map(|told| ("evasion", told)));
        let cost = cost::cost(&args.cost, &rules, &documents);
        failed |= !cost.passed;
        gates.push(("cost", cost));
    }
    let passed = gates.iter().all(|(_, told)| told.passed);
    if args.json {
        let mut told = json!({
            "ok": !failed && passed, "errors": errors, "warnings": warnings, "rules": number,
            "revision": sources.revision(), "found": found.to_json(),
        });
        for (name, gate) in gates {
            told[name] = gate.json;
        }
        setup::print(&told)?;
    } else {
        for (_, gate) in gates {
            anstream::print!("{}", gate.text);
        }
        let rules = number.map_or_else(|| "no rules".to_owned(), |rules| setup::count(rules, "rule"));
        let directory = config.rules.display();
        let (errors, warnings) = (setup::count(errors, "error"), setup::count(warnings, "warning"));
        anstream::println!("{directory}: {rules}, {errors}, {warnings}; revision {}", sources.revision());
    }
    Ok(match (failed, passed) {
        (true, _) => CONFIG,
        (false, false) => FINDINGS,
        (false, true) => 0,
    })
}
