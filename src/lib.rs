//! premod: pre-moderation for chat, in flight.

pub mod config;
pub mod decision;
pub mod engine;
pub mod load;
pub mod message;
pub mod platform;
pub mod rulefile;
pub mod server;
pub mod text;
