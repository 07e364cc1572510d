//! A server to measure: this very binary executed again, so that the generator and what it measures
//! share the machine but neither a runtime nor an allocator.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// How long it may take until it answers.
const START_LIMIT: Duration = Duration::from_secs(30);

/// A server process that ends with this value.
#[derive(Debug)]
pub(super) struct OwnServer {
    child: Child,
    addr: SocketAddr,
}

impl OwnServer {
    /// Executes this binary again with the arguments that `arguments` gives for a free loopback
    /// address, and waits until it accepts connections there.
    ///
    /// # Errors
    /// When it can't be started, exits, or accepts no connection within 30 s.
    pub(super) fn start(arguments: impl FnOnce(SocketAddr) -> Vec<OsString>) -> anyhow::Result<Self> {
        let addr = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let program = std::env::current_exe().context("cannot find the program's own file")?;
        let child = Command::new(program)
            .args(arguments(addr))
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| !name.to_string_lossy().starts_with("PREMOD_")))
            // its greeting and what it sheds are no part of the report
            .env("PREMOD_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("cannot start a server")?;
        let mut server = OwnServer { child, addr };
        let started = Instant::now();
        while TcpStream::connect(addr).is_err() {
            if let Some(status) = server.child.try_wait()? {
                bail!("the server to measure ended at once ({status})");
            }
            if started.elapsed() > START_LIMIT {
                bail!("the server to measure accepts no connection after {START_LIMIT:?}");
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// Where it takes messages.
    pub(super) fn url(&self) -> String {
        format!("http://{}/cometchat", self.addr)
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        // it may have ended by itself; there is nobody left to tell
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
