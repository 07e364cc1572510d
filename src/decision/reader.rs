//! Reads decision logs back: several files, compressed ones too, line by line.
//!
//! A log is evidence, so nothing is passed over in silence: a line that can't be read is an error with
//! its place, and reading goes on behind it. Only a line that breaks off is none: there the server was
//! killed or the disk full, and all that is lost is that line; it is told apart and counted.

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;
use serde::Deserialize;

use super::record::{Record, VERSION};

/// The name that stands for standard input.
const STDIN: &str = "-";
/// What a gzip file begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// No record is as long: a file with such a line is something else.
const LONGEST: u64 = 64 << 20;

/// Where a record stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The file; `-` for standard input.
    pub file: Arc<Path>,
    /// The line in it, from 1.
    pub line: u64,
}

/// Why a record, or a whole file, could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A file can't be opened, or can't be read any further.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: Arc<Path>,
        /// What the system said.
        source: io::Error,
    },
    /// A line is no record.
    #[error("{place}: not a decision: {source}")]
    Line {
        /// Where it stands.
        place: Place,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A line is far too long for a record; the rest of the file is left alone.
    #[error("{place}: not a decision log: a line of more than {} MiB", LONGEST >> 20)]
    TooLong {
        /// Where it stands.
        place: Place,
    },
    /// A record in a version of the format that this premod does not know.
    #[error("{place}: a decision of version {found}; this premod reads version {VERSION}")]
    Version {
        /// Where it stands.
        place: Place,
        /// Its version.
        found: u64,
    },
}

/// The lines of decision logs, not yet understood: for who shares that work among threads.
pub struct Lines {
    files: VecDeque<Arc<Path>>,
    open: Option<Open>,
    read: Arc<AtomicU64>,
    size: Option<u64>,
}

/// A file that is being read.
struct Open {
    place: Place,
    input: Box<dyn BufRead + Send>,
}

/// The records of decision logs, in the order in which they were written, file by file.
#[derive(Debug)]
pub struct Reader {
    lines: Lines,
    torn: Vec<Place>,
}

impl Reader {
    /// Begins to read files, plain or gzip, `-` for standard input. Files may come in any order: the
    /// one that begins first is read first; standard input comes last.
    ///
    /// # Errors
    /// If a file can't be opened.
    pub fn open<P: AsRef<Path>>(files: impl IntoIterator<Item = P>) -> Result<Reader, ReadError> {
        Ok(Reader { lines: Lines::open(files)?, torn: Vec::new() })
    }

    /// Bytes of the files that have been read so far, as they lie on the disk.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.lines.bytes_read()
    }

    /// Bytes of all the files as they lie on the disk; none where one of them has no size.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        self.lines.bytes()
    }

    /// The lines that broke off, so far.
    #[must_use]
    pub fn torn(&self) -> &[Place] {
        &self.torn
    }
}

impl Iterator for Reader {
    type Item = Result<(Place, Record<'static>), ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (place, line) = match self.lines.next()? {
                Ok(line) => line,
                Err(error) => return Some(Err(error)),
            };
            match parse(&place, &line) {
                Ok(Some(record)) => return Some(Ok((place, record))),
                Ok(None) => self.torn.push(place),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// Reads one line as a record; none where it breaks off.
///
/// # Errors
/// If it is no record, or one of another version.
pub fn parse(place: &Place, line: &[u8]) -> Result<Option<Record<'static>>, ReadError> {
    /// What every version has.
    #[derive(Deserialize)]
    struct Versioned {
        v: u64,
    }
    let record = serde_json::from_slice::<Record<'static>>(line);
    match record {
        Ok(record) if record.v == VERSION => return Ok(Some(record)),
        Err(error) if error.is_eof() => return Ok(None),
        _ => {}
    }
    let versioned = serde_json::from_slice::<Versioned>(line).map(|versioned| versioned.v);
    match (versioned, record) {
        (Ok(found), _) if found != u64::from(VERSION) => {
            Err(ReadError::Version { place: place.clone(), found })
        }
        (_, Err(source)) | (Err(source), Ok(_)) => Err(ReadError::Line { place: place.clone(), source }),
        (Ok(_), Ok(record)) => Ok(Some(record)),
    }
}

impl Lines {
    /// Begins to read files, as [`Reader::open`] does.
    ///
    /// # Errors
    /// If a file can't be opened.
    pub fn open<P: AsRef<Path>>(files: impl IntoIterator<Item = P>) -> Result<Lines, ReadError> {
        let mut begun = Vec::new();
        let mut size = Some(0);
        for file in files {
            let file: Arc<Path> = file.as_ref().into();
            let bytes = if &*file == Path::new(STDIN) {
                None
            } else {
                let metadata = file.metadata().map_err(failed(&file))?;
                metadata.is_file().then_some(metadata.len())
            };
            size = size.zip(bytes).map(|(sum, bytes)| sum + bytes);
            begun.push((begins(&file, bytes.is_some())?, file));
        }
        begun.sort_by_key(|(time, _)| *time);
        let files = begun.into_iter().map(|(_, file)| file).collect();
        Ok(Lines { files, open: None, read: Arc::default(), size })
    }

