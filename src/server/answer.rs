//! Answers and their headers.
//!
//! Where a body is left unread, the answer holds on to it: actix-web then closes the connection after
//! the answer and discards what is still coming for a bounded time, where it would otherwise go on
//! reading a chunked body for as long as the client likes.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::web::{Bytes, Payload};

use super::body::Stream;

const DECISION: HeaderName = HeaderName::from_static("x-premod-decision");
const RULESET: HeaderName = HeaderName::from_static("x-premod-ruleset");
const OUTCOME: HeaderName = HeaderName::from_static("x-premod-outcome");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A decision's id, written out once for all who name it.
pub(super) struct Id {
    uuid: uuid::Uuid,
    text: [u8; uuid::fmt::Hyphenated::LENGTH],
}

impl Id {
    pub(super) fn new() -> Id {
        let uuid = uuid::Uuid::now_v7();
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        uuid.hyphenated().encode_lower(&mut text);
        Id { uuid, text }
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    /// When it was made, in milliseconds since 1970-01-01T00:00Z.
    pub(super) fn time(&self) -> i64 {
        i64::try_from(self.uuid.as_u128() >> 80).unwrap_or(i64::MAX)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// The answer to a message: always 200, with what only operators read in its headers.
pub(super) struct Decided<'a> {
    pub(super) body: Cow<'static, [u8]>,
    /// The decision's id.
    pub(super) id: &'a Id,
    /// The revision of the rules.
    pub(super) revision: &'a str,
    /// `judged`, or why not.
    pub(super) outcome: &'a str,
    /// The request's body, if it was not read to its end.
    pub(super) unread: Option<Stream>,
}

impl Decided<'_> {
    pub(super) fn respond(self) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header((CONTENT_TYPE, JSON));
        for (name, value) in [
            (DECISION, HeaderValue::from_str(self.id.as_str())),
            (RULESET, HeaderValue::from_str(self.revision)),
            (OUTCOME, HeaderValue::from_str(self.outcome)),
        ] {
            if let Ok(value) = value {
                response.insert_header((name, value));
            }
        }
        let body = match self.body {
            Cow::Borrowed(body) => Bytes::from_static(body),
            Cow::Owned(body) => body.into(),
        };
        match self.unread {
            None => response.body(body),
            Some(unread) => response.force_close().body(Unread { body: Some(body), _unread: unread }),
        }
    }
}

/// Acknowledges an event.
pub(super) fn acknowledge(body: &'static [u8]) -> HttpResponse {
    HttpResponse::Ok().insert_header((CONTENT_TYPE, JSON)).body(Bytes::from_static(body))
}

/// Refuses a request whose body was not read to its end, with a body that says why.
pub(super) fn refuse(status: StatusCode, why: &'static str, unread: Stream) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response.insert_header((CONTENT_TYPE, JSON));
    match status {
        StatusCode::UNAUTHORIZED => {
            response.insert_header((WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"premod\"")));
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            response.insert_header((ALLOW, HeaderValue::from_static("POST")));
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            response.insert_header((RETRY_AFTER, HeaderValue::from_static("10")));
        }
        _ => {}
    }
    response.force_close().body(Unread { body: Some(Bytes::from_static(why.as_bytes())), _unread: unread })
}

/// Answers a method that a route does not take.
pub(super) async fn only_post(payload: Payload) -> HttpResponse {
    let why = r#"{"error":"only POST here"}"#;
    refuse(StatusCode::METHOD_NOT_ALLOWED, why, Stream::new(payload))
}

/// Answers a path that there is not.
pub(super) async fn no_such_route(payload: Payload) -> HttpResponse {
    let why = r#"{"error":"no such route","routes":["POST /cometchat","POST /cometchat/moderation","GET /healthz","GET /readyz"]}"#;
    refuse(StatusCode::NOT_FOUND, why, Stream::new(payload))
}

/// A body to send that keeps the one received alive until it is sent.
struct Unread {
    body: Option<Bytes>,
    _unread: Stream,
}

impl MessageBody for Unread {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.body.as_ref().map_or(0, Bytes::len) as u64)
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(self.get_mut().body.take().map(Ok))
    }
}
