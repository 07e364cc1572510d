//! The decision log's settings. How texts are kept has no default: whoever logs decisions chooses
//! between what can be told from the log and what it costs the people in it.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value as Schema, json};

use super::{ConfigError, defaults};
use crate::decision::TextKept;
use crate::rulefile::diagnostic::Report;
use crate::rulefile::record::{Bytes, Definitions, Read, choose, record};
use crate::rulefile::yaml::Node;

/// The longest key file, in bytes.
const KEY_LIMIT: u64 = 4096;
/// The fewest bytes of a key that hashes texts.
const KEY_MIN: usize = 16;

/// What each way to keep texts costs, for whoever has not chosen.
pub(super) const ADVICE: &str = "choose what is kept of texts: `full` (all that replay, tune and stats need), \
    `masked` (matches starred out; no replay), `hash` (equal texts can be told; no replay) or `none`";

const WAYS: [(&str, TextKept); 4] = [
    ("full", TextKept::Full),
    ("masked", TextKept::Masked),
    ("hash", TextKept::Hash),
    ("none", TextKept::None),
];

record! {
    /// Where decisions are written down, one JSON object a line. Off unless given.
    pub struct DecisionLog, law = key_law {
        /// The file; its directory must be there.
        pub path: PathBuf,
        /// What is kept of texts: `full`, `masked`, `hash` or `none`.
        pub text: TextKept,
        /// When a file is put aside, and what becomes of it.
        pub rotate: Rotate = defaults(),
        /// A file whose content texts are hashed with; a random key at each start unless given.
        pub key_file: Option<PathBuf>,
    }
}

record! {
    /// When a file is put aside, and what becomes of it.
    pub struct Rotate {
        /// Bytes that a file may have.
        pub size: Bytes = Bytes(256 << 20),
        /// How long after its first record a file is put aside; never for its age unless given.
        pub age: Option<Duration>,
        /// How many files are kept aside.
        pub keep: usize = 7,
        /// Whether they are compressed.
        pub compress: bool = true,
    }
}

impl DecisionLog {
    /// A log of this file with defaults for the rest.
    #[must_use]
    pub fn new(path: PathBuf, text: TextKept) -> DecisionLog {
        DecisionLog { path, text, rotate: defaults(), key_file: None }
    }

    /// The key of the key file, without white space around it; none where there is no such file named.
    ///
    /// # Errors
    /// Where the file can't be read, or holds too little.
    pub fn key(&self) -> Result<Option<Vec<u8>>, ConfigError> {
        let Some(path) = &self.key_file else { return Ok(None) };
        let mut key = Vec::new();
        let wrong = |cause: String| ConfigError::Key { path: path.display().to_string(), cause };
        File::open(path)
            .and_then(|file| file.take(KEY_LIMIT).read_to_end(&mut key))
            .map_err(|error| wrong(error.to_string()))?;
        let key = key.trim_ascii();
        if key.len() < KEY_MIN {
            return Err(wrong(format!("it holds fewer than {KEY_MIN} bytes")));
        }
        Ok(Some(key.to_vec()))
    }
}

fn key_law(node: &Node, report: &mut Report<'_>) {
    let is_hash = node.get("text").and_then(Node::scalar).is_some_and(|text| text.text == "hash");
    if let (Some(key), false) = (node.get("key_file"), is_hash) {
        report.error(key.span.clone(), "a key is of use only with `text: hash`");
    }
    let size = node.get("rotate").and_then(|rotate| rotate.get("size"));
    if let Some(size) = size.filter(|size| size.scalar().is_some_and(|scalar| is_nothing(&scalar.text))) {
        report.error(size.span.clone(), "a file of no bytes holds no decision");
    }
}

fn is_nothing(size: &str) -> bool {
    let digits = size.trim_end_matches(|c: char| !c.is_ascii_digit());
    !digits.is_empty() && digits.bytes().all(|digit| digit == b'0')
}

impl Read for TextKept {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        choose(node, &WAYS, report)
    }

    fn advice() -> Option<&'static str> {
        Some(ADVICE)
    }

    fn schema(_: &mut Definitions) -> Schema {
        json!({ "oneOf": [
            { "const": "full", "description": "As sent: decisions can be judged again." },
            { "const": "masked", "description": "What rules matched is starred out; nothing is kept without a verdict." },
            { "const": "hash", "description": "A keyed hash of each text: equal texts can be told." },
            { "const": "none", "description": "Nothing." },
        ] })
    }
}