    /// Bytes of the files that have been read so far, as they lie on the disk.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Bytes of all the files as they lie on the disk; none where one of them has no size.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        self.size
    }
}

impl Iterator for Lines {
    type Item = Result<(Place, Vec<u8>), ReadError>;

    /// The next line that is not blank, without its end.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.open.is_none() {
                let file = self.files.pop_front()?;
                match Open::new(file, &self.read) {
                    Ok(open) => self.open = Some(open),
                    Err(error) => return Some(Err(error)),
                }
            }
            match self.open.as_mut().and_then(|open| open.line().transpose()) {
                None => self.open = None,
                Some(Ok(line)) => return Some(Ok(line)),
                Some(Err(error)) => {
                    self.open = None;
                    return Some(Err(error));
                }
            }
        }
    }
}

impl Open {
    fn new(file: Arc<Path>, read: &Arc<AtomicU64>) -> Result<Open, ReadError> {
        let input: Box<dyn Read + Send> = if &*file == Path::new(STDIN) {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(&file).map_err(failed(&file))?)
        };
        let mut input = BufReader::new(Counted { input, read: Arc::clone(read) });
        let mut head = Vec::new();
        input.by_ref().take(GZIP.len() as u64).read_to_end(&mut head).map_err(failed(&file))?;
        let is_gzip = head == GZIP;
        let whole = BufReader::new(io::Cursor::new(head).chain(input));
        let input: Box<dyn BufRead + Send> =
            if is_gzip { Box::new(BufReader::new(MultiGzDecoder::new(whole))) } else { Box::new(whole) };
        Ok(Open { place: Place { file, line: 0 }, input })
    }

    /// The next line that is not blank, without its end; none at the end of the file.
    fn line(&mut self) -> Result<Option<(Place, Vec<u8>)>, ReadError> {
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = self.input.by_ref().take(LONGEST).read_until(b'\n', &mut line);
            if read.map_err(failed(&self.place.file))? == 0 {
                return Ok(None);
            }
            self.place.line += 1;
            if line.len() as u64 == LONGEST && !line.ends_with(b"\n") {
                return Err(ReadError::TooLong { place: self.place.clone() });
            }
            line.truncate(line.trim_ascii_end().len());
            if !line.is_empty() {
                return Ok(Some((self.place.clone(), line)));
            }
        }
    }
}

/// When a file begins, as far as that is told by its first line. Files of one log sort by it; what
/// can't be read twice comes last.
fn begins(file: &Arc<Path>, is_file: bool) -> Result<i64, ReadError> {
    #[derive(Deserialize)]
    struct Timed {
        time: i64,
    }
    if !is_file {
        return Ok(i64::MAX);
    }
    let first = Open::new(Arc::clone(file), &Arc::default())?.line();
    let time = |(_, line): (Place, Vec<u8>)| serde_json::from_slice::<Timed>(&line).ok();
    // what is wrong with it is told when it is read
    Ok(first.ok().flatten().and_then(time).map_or(i64::MIN, |timed| timed.time))
}

fn failed(file: &Arc<Path>) -> impl Fn(io::Error) -> ReadError {
    let file = Arc::clone(file);
    move |source| ReadError::Io { file: Arc::clone(&file), source }
}

/// An input that tells how much has been read of it.
struct Counted<R> {
    input: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(into)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.file.display(), self.line)
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = self.open.as_ref().map(|open| open.place.to_string());
        out.debug_struct("Lines").field("files", &self.files).field("open", &open).finish_non_exhaustive()
    }
}
