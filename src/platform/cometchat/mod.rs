//! CometChat's contracts: the `before_message` webhook, the moderation "Custom API", and the events.
//!
//! All of them come as JSON that CometChat documents in part: reading is strict about the few keys
//! that decide what is judged and lenient about everything else.

pub mod before_message;
mod envelope;
pub mod event;
mod human_text;
mod lenient;
mod message;
pub mod moderation;
mod repair;
mod skim;

pub use envelope::{Body, Envelope, Unreadable, sniff_trigger};

/// The name under which messages of this platform are judged and logged.
pub const PLATFORM: &str = "cometchat";
