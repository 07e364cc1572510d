//! The commands, one file each. They see what the library shows to everybody.
//!
//! Answers go to standard output, errors to standard error. Exit codes: 0 fine, 1 findings, 2 usage,
//! 74 input or output, 78 configuration or rules in error.

mod bench;
mod check;
mod explain;
mod highlight;
mod live;
mod log;
mod logging;
mod progress;
mod replay;
mod schema;
mod serve;
mod setup;
mod stats;
mod terminal;
mod test;
mod tune;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use premod::config;

/// What all commands share stands below what is a command's own.
const LAST: usize = 900;
/// Findings: a failed test, a failed request.
const FINDINGS: u8 = 1;
/// Something could not be read or written.
const IO: u8 = 74;
/// Configuration or rules are in error.
const CONFIG: u8 = 78;

const EXIT_CODES: &str = "\
Exit codes:
   0  fine
   1  findings: a rule's test failed, benign texts were hit, decisions change, requests of a
      measurement failed
   2  the command line can't be understood
  74  something can't be read, written or listened to
  78  the configuration or the rules are in error";

/// Pre-moderation for chat, in flight
///
/// A chat platform asks premod about each message before it is delivered; premod judges it by rule
/// files and answers: pass, enrich or drop.
#[derive(Parser, Debug)]
#[command(name = "premod", bin_name = "premod", version, max_term_width = 100)]
#[command(after_help = EXIT_CODES)]
struct Cli {
    #[command(flatten)]
    places: Places,
    #[command(subcommand)]
    command: Command,
}

/// Where rules and configuration lie.
#[derive(clap::Args, Clone, Debug)]
struct Places {
    /// The directory of the rules [default: what the configuration says, else rules]
    #[arg(long, value_name = "DIR", global = true, display_order = LAST)]
    rules: Option<PathBuf>,
    /// The configuration [default: premod.yaml, if there is one]
    #[arg(long, value_name = "FILE", global = true, display_order = LAST)]
    #[arg(env = config::CONFIG_VARIABLE, hide_env_values = true)]
    config: Option<PathBuf>,
}

/// Each command's file says what it does.
#[derive(Subcommand, Debug)]
enum Command {
    Serve(serve::Args),
    Check(check::Args),
    Test(test::Args),
    Explain(explain::Args),
    Replay(replay::Args),
    Bench(bench::Args),
    Log(log::Args),
    Stats(stats::Args),
    Tune(tune::Args),
    Schema(schema::Args),
}

/// Parses the command line, runs the command, and gives its exit code.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match &cli.command {
        Command::Serve(args) => serve::run(&cli.places, args),
        Command::Check(args) => check::run(&cli.places, args),
        Command::Test(args) => test::run(&cli.places, args),
        Command::Explain(args) => explain::run(&cli.places, args),
        Command::Replay(args) => replay::run(&cli.places, args),
        Command::Bench(args) => bench::run(&cli.places, args),
        Command::Log(args) => log::run(args),
        Command::Stats(args) => stats::run(&cli.places, args),
        Command::Tune(args) => tune::run(&cli.places, args),
        Command::Schema(args) => schema::run(args),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            anstream::eprintln!("premod: {error:#}");
            let io = error.chain().any(<dyn std::error::Error>::is::<std::io::Error>);
            ExitCode::from(if io { IO } else { FINDINGS })
        }
    }
}
