//! premod from outside: a module a subject.

mod cli;
mod client;
mod cometchat;
mod command;
mod house;
mod engine;
mod moderation;
mod readme;
mod serve;
mod server;
mod shipped_rules;
mod signals;
mod stand_in;
