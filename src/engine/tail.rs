//! The tail of a sender's last short messages, so that a word does not pass in pieces.
//!
//! What a sender wrote within a minute in one conversation is read together with the new message; a
//! match counts where it crosses into the new one, which then is the message that completes it. A
//! message that was dropped reached nobody and is no part of the tail.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use moka::sync::Cache;

use crate::message::Message;

/// Messages older than this are another thought, in milliseconds.
const WINDOW: i64 = 60_000;

/// Longer messages are no pieces, and no tail is longer, in characters.
const LONGEST: usize = 200;

/// What is remembered of one message.
#[derive(Clone, Debug)]
struct Piece {
    moment: i64,
    muid: u64,
    text: String,
}

/// The tails of all senders.
#[derive(Debug)]
pub(super) struct Tails {
    by_sender: Cache<u64, Arc<Mutex<VecDeque<Piece>>>>,
}

impl Tails {
    /// Tails that take so many bytes together, roughly.
    pub(super) fn new(bytes: u64) -> Self {
        // A tail is at most its characters; few are.
        Tails { by_sender: Cache::builder().max_capacity(bytes / (2 * LONGEST as u64)).build() }
    }

    /// What the sender of a message wrote just before, oldest first.
    pub(super) fn before(&self, message: &Message<'_>) -> Vec<String> {
        let Some(tail) = key(message).and_then(|key| self.by_sender.get(&key)) else { return Vec::new() };
        let muid = hash(&message.muid);
        let tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = |piece: &&Piece| {
            (message.sent_at - WINDOW..=message.sent_at).contains(&piece.moment)
                && (message.muid.is_empty() || piece.muid != muid)
        };
        tail.iter().filter(recent).map(|piece| piece.text.clone()).collect()
    }

    /// Remembers a message that was delivered.
    pub(super) fn remember(&self, message: &Message<'_>) {
        let text = message.text();
        let Some(key) = key(message).filter(|_| !text.is_empty()) else { return };
        let tail = self.by_sender.get_with(key, Arc::default);
        let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
        let muid = hash(&message.muid);
        if !message.muid.is_empty() && tail.iter().any(|piece| piece.muid == muid) {
            return;
        }
        if text.chars().nth(LONGEST).is_some() {
            // It stands between what was before and what comes.
            tail.clear();
            return;
        }
        tail.push_back(Piece { moment: message.sent_at, muid, text: text.to_owned() });
        while tail.iter().map(|piece| piece.text.chars().count()).sum::<usize>() > LONGEST {
            tail.pop_front();
        }
    }
}

/// The conversation as its sender sees it; none where the platform does not say who speaks where.
fn key(message: &Message<'_>) -> Option<u64> {
    let known = !message.sender.uid.is_empty() && !message.conversation.is_empty();
    known.then(|| hash(&(&message.app, &message.conversation, &message.sender.uid)))
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
