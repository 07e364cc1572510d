//! A server on a free port whose judge is a few words: what these tests are about is the contract.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use premod::config::{Admin, Config, Timeouts};
use premod::engine::{Action, Decision, Facts, Outcome, Verdict};
use premod::message::Message;
use premod::server::{Judge, Server};
use tokio::sync::oneshot;

/// Judges by what the parts of a message contain.
#[derive(Default)]
pub(crate) struct StandIn {
    /// Why it is not ready, if it is not.
    pub(crate) unready: Option<String>,
}

impl Judge for StandIn {
    fn judge(&self, message: &Message<'_>, _: &Facts) -> Decision {
        let says = |word: &str| message.parts.iter().any(|part| part.text.contains(word));
        assert!(!says("panic"), "told to panic");
        let mut verdict = Verdict::default();
        if says("whoami") {
            verdict.metadata.insert("app".into(), message.app.as_ref().into());
            verdict.labels.push(message.app.clone().into_owned());
        }
        if says("contact") {
            verdict.labels.push("contact".into());
            verdict.masked_text = Some(message.text().replace("contact", "*******"));
        }
        if says("dubious") {
            verdict.action = Some(Action::Flag);
        }
        if says("bad") {
            verdict.action = Some(Action::Drop);
        }
        let outcome = if says("endless") { Outcome::Unscannable("budget".into()) } else { Outcome::Judged };
        Decision { outcome, verdict, ..Decision::unscannable("") }
    }

    fn revision(&self) -> &'static str {
        "r1"
    }

    fn unready(&self) -> Option<String> {
        self.unready.clone()
    }
}

/// A running server; it is stopped when this goes.
pub(crate) struct Running {
    pub(crate) addr: SocketAddr,
    pub(crate) admin: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

/// A configuration with free ports, one worker, and no waiting.
pub(crate) fn config() -> Config {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let defaults = Config::default();
    Config {
        listen: any,
        workers: Some(1),
        admin: Admin { listen: any, ..defaults.admin },
        timeouts: Timeouts {
            drain_delay: Duration::ZERO,
            // a busy machine is no overload here
            queue: Duration::from_secs(60),
            body: Duration::from_secs(20),
            shutdown: Duration::from_secs(2),
            ..defaults.timeouts
        },
        ..defaults
    }
}

pub(crate) fn start(config: Config) -> Running {
    start_with(config, StandIn::default())
}

pub(crate) fn start_with(config: Config, judge: StandIn) -> Running {
    let server = Server::bind(config, false, Arc::new(judge)).expect("a free port");
    let (addr, admin) = (server.addr(), server.admin_addr());
    let (stop, stopped) = oneshot::channel::<()>();
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(server.run_until(async {
            let _ = stopped.await;
        }))
    });
    Running { addr, admin, stop: Some(stop), thread: Some(thread) }
}

impl Running {
    /// Tells the server to stop, and does not wait.
    pub(crate) fn stop(&mut self) {
        self.stop.take();
    }

    /// Waits until the server has stopped.
    pub(crate) fn join(&mut self) -> io::Result<()> {
        self.thread.take().expect("joined once").join().expect("the server does not panic")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
