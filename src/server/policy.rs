//! What becomes of a message that the rules could not judge: the operator has decided beforehand.

use std::borrow::Cow;

use actix_web::HttpResponse;

use super::answer::{Decided, Outcome};
use super::body::Stream;
use super::id;
use super::metrics::Route;
use super::serve::Shared;
use crate::config::{Config, Fallback};

/// Why there is no verdict; each names its cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The sender may be the cause.
    Unscannable(&'static str),
    /// The infrastructure is the cause.
    Unavailable(&'static str),
}

/// What the log says of a message that was not judged: never its text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Subject<'a> {
    pub(super) message_id: &'a str,
    pub(super) muid: &'a str,
    /// What the engine said.
    pub(super) detail: &'a str,
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
        let id = id::next();
        let (outcome, cause) = (failure.name(), failure.cause());
        let Subject { message_id, muid, detail } = subject;
        tracing::warn!(decision = %id, route = route.name(), outcome, cause, detail, message_id, muid, "a message was not judged");
        self.metrics.request(route, failure.name());
        self.metrics.undecided(failure.name(), failure.cause());
        let current = self.rules.current();
        let outcome = Outcome::Undecided(failure);
        Decided { body, id, revision: current.revision(), outcome, unread }.respond()
    }
}
