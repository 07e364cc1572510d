//! Configurations as people write them, and what they come to.

use super::*;

fn read(text: &str) -> (Config, String) {
    let mut out = Diagnostics::default();
    let config = Config::read(&SourceFile::new("premod.yaml", text), &mut out);
    (config, out.to_string())
}

fn with(variables: &[(&str, &str)]) -> (Config, String) {
    let mut out = Diagnostics::default();
    let mut config = Config::default();
    overlay(&mut config, variables.iter().copied(), &mut out);
    (config, out.to_string())
}

#[test]
fn the_example_shows_every_default() {
    let text = include_str!("../../premod.example.yaml");
    let (config, errors) = read(text);
    assert_eq!(errors, "");
    assert_eq!(config, Config::default());
    let node = yaml::parse(&mut Diagnostics::default().report(&SourceFile::new("example", text))).unwrap();
    let shown = |node: &Node, keys: &[&str], but: &[&str]| {
        for key in keys.iter().filter(|key| !but.contains(key)) {
            assert!(node.get(key).is_some(), "{key} is not shown");
        }
    };
    shown(&node, Config::KEYS, &["workers", "decision_log"]);
    shown(node.get("auth").unwrap(), Auth::KEYS, &[]);
    shown(node.get("admin").unwrap(), Admin::KEYS, &[]);
    shown(node.get("limits").unwrap(), Limits::KEYS, &[]);
    shown(node.get("timeouts").unwrap(), Timeouts::KEYS, &[]);
    shown(node.get("moderation").unwrap(), Moderation::KEYS, &[]);
    shown(node.get("state").unwrap(), State::KEYS, &[]);
    shown(node.get("log").unwrap(), Log::KEYS, &["format"]);
}

#[test]
fn an_empty_file_is_the_defaults() {
    assert_eq!(read("").0, Config::default());
    assert_eq!(read("# nothing\n"), (Config::default(), String::new()));
}

#[test]
fn mistakes_are_told_at_their_place() {
    let (_, errors) = read(
        "lisen: 0.0.0.0:1\nworkers: 0\nlimits: {body: 1MB}\nmoderation: {flag_confidence: 2}\nauth:\n  credentials:\n    - {username: a, password: b, password_file: c}\n    - {username: 'a:b'}\n",
    );
    let places: Vec<&str> = errors.lines().map(|line| line.split(": error: ").next().unwrap()).collect();
    assert_eq!(
        places,
        [
            "premod.yaml:1:1",
            "premod.yaml:2:10",
            "premod.yaml:3:16",
            "premod.yaml:4:31",
            "premod.yaml:7:49",
            "premod.yaml:8:7",
            "premod.yaml:8:18"
        ]
    );
    assert!(errors.contains("unknown key `lisen`; did you mean `listen`?"), "{errors}");
}

#[test]
fn the_environment_goes_over_the_file() {
    let (config, errors) = with(&[
        ("PREMOD_LISTEN", "127.0.0.1:99"),
        ("PREMOD_ADMIN_LISTEN", "[::1]:98"),
        ("PREMOD_RULES", "/etc/rules"),
        ("PREMOD_WORKERS", "3"),
        ("PREMOD_ON_UNSCANNABLE", "pass"),
        ("PREMOD_ON_UNAVAILABLE", "drop"),
        ("PREMOD_LOG", "debug"),
        ("PREMOD_USERNAME", "u"),
        ("PREMOD_PASSWORD", "p"),
        ("PREMOD_CONFIG", "/etc/premod.yaml"),
        ("HOME", "/"),
    ]);
    assert_eq!(errors, "");
    assert_eq!((config.listen.port(), config.admin.listen.port(), config.workers()), (99, 98, 3));
    assert_eq!(config.rules, PathBuf::from("/etc/rules"));
    assert_eq!(config.on_unscannable, Fallback::Pass);
    assert_eq!(config.on_unavailable, Fallback::Drop);
    assert_eq!(config.log.level, LogLevel::Debug);
    assert_eq!(config.auth.credentials[0].secret(), Ok(Secret::new("p")));
}

