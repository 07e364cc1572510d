//! What is counted of reloads, and what the rules in force say of themselves when somebody asks.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::Outcome;
use crate::server::in_force::Rules;
use crate::server::judge::Judge as _;

/// Bounds of a reload's time, in seconds.
const RELOAD: [f64; 10] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];

/// The counters of reloads.
pub(in crate::server) struct Metrics {
    reloads: Family<[(&'static str, &'static str); 1], Counter>,
    time: Histogram,
    healthy: Arc<AtomicBool>,
}

impl Metrics {
    /// Counts from nothing, and is asked for by the registry.
    pub(in crate::server) fn register(registry: &mut Registry, rules: Arc<Rules>) -> Self {
        let healthy = Arc::new(AtomicBool::new(true));
        let metrics = Metrics {
            reloads: Family::default(),
            time: Histogram::new(RELOAD),
            healthy: Arc::clone(&healthy),
        };
        registry.register("reloads", "Reloads of the rules by result", metrics.reloads.clone());
        registry.register_with_unit(
            "reload",
            "Time to read, compile and put in force the rules",
            Unit::Seconds,
            metrics.time.clone(),
        );
        registry.register_collector(Box::new(InForceNow { rules, healthy }));
        metrics
    }

    pub(super) fn reload(&self, outcome: &Outcome, took: Duration) {
        let result = match outcome {
            Ok(Some(_)) => "changed",
            Ok(None) => "unchanged",
            Err(_) => "rejected",
        };
        self.reloads.get_or_create(&[("result", result)]).inc();
        self.time.observe(took.as_secs_f64());
    }

    pub(super) fn healthy(&self, healthy: bool) {
        self.healthy.store(healthy, Ordering::Relaxed);
    }
}

/// Asked at each scrape, so that nothing has to be taken back when rules go.
struct InForceNow {
    rules: Arc<Rules>,
    healthy: Arc<AtomicBool>,
}

impl Collector for InForceNow {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let healthy = ConstGauge::new(i64::from(self.healthy.load(Ordering::Relaxed)));
        let help = "Whether the rule files as they are now could be served";
        healthy.encode(encoder.encode_descriptor("config_ok", help, None, MetricType::Gauge)?)?;
        let current = self.rules.current();
        let info = Info::new([("revision", current.revision().to_owned())]);
        let help = "The revision of the rules in force";
        info.encode(encoder.encode_descriptor("rules", help, None, MetricType::Info)?)?;
        let Some(engine) = current.engine() else { return Ok(()) };
        let rules = engine.rules().rules();
        let tripped = engine.tripped().map(|rule| rules[rule].id.as_str());
        let help = "Rules that were set to shadow because they hit too much when they were fresh";
        flagged(&mut encoder, "rule_tripped", help, tripped)?;
        let alarmed = (0..rules.len()).filter(|rule| current.life().standing(*rule).alarmed);
        let help = "Rules whose share of hits has jumped";
        flagged(&mut encoder, "rule_alarm", help, alarmed.map(|rule| rules[rule].id.as_str()))
    }
}

/// A gauge that is 1 for each of these rules, and absent for all others.
fn flagged<'r>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    rules: impl Iterator<Item = &'r str>,
) -> fmt::Result {
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for rule in rules {
        ConstGauge::new(1_i64).encode(metric.encode_family(&[("rule", rule)])?)?;
    }
    Ok(())
}

impl fmt::Debug for InForceNow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InForceNow")
    }
}
