//! From false alarms to an edit of the rule that raised them, proven on all that the rule hit before.
//!
//! Proposals are tried from the narrowest to the widest, each by the engine itself: the false alarms
//! must no longer fire the rule, every other recorded hit still must. Where there is no such edit, the
//! reason is told instead.

mod case;
mod phrase;
mod proposal;
mod trial;

pub use case::{Case, CaseError, Cases, Hit};
pub use phrase::Commonness;
pub use proposal::{Change, Proposal, Refusal, propose};
