//! One kept-alive HTTP/1.1 connection, over TLS where the URL asks for it.
//!
//! It is written on the socket itself and not on a client library because the generator shares a
//! machine with what it measures: a request is bytes made beforehand, an answer is parsed in a
//! buffer that is used again, and nothing is allocated in between.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;

use base64::Engine as _;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::tls::{Stream, Tls};

/// Where the requests go.
#[derive(Clone, Debug)]
pub struct Target {
    /// What the connections are opened to.
    pub addr: SocketAddr,
    /// The `Host` header.
    pub host: String,
    /// The path, with its query.
    pub path: String,
    /// With whom TLS is spoken, and whose word for it is taken; none for plain TCP.
    pub tls: Option<Tls>,
}

/// What is wrong with an address.
#[derive(Debug, Error)]
pub enum TargetError {
    /// Another scheme than http or https.
    #[error("`{0}`: only http:// and https:// are spoken here")]
    Scheme(String),
    /// No host, or a port that is no number.
    #[error("`{0}` is no address of the form http://host:port/path")]
    Form(String),
    /// The certificates to trust.
    #[error(transparent)]
    Trust(#[from] super::tls::TrustError),
    /// The name resolver's refusal.
    #[error("cannot resolve `{0}`: {1}")]
    Resolve(String, io::Error),
}

impl Target {
    /// Reads `http[s]://host[:port][/path]` and looks the host up; without a path it is the one that
    /// `CometChat` would call, `/cometchat`. A server with TLS is trusted on the word of the
    /// authorities in the PEM file `authorities`, or else of those that this machine trusts.
    ///
    /// # Errors
    /// When it is of another form, has another scheme, or its host has no address; when there is no
    /// authority to trust.
    pub async fn from_url(url: &str, authorities: Option<&Path>) -> Result<Self, TargetError> {
        let (rest, secure) = match (url.strip_prefix("http://"), url.strip_prefix("https://")) {
            (Some(rest), _) => (rest, false),
            (_, Some(rest)) => (rest, true),
            _ if url.contains("://") || !url.contains(':') => return Err(TargetError::Scheme(url.into())),
            _ => return Err(TargetError::Form(url.into())),
        };
        let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let name_end = host.rfind(']').map_or(0, |bracket| bracket + 1);
        let colon = host[name_end..].find(':').map(|at| name_end + at);
        let port = if secure { 443 } else { 80 };
        let with_port = if colon.is_some() { host.to_owned() } else { format!("{host}:{port}") };
        if host.is_empty() || host.contains('@') || with_port.starts_with(':') {
            return Err(TargetError::Form(url.into()));
        }
        let path = match path {
            "" | "/" => "/cometchat".to_owned(),
            path if path.starts_with('?') => format!("/{path}"),
            path => path.to_owned(),
        };
        let mut found = tokio::net::lookup_host(&with_port).await.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput => TargetError::Form(url.into()),
            _ => TargetError::Resolve(host.into(), error),
        })?;
        let addr = found.next().ok_or_else(|| TargetError::Form(url.into()))?;
        let name = host[..colon.unwrap_or(host.len())].trim_matches(['[', ']']);
        let tls = if secure { Some(Tls::new(name, authorities)?) } else { None };
        Ok(Target { addr, host: host.into(), path, tls })
    }

    /// The bytes of a whole request with `body`.
    pub(super) fn request(&self, auth: Option<&(String, String)>, body: &[u8]) -> Vec<u8> {
        let mut bytes = format!(
            "POST {} HTTP/1.1\r\nhost: {}\r\nuser-agent: premod-bench\r\ncontent-type: application/json\r\n",
            self.path, self.host
        );
        if let Some((username, password)) = auth {
            let pair = base64::engine::general_purpose::STANDARD.encode(format!("{username}:{password}"));
            bytes.extend(["authorization: Basic ", &pair, "\r\n"]);
        }
        bytes.extend(["content-length: ", &body.len().to_string(), "\r\n\r\n"]);
        let mut bytes = bytes.into_bytes();
        bytes.extend_from_slice(body);
        bytes
    }
}

