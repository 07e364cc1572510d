//! The decision log: what was decided, why, and all that is needed to decide it again.
//!
//! A decision leaves the server as one line of JSON, in a format of its own that no platform's wire
//! format shows through. What was judged can be judged again from it, under other rules.

mod batch;
mod output;
pub mod reader;
pub mod record;
pub mod replay;
mod rotation;
mod schema;
pub mod stats;
mod writer;

pub use output::OpenError;
pub use reader::{Lines, Place, ReadError, Reader};
pub use record::{Record, Subject, TextKept};
pub use rotation::Rotation;
pub use schema::schema;
pub use stats::Stats;
pub use writer::{Counts, Log, Settings};
