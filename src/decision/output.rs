//! The file that decisions go to: appended to, put aside when it is large or old, opened anew when
//! somebody else has put it aside.
//!
//! A write that fails half-way goes on where it stopped, in the same file; in another one it begins
//! with the whole line again. So of all that can happen only a kill tears a line.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use serde::Deserialize;

use super::batch::Batch;
use super::rotation::{Rotation, Shelf};
use super::writer::Counts;

/// Read and written by who runs the server, and nobody else.
const MODE: u32 = 0o600;

/// Why decisions can't be logged.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no such directory.
    #[error("the decision log can't be begun: the directory {} is not there", directory.display())]
    Directory {
        /// The directory.
        directory: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system refused.
    #[error("the decision log can't be opened: {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There can be no thread that writes.
    #[error("the decision log has no thread")]
    Thread(#[source] io::Error),
}

/// The file, whichever it is at the moment.
pub(super) struct Output {
    path: PathBuf,
    rotation: Rotation,
    counts: Arc<Counts>,
    shelf: Shelf,
    open: Option<Open>,
    /// Whether the last attempt to put the file aside failed.
    stuck: bool,
}

/// A file that is being written.
struct Open {
    file: File,
    /// Device and inode; none for what is no regular file, which is neither looked for nor put aside.
    id: Option<(u64, u64)>,
    size: u64,
    /// The time of its first record.
    since: SystemTime,
    /// Whether its last line breaks off, because its last writer was killed: that line is lost, and the
    /// next begins on a line of its own.
    torn: bool,
}

impl Output {
    pub(super) fn open(path: PathBuf, rotation: Rotation, counts: Arc<Counts>) -> Result<Self, OpenError> {
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        if let Err(source) = fs::read_dir(&directory) {
            return Err(OpenError::Directory { directory, source });
        }
        let open = Open::new(&path).map_err(|source| OpenError::File { path: path.clone(), source })?;
        open.warn_of_readers(&path);
        let shelf = Shelf::new(&path, rotation, Arc::clone(&counts)).map_err(OpenError::Thread)?;
        if open.id.is_some() {
            shelf.tidy();
        }
        Ok(Output { path, rotation, counts, shelf, open: Some(open), stuck: false })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes what stands after `at`, which moves along. Where that fails it can be tried again with
    /// the same batch.
    pub(super) fn write(&mut self, batch: &Batch, at: &mut usize) -> io::Result<()> {
        let bytes = batch.bytes();
        if *at == bytes.len() {
            return Ok(());
        }
        if self.open.as_mut().is_some_and(|open| !open.is_at(&self.path)) {
            self.open = None;
        }
        while *at < bytes.len() {
            let begins_line = batch.line_start(*at) == *at;
            if begins_line && self.open.as_ref().is_some_and(|open| open.is_due(&self.rotation)) {
                self.put_aside();
            }
            let open = match &mut self.open {
                Some(open) => open,
                none => {
                    *at = batch.line_start(*at);
                    none.insert(Open::new(&self.path)?)
                }
            };
            open.begin()?;
            let end = open.fitting(batch, *at, self.rotation.size);
            while *at < end {
                let written = match open.file.write(&bytes[*at..end]) {
                    Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                    Ok(written) => written,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => return Err(error),
                };
                self.counts.bytes.fetch_add(written as u64, Ordering::Relaxed);
                self.counts.written.fetch_add(batch.lines(*at..*at + written), Ordering::Relaxed);
                open.size += written as u64;
                *at += written;
            }
        }
        Ok(())
    }

    /// Puts the file aside if it is old. To be called where the last line is whole.
    pub(super) fn turn_over(&mut self) {
        if self.open.as_ref().is_some_and(|open| open.is_old(&self.rotation)) {
            self.put_aside();
        }
    }

    /// Puts the file aside; where that fails it is written on.
    fn put_aside(&mut self) {
        match self.shelf.put_aside() {
            Ok(()) => {
                self.open = None;
                self.stuck = false;
            }
            Err(error) => {
                self.counts.errors.fetch_add(1, Ordering::Relaxed);
                if !self.stuck {
                    tracing::error!(%error, path = %self.path.display(), "the decision log can't be put aside: it grows");
                }
                self.stuck = true;
            }
        }
    }
}

impl Open {
    fn new(path: &Path) -> io::Result<Open> {
        let file = OpenOptions::new().append(true).create(true).mode(MODE).open(path)?;
        let metadata = file.metadata()?;
        let mut open = Open {
            id: metadata.is_file().then(|| (metadata.dev(), metadata.ino())),
            size: metadata.len(),
            since: SystemTime::now(),
            torn: false,
            file,
        };
        if open.id.is_some() && open.size > 0 {
            open.since = begun(path).unwrap_or(open.since);
            open.torn = !ends_line(path);
        }
        Ok(open)
    }

    /// To be called before records are written.
    fn begin(&mut self) -> io::Result<()> {
        if self.torn {
            self.file.write_all(b"\n")?;
            self.size += 1;
            self.torn = false;
        }
        if self.size == 0 {
            self.since = SystemTime::now();
        }
        Ok(())
    }

    /// Whether it is still the file of that name.
    fn is_at(&mut self, path: &Path) -> bool {
        let Some(id) = self.id else { return true };
        match fs::metadata(path) {
            Ok(metadata) if (metadata.dev(), metadata.ino()) == id => {
                // somebody may have emptied it
                self.size = metadata.len();
                true
            }
            _ => false,
        }
    }

    fn is_due(&self, rotation: &Rotation) -> bool {
        self.id.is_some() && self.size >= rotation.size || self.is_old(rotation)
    }

    fn is_old(&self, rotation: &Rotation) -> bool {
        let age = || self.since.elapsed().unwrap_or_default();
        self.id.is_some() && self.size > 0 && rotation.age.is_some_and(|most| age() >= most)
    }

    /// Up to where the bytes after `at` may be written until the file is large enough: whole lines, and
    /// at least one.
    fn fitting(&self, batch: &Batch, at: usize, size: u64) -> usize {
        let room = usize::try_from(size.saturating_sub(self.size)).unwrap_or(usize::MAX);
        if self.id.is_none() || room >= batch.len() - at {
            return batch.len();
        }
        let whole = batch.line_start(at + room);
        if whole > at { whole } else { batch.line_end(at) }
    }

    fn warn_of_readers(&self, path: &Path) {
        let mode = self.file.metadata().map_or(0, |metadata| metadata.mode() & 0o777);
        if self.id.is_some() && mode & !MODE != 0 {
            let mode = format!("{mode:o}");
            tracing::warn!(path = %path.display(), mode, "others than its owner may read the decision log");
        }
    }
}

/// Whether a file's last line is whole; not, where that can't be told.
fn ends_line(path: &Path) -> bool {
    let mut last = [0];
    let read = File::open(path)
        .and_then(|mut file| file.seek(SeekFrom::End(-1)).and_then(|_| file.read_exact(&mut last)));
    read.is_ok() && last == *b"\n"
}

/// The time of a file's first record.
fn begun(path: &Path) -> Option<SystemTime> {
    #[derive(Deserialize)]
    struct Timed {
        time: u64,
    }
    let mut first = Vec::new();
    BufReader::new(File::open(path).ok()?).take(4 << 20).read_until(b'\n', &mut first).ok()?;
    let Timed { time } = serde_json::from_slice(&first).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(time))
}
