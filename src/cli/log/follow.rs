//! The end of a log that is still being written.
//!
//! A log that is rotated keeps its file under another name: that one is read to its end before the new
//! one begins. It is looked at again and again, since no way to be told works on every file system.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use same_file::Handle;

/// How long to wait before looking again.
pub(super) const PAUSE: Duration = Duration::from_millis(200);

/// A log and how far it has been read.
pub(super) struct Tail {
    path: PathBuf,
    /// The file that is being read; none until there is one.
    open: Option<(File, Handle)>,
    read: u64,
    /// The beginning of a line whose end has not come yet.
    rest: Vec<u8>,
}

impl Tail {
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let mut tail = Tail { path: path.to_owned(), open: None, read: 0, rest: Vec::new() };
        tail.reopen().with_context(|| path.display().to_string())?;
        Ok(tail)
    }

    /// Calls back with each line that has come to its end since the last call.
    pub(super) fn available(&mut self, line: &mut impl FnMut(Vec<u8>)) -> anyhow::Result<()> {
        let before = self.path.clone();
        let told = || before.display().to_string();
        self.drain(line).with_context(told)?;
        while self.was_replaced() {
            // what was written between the last look and the rotation
            self.drain(line).with_context(told)?;
            match self.reopen() {
                Ok(()) => self.drain(line).with_context(told)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => break,
                Err(error) => return Err(error).with_context(told),
            }
        }
        Ok(())
    }

    fn reopen(&mut self) -> io::Result<()> {
        let file = File::open(&self.path)?;
        let handle = Handle::from_file(file.try_clone()?)?;
        self.open = Some((file, handle));
        self.read = 0;
        self.rest.clear();
        Ok(())
    }

    /// Whether the path stands for another file by now.
    fn was_replaced(&self) -> bool {
        let now = Handle::from_path(&self.path).ok();
        match (&self.open, now) {
            (Some((_, open)), Some(now)) => *open != now,
            (None, Some(_)) => true,
            (_, None) => false,
        }
    }

    fn drain(&mut self, line: &mut impl FnMut(Vec<u8>)) -> io::Result<()> {
        let Some((file, _)) = &mut self.open else { return Ok(()) };
        if file.metadata()?.len() < self.read {
            // it was emptied in place
            file.seek(SeekFrom::Start(0))?;
            self.read = 0;
            self.rest.clear();
        }
        let mut piece = vec![0; 64 << 10];
        loop {
            let got = file.read(&mut piece)?;
            if got == 0 {
                return Ok(());
            }
            self.read += got as u64;
            for part in piece[..got].split_inclusive(|byte| *byte == b'\n') {
                self.rest.extend_from_slice(part);
                if self.rest.ends_with(b"\n") {
                    self.rest.truncate(self.rest.trim_ascii_end().len());
                    let whole = std::mem::take(&mut self.rest);
                    if !whole.is_empty() {
                        line(whole);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use super::*;

    fn lines(tail: &mut Tail) -> String {
        let mut out = Vec::new();
        tail.available(&mut |line| out.push(String::from_utf8(line).expect("UTF-8"))).expect("a log");
        out.join(" ")
    }

    #[test]
    fn a_log_is_followed_over_rotation_and_truncation() {
        let directory = tempfile::TempDir::new().expect("a directory");
        let path = directory.path().join("log");
        let append = |text: &str| {
            let mut file = File::options().create(true).append(true).open(&path).expect("a file");
            file.write_all(text.as_bytes()).expect("written");
        };
        append("a\nb\n");
        let mut tail = Tail::open(&path).expect("a log");
        assert_eq!(lines(&mut tail), "a b");
        append("c");
        assert_eq!(lines(&mut tail), "");
        append("d\n\ne\n");
        assert_eq!(lines(&mut tail), "cd e");
        // what came just before the rotation is not lost
        append("f\n");
        fs::rename(&path, directory.path().join("log.1")).expect("renamed");
        assert_eq!(lines(&mut tail), "f");
        assert_eq!(lines(&mut tail), "");
        append("g\n");
        assert_eq!(lines(&mut tail), "g");
        // rotated twice between two looks: what is in between can't be found again, the rest can
        fs::rename(&path, directory.path().join("log.2")).expect("renamed");
        append("h\n");
        assert_eq!(lines(&mut tail), "h");
        fs::write(&path, "i\n").expect("written in place");
        fs::write(&path, "").expect("emptied");
        assert_eq!(lines(&mut tail), "");
        append("j\n");
        assert_eq!(lines(&mut tail), "j");
    }

    #[test]
    fn what_is_not_there_is_told() {
        let directory = tempfile::TempDir::new().expect("a directory");
        assert!(Tail::open(&directory.path().join("none")).is_err());
    }
}
