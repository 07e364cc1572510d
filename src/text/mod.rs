//! Texts: what can be measured of them and found in them, in the coordinates of the text as sent.

#[cfg(test)]
pub(crate) mod cases;
pub(crate) mod host;
pub mod language;
pub mod link;
pub mod measure;
pub(crate) mod refang;
pub(crate) mod spelled;
