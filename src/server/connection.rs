//! Ends connections on which nothing is asked: idle ones, and those that drip the head of a request.
//!
//! actix-web counts any byte as a sign of life, and sets and clears a timer for each request. Here a
//! connection has one task that looks after it and is asleep as long as connections are kept; what a
//! request costs is to say when it was answered.

use std::any::Any;
use std::cell::Cell;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd as _;
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_http::Request;
use actix_web::dev::Extensions;
use actix_web::rt;
use tokio::task::JoinHandle;

/// The end of a connection's silence, looked after while this exists.
pub(super) struct Watch {
    /// When the last answer was given; none while a request is under way.
    idle: Rc<Cell<Option<Instant>>>,
    task: JoinHandle<()>,
}

/// Watches each new connection, and ends it when it has been idle for `patience`.
pub(super) fn watch(patience: Duration) -> impl Fn(&dyn Any, &mut Extensions) {
    move |connection, data| {
        let own =
            connection.downcast_ref::<rt::net::TcpStream>().map(|stream| stream.as_fd().try_clone_to_owned());
        // without a descriptor of its own the connection goes unwatched, and is not kept
        let Some(Ok(socket)) = own else { return };
        let idle = Rc::new(Cell::new(Some(Instant::now())));
        let task = rt::spawn(end(socket.into(), Rc::clone(&idle), patience));
        data.insert(Watch { idle, task });
    }
}

async fn end(socket: TcpStream, idle: Rc<Cell<Option<Instant>>>, patience: Duration) {
    loop {
        let now = Instant::now();
        let due = idle.get().unwrap_or(now) + patience;
        if due <= now {
            break;
        }
        tokio::time::sleep_until(due.into()).await;
    }
    // it may be gone already
    let _ = socket.shutdown(Shutdown::Both);
}

impl Watch {
    /// The watch over the connection that a request came by, if there is one.
    pub(super) fn of(request: &Request) -> Option<&Watch> {
        request.conn_data()
    }

    /// A request is under way.
    pub(super) fn begin(&self) {
        self.idle.set(None);
    }

    /// It is answered.
    pub(super) fn end(&self, now: Instant) {
        self.idle.set(Some(now));
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // or the socket would stay open as long as the task sleeps
        self.task.abort();
    }
}
