//! premod from outside: a module a subject.

mod cli;
mod client;
mod cometchat;
mod command;
mod contact;
mod corpus;
mod dependencies;
mod engine;
mod evasion;
mod house;
mod moderation;
mod pieces;
mod readme;
mod serve;
mod server;
mod shipped_rules;
mod signals;
mod stand_in;
mod verdict;
mod views;
