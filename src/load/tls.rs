//! TLS, as a platform speaks it: the server's certificate has to be vouched for.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

/// With whom TLS is spoken, and on whose word.
#[derive(Clone)]
pub struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

/// Why nobody can be trusted.
#[derive(Debug, Error)]
pub enum TrustError {
    /// The host can't stand in a certificate.
    #[error("`{0}` is no name that a certificate could be for")]
    Name(String),
    /// The file with authorities.
    #[error("{}: {why}", path.display())]
    Authorities {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// This machine trusts nobody.
    #[error("this machine has no certificate authorities; name a PEM file of them")]
    Nobody,
}

impl Tls {
    /// Trusts a server of this name on the word of the authorities in a PEM file, or else of those
    /// that this machine trusts.
    ///
    /// # Errors
    /// When the name is none, the file can't be read, or there is no authority.
    ///
    /// # Panics
    /// Never: the versions of TLS that are asked for are those that are there.
    pub fn new(name: &str, authorities: Option<&Path>) -> Result<Self, TrustError> {
        let server = ServerName::try_from(name.to_owned()).map_err(|_| TrustError::Name(name.to_owned()))?;
        let mut trusted = RootCertStore::empty();
        match authorities {
            Some(path) => {
                let fail = |why: String| TrustError::Authorities { path: path.to_owned(), why };
                for certificate in
                    CertificateDer::pem_file_iter(path).map_err(|error| fail(error.to_string()))?
                {
                    let certificate = certificate.map_err(|error| fail(error.to_string()))?;
                    trusted.add(certificate).map_err(|error| fail(error.to_string()))?;
                }
                if trusted.is_empty() {
                    return Err(fail("there is no certificate in it".to_owned()));
                }
            }
            None => {
                trusted.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        if trusted.is_empty() {
            return Err(TrustError::Nobody);
        }
        let provider = Arc::new(crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring speaks the versions that are safe")
            .with_root_certificates(trusted)
            .with_no_client_auth();
        Ok(Tls { connector: TlsConnector::from(Arc::new(config)), name: server })
    }

    /// Shakes hands.
    pub(super) async fn greet(&self, stream: TcpStream) -> io::Result<Stream> {
        let stream = self.connector.connect(self.name.clone(), stream).await?;
        Ok(Stream::Tls(Box::new(stream)))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Tls").field(&self.name).finish()
    }
}

/// What requests go over.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_read(context, into),
            Stream::Tls(stream) => Pin::new(stream).poll_read(context, into),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::load::{Plan, ProbeError, Target, probe, run};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::pki_types::PrivateKeyDer;

    const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tls");

    /// A server on loopback that answers `{}` to whatever comes.
    async fn server() -> std::net::SocketAddr {
        let chain = CertificateDer::pem_file_iter(format!("{DATA}/server.pem")).expect("a file");
        let chain = chain.collect::<Result<Vec<_>, _>>().expect("certificates");
        let key = PrivateKeyDer::from_pem_file(format!("{DATA}/server.key")).expect("a key");
        let provider = Arc::new(crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config =
            builder.expect("versions").with_no_client_auth().with_single_cert(chain, key).expect("a pair");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let mut stream = acceptor.accept(stream).await?;
                    let mut room = [0; 4096];
                    while stream.read(&mut room).await? > 0 {
                        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await?;
                    }
                    io::Result::Ok(())
                });
            }
        });
        addr
    }

    #[tokio::test]
    async fn a_server_is_measured_over_tls_where_its_certificate_is_vouched_for() {
        let port = server().await.port();
        let bodies = vec![b"{}".to_vec()];
        let plan = async |host: &str, authorities: Option<&str>| {
            let path = authorities.map(|name| PathBuf::from(format!("{DATA}/{name}")));
            let target = Target::from_url(&format!("https://{host}:{port}"), path.as_deref()).await?;
            let short = std::time::Duration::from_millis(40);
            Ok::<_, crate::load::TargetError>(Plan {
                warmup: short / 40,
                duration: short,
                rate: Some(500.0),
                ..Plan::new(target)
            })
        };
        for host in ["localhost", "127.0.0.1"] {
            let plan = plan(host, Some("ca.pem")).await.expect("a target");
            probe(&plan, &bodies).await.expect("an answer");
            let report = run(plan, &bodies, |_| {}).await.expect("a run");
            assert!(report.outcomes.pass > 0 && report.errors.total() == 0, "{report}");
        }
        // nobody vouches for it, or for another name
        let own = plan("localhost", Some("server.key")).await.expect_err("no certificate");
        assert!(own.to_string().contains("no certificate in it"), "{own}");
        if let Ok(plan) = plan("localhost", None).await {
            let error = probe(&plan, &bodies).await.expect_err("an unknown authority");
            assert!(matches!(&error, ProbeError::Unreachable { .. }), "{error}");
        }
    }
}
