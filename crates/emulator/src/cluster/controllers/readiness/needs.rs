//! What a pod connects to: what its template says of itself, and whatever in its configuration is an address.

use super::super::fields::{items, name, namespace, text};
use super::address::{Address, Protocol, parse};
use super::environment::{self, secret_key, secret_keys};
use crate::cluster::Objects;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Something that must answer before a pod is Ready.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// The cluster's API server.
    Kubernetes,
    /// What no connection brings: the program looks at what is there, says this and gives up.
    Otherwise(String),
    /// A server.
    Server {
        /// Where, and as whom.
        address: Address,
        /// Whether the pod's template itself says so: then hosts of the outside world count as well.
        told: bool,
    },
}

/// Everything that a pod needs, each once.
pub(crate) fn of(objects: &Objects, pod: &Value) -> BTreeSet<Need> {
    let mut all = BTreeSet::new();
    let home = namespace(pod);
    let mut known = BTreeMap::new();
    let containers = || items(&pod["spec"]["initContainers"]).iter().chain(items(&pod["spec"]["containers"]));
    let mut add = |text: &str| {
        if let Some(address) = parse(text) {
            all.insert(Need::Server { address, told: false });
        }
    };
    for container in containers() {
        let own = environment::of(objects, home, pod, container);
        own.values().for_each(|value| add(value));
        for argument in items(&container["command"]).iter().chain(items(&container["args"])) {
            let argument = environment::expand(text(argument), &own);
            for word in argument.split_whitespace() {
                add(word);
                if let Some((_, value)) = word.split_once('=') {
                    add(value);
                }
            }
        }
        known.extend(own);
    }
    for secret in mounted(objects, pod, "secrets") {
        secret_keys(secret).values().for_each(|value| scan(value, &mut add));
    }
    for map in mounted(objects, pod, "configmaps") {
        map["data"].as_object().into_iter().flatten().for_each(|(_, value)| scan(text(value), &mut add));
    }
    for reference in named_secrets(pod) {
        if let Some(secret) = objects.get("secrets", home, &reference)
            && let Some(address) = described(secret)
        {
            all.insert(Need::Server { address, told: false });
        }
    }
    let told = if pod["_connects"].is_null() { &pod["spec"]["_connects"] } else { &pod["_connects"] };
    for connection in items(told) {
        all.extend(said(objects, home, connection, &known));
    }
    all
}

/// Addresses in a file: a whole line's worth of words, databases only, because files are full of links to manuals.
fn scan(file: &str, add: &mut impl FnMut(&str)) {
    if file.len() > 65_536 || !file.contains("://") {
        return;
    }
    let words = file.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';'));
    for word in words.filter(|w| w.contains("://")) {
        let word = word.rsplit_once('=').filter(|(_, v)| v.contains("://")).map_or(word, |(_, v)| v);
        if parse(word).is_some_and(|a| a.protocol != Protocol::Http) {
            add(word);
        }
    }
}

fn mounted<'a>(objects: &'a Objects, pod: &Value, resource: &str) -> Vec<&'a Value> {
    let (volume, field, source) =
        if resource == "secrets" { ("secret", "secretName", "secret") } else { ("configMap", "name", "configMap") };
    let volumes = items(&pod["spec"]["volumes"]);
    let direct = volumes.iter().filter_map(|v| v[volume][field].as_str());
    let projected = volumes.iter().flat_map(|v| items(&v["projected"]["sources"])).filter_map(|s| s[source]["name"].as_str());
    direct
        .chain(projected)
        .filter(|n| *n != "kube-root-ca.crt")
        .filter_map(|n| objects.get(resource, namespace(pod), n))
        .collect()
}

/// Names of every Secret that a pod reads.
fn named_secrets(pod: &Value) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let spec = &pod["spec"];
    for container in items(&spec["initContainers"]).iter().chain(items(&spec["containers"])) {
        let env = items(&container["env"]).iter().map(|e| &e["valueFrom"]["secretKeyRef"]["name"]);
        let from = items(&container["envFrom"]).iter().map(|e| &e["secretRef"]["name"]);
        all.extend(env.chain(from).filter_map(|n| n.as_str().map(str::to_owned)));
    }
    all.extend(items(&spec["volumes"]).iter().filter_map(|v| v["secret"]["secretName"].as_str().map(str::to_owned)));
    all
}

/// A Secret with `host` and `port` describes a server, whatever else is in it.
fn described(secret: &Value) -> Option<Address> {
    let (host, port) = (secret_key(secret, "host")?, secret_key(secret, "port")?.trim().parse().ok()?);
    let known = |keys: &[&str]| keys.iter().find_map(|k| secret_key(secret, k)).unwrap_or_default();
    let protocol = match port {
        5432 | 25060 => Protocol::Postgres,
        6379 | 6380 | 25061 => Protocol::Redis,
        5671 | 5672 => Protocol::Amqp,
        _ => Protocol::Other,
    };
    // A pool of PostgreSQL has the port of Valkey: the database tells them apart.
    let database = known(&["dbname", "database"]);
    let protocol = if protocol == Protocol::Redis && !database.is_empty() { Protocol::Postgres } else { protocol };
    let host = host.trim().trim_end_matches('.').to_ascii_lowercase();
    let mut made = Address::bare(protocol, &host, port);
    made.user = known(&["username", "user"]);
    made.password = known(&["password"]);
    made.database = database;
    Some(made)
}

/// One entry of `_connects`.
fn said(objects: &Objects, home: &str, connection: &Value, known: &BTreeMap<String, String>) -> Option<Need> {
    let value = |field: &str| -> String {
        let given = &connection[field];
        let reference = &given["secretKeyRef"];
        if reference.is_object() {
            let secret = objects.get("secrets", home, text(&reference["name"]));
            return secret.and_then(|s| secret_key(s, text(&reference["key"]))).unwrap_or_default();
        }
        if let Some(variable) = given["env"].as_str() {
            return known.get(variable).cloned().unwrap_or_default();
        }
        environment::expand(text(given), known)
    };
    if let Some(why) = connection["otherwise"].as_str() {
        return Some(Need::Otherwise(why.to_owned()));
    }
    let to = value("to");
    if to == "kubernetes" {
        return Some(Need::Kubernetes);
    }
    let mut address = match parse(&to) {
        Some(address) => address,
        None => {
            let (host, port) = to.rsplit_once(':')?;
            let port = port.parse().ok()?;
            let protocol = match (text(&connection["protocol"]), port) {
                ("postgres" | "postgresql", _) | ("", 5432 | 25060) => Protocol::Postgres,
                ("redis" | "valkey", _) | ("", 6379 | 6380 | 25061) => Protocol::Redis,
                ("amqp", _) | ("", 5671 | 5672) => Protocol::Amqp,
                ("http" | "https" | "grpc", _) => Protocol::Http,
                _ => Protocol::Other,
            };
            Address::bare(protocol, &host.trim_end_matches('.').to_ascii_lowercase(), port)
        }
    };
    for (field, place) in [("user", &mut address.user), ("password", &mut address.password), ("database", &mut address.database)]
    {
        let given = value(field);
        if !given.is_empty() {
            *place = given;
        }
    }
    address.tls = connection["tls"].as_bool().or(address.tls);
    Some(Need::Server { address, told: true })
}

/// Whether a pod only watches what it connects to, and creates nothing there.
pub(crate) fn watches(pod: &Value) -> bool {
    let image = |c: &Value| text(&c["image"]).contains("exporter") || text(&c["image"]).contains("pgbouncer");
    items(&pod["spec"]["containers"]).iter().any(image) || name(pod).contains("exporter")
}
