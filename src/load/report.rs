//! What a run found: latencies, outcomes, errors, and whether the generator itself kept up.
//!
//! Figures that flatter are left out on purpose: a request that was given up counts with the time
//! it had waited until then, and one that was never sent is counted and named.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde_json::{Value, json};

/// How long a platform waits for a verdict (`CometChat` documents 2 s).
pub(super) const BUDGET: Duration = Duration::from_secs(2);
/// A 99th percentile of own lateness above which latencies tell more of the generator than of the
/// server.
const TOLERATED_LATENESS: Duration = Duration::from_millis(1);
/// The quantiles that are shown, with their names.
const QUANTILES: [(&str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)];

/// What the answers said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// `{}`.
    pub pass: u64,
    /// Any other body of an answer with status 200: metadata to inject.
    pub enrich: u64,
    /// `{"action":"do_not_propagate"}`.
    pub drop: u64,
}

/// Requests that got no verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errors {
    /// No connection could be opened.
    pub connect: u64,
    /// The connection broke, or what came was not HTTP.
    pub broken: u64,
    /// No answer within the timeout after sending.
    pub timeout: u64,
    /// Answers with another status than 200, by status.
    pub status: BTreeMap<u16, u64>,
}

impl Errors {
    /// How many there are of all kinds.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.connect + self.broken + self.timeout + self.status.values().sum::<u64>()
    }
}

/// The result of a run, its warm-up left out.
#[derive(Clone, Debug)]
pub struct Report {
    /// The rate asked for, in requests per second; nothing for a closed loop at full speed.
    pub rate: Option<f64>,
    /// How many connections there were.
    pub connections: usize,
    /// From the end of the warm-up to the last answer.
    pub elapsed: Duration,
    /// In µs, from the moment a request ought to have been sent to its answer, or until it was
    /// given up; 1 µs to 60 s with 3 digits.
    pub latency: Histogram<u64>,
    /// In µs, how late requests were sent for no fault of the server's: a connection was free.
    pub lateness: Histogram<u64>,
    /// Requests that had to wait for a free connection.
    pub queued: u64,
    /// Requests of the schedule that were not sent when the run ended.
    pub unsent: u64,
    /// What was answered.
    pub outcomes: Outcomes,
    /// What was not.
    pub errors: Errors,
}

/// An empty histogram of µs, 1 µs to 60 s with 3 digits; what is longer counts as 60 s.
pub(super) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000, 3).expect("bounds that are in order")
}

/// Whole µs, as the histograms hold them.
pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

impl Report {
    pub(super) fn new(rate: Option<f64>, connections: usize) -> Self {
        Report {
            rate,
            connections,
            elapsed: Duration::ZERO,
            latency: histogram(),
            lateness: histogram(),
            queued: 0,
            unsent: 0,
            outcomes: Outcomes::default(),
            errors: Errors::default(),
        }
    }

    /// How many requests were sent, or tried.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.latency.len()
    }

    /// Verdicts per second, errors left out.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of requests stay far below 2^52")]
    pub fn throughput(&self) -> f64 {
        let answers = self.outcomes.pass + self.outcomes.enrich + self.outcomes.drop;
        if self.elapsed.is_zero() { 0.0 } else { answers as f64 / self.elapsed.as_secs_f64() }
    }

    /// The latency that a share `quantile` (0–1) of the requests did not exceed.
    #[must_use]
    pub fn percentile(&self, quantile: f64) -> Duration {
        Duration::from_micros(self.latency.value_at_quantile(quantile))
    }

    /// The share of the platform's 2 s that the 99.9th percentile takes: 1 is all of it.
    #[must_use]
    pub fn budget_share(&self) -> f64 {
        self.percentile(0.999).as_secs_f64() / BUDGET.as_secs_f64()
    }

    /// How many requests took longer than the platform's 2 s.
    #[must_use]
    pub fn over_budget(&self) -> u64 {
        // the bucket that holds 2 s exactly is within the budget
        let bucket_end = self.latency.highest_equivalent(micros(BUDGET));
        self.latency.count_between(bucket_end + 1, u64::MAX)
    }

    /// Why these figures say less than they seem to, where the run was not what was asked for.
    #[must_use]
    pub fn doubts(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        let late = Duration::from_micros(self.lateness.value_at_quantile(0.99));
        if late > TOLERATED_LATENESS {
            doubts.push(format!(
                "the generator itself could not keep up: 1 % of the requests were sent {} or more after \
                 their time though a connection was free; use a lower rate or another machine",
                Time(late)
            ));
        }
        if self.unsent > 0 {
            doubts.push(format!(
                "{} requests of the schedule were never sent: the server, or {} connections, cannot take \
                 this rate",
                self.unsent, self.connections
            ));
        }
        doubts
    }

    /// The report as one JSON object; times are whole µs and say so in their names.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let quantile = |histogram: &Histogram<u64>, quantile| histogram.value_at_quantile(quantile);
        let status: serde_json::Map<_, _> =
            self.errors.status.iter().map(|(status, count)| (status.to_string(), json!(count))).collect();
        json!({
            "requests": self.count(),
            "elapsed_us": micros(self.elapsed),
            "connections": self.connections,
            "rate_asked": self.rate,
            "rate_reached": self.throughput(),
            "outcomes": {"pass": self.outcomes.pass, "enrich": self.outcomes.enrich, "drop": self.outcomes.drop},
            "errors": {
                "connect": self.errors.connect,
                "broken": self.errors.broken,
                "timeout": self.errors.timeout,
                "status": status,
            },
            "latency_us": {
                "mean": self.latency.mean(),
                "p50": quantile(&self.latency, 0.5),
                "p90": quantile(&self.latency, 0.9),
                "p99": quantile(&self.latency, 0.99),
                "p99_9": quantile(&self.latency, 0.999),
                "max": self.latency.max(),
            },
            "budget": {"us": micros(BUDGET), "share_at_p99_9": self.budget_share(), "over": self.over_budget()},
            "generator": {
                "late_p99_us": quantile(&self.lateness, 0.99),
                "late_max_us": self.lateness.max(),
                "queued": self.queued,
                "unsent": self.unsent,
                "doubts": self.doubts(),
            },
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asked = self.rate.map_or("as fast as it goes".to_owned(), |rate| format!("{rate} asked"));
        writeln!(
            out,
            "requests   {} in {:.1} s over {} connections",
            self.count(),
            self.elapsed.as_secs_f64(),
            self.connections
        )?;
        writeln!(out, "rate       {:.0}/s answered, {asked}", self.throughput())?;
        let Outcomes { pass, enrich, drop } = self.outcomes;
        writeln!(out, "outcomes   {pass} pass, {enrich} enrich, {drop} drop")?;
        writeln!(out, "errors     {}", self.errors)?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean of whole µs")]
        let mean = Duration::from_micros(self.latency.mean().round() as u64);
        write!(out, "latency    mean {}", Time(mean))?;
        for (name, quantile) in QUANTILES {
            write!(out, "  {name} {}", Time(self.percentile(quantile)))?;
        }
        writeln!(out, "  max {}", Time(Duration::from_micros(self.latency.max())))?;
        writeln!(
            out,
            "budget     {:.2} % of 2 s at p99.9, {} over it",
            100.0 * self.budget_share(),
            self.over_budget()
        )?;
        if self.rate.is_some() {
            writeln!(
                out,
                "generator  late p99 {}, max {}; {} waited for a free connection",
                Time(Duration::from_micros(self.lateness.value_at_quantile(0.99))),
                Time(Duration::from_micros(self.lateness.max())),
                self.queued
            )?;
        }
        self.doubts().iter().try_for_each(|doubt| writeln!(out, "beware     {doubt}"))
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.total() == 0 {
            return write!(out, "none");
        }
        let kinds = [("connect", self.connect), ("broken", self.broken), ("timeout", self.timeout)];
        let named = kinds.iter().filter(|kind| kind.1 > 0).map(|(name, count)| format!("{count} {name}"));
        let by_status = self.status.iter().map(|(status, count)| format!("{count} status {status}"));
        write!(out, "{}", named.chain(by_status).collect::<Vec<_>>().join(", "))
    }
}

