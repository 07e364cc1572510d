//! JSON Schema of a record, for whoever reads the log with other tools: written by hand beside the
//! declarations, and held to them by tests over real logs.

use serde_json::Value;

/// JSON Schema (draft 2020-12) of a line of the log.
///
/// # Panics
/// Never: a test has read it.
#[must_use]
pub fn schema() -> Value {
    serde_json::from_str(include_str!("../../schema/decision.json")).expect("it is part of the program")
}
