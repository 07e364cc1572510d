//! The decision log's place in the server: every answer to a message is handed to it, and what it
//! counts is told beside the rest.

use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::serve::Shared;
use crate::decision::{Counts, Log, Subject};

/// The log, once there is one.
pub(super) type Slot = Arc<OnceLock<Log>>;

impl Shared {
    /// Writes a decision down, where decisions are.
    pub(super) fn record(&self, subject: &Subject<'_>) {
        if let Some(log) = self.decisions.get() {
            log.write(subject);
        }
    }
}

/// A time as records tell it.
pub(super) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// What became of records.
#[derive(Debug)]
pub(super) struct Recorded(pub(super) Slot);

impl Collector for Recorded {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let Some(counts) = self.0.get().map(Log::counts) else { return Ok(()) };
        let Counts { written, bytes, dropped, errors, ok } = &*counts;
        let totals = [
            ("decision_log_written", "Decisions written to the decision log", written),
            ("decision_log_bytes", "Bytes written to the decision log", bytes),
            ("decision_log_dropped", "Decisions that are in no log, because it could not keep up", dropped),
            ("decision_log_errors", "Failed attempts to write, rotate or compress the decision log", errors),
        ];
        for (name, help, count) in totals {
            let counter = ConstCounter::new(count.load(Ordering::Relaxed));
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
        }
        let ok = ConstGauge::new(i64::from(ok.load(Ordering::Relaxed)));
        let help = "Whether the decision log could last be written";
        ok.encode(encoder.encode_descriptor("decision_log_ok", help, None, ok.metric_type())?)
    }
}
