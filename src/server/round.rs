//! A worker's rounds: in each it serves every connection that was ready when the round began.
//!
//! Requests on a worker do not overlap, so a limit on those in flight would shed nothing. How long a
//! round lasts tells how far the worker lags behind what is asked of it.

use std::cell::Cell;
use std::future::poll_fn;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

thread_local! {
    /// When the round under way began; none where the worker has caught up.
    static BEGAN: Cell<Option<Instant>> = const { Cell::new(None) };
    /// The task that stepped back last and was not asked again.
    static BACK: Cell<Option<Waker>> = const { Cell::new(None) };
}

/// How long the round has lasted: at least so long has the request that is served now waited.
pub(super) fn lag(now: Instant) -> Duration {
    now.saturating_duration_since(BEGAN.get().unwrap_or_else(|| begin(now)))
}

/// Lets the connection finish with what it has read. actix-web asks a handler first when it has a
/// request's head, and once more when it has taken apart what came with it; to be woken for that
/// would be to be asked a third time. Whoever is not asked is woken at the end of the round.
pub(super) async fn step_back(now: Instant) {
    let mut asked = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut asked, true) {
            forget(cx);
            return Poll::Ready(());
        }
        if BEGAN.get().is_none() {
            begin(now);
        }
        if let Some(other) = BACK.replace(Some(cx.waker().clone())) {
            other.wake();
        }
        Poll::Pending
    })
    .await;
}

/// Takes the waker away that was left by the task that is asked now.
fn forget(cx: &Context<'_>) {
    if let Some(other) = BACK.take().filter(|waker| !waker.will_wake(cx.waker())) {
        BACK.set(Some(other));
    }
}

fn begin(now: Instant) -> Instant {
    BEGAN.set(Some(now));
    // stands in line behind all that is ready now
    actix_web::rt::spawn(async {
        BEGAN.set(None);
        if let Some(waker) = BACK.take() {
            waker.wake();
        }
    });
    now
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use actix_web::rt::{System, spawn};

    use super::*;

    #[test]
    fn a_round_lasts_until_all_that_was_ready_is_served() {
        System::new().block_on(async {
            let now = Instant::now();
            let later = now + Duration::from_secs(1);
            let lags = Rc::new(Cell::new(vec![]));
            let ask = |lags: &Rc<Cell<Vec<Duration>>>| {
                let lags = Rc::clone(lags);
                async move {
                    let mut all = lags.take();
                    all.push(lag(if all.is_empty() { now } else { later }));
                    lags.set(all);
                }
            };
            let round: Vec<_> = (0..3).map(|_| spawn(ask(&lags))).collect();
            for one in round {
                one.await.expect("served");
            }
            spawn(ask(&lags)).await.expect("served");
            let second = Duration::from_secs(1);
            assert_eq!(lags.take(), [Duration::ZERO, second, second, Duration::ZERO]);
        });
    }

    #[test]
    fn nobody_who_steps_back_is_forgotten() {
        System::new().block_on(async {
            let tasks: Vec<_> = (0..10).map(|_| spawn(step_back(Instant::now()))).collect();
            for task in tasks {
                task.await.expect("woken");
            }
        });
    }
}
