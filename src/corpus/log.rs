//! One line of a log: a decision's record, or any object with a `text`, as data sets of texts have it.

use serde::Deserialize;

use crate::decision::{Record, TextKept};

/// What a line of a log holds.
#[derive(Debug)]
pub(super) enum Line {
    Text(String),
    Record(Box<Record<'static>>),
    /// A record that keeps no text.
    WithoutText,
}

#[derive(Deserialize)]
struct WithText {
    text: String,
}

#[derive(Deserialize)]
struct Versioned {
    #[expect(dead_code, reason = "only whether it is there")]
    v: u32,
}

/// Whether a line looks like a record rather than like a text that somebody wrote.
pub(super) fn is_record(line: &str) -> bool {
    line.starts_with('{')
        && (serde_json::from_str::<Versioned>(line).is_ok() || serde_json::from_str::<WithText>(line).is_ok())
}

pub(super) fn read(line: &str) -> Result<Line, String> {
    if serde_json::from_str::<Versioned>(line).is_err() {
        let own = serde_json::from_str::<WithText>(line);
        return own.map(|own| Line::Text(own.text)).map_err(|error| format!("no record: {error}"));
    }
    let record: Record<'static> =
        serde_json::from_str(line).map_err(|error| format!("no record of a decision: {error}"))?;
    let kept = record.text == TextKept::Full && record.message.is_some();
    Ok(if kept { Line::Record(Box::new(record)) } else { Line::WithoutText })
}
