//! A run: some connections, and the requests that go over whichever of them is free.
//!
//! With a rate the loop is open: each request has an intended time, waits for a connection if none
//! is free, and its latency counts from that time, so that a server that stalls is charged for
//! everybody whom it kept waiting. Without one the loop is closed: each connection sends as soon as
//! it has its answer.

use std::future::{Future, pending};
use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use thiserror::Error;
use tokio::task::JoinSet;

use super::client::{Answer, Connection, ExchangeError, Target};
use super::report::{Report, micros};
use super::request::{self, Request};
use super::schedule::{Schedule, Tickets};

/// The platform's answer that stops a message.
const DROP: &[u8] = br#"{"action":"do_not_propagate"}"#;
/// How long to wait after a refused connection before the next try.
const AFTER_REFUSAL: Duration = Duration::from_millis(10);
/// How often progress is told.
const TICK: Duration = Duration::from_millis(100);

/// How many seconds later the next run of this process begins: a server remembers what was sent in the
/// last one, and no message is to meet itself there.
static LATER: AtomicU64 = AtomicU64::new(0);

/// What to do to whom.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where the requests go.
    pub target: Target,
    /// Requests per second; nothing for as many as the connections carry.
    pub rate: Option<f64>,
    /// How long to measure, the warm-up left out.
    pub duration: Duration,
    /// How many connections are kept open.
    pub connections: usize,
    /// How long to send before measuring.
    pub warmup: Duration,
    /// Username and password for Basic authentication.
    pub auth: Option<(String, String)>,
    /// How long to wait for an answer once the request is sent.
    pub timeout: Duration,
}

impl Plan {
    /// 1,000 requests a second over 16 connections for 10 s after a second of warm-up, with the
    /// platform's timeout of 2 s.
    #[must_use]
    pub fn new(target: Target) -> Self {
        Plan {
            target,
            rate: Some(1000.0),
            duration: Duration::from_secs(10),
            connections: 16,
            warmup: Duration::from_secs(1),
            auth: None,
            timeout: super::report::BUDGET,
        }
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Since the run began, its warm-up included.
    pub elapsed: Duration,
    /// How long it will take, its warm-up included.
    pub total: Duration,
    /// Measured requests that are answered or given up.
    pub done: u64,
    /// How many of them have no verdict.
    pub errors: u64,
}

/// Why a server is not worth measuring.
#[derive(Debug, Error)]
pub enum ProbeError {
    /// Nobody listens there.
    #[error("nothing answers at {addr}")]
    Unreachable {
        /// What was tried.
        addr: std::net::SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// Status 401 or 403.
    #[error("the server refuses the credential (status {0})")]
    Unauthorized(u16),
    /// Any other status than 200.
    #[error("the server answers {path} with status {status}, not with a verdict")]
    Status {
        /// The path that was asked.
        path: String,
        /// The status it got.
        status: u16,
    },
    /// It took the request and did not answer as a server does.
    #[error("no usable answer: {0}")]
    Answer(String),
    /// There is nothing to send.
    #[error("there are no messages to send")]
    NoBodies,
}

/// Sends one request and looks whether a verdict comes back.
///
/// # Errors
/// With the one reason why all requests of a run would fail.
pub async fn probe(plan: &Plan, bodies: &[Vec<u8>]) -> Result<(), ProbeError> {
    let body = bodies.first().ok_or(ProbeError::NoBodies)?;
    let addr = plan.target.addr;
    let no_answer = |_| ProbeError::Answer(format!("none within {:?}", plan.timeout));
    let opened = tokio::time::timeout(plan.timeout, Connection::open(&plan.target))
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    let mut connection = opened.map_err(|source| ProbeError::Unreachable { addr, source })?;
    let request = plan.target.request(plan.auth.as_ref(), body);
    let answer =
        tokio::time::timeout(plan.timeout, connection.exchange(&request)).await.map_err(no_answer)?;
    match answer.map_err(|error| ProbeError::Answer(error.to_string()))?.status {
        200 => Ok(()),
        status @ (401 | 403) => Err(ProbeError::Unauthorized(status)),
        status => Err(ProbeError::Status { path: plan.target.path.clone(), status }),
    }
}

/// Carries out `plan`, sending `bodies` in turn, and tells `progress` ten times a second.
///
/// # Errors
/// When the clock's thread can't be started; what goes wrong with requests is in the report.
pub async fn run(plan: Plan, bodies: &[Vec<u8>], progress: impl FnMut(&Progress)) -> io::Result<Report> {
    run_until(plan, bodies, pending(), progress).await
}

/// The same, ended early by `stop`: the report then tells of what there is so far.
///
/// # Errors
/// As [`run`].
pub async fn run_until(
    plan: Plan,
    bodies: &[Vec<u8>],
    stop: impl Future<Output = ()>,
    mut progress: impl FnMut(&Progress),
) -> io::Result<Report> {
    let total = plan.warmup + plan.duration;
    let grace = plan.timeout;
    let connections = plan.connections.max(1);
    let whole = |body: &Vec<u8>| Request::new(plan.target.request(plan.auth.as_ref(), body));
    let requests: Vec<Request> = bodies.iter().map(whole).collect();
    // nothing is due while they are being made ready
    let start = Instant::now();
    let schedule = plan.rate.map(|rate| Schedule::new(start, rate, total));
    let schedule = schedule.map(Tickets::new).transpose()?;
    let course = Arc::new(Course {
        later: LATER.load(Relaxed),
        round: request::round(&requests),
        requests,
        measured_from: start + plan.warmup,
        end: start + total,
        schedule,
        sent: AtomicU64::new(0),
        tally: Mutex::new(Report::new(plan.rate, connections)),
        plan,
    });
    let mut workers = JoinSet::new();
    if !course.requests.is_empty() {
        (0..connections).for_each(|_| drop(workers.spawn(Arc::clone(&course).work())));
    }

    let mut stop = pin!(stop);
    // what the schedule still owes after its end may take one timeout more, no longer
    let mut deadline = pin!(tokio::time::sleep_until((start + total + grace).into()));
    let mut tick = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            finished = workers.join_next() => if finished.is_none() { break },
            () = &mut stop => break,
            () = &mut deadline => break,
            _ = tick.tick() => {
                let tally = course.tally();
                let (done, errors) = (tally.count(), tally.errors.total());
                drop(tally);
                progress(&Progress { elapsed: start.elapsed(), total, done, errors });
            }
        }
    }
    let now = Instant::now();
    workers.shutdown().await;
    LATER.fetch_max(course.later_than_all(), Relaxed);
    Ok(course.report(now))
}

