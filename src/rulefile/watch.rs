//! When to read a rules directory again, and reading it once it has come to rest.
//!
//! Rules change in many ways: an editor writes in place or renames over, `git pull` touches files one
//! after the other, Kubernetes swaps a link, a deployment replaces the directory whole. So the system's
//! notices are a hint that something happened, nothing more; and because they are not given everywhere,
//! nor of what a directory was replaced by, a slow look at names, sizes and times stands behind them.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode};
use notify::{Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::diagnostic::Diagnostics;
use super::source::Sources;

/// Nothing may have happened for so long before the directory is read…
const QUIET: Duration = Duration::from_millis(200);
/// …but one that never comes to rest is read after this time all the same.
const RESTLESS: Duration = Duration::from_secs(5);
/// How often names, sizes and times are looked at.
const LOOK: Duration = Duration::from_secs(2);
/// Between two readings that have to agree.
const PAUSE: Duration = Duration::from_millis(50);
/// How often it is read again at most until two readings agree.
const READINGS: usize = 40;

/// Watches a directory until it is dropped.
#[derive(Debug)]
pub struct Watch(Sender<Hint>);

/// What wakes the watching thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hint {
    Touched,
    Stop,
}

impl Watch {
    /// Calls back from a thread of its own each time that something in the directory, or the directory
    /// itself, has changed and come to rest. It may call without need.
    ///
    /// # Errors
    /// If the system has no thread for it.
    pub fn start(directory: &Path, changed: impl Fn() + Send + 'static) -> io::Result<Watch> {
        Watch::with(Eyes::open, LOOK, directory, changed)
    }

    fn with(
        open: fn(&Path, &Sender<Hint>) -> Eyes,
        look: Duration,
        directory: &Path,
        changed: impl Fn() + Send + 'static,
    ) -> io::Result<Watch> {
        let directory = std::path::absolute(directory)?;
        let (hint, hints) = mpsc::channel();
        let mut eyes = open(&directory, &hint);
        let mut seen = fingerprint(&directory);
        let own = hint.clone();
        let work = move || {
            while let Some(touched) = wait(&hints, look) {
                let now = fingerprint(&directory);
                if touched || now != seen {
                    // What was watched may be gone, and another thing have its name. What happens from
                    // here on is noticed again; what happened before is read by whoever is called.
                    eyes = open(&directory, &own);
                    seen = fingerprint(&directory);
                    changed();
                }
            }
            drop(eyes);
        };
        thread::Builder::new().name("premod-watch".into()).spawn(work)?;
        Ok(Watch(hint))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // the thread may have ended by itself
        let _ = self.0.send(Hint::Stop);
    }
}

/// Waits until something was touched and has come to rest (true), or it is time to look (false); none
/// when it is over.
fn wait(hints: &Receiver<Hint>, look: Duration) -> Option<bool> {
    match hints.recv_timeout(look) {
        Ok(Hint::Touched) => {}
        Err(RecvTimeoutError::Timeout) => return Some(false),
        Ok(Hint::Stop) | Err(RecvTimeoutError::Disconnected) => return None,
    }
    let begun = Instant::now();
    while begun.elapsed() < RESTLESS {
        match hints.recv_timeout(QUIET) {
            Ok(Hint::Touched) => {}
            Err(RecvTimeoutError::Timeout) => break,
            Ok(Hint::Stop) | Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
    Some(true)
}

/// What the system tells of a directory; nothing where it can't.
struct Eyes {
    _watcher: Option<RecommendedWatcher>,
}

impl Eyes {
    fn open(directory: &Path, hint: &Sender<Hint>) -> Self {
        // where the directory is a link, what happens behind it is told of its real place
        let real = fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
        let (hint, places) = (hint.clone(), [directory.to_owned(), real.clone()]);
        let notice = move |event: notify::Result<Event>| {
            // what the system lost count of may have been anything
            if event.as_ref().map_or(true, |event| matters(event, &places)) {
                // nobody may be listening any more
                let _ = hint.send(Hint::Touched);
            }
        };
        // A link may lead anywhere; what it leads to inside the directory is watched where it lies.
        let config = Config::default().with_follow_symlinks(false);
        let mut watcher = RecommendedWatcher::new(notice, config).ok();
        if let Some(watcher) = &mut watcher {
            // Where one of them can't be watched, the slow look is left.
            let _ = watcher.watch(&real, RecursiveMode::Recursive);
            if let Some(parent) = directory.parent() {
                let _ = watcher.watch(parent, RecursiveMode::NonRecursive);
            }
        }
        Eyes { _watcher: watcher }
    }
}

/// Whether an event may have changed the rules: reading them is none, and neither is what happens
/// beside the directory, by whichever of its names.
fn matters(event: &Event, names: &[PathBuf]) -> bool {
    if matches!(event.kind, EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write)) {
        return false;
    }
    let inside = |path: &PathBuf| {
        let mut below = names.iter().filter_map(|name| path.strip_prefix(name).ok());
        below.any(|path| path.components().all(|part| part != git()))
    };
    event.paths.is_empty() || event.paths.iter().any(inside)
}

/// Git's own folder: much goes on there that is no rule.
fn git() -> Component<'static> {
    Component::Normal(".git".as_ref())
}

/// A hash of all names, sizes and times below a path, and of what links lead to.
fn fingerprint(directory: &Path) -> u64 {
    let mut hash = DefaultHasher::new();
    let mut todo = vec![directory.to_owned()];
    while let Some(path) = todo.pop() {
        path.hash(&mut hash);
        let Ok(metadata) = fs::metadata(&path) else { continue };
        (metadata.dev(), metadata.ino(), metadata.size()).hash(&mut hash);
        (metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()).hash(&mut hash);
        // a link below may lead out, or round in a circle
        if metadata.is_dir() && (path == directory || !path.is_symlink()) {
            let entries = fs::read_dir(&path).into_iter().flatten().flatten();
            let visible = entries.filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
            let mut inside: Vec<PathBuf> = visible.map(|entry| entry.path()).collect();
            inside.sort();
            todo.extend(inside);
        }
    }
    hash.finish()
}

/// Reads a directory until two readings, one a moment after the other, agree: what is being written
/// is not read half.
#[must_use]
pub fn settled(directory: &Path) -> (Sources, Diagnostics) {
    let read = || {
        let mut out = Diagnostics::default();
        let sources = Sources::read(directory, &mut out);
        (sources, out)
    };
    let alike = |(one, said): &Reading, (other, says): &Reading| {
        one.revision() == other.revision() && said.to_string() == says.to_string()
    };
    until_two_agree(read, alike, || thread::sleep(PAUSE))
}

/// What was read, and what is wrong with it.
type Reading = (Sources, Diagnostics);

/// Reads until two readings in a row agree, or patience ends; the last one.
fn until_two_agree<T>(mut read: impl FnMut() -> T, alike: impl Fn(&T, &T) -> bool, pause: impl Fn()) -> T {
    let mut last = read();
    for _ in 1..READINGS {
        pause();
        let next = read();
        let agree = alike(&last, &next);
        last = next;
        if agree {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests;
