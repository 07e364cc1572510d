//! Binds, serves, and stops in the order a load balancer needs: not ready, still accepting, draining,
//! gone.

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::{fmt, io};

use actix_web::dev::fn_service;
use actix_web::http::KeepAlive;
use actix_web::web::Data;
use actix_web::{App, HttpServer};

use super::auth::Guard;
use super::connection::watch;
use super::in_force::Rules;
use super::judge::Judge;
use super::metrics::Metrics;
use super::reload::{self, Reloading, Reloads, Source, Trigger};
use super::signals::Signals;
use super::{admin_routes, record};
use crate::config::{Config, ConfigError};
use crate::decision;

/// How long a connection that is being closed may go on sending what nobody reads.
const LINGER: std::time::Duration = std::time::Duration::from_secs(1);

/// What all workers share.
pub(super) struct Shared {
    pub(super) config: Config,
    pub(super) rules: Arc<Rules>,
    pub(super) metrics: Metrics,
    /// Where decisions are written down, if they are.
    pub(super) decisions: record::Slot,
    pub(super) reloading: Arc<Reloading>,
    /// Who reloads the rules; nobody where they come from nowhere.
    pub(super) reloads: OnceLock<Reloads>,
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
    admin: (TcpListener, SocketAddr),
}

/// Why a server can't have its sockets.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The configuration is in error, or would let anybody call.
    #[error("the configuration is in error")]
    Refused(Vec<ConfigError>),
    /// The system refused.
    #[error("can't listen on {listen}")]
    Socket {
        /// Where it was to listen.
        listen: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

impl Server {
    /// Takes the sockets; port 0 takes any that is free. `open` insists on serving messages without
    /// credentials beyond loopback.
    ///
    /// # Errors
    /// If [`Config::check`] finds something, or a socket can't be had.
    pub fn bind(config: Config, open: bool, judge: Arc<dyn Judge>) -> Result<Server, BindError> {
        let wrong = config.check(open);
        if !wrong.is_empty() {
            return Err(BindError::Refused(wrong));
        }
        let guard = |auth| Guard::new(auth).map_err(|error| BindError::Refused(vec![error]));
        let (guard, admin_guard) = (guard(&config.auth)?, guard(&config.admin.auth)?);
        let (public, admin) = (listen(config.listen)?, listen(config.admin.listen)?);
        let (rules, mut metrics) = (Arc::new(Rules::new(judge)), Metrics::default());
        let counted = reload::Metrics::register(metrics.registry(), Arc::clone(&rules));
        let decisions = record::Slot::default();
        metrics.registry().register_collector(Box::new(record::Recorded(Arc::clone(&decisions))));
        let shared = Data::new(Shared {
            reloading: Arc::new(Reloading::new(Arc::clone(&rules), counted)),
            reloads: OnceLock::new(),
            rules,
            metrics,
            decisions,
            guard,
            admin_guard,
            draining: AtomicBool::new(false),
            config,
        });
        Ok(Server { shared, public, admin })
    }

    /// Where the platform calls.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.public.1
    }

    /// Where operators ask.
    #[must_use]
    pub fn admin_addr(&self) -> SocketAddr {
        self.admin.1
    }

    /// The rules in force, to be replaced while the server runs.
    #[must_use]
    pub fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.shared.rules)
    }

    /// Writes every decision down from now on; the first log stays. It is closed when the server has
    /// stopped.
    pub fn log_decisions(&self, log: decision::Log) {
        self.shared.decisions.get_or_init(|| log);
    }

    /// Reloads the rules from here whenever somebody asks: a signal, a call of the operator, or who
    /// holds what this returns. The first source stays.
    ///
    /// # Errors
    /// If the system has no thread for it.
    pub fn reload_from(&self, source: impl Source) -> io::Result<Reloads> {
        let reloads = Reloads::start(Arc::clone(&self.shared.reloading), source)?;
        Ok(self.shared.reloads.get_or_init(|| reloads).clone())
    }

    /// Serves until the process is told to stop. Needs an actix system.
    ///
    /// # Errors
    /// If the sockets or the signals fail.
    pub async fn run(self) -> io::Result<()> {
        let signals = Signals::take()?;
        let shared = self.shared.clone();
        let hangup = move || {
            if let Some(reloads) = shared.reloads.get() {
                reloads.ask(Trigger::Signal);
            } else {
                tracing::warn!("SIGHUP: there is nothing to reload the rules from");
            }
        };
        self.run_until(signals.stop(hangup)).await
    }

    /// Serves until `stop` is ready, then drains. Needs an actix system.
    ///
    /// # Errors
    /// If the sockets fail.
    pub async fn run_until(self, stop: impl Future<Output = ()> + 'static) -> io::Result<()> {
        let Server { shared, public: (public, _), admin: (admin, _) } = self;
        let decisions = Arc::clone(&shared.decisions);
        let (times, workers) = (shared.config.timeouts.clone(), shared.config.workers());

        let data = shared.clone();
        let public = HttpServer::new(move || {
            let data = data.clone();
            fn_service(move |request| {
                let answer = super::public(request, data.clone());
                async { Ok::<_, actix_web::Error>(answer.await) }
            })
        })
        .workers(workers)
        .keep_alive(KeepAlive::Os)
        .on_connect(watch(times.keep_alive))
        .client_request_timeout(times.head)
        .client_disconnect_timeout(LINGER)
        .shutdown_timeout(times.shutdown.as_secs())
        .disable_signals()
        .listen(public)?
        .run();
        let operators = operators(admin, shared.clone())?;

        let (public_handle, admin_handle) = (public.handle(), operators.handle());
        let stopping = async move {
            stop.await;
            shared.draining.store(true, Ordering::Relaxed);
            let delay_ms = u64::try_from(times.drain_delay.as_millis()).unwrap_or(u64::MAX);
            tracing::info!(delay_ms, "stopping: not ready, still accepting");
            tokio::time::sleep(times.drain_delay).await;
            public_handle.stop(true).await;
            admin_handle.stop(true).await;
            Ok(())
        };
        let served = tokio::try_join!(public, operators, stopping);
        if let Some(log) = decisions.get() {
            log.close();
        }
        served?;
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

fn listen(listen: SocketAddr) -> Result<(TcpListener, SocketAddr), BindError> {
    let socket = |source| BindError::Socket { listen, source };
    let listener = TcpListener::bind(listen).map_err(socket)?;
    let addr = listener.local_addr().map_err(socket)?;
    Ok((listener, addr))
}
