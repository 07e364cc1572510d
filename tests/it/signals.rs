//! What the operating system may ask of the process: these need one of their own, so this binary
//! starts itself again as a server.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use premod::config::{Config, Timeouts};
use premod::server::Server;

use crate::client::{Connection, get};
use crate::stand_in::{StandIn, config};

const BODY: &[u8] = br#"{"trigger":"before_message","data":{"data":{"text":"hello"}}}"#;

/// Set in the process that is to serve.
const SERVES: &str = "PREMOD_TEST_SERVES";

#[test]
fn the_process_that_serves() {
    if std::env::var_os(SERVES).is_none() {
        return;
    }
    let timeouts = Timeouts { drain_delay: Duration::from_millis(500), ..config().timeouts };
    let server = Server::bind(Config { timeouts, ..config() }, false, Arc::new(StandIn::default())).unwrap();
    println!("\nlistening {}", server.addr());
    actix_web::rt::System::new().block_on(server.run()).unwrap();
}

struct Process {
    child: Child,
    addr: SocketAddr,
}

impl Process {
    fn start() -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["signals::the_process_that_serves", "--exact", "--nocapture"])
            .env(SERVES, "1")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let addr = lines
            .find_map(|line| line.unwrap().strip_prefix("listening ").map(|addr| addr.parse().unwrap()))
            .expect("it says where it listens");
        // its output must go on being read, or it fails to write its last words
        std::thread::spawn(move || lines.count());
        Process { child, addr }
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_outlives_a_hangup_and_drains_when_it_is_terminated() {
    let mut process = Process::start();
    let mut connection = Connection::open(process.addr);
    // an answer tells that the handlers of the signals are in place: they are set before it serves
    assert_eq!(connection.post("/cometchat", "", BODY).status, 200);
    process.signal("HUP");
    assert_eq!(connection.post("/cometchat", "", BODY).status, 200);
    process.signal("TERM");
    let started = Instant::now();
    while get(process.addr, "/readyz").status != 503 {
        assert!(started.elapsed() < Duration::from_secs(10), "it never says that it stops");
    }
    assert_eq!(connection.post("/cometchat", "", BODY).status, 200);
    assert!(process.child.wait().unwrap().success());
}
