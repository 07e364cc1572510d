//! Reads a request's body under a limit and a deadline, and keeps what came if either is passed.
//!
//! actix-web's own extractors wait for ever for a stalled body and forget what they read of one that
//! is too long; both are needed here to answer in time and to tell an event from a message.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use actix_web::body::{BodyStream, MessageBody};
use actix_web::dev::Payload;
use actix_web::web::Bytes;
use tokio::time::timeout;

/// A body that did not come whole, with what came of it.
#[derive(Debug)]
pub(super) struct Partial {
    pub(super) why: Why,
    pub(super) prefix: Vec<u8>,
}

/// Why a body did not come whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// It is longer than the limit.
    TooLong,
    /// It did not end before the deadline.
    Stalled,
    /// The connection ended before it did, or its framing is broken.
    Broken,
}

/// The body of a request, as a stream of chunks.
pub(super) type Stream = BodyStream<Payload>;

/// Reads the whole body: `limit` bytes at most, within `deadline`. Where it has to wait for some of
/// it, `now` is told anew.
pub(super) async fn read(
    stream: &mut Stream,
    limit: usize,
    deadline: Duration,
    now: &mut Instant,
) -> Result<Bytes, Partial> {
    let mut body = Collected::Nothing;
    let why = match poll_fn(|cx| Poll::Ready(body.collect(stream, limit, cx))).await {
        Poll::Ready(end) => end,
        // only now is there something to wait for, and a timer needed
        Poll::Pending => {
            let rest = poll_fn(|cx| body.collect(stream, limit, cx));
            let end = timeout(deadline, rest).await.unwrap_or(Err(Why::Stalled));
            *now = Instant::now();
            end
        }
    };
    match why {
        Ok(()) => Ok(body.into_bytes()),
        Err(why) => Err(Partial { why, prefix: body.into_bytes().into() }),
    }
}

/// Chunks put together; most bodies are one chunk and are never copied.
enum Collected {
    Nothing,
    One(Bytes),
    Many(Vec<u8>),
}

impl Collected {
    /// Takes all that there is, until the body ends or is longer than `limit`.
    fn collect(&mut self, stream: &mut Stream, limit: usize, cx: &mut Context<'_>) -> Poll<Result<(), Why>> {
        while let Some(chunk) = ready!(Pin::new(&mut *stream).poll_next(cx)) {
            let Ok(chunk) = chunk else { return Poll::Ready(Err(Why::Broken)) };
            self.push(chunk);
            if self.len() > limit {
                return Poll::Ready(Err(Why::TooLong));
            }
        }
        Poll::Ready(Ok(()))
    }

    fn push(&mut self, chunk: Bytes) {
        match self {
            Collected::Nothing => *self = Collected::One(chunk),
            Collected::One(first) => *self = Collected::Many([&first[..], &chunk[..]].concat()),
            Collected::Many(all) => all.extend_from_slice(&chunk),
        }
    }

    fn len(&self) -> usize {
        match self {
            Collected::Nothing => 0,
            Collected::One(chunk) => chunk.len(),
            Collected::Many(all) => all.len(),
        }
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Collected::Nothing => Bytes::new(),
            Collected::One(chunk) => chunk,
            Collected::Many(all) => all.into(),
        }
    }
}
