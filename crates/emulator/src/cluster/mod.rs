//! What runs in a DOKS cluster: its API server, and the controllers behind it.
//!
//! [`Objects`] is one cluster's objects within a transaction. A write wakes the cluster: a second later every
//! controller of [`tick`] looks at the whole and acts, until nothing changes any more; what takes time is a timer of
//! [`Objects::elapsed`]. Nobody here knows who wrote an object or why: an object is its JSON.

pub mod api;
pub mod argo;
pub(crate) mod charts;
pub(crate) mod controllers;
pub mod flux;
pub mod helm;
pub mod identity;
pub mod kustomize;
pub(crate) mod logins;
pub mod objects;
pub(crate) mod operators;
pub(crate) mod tick;
pub(crate) mod yaml;

pub use objects::Objects;

use crate::route::EventHandler;
use crate::{Cx, Reply, Req};
use serde_json::json;

/// Events.
pub(crate) const EVENTS: &[(&str, EventHandler)] = &[("cluster_tick", tick::run)];

/// Answers a request to a cluster's API server.
pub(crate) fn dispatch(cx: &mut Cx, req: &mut Req) -> Reply {
    api::dispatch::answer(cx, req)
}

/// A `Status` of that code, as an API server in trouble answers.
pub(crate) fn trouble(status: u16) -> Reply {
    let document = json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": status });
    Reply::raw(status, "application/json", document.to_string())
}

/// A cluster has come to exist: what the service preinstalls is put into it.
pub(crate) fn begin(cx: &mut Cx, cluster: &str) {
    let mut objects = Objects::new(cx, cluster);
    api::bootstrap::begin(&mut objects);
    controllers::doks::begin(&mut objects);
    objects.wake();
}

/// Something outside changed that the cluster's controllers look at, such as its nodes.
pub(crate) fn wake(cx: &mut Cx, cluster: &str) {
    Objects::new(cx, cluster).wake();
}

/// The cluster is gone, and with it every object in it.
pub(crate) fn end(cx: &mut Cx, cluster: &str) {
    Objects::new(cx, cluster).clear();
}
