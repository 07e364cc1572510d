//! The operating system's requests to stop: the server's own, because actix-web closes the listener
//! at once where a load balancer still sends.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Waits for SIGTERM or SIGINT; SIGHUP is taken note of, so that it does not kill.
///
/// # Errors
/// If the signals can't be listened to.
pub(super) async fn stop_requested() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            _ = hangup.recv() => tracing::warn!("SIGHUP: the rules are not reloaded by it yet"),
        }
    }
}
