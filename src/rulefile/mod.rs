//! From files to documents: YAML with places, strict readers, and every mistake told at its place.

pub mod diagnostic;
pub mod record;
pub mod yaml;
