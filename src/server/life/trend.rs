//! Whether a rule's share of hits has jumped: the last thousand messages against all before them.
//!
//! The messages are taken in windows. A window is unusual if it has enough hits to mean something and
//! its share is three times the usual one, or 25 points above it where the usual one is large. What is
//! usual is an average that forgets: half of it in about 35,000 messages, so that a change that stays
//! becomes usual and its alarm ends.

use std::time::{Duration, Instant};

/// A window ends with so many messages…
const WINDOW: u64 = 1000;
/// …or after this time…
const PATIENCE: Duration = Duration::from_secs(60);
/// …if it has as many as these.
const FEWEST: u64 = 100;
/// The fewest hits of a window that can alarm.
const HITS: u64 = 20;
/// The fewest messages, older ones counting less, from which it is known what is usual: five windows.
const KNOWN: f64 = 4500.0;
/// The messages after which what was is forgotten to 1/e.
const MEMORY: f64 = 50_000.0;

/// What has been seen of one rule.
#[derive(Debug, Default)]
pub(super) struct Trend {
    /// The beginning of the window: when, and how many hits and messages there had been.
    since: Option<Instant>,
    hits: u64,
    judged: u64,
    /// Hits and messages before it, the older ones counting less.
    usual_hits: f64,
    usual_judged: f64,
    alarmed: bool,
}

/// How a window compares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Change {
    /// Whether the share has jumped, or has not yet come back.
    pub(super) alarmed: bool,
    /// The window's share of hits.
    pub(super) share: f64,
    /// The share before it.
    pub(super) usual: f64,
}

impl Trend {
    /// Begins now, when so many messages had been judged.
    pub(super) fn new(now: Instant, judged: u64) -> Self {
        Trend { since: Some(now), judged, ..Trend::default() }
    }

    /// Takes a look, given all hits of the rule and all messages so far. Tells where a window ended
    /// and it is known what is usual.
    #[expect(clippy::cast_precision_loss, reason = "a window has far fewer than 2⁵² messages")]
    pub(super) fn look(&mut self, now: Instant, hits: u64, judged: u64) -> Option<Change> {
        let since = *self.since.get_or_insert(now);
        let (new_hits, messages) = (hits.saturating_sub(self.hits), judged.saturating_sub(self.judged));
        let over =
            messages >= WINDOW || messages >= FEWEST && now.saturating_duration_since(since) >= PATIENCE;
        if !over {
            return None;
        }
        (self.since, self.hits, self.judged) = (Some(now), hits, judged);
        let (window_hits, window) = (new_hits as f64, messages as f64);
        let known = self.usual_judged >= KNOWN;
        let (share, usual) = (window_hits / window, self.usual_hits / self.usual_judged.max(1.0));
        let kept = (-window / MEMORY).exp();
        self.usual_hits = self.usual_hits * kept + window_hits;
        self.usual_judged = self.usual_judged * kept + window;
        // an alarm ends some way below where it began, so that it does not flicker
        let (times, points) = if self.alarmed { (2.0, 0.15) } else { (3.0, 0.25) };
        self.alarmed = known && new_hits >= HITS && (share > usual * times || share > usual + points);
        known.then_some(Change { alarmed: self.alarmed, share, usual })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of windows of a thousand messages with these hits.
    fn told(windows: &[u64]) -> String {
        let start = Instant::now();
        let mut trend = Trend::new(start, 0);
        let mut hits = 0;
        let look = |(at, own): (u64, &u64)| {
            hits += own;
            match trend.look(start, hits, (at + 1) * 1000) {
                None => '.',
                Some(Change { alarmed: true, .. }) => '!',
                Some(_) => '-',
            }
        };
        (0..).zip(windows).map(look).collect()
    }

    #[test]
    fn jumps_alarm() {
        for (windows, expected) in [
            (&[10; 8][..], ".....---"),
            (&[10, 10, 10, 10, 10, 40], ".....!"),
            (&[10, 10, 10, 10, 10, 25], ".....-"),
            (&[0, 0, 0, 0, 0, 19], ".....-"),
            (&[0, 0, 0, 0, 0, 20, 20, 0], ".....!!-"),
            (&[300, 300, 300, 300, 300, 540, 640, 560, 500], ".....-!!-"),
            // unusual before anything is known to be usual
            (&[0, 0, 0, 900, 0], "....."),
        ] {
            assert_eq!(told(windows), expected, "{windows:?}");
        }
    }

    #[test]
    fn what_stays_becomes_usual() {
        let windows: Vec<u64> = std::iter::repeat_n(10, 50).chain(std::iter::repeat_n(50, 100)).collect();
        let told = told(&windows);
        assert_eq!((&told[50..53], &told[140..]), ("!!!", "----------"), "{told}");
    }

    #[test]
    fn where_little_is_said_a_window_is_a_minute() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut trend = Trend::new(start, 0);
        assert_eq!(trend.look(at(59), 1, 900), None);
        trend.usual_judged = KNOWN;
        assert_eq!(trend.look(at(60), 30, 99), None);
        assert!(trend.look(at(61), 30, 100).is_some_and(|change| change.alarmed));
        assert_eq!(trend.look(at(100), 30, 300), None);
    }
}
