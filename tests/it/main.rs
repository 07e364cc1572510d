//! premod from outside: a module a subject.

mod client;
mod cometchat;
mod corpus;
mod engine;
mod moderation;
mod server;
mod signals;
mod stand_in;
