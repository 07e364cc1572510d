//! The loop against small servers that behave in known ways.

use super::*;
use crate::load::Outcomes;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

fn plan(addr: std::net::SocketAddr) -> Plan {
    let target = Target { addr, host: addr.to_string(), path: "/cometchat".into(), tls: None };
    Plan { warmup: Duration::ZERO, duration: Duration::from_millis(300), connections: 2, ..Plan::new(target) }
}

/// Waits until some of a request has come; the tests' requests come in one piece.
async fn request(stream: &TcpStream) -> bool {
    let mut room = [0; 4096];
    loop {
        if stream.readable().await.is_err() {
            return false;
        }
        match stream.try_read(&mut room) {
            Ok(count) => return count > 0,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return false,
        }
    }
}

/// A server that answers each connection's requests with `answers` in turn, each once `open` says so.
async fn server(answers: &'static [&'static str], open: watch::Receiver<bool>) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut open = open.clone();
            tokio::spawn(async move {
                for answer in answers.iter().cycle() {
                    if !request(&stream).await || open.wait_for(|open| *open).await.is_err() {
                        return;
                    }
                    if answer.is_empty() {
                        return;
                    }
                    let _ = stream.try_write(answer.as_bytes());
                }
            });
        }
    });
    addr
}

fn bodies() -> Vec<Vec<u8>> {
    vec![b"{}".to_vec(), b"{\"a\":1}".to_vec()]
}

#[tokio::test]
async fn a_stalled_server_is_charged_for_everybody_it_kept_waiting() {
    let (opening, open) = watch::channel(false);
    let addr = server(&[OK], open).await;
    let plan = Plan { rate: Some(200.0), connections: 1, ..plan(addr) };
    let stalled = Duration::from_millis(150);
    let release = |progress: &Progress| {
        if progress.elapsed >= stalled {
            opening.send_replace(true);
        }
    };
    let report = run(plan, &bodies(), release).await.expect("a run");
    // request n was due after 5n ms and nothing was answered before 150 ms: 0..=10 waited 100 ms or more
    let waited = report.latency.count_between(100_000, u64::MAX);
    assert!(waited >= 11, "{waited} of {}", report.count());
    assert!(report.queued >= 25, "{}", report.queued);
    assert_eq!((report.count(), report.unsent, report.errors.total()), (60, 0, 0));
}

