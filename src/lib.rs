//! premod: pre-moderation for chat, in flight.

pub mod cli;
pub mod engine;
pub mod load;
pub mod message;
