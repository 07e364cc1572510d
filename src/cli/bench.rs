//! `premod bench`: plays the platform against a running server, or against one that it starts.
//!
//! An own server is a process of its own, this very binary executed again, so that the generator
//! and what it measures share the machine but neither a runtime nor an allocator.

use std::ffi::OsString;
use std::fs;
use std::io::IsTerminal as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{CONFIG, FINDINGS, Places, serve, setup};
use premod::load::{self, Plan, ProbeError, Progress, Report, Target};

/// How many different messages are made up where no file gives them.
const MESSAGES: usize = 4000;
/// The seed of those messages: the same in every run.
const SEED: u64 = 1;
/// How long an own server may take until it answers.
const START_LIMIT: Duration = Duration::from_secs(30);

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
    #[arg(long, value_name = "FILE")]
    messages: Option<PathBuf>,
    /// User name for Basic authentication; the password is read from PREMOD_PASSWORD
    #[arg(long, value_name = "NAME", env = "PREMOD_USERNAME", hide_env_values = true)]
    username: Option<String>,
    /// Print the report as JSON, times in µs
    #[arg(long)]
    json: bool,
}

/// A server process that ends with this value.
#[derive(Debug)]
struct OwnServer {
    child: Child,
    addr: SocketAddr,
}

impl OwnServer {
    /// Executes this binary again with the arguments that `arguments` gives for a free loopback
    /// address, and waits until it accepts connections there.
    ///
    /// # Errors
    /// When it can't be started, exits, or accepts no connection within 30 s.
    fn start(arguments: impl FnOnce(SocketAddr) -> Vec<OsString>) -> anyhow::Result<Self> {
        let addr = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let program = std::env::current_exe().context("cannot find the program's own file")?;
        let child = Command::new(program)
            .args(arguments(addr))
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| !name.to_string_lossy().starts_with("PREMOD_")))
            // its greeting and what it sheds are no part of the report
            .env("PREMOD_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("cannot start a server")?;
        let mut server = OwnServer { child, addr };
        let started = Instant::now();
        while TcpStream::connect(addr).is_err() {
            if let Some(status) = server.child.try_wait()? {
                bail!("the server to measure ended at once ({status})");
            }
            if started.elapsed() > START_LIMIT {
                bail!("the server to measure accepts no connection after {START_LIMIT:?}");
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// Where it takes messages.
    fn url(&self) -> String {
        format!("http://{}/cometchat", self.addr)
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        // it may have ended by itself; there is nobody left to tell
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Measures the server named, or one that is started with the rules named.
pub(super) fn run(places: &Places, args: &Args) -> anyhow::Result<u8> {
    if args.url.is_some() {
        return measured(args, || bail!("no server is to be started"));
    }
    // An own server that can't start says why itself; rules in error are told here, before any wait.
    let Some(config) = setup::config(places) else { return Ok(CONFIG) };
    let (_, compiled, found) = setup::rules(&config.rules);
    if compiled.is_none() {
        setup::tell(&found);
        return Ok(CONFIG);
    }
    measured(args, || OwnServer::start(|addr| serve::arguments_for_bench(&config.rules, addr)))
}

/// Carries out the command and gives the exit code. `start` starts a server with the given rules
/// when no URL was given; it has to accept requests without credentials.
///
/// # Errors
/// When the messages can't be read, no server can be reached, or it refuses the credential.
fn measured(args: &Args, start: impl FnOnce() -> anyhow::Result<OwnServer>) -> anyhow::Result<u8> {
    let bodies = match &args.messages {
        Some(file) => {
            let lines =
                fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            load::from_lines(&lines)
        }
        None => load::bodies(SEED, MESSAGES),
    };
    let auth = credential(args)?;
    let own = if args.url.is_none() { Some(start()?) } else { None };
    let url = args.url.clone().or(own.as_ref().map(OwnServer::url)).unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(measure(args, &url, auth, &bodies))?;
    drop(own);
    if args.json {
        anstream::println!("{:#}", report.to_json());
    } else {
        anstream::print!("{report}");
    }
    Ok(if report.errors.total() + report.unsent > 0 { FINDINGS } else { 0 })
}

async fn measure(
    args: &Args,
    url: &str,
    auth: Option<(String, String)>,
    bodies: &[Vec<u8>],
) -> anyhow::Result<Report> {
    let target = Target::from_url(url).await?;
    let plan = Plan {
        rate: (!args.saturate).then_some(args.rate),
        duration: args.duration,
        connections: args.connections.into(),
        auth,
        ..Plan::new(target)
    };
    if let Err(error) = load::probe(&plan, bodies).await {
        let credential = match (&error, &plan.auth) {
            (ProbeError::Unauthorized(_), None) => "; give --username, and the password in PREMOD_PASSWORD",
            (ProbeError::Unauthorized(_), Some(_)) => "; see --username and PREMOD_PASSWORD",
            _ => "",
        };
        bail!("cannot measure {url}: {error}{credential}");
    }
    let bar = progress_bar();
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let report = load::run_until(plan, bodies, interrupted, |progress| show(&bar, progress)).await?;
    bar.finish_and_clear();
    Ok(report)
}

/// The username with the password from the environment, and neither without the other: a password
/// that serves another purpose is not sent to a server nobody named a user for.
fn credential(args: &Args) -> anyhow::Result<Option<(String, String)>> {
    let Some(username) = args.username.clone().filter(|name| !name.is_empty()) else { return Ok(None) };
    let password =
        std::env::var("PREMOD_PASSWORD").ok().context("--username needs a password in PREMOD_PASSWORD")?;
    Ok(Some((username, password)))
}

fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{bar:40} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr()).with_style(style)
}

fn show(bar: &ProgressBar, progress: &Progress) {
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    bar.set_length(millis(progress.total));
    bar.set_position(millis(progress.elapsed.min(progress.total)));
    bar.set_message(format!("{} answered or given up, {} errors", progress.done, progress.errors));
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

    fn args(line: &[&str]) -> Result<Args, clap::Error> {
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
        assert!(args(&["--connections", "0"]).is_err());
        let defaults = args(&[]).expect("defaults");
        assert_eq!((defaults.connections, defaults.duration), (16, Duration::from_secs(10)));
        assert!(args(&["--saturate"]).expect("alone").saturate);
    }

    #[test]
    fn an_unreachable_server_is_one_error_at_once() {
        let unused = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let url = format!("http://{}/cometchat", unused.local_addr().expect("an address"));
        drop(unused);
        let args = args(&["--url", &url]).expect("arguments");
        let error = measured(&args, || bail!("no server is to be started")).expect_err("nobody listens");
        assert!(format!("{error:#}").contains("nothing answers at 127.0.0.1:"), "{error:#}");
    }
}
