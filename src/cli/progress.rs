//! A bar on long work, on a terminal only: elsewhere nobody watches it move.

use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often the bar moves.
const STEP: Duration = Duration::from_millis(50);

/// Does some work that counts what it has done of a total, and shows how far it is.
pub(super) fn watched<T: Send>(
    total: usize,
    what: &'static str,
    work: impl FnOnce(&AtomicUsize) -> T + Send,
) -> T {
    let done = AtomicUsize::new(0);
    if !std::io::stderr().is_terminal() {
        return work(&done);
    }
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} {msg}, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr())
        .with_style(style)
        .with_message(what);
    let result = thread::scope(|scope| {
        let running = scope.spawn(|| work(&done));
        while !running.is_finished() {
            bar.set_position(done.load(Ordering::Relaxed) as u64);
            thread::park_timeout(STEP);
        }
        running.join()
    });
    bar.finish_and_clear();
    result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
