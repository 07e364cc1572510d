//! What a reload costs those who are being answered: latencies under a steady load, with the rules
//! left alone and with them swapped all the time.
//!
//! `cargo bench --bench reload`. The program itself serves 10,000 keywords and 500 regexes; two
//! directories that differ in one rule take turns behind a link, and `POST /api/reload` after each
//! swap. The generator shares the machine's cores with server and compiler. Quiet and swapped runs
//! take turns, so that what else the machine does strikes both.
//!
//! From the environment: `PREMOD_BENCH_ROUNDS` (2), `PREMOD_BENCH_SECONDS` of each run (15),
//! `PREMOD_BENCH_RATE` (500 messages a second).

mod ruleset;

use std::env;
use std::error::Error;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use premod::load::{self, Plan, Report, Target};

const KEYWORDS: usize = 10_000;
const REGEXES: usize = 500;
const MESSAGES: usize = 4_000;
const SEED: u64 = 1;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Fallible<()> {
    let number =
        |name, default: u32| env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (rounds, seconds) = (number("PREMOD_BENCH_ROUNDS", 2), number("PREMOD_BENCH_SECONDS", 15));
    let seconds = Duration::from_secs(seconds.into());
    let rate = f64::from(number("PREMOD_BENCH_RATE", 500));
    let place = tempfile::tempdir()?;
    let keywords = ruleset::keywords(SEED, KEYWORDS);
    let texts = ruleset::with_hits(load::texts(SEED, MESSAGES), &keywords);
    let lines: Vec<_> = texts.iter().map(|text| text.replace('\n', " ")).collect();
    let bodies = load::from_lines(&lines.join("\n"));
    for (name, word) in [("one", "heron"), ("other", "crane")] {
        let directory = place.path().join(name);
        ruleset::write(&directory, &keywords, &ruleset::regexes(SEED, REGEXES))?;
        fs::write(
            directory.join("edited.yaml"),
            format!("rules: [{{id: edited, match: {{words: [{word}]}}}}]\n"),
        )?;
    }
    install(place.path(), "one")?;
    let server = Server::start(place.path())?;
    println!("{KEYWORDS} keywords, {REGEXES} regexes, {rate} messages/s, {seconds:?} each\n");
    println!(
        "                      p50 µs   p99 µs p99.9 µs   max µs   answers   errors   swaps   ms/reload"
    );
    for _ in 0..rounds.max(1) {
        let quiet = server.load(rate, seconds, &bodies)?;
        println!("{}", line("left alone", &quiet, 0, Duration::ZERO));
        let over = AtomicBool::new(false);
        let (swapped, swaps) = thread::scope(|scope| {
            let swapping = scope.spawn(|| swap(place.path(), server.admin, &over));
            let swapped = server.load(rate, seconds, &bodies);
            over.store(true, Ordering::Relaxed);
            (swapped, swapping.join())
        });
        let (swapped, (number, each)) = (swapped?, swaps.map_err(|_| "the swaps panicked")??);
        println!("{}", line("swapped all the time", &swapped, number, each));
        let ratio =
            |quantile| swapped.percentile(quantile).as_secs_f64() / quiet.percentile(quantile).as_secs_f64();
        println!("{:20} {:>8.2} {:>8.2} {:>8.2}", "ratio", ratio(0.5), ratio(0.99), ratio(0.999));
        for report in [&quiet, &swapped] {
            report.doubts().iter().for_each(|doubt| println!("        beware: {doubt}"));
        }
    }
    Ok(())
}

fn line(name: &str, report: &Report, swaps: u32, each: Duration) -> String {
    let micros = |quantile| report.percentile(quantile).as_micros();
    format!(
        "{name:20} {:>8} {:>8} {:>8} {:>8} {:>9} {:>8} {swaps:>7} {:>11}",
        micros(0.5),
        micros(0.99),
        micros(0.999),
        report.latency.max(),
        report.count(),
        report.errors,
        each.as_millis()
    )
}

/// Swaps the rules until it is over; how often it did, and how long one reload took on average.
fn swap(place: &Path, admin: SocketAddr, over: &AtomicBool) -> Fallible<(u32, Duration)> {
    let (begun, mut times) = (Instant::now(), 0);
    while !over.load(Ordering::Relaxed) {
        let now = fs::read_link(place.join("rules"))?;
        install(place, if now == Path::new("one") { "other" } else { "one" })?;
        let mut stream = TcpStream::connect(admin)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let head = "POST /api/reload HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                    X-Premod-Admin: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        stream.write_all(head.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        if !answer.starts_with("HTTP/1.1 200") {
            return Err(format!("not reloaded: {answer}").into());
        }
        times += 1;
    }
    Ok((times, begun.elapsed() / times.max(1)))
}

/// Lets the link of the rules point to a directory, in one step.
fn install(place: &Path, name: &str) -> std::io::Result<()> {
    let link = place.join("link");
    symlink(name, &link)?;
    fs::rename(link, place.join("rules"))
}

/// The program, serving; it ends with this value.
struct Server {
    child: Child,
    addr: SocketAddr,
    admin: SocketAddr,
}

impl Server {
    fn start(place: &Path) -> Fallible<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_premod"));
        // the bench's own variables are no settings of a server
        let own = env::vars_os().map(|(name, _)| name);
        own.filter(|name| name.to_string_lossy().starts_with("PREMOD_")).for_each(|name| {
            command.env_remove(name);
        });
        let mut child = command
            .current_dir(place)
            .args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut lines = BufReader::new(child.stderr.take().ok_or("no standard error")?).lines();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Server { child, addr: any, admin: any };
        let serving = |line: &String| line.contains("\"message\":\"serving\"");
        let line = lines.by_ref().map_while(Result::ok).find(serving).ok_or("it does not serve")?;
        let told: serde_json::Value = serde_json::from_str(&line)?;
        let address = |key: &str| {
            Ok::<_, Box<dyn Error + Send + Sync>>(told[key].as_str().unwrap_or_default().parse()?)
        };
        (server.addr, server.admin) = (address("addr")?, address("admin")?);
        // its log must go on being read, or it waits for that
        thread::spawn(move || lines.count());
        Ok(server)
    }

    fn load(&self, rate: f64, duration: Duration, bodies: &[Vec<u8>]) -> Fallible<Report> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let target = Target::from_url(&format!("http://{}/cometchat", self.addr), None).await?;
            let plan = Plan { rate: Some(rate), duration, ..Plan::new(target) };
            load::probe(&plan, bodies).await?;
            Ok(load::run(plan, bodies, |_| {}).await?)
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
