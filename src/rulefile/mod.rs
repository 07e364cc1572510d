//! From files to documents: YAML with places, strict readers, and every mistake told at its place.

pub mod compile;
pub mod date;
pub mod diagnostic;
pub mod dissect;
pub mod document;
pub mod edit;
pub mod expiry;
pub mod record;
pub mod selftest;
pub mod source;
pub mod watch;
pub mod yaml;

pub use compile::{Compiled, Kept, compile, compile_again};
pub use diagnostic::{Diagnostic, Diagnostics, Report, Severity, SourceFile};
pub use document::{Documents, policy_schema, rules_schema as schema};
pub use expiry::warn_of_expiry;
pub use source::Sources;

#[cfg(test)]
pub(crate) mod tests;
