//! premod from outside: a module a subject.

mod bench;
mod benign_prose;
mod cli;
mod client;
mod cometchat;
mod command;
mod contact;
mod corpus;
mod decision_log;
mod dependencies;
mod dictionaries;
mod engine;
mod evasion;
mod house;
mod measured;
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
