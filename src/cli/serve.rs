//! `premod serve`: rules, state, sockets, and then the server has it.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use premod::config::{DecisionLog, LogFormat};
use premod::decision::{Log, Rotation, Settings};
use premod::engine::RuleSet;
use premod::engine::state::{self, State};
use premod::rulefile::Diagnostics;
use premod::rulefile::watch::Watch;
use premod::server::{BindError, Judge, Reloads, Server, Trigger, quiet_panics};
use uuid::Uuid;

use super::live::Directory;
use super::{CONFIG, Places, logging, setup};

/// Serve the platform's webhooks
///
/// Settings come from the configuration, then the environment (PREMOD_LISTEN, PREMOD_USERNAME and
/// others), then these flags; later ones win. Without credentials it listens on loopback only.
#[derive(clap::Args, Debug)]
#[expect(clippy::doc_markdown, reason = "the text is shown as help, without markup")]
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
    let limits = state::Limits { bytes: config.state.memory.0, ..state::Limits::default() };
    let (state, state_id) = (Arc::new(State::new(limits)), Uuid::now_v7());
    // Watched from before it is read, so that no edit is missed.
    let reloads = Arc::new(OnceLock::<Reloads>::new());
    let asked = Arc::clone(&reloads);
    let _watch = Watch::start(&config.rules, move || asked.wait().ask(Trigger::Files)).context("watching")?;
    let mut found = Diagnostics::default();
    let mut directory = Directory::new(config.rules.clone(), config.limits.text, state);
    let Some(engine) = directory.open(&mut found) else {
        setup::tell(&found);
        return Ok(CONFIG);
    };
    let engine = Arc::new(engine);
    // Before there is a log: whoever starts it reads why it does not.
    let server = match Server::bind(config.clone(), args.no_auth, Arc::clone(&engine) as Arc<dyn Judge>) {
        Err(BindError::Refused(wrong)) => {
            for error in &wrong {
                anstream::eprintln!("premod: {error}");
            }
            return Ok(CONFIG);
        }
        bound => bound?,
    };
    let format = logging::start(&config.log);
    quiet_panics();
    if let Some(wanted) = &config.decision_log {
        server.log_decisions(decision_log(wanted, state_id.to_string(), config.workers())?);
    }
    announce(format, &server, engine.rules(), config.workers());
    drop(engine);
    if !found.is_empty() {
        tracing::warn!(warnings = found.sorted().len(), "the rules have warnings: `premod check` tells them");
    }
    if config.auth.credentials.is_empty() {
        warn_of_no_credentials(server.addr(), args.no_auth);
    }
    let asking = server.reload_from(directory).context("reloading")?;
    reloads.get_or_init(|| asking);
    actix_web::rt::System::new().block_on(server.run()).context("serving")?;
    Ok(0)
}

/// Opens the decision log.
fn decision_log(wanted: &DecisionLog, state: String, writers: usize) -> anyhow::Result<Log> {
    let DecisionLog { path, text, rotate, .. } = wanted;
    let key = match wanted.key()? {
        Some(key) => key,
        None => random_key().context("no key for the decision log")?,
    };
    let rotation =
        Rotation { size: rotate.size.0, age: rotate.age, keep: rotate.keep, compress: rotate.compress };
    let log = Log::open(Settings { path: path.clone(), text: *text, key, rotation, state, writers })?;
    tracing::info!(path = %path.display(), text = text.name(), "decisions are written down");
    Ok(log)
}

/// A key that nobody knows, so that hashes of texts can be told apart and not guessed.
fn random_key() -> std::io::Result<Vec<u8>> {
    let mut key = vec![0; 32];
    File::open("/dev/urandom")?.read_exact(&mut key)?;
    Ok(key)
}

/// Says what begins: under stable keys to machines, in sentences to people.
fn announce(format: LogFormat, server: &Server, rules: &RuleSet, workers: usize) {
    let (addr, admin) = (server.addr(), server.admin_addr());
    let (number, revision) = (rules.rules().len(), rules.revision());
    let off = rules.off().len();
    match format {
        LogFormat::Json => {
            tracing::info!(%addr, %admin, workers, rules = number, rules_off = off, revision, "serving");
        }
        LogFormat::Text => {
            let (rules, workers) = (setup::count(number, "rule"), setup::count(workers, "worker"));
            let off = if off == 0 { String::new() } else { format!(" ({off} more are off)") };
            tracing::info!("serving http://{addr}/cometchat on {workers}");
            tracing::info!("judging by {rules}{off}, revision {revision}");
            tracing::info!("metrics are at http://{admin}/metrics");
        }
    }
}

fn warn_of_no_credentials(addr: SocketAddr, insisted: bool) {
    match (addr.ip().is_loopback(), insisted) {
        (true, true) => {}
        (true, false) => tracing::warn!(
            "no credentials: only this machine can call; to serve others, set `auth` or PREMOD_USERNAME and PREMOD_PASSWORD"
        ),
        (false, _) => tracing::warn!(%addr, "no credentials, as --no-auth insists: everybody can call"),
    }
}
