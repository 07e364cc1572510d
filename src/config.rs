//! The configuration of a server: one record for each component, read like a rule file.
//!
//! Later places win: the defaults, `premod.yaml`, the environment, then flags, which the command
//! line sets on the fields. [`Config::check`] says at the end whether the sum makes sense.

mod decision_log;
mod environment;
mod secret;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value as Schema, json};
use thiserror::Error;

pub use decision_log::{DecisionLog, Rotate};
pub use environment::{CONFIG_VARIABLE, overlay};
pub use secret::{Credential, Secret, SecretError};

use crate::rulefile::diagnostic::{Diagnostics, Report, SourceFile};
use crate::rulefile::record::{Bytes, Read, choice, file_schema, record};
use crate::rulefile::yaml::{self, Node, Value};

/// The fewest characters of a password that guards more than loopback.
pub const PASSWORD_MIN: usize = 16;
/// The most characters of a user name; the platform takes no more.
pub const USERNAME_MAX: usize = 50;

record! {
    /// What `premod.yaml` may say.
    pub struct Config {
        /// Where the platform calls.
        pub listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8080)),
        /// Threads that answer; as many as there are cores unless given.
        pub workers: Option<usize>,
        /// The directory of the rules.
        pub rules: PathBuf = PathBuf::from("rules"),
        /// Who may call.
        pub auth: Auth = defaults(),
        /// The listener for metrics and administration.
        pub admin: Admin = defaults(),
        /// What becomes of a message that cannot be judged whole. Its sender may have caused that:
        /// were it passed, padding a message would switch the filter off.
        pub on_unscannable: Fallback = Fallback::Drop,
        /// What becomes of a message while premod itself is in trouble: a full disk must not silence
        /// a community.
        pub on_unavailable: Fallback = Fallback::Pass,
        /// How large things may be.
        pub limits: Limits = defaults(),
        /// How long things may take.
        pub timeouts: Timeouts = defaults(),
        /// The answer to the platform's Custom API.
        pub moderation: Moderation = defaults(),
        /// What conditions such as `rate` remember.
        pub state: State = defaults(),
        /// Where decisions are written down; nowhere unless given.
        pub decision_log: Option<DecisionLog>,
        /// What premod tells of itself.
        pub log: Log = defaults(),
    }
}

record! {
    /// Who may call.
    pub struct Auth {
        /// Names and passwords, any number valid at once, for rotation. None: on loopback only.
        pub credentials: Vec<Credential> = vec![],
    }
}

record! {
    /// The listener for metrics and administration.
    pub struct Admin {
        /// Where it listens.
        pub listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8081)),
        /// Who may call it; needed when it leaves loopback.
        pub auth: Auth = defaults(),
        /// Names by which it is called, beside `localhost` and any address: others are refused, so
        /// that no page can call it under a name of its own.
        pub hosts: Vec<String> = vec![],
    }
}

record! {
    /// How large things may be.
    pub struct Limits {
        /// Characters in all the texts of a message.
        pub text: usize = 65_536,
        /// The body of a webhook's request.
        pub body: Bytes = Bytes(256 << 10),
        /// The body of a Custom API request.
        pub moderation_body: Bytes = Bytes(1 << 20),
        /// What is injected into a message.
        pub injected: Bytes = Bytes(8 << 10),
    }
}

record! {
    /// How long things may take.
    pub struct Timeouts {
        /// The head of a connection's first request.
        pub head: Duration = Duration::from_secs(5),
        /// A request's body, from its head on.
        pub body: Duration = Duration::from_secs(1),
        /// A request that waited longer than this for its worker is answered without being judged.
        pub queue: Duration = Duration::from_millis(20),
        /// A connection that is silent between requests; longer than the platform keeps it.
        pub keep_alive: Duration = Duration::from_secs(75),
        /// From "not ready" to the end of accepting, so that balancers notice.
        pub drain_delay: Duration = Duration::from_secs(2),
        /// For the requests under way once accepting has ended.
        pub shutdown: Duration = Duration::from_secs(10),
    }
}

record! {
    /// The answer to the platform's Custom API.
    pub struct Moderation, law = moderation_law, narrow = moderation_narrow {
        /// The confidence told with a flag, from 0 to 1.
        pub flag_confidence: f64 = 0.5,
    }
}

record! {
    /// What conditions such as `rate` remember.
    pub struct State {
        /// Memory it may take; what was not used longest is forgotten first.
        pub memory: Bytes = Bytes(64 << 20),
    }
}

record! {
    /// What premod tells of itself on standard error.
    pub struct Log {
        /// How much.
        pub level: LogLevel = LogLevel::Info,
        /// In what shape; JSON unless given, text where standard error is a terminal.
        pub format: Option<LogFormat>,
    }
}

choice! {
    /// What becomes of a message that the rules could not judge.
    pub enum Fallback {
        /// It is not delivered.
        Drop = "drop",
        /// It is delivered as it is.
        Pass = "pass",
    }
}

