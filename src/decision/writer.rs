//! Writes decisions down while the server answers: what a request pays is its line of JSON, no more.
//!
//! Each thread that answers has a buffer, into which it writes its records itself. A writer's own
//! thread takes the buffers whole, many times a second, and has the disk to itself. Where it can't
//! keep up, a full buffer turns records away and counts them; an answer never waits for a disk.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};
use std::{fmt, io};

use super::batch::Batch;
use super::output::{OpenError, Output};
use super::record::{Record, Subject, TextKept};
use super::rotation::Rotation;

/// How often buffers are emptied: what a kill may lose.
const TICK: Duration = Duration::from_millis(50);
/// Bytes from which a buffer turns records away.
const FULL: usize = 4 << 20;
/// Bytes at which a buffer is emptied before its time: so few that writing them holds nobody up who
/// answers on the same core, and that they have not left its cache.
const PORTION: usize = 256 << 10;
/// Bytes a buffer begins with: what a tick brings on a busy day.
const USUAL: usize = 64 << 10;
/// How long the last records may take to be written once the server has stopped.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// How decisions are logged.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The file.
    pub path: std::path::PathBuf,
    /// How texts are kept.
    pub text: TextKept,
    /// What texts are hashed with.
    pub key: Vec<u8>,
    /// When the file is put aside, and what becomes of it.
    pub rotation: Rotation,
    /// The id of the state that decisions are made in.
    pub state: String,
    /// Threads that will write.
    pub writers: usize,
}

/// What became of the records; read at any time.
#[derive(Debug, Default)]
pub struct Counts {
    /// Records on their way to the disk that are in the file.
    pub written: AtomicU64,
    /// Their bytes.
    pub bytes: AtomicU64,
    /// Records that were turned away because a buffer was full, or could not be written at the end.
    pub dropped: AtomicU64,
    /// Attempts to write, rotate or compress that failed.
    pub errors: AtomicU64,
    /// Whether the last attempt to write succeeded.
    pub ok: AtomicBool,
}

/// A decision log that is being written.
pub struct Log {
    shared: Arc<Shared>,
    text: TextKept,
    key: Vec<u8>,
    state: String,
    writer: Thread,
    /// Says when the writer has written its last; taken by who waits for that.
    ended: Mutex<Option<Receiver<()>>>,
}

/// What those who answer and the writer share.
struct Shared {
    buffers: Box<[Mutex<Batch>]>,
    counts: Arc<Counts>,
    closing: AtomicBool,
}

thread_local! {
    /// Which buffer is this thread's; more threads than buffers share them.
    static OWN: Cell<usize> = Cell::new(NEXT.fetch_add(1, Ordering::Relaxed));
}
static NEXT: AtomicUsize = AtomicUsize::new(0);

impl Log {
    /// Opens the file and begins to write to it.
    ///
    /// # Errors
    /// If the file can't be opened, or the directory it is to lie in is not there.
    pub fn open(settings: Settings) -> Result<Log, OpenError> {
        let Settings { path, text, key, rotation, state, writers } = settings;
        let counts = Arc::new(Counts { ok: true.into(), ..Counts::default() });
        let output = Output::open(path, rotation, Arc::clone(&counts))?;
        let buffer = |_| Mutex::new(Batch::with_capacity(USUAL));
        let shared = Arc::new(Shared {
            buffers: (0..writers.max(1)).map(buffer).collect(),
            counts,
            closing: AtomicBool::new(false),
        });
        let (ending, ended) = mpsc::channel();
        let writer = Writer {
            shared: Arc::clone(&shared),
            output,
            taken: Batch::with_capacity(USUAL),
            at: 0,
            losing: Losing::default(),
        };
        let thread = thread::Builder::new()
            .name("decision-log".into())
            .spawn(move || {
                writer.run();
                drop(ending);
            })
            .map_err(OpenError::Thread)?;
        let ended = Mutex::new(Some(ended));
        Ok(Log { shared, text, key, state, writer: thread.thread().clone(), ended })
    }

