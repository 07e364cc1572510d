//! The tail of a sender's last short messages, so that a word does not pass in pieces.
//!
//! What a sender wrote within a minute in one conversation is read together with the new message; a
//! match counts where it crosses into the new one, which then is the message that completes it. A
//! message that was dropped reached nobody and is no part of the tail.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use super::state::{Lost, hash};
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
    by_sender: Cache<u64, Tail>,
    lost: Arc<Lost>,
}

type Tail = Arc<Mutex<VecDeque<Piece>>>;

/// What a sender wrote just before a message, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recalled {
    pub(crate) texts: Vec<String>,
    /// Whether a memory bound may have pushed out some that belong here.
    pub(crate) lossy: bool,
}

impl Tails {
    /// Tails that take so many bytes together, roughly; what they push out is told to `lost`.
    pub(super) fn new(bytes: u64, lost: &Arc<Lost>) -> Self {
        let told = Arc::clone(lost);
        let by_sender = Cache::builder()
            // A tail is at most its characters; few are.
            .max_capacity(bytes / (2 * LONGEST as u64))
            // the default policy refuses new senders for the sake of old ones
            .eviction_policy(EvictionPolicy::lru())
            .eviction_listener(move |_, tail: Tail, cause| {
                let newest = lock(&tail).back().map(|piece| piece.moment);
                if let Some(newest) = newest.filter(|_| cause.was_evicted()) {
                    told.tell(newest);
                }
            })
            .build();
        Tails { by_sender, lost: Arc::clone(lost) }
    }

    /// What the sender of a message wrote just before.
    pub(super) fn before(&self, key: u64, message: &Message<'_>) -> Recalled {
        let Some(tail) = self.by_sender.get(&key) else {
            let lossy = message.sent_at.saturating_sub(WINDOW) <= self.lost.newest();
            return Recalled { texts: Vec::new(), lossy };
        };
        let muid = hash(&message.muid);
        let recent = |piece: &&Piece| {
            (message.sent_at.saturating_sub(WINDOW)..=message.sent_at).contains(&piece.moment)
                && (message.muid.is_empty() || piece.muid != muid)
        };
        let texts = lock(&tail).iter().filter(recent).map(|piece| piece.text.clone()).collect();
        Recalled { texts, lossy: false }
    }

    /// Remembers a message that was delivered.
    pub(super) fn remember(&self, key: u64, message: &Message<'_>) {
        let text = message.text();
        if text.is_empty() {
            return;
        }
        let tail = self.by_sender.get_with(key, Arc::default);
        let mut tail = lock(&tail);
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
pub(super) fn key(message: &Message<'_>) -> Option<u64> {
    let known = !message.sender.uid.is_empty() && !message.conversation.is_empty();
    known.then(|| hash(&(&message.app, &message.conversation, &message.sender.uid)))
}

fn lock(tail: &Tail) -> std::sync::MutexGuard<'_, VecDeque<Piece>> {
    tail.lock().unwrap_or_else(PoisonError::into_inner)
}
