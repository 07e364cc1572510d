//! What an operator may set, each with its default: plain data, read from nowhere.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// The settings of the server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the platform calls.
    pub listen: SocketAddr,
    /// Worker threads; the cores there are by default.
    pub workers: usize,
    /// Who may call: any of these. Nobody in it means everybody, on loopback only.
    pub credentials: Vec<Credential>,
    /// Insists on serving without credentials beyond loopback.
    pub no_auth: bool,
    /// The operator's listener; none turns it off.
    pub admin: Option<Admin>,
    /// What to do with a message that can't be judged, where its sender may be the cause.
    pub on_unscannable: Fallback,
    /// What to do with a message that can't be judged, where the infrastructure is the cause.
    pub on_unavailable: Fallback,
    /// Sizes.
    pub limits: Limits,
    /// Times.
    pub timeouts: Timeouts,
    /// How sure a flag is in the answers of the Custom API, 0–1.
    pub flag_confidence: f64,
}

/// The settings of the operator's listener.
#[derive(Clone, Debug)]
pub struct Admin {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Who may read the metrics; nobody in it means everybody, on loopback only.
    pub credentials: Vec<Credential>,
}

/// A name and a password of HTTP Basic.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// The name.
    pub username: String,
    /// The password; never printed.
    pub password: String,
}

/// What happens to a message that the rules could not judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// It is not delivered.
    Drop,
    /// It is delivered as it is.
    Pass,
}

/// Sizes in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The body of a webhook.
    pub body: usize,
    /// The body of a Custom API request.
    pub moderation_body: usize,
    /// What is injected into a message.
    pub injected: usize,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// A request's body, from its head to its last byte.
    pub body: Duration,
    /// A request that waited for its worker longer than this is answered without being judged.
    pub queue: Duration,
    /// An idle connection.
    pub keep_alive: Duration,
    /// The head of a connection's first request.
    pub head: Duration,
    /// From "not ready" to the end of accepting.
    pub drain_delay: Duration,
    /// From the end of accepting to the end of the process.
    pub shutdown: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            listen: (Ipv4Addr::LOCALHOST, 8080).into(),
            workers: std::thread::available_parallelism().map_or(1, Into::into),
            credentials: vec![],
            no_auth: false,
            admin: Some(Admin::default()),
            on_unscannable: Fallback::Drop,
            on_unavailable: Fallback::Pass,
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            flag_confidence: 0.5,
        }
    }
}

impl Default for Admin {
    fn default() -> Self {
        Admin { listen: (Ipv4Addr::LOCALHOST, 8081).into(), credentials: vec![] }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits { body: 256 * 1024, moderation_body: 1024 * 1024, injected: 8 * 1024 }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            body: Duration::from_secs(1),
            queue: Duration::from_millis(20),
            keep_alive: Duration::from_secs(75),
            head: Duration::from_secs(5),
            drain_delay: Duration::from_secs(5),
            shutdown: Duration::from_secs(10),
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("username", &self.username).field("password", &"***").finish()
    }
}