choice! {
    /// How much is logged.
    pub enum LogLevel {
        /// What needs somebody.
        Error = "error",
        /// And what may soon.
        Warn = "warn",
        /// And the course of things.
        Info = "info",
        /// And each step.
        Debug = "debug",
        /// And everything.
        Trace = "trace",
    }
}

choice! {
    /// The shape of a log line.
    pub enum LogFormat {
        /// One JSON object a line.
        Json = "json",
        /// For people.
        Text = "text",
    }
}

/// What is wrong with a configuration beyond what is written wrongly.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// Anybody could call.
    #[error("{setting}: {address} is more than loopback and needs credentials")]
    Open {
        /// `listen` or `admin.listen`.
        setting: &'static str,
        /// The address.
        address: SocketAddr,
    },
    /// A password that is easily guessed.
    #[error(
        "the password of `{username}` has fewer than {PASSWORD_MIN} characters; {address} is more than loopback"
    )]
    ShortPassword {
        /// Whose.
        username: String,
        /// Where it would count.
        address: SocketAddr,
    },
    /// A password that cannot be had.
    #[error("the password of `{username}`: {source}")]
    Secret {
        /// Whose.
        username: String,
        /// Why.
        source: SecretError,
    },
    /// A key that can't be had.
    #[error("the key of the decision log: {path}: {cause}")]
    Key {
        /// The file.
        path: String,
        /// Why.
        cause: String,
    },
    /// Both listeners in one place.
    #[error("`listen` and `admin.listen` are both {0}")]
    SameAddress(SocketAddr),
}

/// JSON Schema of `premod.yaml`.
#[must_use]
pub fn schema() -> Schema {
    file_schema::<Config>("premod configuration")
}

impl Default for Config {
    fn default() -> Self {
        defaults()
    }
}

impl Config {
    /// Reads `premod.yaml`; an empty file is the defaults. What is wrong is in the diagnostics, and
    /// where there are errors the result is not to be used.
    #[must_use]
    pub fn read(file: &SourceFile, out: &mut Diagnostics) -> Config {
        let mut found = Diagnostics::default();
        let mut report = found.report(file);
        let config = yaml::parse(&mut report)
            .filter(|node| !node.is_null())
            .and_then(|node| <Config as Read>::read(&node, &mut report));
        found.show_in(&SourceFile::new(file.path.clone(), secret::hide(&file.text)));
        out.extend(found);
        config.unwrap_or_default()
    }

    /// Threads that answer.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.workers.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)).max(1)
    }

    /// Everything that is wrong with the sum of file, environment and flags. Passwords in files are
    /// read to be measured. `open` stands for the insistence on serving without credentials.
    #[must_use]
    pub fn check(&self, open: bool) -> Vec<ConfigError> {
        let mut wrong = Vec::new();
        let listeners =
            [("listen", self.listen, &self.auth), ("admin.listen", self.admin.listen, &self.admin.auth)];
        for (setting, address, auth) in listeners {
            let exposed = !address.ip().is_loopback();
            // Insisting opens the door for messages, never the one for administration.
            if exposed && auth.credentials.is_empty() && !(open && setting == "listen") {
                wrong.push(ConfigError::Open { setting, address });
            }
            for credential in &auth.credentials {
                match credential.secret() {
                    Err(error) => wrong.push(error),
                    Ok(secret) if exposed && secret.expose().chars().count() < PASSWORD_MIN => {
                        let username = credential.username.clone();
                        wrong.push(ConfigError::ShortPassword { username, address });
                    }
                    Ok(_) => {}
                }
            }
        }
        if let Some(Err(error)) = self.decision_log.as_ref().map(DecisionLog::key) {
            wrong.push(error);
        }
        if self.listen == self.admin.listen && self.listen.port() != 0 {
            wrong.push(ConfigError::SameAddress(self.listen));
        }
        wrong
    }
}

/// A record of which nothing is given.
fn defaults<T: Read>() -> T {
    let nothing = Node { span: 0..0, value: Value::Map(vec![]) };
    let file = SourceFile::new("defaults", "");
    T::read(&nothing, &mut Diagnostics::default().report(&file)).expect("all keys have defaults")
}

fn moderation_law(node: &Node, report: &mut Report<'_>) {
    let Some(value) = node.get("flag_confidence") else { return };
    let number = value.scalar().and_then(|scalar| scalar.text.parse::<f64>().ok());
    if number.is_some_and(|number| !(0.0..=1.0).contains(&number)) {
        report.error(value.span.clone(), "a confidence lies between 0 and 1");
    }
}

fn moderation_narrow(schema: &mut Schema) {
    schema["properties"]["flag_confidence"]["minimum"] = json!(0);
    schema["properties"]["flag_confidence"]["maximum"] = json!(1);
}

#[cfg(test)]
mod tests;
