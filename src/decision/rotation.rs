//! Old files of a decision log: put aside by renaming, compressed by a thread of their own, thrown
//! away when there are too many.
//!
//! Each step leaves a state from which the next start can go on: what was to be compressed is known
//! by its name, and a compressed file has its name only once it is whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::writer::Counts;

/// When a file is put aside, and what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// Bytes that a file may have.
    pub size: u64,
    /// How long after its first record a file is put aside.
    pub age: Option<Duration>,
    /// How many files are kept aside.
    pub keep: usize,
    /// Whether they are compressed.
    pub compress: bool,
}

/// Where files are put aside: beside the log, as `decisions.<time>-<n>.jsonl`.
#[derive(Debug)]
pub(super) struct Shelf {
    names: Names,
    tidy: Sender<()>,
    /// What the last file was called: it may be gone by now, and its name is not given twice.
    last: Mutex<Aside>,
}

impl Shelf {
    /// # Errors
    /// If there can be no thread that tidies.
    pub(super) fn new(path: &Path, rotation: Rotation, counts: Arc<Counts>) -> io::Result<Shelf> {
        let names = Names::of(path);
        let (tidy, told) = mpsc::channel();
        let shelf = Shelf { names: names.clone(), tidy, last: Mutex::default() };
        thread::Builder::new().name("decision-log-old".into()).spawn(move || {
            let mut ok = true;
            while told.recv().is_ok() {
                // asked twice before it began is asked once
                while told.try_recv().is_ok() {}
                let tidied = names.tidy(rotation);
                if let Err(error) = &tidied {
                    counts.errors.fetch_add(1, Ordering::Relaxed);
                    if ok {
                        tracing::error!(%error, "old decision logs can't be compressed or removed");
                    }
                }
                ok = tidied.is_ok();
            }
        })?;
        Ok(shelf)
    }

    /// Renames the log.
    pub(super) fn put_aside(&self) -> io::Result<()> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let aside = self.names.free(SystemTime::now().into(), &last);
        fs::rename(&self.names.log, self.names.path(&aside, Shape::Plain))?;
        *last = aside;
        drop(last);
        self.tidy();
        Ok(())
    }

    /// Has old files compressed and removed, soon.
    pub(super) fn tidy(&self) {
        // it only ends when this does
        let _ = self.tidy.send(());
    }
}

/// How the files of a log are called.
#[derive(Clone, Debug)]
struct Names {
    log: PathBuf,
    directory: PathBuf,
    /// `decisions.` of `decisions.jsonl`.
    before: String,
    /// `.jsonl`.
    after: String,
}

/// When a file was put aside, and its number in that second: newer ones are greater.
type Aside = (String, u64);

/// What a file that was put aside is by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shape {
    Plain,
    Compressed,
    /// Being compressed; left behind where the server ended meanwhile.
    Half,
}

impl Shape {
    /// All of them, the longest ending first.
    const ALL: [Shape; 3] = [Shape::Half, Shape::Compressed, Shape::Plain];

    fn ending(self) -> &'static str {
        match self {
            Shape::Plain => "",
            Shape::Compressed => ".gz",
            Shape::Half => ".gz.part",
        }
    }
}

impl Names {
    fn of(log: &Path) -> Names {
        let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
        let after =
            log.extension().map_or_else(String::new, |extension| format!(".{}", text(Some(extension))));
        Names {
            log: log.to_path_buf(),
            directory: log.parent().unwrap_or(Path::new("")).to_path_buf(),
            before: format!("{}.", text(log.file_stem())),
            after,
        }
    }

    fn path(&self, (time, number): &Aside, shape: Shape) -> PathBuf {
        self.directory.join(format!("{}{time}-{number}{}{}", self.before, self.after, shape.ending()))
    }

    /// A name that no file has, greater than the last one in the same second.
    fn free(&self, now: DateTime<Utc>, last: &Aside) -> Aside {
        let (date, time) = (now.date_naive(), now.time());
        let time = format!(
            "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
            date.year(),
            date.month(),
            date.day(),
            time.hour(),
            time.minute(),
            time.second()
        );
        let number = if last.0 == time { last.1 + 1 } else { 1 };
        let mut aside = (time, number);
        while Shape::ALL.iter().any(|shape| self.path(&aside, *shape).exists()) {
            aside.1 += 1;
        }
        aside
    }

    /// What a file's name says, if it was put aside from this log.
    fn read(&self, name: &str) -> Option<(Aside, Shape)> {
        let (name, shape) =
            Shape::ALL.into_iter().find_map(|shape| Some((name.strip_suffix(shape.ending())?, shape)))?;
        let (time, number) = name.strip_prefix(&self.before)?.strip_suffix(&self.after)?.split_once('-')?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let (date, clock) = time.strip_suffix('Z')?.split_once('T')?;
        let is_time = date.len() == 8 && clock.len() == 6 && digits(date) && digits(clock);
        let number = number.parse().ok().filter(|_| digits(number))?;
        is_time.then(|| ((time.to_owned(), number), shape))
    }

    /// Everything that was put aside, oldest first.
    fn aside(&self) -> io::Result<BTreeMap<Aside, BTreeSet<Shape>>> {
        let here = if self.directory.as_os_str().is_empty() { Path::new(".") } else { &self.directory };
        let mut all = BTreeMap::<Aside, BTreeSet<Shape>>::new();
        for entry in fs::read_dir(here)? {
            if let Some((aside, shape)) = self.read(&entry?.file_name().to_string_lossy()) {
                all.entry(aside).or_default().insert(shape);
            }
        }
        Ok(all)
    }

    /// Removes what is too much and compresses the rest; finishes what an earlier run began.
    fn tidy(&self, rotation: Rotation) -> io::Result<()> {
        let all = self.aside()?;
        let surplus = all.len().saturating_sub(rotation.keep);
        for (at, (aside, shapes)) in all.iter().enumerate() {
            let path = |shape| self.path(aside, shape);
            let is_compressed = shapes.contains(&Shape::Compressed);
            for shape in Shape::ALL.into_iter().filter(|shape| shapes.contains(shape)) {
                let is_needed = match shape {
                    Shape::Plain => !is_compressed,
                    Shape::Compressed => true,
                    Shape::Half => false,
                };
                if at < surplus || !is_needed {
                    fs::remove_file(path(shape))?;
                } else if shape == Shape::Plain && rotation.compress {
                    compress(&path(shape), &path(Shape::Half), &path(Shape::Compressed))?;
                }
            }
        }
        Ok(())
    }
}

/// Replaces a file by a compressed one, which has its name only once it is whole and on the disk.
fn compress(plain: &Path, half: &Path, compressed: &Path) -> io::Result<()> {
    let part = OpenOptions::new().write(true).create_new(true).mode(0o600).open(half)?;
    // fast: what is saved is nearly the same, and the cores are for judging
    let mut encoder = GzEncoder::new(part, Compression::fast());
    io::copy(&mut File::open(plain)?, &mut encoder)?;
    encoder.finish()?.sync_all()?;
    fs::rename(half, compressed)?;
    fs::remove_file(plain)
}
