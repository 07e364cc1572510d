//! premod's server, with credentials, decision log and metrics, beside a bare actix-web handler that
//! reads the same messages and answers `{}`, the same handler asking the rustrict crate, and an
//! Express handler asking npm's obscenity.
//!
//! `cargo bench --bench http`. Each server is a process of its own with one worker, pinned to core
//! 0; the generator has core 1. The servers take turns of a quarter of a second, so that what else the
//! machine does strikes all of them; a ratio is the median of those of neighbours. Beside throughput
//! stands the processor time a server spent on a request, which still tells them apart when the
//! generator is what limits; `server` says how busy its core was.
//!
//! Asked for all it can do, the generator never sleeps: waking another core costs a server more the
//! idler the generator is, which would be counted against whoever is slower.
//!
//! From the environment: `PREMOD_BENCH_ROUNDS` (3), `PREMOD_BENCH_SECONDS` of each server in a round (5),
//! `PREMOD_BENCH_SERVERS` (`bare,premod,rustrict,express`; the first two have to be among them),
//! `PREMOD_BENCH_NODE`, a folder with the packages for Express (see `http/express.mjs`).

#[path = "http/bare.rs"]
mod bare;
mod ruleset;

use std::env;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use hdrhistogram::Histogram;
use premod::config::{self, Config};
use premod::decision::{Log, Rotation, Settings, TextKept};
use premod::engine::Engine;
use premod::engine::state::{Limits, State};
use premod::load::{self, Plan, Report, Target};
use premod::rulefile::{Diagnostics, Sources, compile};
use tokio::task::JoinHandle;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const KEYWORDS: usize = 10_000;
const REGEXES: usize = 500;
const MESSAGES: usize = 4_000;
const SEED: u64 = 1;
/// How long a server is asked for all it can do before it is another's turn, and before that uncounted.
const TURN: Duration = Duration::from_millis(250);
const WARM: Duration = Duration::from_millis(50);
/// Latencies are looked at in pieces so short that what the machine does beside them, several times a
/// second and for milliseconds, leaves more than half of them alone.
const PIECE: Duration = Duration::from_millis(100);
const PIECES: usize = 60;
/// For premod's server; at least 16 characters, as it wants off loopback.
const CREDENTIAL: (&str, &str) = ("benchmark", "benchmark0123456789");
/// What a process of this binary is to be.
const ROLE: &str = "PREMOD_BENCH_ROLE";
/// The rules directory of premod's server.
const RULES: &str = "PREMOD_BENCH_RULES";

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Fallible<()> {
    match env::var(ROLE).as_deref() {
        Ok("bare") => {
            end_with_parent();
            bare::serve(|_| false, announce)
        }
        Ok("rustrict") => {
            end_with_parent();
            bare::serve(|text| rustrict::CensorStr::is_inappropriate(text), announce)
        }
        Ok("premod") => {
            end_with_parent();
            serve_premod(Path::new(&env::var(RULES)?), CREDENTIAL, announce)
        }
        Ok(_) => compare(),
        Err(_) => {
            let status = pinned(1, "generator")?.status()?;
            if status.success() { Ok(()) } else { Err(format!("the generator ended with {status}").into()) }
        }
    }
}

/// Serves `rules` with one worker on a free loopback port, wants `credential`, with metrics and the
/// decision log on, texts in full, and calls `announce` with the address once it listens. Returns when it stops.
///
/// # Errors
/// When the rules don't load or no port is to be had.
fn serve_premod(rules: &Path, credential: (&str, &str), announce: fn(SocketAddr)) -> Fallible<()> {
    let mut found = Diagnostics::default();
    let compiled = compile(&Sources::read(rules, &mut found), &mut found).ok_or_else(|| found.to_string())?;
    let engine = Engine::new(Arc::new(compiled.rules), Arc::new(State::new(Limits::default())));
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut config = Config { listen: any, workers: Some(1), ..Config::default() };
    config.admin.listen = any;
    config.auth.credentials = vec![config::Credential::new(credential.0, credential.1)];
    let server = premod::server::Server::bind(config, false, Arc::new(engine))?;
    server.log_decisions(Log::open(Settings {
        path: rules.join("../decisions.jsonl"),
        text: TextKept::Full,
        key: vec![],
        rotation: Rotation { size: 256 << 20, age: None, keep: 7, compress: false },
        state: "01920000-0000-7000-8000-000000000000".to_owned(),
        writers: 1,
    })?);
    announce(server.addr());
    Ok(actix_web::rt::System::new().block_on(server.run())?)
}