/// Why a request got no answer.
#[derive(Debug, Error)]
pub(super) enum ExchangeError {
    /// The server had closed the kept-alive connection: nothing was answered, another may be tried.
    #[error("the server closed the connection")]
    Closed,
    #[error("the connection broke: {0}")]
    Broken(#[from] io::Error),
    #[error("the answer is not HTTP: {0}")]
    Malformed(#[from] httparse::Error),
}

/// What a server answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer<'a> {
    pub(super) status: u16,
    pub(super) body: &'a [u8],
    /// Whether the connection may carry another request.
    pub(super) reusable: bool,
}

/// A connection and its buffers.
#[derive(Debug)]
pub(super) struct Connection {
    stream: Stream,
    received: Vec<u8>,
    unchunked: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
enum Framing {
    Length(usize),
    Chunked,
    UntilClose,
}

#[derive(Clone, Copy, Debug)]
struct Head {
    status: u16,
    length: usize,
    framing: Framing,
    keep_alive: bool,
}

impl Connection {
    pub(super) async fn open(target: &Target) -> io::Result<Self> {
        let stream = TcpStream::connect(target.addr).await?;
        stream.set_nodelay(true)?;
        let stream = match &target.tls {
            Some(tls) => tls.greet(stream).await?,
            None => Stream::Plain(stream),
        };
        Ok(Connection { stream, received: Vec::with_capacity(4096), unchunked: Vec::new() })
    }

    /// Sends `request` and waits for the whole answer. After an error, or when the future was
    /// dropped half way, the connection is of no more use.
    pub(super) async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>, ExchangeError> {
        self.received.clear();
        self.write(request).await?;
        let head = loop {
            if self.read().await? == 0 {
                let nothing = self.received.is_empty();
                return Err(if nothing { ExchangeError::Closed } else { cut_off() });
            }
            if let Some(head) = parse_head(&self.received)? {
                break head;
            }
        };
        let body = match head.framing {
            Framing::Length(length) => {
                while self.received.len() < head.length + length {
                    self.read_on().await?;
                }
                &self.received[head.length..head.length + length]
            }
            Framing::Chunked => {
                while !unchunk(&self.received[head.length..], &mut self.unchunked)? {
                    self.read_on().await?;
                }
                &self.unchunked
            }
            Framing::UntilClose => {
                while self.read().await? > 0 {}
                &self.received[head.length..]
            }
        };
        Ok(Answer { status: head.status, body, reusable: head.keep_alive })
    }

    async fn write(&mut self, mut bytes: &[u8]) -> Result<(), ExchangeError> {
        while !bytes.is_empty() {
            let written = poll_fn(|context| Pin::new(&mut self.stream).poll_write(context, bytes)).await;
            match written {
                Ok(0) => return Err(cut_off()),
                Ok(count) => bytes = &bytes[count..],
                Err(error) if closed_by_peer(&error) => return Err(ExchangeError::Closed),
                Err(error) => return Err(error.into()),
            }
        }
        poll_fn(|context| Pin::new(&mut self.stream).poll_flush(context)).await.map_err(ExchangeError::from)
    }

    async fn read_on(&mut self) -> Result<(), ExchangeError> {
        if self.read().await? == 0 { Err(cut_off()) } else { Ok(()) }
    }

