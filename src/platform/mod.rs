//! The chat platforms: one folder a contract. Each reads request bytes as a message and writes a
//! decision as its answer; its wire types are its own affair.

pub mod cometchat;
