//! Plays the platform against a running server, or against one that it starts.

use std::time::Duration;

use anyhow::{Context as _, bail};
use indicatif::ProgressBar;
use premod::load::{self, Plan, ProbeError, Progress, Report, Target};

use super::own::OwnServer;
use super::{Args, progress_bar};
use crate::cli::{CONFIG, FINDINGS, Places, serve, setup};

/// Measures the server named, or one that is started with the rules named.
pub(super) fn run(places: &Places, args: &Args) -> anyhow::Result<u8> {
    if args.url.is_some() {
        return measured(args, || bail!("no server is to be started"));
    }
    // An own server that can't start says why itself; rules in error are told here, before any wait.
    let Some(config) = setup::config(places) else { return Ok(CONFIG) };
    let (_, compiled, found) = setup::rules(&config.rules);
    if compiled.is_none() {
        setup::tell(&found);
        return Ok(CONFIG);
    }
    measured(args, || OwnServer::start(|addr| serve::arguments_for_bench(&config.rules, addr)))
}

/// Carries out the command and gives the exit code. `start` starts a server with the given rules
/// when no URL was given; it has to accept requests without credentials.
///
/// # Errors
/// When the messages can't be read, no server can be reached, or it refuses the credential.
fn measured(args: &Args, start: impl FnOnce() -> anyhow::Result<OwnServer>) -> anyhow::Result<u8> {
    let bodies = args.bodies()?;
    let auth = credential(args)?;
    let own = if args.url.is_none() { Some(start()?) } else { None };
    let url = args.url.clone().or(own.as_ref().map(OwnServer::url)).unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(measure(args, &url, auth, &bodies))?;
    drop(own);
    if let Some(file) = &args.plot {
        std::fs::write(file, report.to_svg()).with_context(|| format!("cannot write {}", file.display()))?;
    }
    if args.json {
        anstream::println!("{:#}", report.to_json());
    } else {
        anstream::print!("{report}");
    }
    Ok(if report.errors.total() + report.unsent > 0 { FINDINGS } else { 0 })
}

async fn measure(
    args: &Args,
    url: &str,
    auth: Option<(String, String)>,
    bodies: &[Vec<u8>],
) -> anyhow::Result<Report> {
    let target = Target::from_url(url, args.ca.as_deref()).await?;
    let plan = Plan {
        rate: (!args.saturate).then_some(args.rate),
        duration: args.duration,
        connections: args.connections.into(),
        auth,
        ..Plan::new(target)
    };
    if let Err(error) = load::probe(&plan, bodies).await {
        let credential = match (&error, &plan.auth) {
            (ProbeError::Unauthorized(_), None) => "; give --username, and the password in PREMOD_PASSWORD",
            (ProbeError::Unauthorized(_), Some(_)) => "; see --username and PREMOD_PASSWORD",
            _ => "",
        };
        return Err(anyhow::Error::new(error).context(format!("cannot measure {url}{credential}")));
    }
    let bar = progress_bar();
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let report = load::run_until(plan, bodies, interrupted, |progress| show(&bar, progress)).await?;
    bar.finish_and_clear();
    Ok(report)
}

/// The username with the password from the environment, and neither without the other: a password
/// that serves another purpose is not sent to a server nobody named a user for.
fn credential(args: &Args) -> anyhow::Result<Option<(String, String)>> {
    let Some(username) = args.username.clone().filter(|name| !name.is_empty()) else { return Ok(None) };
    let password =
        std::env::var("PREMOD_PASSWORD").ok().context("--username needs a password in PREMOD_PASSWORD")?;
    Ok(Some((username, password)))
}

fn show(bar: &ProgressBar, progress: &Progress) {
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    bar.set_length(millis(progress.total));
    bar.set_position(millis(progress.elapsed.min(progress.total)));
    bar.set_message(format!("{} answered or given up, {} errors", progress.done, progress.errors));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, TcpListener};

    #[test]
    fn an_unreachable_server_is_one_error_at_once() {
        let unused = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let url = format!("http://{}/cometchat", unused.local_addr().expect("an address"));
        drop(unused);
        let args = super::super::tests::args(&["--url", &url]).expect("arguments");
        let error = measured(&args, || bail!("no server is to be started")).expect_err("nobody listens");
        assert!(format!("{error:#}").contains("nothing answers at 127.0.0.1:"), "{error:#}");
    }
}