/// What all connections of a run share.
struct Course {
    plan: Plan,
    /// Whole requests, head and body.
    requests: Vec<Request>,
    /// How many seconds later than they are they tell of in the first round,
    later: u64,
    /// and in each round more than in the one before.
    round: u64,
    measured_from: Instant,
    end: Instant,
    /// The requests of an open loop.
    schedule: Option<Arc<Tickets>>,
    /// How many a closed loop has sent.
    sent: AtomicU64,
    tally: Mutex<Report>,
}

/// One request's moments.
struct Turn {
    number: u64,
    intended: Instant,
    /// How long after its time, with a connection free.
    late: Duration,
    queued: bool,
}

impl Course {
    /// One connection's life: take the next request, send it, note what came of it.
    async fn work(self: Arc<Self>) {
        let (mut connection, mut memory) = (None, Vec::new());
        while let Some(turn) = self.turn().await {
            let outcome = self.send(&mut connection, turn.number, &mut memory).await;
            let refused = matches!(outcome, Err(Failure::Connect));
            self.note(&turn, outcome);
            if refused {
                tokio::time::sleep(AFTER_REFUSAL).await;
            }
        }
    }

    async fn turn(&self) -> Option<Turn> {
        let free = Instant::now();
        let Some(tickets) = &self.schedule else {
            let number = self.sent.fetch_add(1, Relaxed);
            return (free < self.end).then_some(Turn {
                number,
                intended: free,
                late: Duration::ZERO,
                queued: false,
            });
        };
        let number = tickets.take().await?;
        let intended = tickets.schedule.intended(number);
        let late = Instant::now().saturating_duration_since(intended.max(free));
        Some(Turn { number, intended, late, queued: free > intended })
    }

