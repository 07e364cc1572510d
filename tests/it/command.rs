//! The binary, run as people run it: in a directory of its own, without the variables of whoever
//! runs the tests, and never for ever.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Longer than any command here should take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Done {
    /// None where it had to be killed.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Done {
    /// Its answer, which has to be JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Fails unless it ended with this code.
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }
}

/// A directory to run commands in.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Place(TempDir::new().expect("a directory"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file, and the directories above it.
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("it lies in the place")).expect("a directory");
        fs::write(path, text).expect("a file");
        self
    }

    pub(crate) fn premod(&self, args: &[&str]) -> Done {
        self.premod_told(args, b"")
    }

    /// Runs a command with something on its standard input.
    pub(crate) fn premod_told(&self, args: &[&str], input: &[u8]) -> Done {
        let mut command = premod();
        command.current_dir(self.path()).args(args);
        run(command, input)
    }
}

/// Where the project's own files lie.
pub(crate) fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The program without any setting from the environment.
pub(crate) fn premod() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_premod"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PREMOD_")) {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end, or to the end of all patience.
pub(crate) fn run(mut command: Command, input: &[u8]) -> Done {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    // it may end without having read it all
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    let id = child.id();
    let (ended, watched) = mpsc::channel::<()>();
    let watchdog = thread::spawn(move || {
        if watched.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
            let _ = Command::new("kill").args(["-s", "KILL", &id.to_string()]).status();
        }
    });
    let output = child.wait_with_output().expect("its output");
    drop(ended);
    watchdog.join().expect("the watchdog only waits");
    Done {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// `premod serve` on free ports, as a process of its own; it is killed when this goes.
pub(crate) struct Serving {
    child: Child,
    pub(crate) addr: SocketAddr,
    pub(crate) admin: SocketAddr,
    /// What the log says of the rules.
    pub(crate) revision: String,
    log: Arc<Mutex<String>>,
}

impl Serving {
    /// Starts it in a directory with these arguments beside `serve`.
    pub(crate) fn start(directory: &Path, args: &[&str]) -> Self {
        Serving::start_with(directory, args, &[])
    }

    /// The same, with variables set.
    pub(crate) fn start_with(directory: &Path, args: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut child = premod()
            .current_dir(directory)
            .args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
            .args(args)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program");
        let lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let (said, heard) = mpsc::channel();
        let kept = Arc::clone(&log);
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let record: Value = serde_json::from_str(&line).unwrap_or_default();
                if record["message"] == "serving" {
                    let _ = said.send(record);
                }
                let mut log = kept.lock().expect("no writer panics");
                log.push_str(&line);
                log.push('\n');
            }
        });
        let record = heard.recv_timeout(PATIENCE);
        let mut serving = Serving {
            child,
            addr: SocketAddr::from(([0, 0, 0, 0], 0)),
            admin: SocketAddr::from(([0, 0, 0, 0], 0)),
            revision: String::new(),
            log,
        };
        let record = record.unwrap_or_else(|_| panic!("it does not serve: {}", serving.log()));
        let address =
            |key: &str| record[key].as_str().and_then(|text| text.parse().ok()).expect("an address");
        (serving.addr, serving.admin) = (address("addr"), address("admin"));
        record["revision"].as_str().expect("a revision").clone_into(&mut serving.revision);
        serving
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().expect("kill").success());
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().expect("no writer panics").clone()
    }

    /// Asks it to stop, and tells how it ended and how long that took.
    pub(crate) fn terminate(mut self) -> (ExitStatus, Duration) {
        let started = Instant::now();
        self.signal("TERM");
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return (status, started.elapsed());
            }
            assert!(started.elapsed() < PATIENCE, "it does not stop: {}", self.log());
            thread::park_timeout(Duration::from_millis(20));
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // it may have ended by itself; there is nobody left to tell
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
