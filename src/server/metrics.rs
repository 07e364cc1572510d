//! What is counted. Every label comes from a fixed table or from the rule files, never from a request,
//! so that no client can make the metrics grow.

use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::engine::{Action, Decision};

type Labels<const N: usize> = [(&'static str, &'static str); N];
type RuleLabels = [(&'static str, String); 2];

/// Bounds of the engine's time, in seconds.
const ENGINE: [f64; 20] = [
    1e-6, 2e-6, 3e-6, 5e-6, 7.5e-6, 1e-5, 1.5e-5, 2e-5, 3e-5, 5e-5, 7.5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3,
    5e-3, 1e-2, 2e-2, 5e-2,
];

/// Bounds of an answer's time, in seconds; the platform waits for 2 s.
const ANSWER: [f64; 16] =
    [1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.5, 1.0, 2.0];

/// Bounds of a body's size, in bytes.
const BODY: [f64; 8] = [512.0, 1024.0, 2048.0, 4096.0, 16_384.0, 65_536.0, 262_144.0, 1_048_576.0];

/// The counters of a server.
pub struct Metrics {
    registry: Registry,
    requests: Family<Labels<2>, Counter>,
    decisions: Family<Labels<1>, Counter>,
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
        let mut metrics = Metrics {
            registry: Registry::with_prefix("premod"),
            requests: Family::default(),
            decisions: Family::default(),
            undecided: Family::default(),
            events: Family::default(),
            rule_hits: Family::default(),
            rule_errors: Family::default(),
            state_incomplete: Counter::default(),
            engine: Histogram::new(ENGINE),
            answer: Histogram::new(ANSWER),
            body: Histogram::new(BODY),
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
            "Messages judged by counts that may be too low, because memory bounds evicted some",
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

    pub(super) fn request(&self, route: &'static str, outcome: &'static str) {
        self.requests.get_or_create(&[("route", route), ("outcome", outcome)]).inc();
    }

    pub(super) fn decision<'r>(&self, decision: &Decision, rule_id: impl Fn(usize) -> &'r str) {
        let action = decision.verdict.action.map_or("none", Action::name);
        self.decisions.get_or_create(&[("action", action)]).inc();
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
        self.engine.observe(time.as_secs_f64());
    }

    pub(super) fn answer(&self, time: Duration) {
        self.answer.observe(time.as_secs_f64());
    }

    #[expect(clippy::cast_precision_loss, reason = "a body is far smaller than 2⁵² bytes")]
    pub(super) fn body(&self, bytes: usize) {
        self.body.observe(bytes as f64);
    }
}
