//! One cluster's objects within a transaction: what etcd and the generic part of an API server do.
//!
//! A resource is named `plural` or `plural.group`: `pods`, `deployments.apps`. There is one stored form of each object,
//! whatever versions it is served in. Everything here is hidden from the list of what exists at the vendor.

use crate::{Cx, Moment};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

mod beats;

/// Cluster id → resources that were ever written, so that all of them can be walked.
const RESOURCES: &str = "_resources";
/// `rv`: the last resource version; `beat`: the moment of the next beat.
const COUNTERS: &str = "_counters";
/// Timers by key: the moment from which they have elapsed.
const TIMERS: &str = "_timers";
/// What was deleted, by `resource|key`: the last form, with the resource version of its deletion.
const TOMBSTONES: &str = "_tombstones";
/// Names of Kubernetes events by what they say of which object.
const EVENT_INDEX: &str = "_event_index";
/// Objects by uid: `[resource, namespace, name]`.
const UIDS: &str = "_uids";
/// What controllers keep to themselves, by key.
const NOTES: &str = "_notes";
/// Kinds whose objects have no `metadata.generation`. Source: a Kubernetes 1.36 API server, asked for one of each.
const UNCOUNTED: &[&str] = &[
    "apiservices.apiregistration.k8s.io",
    "clusterrolebindings.rbac.authorization.k8s.io",
    "clusterroles.rbac.authorization.k8s.io",
    "configmaps",
    "csidrivers.storage.k8s.io",
    "csinodes.storage.k8s.io",
    "endpoints",
    "events",
    "horizontalpodautoscalers.autoscaling",
    "leases.coordination.k8s.io",
    "limitranges",
    "namespaces",
    "nodes",
    "persistentvolumeclaims",
    "persistentvolumes",
    "resourcequotas",
    "rolebindings.rbac.authorization.k8s.io",
    "roles.rbac.authorization.k8s.io",
    "secrets",
    "serviceaccounts",
    "services",
    "storageclasses.storage.k8s.io",
];

/// One cluster's objects.
pub struct Objects<'a, 'w> {
    cx: &'a mut Cx<'w>,
    cluster: String,
    prefix: String,
    quiet: bool,
    /// The first moment at which whoever looks now wants to look again.
    again: Option<i64>,
}

impl<'a, 'w> Objects<'a, 'w> {
    /// The objects of the cluster with that id, which need not exist.
    pub fn new(cx: &'a mut Cx<'w>, cluster: &str) -> Self {
        Self { cx, cluster: cluster.to_owned(), prefix: format!("_k8s/{cluster}/"), quiet: false, again: None }
    }

    /// The cluster's id.
    #[must_use]
    pub fn cluster(&self) -> &str {
        &self.cluster
    }

