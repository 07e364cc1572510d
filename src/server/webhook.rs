//! `POST /cometchat`: one route for the message that wants a verdict and the events that want none.
//!
//! Whatever can't be told to be an event is treated as a message: an answer that an event does not
//! need does no harm, a message that goes unjudged does.

use std::borrow::Cow;

use actix_http::Request;
use actix_web::HttpResponse;
use actix_web::web::Bytes;

use super::answer::{Decided, Outcome, acknowledge};
use super::id::Id;
use super::judge::{Judged, judge};
use super::metrics::Route;
use super::policy::{Failure, Subject};
use super::receive::Receiver;
use super::record::nanoseconds;
use super::serve::Shared;
use crate::config::{Config, Fallback};
use crate::decision;
use crate::engine::{Action, Facts};
use crate::platform::cometchat::event::{ACKNOWLEDGED, Trigger};
use crate::platform::cometchat::{Body, Envelope, before_message, sniff_trigger};

/// The webhook.
pub(super) struct Webhook;

impl Receiver for Webhook {
    const ROUTE: Route = Route::Webhook;

    fn limit(config: &Config) -> usize {
        config.limits.body.size()
    }

    fn answer(shared: &Shared, _: &Request, bytes: &Bytes) -> HttpResponse {
        let body = Body::new(bytes);
        let envelope = match body.envelope() {
            Ok(envelope) => envelope,
            Err(unreadable) => {
                return match event(bytes) {
                    Some(trigger) => acknowledged(shared, trigger),
                    None => undecided(shared, Failure::Unscannable(unreadable.name())),
                };
            }
        };
        match Trigger::named(envelope.trigger()) {
            Trigger::BeforeMessage => decide(shared, envelope),
            Trigger::Missing => undecided(shared, Failure::Unscannable("no_trigger")),
            trigger => acknowledged(shared, trigger),
        }
    }

    fn is_event(body: &[u8]) -> bool {
        event(body).is_some()
    }

    fn fallback(fallback: Fallback) -> Cow<'static, [u8]> {
        match fallback {
            Fallback::Drop => Cow::Borrowed(before_message::DROP),
            Fallback::Pass => Cow::Borrowed(before_message::PASS),
        }
    }
}

/// Judges the message of a `before_message`.
fn decide(shared: &Shared, envelope: Envelope<'_>) -> HttpResponse {
    let message = match envelope.into_message() {
        Ok(message) => message,
        Err(unreadable) => return undecided(shared, Failure::Unscannable(unreadable.name())),
    };
    let current = shared.rules.current();
    let Judged { decision, engine } = match judge(&*current, &message, &Facts::new(), &shared.metrics) {
        Ok(judged) => judged,
        Err(unjudged) => {
            let subject = Subject { message: Some(&message), unjudged: Some(&unjudged) };
            return Webhook::undecided(shared, unjudged.failure, subject, None);
        }
    };
    let answer = before_message::answer(&decision.verdict, shared.config.limits.injected.size());
    let id = Id::next();
    if let Some(trimmed) = answer.trimmed {
        tracing::warn!(decision = %id, left_out = trimmed.name(), "an answer was too long");
    }
    shared.metrics.judged(Route::Webhook);
    shared.record(&decision::Subject {
        id: id.as_str(),
        time: id.time(),
        route: Route::Webhook.name(),
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
    let (body, revision) = (answer.body, current.revision());
    Decided { body, id: &id, revision, outcome: Outcome::Judged, unread: None }.respond()
}

/// Answers by policy what could not be read.
fn undecided(shared: &Shared, failure: Failure) -> HttpResponse {
    Webhook::undecided(shared, failure, Subject::default(), None)
}

/// The trigger of a body that can't be parsed, if it is an event's.
fn event(body: &[u8]) -> Option<Trigger> {
    let trigger = Trigger::named(sniff_trigger(body)?);
    matches!(trigger, Trigger::Event(_) | Trigger::Unknown).then_some(trigger)
}

fn acknowledged(shared: &Shared, trigger: Trigger) -> HttpResponse {
    shared.metrics.request(Route::Webhook, "acknowledged");
    if let Trigger::Event(name) = trigger {
        shared.metrics.event(name);
        acknowledge(ACKNOWLEDGED)
    } else {
        shared.metrics.event("unknown");
        acknowledge(before_message::PASS)
    }
}
