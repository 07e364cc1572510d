//! `POST /cometchat/moderation`: the Custom API, judged by the same rules.

use std::borrow::Cow;

use actix_http::{HttpMessage as _, Request};
use actix_web::HttpResponse;
use actix_web::web::Bytes;

use super::answer::{Decided, Outcome};
use super::auth::username;
use super::id::Id;
use super::judge::judge;
use super::metrics::Route;
use super::policy::{Failure, Subject};
use super::receive::Receiver;
use super::record::nanoseconds;
use super::serve::Shared;
use crate::config::{Config, Fallback};
use crate::decision;
use crate::engine::{Action, Facts};
use crate::message::Message;
use crate::platform::cometchat::Body;
use crate::platform::cometchat::moderation::Answer;

/// The Custom API.
pub(super) struct Moderation;

impl Receiver for Moderation {
    const ROUTE: Route = Route::Moderation;

    fn limit(config: &Config) -> usize {
        config.limits.moderation_body.size()
    }

    fn answer(shared: &Shared, request: &Request, bytes: &Bytes) -> HttpResponse {
        let body = Body::new(bytes);
        let context = match body.context() {
            Ok(context) => context,
            Err(unreadable) => {
                let failure = Failure::Unscannable(unreadable.name());
                return Moderation::undecided(shared, failure, Subject::default(), None);
            }
        };
        let current = shared.rules.current();
        let id = Id::next();
        let mut told = decision::Subject {
            id: id.as_str(),
            time: id.time(),
            route: Route::Moderation.name(),
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
                        return Moderation::undecided(shared, unjudged.failure, subject, None);
                    }
                }
            }
        };
        shared.metrics.judged(Route::Moderation);
        let body = answer.to_json();
        shared.record(&decision::Subject { answer: &body, ..told });
        let (body, revision) = (body.into(), current.revision());
        Decided { body, id: &id, revision, outcome: Outcome::Judged, unread: None }.respond()
    }

    fn fallback(fallback: Fallback) -> Cow<'static, [u8]> {
        Answer::without_verdict(fallback == Fallback::Drop).to_json().into()
    }
}

/// The app that asks: the body does not say, so the URL's `app` or the user does.
fn tenant(request: &Request) -> String {
    let app = request.uri().query().unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("app="));
    match app {
        Some(app) if !app.is_empty() => app.to_owned(),
        _ => username(request.headers()).unwrap_or_default(),
    }
}