/// A time with three digits and the unit that suits it.
pub(super) struct Time(pub(super) Duration);

impl fmt::Display for Time {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64();
        let (value, unit) = match micros(self.0) {
            0..1_000 => (seconds * 1e6, "µs"),
            1_000..1_000_000 => (seconds * 1e3, "ms"),
            _ => (seconds, "s"),
        };
        let digits = match value {
            _ if unit == "µs" => 0,
            ..10.0 => 2,
            ..100.0 => 1,
            _ => 0,
        };
        write!(out, "{value:.digits$} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_latencies(micros: impl IntoIterator<Item = u64>) -> Report {
        let mut report = Report::new(Some(1000.0), 4);
        micros.into_iter().for_each(|value| report.latency.saturating_record(value));
        report
    }

    #[test]
    fn percentiles_are_those_of_what_was_recorded() {
        let report = with_latencies(1..=1000);
        for (quantile, expected) in [(0.5, 500), (0.9, 900), (0.99, 990), (0.999, 999), (1.0, 1000)] {
            assert_eq!(report.percentile(quantile), Duration::from_micros(expected), "{quantile}");
        }
        assert_eq!(report.count(), 1000);
        let json = report.to_json();
        assert_eq!(json["latency_us"]["p99_9"], 999);
        assert_eq!(json["latency_us"]["mean"], 500.5);
    }

    #[test]
    fn the_budget_is_two_seconds() {
        let tight = with_latencies([1_000_000; 1000]);
        assert!((tight.budget_share() - 0.5).abs() < 0.001, "{}", tight.budget_share());
        assert_eq!(tight.over_budget(), 0);
        let cases = [(1_999_000, 0), (2_000_000, 0), (2_010_000, 1), (100_000_000, 1)];
        for (latency, over) in cases {
            assert_eq!(with_latencies([latency]).over_budget(), over, "{latency} µs");
        }
    }

    #[test]
    fn throughput_counts_verdicts_alone() {
        let mut report = with_latencies([10; 100]);
        report.elapsed = Duration::from_secs(2);
        report.outcomes = Outcomes { pass: 60, enrich: 20, drop: 10 };
        report.errors.timeout = 4;
        report.errors.status.insert(503, 6);
        assert!((report.throughput() - 45.0).abs() < 1e-9);
        assert_eq!(report.errors.total(), 10);
        assert_eq!(report.errors.to_string(), "4 timeout, 6 status 503");
    }

    #[test]
    fn an_own_lateness_is_confessed() {
        let mut report = with_latencies([10; 100]);
        report.lateness.saturating_record_n(100, 100);
        assert_eq!(report.doubts(), Vec::<String>::new());
        report.lateness.saturating_record_n(30_000, 5);
        assert!(report.doubts()[0].contains("30.0 ms"), "{:?}", report.doubts());
        report.unsent = 7;
        assert!(report.to_string().contains("beware     7 requests"), "{report}");
    }

    #[test]
    fn times_are_shown_with_three_digits() {
        let cases =
            [(7, "7 µs"), (999, "999 µs"), (1_234, "1.23 ms"), (45_678, "45.7 ms"), (2_000_000, "2.00 s")];
        for (micros, expected) in cases {
            assert_eq!(Time(Duration::from_micros(micros)).to_string(), expected);
        }
    }
}
