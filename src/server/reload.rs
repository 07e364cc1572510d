//! Rules that follow each other while the server serves.
//!
//! One thread of its own reads and compiles, one reload after the other, whoever asks; requests to
//! be judged never wait for it. What it reads comes from above, by [`Source`]: the server does not
//! know rule files.

mod metrics;

use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};
use std::{fmt, io};

use serde::Serialize;
use tokio::sync::oneshot;

pub(super) use metrics::Metrics;

use super::in_force::{InForce, Rules};
use super::judge::Judge;
use crate::engine::{Engine, RuleSet};

/// Where the rules come from.
pub trait Source: Send + 'static {
    /// Reads the rules as they are now, unless they are those of the revision in force.
    ///
    /// # Errors
    /// Where they can't be served: then those in force stay.
    fn load(&mut self, in_force: &str) -> Result<Loaded, Rejected>;
}

/// Rules that may be served.
pub enum Loaded {
    /// They are those in force.
    Unchanged,
    /// They are others.
    Changed(Arc<dyn Judge>),
}

/// Rules that can't be served.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejected {
    /// The revision of what was read; empty where nothing could be.
    pub revision: String,
    /// Everything that is wrong with it.
    pub found: Vec<Finding>,
}

/// One thing that is wrong with rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The file.
    pub file: String,
    /// The line, from 1, where the file can be read.
    pub line: Option<usize>,
    /// The column, from 1, in characters.
    pub column: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// Who wants a reload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// A file changed.
    Files,
    /// A signal came.
    Signal,
    /// The operator called.
    Call,
}

/// What a reload changed: ids of rules, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Changes {
    pub(super) added: Vec<String>,
    pub(super) removed: Vec<String>,
    /// Rules that judge otherwise than before.
    pub(super) edited: Vec<String>,
}

/// What came of a reload.
pub(super) type Outcome = Result<Option<Changes>, Rejected>;

/// How the last reload ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Health {
    /// What was wrong the last time, if something was, and when.
    pub(super) rejected: Option<(SystemTime, Rejected)>,
}

/// What the thread works on and others look at.
pub(super) struct Reloading {
    pub(super) rules: Arc<Rules>,
    health: Mutex<Health>,
    /// What was in force, until the last request under it has ended.
    retired: Mutex<Vec<Arc<InForce>>>,
    pub(super) metrics: Metrics,
}

/// Asks for reloads. Cheap to clone.
#[derive(Clone)]
pub struct Reloads(mpsc::Sender<Request>);

struct Request {
    trigger: Trigger,
    answer: Option<oneshot::Sender<Outcome>>,
}

/// How far this thread steps back behind those that answer, of 19: on Linux it is the thread's alone.
const NICE: i32 = 15;

/// How often the shares of hits are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// How many looks after a load what it left is given back: by then the allocator has had it for a second.
const TIDY: u32 = 3;

/// More findings than this nobody reads in a log.
const LOGGED: usize = 50;

impl Reloads {
    /// Starts the thread.
    ///
    /// # Errors
    /// If the system has none.
    pub(super) fn start(reloading: Arc<Reloading>, mut source: impl Source) -> io::Result<Self> {
        let (ask, asked) = mpsc::channel::<Request>();
        announce_expiry(&reloading.rules);
        let work = move || {
            // compiling may wait, messages may not; where the system refuses, it takes its turn
            let _ = rustix::process::nice(NICE);
            let mut looked = Instant::now();
            let mut untidy = TIDY;
            loop {
                match asked.recv_timeout(LOOK) {
                    Ok(request) => {
                        untidy = TIDY;
                        // whoever asked meanwhile gets the same answer
                        let requests: Vec<Request> =
                            std::iter::once(request).chain(asked.try_iter()).collect();
                        let outcome = reloading.reload(&mut source, requests[0].trigger);
                        for answer in requests.into_iter().filter_map(|request| request.answer) {
                            // who does not wait any more needs none
                            let _ = answer.send(outcome.clone());
                        }
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
                if looked.elapsed() >= LOOK {
                    looked = Instant::now();
                    reloading.watch();
                    if untidy == 1 {
                        give_back();
                    }
                    untidy = untidy.saturating_sub(1);
                }
            }
        };
        thread::Builder::new().name("premod-reload".into()).spawn(work)?;
        Ok(Reloads(ask))
    }

    /// Asks for a reload and does not wait for it.
    pub fn ask(&self, trigger: Trigger) {
        // the thread ends when nobody can ask any more
        let _ = self.0.send(Request { trigger, answer: None });
    }

    /// Asks for a reload and waits for what comes of it; none where the thread has ended.
    pub(super) async fn call(&self) -> Option<Outcome> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Request { trigger: Trigger::Call, answer: Some(answer) }).ok()?;
        answered.await.ok()
    }
}

impl fmt::Debug for Reloads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reloads")
    }
}

impl Reloading {
    pub(super) fn new(rules: Arc<Rules>, metrics: Metrics) -> Self {
        Reloading { rules, health: Mutex::default(), retired: Mutex::default(), metrics }
    }

