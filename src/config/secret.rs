//! Passwords: where they come from, and that nothing prints them.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use serde_json::{Value as Schema, json};
use thiserror::Error;

use super::{ConfigError, USERNAME_MAX};
use crate::rulefile::diagnostic::Report;
use crate::rulefile::record::{Definitions, Read, record};
use crate::rulefile::yaml::Node;

/// The largest password file, in bytes.
const LIMIT: u64 = 4096;

/// Text that shows itself as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

record! {
    /// A name and its password, either given here or read from a file.
    pub struct Credential, law = credential_law, narrow = credential_narrow {
        /// The name, at most 50 characters, without `:`.
        pub username: String,
        /// The password.
        pub password: Option<Secret>,
        /// A file whose first line is the password.
        pub password_file: Option<PathBuf>,
    }
}

/// Why there is no password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SecretError {
    /// The file cannot be read.
    #[error("{path}: {cause}")]
    Unreadable {
        /// The file.
        path: String,
        /// The system's words.
        cause: String,
    },
    /// There is nothing in it, or nothing was given.
    #[error("it is empty")]
    Empty,
}

impl Secret {
    /// A secret of this text.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself: to be compared, never to be shown.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

impl Credential {
    /// A name with its password.
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Credential {
        Credential { username: username.into(), password: Some(Secret::new(password)), password_file: None }
    }

    /// The password; a file is read anew each time.
    ///
    /// # Errors
    /// Where the file cannot be read as text, or the password is empty.
    pub fn secret(&self) -> Result<Secret, ConfigError> {
        let secret = match (&self.password, &self.password_file) {
            (Some(secret), _) => Ok(secret.clone()),
            (None, Some(path)) => read(path),
            (None, None) => Err(SecretError::Empty),
        };
        let given = |secret: Secret| if secret.0.is_empty() { Err(SecretError::Empty) } else { Ok(secret) };
        secret
            .and_then(given)
            .map_err(|source| ConfigError::Secret { username: self.username.clone(), source })
    }
}

fn read(path: &PathBuf) -> Result<Secret, SecretError> {
    let mut text = String::new();
    File::open(path).and_then(|file| file.take(LIMIT).read_to_string(&mut text)).map_err(|error| {
        SecretError::Unreadable { path: path.display().to_string(), cause: error.to_string() }
    })?;
    Ok(Secret(text.lines().next().unwrap_or_default().to_owned()))
}

/// The text with all passwords blotted out, at the same length: diagnostics quote lines of it.
///
/// It works on text that may not be YAML at all, and would rather hide too much.
pub(super) fn hide(text: &str) -> String {
    text.split_inclusive('\n').map(hide_in_line).collect()
}

fn hide_in_line(line: &str) -> String {
    // ASCII only, so that places stay the same.
    let lower = line.to_ascii_lowercase();
    let value = lower.match_indices("pas").find_map(|(at, _)| {
        let key = lower[at..].find([':', ' ', ',']).filter(|end| lower[at + end..].starts_with(':'))?;
        (&lower[at..at + key] != "password_file").then_some(at + key + 1)
    });
    let Some(start) = value else { return line.to_owned() };
    let (shown, hidden) = line.split_at(start);
    let body = hidden.trim_end_matches(['\n', '\r']);
    format!("{shown}{}{}", "*".repeat(body.len()), &hidden[body.len()..])
}

fn credential_law(node: &Node, report: &mut Report<'_>) {
    match (node.get("password"), node.get("password_file")) {
        (None, None) => {
            report.error(node.span.clone(), "a credential needs `password` or `password_file`");
        }
        (Some(_), Some(file)) => {
            report.error(file.span.clone(), "`password` and `password_file` do not go together");
        }
        _ => {}
    }
    let Some((name, scalar)) = node.get("username").and_then(|name| Some((name, name.scalar()?))) else {
        return;
    };
    if scalar.text.chars().count() > USERNAME_MAX {
        report.error(name.span.clone(), format!("a user name has at most {USERNAME_MAX} characters"));
    }
    if scalar.text.contains(|c: char| c == ':' || c.is_control()) {
        report.error(name.span.clone(), "a user name holds no `:` and no control characters");
    }
}

fn credential_narrow(schema: &mut Schema) {
    schema["oneOf"] = json!([{ "required": ["password"] }, { "required": ["password_file"] }]);
    schema["properties"]["username"]["maxLength"] = json!(USERNAME_MAX);
    schema["properties"]["username"]["pattern"] = json!("^[^:]*$");
}

impl Read for Secret {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        match node.scalar() {
            Some(scalar) if !scalar.is_null() => Some(Secret(scalar.text.clone())),
            _ => {
                report.error(node.span.start..node.span.start, "expected a password");
                None
            }
        }
    }

    fn schema(_: &mut Definitions) -> Schema {
        json!({ "type": ["string", "number", "boolean"] })
    }
}
