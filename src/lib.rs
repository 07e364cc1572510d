//! premod: pre-moderation for chat, in flight.

pub mod config;
pub mod engine;
pub mod message;
pub mod rulefile;
pub mod text;
