//! `premod serve`: rules, state, sockets, and then the server has it.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use premod::config::{Log, LogFormat};
use premod::engine::Engine;
use premod::engine::state::{self, State};
use premod::server::{BindError, Server, quiet_panics};
use tracing_subscriber::filter::LevelFilter;

use super::{CONFIG, Places, setup};

/// Serve the platform's webhooks
///
/// Settings come from the configuration, then the environment (PREMOD_LISTEN, PREMOD_USERNAME and
/// others), then these flags; later ones win. Without credentials it listens on loopback only.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Where the platform calls [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Where operators ask for /metrics [default: 127.0.0.1:8081]
    #[arg(long, value_name = "ADDR")]
    admin_listen: Option<SocketAddr>,
    /// Threads that answer [default: the cores there are]
    #[arg(long, value_name = "N")]
    workers: Option<NonZeroUsize>,
    /// Serve beyond loopback even without credentials
    #[arg(long)]
    no_auth: bool,
}

/// The command line of a server to be measured: any free port for operators, no configuration.
pub(super) fn arguments_for_bench(rules: &Path, listen: SocketAddr) -> Vec<OsString> {
    let listen = listen.to_string();
    let nothing = if cfg!(windows) { "NUL" } else { "/dev/null" };
    let fixed =
        ["--config", nothing, "serve", "--admin-listen", "127.0.0.1:0", "--listen", &listen, "--rules"];
    fixed.iter().map(OsString::from).chain([rules.into()]).collect()
}

pub(super) fn run(places: &Places, args: &Args) -> anyhow::Result<u8> {
    let Some(mut config) = setup::config(places) else { return Ok(CONFIG) };
    config.listen = args.listen.unwrap_or(config.listen);
    config.admin.listen = args.admin_listen.unwrap_or(config.admin.listen);
    config.workers = args.workers.map(NonZeroUsize::get).or(config.workers);
    let (_, compiled, found) = setup::rules(&config.rules);
    let Some(compiled) = compiled else {
        setup::tell(&found);
        return Ok(CONFIG);
    };
    let limits = state::Limits { bytes: config.state.memory.0, ..state::Limits::default() };
    let rules = compiled.rules.with_limit(config.limits.text);
    let engine = Engine::new(Arc::new(rules), Arc::new(State::new(limits)));
    let (logged, closed) = (config.log.clone(), config.auth.credentials.is_empty() && !args.no_auth);
    // Before there is a log: whoever starts it reads why it does not.
    let server = match Server::bind(config, args.no_auth, Arc::new(engine)) {
        Err(BindError::Refused(wrong)) => {
            wrong.iter().for_each(|error| anstream::eprintln!("premod: {error}"));
            return Ok(CONFIG);
        }
        bound => bound?,
    };
    log(&logged);
    quiet_panics();
    if !found.is_empty() {
        tracing::warn!(warnings = found.sorted().len(), "rules have warnings: `premod check` tells them");
    }
    if closed {
        tracing::warn!("no credentials: serving this machine only");
    }
    actix_web::rt::System::new().block_on(server.run()).context("serving")?;
    Ok(0)
}

fn log(config: &Log) {
    let level = config.level.name().parse().unwrap_or(LevelFilter::INFO);
    let terminal = std::io::stderr().is_terminal();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_ansi(terminal);
    let format = config.format.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json });
    match format {
        LogFormat::Json => subscriber.json().flatten_event(true).init(),
        LogFormat::Text => subscriber.with_target(false).init(),
    }
}
