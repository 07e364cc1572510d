//! What several commands begin with: the configuration, then the rules.

use std::io::{self, BufWriter, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use premod::config::{self, Config};
use premod::rulefile::source::read_text;
use premod::rulefile::{Compiled, Diagnostics, Sources, compile, warn_of_expiry};
use serde_json::Value;

use super::Places;

/// The configuration that is read where none is named, if it is there.
const DEFAULT: &str = "premod.yaml";

/// The sum of file, environment and the flags that all commands share; none after what is wrong with
/// it has been told.
pub(super) fn config(places: &Places) -> Option<Config> {
    let mut out = Diagnostics::default();
    let path = places.config.clone().or_else(|| Path::new(DEFAULT).exists().then(|| PathBuf::from(DEFAULT)));
    let file = path.and_then(|path| read_text(&path, &mut out));
    let mut config = file.map_or_else(Config::default, |file| Config::read(&file, &mut out));
    let variables = std::env::vars_os();
    config::overlay(
        &mut config,
        variables
            .map(|(key, value)| (key.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())),
        &mut out,
    );
    if let Some(rules) = &places.rules {
        config.rules.clone_from(rules);
    }
    tell(&out);
    (!out.has_errors()).then_some(config)
}

/// The rules of a directory, and what is odd about them; no rules where something is in error.
pub(super) fn rules(directory: &Path) -> (Sources, Option<Compiled>, Diagnostics) {
    let mut out = Diagnostics::default();
    let sources = Sources::read(directory, &mut out);
    let compiled = compile(&sources, &mut out);
    if let Some(compiled) = &compiled {
        warn_of_expiry(&compiled.documents, today(), &mut out);
    }
    (sources, compiled, out)
}

/// Days since 1970-01-01, in UTC.
pub(super) fn today() -> i64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs();
    i64::try_from(since / 86_400).unwrap_or(i64::MAX)
}

/// More findings than this nobody reads at once.
const SHOWN: usize = 100;

/// Tells people what was found, on standard error.
pub(super) fn tell(found: &Diagnostics) {
    let all = found.sorted();
    let shown: Vec<String> =
        all.iter().take(SHOWN).map(|one| one.render(std::io::stderr().is_terminal())).collect();
    if !shown.is_empty() {
        anstream::eprintln!("{}\n", shown.join("\n\n"));
    }
    if all.len() > SHOWN {
        anstream::eprintln!("… and {} more\n", all.len() - SHOWN);
    }
}

/// Prints an answer for machines, which may be long, in large pieces.
///
/// # Errors
/// Where standard output can't be written.
pub(super) fn print(answer: &Value) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, answer)?;
    writeln!(out)?;
    out.flush()
}

/// `1 rule`, `2 rules`.
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
