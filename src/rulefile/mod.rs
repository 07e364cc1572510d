//! From files to documents: YAML with places, strict readers, and every mistake told at its place.

pub mod compile;
pub mod date;
pub mod diagnostic;
pub mod dissect;
pub mod document;
pub mod record;
pub mod selftest;
pub mod source;
pub mod yaml;

pub use compile::{Compiled, compile};
pub use diagnostic::{Diagnostic, Diagnostics, Report, Severity, SourceFile};
pub use document::{Documents, policy_schema, rules_schema as schema};
pub use source::Sources;

#[cfg(test)]
pub(crate) mod tests;
