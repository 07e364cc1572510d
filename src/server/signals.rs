//! The operating system's requests to stop and to reload: the server's own, because actix-web closes the listener
//! at once where a load balancer still sends.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that the server takes instead of the system's default. From here on none of them kills.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// Takes the signals: before the first request is answered, or an early one would kill.
    ///
    /// # Errors
    /// If the system does not give them.
    pub(super) fn take() -> io::Result<Self> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for SIGTERM or SIGINT; on each SIGHUP does what is to be done then.
    pub(super) async fn stop(mut self, hangup: impl Fn()) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hangup.recv() => hangup(),
            }
        }
    }
}
