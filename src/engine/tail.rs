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

type Tail = Arc<Mutex<Pieces>>;

/// One sender's tail in one conversation, oldest first.
#[derive(Debug)]
struct Pieces {
    /// Everything said after this time that belongs here is here.
    since: i64,
    said: VecDeque<Piece>,
}

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
                if cause.was_evicted() {
                    told.tell(lock(&tail).newest());
                }
            })
            .build();
        Tails { by_sender, lost: Arc::clone(lost) }
    }

    /// What the sender of a message wrote just before.
    pub(super) fn before(&self, key: u64, message: &Message<'_>) -> Recalled {
        let from = message.sent_at.saturating_sub(WINDOW);
        let Some(tail) = self.by_sender.get(&key) else {
            return Recalled { texts: Vec::new(), lossy: from <= self.lost.newest() };
        };
        let muid = hash(&message.muid);
        let recent = |piece: &&Piece| {
            (from..=message.sent_at).contains(&piece.moment)
                && (message.muid.is_empty() || piece.muid != muid)
        };
        let tail = lock(&tail);
        let texts = tail.said.iter().filter(recent).map(|piece| piece.text.clone()).collect();
        Recalled { texts, lossy: from <= tail.since }
    }

    /// Remembers a message that was delivered.
    pub(super) fn remember(&self, key: u64, message: &Message<'_>) {
        let text = message.text();
        if text.is_empty() {
            return;
        }
        let tail = self.tail(key);
        let said = &mut lock(&tail).said;
        let muid = hash(&message.muid);
        if !message.muid.is_empty() && said.iter().any(|piece| piece.muid == muid) {
            return;
        }
        if text.chars().nth(LONGEST).is_some() {
            // It stands between what was before and what comes.
            said.clear();
            return;
        }
        said.push_back(Piece { moment: message.sent_at, muid, text: text.to_owned() });
        while said.iter().map(|piece| piece.text.chars().count()).sum::<usize>() > LONGEST {
            said.pop_front();
        }
    }

    /// Takes what was said up to a moment for unknown.
    pub(super) fn doubt(&self, key: u64, moment: i64) {
        let tail = self.tail(key);
        let mut tail = lock(&tail);
        tail.since = tail.since.max(moment);
    }

    fn tail(&self, key: u64) -> Tail {
        let begin = || Arc::new(Mutex::new(Pieces { since: self.lost.newest(), said: VecDeque::new() }));
        self.by_sender.get_with(key, begin)
    }
}

impl Pieces {
    fn newest(&self) -> i64 {
        self.said.iter().map(|piece| piece.moment).fold(self.since, i64::max)
    }
}

/// The conversation as its sender sees it; none where the platform does not say who speaks where.
pub(super) fn key(message: &Message<'_>) -> Option<u64> {
    let known = !message.sender.uid.is_empty() && !message.conversation.is_empty();
    known.then(|| hash(&(&message.app, &message.conversation, &message.sender.uid)))
}

fn lock(tail: &Tail) -> std::sync::MutexGuard<'_, Pieces> {
    tail.lock().unwrap_or_else(PoisonError::into_inner)
}