    async fn send(
        &self,
        connection: &mut Option<Connection>,
        number: u64,
        memory: &mut Vec<u8>,
    ) -> Result<Verdict, Failure> {
        let all = self.requests.len().max(1) as u64;
        let request = usize::try_from(number % all).ok().and_then(|place| self.requests.get(place));
        let request = request.ok_or(Failure::Broken)?.later(self.seconds_later(number), memory);
        let sent =
            tokio::time::timeout(self.plan.timeout, exchange(connection, &self.plan.target, request)).await;
        let outcome = sent.unwrap_or(Err(Failure::Timeout));
        if outcome.is_err() && !matches!(outcome, Err(Failure::Status(_))) {
            *connection = None;
        }
        outcome
    }

    /// How much later the request of a number is than the body it is made of.
    fn seconds_later(&self, number: u64) -> u64 {
        let round = number / self.requests.len().max(1) as u64;
        self.later.saturating_add(round.saturating_mul(self.round))
    }

    /// How much later everything is than what was sent.
    fn later_than_all(&self) -> u64 {
        let sent = self.schedule.as_ref().map_or(self.sent.load(Relaxed), |tickets| tickets.taken());
        self.seconds_later(sent).saturating_add(self.round)
    }

    fn note(&self, turn: &Turn, outcome: Result<Verdict, Failure>) {
        if turn.intended < self.measured_from {
            return;
        }
        let latency = turn.intended.elapsed();
        let mut tally = self.tally();
        tally.latency.saturating_record(micros(latency));
        tally.lateness.saturating_record(micros(turn.late));
        tally.queued += u64::from(turn.queued);
        match outcome {
            Ok(Verdict::Pass) => tally.outcomes.pass += 1,
            Ok(Verdict::Enrich) => tally.outcomes.enrich += 1,
            Ok(Verdict::Drop) => tally.outcomes.drop += 1,
            Err(Failure::Connect) => tally.errors.connect += 1,
            Err(Failure::Broken) => tally.errors.broken += 1,
            Err(Failure::Timeout) => tally.errors.timeout += 1,
            Err(Failure::Status(status)) => *tally.errors.status.entry(status).or_default() += 1,
        }
    }

    fn tally(&self) -> MutexGuard<'_, Report> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The report of what was done until `now`.
    fn report(&self, now: Instant) -> Report {
        let mut report = self.tally().clone();
        report.elapsed = now.saturating_duration_since(self.measured_from);
        if let Some(tickets) = &self.schedule {
            let schedule = tickets.schedule;
            let unsent = tickets.taken()..schedule.total;
            let measured = |n: &u64| schedule.intended(*n) >= self.measured_from;
            report.unsent =
                unsent.filter(measured).take_while(|n| schedule.intended(*n) <= now).count() as u64;
        }
        report
    }
}

/// What an answer means to a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Pass,
    Enrich,
    Drop,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    Connect,
    Broken,
    Timeout,
    Status(u16),
}

/// One request over `connection`, opened if need be. A kept-alive connection that the server had
/// closed is replaced once, as every client does.
async fn exchange(
    slot: &mut Option<Connection>,
    target: &Target,
    request: &[u8],
) -> Result<Verdict, Failure> {
    let mut fresh = slot.is_none();
    loop {
        let connection = match slot {
            Some(connection) => connection,
            None => slot.insert(Connection::open(target).await.map_err(|_| Failure::Connect)?),
        };
        match connection.exchange(request).await {
            Ok(answer) => {
                let (verdict, reusable) = (read(&answer), answer.reusable);
                if !reusable {
                    *slot = None;
                }
                return verdict;
            }
            Err(ExchangeError::Closed) if !fresh => {
                fresh = true;
                *slot = None;
            }
            Err(_) => return Err(Failure::Broken),
        }
    }
}

fn read(answer: &Answer<'_>) -> Result<Verdict, Failure> {
    match (answer.status, answer.body.trim_ascii()) {
        (200, b"{}") => Ok(Verdict::Pass),
        (200, DROP) => Ok(Verdict::Drop),
        (200, _) => Ok(Verdict::Enrich),
        (status, _) => Err(Failure::Status(status)),
    }
}

#[cfg(test)]
mod tests;
