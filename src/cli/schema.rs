//! `premod schema`: what editors check rule files and configuration against while they are written,
//! and what a line of the decision log holds.

use clap::ValueEnum;

/// Print a JSON Schema
///
/// An editor that knows the one of rules or configuration completes keys and marks mistakes while
/// they are written.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// What the schema describes
    #[arg(value_enum, default_value_t = Of::Rules)]
    of: Of,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Of {
    /// A file of rules, such as rules/contact.yaml
    Rules,
    /// The policy of all rules, rules/policy.yaml
    Policy,
    /// The configuration, premod.yaml
    Config,
    /// A line of the decision log
    Decision,
}

#[expect(clippy::unnecessary_wraps, reason = "every command has this face")]
pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    let schema = match args.of {
        Of::Rules => premod::rulefile::schema(),
        Of::Policy => premod::rulefile::policy_schema(),
        Of::Config => premod::config::schema(),
        Of::Decision => premod::decision::schema(),
    };
    anstream::println!("{schema:#}");
    Ok(0)
}
