//! premod: pre-moderation for chat, in flight.

pub mod engine;
pub mod message;
pub mod platform;
pub mod server;
