//! `premod serve`: rules, state, sockets, and then the server has it.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use premod::config::{Config, LogFormat, LogLevel, OnUnavailable, OnUnscannable};
use premod::engine::Engine;
use premod::engine::state::{self, State};
use premod::server::{Admin, Credential, Fallback, Limits, Server, Settings, Timeouts, quiet_panics};
use tracing_subscriber::filter::LevelFilter;

use super::{CONFIG, IO, Places, setup};

/// Serve the platform's webhooks
///
/// Without credentials it listens on loopback only.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Where the platform calls [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Where operators ask for metrics [default: 127.0.0.1:8081]
    #[arg(long, value_name = "ADDR")]
    admin_listen: Option<SocketAddr>,
    /// Threads that answer [default: the cores there are]
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    /// Insist on serving beyond loopback without credentials
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
    config.workers = args.workers.or(config.workers);
    let wrong = config.check(args.no_auth);
    if !wrong.is_empty() {
        for error in &wrong {
            anstream::eprintln!("premod: {error}");
        }
        return Ok(CONFIG);
    }
    let (_, compiled, found) = setup::rules(&config.rules);
    let Some(compiled) = compiled else {
        setup::tell(&found);
        return Ok(CONFIG);
    };
    log(&config);
    quiet_panics();
    if !found.is_empty() {
        tracing::warn!(warnings = found.sorted().len(), "rules have warnings: `premod check` tells them");
    }
    let limits = state::Limits { bytes: config.state.memory.0, ..state::Limits::default() };
    let rules = compiled.rules.with_limit(config.limits.text);
    let engine = Engine::new(Arc::new(rules), Arc::new(State::new(limits)));
    let server = match Server::bind(settings(&config, args.no_auth)?, Arc::new(engine)) {
        Ok(server) => server,
        Err(error) => {
            tracing::error!(%error, "not serving");
            return Ok(IO);
        }
    };
    if config.auth.credentials.is_empty() && !args.no_auth {
        tracing::warn!("no credentials: serving this machine only");
    }
    actix_web::rt::System::new().block_on(server.run()).context("serving")?;
    Ok(0)
}

fn log(config: &Config) {
    let level = match config.log.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let terminal = std::io::stderr().is_terminal();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_ansi(terminal);
    let format = config.log.format.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json });
    match format {
        LogFormat::Json => subscriber.json().flatten_event(true).init(),
        LogFormat::Text => subscriber.with_target(false).init(),
    }
}

fn settings(config: &Config, no_auth: bool) -> anyhow::Result<Settings> {
    Ok(Settings {
        listen: config.listen,
        workers: config.workers(),
        credentials: credentials(&config.auth)?,
        no_auth,
        admin: Some(Admin { listen: config.admin.listen, credentials: credentials(&config.admin.auth)? }),
        on_unscannable: match config.on_unscannable {
            OnUnscannable::Drop => Fallback::Drop,
            OnUnscannable::Pass => Fallback::Pass,
        },
        on_unavailable: match config.on_unavailable {
            OnUnavailable::Drop => Fallback::Drop,
            OnUnavailable::Pass => Fallback::Pass,
        },
        limits: Limits {
            body: config.limits.body.size(),
            moderation_body: config.limits.moderation_body.size(),
            injected: config.limits.injected.size(),
        },
        timeouts: Timeouts {
            body: config.timeouts.body,
            keep_alive: config.timeouts.keep_alive,
            drain_delay: config.timeouts.drain_delay,
            shutdown: config.timeouts.shutdown,
            ..Timeouts::default()
        },
        flag_confidence: config.moderation.flag_confidence,
    })
}

fn credentials(auth: &premod::config::Auth) -> anyhow::Result<Vec<Credential>> {
    let credential = |given: &premod::config::Credential| {
        let username = given.username.value.clone();
        let secret = given.secret().with_context(|| format!("the password of `{username}`"))?;
        Ok(Credential { username, password: secret.expose().to_owned() })
    };
    auth.credentials.iter().map(credential).collect()
}
