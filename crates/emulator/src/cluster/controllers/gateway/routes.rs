//! HTTPRoutes and GRPCRoutes: which Gateways take them, and whether what they lead to exists.

use super::{CONTROLLER, granted};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{items, leaving, name, namespace, observed, text, uid};
use crate::cluster::controllers::select;
use crate::cluster::objects::place;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const KINDS: [(&str, &str); 2] =
    [("httproutes.gateway.networking.k8s.io", "HTTPRoute"), ("grpcroutes.gateway.networking.k8s.io", "GRPCRoute")];

/// How many routes each listener has.
pub(super) struct Attached(BTreeMap<(String, String), usize>);

impl Attached {
    /// Routes of one listener.
    pub(super) fn count(&self, gateway: &Value, listener: &str) -> usize {
        self.0.get(&(uid(gateway).to_owned(), listener.to_owned())).copied().unwrap_or(0)
    }
}

/// Writes the status of every route that names one of the Gateways.
pub(super) fn run(objects: &mut Objects, gateways: &[Value], now: &str) -> Attached {
    let mut attached = Attached(BTreeMap::new());
    for (resource, kind) in KINDS {
        let routes: Vec<Value> = objects.list(resource).into_iter().filter(|r| !leaving(r)).cloned().collect();
        for route in routes {
            let mut parents: Vec<Value> =
                items(&route["status"]["parents"]).iter().filter(|p| p["controllerName"] != CONTROLLER).cloned().collect();
            let foreign = parents.len();
            for parent in items(&route["spec"]["parentRefs"]) {
                let home = parent["namespace"].as_str().unwrap_or(namespace(&route));
                let Some(gateway) = gateways.iter().find(|g| name(g) == text(&parent["name"]) && namespace(g) == home) else {
                    continue;
                };
                parents.push(judged(objects, &route, kind, gateway, parent, &mut attached, now));
            }
            if parents.len() > foreign || foreign < items(&route["status"]["parents"]).len() {
                let (home, own) = place(&route);
                objects.edit(resource, &home, &own, |r| r["status"]["parents"] = parents.into());
            }
        }
    }
    attached
}

fn judged(
    objects: &Objects,
    route: &Value,
    kind: &str,
    gateway: &Value,
    parent: &Value,
    attached: &mut Attached,
    now: &str,
) -> Value {
    let known = items(&route["status"]["parents"]);
    let empty = Value::Null;
    let before = known.iter().find(|p| p["controllerName"] == CONTROLLER && p["parentRef"] == *parent).unwrap_or(&empty);
    let listeners: Vec<&Value> = items(&gateway["spec"]["listeners"])
        .iter()
        .filter(|l| parent["sectionName"].is_null() || parent["sectionName"] == l["name"])
        .filter(|l| parent["port"].is_null() || parent["port"] == l["port"])
        .collect();
    let open: Vec<&Value> = listeners.iter().copied().filter(|l| allows(objects, gateway, l, route)).collect();
    let fit: Vec<&Value> = open.iter().copied().filter(|l| hosts_meet(l, route)).collect();
    let set = |kind: &str, state: &str, reason: &str, message: &str| observed(route, before, kind, state, reason, message, now);
    let accepted = if listeners.is_empty() {
        set("Accepted", "False", "NoMatchingParent", "No matching listener with sectionName or port")
    } else if open.is_empty() {
        set(
            "Accepted",
            "False",
            "NotAllowedByListeners",
            &format!("{kind} is not allowed to attach to this Gateway due to namespace restrictions"),
        )
    } else if fit.is_empty() {
        set("Accepted", "False", "NoMatchingListenerHostname", "No matching listener hostname")
    } else {
        for listener in &fit {
            *attached.0.entry((uid(gateway).to_owned(), text(&listener["name"]).to_owned())).or_default() += 1;
        }
        set("Accepted", "True", "Accepted", &format!("Accepted {kind}"))
    };
    let resolved = match unresolved(objects, route, kind) {
        None => set("ResolvedRefs", "True", "ResolvedRefs", "Service reference is valid"),
        Some((reason, message)) => set("ResolvedRefs", "False", reason, &message),
    };
    json!({ "parentRef": parent, "controllerName": CONTROLLER, "conditions": [accepted, resolved] })
}

fn allows(objects: &Objects, gateway: &Value, listener: &Value, route: &Value) -> bool {
    let namespaces = &listener["allowedRoutes"]["namespaces"];
    match namespaces["from"].as_str().unwrap_or("Same") {
        "All" => true,
        "Selector" => objects
            .get("namespaces", "", namespace(route))
            .is_some_and(|n| select::fits(&namespaces["selector"], &n["metadata"]["labels"])),
        _ => namespace(gateway) == namespace(route),
    }
}

fn hosts_meet(listener: &Value, route: &Value) -> bool {
    let wanted = text(&listener["hostname"]);
    let hosts = items(&route["spec"]["hostnames"]);
    let meets = |a: &str, b: &str| {
        a == b
            || a.strip_prefix('*').is_some_and(|tail| b.trim_start_matches('*').ends_with(tail))
            || b.strip_prefix('*').is_some_and(|tail| a.ends_with(tail))
    };
    wanted.is_empty() || hosts.is_empty() || hosts.iter().any(|h| meets(wanted, text(h)))
}

/// The first backend that is not there or may not be named.
fn unresolved(objects: &Objects, route: &Value, kind: &str) -> Option<(&'static str, String)> {
    let rules = items(&route["spec"]["rules"]);
    rules.iter().flat_map(|r| items(&r["backendRefs"])).find_map(|backend| {
        let own = text(&backend["name"]);
        let home = backend["namespace"].as_str().unwrap_or(namespace(route));
        if !matches!(text(&backend["kind"]), "" | "Service") {
            return Some(("InvalidKind", format!("Unsupported backend kind {}", text(&backend["kind"]))));
        }
        if !granted(objects, ("gateway.networking.k8s.io", kind, namespace(route)), ("Service", home, own)) {
            return Some(("RefNotPermitted", "Cross namespace references are not allowed".to_owned()));
        }
        let Some(service) = objects.get("services", home, own) else {
            return Some(("BackendNotFound", format!("Service \"{own}\" not found")));
        };
        if backend["port"].is_null() {
            return Some(("InvalidKind", "Must have port for backend object reference".to_owned()));
        }
        let has = items(&service["spec"]["ports"]).iter().any(|p| p["port"] == backend["port"]);
        (!has).then(|| ("BackendNotFound", format!("Service \"{own}\" has no port {}", backend["port"])))
    })
}