/// Tells the process that started this one where it listens.
fn announce(addr: SocketAddr) {
    println!("{addr}");
    // nobody reads it: the generator is gone, and so will be this server
    let _ = io::stdout().flush();
}

/// Ends this process when the one that started it is gone and its end of the pipe with it.
fn end_with_parent() {
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(0);
    });
}

/// This binary in another role, on a core of its own where the machine can do that.
fn pinned(core: usize, role: &str) -> io::Result<Command> {
    let own = env::current_exe()?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let taskset =
        Command::new("taskset").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let mut command = if taskset.is_ok_and(|status| status.success()) && (cores > 1 || role != "generator") {
        let mut command = Command::new("taskset");
        command.args(["-c", &core.to_string()]).arg(own);
        command
    } else {
        eprintln!("{role}: not pinned to a core");
        Command::new(own)
    };
    command.env(ROLE, role);
    Ok(command)
}

/// Node with the Express handler, on the servers' core.
fn express() -> io::Result<Command> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/http/express.mjs");
    if env::var_os("PREMOD_BENCH_NODE").is_none() {
        return Err(io::Error::other("PREMOD_BENCH_NODE names no folder with its packages"));
    }
    let mut command = Command::new("taskset");
    command.args(["-c", "0", "node", script]);
    Ok(command)
}

/// A server in its own process; it ends with this value.
struct Server {
    name: &'static str,
    child: Child,
    addr: SocketAddr,
    auth: Option<(String, String)>,
}

impl Server {
    fn start(name: &'static str, rules: &Path, auth: Option<(&str, &str)>) -> Fallible<Self> {
        let command = if name == "express" { express()? } else { pinned(0, name)? };
        Self::spawn(name, command, rules, auth)
    }

    fn spawn(
        name: &'static str,
        mut command: Command,
        rules: &Path,
        auth: Option<(&str, &str)>,
    ) -> Fallible<Self> {
        let mut child = command.env(RULES, rules).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let out = child.stdout.take().ok_or("no standard output")?;
        let auth = auth.map(|(username, password)| (username.to_owned(), password.to_owned()));
        let mut server = Server { name, child, addr: ([127, 0, 0, 1], 0).into(), auth };
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        server.addr = line.trim().parse().map_err(|_| format!("{name} did not start"))?;
        Ok(server)
    }

    fn plan(&self, target: Target, rate: Option<f64>, duration: Duration) -> Plan {
        Plan { rate, duration, warmup: Duration::ZERO, auth: self.auth.clone(), ..Plan::new(target) }
    }

    async fn target(&self) -> Fallible<Target> {
        Ok(Target::from_url(&format!("http://{}/cometchat", self.addr), None).await?)
    }

    /// The 99.9th percentile within a piece of time, in µs.
    async fn piece(&self, rate: f64, bodies: &[Vec<u8>]) -> Fallible<f64> {
        let plan = self.plan(self.target().await?, Some(rate), PIECE);
        let report = load::run(Plan { warmup: PIECE / 2, ..plan }, bodies, |_| {}).await?;
        Ok(1e6 * report.percentile(0.999).as_secs_f64())
    }

    async fn load(&self, rate: Option<f64>, duration: Duration, bodies: &[Vec<u8>]) -> Fallible<Round> {
        let plan = self.plan(self.target().await?, rate, duration);
        load::probe(&plan, bodies).await?;
        let awake = plan.rate.is_none().then(|| tokio::spawn(stay_awake()));
        load::run(Plan { rate: None, duration: WARM, ..plan.clone() }, bodies, |_| {}).await?;
        // taskset executes in its own place: the child's id is the server's
        let processes = [self.child.id(), std::process::id()];
        let before = processes.map(processor_seconds);
        let report = load::run(plan, bodies, |_| {}).await?;
        let [processor, generator] = [0, 1].map(|n| processor_seconds(processes[n]) - before[n]);
        awake.inspect(JoinHandle::abort);
        for doubt in report.doubts() {
            println!("        beware: {doubt}");
        }
        Ok(Round::of(&report, processor, generator))
    }
}

