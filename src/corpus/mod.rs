//! Corpora: texts of which it is known what to make of them, such as honest chat that no rule may hit.
//!
//! A file is either plain, one text a line, or a log, one JSON object a line; which of them its first
//! line tells. A sample of benign chat is part of the program, so that there is always something to
//! hold new rules against.

mod log;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::decision::{self, Record};
use crate::message::Message;
use log::Line;

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
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Text(String),
    Record(Box<Record<'static>>),
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

impl Sample {
    /// A text.
    #[must_use]
    pub fn text(source: &Arc<str>, line: usize, text: impl Into<String>) -> Self {
        Sample { source: Arc::clone(source), line, content: Content::Text(text.into()) }
    }

    /// What is to be judged: a one-to-one text message, or the one that was recorded.
    #[must_use]
    pub fn message(&self) -> Message<'_> {
        match &self.content {
            Content::Text(text) => Message::from_text(text.as_str()),
            Content::Record(record) => {
                record.message.as_ref().map_or_else(Message::default, decision::record::Message::to_message)
            }
        }
    }
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
            self.samples.extend(lines().map(|(line, text)| Sample::text(&source, line, text)));
            return Ok(());
        }
        for (line, record) in lines() {
            let content = match log::read(record) {
                Ok(Line::Text(text)) => Content::Text(text),
                Ok(Line::Record(record)) => Content::Record(record),
                Ok(Line::WithoutText) => {
                    self.without_text += 1;
                    continue;
                }
                Err(reason) => return Err(CorpusError::Record { path: name.to_owned(), line, reason }),
            };
            self.samples.push(Sample { source: Arc::clone(&source), line, content });
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
        let texts: Vec<(usize, String)> =
            corpus.samples.iter().map(|sample| (sample.line, sample.message().text().to_owned())).collect();
        assert_eq!(
            texts,
            [(1, "# one"), (3, "{two}"), (5, "three")].map(|(line, text)| (line, text.to_owned()))
        );
    }

    #[test]
    fn the_embedded_sample_is_large_and_holds_each_text_once() {
        let mut corpus = Corpus::default();
        corpus.add(BUILTIN).expect("it is part of the program");
        let texts: std::collections::HashSet<String> =
            corpus.samples.iter().map(|sample| sample.message().text().to_owned()).collect();
        assert_eq!(texts.len(), corpus.samples.len());
        assert!(texts.len() >= 2_000, "{}", texts.len());
    }

    #[test]
    fn a_log_is_told_by_its_first_line() {
        let record = |text: &str, message: &str| {
            format!(
                r#"{{"v":1,"id":"x","time":1,"route":"cometchat","outcome":"judged","action":"none","ruleset":"r","engine_us":1,"text":"{text}","message":{message}}}"#
            )
        };
        let full = r#"{"sent_at":9,"sender":{"role":"agent"},"receiver":{},"parts":[{"name":"text","text":"b"},{"name":"customData.title","text":"c"}]}"#;
        let none = r#"{"sent_at":9,"sender":{},"receiver":{},"parts":[{"name":"text"}]}"#;
        let corpus = read(&[record("full", full), record("none", none)].join("\n")).expect("a log");
        let message = corpus.samples[0].message();
        assert_eq!((message.parts.len(), &*message.sender.role, message.sent_at), (2, "agent", 9));
        assert_eq!((corpus.samples.len(), corpus.without_text), (1, 1));
        let corpus = read("{\"text\": \"a\"}\n{\"text\": \"b\", \"label\": 1}\n").expect("texts in JSON");
        assert_eq!((corpus.samples.len(), corpus.samples[1].message().text()), (2, "b"));
        for bad in ["{\"text\": \"a\"}\nhello\n", "{\"text\": \"a\"}\n{\"v\": 1}\n"] {
            let error = read(bad).expect_err("the second line is no record");
            assert!(error.to_string().starts_with("c:2: "), "{error}");
        }
    }
}
