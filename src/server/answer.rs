//! Answers and their headers.
//!
//! Where a body is left unread, the answer holds on to it: actix-web then closes the connection after
//! the answer and discards what is still coming for a bounded time, where it would otherwise go on
//! reading a chunked body for as long as the client likes.

use std::borrow::Cow;
use std::cell::RefCell;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::http::header::{
    ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, InvalidHeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::web::Bytes;

use super::body::Stream;
use super::id::Id;
use super::policy::Failure;

const DECISION: HeaderName = HeaderName::from_static("x-premod-decision");
const RULESET: HeaderName = HeaderName::from_static("x-premod-ruleset");
const OUTCOME: HeaderName = HeaderName::from_static("x-premod-outcome");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The answer to a message: always 200, with what only operators read in its headers.
pub(super) struct Decided<'a> {
    pub(super) body: Cow<'static, [u8]>,
    /// The decision's id.
    pub(super) id: &'a Id,
    /// The revision of the rules.
    pub(super) revision: &'a str,
    pub(super) outcome: Outcome,
    /// The request's body, if it was not read to its end.
    pub(super) unread: Option<Stream>,
}

/// How a message came to its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// By a verdict.
    Judged,
    /// By policy.
    Undecided(Failure),
}

impl Decided<'_> {
    pub(super) fn respond(self) -> HttpResponse {
        let id = HeaderValue::from_str(self.id.as_str());
        let outcome = match self.outcome {
            Outcome::Judged => Ok(HeaderValue::from_static("judged")),
            Outcome::Undecided(failure) => HeaderValue::from_str(&failure.to_string()),
        };
        let mut response = HttpResponse::new(StatusCode::OK);
        if self.unread.is_some() {
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        let headers = response.headers_mut();
        headers.append(CONTENT_TYPE, JSON);
        for (name, value) in [(DECISION, id), (RULESET, revision(self.revision)), (OUTCOME, outcome)] {
            if let Ok(value) = value {
                headers.append(name, value);
            }
        }
        let body = match self.body {
            Cow::Borrowed(body) => Bytes::from_static(body),
            Cow::Owned(body) => body.into(),
        };
        let body = match self.unread {
            None => BoxBody::new(body),
            Some(unread) => BoxBody::new(Unread { body: Some(body), _unread: unread }),
        };
        response.set_body(body)
    }
}

thread_local! {
    /// The header of the revision answered with last: it changes with the rules, not with messages.
    static REVISION: RefCell<HeaderValue> = const { RefCell::new(HeaderValue::from_static("")) };
}

fn revision(revision: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    REVISION.with_borrow_mut(|last| {
        if last.as_bytes() != revision.as_bytes() {
            *last = HeaderValue::from_str(revision)?;
        }
        Ok(last.clone())
    })
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
pub(super) fn only_post(payload: Payload) -> HttpResponse {
    let why = r#"{"error":"only POST here"}"#;
    refuse(StatusCode::METHOD_NOT_ALLOWED, why, Stream::new(payload))
}

/// Answers a path that there is not.
pub(super) fn no_such_route(payload: Payload) -> HttpResponse {
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
