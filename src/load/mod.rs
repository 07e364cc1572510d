//! Load: plays a chat platform against a server and says how long its answers take.
//!
//! It knows HTTP and time and nothing of the engine, so that what it measures is what a platform
//! would see. At a fixed rate it is an open loop: a request has the moment at which it ought to be
//! sent, and its latency counts from there, whether or not the server was ready to take it.

mod client;
mod corpus;
mod plot;
mod report;
mod request;
mod run;
mod schedule;
mod tls;

pub use client::{Target, TargetError};
pub use corpus::{bodies, from_lines, texts};
pub use report::{Errors, Outcomes, Report};
pub use run::{Plan, ProbeError, Progress, probe, run, run_until};
pub use tls::{Tls, TrustError};
