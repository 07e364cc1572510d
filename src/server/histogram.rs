//! Histograms that workers count in without waiting for one another: those of the metrics library lock.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

use super::shard::{Own, SHARDS};

/// Buckets, the one above all bounds included.
const BUCKETS: usize = 24;

/// A histogram of whole numbers.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    /// Upper bounds of the buckets, each included.
    bounds: &'static [u64],
    /// What a value is divided by when it is shown: 10⁹ where nanoseconds are shown as seconds.
    scale: f64,
    shards: Arc<[Shard]>,
}

/// Counters of one thread, on cache lines of their own.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard {
    sum: AtomicU64,
    counts: [AtomicU64; BUCKETS],
}

impl Histogram {
    /// A histogram of nothing yet. The greatest bucket takes what is above all `bounds`, of which
    /// there are fewer than [`BUCKETS`].
    pub(super) fn new(bounds: &'static [u64], scale: f64) -> Self {
        assert!(bounds.len() < BUCKETS && bounds.is_sorted());
        Histogram { bounds, scale, shards: (0..SHARDS).map(|_| Shard::default()).collect() }
    }

    /// Counts a value.
    pub(super) fn observe(&self, value: u64) {
        let own = Own::get();
        let shard = &self.shards[own.0];
        let bucket = self.bounds.iter().take_while(|bound| **bound < value).count();
        own.add(&shard.counts[bucket], 1);
        own.add(&shard.sum, value);
    }
}

impl EncodeMetric for Histogram {
    #[expect(clippy::cast_precision_loss, reason = "sums are for people, and stay below 2^52 for 52 days")]
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let total = |of: &dyn Fn(&Shard) -> &AtomicU64| {
            self.shards.iter().map(|shard| of(shard).load(Ordering::Relaxed)).sum::<u64>()
        };
        let upper = self.bounds.iter().map(|bound| *bound as f64 / self.scale).chain([f64::INFINITY]);
        let buckets: Vec<(f64, u64)> =
            upper.enumerate().map(|(n, bound)| (bound, total(&|shard| &shard.counts[n]))).collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = total(&|shard| &shard.sum) as f64 / self.scale;
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;
    use prometheus_client::metrics::histogram as library;
    use prometheus_client::registry::Registry;

    use super::*;

    fn shown(metric: impl prometheus_client::registry::Metric) -> String {
        let mut registry = Registry::default();
        registry.register("times", "Times", metric);
        let mut text = String::new();
        encode(&mut text, &registry).expect("a string takes everything");
        text
    }

    #[test]
    fn it_shows_what_the_library_would() {
        let (ours, theirs) =
            (Histogram::new(&[1000, 2500, 10_000], 1e9), library::Histogram::new([1e-6, 2.5e-6, 1e-5]));
        assert_eq!(shown(ours.clone()), shown(theirs.clone()));
        for nanos in [0_u32, 1, 1000, 1001, 2500, 9999, 10_000, 10_001, 4_000_000_000] {
            ours.observe(nanos.into());
            theirs.observe(f64::from(nanos) / 1e9);
        }
        let (ours, theirs) = (shown(ours), shown(theirs));
        let sum = |text: &str| text.split("times_sum ").nth(1)?.split('\n').next()?.parse::<f64>().ok();
        assert!((sum(&ours).expect("a sum") - sum(&theirs).expect("a sum")).abs() < 1e-9);
        let rest =
            |text: &str| text.lines().filter(|line| !line.contains("_sum")).collect::<Vec<_>>().join("\n");
        assert_eq!(rest(&ours), rest(&theirs));
    }

    #[test]
    fn what_all_threads_saw_is_added_up() {
        let histogram = Histogram::new(&[10], 1.0);
        let threads = (0..2 * SHARDS).map(|n| {
            let own = histogram.clone();
            std::thread::spawn(move || (0..100).for_each(|_| own.observe(n as u64)))
        });
        threads.collect::<Vec<_>>().into_iter().for_each(|thread| thread.join().expect("counted"));
        let text = shown(histogram);
        assert!(
            text.contains("times_bucket{le=\"10.0\"} 1100\n") && text.contains("times_count 12800\n"),
            "{text}"
        );
        assert!(text.contains("times_sum 812800.0\n"), "{text}");
    }
}