/// Keeps the runtime from sleeping.
async fn stay_awake() {
    loop {
        tokio::task::yield_now().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor time that a process has used so far, in seconds; no number where `/proc` is not Linux's.
fn processor_seconds(process: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    let ticks = after_name.split(' ').skip(11).take(2).map(|field| field.parse().unwrap_or(f64::NAN));
    ticks.reduce(|user, system| user + system).unwrap_or(f64::NAN) / 100.0 // Linux counts in 10 ms here
}

/// What came of some load.
struct Round {
    latency: Histogram<u64>,
    seconds: f64,
    answers: f64,
    errors: u64,
    /// Seconds of the server's processor time.
    processor: f64,
    /// The generator's.
    generator: f64,
}

impl Round {
    fn of(report: &Report, processor: f64, generator: f64) -> Self {
        let seconds = report.elapsed.as_secs_f64();
        let (latency, errors) = (report.latency.clone(), report.errors.total());
        Round { latency, seconds, answers: report.throughput() * seconds, errors, processor, generator }
    }

    fn add(&mut self, other: &Round) -> Fallible<()> {
        self.latency.add(&other.latency)?;
        self.seconds += other.seconds;
        self.answers += other.answers;
        self.errors += other.errors;
        self.processor += other.processor;
        self.generator += other.generator;
        Ok(())
    }

    fn throughput(&self) -> f64 {
        self.answers / self.seconds
    }

    /// µs of the server's processor time for a request.
    fn cost(&self) -> f64 {
        1e6 * self.processor / self.answers.max(1.0)
    }

    /// Whether something else took the cores: a generator that never sleeps has all of its own, and a
    /// server that is asked for all it can do has most of it.
    fn starved(&self) -> bool {
        self.generator < 0.95 * self.seconds || self.processor < 0.9 * self.seconds
    }

    fn line(&self, name: &str) -> String {
        let micros = |quantile| self.latency.value_at_quantile(quantile);
        format!(
            "{name:8} {:>8.0} {:>8.2} {:>6.0} % {:>8} {:>8} {:>8} {:>8}   {}",
            self.throughput(),
            self.cost(),
            100.0 * self.processor / self.seconds,
            micros(0.5),
            micros(0.99),
            micros(0.999),
            self.latency.max(),
            self.errors,
        )
    }
}

fn compare() -> Fallible<()> {
    let number =
        |name, default: u32| env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (rounds, seconds) = (number("PREMOD_BENCH_ROUNDS", 3), number("PREMOD_BENCH_SECONDS", 5));
    let keywords = ruleset::keywords(SEED, KEYWORDS);
    let texts = ruleset::with_hits(load::texts(SEED, MESSAGES), &keywords);
    // one line a message: line breaks inside would part them
    let lines: Vec<_> = texts.iter().map(|text| text.replace('\n', " ")).collect();
    let bodies = load::from_lines(&lines.join("\n"));
    let rules = tempfile::tempdir()?;
    // the decision log stands beside the rules, not among them
    let directory = rules.path().join("rules");
    fs::create_dir(&directory)?;
    ruleset::write(&directory, &keywords, &ruleset::regexes(SEED, REGEXES))?;
    println!(
        "{KEYWORDS} keywords, {REGEXES} regexes, {} messages; each server: 1 worker on 1 core",
        bodies.len()
    );

    let start = |name, auth| {
        Server::start(name, &directory, auth).inspect_err(|error| eprintln!("without {name}: {error}")).ok()
    };
    let only = env::var("PREMOD_BENCH_SERVERS").ok();
    let servers: Vec<Server> =
        [("bare", None), ("premod", Some(CREDENTIAL)), ("rustrict", None), ("express", None)]
            .into_iter()
            .filter(|(name, _)| only.as_deref().is_none_or(|only| only.split(',').any(|one| one == *name)))
            .filter_map(|(name, auth)| start(name, auth))
            .collect();
    if servers.len() < 2 || servers[0].name != "bare" || servers[1].name != "premod" {
        return Err("both the bare handler and premod are needed".into());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let header = "            req/s   cpu µs   server   p50 µs   p99 µs p99.9 µs   max µs   errors";

    let turns = (1000 * seconds / u32::try_from(TURN.as_millis())?).max(1);
    println!("\nas fast as it goes, 16 connections, {rounds} rounds of {turns} turns of {TURN:?}\n{header}");
    let [mut throughput, mut processor] =
        [(); 2].map(|()| servers.iter().map(|_| vec![]).collect::<Vec<_>>());
    let mut most: f64 = 0.0;
    for _ in 0..rounds.max(1) {
        let mut sums: Vec<Round> = Vec::new();
        let mut ratios: Vec<Vec<f64>> = servers.iter().map(|_| Vec::new()).collect();
        for _ in 0..turns {
            let mut bare = None;
            for (at, server) in servers.iter().enumerate() {
                let turn = runtime.block_on(server.load(None, TURN, &bodies))?;
                ratios[at].push(turn.throughput() / *bare.get_or_insert(turn.throughput()));
                match sums.get_mut(at) {
                    Some(sum) => sum.add(&turn)?,
                    None => sums.push(turn),
                }
            }
        }
        for (at, (server, sum)) in servers.iter().zip(&sums).enumerate() {
            let (_, median, _) = spread(ratios[at].iter().copied());
            println!("{}   {:.1} % of bare", sum.line(server.name), 100.0 * median);
            if sum.starved() {
                println!("        beware: something else takes the cores");
            }
            throughput[at].push(median);
            processor[at].push(sums[0].cost() / sum.cost());
        }
        most = most.max(sums[1].throughput());
    }
    println!("\nthe median of the rounds, the least and the greatest");
    for (at, server) in servers.iter().enumerate().skip(1) {
        ratio(&format!("throughput, {} / bare", server.name), &throughput[at]);
        ratio(&format!("processor time, bare / {}", server.name), &processor[at]);
    }

    let servers = &servers[..2];
    let half = (most / 2.0).round();
    println!("\nat half of premod's highest rate: {half} req/s, from the intended time\n{header}");
    let mut slowest: Vec<Vec<f64>> = servers.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds.max(1) {
        for (server, slowest) in servers.iter().zip(&mut slowest) {
            let duration = Duration::from_secs(seconds.into());
            let round = runtime.block_on(server.load(Some(half), duration, &bodies))?;
            println!("{}", round.line(server.name));
            #[expect(clippy::cast_precision_loss, reason = "microseconds stay far below 2⁵²")]
            slowest.push(round.latency.value_at_quantile(0.999) as f64);
        }
    }
    more("p99.9, premod less bare", &slowest);

    println!("\nthe same in pieces of {PIECE:?}, {PIECES} of each, in turns");
    let mut slowest: Vec<Vec<f64>> = servers.iter().map(|_| Vec::new()).collect();
    for _ in 0..PIECES {
        for (server, slowest) in servers.iter().zip(&mut slowest) {
            slowest.push(runtime.block_on(server.piece(half, &bodies))?);
        }
    }
    for (server, slowest) in servers.iter().zip(&slowest) {
        let (least, median, most) = spread(slowest.iter().copied());
        println!("p99.9 of a piece, {:16} {median:.0} µs ({least:.0}–{most:.0})", server.name);
    }
    more("of a piece, premod less bare", &slowest);
    Ok(())
}

/// How much more the second server took than the first, turn by turn.
fn more(name: &str, micros: &[Vec<f64>]) {
    if let [bare, premod] = micros {
        let (least, median, most) = spread(premod.iter().zip(bare).map(|(premod, bare)| premod - bare));
        println!("{name:34} {median:.0} µs ({least:.0}–{most:.0})");
    }
}

fn ratio(name: &str, ratios: &[f64]) {
    let (least, median, most) = spread(ratios.iter().copied());
    println!("{name:34} {:.1} % ({:.1}–{:.1})", 100.0 * median, 100.0 * least, 100.0 * most);
}

/// The least, the median and the greatest.
fn spread(values: impl Iterator<Item = f64>) -> (f64, f64, f64) {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    let at = |place: usize| values.get(place).copied().unwrap_or(f64::NAN);
    (at(0), at(values.len() / 2), at(values.len().saturating_sub(1)))
}
