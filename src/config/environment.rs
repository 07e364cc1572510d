//! The environment laid over a configuration: `PREMOD_*` variables, and no other.

use std::path::PathBuf;

use super::decision_log::ADVICE;
use super::{Config, Credential, DecisionLog, Secret};
use crate::decision::TextKept;
use crate::rulefile::diagnostic::{Diagnostics, SourceFile};
use crate::rulefile::record::{Read, suggestion};
use crate::rulefile::yaml::Node;

/// What a variable does to the configuration, if its value can be read.
type Set = fn(&mut Config, &Variable<'_>, &mut Diagnostics);

/// All variables that are known.
const VARIABLES: [(&str, Set); 14] = [
    ("PREMOD_LISTEN", |config, variable, out| variable.read(&mut config.listen, out)),
    ("PREMOD_ADMIN_LISTEN", |config, variable, out| variable.read(&mut config.admin.listen, out)),
    ("PREMOD_RULES", |config, variable, out| variable.read(&mut config.rules, out)),
    ("PREMOD_WORKERS", |config, variable, out| variable.read(&mut config.workers, out)),
    ("PREMOD_ON_UNSCANNABLE", |config, variable, out| variable.read(&mut config.on_unscannable, out)),
    ("PREMOD_ON_UNAVAILABLE", |config, variable, out| variable.read(&mut config.on_unavailable, out)),
    ("PREMOD_LOG", |config, variable, out| variable.read(&mut config.log.level, out)),
    // These three make one log together.
    (DECISION_LOG, |_, _, _| {}),
    (DECISION_LOG_TEXT, |_, _, _| {}),
    (DECISION_LOG_KEY_FILE, |_, _, _| {}),
    // Whoever opens the file has read it already.
    (CONFIG_VARIABLE, |_, _, _| {}),
    // These three make one credential together.
    (USERNAME, |_, _, _| {}),
    (PASSWORD, |_, _, _| {}),
    (PASSWORD_FILE, |_, _, _| {}),
];
/// Names the file that is the configuration; the command line's `--config` goes before it.
pub const CONFIG_VARIABLE: &str = "PREMOD_CONFIG";
const DECISION_LOG: &str = "PREMOD_DECISION_LOG";
const DECISION_LOG_TEXT: &str = "PREMOD_DECISION_LOG_TEXT";
const DECISION_LOG_KEY_FILE: &str = "PREMOD_DECISION_LOG_KEY_FILE";
const USERNAME: &str = "PREMOD_USERNAME";
const PASSWORD: &str = "PREMOD_PASSWORD";
const PASSWORD_FILE: &str = "PREMOD_PASSWORD_FILE";

struct Variable<'a> {
    name: &'a str,
    value: &'a str,
}

impl Variable<'_> {
    fn read<T: Read>(&self, field: &mut T, out: &mut Diagnostics) {
        let place = SourceFile::new(self.name, "");
        if let Some(value) = T::read(&Node::plain(self.value), &mut out.report(&place)) {
            *field = value;
        }
    }
}

/// Lays variables over a configuration. Those that do not begin with `PREMOD_` are nobody's
/// business; an unknown one that does is an error.
pub fn overlay<K, V>(config: &mut Config, variables: impl IntoIterator<Item = (K, V)>, out: &mut Diagnostics)
where
    K: AsRef<str>,
    V: AsRef<str>,
{
    let mut ours: Vec<(K, V)> =
        variables.into_iter().filter(|(name, _)| name.as_ref().starts_with("PREMOD_")).collect();
    ours.sort_by(|a, b| a.0.as_ref().cmp(b.0.as_ref()));
    for (name, value) in &ours {
        let variable = Variable { name: name.as_ref(), value: value.as_ref() };
        if let Some((_, set)) = VARIABLES.iter().find(|(known, _)| *known == variable.name) {
            set(config, &variable, out);
        } else {
            let hint = suggestion(variable.name, VARIABLES.iter().map(|(known, _)| *known));
            out.error(&SourceFile::new(variable.name, ""), 0..0, format!("unknown variable{hint}"));
        }
    }
    let value = |wanted: &str| {
        ours.iter().find(|(name, _)| name.as_ref() == wanted).map(|(_, value)| value.as_ref().to_owned())
    };
    decision_log(config, [DECISION_LOG, DECISION_LOG_TEXT, DECISION_LOG_KEY_FILE].map(value), out);
    credential(config, (value(USERNAME), value(PASSWORD), value(PASSWORD_FILE)), out);
}

/// Sets what variables say of the decision log; it is begun by them where the file says nothing of it.
fn decision_log(config: &mut Config, [path, text, key_file]: [Option<String>; 3], out: &mut Diagnostics) {
    if config.decision_log.is_none() {
        let mut wrong = |name: &str, message: &str, advice: Option<&str>| {
            let wrong = out.error(&SourceFile::new(name, ""), 0..0, message);
            if let Some(advice) = advice {
                wrong.help(advice);
            }
        };
        match (&path, &text) {
            (Some(path), Some(_)) => {
                config.decision_log = Some(DecisionLog::new(path.into(), TextKept::default()));
            }
            (Some(_), None) => {
                wrong(DECISION_LOG, "there is no PREMOD_DECISION_LOG_TEXT to go with it", Some(ADVICE));
            }
            (None, Some(_)) => {
                wrong(DECISION_LOG_TEXT, "there is no PREMOD_DECISION_LOG to go with it", None);
            }
            (None, None) if key_file.is_some() => {
                wrong(DECISION_LOG_KEY_FILE, "there is no PREMOD_DECISION_LOG to go with it", None);
            }
            (None, None) => {}
        }
    }
    let Some(log) = &mut config.decision_log else { return };
    log.path = path.map_or_else(|| log.path.clone(), PathBuf::from);
    log.key_file = key_file.map(PathBuf::from).or_else(|| log.key_file.clone());
    if let Some(text) = text {
        Variable { name: DECISION_LOG_TEXT, value: &text }.read(&mut log.text, out);
    }
}

/// Adds the credential that three variables make.
fn credential(
    config: &mut Config,
    (username, password, password_file): (Option<String>, Option<String>, Option<String>),
    out: &mut Diagnostics,
) {
    let mut wrong = |name: &str, message: &str| {
        out.error(&SourceFile::new(name, ""), 0..0, message);
    };
    match (username, password, password_file) {
        (None, None, None) => {}
        (None, Some(_), _) => wrong(PASSWORD, "there is no PREMOD_USERNAME to go with it"),
        (None, None, Some(_)) => wrong(PASSWORD_FILE, "there is no PREMOD_USERNAME to go with it"),
        (Some(_), None, None) => {
            wrong(USERNAME, "there is no PREMOD_PASSWORD or PREMOD_PASSWORD_FILE to go with it");
        }
        (Some(_), Some(_), Some(_)) => {
            wrong(PASSWORD_FILE, "PREMOD_PASSWORD is there too: one of them is enough");
        }
        (Some(name), password, password_file) => {
            if name.is_empty() || name.chars().count() > super::USERNAME_MAX || name.contains(':') {
                return wrong(USERNAME, "a user name has 1 to 50 characters and no `:`");
            }
            config.auth.credentials.push(Credential {
                username: name,
                password: password.map(Secret::new),
                password_file: password_file.map(PathBuf::from),
            });
        }
    }
}