    /// The world around, for what a controller does at the vendor.
    pub fn cx(&mut self) -> &mut Cx<'w> {
        self.cx
    }

    /// The same, to look at.
    #[must_use]
    pub fn world(&self) -> &Cx<'w> {
        self.cx
    }

    fn collection(&self, resource: &str) -> String {
        [&self.prefix, resource].concat()
    }

    /// The object; `namespace` is empty for what belongs to the cluster.
    #[must_use]
    pub fn get(&self, resource: &str, namespace: &str, name: &str) -> Option<&Value> {
        self.cx.get(&self.collection(resource), &key(namespace, name))
    }

    /// The same, to be kept while it is changed.
    #[must_use]
    pub(crate) fn share(&self, resource: &str, namespace: &str, name: &str) -> Option<Arc<Value>> {
        self.cx.share(&self.collection(resource), &key(namespace, name))
    }

    /// Every object of a resource, in all namespaces, in the order of creation.
    #[must_use]
    pub fn list(&self, resource: &str) -> Vec<&Value> {
        self.cx.list(&self.collection(resource))
    }

    /// Every object of a resource, to be kept while they are changed.
    fn held(&self, resource: &str) -> Vec<Arc<Value>> {
        self.cx.held(&self.collection(resource))
    }

    /// The same, of those that are not on their way out.
    #[must_use]
    pub(crate) fn live(&self, resource: &str) -> Vec<Arc<Value>> {
        let mut all = self.held(resource);
        all.retain(|object| object["metadata"]["deletionTimestamp"].is_null());
        all
    }

    /// Every object of a resource in one namespace.
    #[must_use]
    pub fn list_in(&self, resource: &str, namespace: &str) -> Vec<&Value> {
        if namespace.is_empty() {
            return self.cx.pairs(&self.collection(resource)).filter(|(id, _)| !id.contains('/')).map(|(_, o)| o).collect();
        }
        self.cx.list_in(&self.collection(resource), namespace)
    }

    /// Every resource that was ever written here, sorted.
    #[must_use]
    pub fn resources(&self) -> Vec<String> {
        let mut all: Vec<String> = self.cx.pairs(&self.collection(RESOURCES)).map(|(k, _)| k.to_owned()).collect();
        all.sort();
        all
    }

    /// Puts a new object in, or replaces the whole of the one with its namespace and name: uid, creation time, resource
    /// version and generation are the server's. Nothing is written when nothing differs.
    ///
    /// The status of an object that exists stays as it is, unless `object` has one.
    pub fn put(&mut self, resource: &str, object: Value) {
        let (namespace, name) = place(&object);
        self.store(resource, &namespace, &name, object);
    }

    /// The same, and gives what is stored then.
    pub fn put_and_get(&mut self, resource: &str, object: Value) -> Value {
        let (namespace, name) = place(&object);
        self.store(resource, &namespace, &name, object);
        self.cx.peek(&self.collection(resource), &key(&namespace, &name)).cloned().unwrap_or_default()
    }

    fn store(&mut self, resource: &str, namespace: &str, name: &str, mut object: Value) {
        let collection = self.collection(resource);
        let id = key(namespace, name);
        let counted = !UNCOUNTED.contains(&resource);
        let fresh = match self.cx.get(&collection, &id) {
            Some(before) => {
                if object.get("status").is_none()
                    && let Some(status) = before.get("status")
                {
                    object["status"] = status.clone();
                }
                let (meta, old) = (&mut object["metadata"], &before["metadata"]);
                for field in ["uid", "creationTimestamp", "resourceVersion"] {
                    meta[field] = old[field].clone();
                }
                let generation = old["generation"].as_i64().unwrap_or(1);
                if counted {
                    meta["generation"] = generation.max(1).into();
                }
                object["_created"] = before["_created"].clone();
                if *before == object {
                    return;
                }
                if counted && !same_meaning(before, &object) {
                    object["metadata"]["generation"] = (generation + 1).into();
                }
                false
            }
            None => true,
        };
        if fresh {
            let (uid, now) = (self.cx.uuid(), self.cx.stamp());
            let meta = &mut object["metadata"];
            meta["uid"] = uid.clone().into();
            meta["creationTimestamp"] = now.into();
            if counted {
                meta["generation"] = 1.into();
            }
            let uids = self.collection(UIDS);
            self.cx.put_settled(&uids, &uid, json!([resource, namespace, name]));
            let known = self.collection(RESOURCES);
            if self.cx.get(&known, resource).is_none() {
                self.cx.put_settled(&known, resource, Value::Null);
            }
        }
        let rv = self.next_version();
        object["metadata"]["resourceVersion"] = rv.to_string().into();
        if fresh {
            object["_created"] = rv.into();
        }
        self.cx.put_settled(&collection, &id, object);
        self.touched();
    }

    /// Changes an object in place; nothing is written when `change` changes nothing. False when there is none.
    pub fn edit(&mut self, resource: &str, namespace: &str, name: &str, change: impl FnOnce(&mut Value)) -> bool {
        let Some(before) = self.get(resource, namespace, name) else {
            return false;
        };
        let mut after = before.clone();
        change(&mut after);
        if after != *before {
            self.store(resource, namespace, name, after);
        }
        true
    }

    /// Replaces an object's status; false when there is none.
    pub fn set_status(&mut self, resource: &str, namespace: &str, name: &str, status: Value) -> bool {
        self.edit(resource, namespace, name, |o| o["status"] = status)
    }

    /// Deletes an object: at once, or when its last finalizer is gone. False when there is none.
    pub fn delete(&mut self, resource: &str, namespace: &str, name: &str) -> bool {
        let Some(object) = self.get(resource, namespace, name).cloned() else {
            return false;
        };
        let held = |list: &Value| list.as_array().is_some_and(|f| !f.is_empty());
        // A namespace's own finalizer is in its spec.
        if held(&object["metadata"]["finalizers"]) || (resource == "namespaces" && held(&object["spec"]["finalizers"])) {
            let now = self.cx.stamp();
            self.edit(resource, namespace, name, |o| {
                if o["metadata"]["deletionTimestamp"].is_null() {
                    o["metadata"]["deletionTimestamp"] = now.into();
                }
            });
            return true;
        }
        self.remove(resource, namespace, name);
        true
    }

    /// Takes a finalizer away; an object that was to be deleted and has none left is gone.
    pub fn finalize(&mut self, resource: &str, namespace: &str, name: &str, finalizer: &str) {
        self.edit(resource, namespace, name, |o| {
            if let Some(all) = o["metadata"]["finalizers"].as_array_mut() {
                all.retain(|f| f != finalizer);
            }
        });
        let over = self.get(resource, namespace, name).is_some_and(|o| {
            !o["metadata"]["deletionTimestamp"].is_null() && o["metadata"]["finalizers"].as_array().is_none_or(Vec::is_empty)
        });
        if over {
            self.remove(resource, namespace, name);
        }
    }

    /// Takes an object out at once, whatever its finalizers say, and remembers that it was there.
    pub fn remove(&mut self, resource: &str, namespace: &str, name: &str) {
        let collection = self.collection(resource);
        let id = key(namespace, name);
        let Some(mut object) = self.cx.remove_settled(&collection, &id) else {
            return;
        };
        if let Some(uid) = object["metadata"]["uid"].as_str() {
            let uids = self.collection(UIDS);
            self.cx.remove_settled(&uids, uid);
        }
        let rv = self.next_version();
        object["metadata"]["resourceVersion"] = rv.to_string().into();
        let tombstones = self.collection(TOMBSTONES);
        self.cx.put_settled(&tombstones, &format!("{resource}|{id}"), object);
        self.touched();
    }

    /// Whether an object of that uid exists.
    #[must_use]
    pub fn exists(&self, uid: &str) -> bool {
        self.cx.get(&self.collection(UIDS), uid).is_some()
    }

    /// What was deleted of a resource after `version`, with the resource version of its deletion, oldest first.
    #[must_use]
    pub fn deleted_after(&self, resource: &str, version: u64) -> Vec<&Value> {
        let prefix = format!("{resource}|");
        let mut gone: Vec<&Value> = self
            .cx
            .pairs(&self.collection(TOMBSTONES))
            .filter(|(id, object)| id.starts_with(&prefix) && version_of(object) > version)
            .map(|(_, object)| object)
            .collect();
        gone.sort_by_key(|o| version_of(o));
        gone
    }

    /// The resource version of the last write.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.cx.get(&self.collection(COUNTERS), "rv").and_then(Value::as_u64).unwrap_or(0)
    }

    fn next_version(&mut self) -> u64 {
        let counters = self.collection(COUNTERS);
        let next = self.cx.peek(&counters, "rv").and_then(Value::as_u64).unwrap_or(0) + 1;
        self.cx.put_settled(&counters, "rv", next.into());
        next
    }

    /// Whether the timer `key` has elapsed. The first question starts it, for as long as the world says that `kind`
    /// takes ([`crate::world::default_duration`]), and wakes the cluster when it is over.
    pub fn elapsed(&mut self, key: &str, kind: &str) -> bool {
        if let Some(at) = self.cx.get(&self.collection(TIMERS), key).and_then(Value::as_i64) {
            return self.come(at);
        }
        let wait = self.cx.draw(kind);
        self.due(key, wait)
    }

    /// The same for a time that an object says itself, such as an interval: the first question starts it.
    pub fn due(&mut self, key: &str, wait: Duration) -> bool {
        let timers = self.collection(TIMERS);
        let now = self.cx.now();
        if let Some(at) = self.cx.get(&timers, key).and_then(Value::as_i64) {
            return self.come(at);
        }
        self.cx.put_settled(&timers, key, now.plus(wait).0.into());
        self.cx.known(&timers, key);
        if wait.is_zero() {
            return true;
        }
        self.wake_in(wait);
        false
    }

    /// Whether the moment `at` has come; the cluster is woken then. A timer `key` is kept for it.
    pub fn reached(&mut self, key: &str, at: Moment) -> bool {
        if at <= self.cx.now() {
            self.restart(key);
            return true;
        }
        let timers = self.collection(TIMERS);
        if self.cx.get(&timers, key).and_then(Value::as_i64) != Some(at.0) {
            self.cx.put_settled(&timers, key, at.0.into());
            self.cx.known(&timers, key);
            self.wake_in(at.since(self.cx.now()));
        }
        self.come(at.0)
    }

    /// Whether `wait` has passed since this was last true; otherwise whoever asks looks again then.
    pub(crate) fn paced(&mut self, key: &str, wait: Duration) -> bool {
        let timers = self.collection(TIMERS);
        let now = self.cx.now();
        if self.cx.get(&timers, key).and_then(Value::as_i64).is_some_and(|at| !self.come(at)) {
            return false;
        }
        self.cx.put_settled(&timers, key, now.plus(wait).0.into());
        self.cx.known(&timers, key);
        true
    }

    /// Whether that moment has come; otherwise whoever asks looks again then.
    fn come(&mut self, at: i64) -> bool {
        if at <= self.cx.now().0 {
            return true;
        }
        self.again = Some(self.again.map_or(at, |a| a.min(at)));
        false
    }

    /// Forgets a timer, so that the next question starts it anew.
    pub fn restart(&mut self, key: &str) {
        let timers = self.collection(TIMERS);
        self.cx.remove_settled(&timers, key);
    }

    /// What a controller noted under a key; no client sees it.
    #[must_use]
    pub fn note(&self, key: &str) -> Option<&Value> {
        self.cx.get(&self.collection(NOTES), key)
    }

    /// Notes something under a key; null takes it away. Nobody is woken.
    pub fn set_note(&mut self, key: &str, value: Value) {
        let notes = self.collection(NOTES);
        if value.is_null() {
            self.cx.remove_settled(&notes, key);
        } else if self.cx.get(&notes, key) != Some(&value) {
            self.cx.put_settled(&notes, key, value);
        }
    }

    /// A Kubernetes event about an object: the same one again only counts up.
    pub fn event(&mut self, about: &Value, kind: &str, reason: &str, message: &str) {
        let (namespace, name) = place(about);
        let home = if namespace.is_empty() { "default".to_owned() } else { namespace.clone() };
        let now = self.cx.stamp();
        let index = self.collection(EVENT_INDEX);
        let id = format!("{}|{reason}|{message}", about["metadata"]["uid"].as_str().unwrap_or(&name));
        let same = self.cx.get(&index, &id).and_then(Value::as_str).map(str::to_owned);
        if let Some(id) = same.filter(|id| self.get("events", &home, id).is_some()) {
            // Once a minute is often enough for one that goes on and on.
            if self.elapsed(&format!("event/{home}/{id}"), "event_repeat") {
                self.restart(&format!("event/{home}/{id}"));
                self.quietly(|s| {
                    s.edit("events", &home, &id, |e| {
                        e["count"] = (e["count"].as_i64().unwrap_or(1) + 1).into();
                        e["lastTimestamp"] = now.into();
                    });
                });
            }
            return;
        }
        let suffix = self.cx.random_text("0123456789abcdef", 16);
        self.cx.put_settled(&index, &id, format!("{name}.{suffix}").into());
        let object = json!({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": { "name": format!("{name}.{suffix}"), "namespace": home },
            "involvedObject": {
                "apiVersion": about["apiVersion"], "kind": about["kind"], "namespace": namespace, "name": name,
                "uid": about["metadata"]["uid"],
            },
            "type": kind,
            "reason": reason,
            "message": message,
            "count": 1,
            "firstTimestamp": now,
            "lastTimestamp": now,
        });
        self.quietly(|s| {
            s.put("events", object);
        });
    }

    /// Writes without waking the cluster: for what no controller looks at.
    pub fn quietly(&mut self, write: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.quiet, true);
        write(self);
        self.quiet = before;
    }

    /// Takes everything out: the cluster is gone.
    pub fn clear(&mut self) {
        let mut all = self.resources();
        all.extend(
            [RESOURCES, COUNTERS, TIMERS, TOMBSTONES, UIDS, EVENT_INDEX, super::logins::LOGINS, "_timers_kubelet", "_balancers"]
                .map(str::to_owned),
        );
        for resource in all {
            let collection = self.collection(&resource);
            let keys: Vec<String> = self.cx.pairs(&collection).map(|(k, _)| k.to_owned()).collect();
            for key in keys {
                self.cx.remove_settled(&collection, &key);
            }
        }
    }
}

/// Namespace (empty for what belongs to the cluster) and name of an object.
#[must_use]
pub fn place(object: &Value) -> (String, String) {
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or("").to_owned();
    (text("namespace"), text("name"))
}

/// The resource version of an object as a number.
#[must_use]
pub fn version_of(object: &Value) -> u64 {
    object["metadata"]["resourceVersion"].as_str().and_then(|v| v.parse().ok()).unwrap_or(0)
}

fn key(namespace: &str, name: &str) -> String {
    if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") }
}

/// Whether two forms differ in nothing but metadata, status and what no client sees: then the generation stays.
fn same_meaning(a: &Value, b: &Value) -> bool {
    let meant = |k: &str| !matches!(k, "metadata" | "status") && !k.starts_with('_');
    let within = |a: &Value, b: &Value, same: fn(&Value, &Value) -> bool| {
        let mut fields = a.as_object().into_iter().flatten().filter(|(k, _)| meant(k));
        fields.all(|(k, v)| b.get(k).is_some_and(|w| same(v, w)))
    };
    within(a, b, |v, w| v == w) && within(b, a, |_, _| true)
}
