//! An HTTP client that can misbehave: it writes the bytes it is told to, and never waits for ever.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// Longer than anything here should take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&addr, PATIENCE).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Connection { stream, read: vec![] }
    }

    /// Writes bytes; the server may have hung up before it took them all.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Writes a POST with its length.
    pub(crate) fn post(&mut self, path: &str, headers: &str, body: &[u8]) -> Response {
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
        self.write(&[head.as_bytes(), body].concat());
        self.response()
    }

    /// Reads one response.
    pub(crate) fn response(&mut self) -> Response {
        let end = loop {
            if let Some(end) = self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
            assert!(self.read_some(), "closed before an answer: {:?}", String::from_utf8_lossy(&self.read));
        };
        let head = String::from_utf8(self.read.drain(..end).collect()).expect("a head is ASCII");
        let status = head[9..12].parse().expect("a status");
        let mut response = Response { status, head, body: vec![] };
        let length = response.header("content-length").map_or(0, |length| length.parse().unwrap());
        while self.read.len() < length {
            assert!(self.read_some(), "closed within a body");
        }
        response.body = self.read.drain(..length).collect();
        response
    }

    /// Whether the server hangs up; what it may still send is thrown away.
    pub(crate) fn is_closed(&mut self) -> bool {
        while self.read_some() {}
        true
    }

    fn read_some(&mut self) -> bool {
        let mut chunk = [0; 16 * 1024];
        match self.stream.read(&mut chunk) {
            Ok(n) => {
                self.read.extend_from_slice(&chunk[..n]);
                n > 0
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("no answer in {PATIENCE:?}"),
            Err(_) => false,
        }
    }
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(&self.body)))
    }

    /// Why the message was or was not judged.
    pub(crate) fn outcome(&self) -> &str {
        self.header("x-premod-outcome").unwrap_or_default()
    }
}

/// Posts a body to the webhook on a connection of its own.
pub(crate) fn post(addr: SocketAddr, body: &[u8]) -> Response {
    Connection::open(addr).post("/cometchat", "Content-Type: application/json\r\n", body)
}

/// Asks for a page.
pub(crate) fn get(addr: SocketAddr, path: &str) -> Response {
    let mut connection = Connection::open(addr);
    connection.write(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes());
    connection.response()
}