#[tokio::test]
async fn answers_are_told_apart() {
    let (_opening, open) = watch::channel(true);
    let addr = server(
        &[
            OK,
            "HTTP/1.1 200 OK\r\ncontent-length: 29\r\n\r\n{\"action\":\"do_not_propagate\"}",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{\"a\":\"b\"}\r\n0\r\n\r\n",
            "HTTP/1.1 503 Busy\r\ncontent-length: 2\r\n\r\n{}",
        ],
        open,
    )
    .await;
    let plan = Plan { rate: Some(1000.0), connections: 1, duration: Duration::from_millis(40), ..plan(addr) };
    let report = run(plan, &bodies(), |_| {}).await.expect("a run");
    let Outcomes { pass, enrich, drop } = report.outcomes;
    assert_eq!((pass, enrich, drop, report.errors.status[&503]), (10, 10, 10, 10), "{report}");
    assert_eq!(report.errors.total(), 10);
}

#[tokio::test]
async fn a_connection_that_the_server_closed_between_two_requests_is_replaced() {
    let (_opening, open) = watch::channel(true);
    let addr =
        server(&["HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}", ""], open).await;
    let plan = Plan { rate: Some(500.0), duration: Duration::from_millis(40), ..plan(addr) };
    let report = run(plan, &bodies(), |_| {}).await.expect("a run");
    assert_eq!((report.outcomes.pass, report.errors.total()), (20, 0), "{report}");
}

#[tokio::test]
async fn failures_are_of_a_kind() {
    let (_open, open) = watch::channel(true);
    let (_shut, shut) = watch::channel(false);
    let unused = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let refusing = unused.local_addr().expect("an address");
    drop(unused);
    let half = &["HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{"];
    let cases = [
        (refusing, "connect"),
        (server(half, open).await, "timeout"),
        (server(&[OK], shut).await, "timeout"),
    ];
    for (addr, expected) in cases {
        let plan = Plan {
            rate: Some(100.0),
            duration: Duration::from_millis(20),
            timeout: Duration::from_millis(50),
            ..plan(addr)
        };
        let unreachable = matches!(probe(&plan, &bodies()).await, Err(ProbeError::Unreachable { .. }));
        assert_eq!(unreachable, addr == refusing);
        let report = run(plan, &bodies(), |_| {}).await.expect("a run");
        // On a busy machine the schedule may give up on the second one before it is sent.
        let failed = report.errors.total();
        assert_eq!(report.errors.to_string(), format!("{failed} {expected}"));
        assert!(failed >= 1 && failed + report.unsent == 2, "{report}");
        assert!(addr == refusing || report.percentile(0.0) >= Duration::from_millis(50), "{report}");
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_broken() {
    let (_opening, open) = watch::channel(true);
    let addr = server(&[""], open).await;
    let plan = Plan { rate: Some(100.0), duration: Duration::from_millis(20), ..plan(addr) };
    let report = run(plan, &bodies(), |_| {}).await.expect("a run");
    assert_eq!((report.errors.broken, report.errors.total()), (2, 2), "{report}");
}

#[tokio::test]
async fn a_probe_gives_the_one_reason() {
    let (_opening, open) = watch::channel(true);
    let cases = [
        (&[OK][..], "Ok(())"),
        (&["HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n"][..], "Err(Unauthorized(401))"),
        (
            &["HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"][..],
            "Err(Status { path: \"/cometchat\", status: 404 })",
        ),
        (&["220 mail ready\r\n\r\n"][..], "Err(Answer(\"the answer is not HTTP: invalid HTTP version\"))"),
    ];
    for (answers, expected) in cases {
        let addr = server(answers, open.clone()).await;
        assert_eq!(format!("{:?}", probe(&plan(addr), &bodies()).await), expected);
    }
    let addr = server(&[OK], open).await;
    assert!(matches!(probe(&plan(addr), &[]).await, Err(ProbeError::NoBodies)));
}

#[tokio::test]
async fn a_closed_loop_sends_until_its_time_is_over_and_can_be_stopped() {
    let (_opening, open) = watch::channel(true);
    let addr = server(&[OK], open).await;
    let endless = Plan { rate: None, duration: Duration::from_secs(3600), ..plan(addr) };
    let enough = Arc::new(tokio::sync::Notify::new());
    let watch = |progress: &Progress| {
        if progress.done > 0 {
            enough.notify_one();
        }
    };
    let report = run_until(endless, &bodies(), enough.notified(), watch).await.expect("a run");
    assert!(report.outcomes.pass > 0);
    assert_eq!((report.count(), report.unsent), (report.outcomes.pass, 0));

    let short = Plan { rate: None, duration: Duration::from_millis(50), ..plan(addr) };
    let report = run(short, &bodies(), |_| {}).await.expect("a run");
    assert!(report.elapsed >= Duration::from_millis(50) && report.outcomes.pass > 0, "{report}");
}

#[tokio::test]
async fn no_run_tells_of_the_times_of_another() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("an address");
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let tell = tell.clone();
            tokio::spawn(async move {
                let mut room = [0; 4096];
                while stream.readable().await.is_ok() {
                    let count = match stream.try_read(&mut room) {
                        Ok(0) => return,
                        Ok(count) => count,
                        Err(_) => continue,
                    };
                    let text = String::from_utf8_lossy(&room[..count]).into_owned();
                    let time =
                        text.split_once("\"sentAt\":").and_then(|(_, rest)| rest.get(..10)?.parse().ok());
                    tell.send(time.unwrap_or(0_u64)).expect("somebody listens");
                    let _ = stream.try_write(OK.as_bytes());
                }
            });
        }
    });
    let body = [br#"{"sentAt":1790000000}"#.to_vec()];
    let mut last = 0;
    for _ in 0..2 {
        run(Plan { rate: Some(100.0), ..plan(addr) }, &body, |_| {}).await.expect("a run");
        let times: Vec<u64> = std::iter::from_fn(|| told.try_recv().ok()).collect();
        assert_eq!(times.len(), 30);
        assert!(times.iter().all(|time| *time > last), "{last}: {times:?}");
        last = times.into_iter().max().unwrap_or(0);
    }
}
