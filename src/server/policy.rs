//! What becomes of a message that the rules could not judge: the operator has decided beforehand.

use std::borrow::Cow;
use std::fmt;

use actix_web::HttpResponse;

use super::answer::{Decided, Outcome};
use super::body::Stream;
use super::id::Id;
use super::judge::Unjudged;
use super::metrics::Route;
use super::record::nanoseconds;
use super::serve::Shared;
use crate::config::{Config, Fallback};
use crate::decision;
use crate::message::Message;

/// Why there is no verdict; each names its cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The sender may be the cause.
    Unscannable(&'static str),
    /// The infrastructure is the cause.
    Unavailable(&'static str),
}

/// What is known of a message that was not judged.
#[derive(Clone, Copy, Default)]
pub(super) struct Subject<'a> {
    /// The message, as far as it could be read.
    pub(super) message: Option<&'a Message<'a>>,
    /// What became of it in the engine, if it came there.
    pub(super) unjudged: Option<&'a Unjudged>,
}

impl Failure {
    /// What to do with the message.
    pub(super) fn fallback(self, config: &Config) -> Fallback {
        match self {
            Failure::Unscannable(_) => config.on_unscannable,
            Failure::Unavailable(_) => config.on_unavailable,
        }
    }

    /// The name of its kind.
    pub(super) fn name(self) -> &'static str {
        match self {
            Failure::Unscannable(_) => "unscannable",
            Failure::Unavailable(_) => "unavailable",
        }
    }

    /// What caused it.
    pub(super) fn cause(self) -> &'static str {
        match self {
            Failure::Unscannable(cause) | Failure::Unavailable(cause) => cause,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.name(), self.cause())
    }
}

impl Shared {
    /// Answers a message that the rules did not judge, and says so to operators alone.
    pub(super) fn undecided(
        &self,
        route: Route,
        failure: Failure,
        subject: Subject<'_>,
        body: Cow<'static, [u8]>,
        unread: Option<Stream>,
    ) -> HttpResponse {
        let id = Id::next();
        let (outcome, cause) = (failure.name(), failure.cause());
        let detail = subject.unjudged.map_or("", Unjudged::detail);
        // never its text
        let (message_id, muid) = subject.message.map_or(("", ""), |message| (&message.id, &message.muid));
        tracing::warn!(decision = %id, route = route.name(), outcome, cause, detail, message_id, muid, "a message was not judged");
        self.metrics.request(route, failure.name());
        self.metrics.undecided(failure.name(), failure.cause());
        let current = self.rules.current();
        self.record(&decision::Subject {
            id: id.as_str(),
            time: id.time(),
            route: route.name(),
            outcome: &failure.to_string(),
            detail,
            decision: subject.unjudged.and_then(|unjudged| unjudged.decision.as_deref()),
            message: subject.message,
            rules: current.rules(),
            revision: current.revision(),
            answer: &body,
            dropped: failure.fallback(&self.config) == Fallback::Drop,
            engine_ns: subject.unjudged.map_or(0, |unjudged| nanoseconds(unjudged.engine)),
            state: "",
        });
        let outcome = Outcome::Undecided(failure);
        Decided { body, id: &id, revision: current.revision(), outcome, unread }.respond()
    }
}
