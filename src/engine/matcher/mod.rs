//! What a rule looks for in the text.

pub mod domain;
pub mod find;
