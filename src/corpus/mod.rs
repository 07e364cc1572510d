//! Corpora: texts of which it is known what to make of them, such as honest chat that no rule may hit.
//!
//! A file is either plain, one text a line, or a log, one JSON object a line; which of them its first
//! line tells. A sample of benign chat is part of the program, so that there is always something to
//! hold new rules against.

mod log;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::message::Message;

/// The name by which the embedded sample is asked for.
pub const BUILTIN: &str = "builtin";

/// `README.md` beside it tells where it comes from and under which licences it may be used.
const SAMPLE: &str = include_str!("builtin.txt");

/// A message of a corpus and where it stands.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The file's path, or `builtin`.
    pub source: Arc<str>,
    /// The line, from 1.
    pub line: usize,
    /// What is to be judged.
    pub message: Message<'static>,
}

/// The messages of some files.
#[derive(Clone, Debug, Default)]
pub struct Corpus {
    /// In the order of files and lines.
    pub samples: Vec<Sample>,
    /// Records of logs that keep no text, and so can't be judged.
    pub without_text: usize,
}

/// Why a corpus can't be read.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// The file can't be read.
    #[error("{path}: {error}")]
    Read {
        /// The file.
        path: String,
        /// What the system says.
        #[source]
        error: std::io::Error,
    },
    /// A line of a log is no record.
    #[error("{path}:{line}: {reason}")]
    Record {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

impl Corpus {
    /// Adds the messages of a file, or of the embedded sample where the name is [`BUILTIN`].
    ///
    /// # Errors
    /// Where the file can't be read as UTF-8, or is a log with a line that is no record.
    pub fn add(&mut self, name: &str) -> Result<(), CorpusError> {
        if name == BUILTIN {
            return self.add_text(name, SAMPLE);
        }
        let text = fs::read_to_string(Path::new(name))
            .map_err(|error| CorpusError::Read { path: name.to_owned(), error })?;
        self.add_text(name, &text)
    }

    fn add_text(&mut self, name: &str, text: &str) -> Result<(), CorpusError> {
        let source: Arc<str> = name.into();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = || (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        if !lines().next().is_some_and(|(_, first)| log::is_record(first)) {
            self.samples.extend(lines().map(|(line, text)| Sample {
                source: Arc::clone(&source),
                line,
                message: Message::from_text(text.to_owned()),
            }));
            return Ok(());
        }
        for (line, record) in lines() {
            match log::message(record) {
                Ok(Some(message)) => {
                    self.samples.push(Sample { source: Arc::clone(&source), line, message });
                }
                Ok(None) => self.without_text += 1,
                Err(reason) => return Err(CorpusError::Record { path: name.to_owned(), line, reason }),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Corpus, CorpusError> {
        let mut corpus = Corpus::default();
        corpus.add_text("c", text).map(|()| corpus)
    }

    #[test]
    fn a_line_is_a_text_whatever_it_begins_with() {
        let corpus = read("\u{feff}# one\n\n{two}\n  \r\nthree\r\n").expect("texts");
        let texts: Vec<(usize, &str)> =
            corpus.samples.iter().map(|sample| (sample.line, sample.message.text())).collect();
        assert_eq!(texts, [(1, "# one"), (3, "{two}"), (5, "three")]);
    }

    #[test]
    fn the_embedded_sample_is_large_and_holds_each_text_once() {
        let mut corpus = Corpus::default();
        corpus.add(BUILTIN).expect("it is part of the program");
        let texts: std::collections::HashSet<&str> =
            corpus.samples.iter().map(|sample| sample.message.text()).collect();
        assert_eq!(texts.len(), corpus.samples.len());
        assert!(texts.len() >= 2_000, "{}", texts.len());
    }

    #[test]
    fn a_log_is_told_by_its_first_line() {
        let log = r#"{"text": "a"}
{"message": {"parts": [{"name": "text", "text": "b"}, {"name": "customData.title", "text": "c"}]}}
{"message": {"parts": []}}
"#;
        let corpus = read(log).expect("a log");
        let parts: Vec<usize> = corpus.samples.iter().map(|sample| sample.message.parts.len()).collect();
        assert_eq!((parts, corpus.without_text), (vec![1, 2], 1));
        let error = read("{\"text\": \"a\"}\nhello\n").expect_err("the second line is no record");
        assert!(error.to_string().starts_with("c:2: "), "{error}");
    }
}
