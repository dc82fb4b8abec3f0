//! The network beside the run: requests that somebody waits for who cannot be asynchronous.
//!
//! A store is asked between the steps of a run, by functions that return when it is done. Their
//! requests go through a thread of their own, which holds no state of the run and decides nothing: it
//! takes one request, sends it and hands the answer back, while its owner waits. So nothing happens at
//! the same time that did not before, and equal seeds still give equal runs.

use crate::{Route, WireError, network, within};
use bytes::Bytes;
use http::{Request, Response};
use std::{future::Future, io, sync::mpsc, thread, time::Duration};

type Answer = Result<Response<Bytes>, WireError>;

struct Errand {
    request: Request<Bytes>,
    deadline: Duration,
    answer: mpsc::Sender<Answer>,
}

/// A thread that carries requests to the real network. Ends with its owner.
pub struct Aside(mpsc::Sender<Errand>);

impl Aside {
    /// Starts it, on this route.
    ///
    /// # Errors
    /// Where the system gives no thread, or its certificate authorities cannot be read.
    pub fn start(route: &Route) -> io::Result<Aside> {
        let route = route.clone();
        let (errands, taken) = mpsc::channel::<Errand>();
        let (ready, begun) = mpsc::channel();
        thread::Builder::new().name("aside".into()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let wire = network(&route).map_err(io::Error::other);
            let (runtime, wire) = match (runtime, wire) {
                (Ok(runtime), Ok(wire)) => (runtime, wire),
                (Err(e), _) | (_, Err(e)) => return drop(ready.send(Err(e))),
            };
            drop(ready.send(Ok(())));
            while let Ok(errand) = taken.recv() {
                let answer = runtime.block_on(within(&wire, errand.request, errand.deadline));
                // Who does not wait any more needs no answer.
                drop(errand.answer.send(answer));
            }
        })?;
        begun.recv().map_err(io::Error::other)??;
        Ok(Aside(errands))
    }

    /// Sends a request and waits for the whole answer, or gives up.
    ///
    /// # Errors
    /// Where no whole answer comes in time.
    pub fn send(&self, request: Request<Bytes>, deadline: Duration) -> Answer {
        let (answer, told) = mpsc::channel();
        let lost = || WireError::Lost { source: "the thread that sends has ended".into() };
        self.0.send(Errand { request, deadline, answer }).map_err(|_| lost())?;
        told.recv().unwrap_or_else(|_| Err(lost()))
    }
}

/// Carries a future out on a thread of its own, and waits for it.
///
/// # Errors
/// Where the system gives no thread or no runtime, or the future panicked.
pub fn aside<T: Send + 'static, F: Future<Output = T>>(make: impl FnOnce() -> F + Send + 'static) -> io::Result<T> {
    let work = move || tokio::runtime::Builder::new_current_thread().enable_all().build().map(|r| r.block_on(make()));
    let thread = thread::Builder::new().name("aside".into()).spawn(work)?;
    thread.join().map_err(|_| io::Error::other("it ended in a panic"))?
}

/// Waits so long, and does nothing meanwhile.
pub fn pause(time: Duration) {
    // Where not even a thread is to be had, going on at once is what is left.
    drop(aside(move || tokio::time::sleep(time)));
}
