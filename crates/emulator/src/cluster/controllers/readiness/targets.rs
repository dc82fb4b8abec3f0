//! Where a host name leads.

use super::super::fields::{name, namespace, text};
use crate::cluster::Objects;
use crate::digitalocean::kubernetes::CLUSTERS;
use serde_json::Value;
use std::net::Ipv4Addr;

/// What is behind a name.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target<'o> {
    /// A Service, and the one pod of it that the name means.
    Service(&'o Value, Option<&'o str>),
    /// A pod by its address.
    Pod(&'o Value),
    /// The API server.
    Api,
    /// A managed database: the cluster's document, and whether by its private name.
    Database(&'o Value, bool),
    /// Somewhere else.
    Outside(Ipv4Addr),
    /// Nothing.
    Nothing,
}

/// The address of what is outside and has none that is known: of a range that is public and nobody's (RFC 5737).
pub(crate) const SOMEWHERE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 10);

/// The full name of a Service.
pub(crate) fn full_name(service: &Value) -> String {
    format!("{}.{}.svc.cluster.local", name(service), namespace(service))
}

/// The name under which a short one is asked for: with the namespace's domain, if it is one of the cluster.
pub(crate) fn asked_name(host: &str, target: &Target) -> String {
    match target {
        Target::Service(service, _) if namespace(service).is_empty() => host.to_owned(),
        Target::Service(service, Some(pod)) => format!("{pod}.{}", full_name(service)),
        Target::Service(service, None) => full_name(service),
        Target::Api => "kubernetes.default.svc.cluster.local".to_owned(),
        _ => host.to_owned(),
    }
}

/// Resolves a name as a pod of that namespace does.
pub(crate) fn resolve<'o>(objects: &'o Objects, home: &str, host: &'o str) -> Target<'o> {
    let mut host = host;
    // A Service that is only another name leads on; two that lead to each other lead nowhere.
    for _ in 0..4 {
        let found = once(objects, home, host);
        let Target::Service(service, None) = found else {
            return found;
        };
        match service["spec"]["externalName"].as_str().filter(|_| service["spec"]["type"] == "ExternalName") {
            Some(next) => host = next,
            None => return found,
        }
    }
    Target::Nothing
}

fn once<'o>(objects: &'o Objects, home: &str, host: &'o str) -> Target<'o> {
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return by_address(objects, host, address);
    }
    let inner = host.strip_suffix(".cluster.local").unwrap_or(host);
    let (inner, full) = match inner.strip_suffix(".svc") {
        Some(inner) => (inner, true),
        None => (inner, false),
    };
    let parts: Vec<&str> = inner.split('.').collect();
    let service = |name: &str, namespace: &str| objects.get("services", namespace, name);
    let found = match parts.as_slice() {
        [name] if !full => service(name, home).map(|s| Target::Service(s, None)),
        [name, space] => service(name, space).map(|s| Target::Service(s, None)),
        [pod, name, space] => service(name, space).map(|s| Target::Service(s, Some(*pod))),
        _ => None,
    };
    match found {
        Some(Target::Service(s, None)) if is_api(s) => Target::Api,
        Some(found) => found,
        None if full || parts.len() == 1 => Target::Nothing,
        None => outside(objects, host),
    }
}

fn is_api(service: &Value) -> bool {
    namespace(service) == "default" && name(service) == "kubernetes"
}

fn by_address<'o>(objects: &'o Objects, host: &str, address: Ipv4Addr) -> Target<'o> {
    if let Some(service) = objects.list("services").into_iter().find(|s| s["spec"]["clusterIP"] == host) {
        return if is_api(service) { Target::Api } else { Target::Service(service, None) };
    }
    let pod = objects.list("pods").into_iter().find(|p| p["status"]["podIP"] == host);
    pod.map_or(Target::Outside(address), Target::Pod)
}

fn outside<'o>(objects: &'o Objects, host: &str) -> Target<'o> {
    let cx = objects.world();
    if let Some(rest) = host.strip_suffix(".db.ondigitalocean.com") {
        let plain = rest.strip_prefix("private-").unwrap_or(rest);
        let plain = plain.strip_prefix("replica-").unwrap_or(plain);
        let wanted = format!("{plain}.db.ondigitalocean.com");
        let mut all = cx.list("databases").into_iter().chain(cx.list("database_replicas"));
        let found = all.find(|d| d["_host"] == wanted.as_str());
        return found.map_or(Target::Nothing, |d| Target::Database(d, host.starts_with("private-")));
    }
    if objects.world().get(CLUSTERS, objects.cluster()).is_some_and(|c| text(&c["endpoint"]).ends_with(host)) {
        return Target::Api;
    }
    match crate::digitalocean::domains::zone_of(cx, host) {
        Some(zone) => zone_address(objects, &zone, host).map_or(Target::Nothing, Target::Outside),
        None => Target::Outside(SOMEWHERE),
    }
}

/// The address of a host in a zone of the account.
fn zone_address(objects: &Objects, zone: &str, host: &str) -> Option<Ipv4Addr> {
    let own = host.strip_suffix(zone).map(|h| h.trim_end_matches('.')).filter(|h| !h.is_empty()).unwrap_or("@");
    let wild = own.split_once('.').map_or("*".to_owned(), |(_, rest)| format!("*.{rest}"));
    let records = objects.world().list(&format!("domain_records/{zone}"));
    let mut fit = records.iter().filter(|r| r["name"] == own || r["name"] == wild.as_str());
    fit.find_map(|r| match text(&r["type"]) {
        "A" => text(&r["data"]).parse().ok(),
        "CNAME" | "AAAA" => Some(SOMEWHERE),
        _ => None,
    })
}
