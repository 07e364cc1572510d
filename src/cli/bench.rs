//! `premod bench`: how long verdicts take, asked of a server as a platform would, or of the engine
//! alone, rule by rule.

mod engine;
mod own;
mod server;

use std::fs;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use premod::load;

use super::Places;

/// How many different messages are made up where no file gives them.
const MESSAGES: usize = 4000;
/// The seed of those messages: the same in every run.
const SEED: u64 = 1;

/// Measure how long verdicts take
///
/// Sends chat messages the way CometChat does and reports the time to each verdict. Requests go out
/// at a fixed rate whether or not the server keeps up, and a request's latency counts from the
/// moment it ought to have been sent: waiting in line is part of it.
#[derive(clap::Args, Clone, Debug)]
#[expect(clippy::doc_markdown, reason = "the text is shown as help, without markup")]
pub(super) struct Args {
    /// The server to measure, such as http://127.0.0.1:8080/cometchat; without it one is started
    /// with --rules on a free loopback port
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Requests per second
    #[arg(long, value_name = "N", default_value_t = 1000.0, value_parser = rate)]
    rate: f64,
    /// Send as fast as the connections carry, to find the highest throughput; latencies then tell
    /// of a server at its limit
    #[arg(long, conflicts_with = "rate")]
    saturate: bool,
    /// How long to measure, after a second of warm-up: 500ms, 10s, 5m
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    duration: Duration,
    /// Connections kept open, each with one request at a time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,
    /// Messages to send in turn, one a line: a text, or a whole request body in JSON; without it
    /// 4,000 made-up chat messages
    ///
    /// They are sent again and again; each time round, their `sentAt` and `updatedAt` are later, so that
    /// none meets itself as what its sender wrote a moment ago
    #[arg(long, value_name = "FILE")]
    messages: Option<PathBuf>,
    /// Trust the server on the word of the certificates in this PEM file, and not of those that this
    /// machine trusts; for an https:// URL
    #[arg(long, value_name = "FILE", requires = "url")]
    ca: Option<PathBuf>,
    /// User name for Basic authentication; the password is read from PREMOD_PASSWORD
    #[arg(long, value_name = "NAME", env = "PREMOD_USERNAME", hide_env_values = true)]
    username: Option<String>,
    /// Print the report as JSON, times in µs
    #[arg(long)]
    json: bool,
    /// Draw latency by percentile into an SVG file
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Time the engine alone, without a server, and list the costliest rules and patterns
    #[arg(long, conflicts_with_all = ["url", "rate", "saturate", "connections", "plot"])]
    engine: bool,
}

/// Measures what the arguments ask for.
pub(super) fn run(places: &Places, args: &Args) -> anyhow::Result<u8> {
    if args.engine { engine::run(places, args) } else { server::run(places, args) }
}

impl Args {
    /// The request bodies to send.
    fn bodies(&self) -> anyhow::Result<Vec<Vec<u8>>> {
        let Some(file) = &self.messages else { return Ok(load::bodies(SEED, MESSAGES)) };
        let lines = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(load::from_lines(&lines))
    }
}

/// A bar on a terminal, nothing elsewhere.
fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{bar:40} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr()).with_style(style)
}

fn rate(text: &str) -> Result<f64, String> {
    match text.replace('_', "").parse::<f64>() {
        Ok(rate) if (0.1..=1e6).contains(&rate) => Ok(rate),
        _ => Err("a number of requests per second from 0.1 to 1000000".into()),
    }
}

/// The longest that can be asked for: a day.
const LONGEST: f64 = 86_400.0;

fn duration(text: &str) -> Result<Duration, String> {
    let unit = text.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit);
    let factor = match unit {
        "ms" => 0.001,
        "s" | "" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err("a time such as 500ms, 10s, 5m or 1h".into()),
    };
    match number.trim().parse::<f64>().map(|number| number * factor) {
        Ok(seconds) if (0.001..=LONGEST).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("a time such as 500ms, 10s or 5m, a day at most".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    pub(super) fn args(line: &[&str]) -> Result<Args, clap::Error> {
        Line::try_parse_from([&["bench"], line].concat()).map(|line| line.args)
    }

    #[test]
    fn times_and_rates_are_read_or_refused() {
        let millis = |text| duration(text).ok().map(|time| time.as_millis());
        let cases = [("500ms", Some(500)), ("10s", Some(10_000)), ("7", Some(7000)), ("1.5m", Some(90_000))];
        for (text, expected) in cases {
            assert_eq!(millis(text), expected, "{text}");
        }
        for text in ["", "0s", "-1s", "10 parsecs", "25h", "NaN", "infs"] {
            assert_eq!(millis(text), None, "{text}");
        }
        assert!((rate("10_000").expect("a rate") - 10_000.0).abs() < 1e-9);
        assert!(["0", "-3", "NaN", "inf", "fast"].iter().all(|text| rate(text).is_err()));
    }

    #[test]
    fn flags_that_contradict_are_refused() {
        assert!(args(&["--saturate", "--rate", "5"]).is_err());
        assert!(args(&["--engine", "--url", "http://127.0.0.1"]).is_err());
        assert!(args(&["--connections", "0"]).is_err());
        let defaults = args(&[]).expect("defaults");
        assert_eq!((defaults.connections, defaults.duration), (16, Duration::from_secs(10)));
        assert!(args(&["--saturate"]).expect("alone").saturate);
    }
}
