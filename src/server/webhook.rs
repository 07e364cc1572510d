//! `POST /cometchat`: one route for the message that wants a verdict and the events that want none.
//!
//! Whatever can't be told to be an event is treated as a message: an answer that an event does not
//! need does no harm, a message that goes unjudged does.

use std::borrow::Cow;
use std::time::Instant;

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_ENCODING;
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::answer::{Decided, Id, acknowledge, refuse};
use super::body::{Partial, Stream, Why, read};
use super::judge::{Judged, judge};
use super::policy::{Failure, Subject};
use super::record::nanoseconds;
use super::serve::Shared;
use crate::config::Fallback;
use crate::decision;
use crate::engine::{Action, Facts};
use crate::platform::cometchat::event::{ACKNOWLEDGED, Trigger};
use crate::platform::cometchat::{Body, Envelope, before_message, sniff_trigger};

/// The route's name in the metrics.
const ROUTE: &str = "cometchat";

pub(super) async fn receive(request: HttpRequest, payload: Payload, shared: Data<Shared>) -> HttpResponse {
    let started = Instant::now();
    let mut stream = Stream::new(payload);
    if let Some((status, why)) = refusal(&request, &shared) {
        shared.metrics.request(ROUTE, why);
        return refuse(status, body_of(status), stream);
    }
    let (limit, deadline) = (shared.config.limits.body.size(), shared.config.timeouts.body);
    let response = match read(&mut stream, limit, deadline).await {
        Ok(body) if waited_too_long(&shared).await => overloaded(&shared, &body, stream),
        Ok(body) => {
            shared.metrics.body(body.len());
            answer(&shared, &body)
        }
        Err(partial) => cut_short(&shared, &partial, stream),
    };
    shared.metrics.answer(started.elapsed());
    response
}

/// Why a request is refused before its body is read, if it is.
pub(super) fn refusal(request: &HttpRequest, shared: &Shared) -> Option<(StatusCode, &'static str)> {
    if !shared.guard.admits(request) {
        return Some((StatusCode::UNAUTHORIZED, "unauthorized"));
    }
    // a compressed body is a bomb until proven otherwise, and the platform sends none
    let encoded = request.headers().get(CONTENT_ENCODING);
    encoded
        .is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
        .then_some((StatusCode::UNSUPPORTED_MEDIA_TYPE, "encoded"))
}

/// What the refused are told.
pub(super) fn body_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => r#"{"error":"no valid credential"}"#,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => r#"{"error":"no Content-Encoding is accepted"}"#,
        StatusCode::PAYLOAD_TOO_LARGE => r#"{"error":"too long"}"#,
        StatusCode::REQUEST_TIMEOUT => r#"{"error":"the body did not come in time"}"#,
        _ => r#"{"error":"not now"}"#,
    }
}

/// Whether this worker has so much to do that a request should be spared its share: everything that
/// is ready gets its turn before this returns, so the time it took is the length of the queue.
pub(super) async fn waited_too_long(shared: &Shared) -> bool {
    let stamp = Instant::now();
    tokio::task::yield_now().await;
    stamp.elapsed() > shared.config.timeouts.queue
}

fn answer(shared: &Shared, bytes: &Bytes) -> HttpResponse {
    let body = Body::new(bytes);
    let envelope = match body.envelope() {
        Ok(envelope) => envelope,
        Err(unreadable) => {
            return match event(bytes) {
                Some(trigger) => acknowledged(shared, trigger),
                None => undecided(shared, Failure::Unscannable(unreadable.name()), None),
            };
        }
    };
    match Trigger::named(envelope.trigger()) {
        Trigger::BeforeMessage => decide(shared, envelope),
        Trigger::Missing => undecided(shared, Failure::Unscannable("no_trigger"), None),
        trigger => acknowledged(shared, trigger),
    }
}

/// Judges the message of a `before_message`.
fn decide(shared: &Shared, envelope: Envelope<'_>) -> HttpResponse {
    let message = match envelope.into_message() {
        Ok(message) => message,
        Err(unreadable) => return undecided(shared, Failure::Unscannable(unreadable.name()), None),
    };
    let current = shared.rules.current();
    let Judged { decision, engine } = match judge(&*current, &message, &Facts::new(), &shared.metrics) {
        Ok(judged) => judged,
        Err(unjudged) => {
            let subject = Subject { message: Some(&message), unjudged: Some(&unjudged) };
            return shared.undecided(
                ROUTE,
                unjudged.failure,
                subject,
                fallback(shared, unjudged.failure),
                None,
            );
        }
    };
    let answer = before_message::answer(&decision.verdict, shared.config.limits.injected.size());
    let id = Id::new();
    if let Some(trimmed) = answer.trimmed {
        tracing::warn!(decision = %id, left_out = trimmed.name(), "an answer was too long");
    }
    shared.metrics.request(ROUTE, "judged");
    shared.record(&decision::Subject {
        id: id.as_str(),
        time: id.time(),
        route: ROUTE,
        outcome: "judged",
        detail: "",
        decision: Some(&decision),
        message: Some(&message),
        rules: current.rules(),
        revision: current.revision(),
        answer: &answer.body,
        dropped: decision.verdict.action == Some(Action::Drop),
        engine_ns: nanoseconds(engine),
        state: "",
    });
    Decided { body: answer.body, id: &id, revision: current.revision(), outcome: "judged", unread: None }
        .respond()
}

/// Answers by policy where there is no verdict.
fn undecided(shared: &Shared, failure: Failure, unread: Option<Stream>) -> HttpResponse {
    shared.undecided(ROUTE, failure, Subject::default(), fallback(shared, failure), unread)
}

fn fallback(shared: &Shared, failure: Failure) -> Cow<'static, [u8]> {
    match failure.fallback(&shared.config) {
        Fallback::Drop => Cow::Borrowed(before_message::DROP),
        Fallback::Pass => Cow::Borrowed(before_message::PASS),
    }
}

/// The trigger of a body that can't be parsed, if it is an event's.
fn event(body: &[u8]) -> Option<Trigger> {
    let trigger = Trigger::named(sniff_trigger(body)?);
    matches!(trigger, Trigger::Event(_) | Trigger::Unknown).then_some(trigger)
}

fn acknowledged(shared: &Shared, trigger: Trigger) -> HttpResponse {
    shared.metrics.request(ROUTE, "acknowledged");
    if let Trigger::Event(name) = trigger {
        shared.metrics.event(name);
        acknowledge(ACKNOWLEDGED)
    } else {
        shared.metrics.event("unknown");
        acknowledge(before_message::PASS)
    }
}

fn cut_short(shared: &Shared, partial: &Partial, stream: Stream) -> HttpResponse {
    let is_event = event(&partial.prefix).is_some();
    let (status, outcome, failure) = match partial.why {
        Why::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, "too_long", Failure::Unscannable("oversize")),
        Why::Stalled => (StatusCode::REQUEST_TIMEOUT, "stalled", Failure::Unavailable("stalled")),
        Why::Broken => (StatusCode::BAD_REQUEST, "broken", Failure::Unavailable("broken")),
    };
    if is_event {
        shared.metrics.request(ROUTE, outcome);
        return refuse(status, body_of(status), stream);
    }
    undecided(shared, failure, Some(stream))
}

fn overloaded(shared: &Shared, body: &[u8], stream: Stream) -> HttpResponse {
    if event(body).is_some() {
        shared.metrics.request(ROUTE, "overload");
        return refuse(StatusCode::SERVICE_UNAVAILABLE, body_of(StatusCode::SERVICE_UNAVAILABLE), stream);
    }
    undecided(shared, Failure::Unavailable("overload"), None)
}
