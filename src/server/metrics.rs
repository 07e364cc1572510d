//! What is counted. Every label comes from a fixed table or from the rule files, never from a request,
//! so that no client can make the metrics grow. What every message counts in is looked up beforehand.

use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::{Registry, Unit};

use super::histogram::Histogram;
use super::shard::Sharded;
use crate::engine::{Action, Decision};

type Labels<const N: usize> = [(&'static str, &'static str); N];
/// A count to which every message adds.
type Busy = Counter<u64, Sharded>;
type RuleLabels = [(&'static str, String); 2];

/// Bounds of the engine's time, in nanoseconds.
const ENGINE: &[u64] = &[
    1000, 2000, 3000, 5000, 7500, 10_000, 15_000, 20_000, 30_000, 50_000, 75_000, 100_000, 200_000, 500_000,
    1_000_000, 2_000_000, 5_000_000, 10_000_000, 20_000_000, 50_000_000,
];

/// Bounds of an answer's time, in nanoseconds; the platform waits for 2 s.
const ANSWER: &[u64] = &[
    10_000,
    20_000,
    50_000,
    100_000,
    200_000,
    500_000,
    1_000_000,
    2_000_000,
    5_000_000,
    10_000_000,
    20_000_000,
    50_000_000,
    100_000_000,
    500_000_000,
    1_000_000_000,
    2_000_000_000,
];

/// Bounds of a body's size, in bytes.
const BODY: &[u64] = &[512, 1024, 2048, 4096, 16_384, 65_536, 262_144, 1_048_576];

/// Nanoseconds in a second.
const NANOS: f64 = 1e9;

/// What messages are sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Webhook,
    Moderation,
}

impl Route {
    const ALL: [Route; 2] = [Route::Webhook, Route::Moderation];

    /// The name that logs and metrics use.
    pub(super) fn name(self) -> &'static str {
        match self {
            Route::Webhook => "cometchat",
            Route::Moderation => "moderation",
        }
    }
}

/// The counters of a server.
pub struct Metrics {
    registry: Registry,
    requests: Family<Labels<2>, Busy>,
    /// Of `requests`: those judged, in the order of [`Route::ALL`].
    judged: [Busy; Route::ALL.len()],
    decisions: Family<Labels<1>, Busy>,
    /// Of `decisions`: by action, in the order of [`Action::ALL`], then those without one.
    actions: [Busy; Action::ALL.len() + 1],
    undecided: Family<Labels<2>, Counter>,
    events: Family<Labels<1>, Counter>,
    rule_hits: Family<RuleLabels, Counter>,
    rule_errors: Family<[(&'static str, String); 1], Counter>,
    state_incomplete: Counter,
    engine: Histogram,
    answer: Histogram,
    body: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        let requests = Family::<Labels<2>, Busy>::default();
        let decisions = Family::<Labels<1>, Busy>::default();
        let judged =
            |route: Route| requests.get_or_create_owned(&[("route", route.name()), ("outcome", "judged")]);
        let action = |name| decisions.get_or_create_owned(&[("action", name)]);
        let [annotate, flag, drop, pass] = Action::ALL.map(|one| action(one.name()));
        let mut metrics = Metrics {
            registry: Registry::with_prefix("premod"),
            judged: Route::ALL.map(judged),
            actions: [annotate, flag, drop, pass, action("none")],
            requests,
            decisions,
            undecided: Family::default(),
            events: Family::default(),
            rule_hits: Family::default(),
            rule_errors: Family::default(),
            state_incomplete: Counter::default(),
            engine: Histogram::new(ENGINE, NANOS),
            answer: Histogram::new(ANSWER, NANOS),
            body: Histogram::new(BODY, 1.0),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("requests", "Requests by route and outcome", self.requests.clone());
        registry.register("decisions", "Judged messages by action", self.decisions.clone());
        registry.register(
            "undecided",
            "Messages answered by policy, by kind and cause",
            self.undecided.clone(),
        );
        registry.register("events", "Events by trigger", self.events.clone());
        registry.register(
            "rule_hits",
            "Messages on which a rule fired, by rule and mode",
            self.rule_hits.clone(),
        );
        registry.register(
            "rule_errors",
            "Messages on which a rule's expression failed",
            self.rule_errors.clone(),
        );
        registry.register(
            "state_incomplete",
            "Messages judged by counts, or by what their sender said before, of which some may be gone",
            self.state_incomplete.clone(),
        );
        registry.register_with_unit("engine", "Time to judge a message", Unit::Seconds, self.engine.clone());
        registry.register_with_unit(
            "answer",
            "Time from a request's head to its answer",
            Unit::Seconds,
            self.answer.clone(),
        );
        registry.register_with_unit("body", "Size of request bodies", Unit::Bytes, self.body.clone());
    }

    /// Where others add what they count, before anybody asks.
    pub(super) fn registry(&mut self) -> &mut Registry {
        &mut self.registry
    }

    /// All of it as OpenMetrics text.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut text = String::new();
        // writing into a string can't fail
        let _ = encode(&mut text, &self.registry);
        text
    }

    /// Counts a request that was answered by a verdict.
    pub(super) fn judged(&self, route: Route) {
        self.judged[route as usize].inc();
    }

    /// Counts a request that was answered otherwise.
    pub(super) fn request(&self, route: Route, outcome: &'static str) {
        self.requests.get_or_create(&[("route", route.name()), ("outcome", outcome)]).inc();
    }

    pub(super) fn decision<'r>(&self, decision: &Decision, rule_id: impl Fn(usize) -> &'r str) {
        let action = decision.verdict.action.map_or(Action::ALL.len(), |action| action as usize);
        self.actions[action].inc();
        for fired in &decision.fired {
            let mode = if fired.enforced { "enforce" } else { "shadow" };
            let labels = [("rule", rule_id(fired.rule).to_owned()), ("mode", mode.to_owned())];
            self.rule_hits.get_or_create(&labels).inc();
        }
        for (rule, _) in &decision.failed {
            self.rule_errors.get_or_create(&[("rule", rule_id(*rule).to_owned())]).inc();
        }
        if decision.state_incomplete {
            self.state_incomplete.inc();
        }
    }

    pub(super) fn undecided(&self, kind: &'static str, cause: &'static str) {
        self.undecided.get_or_create(&[("kind", kind), ("cause", cause)]).inc();
    }

    pub(super) fn event(&self, trigger: &'static str) {
        self.events.get_or_create(&[("trigger", trigger)]).inc();
    }

    pub(super) fn engine(&self, time: Duration) {
        self.engine.observe(nanos(time));
    }

    pub(super) fn answer(&self, time: Duration) {
        self.answer.observe(nanos(time));
    }

    pub(super) fn body(&self, bytes: usize) {
        self.body.observe(bytes as u64);
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
