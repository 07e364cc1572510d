//! `POST /cometchat/moderation`: the Custom API, judged by the same rules.

use std::borrow::Cow;

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};

use super::answer::{Decided, Outcome};
use super::auth::username;
use super::id;
use super::judge::judge;
use super::metrics::Route;
use super::policy::{Failure, Subject};
use super::receive::Receiver;
use super::serve::Shared;
use crate::config::{Config, Fallback};
use crate::engine::Facts;
use crate::platform::cometchat::Body;
use crate::platform::cometchat::moderation::Answer;

/// The Custom API.
pub(super) struct Moderation;

impl Receiver for Moderation {
    const ROUTE: Route = Route::Moderation;

    fn limit(config: &Config) -> usize {
        config.limits.moderation_body.size()
    }

    fn answer(shared: &Shared, request: &HttpRequest, bytes: &Bytes) -> HttpResponse {
        let body = Body::new(bytes);
        let context = match body.context() {
            Ok(context) => context,
            Err(unreadable) => {
                let failure = Failure::Unscannable(unreadable.name());
                return Moderation::undecided(shared, failure, Subject::default(), None);
            }
        };
        let current = shared.rules.current();
        let answer = match context.message {
            None => Answer::without_verdict(false),
            Some(mut message) => {
                message.app = tenant(request).into();
                match judge(&*current, &message, &Facts::new(), &shared.metrics) {
                    Ok(decision) => Answer::of(&decision.verdict, shared.config.moderation.flag_confidence),
                    Err(unjudged) => {
                        let subject = Subject {
                            message_id: &message.id,
                            muid: &message.muid,
                            detail: &unjudged.detail,
                        };
                        return Moderation::undecided(shared, unjudged.failure, subject, None);
                    }
                }
            }
        };
        shared.metrics.judged(Route::Moderation);
        let body = Cow::Owned(answer.to_json());
        Decided { body, id: id::next(), revision: current.revision(), outcome: Outcome::Judged, unread: None }
            .respond()
    }

    fn fallback(fallback: Fallback) -> Cow<'static, [u8]> {
        Answer::without_verdict(fallback == Fallback::Drop).to_json().into()
    }
}

/// The app that asks: the body does not say, so the URL's `app` or the user does.
fn tenant(request: &HttpRequest) -> String {
    let app = request.query_string().split('&').find_map(|pair| pair.strip_prefix("app="));
    match app {
        Some(app) if !app.is_empty() => app.to_owned(),
        _ => username(request).unwrap_or_default(),
    }
}
