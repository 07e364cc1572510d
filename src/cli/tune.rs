//! `premod tune`: from false alarms to an edit of the rules, proven before it is written.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use premod::rulefile::{Compiled, Sources};
use premod::tune::{Cases, Change, Proposal, Refusal, propose};
use serde_json::{Value, json};
use similar::TextDiff;

use super::terminal::{BOLD, Safe};
use super::{CONFIG, FINDINGS, Places, setup};

/// Propose the narrowest exception that excuses false alarms
///
/// For each rule that held the messages back (or that --rule names), phrases around what matched are
/// tried, then conditions, from the narrowest to the widest: the false alarms must no longer fire the
/// rule, every other recorded hit still must, and the rule's tests have to pass. Without --write the
/// edit is printed as a diff, with it it is written into the rule file, with a test for a false alarm
/// and one for a hit that stays.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Decision logs with full texts, compressed ones too
    #[arg(value_name = "LOG", required = true)]
    logs: Vec<PathBuf>,
    /// Decisions that were wrong
    #[arg(long, value_name = "DECISION", required = true, num_args = 1.., value_delimiter = ',')]
    false_alarm: Vec<String>,
    /// The rules to tune [default: those enforced in these decisions that drop or flag]
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    rule: Vec<String>,
    /// Write the edit into the rule files
    #[arg(long)]
    write: bool,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

/// What came of one rule.
type Tried = (String, Result<Proposal, Refusal>, Option<String>);

pub(super) fn run(places: &Places, args: &Args) -> anyhow::Result<u8> {
    let Some(config) = setup::config(places) else { return Ok(CONFIG) };
    anyhow::ensure!(!args.logs.iter().any(|log| log == Path::new("-")), "the log is read twice: name a file");
    let (sources, compiled, found) = setup::rules(&config.rules);
    let Some(compiled) = compiled else {
        setup::tell(&found);
        return Ok(CONFIG);
    };
    let cases = Cases::collect(&args.logs, &args.false_alarm, &args.rule)?;
    let (tried, after) = tried(&cases, compiled, sources.clone());
    let refused = tried.iter().any(|(_, tried, _)| tried.is_err());
    let written = args.write && !refused;
    if written {
        write(&sources, &after)?;
    }
    if args.json {
        anstream::println!("{:#}", as_json(&tried, written));
    } else {
        tried.iter().for_each(print);
        if written {
            anstream::println!("written");
        } else if args.write {
            anstream::eprintln!("premod: nothing is written: --rule names the rules to tune");
        }
    }
    Ok(if refused { FINDINGS } else { 0 })
}

/// Each rule in turn, on the files as the one before left them; and the files as the last one did.
fn tried(cases: &Cases, mut compiled: Compiled, mut sources: Sources) -> (Vec<Tried>, Sources) {
    let mut all = Vec::new();
    for case in &cases.cases {
        let tried = propose(case, &compiled, &sources, &cases.common);
        let mut diff = None;
        if let Ok(proposal) = &tried {
            let before = sources.rule_files().find(|file| *file.path == *proposal.file);
            let before = before.map_or_else(String::new, |file| file.text.to_string());
            let name = &proposal.file;
            let lines = TextDiff::from_lines(&before, &proposal.text);
            diff = Some(lines.unified_diff().context_radius(3).header(name, name).to_string());
            sources = sources.with(name, &proposal.text);
            // it was compiled before it was proposed
            let mut unread = premod::rulefile::Diagnostics::default();
            if let Some(next) = premod::rulefile::compile(&sources, &mut unread) {
                compiled = next;
            }
        }
        all.push((case.rule.clone(), tried, diff));
    }
    (all, sources)
}

/// Writes the files that have changed, each whole or not at all.
fn write(before: &Sources, after: &Sources) -> anyhow::Result<()> {
    for (old, new) in before.rule_files().zip(after.rule_files()) {
        if old.text == new.text {
            continue;
        }
        let path = fs::canonicalize(&*new.path).with_context(|| new.path.to_string())?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // rules are not read from files whose names begin with a dot
        let beside = path.with_file_name(format!(".{name}.new"));
        let written = fs::write(&beside, new.text.as_bytes())
            .and_then(|()| fs::set_permissions(&beside, fs::metadata(&path)?.permissions()))
            .and_then(|()| fs::rename(&beside, &path));
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written.with_context(|| new.path.to_string())?;
    }
    Ok(())
}

fn print((rule, tried, diff): &Tried) {
    let proposal = match tried {
        Ok(proposal) => proposal,
        Err(refusal) => {
            anstream::println!("{BOLD}{}{BOLD:#}: no edit: {refusal}\n", Safe(rule));
            return;
        }
    };
    let change = match &proposal.change {
        Change::Except(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("\"{}\"", Safe(word))).collect();
            format!("except {}", words.join(", "))
        }
        Change::When(condition) => format!("when {}", Safe(condition)),
    };
    anstream::println!("{BOLD}{}{BOLD:#}: {change}", Safe(rule));
    let alarms = setup::count(proposal.excused, "false alarm");
    let kept = setup::count(proposal.kept, "other recorded hit");
    anstream::println!("  {alarms} excused, {kept} kept, its tests pass");
    if proposal.by_patterns > 0 {
        let hits = setup::count(proposal.by_patterns, "hit");
        anstream::println!("  {hits} judged by its patterns alone: its condition goes by what came before");
    }
    if proposal.unproven > 0 {
        let hits = setup::count(proposal.unproven, "other hit");
        anstream::println!(
            "  nothing is proven of {hits}: without their texts, or no hits by themselves under these rules"
        );
    }
    if proposal.tests.len() < 2 {
        anstream::println!(
            "  {} added: there is no message for another",
            setup::count(proposal.tests.len(), "test")
        );
    }
    let (added, removed) = (anstyle::AnsiColor::Green.on_default(), anstyle::AnsiColor::Red.on_default());
    for line in diff.iter().flat_map(|diff| diff.lines()) {
        let style = match line.as_bytes().first() {
            Some(b'+') => added,
            Some(b'-') => removed,
            _ => anstyle::Style::new(),
        };
        anstream::println!("{style}{}{style:#}", Safe(line));
    }
    anstream::println!();
}

fn as_json(tried: &[Tried], written: bool) -> Value {
    let one = |(rule, tried, diff): &Tried| match tried {
        Ok(proposal) => {
            let mut value = json!(proposal);
            value["diff"] = json!(diff);
            value
        }
        Err(refusal) => json!({ "rule": rule, "refused": refusal.to_string() }),
    };
    json!({ "written": written, "rules": tried.iter().map(one).collect::<Vec<_>>() })
}
