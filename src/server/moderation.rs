//! `POST /cometchat/moderation`: the Custom API, judged by the same rules.

use std::borrow::Cow;
use std::time::Instant;

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use uuid::Uuid;

use super::answer::{Decided, refuse};
use super::auth::username;
use super::body::{Stream, Why, read};
use super::judge::judge;
use super::policy::{Failure, Subject};
use super::serve::Shared;
use super::webhook::{body_of, refusal, waited_too_long};
use crate::config::Fallback;
use crate::engine::Facts;
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
    let answer = match context.message {
        None => Answer::without_verdict(false),
        Some(mut message) => {
            message.app = tenant(request).into();
            match judge(&*current, &message, &Facts::new(), &shared.metrics) {
                Ok(decision) => Answer::of(&decision.verdict, shared.config.moderation.flag_confidence),
                Err(unjudged) => {
                    let subject =
                        Subject { message_id: &message.id, muid: &message.muid, detail: &unjudged.detail };
                    let body = fallback(shared, unjudged.failure);
                    return shared.undecided(ROUTE, unjudged.failure, subject, body, None);
                }
            }
        }
    };
    shared.metrics.request(ROUTE, "judged");
    let body = Cow::Owned(answer.to_json());
    Decided { body, id: Uuid::now_v7(), revision: current.revision(), outcome: "judged", unread: None }
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
