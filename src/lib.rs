//! premod: pre-moderation for chat, in flight.

pub mod config;
pub mod corpus;
pub mod decision;
pub mod disguise;
pub mod engine;
pub mod gate;
pub mod load;
pub mod message;
pub mod platform;
pub mod rulefile;
pub mod server;
pub mod text;
pub mod tune;
