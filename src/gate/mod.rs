//! The gate: what rules would do to texts of which the answer is known, before they go live.
//!
//! Two questions, one way of judging (the server's own): what do the rules hit that is honest
//! ([`benign`]), and what do they miss of what they are meant to find ([`evasion`])?

pub mod benign;
pub mod cost;
pub mod evasion;