    /// How the last reload ended.
    pub(super) fn health(&self) -> Health {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn reload(&self, source: &mut impl Source, trigger: Trigger) -> Outcome {
        let started = Instant::now();
        let before = self.rules.current().revision().to_owned();
        let loaded = catch_unwind(AssertUnwindSafe(|| source.load(&before)))
            .unwrap_or_else(|_| Err(Rejected::because("reading the rules panicked")));
        let outcome = match loaded {
            Err(rejected) => Err(rejected),
            Ok(Loaded::Unchanged) => Ok(None),
            Ok(Loaded::Changed(judge)) => {
                let changes = changes(self.rules.current().engine(), judge.engine());
                let old = self.rules.replace(judge);
                self.retired().push(old);
                self.dismiss();
                Ok(Some(changes))
            }
        };
        let took = started.elapsed();
        self.metrics.reload(&outcome, took);
        self.note(&outcome);
        self.tell(&outcome, &before, trigger, took);
        outcome
    }

    fn note(&self, outcome: &Outcome) {
        let rejected = outcome.as_ref().err().map(|rejected| (SystemTime::now(), rejected.clone()));
        self.metrics.healthy(rejected.is_none());
        *self.health.lock().unwrap_or_else(PoisonError::into_inner) = Health { rejected };
    }

    fn tell(&self, outcome: &Outcome, before: &str, trigger: Trigger, took: Duration) {
        let (trigger, took_ms) = (trigger.name(), u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        match outcome {
            Ok(None) => tracing::info!(trigger, revision = before, "the rules are unchanged"),
            Ok(Some(changes)) => {
                let current = self.rules.current();
                tracing::info!(
                    trigger,
                    revision = current.revision(),
                    before,
                    added = changes.added.len(),
                    removed = changes.removed.len(),
                    edited = changes.edited.len(),
                    took_ms,
                    "the rules were reloaded"
                );
                announce_expiry(&self.rules);
            }
            Err(rejected) => {
                for Finding { file, line, column, message, help } in rejected.found.iter().take(LOGGED) {
                    let place = [*line, *column].into_iter().flatten();
                    let place = place.fold(file.clone(), |place, number| format!("{place}:{number}"));
                    tracing::error!(place, help, "{message}");
                }
                tracing::error!(
                    trigger,
                    errors = rejected.found.len(),
                    rejected = rejected.revision,
                    revision = before,
                    took_ms,
                    "the rules are in error: those of the last good revision stay in force"
                );
            }
        }
    }

    fn retired(&self) -> MutexGuard<'_, Vec<Arc<InForce>>> {
        self.retired.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes apart what no request holds any more.
    fn dismiss(&self) {
        self.retired().retain(|old| Arc::strong_count(old) > 1);
    }

    /// What is to be done now and then, off the way of requests.
    fn watch(&self) {
        self.dismiss();
        let current = self.rules.current();
        if let Some(engine) = current.engine() {
            current.life().watch(engine, Instant::now());
        }
    }
}

impl Trigger {
    fn name(self) -> &'static str {
        match self {
            Trigger::Files => "files",
            Trigger::Signal => "signal",
            Trigger::Call => "call",
        }
    }
}

impl Rejected {
    /// Rejected for a reason that has no place in a file.
    #[must_use]
    pub fn because(message: &str) -> Self {
        let finding =
            Finding { file: String::new(), line: None, column: None, message: message.into(), help: None };
        Rejected { revision: String::new(), found: vec![finding] }
    }
}

/// Has the allocator return to the system what loading left unused, which is more than a rule set
/// holds: mimalloc looks for it where a thread that allocated ends, and else only in the midst of requests.
fn give_back() {
    let ended = thread::Builder::new().name("premod-tidy".into()).spawn(|| drop(black_box(Box::new(0))));
    // no thread, no harm: the memory is used again by the next load
    let _ = ended.map(thread::JoinHandle::join);
}

/// What is different between two rule sets.
fn changes(old: Option<&Engine>, new: Option<&Engine>) -> Changes {
    let mut changes = Changes::default();
    let (Some(old), Some(new)) = (old.map(Engine::rules), new.map(Engine::rules)) else { return changes };
    let find = |rules: &RuleSet, id: &str| {
        let at = rules.rules().binary_search_by(|rule| rule.id.as_str().cmp(id)).ok()?;
        Some(rules.rules()[at].fingerprint)
    };
    for rule in new.rules() {
        match find(old, &rule.id) {
            None => changes.added.push(rule.id.clone()),
            Some(before) if before != rule.fingerprint => changes.edited.push(rule.id.clone()),
            Some(_) => {}
        }
    }
    let gone = old.rules().iter().filter(|rule| find(new, &rule.id).is_none());
    changes.removed = gone.map(|rule| rule.id.clone()).collect();
    changes
}

/// How long before its end a rule is warned of.
const EXPIRES_SOON: i64 = 14 * 86_400_000;

/// Says which rules end soon, or have.
fn announce_expiry(rules: &Rules) {
    let current = rules.current();
    let Some(engine) = current.engine() else { return };
    let now = milliseconds(SystemTime::now());
    for rule in engine.rules().rules() {
        let Some(left) = rule.expires.map(|expires| expires - now) else { continue };
        let (id, owner, days) = (&rule.id, &rule.owner, left.div_euclid(86_400_000));
        if left <= 0 {
            tracing::warn!(rule = id, owner, "a rule has expired: it is off");
        } else if left <= EXPIRES_SOON {
            tracing::warn!(rule = id, owner, days, "a rule expires soon");
        }
    }
}

/// Since 1970-01-01T00:00Z.
pub(super) fn milliseconds(at: SystemTime) -> i64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
