//! A vendor that gives the answers of a script, in its order, and remembers what it was sent.

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use pontoon_engine::{Clock, ports::Boxed};
use pontoon_providers::Budget;
use pontoon_wire::{Wire, WireError, full};
use serde_json::Value;
use std::{
    collections::VecDeque,
    rc::Rc,
    sync::{Arc, Mutex},
    time::Duration,
};
use tower::{service_fn, util::BoxCloneSyncService};

/// A clock that stands still.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
    fn sleep(&self, _: Duration) -> Boxed<'static, ()> {
        Box::pin(async {})
    }
}

/// One answer: what has to be called, and what comes back.
pub type Turn = (&'static str, u16, &'static [(&'static str, &'static str)], Value);
/// The bodies that were sent.
pub type Seen = Arc<Mutex<Vec<Value>>>;

/// A wire to a vendor that gives these answers in this order, and takes only requests with these headers.
pub fn wire(turns: Vec<Turn>, needs: &'static [(&'static str, &'static str)]) -> (Wire, Seen) {
    let turns = Arc::new(Mutex::new(VecDeque::from(turns)));
    let seen = Seen::default();
    let bodies = seen.clone();
    let wire: Wire = BoxCloneSyncService::new(service_fn(move |request: Request<Bytes>| {
        let called = format!("{} {}", request.method(), request.uri().path_and_query().unwrap());
        let turn = turns.lock().unwrap().pop_front();
        let (expected, status, headers, body) = turn.unwrap_or_else(|| panic!("{called}: unexpected"));
        assert_eq!(called, expected);
        for (name, value) in needs {
            assert_eq!(request.headers().get(*name).map(|v| v.to_str().unwrap()), Some(*value), "{called}: {name}");
        }
        assert!(request.headers().contains_key("user-agent"), "GitHub refuses requests without one");
        bodies.lock().unwrap().push(serde_json::from_slice(request.body()).unwrap_or_default());
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        let response = response.body(full(body.to_string())).unwrap();
        async { Ok::<_, WireError>(response) }
    }));
    (wire, seen)
}

/// A budget that nothing was spent of.
pub fn budget() -> Rc<Budget> {
    Rc::new(Budget::new(Rc::new(Still)))
}

/// Runs a future to its end.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}
