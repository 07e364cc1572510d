//! Decision logs in memory, as lines: a line takes less room than the record in it, and is read again
//! where it is wanted.

use crate::decision::reader::{Lines, Place, ReadError, parse};
use crate::decision::record::Record;

/// Decision logs, each line where it stood.
#[derive(Debug, Default)]
pub struct Log {
    lines: Vec<(Place, Box<[u8]>)>,
}

impl Log {
    /// Reads all lines. `watch` is told the bytes read so far, line by line.
    ///
    /// # Errors
    /// If a file can't be read to its end.
    pub fn read(mut lines: Lines, mut watch: impl FnMut(u64)) -> Result<Log, ReadError> {
        let mut log = Log::default();
        while let Some(line) = lines.next() {
            let (place, line) = line?;
            log.lines.push((place, line.into()));
            watch(lines.bytes_read());
        }
        Ok(log)
    }

    /// How many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// A line as it was written.
    #[must_use]
    pub fn line(&self, index: usize) -> &[u8] {
        &self.lines[index].1
    }

    /// The record in a line.
    ///
    /// # Errors
    /// Where it stands and what is wrong, if it is none.
    pub fn record(&self, index: usize) -> Result<Record<'static>, String> {
        let (place, line) = &self.lines[index];
        match parse(place, line) {
            Ok(Some(record)) => Ok(record),
            Ok(None) => Err(format!("{place}: the line breaks off")),
            Err(error) => Err(error.to_string()),
        }
    }
}
