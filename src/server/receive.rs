//! How a route of the platform's takes a request: who asks is settled before the body is read, the
//! body comes whole and in time or not at all, and a worker that lags behind judges nothing.
//!
//! What is done with a body is the route's own: see `webhook` and `moderation`.

use std::borrow::Cow;
use std::time::Instant;

use actix_http::{HttpMessage as _, Request};
use actix_web::HttpResponse;
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_ENCODING;
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::web::Bytes;

use super::answer::refuse;
use super::body::{Partial, Stream, Why, read};
use super::connection::Watch;
use super::metrics::Route;
use super::policy::{Failure, Subject};
use super::round::{lag, step_back};
use super::serve::Shared;
use crate::config::{Config, Fallback};

/// What a route does with what it receives.
pub(super) trait Receiver {
    /// The route's name.
    const ROUTE: Route;

    /// Bytes of the longest body that is read.
    fn limit(config: &Config) -> usize;

    /// Answers a request whose body is whole.
    fn answer(shared: &Shared, request: &Request, body: &Bytes) -> HttpResponse;

    /// Whether a body, or what came of it, wants no verdict, so that the platform may be told to try again.
    fn is_event(_body: &[u8]) -> bool {
        false
    }

    /// The answer where there is no verdict.
    fn fallback(fallback: Fallback) -> Cow<'static, [u8]>;

    /// Answers a message by policy.
    fn undecided(
        shared: &Shared,
        failure: Failure,
        subject: Subject<'_>,
        unread: Option<Stream>,
    ) -> HttpResponse {
        let body = Self::fallback(failure.fallback(&shared.config));
        shared.undecided(Self::ROUTE, failure, subject, body, unread)
    }
}

/// Receives one request.
pub(super) async fn receive<R: Receiver>(
    request: &Request,
    payload: Payload,
    shared: &Shared,
) -> HttpResponse {
    let started = Instant::now();
    let stream = Stream::new(payload);
    if let Some((status, why)) = refusal(request, shared) {
        shared.metrics.request(R::ROUTE, why);
        return refuse(status, body_of(status), stream);
    }
    let watch = Watch::of(request).inspect(|watch| watch.begin());
    let mut response = read_and_answer::<R>(request, stream, shared, started).await;
    let ended = Instant::now();
    shared.metrics.answer(ended - started);
    match watch {
        Some(watch) => watch.end(ended),
        None => response.head_mut().set_connection_type(ConnectionType::Close),
    }
    response
}

async fn read_and_answer<R: Receiver>(
    request: &Request,
    mut stream: Stream,
    shared: &Shared,
    started: Instant,
) -> HttpResponse {
    step_back(started).await;
    let (limit, deadline) = (R::limit(&shared.config), shared.config.timeouts.body);
    let mut now = started;
    match read(&mut stream, limit, deadline, &mut now).await {
        Ok(body) if lag(now) >= shared.config.timeouts.queue => overloaded::<R>(shared, &body, stream),
        Ok(body) => {
            shared.metrics.body(body.len());
            R::answer(shared, request, &body)
        }
        Err(partial) => cut_short::<R>(shared, &partial, stream),
    }
}

/// Why a request is refused before its body is read, if it is.
fn refusal(request: &Request, shared: &Shared) -> Option<(StatusCode, &'static str)> {
    if !shared.guard.admits(request.headers()) {
        return Some((StatusCode::UNAUTHORIZED, "unauthorized"));
    }
    // a compressed body is a bomb until proven otherwise, and the platform sends none
    let encoded = request.headers().get(CONTENT_ENCODING);
    encoded
        .is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
        .then_some((StatusCode::UNSUPPORTED_MEDIA_TYPE, "encoded"))
}

/// What the refused are told.
fn body_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => r#"{"error":"no valid credential"}"#,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => r#"{"error":"no Content-Encoding is accepted"}"#,
        StatusCode::PAYLOAD_TOO_LARGE => r#"{"error":"too long"}"#,
        StatusCode::REQUEST_TIMEOUT => r#"{"error":"the body did not come in time"}"#,
        _ => r#"{"error":"not now"}"#,
    }
}

fn cut_short<R: Receiver>(shared: &Shared, partial: &Partial, stream: Stream) -> HttpResponse {
    let (status, outcome, failure) = match partial.why {
        Why::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, "too_long", Failure::Unscannable("oversize")),
        Why::Stalled => (StatusCode::REQUEST_TIMEOUT, "stalled", Failure::Unavailable("stalled")),
        Why::Broken => (StatusCode::BAD_REQUEST, "broken", Failure::Unavailable("broken")),
    };
    if R::is_event(&partial.prefix) {
        shared.metrics.request(R::ROUTE, outcome);
        return refuse(status, body_of(status), stream);
    }
    R::undecided(shared, failure, Subject::default(), Some(stream))
}

fn overloaded<R: Receiver>(shared: &Shared, body: &[u8], stream: Stream) -> HttpResponse {
    if R::is_event(body) {
        shared.metrics.request(R::ROUTE, "overload");
        let status = StatusCode::SERVICE_UNAVAILABLE;
        return refuse(status, body_of(status), stream);
    }
    R::undecided(shared, Failure::Unavailable("overload"), Subject::default(), None)
}