#[test]
fn variables_in_error_are_told_by_name() {
    for (variables, expected) in [
        (
            &[("PREMOD_LISTN", "x")][..],
            "PREMOD_LISTN: error: unknown variable; did you mean `PREMOD_LISTEN`?\n",
        ),
        (
            &[("PREMOD_LISTEN", "x")],
            "PREMOD_LISTEN: error: expected an address and port such as `127.0.0.1:8080`, found `x`\n",
        ),
        (&[("PREMOD_PASSWORD", "x")], "PREMOD_PASSWORD: error: there is no PREMOD_USERNAME to go with it\n"),
        (
            &[("PREMOD_USERNAME", "x")],
            "PREMOD_USERNAME: error: there is no PREMOD_PASSWORD or PREMOD_PASSWORD_FILE to go with it\n",
        ),
    ] {
        assert_eq!(with(variables).1, expected);
    }
}

#[test]
fn a_secret_is_never_shown() {
    let (config, errors) = read("auth: {credentials: [{username: u, password: hunter2hunter2hunter2}]}\n");
    assert_eq!(errors, "");
    assert!(!format!("{config:?}").contains("hunter2"));
    assert_eq!(config.auth.credentials[0].password.as_ref().map(ToString::to_string), Some("***".into()));
    // A misspelt key beside a password does not print the line with it.
    let mut out = Diagnostics::default();
    let file = SourceFile::new("c", "auth: {credentials: [{username: u, passwrd: hunter2}]}\n");
    let _ = Config::read(&file, &mut out);
    assert!(out.has_errors());
    assert!(!out.render(false).contains("hunter2"), "{}", out.render(false));
}

#[test]
fn away_from_loopback_a_password_is_long() {
    let check = |text: &str, open: bool| {
        let (config, errors) = read(text);
        assert_eq!(errors, "");
        config.check(open).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert!(check("", false).is_empty());
    assert!(check("auth: {credentials: [{username: u, password: short}]}", false).is_empty());
    let short = check("{listen: '0.0.0.0:1', auth: {credentials: [{username: u, password: short}]}}", false);
    assert_eq!(short.len(), 1);
    assert!(short[0].contains("fewer than 16"), "{short:?}");
    assert_eq!(check("listen: 0.0.0.0:1", false).len(), 1);
    assert!(check("listen: 0.0.0.0:1", true).is_empty());
    assert_eq!(check("admin: {listen: '0.0.0.0:1'}", true).len(), 1);
    assert_eq!(check("admin: {listen: '127.0.0.1:8080'}", true).len(), 1);
    let missing = check("auth: {credentials: [{username: u, password_file: /nonexistent}]}", false);
    assert!(missing[0].contains("/nonexistent"), "{missing:?}");
}

#[test]
fn a_password_file_is_read_to_its_first_line() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("secret");
    std::fs::write(&path, "correct horse battery\n# note\n").unwrap();
    let (config, _) =
        read(&format!("auth: {{credentials: [{{username: u, password_file: {}}}]}}", path.display()));
    assert_eq!(config.auth.credentials[0].secret().unwrap().expose(), "correct horse battery");
}

#[test]
fn the_schema_and_the_reader_agree() {
    let schema = crate::rulefile::tests::Validator::new(&schema());
    let fits = |text: &str| {
        let file = SourceFile::new("c", text);
        let node = yaml::parse(&mut Diagnostics::default().report(&file)).unwrap();
        let value = crate::rulefile::record::Json::from_node(&node).value.value();
        schema.violation(&value).is_none()
    };
    for text in [
        include_str!("../../premod.example.yaml"),
        "listen: 127.0.0.1:x",
        "tls: {}",
        "limits: {body: 1MB}",
        "workers: 0",
        "on_unscannable: ignore",
        "moderation: {flag_confidence: 1.5}",
        "auth: {credentials: [{username: u}]}",
        "auth: {credentials: [{username: u, password: p, password_file: f}]}",
        "auth: {credentials: [{username: u, password: p}]}",
    ] {
        assert_eq!(fits(text), read(text).1.is_empty(), "{text}");
    }
}
