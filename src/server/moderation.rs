//! `POST /cometchat/moderation`: the Custom API, judged by the same rules.

use std::borrow::Cow;
use std::time::Instant;

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::answer::{Decided, Id, refuse};
use super::auth::username;
use super::body::{Stream, Why, read};
use super::judge::judge;
use super::policy::{Failure, Subject};
use super::record::nanoseconds;
use super::serve::Shared;
use super::webhook::{body_of, refusal, waited_too_long};
use crate::config::Fallback;
use crate::decision;
use crate::engine::{Action, Facts};
use crate::message::Message;
use crate::platform::cometchat::Body;
use crate::platform::cometchat::moderation::Answer;

/// The route's name in the metrics.
const ROUTE: &str = "moderation";

pub(super) async fn receive(request: HttpRequest, payload: Payload, shared: Data<Shared>) -> HttpResponse {
    let started = Instant::now();
    let mut stream = Stream::new(payload);
    if let Some((status, why)) = refusal(&request, &shared) {
        shared.metrics.request(ROUTE, why);
        return refuse(status, body_of(status), stream);
    }
    let (limit, deadline) = (shared.config.limits.moderation_body.size(), shared.config.timeouts.body);
    let response = match read(&mut stream, limit, deadline).await {
        Ok(_) if waited_too_long(&shared).await => undecided(&shared, Failure::Unavailable("overload"), None),
        Ok(body) => {
            shared.metrics.body(body.len());
            answer(&shared, &request, &body)
        }
        Err(partial) => {
            let failure = match partial.why {
                Why::TooLong => Failure::Unscannable("oversize"),
                Why::Stalled => Failure::Unavailable("stalled"),
                Why::Broken => Failure::Unavailable("broken"),
            };
            undecided(&shared, failure, Some(stream))
        }
    };
    shared.metrics.answer(started.elapsed());
    response
}

fn answer(shared: &Shared, request: &HttpRequest, bytes: &[u8]) -> HttpResponse {
    let body = Body::new(bytes);
    let context = match body.context() {
        Ok(context) => context,
        Err(unreadable) => return undecided(shared, Failure::Unscannable(unreadable.name()), None),
    };
    let current = shared.rules.current();
    let id = Id::new();
    let mut told = decision::Subject {
        id: id.as_str(),
        time: id.time(),
        route: ROUTE,
        outcome: "judged",
        rules: current.rules(),
        revision: current.revision(),
        ..decision::Subject::default()
    };
    let (message, judged);
    let answer = match context.message {
        None => Answer::without_verdict(false),
        Some(read) => {
            message = Message { app: tenant(request).into(), ..read };
            match judge(&*current, &message, &Facts::new(), &shared.metrics) {
                Ok(done) => {
                    judged = done;
                    told.message = Some(&message);
                    told.decision = Some(&judged.decision);
                    told.dropped = judged.decision.verdict.action == Some(Action::Drop);
                    told.engine_ns = nanoseconds(judged.engine);
                    Answer::of(&judged.decision.verdict, shared.config.moderation.flag_confidence)
                }
                Err(unjudged) => {
                    let subject = Subject { message: Some(&message), unjudged: Some(&unjudged) };
                    let body = fallback(shared, unjudged.failure);
                    return shared.undecided(ROUTE, unjudged.failure, subject, body, None);
                }
            }
        }
    };
    shared.metrics.request(ROUTE, "judged");
    let body = answer.to_json();
    shared.record(&decision::Subject { answer: &body, ..told });
    Decided { body: body.into(), id: &id, revision: current.revision(), outcome: "judged", unread: None }
        .respond()
}

/// The app that asks: the body does not say, so the URL's `app` or the user does.
fn tenant(request: &HttpRequest) -> String {
    let app = request.query_string().split('&').find_map(|pair| pair.strip_prefix("app="));
    match app {
        Some(app) if !app.is_empty() => app.to_owned(),
        _ => username(request).unwrap_or_default(),
    }
}

/// Answers by policy where there is no verdict.
fn undecided(shared: &Shared, failure: Failure, unread: Option<Stream>) -> HttpResponse {
    shared.undecided(ROUTE, failure, Subject::default(), fallback(shared, failure), unread)
}

fn fallback(shared: &Shared, failure: Failure) -> Cow<'static, [u8]> {
    Answer::without_verdict(failure.fallback(&shared.config) == Fallback::Drop).to_json().into()
}