    /// Writes a decision down. The state's id is the log's own.
    pub fn write(&self, subject: &Subject<'_>) {
        let Shared { buffers, counts, .. } = &*self.shared;
        let mut buffer = lock(&buffers[OWN.get() % buffers.len()]);
        let before = buffer.len();
        if before >= FULL {
            counts.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let subject = Subject { state: &self.state, ..*subject };
        buffer.add(|out| Record::write(&subject, self.text, &self.key, out));
        let is_portion = before < PORTION && buffer.len() >= PORTION;
        drop(buffer);
        if is_portion {
            self.writer.unpark();
        }
    }

    /// What became of the records.
    #[must_use]
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.shared.counts)
    }

    /// Has everything written that was handed in so far, and no more. Waits for that, a few seconds at
    /// most: a disk that does not answer must not keep a server from stopping.
    pub fn close(&self) {
        self.shared.closing.store(true, Ordering::SeqCst);
        self.writer.unpark();
        let ended = lock(&self.ended).take();
        let Some(ended) = ended else { return };
        if ended.recv_timeout(LAST_WORDS + TICK) == Err(RecvTimeoutError::Timeout) {
            tracing::error!("the decision log does not take its last records: they are lost");
        }
    }
}

/// The thread that has the disk.
struct Writer {
    shared: Arc<Shared>,
    output: Output,
    /// What was taken from a buffer.
    taken: Batch,
    /// Bytes of it that are written.
    at: usize,
    losing: Losing,
}

/// Whether records are being turned away, so that it is told when it begins and when it is over.
#[derive(Default)]
struct Losing {
    /// Records turned away at the last look.
    seen: u64,
    /// Records turned away before it began, and when it last was so; none while all are taken.
    since: Option<(u64, Instant)>,
}

impl Writer {
    fn run(mut self) {
        loop {
            thread::park_timeout(TICK);
            let closing = self.shared.closing.load(Ordering::SeqCst);
            let until = closing.then(|| Instant::now() + LAST_WORDS);
            let mut done = self.empty_buffers();
            while until.is_some_and(|until| !done && Instant::now() < until) {
                thread::sleep(TICK);
                done = self.empty_buffers();
            }
            self.losing.tell(self.shared.counts.dropped.load(Ordering::Relaxed));
            if closing {
                return self.give_up();
            }
        }
    }

    /// Writes what is in the buffers; false where the disk does not take it all.
    fn empty_buffers(&mut self) -> bool {
        let shared = Arc::clone(&self.shared);
        for buffer in [None].into_iter().chain(shared.buffers.iter().map(Some)) {
            // what is left from last time goes first, and nothing is taken before it is gone
            if let Some(buffer) = buffer {
                std::mem::swap(&mut *lock(buffer), &mut self.taken);
                self.at = 0;
            }
            if let Err(error) = self.output.write(&self.taken, &mut self.at) {
                self.failed(&error);
                return false;
            }
            self.recovered();
            self.taken.clear();
            self.at = 0;
        }
        self.output.turn_over();
        true
    }

    fn failed(&self, error: &io::Error) {
        self.shared.counts.errors.fetch_add(1, Ordering::Relaxed);
        if self.shared.counts.ok.swap(false, Ordering::Relaxed) {
            tracing::error!(%error, path = %self.output.path().display(), "decisions can't be written down");
        }
    }

    fn recovered(&self) {
        if self.taken.len() > 0 && !self.shared.counts.ok.swap(true, Ordering::Relaxed) {
            tracing::info!(path = %self.output.path().display(), "decisions are written down again");
        }
    }

    /// Counts what will never be written.
    fn give_up(mut self) {
        let mut lost = self.taken.lines(self.at..self.taken.len());
        for buffer in &self.shared.buffers {
            let buffer = lock(buffer);
            lost += buffer.lines(0..buffer.len());
        }
        self.taken.clear();
        if lost > 0 {
            self.shared.counts.dropped.fetch_add(lost, Ordering::Relaxed);
            tracing::error!(records = lost, "the last decisions could not be written down");
        }
    }
}

impl Losing {
    /// How long nothing is lost until it is over.
    const CALM: Duration = Duration::from_secs(10);

    fn tell(&mut self, dropped: u64) {
        let is_losing = dropped > self.seen;
        match &mut self.since {
            None if is_losing => {
                tracing::warn!("decisions come faster than they can be written down: records are lost");
                self.since = Some((self.seen, Instant::now()));
            }
            Some((_, last)) if is_losing => *last = Instant::now(),
            Some((before, last)) if last.elapsed() >= Self::CALM => {
                tracing::warn!(
                    records = dropped - *before,
                    "decisions are written down again; some were lost"
                );
                self.since = None;
            }
            _ => {}
        }
        self.seen = dropped;
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if thread::panicking() {
            self.shared.counts.ok.store(false, Ordering::Relaxed);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Log {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Log").field("text", &self.text).finish_non_exhaustive()
    }
}