    /// Appends what has arrived; 0 bytes at the end of the stream.
    async fn read(&mut self) -> Result<usize, ExchangeError> {
        let mut room = [0; 4096];
        let mut piece = ReadBuf::new(&mut room);
        let outcome = poll_fn(|context| Pin::new(&mut self.stream).poll_read(context, &mut piece)).await;
        match outcome {
            Ok(()) => {}
            Err(error) if closed_by_peer(&error) && self.received.is_empty() => {
                return Err(ExchangeError::Closed);
            }
            Err(error) => return Err(error.into()),
        }
        self.received.extend_from_slice(piece.filled());
        Ok(piece.filled().len())
    }
}

fn cut_off() -> ExchangeError {
    ExchangeError::Broken(io::ErrorKind::UnexpectedEof.into())
}

fn closed_by_peer(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}

/// The head of an answer, or nothing while it is incomplete.
fn parse_head(bytes: &[u8]) -> Result<Option<Head>, httparse::Error> {
    let mut headers = [httparse::EMPTY_HEADER; 48];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(length) = response.parse(bytes)? else { return Ok(None) };
    let status = response.code.unwrap_or(0);
    let mut framing = if matches!(status, 204 | 304) { Framing::Length(0) } else { Framing::UntilClose };
    let mut keep_alive = response.version == Some(1);
    for header in response.headers.iter() {
        let value = header.value.trim_ascii();
        if header.name.eq_ignore_ascii_case("content-length") {
            let number = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
            framing = Framing::Length(number.ok_or(httparse::Error::HeaderValue)?);
        } else if header.name.eq_ignore_ascii_case("transfer-encoding")
            && value.eq_ignore_ascii_case(b"chunked")
        {
            framing = Framing::Chunked;
        } else if header.name.eq_ignore_ascii_case("connection") && value.eq_ignore_ascii_case(b"close") {
            keep_alive = false;
        }
    }
    keep_alive &= !matches!(framing, Framing::UntilClose);
    Ok(Some(Head { status, length, framing, keep_alive }))
}

/// Whether `bytes` hold the last chunk; `body` is then the chunks put together.
fn unchunk(mut bytes: &[u8], body: &mut Vec<u8>) -> Result<bool, httparse::Error> {
    body.clear();
    loop {
        let httparse::Status::Complete((start, size)) =
            httparse::parse_chunk_size(bytes).map_err(|_| httparse::Error::Token)?
        else {
            return Ok(false);
        };
        let size = usize::try_from(size).map_err(|_| httparse::Error::Token)?;
        let Some(chunk) = bytes.get(start..).filter(|rest| rest.len() >= size.saturating_add(2)) else {
            return Ok(false);
        };
        if size == 0 {
            return Ok(true);
        }
        body.extend_from_slice(&chunk[..size]);
        bytes = &chunk[size + 2..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn urls_are_read_or_refused() {
        let cases = [
            ("http://127.0.0.1:8080", Some(("127.0.0.1:8080", "/cometchat"))),
            ("http://127.0.0.1", Some(("127.0.0.1:80", "/cometchat"))),
            ("http://127.0.0.1:1/a/b?c=d", Some(("127.0.0.1:1", "/a/b?c=d"))),
            ("http://[::1]:90/x", Some(("[::1]:90", "/x"))),
            ("http://[::1]", Some(("[::1]:80", "/cometchat"))),
            ("ftp://127.0.0.1/", None),
            ("127.0.0.1:8080", None),
            ("http://", None),
            ("http://:80/", None),
            ("http://127.0.0.1:eighty", None),
        ];
        for (url, expected) in cases {
            let target = Target::from_url(url, None).await.ok();
            let found = target.as_ref().map(|target| (target.addr.to_string(), target.path.as_str()));
            assert_eq!(found.as_ref().map(|(addr, path)| (addr.as_str(), *path)), expected, "{url}");
        }
    }

    #[test]
    fn a_request_carries_its_length_and_its_credential() {
        let target =
            Target { addr: ([127, 0, 0, 1], 1).into(), host: "h:1".into(), path: "/p".into(), tls: None };
        let bytes = target.request(Some(&("Aladdin".into(), "open sesame".into())), b"{\"a\":1}");
        let text = String::from_utf8(bytes).expect("text");
        assert!(text.starts_with("POST /p HTTP/1.1\r\nhost: h:1\r\n"), "{text}");
        assert!(text.contains("\r\nauthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"), "{text}");
        assert!(text.ends_with("\r\ncontent-length: 7\r\n\r\n{\"a\":1}"), "{text}");
    }

    #[test]
    fn chunks_are_put_together_once_all_are_there() {
        let whole = b"2\r\n{\"\r\n5;x=y\r\na\":1}\r\n0\r\n\r\n";
        let mut body = Vec::new();
        for end in 0..whole.len() {
            assert!(!unchunk(&whole[..end], &mut body).expect("a prefix"), "{end}");
        }
        assert!(unchunk(whole, &mut body).expect("chunks"));
        assert_eq!(body, b"{\"a\":1}");
    }

    #[test]
    fn heads_say_how_the_body_ends() {
        let cases = [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "Length(2) true"),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n", "Chunked true"),
            ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nConnection: close\r\n\r\n", "Length(2) false"),
            ("HTTP/1.0 200 OK\r\n\r\n", "UntilClose false"),
            ("HTTP/1.1 204 No Content\r\n\r\n", "Length(0) true"),
        ];
        for (head, expected) in cases {
            let parsed = parse_head(head.as_bytes()).expect("a head").expect("a whole head");
            assert_eq!(format!("{:?} {}", parsed.framing, parsed.keep_alive), expected, "{head}");
            assert!(parse_head(&head.as_bytes()[..head.len() - 1]).expect("a prefix").is_none(), "{head}");
        }
        assert!(parse_head(b"SMTP ready\r\n\r\n").is_err());
    }
}
