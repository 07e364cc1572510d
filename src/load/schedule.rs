//! The schedule of an open loop: when each request ought to be sent, and the clock that lets it go.
//!
//! The clock is a thread of its own that sleeps, because the runtime's timer counts in whole
//! milliseconds, which at 1,000 requests a second would be as much as what is to be measured.

use std::fs;
use std::path::Path;
use std::sync::Weak;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

/// The least time between two wakings of the clock: above 10,000 requests a second several go at
/// once, up to this much late, or the clock would take more of the processor than the requests.
const GRAIN: Duration = Duration::from_micros(100);

/// Requests at even distances.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    /// When the first one is due.
    pub(super) start: Instant,
    /// Requests per second.
    pub(super) rate: f64,
    /// How many there are.
    pub(super) total: u64,
}

impl Schedule {
    pub(super) fn new(start: Instant, rate: f64, duration: Duration) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of requests")]
        let total = (rate * duration.as_secs_f64()).round() as u64;
        Schedule { start, rate, total }
    }

    /// When request `n`, counted from 0, ought to be sent.
    #[expect(clippy::cast_precision_loss, reason = "counts of requests stay far below 2^52")]
    pub(super) fn intended(&self, n: u64) -> Instant {
        self.start + Duration::from_secs_f64(n as f64 / self.rate)
    }

    /// Lets go, by a permit each, of every request at its time and of `last` more after the end,
    /// until nobody holds the semaphore any more.
    pub(super) fn pace(self, permits: Weak<Semaphore>, last: usize) -> std::io::Result<()> {
        let clock = move || {
            wake_in_time();
            let mut released = 0;
            let mut now = self.start;
            while released < self.total {
                sleep_until(self.intended(released).max(now + GRAIN));
                now = Instant::now();
                let first = released;
                while released < self.total && self.intended(released) <= now {
                    released += 1;
                }
                let Some(permits) = permits.upgrade() else { return };
                permits.add_permits(usize::try_from(released - first).unwrap_or(usize::MAX));
            }
            if let Some(permits) = permits.upgrade() {
                permits.add_permits(last);
            }
        };
        thread::Builder::new().name("schedule".into()).spawn(clock).map(drop)
    }
}

fn sleep_until(moment: Instant) {
    // never spins: at a high rate it would take the very core that the generator runs on
    while let Some(left) = moment.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
        thread::sleep(left);
    }
}

/// Asks Linux to wake this thread when it said and not within the 50 µs after that are its custom.
/// Where that is refused, or the system another, requests go out that much later and the report
/// says so.
fn wake_in_time() {
    let task = fs::read_link("/proc/thread-self").ok();
    if let Some(id) = task.as_deref().and_then(Path::file_name) {
        let _ = fs::write(Path::new("/proc").join(id).join("timerslack_ns"), "1");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn requests_are_due_at_even_distances_however_long_it_runs() {
        let start = Instant::now();
        let schedule = Schedule::new(start, 3000.0, Duration::from_secs(3600));
        assert_eq!(schedule.total, 10_800_000);
        assert_eq!(schedule.intended(0), start);
        let hour = schedule.intended(schedule.total) - start;
        assert!(hour.abs_diff(Duration::from_secs(3600)) < Duration::from_micros(1), "{hour:?}");
    }

    #[test]
    fn all_are_let_go_and_none_before_its_time() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let permits = Arc::new(Semaphore::new(0));
        let schedule = Schedule::new(Instant::now(), 10_000.0, Duration::from_millis(20));
        schedule.pace(Arc::downgrade(&permits), 1).expect("a thread");
        runtime.block_on(async {
            for n in 0..schedule.total {
                permits.acquire().await.expect("open").forget();
                assert!(Instant::now() >= schedule.intended(n), "{n}");
            }
            permits.acquire().await.expect("open").forget();
        });
        assert_eq!(permits.available_permits(), 0);
    }
}
