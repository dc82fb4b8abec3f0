//! Who may log in to what runs in a cluster: kept apart from its objects, as a server keeps its users.
//!
//! A login is `{ "protocol": "postgres", "users": { "name": "password" }, "databases": ["db"], "tls": true }`. A server
//! without an entry lets everybody in.

use super::Objects;
use serde_json::Value;

/// The collection, below a cluster's prefix.
pub(crate) const LOGINS: &str = "_logins";

fn collection(objects: &Objects) -> String {
    format!("_k8s/{}/{LOGINS}", objects.cluster())
}

fn key(host: &str, port: u16) -> String {
    format!("{host}:{port}")
}

/// Says who may log in at `host`, a service's full name `svc.ns.svc.cluster.local`.
pub(crate) fn set(objects: &mut Objects, host: &str, port: u16, login: Value) {
    if get(objects, host, port) == Some(&login) {
        return;
    }
    let collection = collection(objects);
    objects.cx().put_settled(&collection, &key(host, port), login);
    objects.wake();
}

/// Takes an entry away.
#[allow(dead_code, reason = "for operators")]
pub(crate) fn remove(objects: &mut Objects, host: &str, port: u16) {
    let collection = collection(objects);
    if objects.cx().remove_settled(&collection, &key(host, port)).is_some() {
        objects.wake();
    }
}

/// Who may log in there.
pub(crate) fn get<'a>(objects: &'a Objects, host: &str, port: u16) -> Option<&'a Value> {
    objects.world().get(&collection(objects), &key(host, port))
}
