//! Binds, serves, and stops in the order a load balancer needs: not ready, still accepting, draining,
//! gone.

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fmt, io};

use actix_web::web::Data;
use actix_web::{App, HttpServer};

use super::auth::Guard;
use super::judge::{Judge, Rules};
use super::metrics::Metrics;
use super::settings::{Credential, Settings};
use super::signals::stop_requested;
use super::{admin_routes, public_routes};

/// How long a connection that is being closed may go on sending what nobody reads.
const LINGER: std::time::Duration = std::time::Duration::from_secs(1);

/// What all workers share.
pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) rules: Arc<Rules>,
    pub(super) metrics: Metrics,
    pub(super) guard: Guard,
    pub(super) admin_guard: Guard,
    draining: AtomicBool,
}

impl Shared {
    pub(super) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}

/// A server that has its sockets.
pub struct Server {
    shared: Data<Shared>,
    public: (TcpListener, SocketAddr),
    admin: Option<(TcpListener, SocketAddr)>,
}

/// Why a server can't have its sockets.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Anybody could call.
    #[error("{listen} is not loopback: credentials are needed to listen there")]
    Open {
        /// Where it was to listen.
        listen: SocketAddr,
    },
    /// The system refused.
    #[error("can't listen on {listen}: {source}")]
    Socket {
        /// Where it was to listen.
        listen: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

impl Server {
    /// Takes the sockets; port 0 takes any that is free.
    ///
    /// # Errors
    /// If a socket can't be had, or would be open to anybody.
    pub fn bind(settings: Settings, judge: Arc<dyn Judge>) -> Result<Server, BindError> {
        let public = listen(settings.listen, &settings.credentials, settings.no_auth)?;
        let admin = settings.admin.as_ref();
        let admin = admin.map(|admin| listen(admin.listen, &admin.credentials, false)).transpose()?;
        let shared = Data::new(Shared {
            rules: Arc::new(Rules::new(judge)),
            metrics: Metrics::default(),
            guard: Guard::new(&settings.credentials),
            admin_guard: Guard::new(settings.admin.as_ref().map_or(&[], |admin| &admin.credentials)),
            draining: AtomicBool::new(false),
            settings,
        });
        Ok(Server { shared, public, admin })
    }

    /// Where the platform calls.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.public.1
    }

    /// Where operators ask, if they may.
    #[must_use]
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(|(_, addr)| *addr)
    }

    /// The rules in force, to be replaced while the server runs.
    #[must_use]
    pub fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.shared.rules)
    }

    /// Serves until the process is told to stop. Needs an actix system.
    ///
    /// # Errors
    /// If the sockets or the signals fail.
    pub async fn run(self) -> io::Result<()> {
        self.run_until(async {
            if let Err(error) = stop_requested().await {
                tracing::error!(%error, "signals can't be listened to");
                std::future::pending::<()>().await;
            }
        })
        .await
    }

    /// Serves until `stop` is ready, then drains. Needs an actix system.
    ///
    /// # Errors
    /// If the sockets fail.
    pub async fn run_until(self, stop: impl Future<Output = ()> + 'static) -> io::Result<()> {
        let Server { shared, public: (public, addr), admin } = self;
        let settings = &shared.settings;
        let (times, workers) = (settings.timeouts, settings.workers.max(1));
        let revision = shared.rules.current().revision().to_owned();
        tracing::info!(%addr, admin = admin.as_ref().map(|(_, addr)| addr.to_string()), workers, revision, "serving");

        let data = shared.clone();
        let public = HttpServer::new(move || App::new().app_data(data.clone()).configure(public_routes))
            .workers(workers)
            .keep_alive(times.keep_alive)
            .client_request_timeout(times.head)
            .client_disconnect_timeout(LINGER)
            .shutdown_timeout(times.shutdown.as_secs())
            .disable_signals()
            .listen(public)?
            .run();
        let operators = admin.map(|(listener, _)| operators(listener, shared.clone())).transpose()?;

        let (public_handle, admin_handle) =
            (public.handle(), operators.as_ref().map(actix_web::dev::Server::handle));
        let stopping = async move {
            stop.await;
            shared.draining.store(true, Ordering::Relaxed);
            let delay_ms = u64::try_from(times.drain_delay.as_millis()).unwrap_or(u64::MAX);
            tracing::info!(delay_ms, "stopping: not ready, still accepting");
            tokio::time::sleep(times.drain_delay).await;
            public_handle.stop(true).await;
            if let Some(admin) = admin_handle {
                admin.stop(true).await;
            }
            Ok(())
        };
        let operators = async {
            match operators {
                Some(server) => server.await,
                None => Ok(()),
            }
        };
        tokio::try_join!(public, operators, stopping)?;
        tracing::info!("stopped");
        Ok(())
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("addr", &self.addr()).finish_non_exhaustive()
    }
}

/// The operator's server: one thread of its own, so that it answers however busy the others are.
fn operators(listener: TcpListener, shared: Data<Shared>) -> io::Result<actix_web::dev::Server> {
    let server = HttpServer::new(move || App::new().app_data(shared.clone()).configure(admin_routes))
        .workers(1)
        .client_disconnect_timeout(LINGER)
        .shutdown_timeout(1)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

fn listen(
    listen: SocketAddr,
    credentials: &[Credential],
    open: bool,
) -> Result<(TcpListener, SocketAddr), BindError> {
    if credentials.is_empty() && !open && !listen.ip().is_loopback() {
        return Err(BindError::Open { listen });
    }
    let socket = |source| BindError::Socket { listen, source };
    let listener = TcpListener::bind(listen).map_err(socket)?;
    let addr = listener.local_addr().map_err(socket)?;
    Ok((listener, addr))
}
