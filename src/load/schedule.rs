//! The schedule of an open loop: when each request ought to be sent, and who sends it.
//!
//! A connection that is free takes the next request that is due by itself. Only where none is due it
//! waits for the clock, a thread of its own that sleeps, because the runtime's timer counts in whole
//! milliseconds, which at 1,000 requests a second would be as much as what is to be measured. So a clock
//! that the system lets wait, while the runtime has the core, makes nobody late who is not idle.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// The least time between two wakings of the clock: above 10,000 requests a second several go at
/// once, up to this much late, or the clock would take more of the processor than the requests.
const GRAIN: Duration = Duration::from_micros(100);

/// The same once there is nothing more to be sent.
const END: Duration = Duration::from_millis(1);

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
}

/// The requests of a schedule, each taken up by one connection.
#[derive(Debug)]
pub(super) struct Tickets {
    pub(super) schedule: Schedule,
    /// How many are taken.
    taken: AtomicU64,
    /// Wakes connections that wait for the next one.
    due: Notify,
}

impl Tickets {
    /// The requests of a schedule, and a clock for those that connections wait for, until nobody holds them
    /// any more.
    pub(super) fn new(schedule: Schedule) -> std::io::Result<Arc<Self>> {
        let tickets = Arc::new(Tickets { schedule, taken: AtomicU64::new(0), due: Notify::new() });
        let own = Arc::downgrade(&tickets);
        thread::Builder::new().name("schedule".into()).spawn(move || pace(&own))?;
        Ok(tickets)
    }

    /// How many are taken.
    pub(super) fn taken(&self) -> u64 {
        self.taken.load(Relaxed)
    }

    /// Takes the next one, at its time or after it. None where all are taken.
    pub(super) async fn take(&self) -> Option<u64> {
        loop {
            let next = self.taken();
            if next >= self.schedule.total {
                return None;
            }
            let now = Instant::now();
            if now < self.schedule.intended(next) {
                self.due.notified().await;
            } else if self.taken.compare_exchange(next, next + 1, Relaxed, Relaxed).is_ok() {
                self.wake_if_due(next + 1, now);
                return Some(next);
            }
        }
    }

    /// Wakes a connection for a request if it is due; whoever takes that one wakes the next.
    fn wake_if_due(&self, number: u64, now: Instant) {
        if number < self.schedule.total && self.schedule.intended(number) <= now {
            self.due.notify_one();
        }
    }
}

/// Wakes a connection when a request is due. At the end all are woken, to see that it is the end.
fn pace(tickets: &Weak<Tickets>) {
    wake_in_time();
    let mut now = Instant::now();
    while let Some(own) = tickets.upgrade() {
        let next = own.taken();
        let (intended, ended) = (own.schedule.intended(next), next >= own.schedule.total);
        // whoever drops the last one must not have to wait
        drop(own);
        sleep_until(if ended { now + END } else { intended.max(now + GRAIN) });
        now = Instant::now();
        let Some(own) = tickets.upgrade() else { return };
        if ended {
            own.due.notify_waiters();
        }
        own.wake_if_due(own.taken(), now);
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

    #[test]
    fn requests_are_due_at_even_distances_however_long_it_runs() {
        let start = Instant::now();
        let schedule = Schedule::new(start, 3000.0, Duration::from_secs(3600));
        assert_eq!(schedule.total, 10_800_000);
        assert_eq!(schedule.intended(0), start);
        let hour = schedule.intended(schedule.total) - start;
        assert!(hour.abs_diff(Duration::from_secs(3600)) < Duration::from_micros(1), "{hour:?}");
    }

    #[tokio::test]
    async fn all_are_taken_once_and_none_before_its_time() {
        let schedule = Schedule::new(Instant::now(), 10_000.0, Duration::from_millis(20));
        let tickets = Tickets::new(schedule).expect("a thread");
        let mut connections = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let tickets = Arc::clone(&tickets);
            connections.spawn(async move {
                let mut taken = Vec::new();
                while let Some(number) = tickets.take().await {
                    assert!(Instant::now() >= schedule.intended(number), "{number}");
                    taken.push(number);
                    tokio::task::yield_now().await;
                }
                taken
            });
        }
        let mut taken = connections.join_all().await.concat();
        taken.sort_unstable();
        assert_eq!(taken, (0..schedule.total).collect::<Vec<_>>());
    }
}
