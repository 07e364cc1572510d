//! The tail of a sender's last short messages, so that a word does not pass in pieces.
//!
//! What a sender wrote within a minute in one conversation is read together with the new message; a
//! match counts where it crosses into the new one, which then is the message that completes it. A
//! message that was dropped reached nobody and is no part of the tail.

use std::cell::LazyCell;
use std::collections::VecDeque;
use std::hash::{BuildHasherDefault, Hasher};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use super::order::LOCKS;
use super::said::Said;
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
    length: usize,
    said: Said,
}

/// The tails of all senders; those that were not used for longest are forgotten first, roughly. Every message
/// looks here twice, so each share lies behind a lock that whoever steps the state on a key of it holds
/// anyway: nobody waits.
#[derive(Debug)]
pub(super) struct Tails {
    shares: Box<[Mutex<Share>]>,
    lost: Arc<Lost>,
}

type Share = LruCache<u64, Pieces, BuildHasherDefault<Same>>;

/// One sender's tail in one conversation, oldest first.
#[derive(Debug)]
struct Pieces {
    /// Everything said after this time that belongs here is here.
    since: i64,
    /// The newest moment of all that was said: where that is long ago, none of it need be fetched.
    newest: i64,
    said: VecDeque<Piece>,
}

/// What a sender wrote just before a message, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recalled {
    /// The key of the tail it comes from, to which the message will belong.
    pub(crate) tail: Option<u64>,
    pub(crate) texts: Vec<Said>,
    /// Whether a memory bound may have pushed out some that belong here.
    pub(crate) lossy: bool,
}

impl Tails {
    /// Tails that take so many bytes together, roughly; what they push out is told to `lost`.
    pub(super) fn new(bytes: u64, lost: &Arc<Lost>) -> Self {
        // A tail is at most its characters; few are.
        let tails = usize::try_from(bytes).unwrap_or(usize::MAX) / (2 * LONGEST);
        let each = NonZeroUsize::new(tails / LOCKS).unwrap_or(NonZeroUsize::MIN);
        let share = |_| {
            // one with a bound from the start would take all its memory then
            let mut share = Share::unbounded_with_hasher(BuildHasherDefault::default());
            share.resize(each);
            Mutex::new(share)
        };
        Tails { shares: (0..LOCKS).map(share).collect(), lost: Arc::clone(lost) }
    }

    /// What the sender of a message wrote just before.
    pub(super) fn before(&self, key: u64, message: &Message<'_>) -> (Vec<Said>, bool) {
        let from = message.sent_at.saturating_sub(WINDOW);
        let share = self.share(key);
        // it becomes the latest used when the message is remembered
        let Some(tail) = share.peek(&key) else { return (Vec::new(), from <= self.lost.newest()) };
        if tail.newest < from {
            return (Vec::new(), from <= tail.since);
        }
        let muid = LazyCell::new(|| hash(&message.muid));
        let recent = |piece: &&Piece| {
            (from..=message.sent_at).contains(&piece.moment)
                && (message.muid.is_empty() || piece.muid != *muid)
        };
        let texts = tail.said.iter().filter(recent).map(|piece| piece.said.clone()).collect();
        (texts, from <= tail.since)
    }

    /// Remembers a message that was delivered, whose text holds no literal of some expressions.
    pub(super) fn remember(&self, key: u64, message: &Message<'_>, bare_of: u64) {
        let text = message.text();
        if text.is_empty() {
            return;
        }
        let muid = hash(&message.muid);
        let length = text.chars().count();
        self.change(key, |tail| {
            // the memory of one that leaves is used again
            let mut memory = String::new();
            // a message may come late; whoever comes a window late finds what was before it gone
            if tail.newest < message.sent_at.saturating_sub(2 * WINDOW) {
                memory = tail.said.pop_back().map_or(memory, |piece| piece.said.text);
                tail.forget();
            }
            let said = &mut tail.said;
            if !message.muid.is_empty() && said.iter().any(|piece| piece.muid == muid) {
                return;
            }
            if length > LONGEST {
                // It stands between what was before and what comes.
                said.clear();
                return;
            }
            let mut room = LONGEST - length;
            let fits = |piece: &&Piece| {
                room.checked_sub(piece.length).is_some_and(|left| {
                    room = left;
                    true
                })
            };
            let kept = said.iter().rev().take_while(fits).count();
            while said.len() > kept {
                memory = said.pop_front().map_or(memory, |piece| piece.said.text);
            }
            text.clone_into(&mut memory);
            tail.newest = tail.newest.max(message.sent_at);
            let latest = Said { text: memory, bare_of };
            said.push_back(Piece { moment: message.sent_at, muid, length, said: latest });
        });
    }

    /// Takes what was said up to a moment for unknown.
    pub(super) fn doubt(&self, key: u64, moment: i64) {
        self.change(key, |tail| tail.since = tail.since.max(moment));
    }

    /// Changes a tail, which begins if there is none.
    fn change(&self, key: u64, change: impl FnOnce(&mut Pieces)) {
        let mut share = self.share(key);
        // As long as there is room for twice as many, nobody asks who was used last, and to note it would
        // be to fetch the neighbours of a tail in that order from memory that is far.
        let crowded = share.len() > share.cap().get() / 2;
        if let Some(tail) = if crowded { share.get_mut(&key) } else { share.peek_mut(&key) } {
            return change(tail);
        }
        let mut tail = Pieces { since: self.lost.newest(), newest: i64::MIN, said: VecDeque::new() };
        change(&mut tail);
        if let Some((_, forgotten)) = share.push(key, tail) {
            self.lost.tell(forgotten.newest.max(forgotten.since));
        }
    }

    fn share(&self, key: u64) -> MutexGuard<'_, Share> {
        // the keys of a lock share a tail's share, so this lock is free for whoever holds that one
        let share = usize::try_from(key % LOCKS as u64).unwrap_or(0);
        self.shares[share].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hashes a key, which is a hash, to itself. Its lowest bits, which a share has in common, go where a map
/// looks at neither: its lowest bits tell the place, its seven highest what is there.
#[derive(Default)]
struct Same(u64);

impl Hasher for Same {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash(&(self.0, bytes));
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key.rotate_right(2 * LOCKS.trailing_zeros() + 1);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Pieces {
    /// Forgets what was said: for whoever comes now it is another thought.
    fn forget(&mut self) {
        self.since = self.since.max(self.newest);
        self.newest = i64::MIN;
        self.said.clear();
    }
}

/// The conversation as its sender sees it; none where the platform does not say who speaks where.
pub(super) fn key(message: &Message<'_>) -> Option<u64> {
    let known = !message.sender.uid.is_empty() && !message.conversation.is_empty();
    known.then(|| hash(&(&message.app, &message.conversation, &message.sender.uid)))
}
