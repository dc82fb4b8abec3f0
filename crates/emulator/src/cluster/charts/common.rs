//! What many charts' templates have in common.

use crate::cluster::helm::object::{annotated, object, service_account};
use crate::cluster::helm::{Release, Values, Workload};
use serde_json::{Value, json};

/// `registry/repository:tag` from values as most charts take them; an empty registry is left out.
pub(super) fn image(values: Values, registry: &str, repository: &str, tag: &str) -> String {
    let registry = values.text("registry", registry);
    let repository = values.text("repository", repository);
    let tag = values.text("tag", tag);
    if registry.is_empty() { format!("{repository}:{tag}") } else { format!("{registry}/{repository}:{tag}") }
}

/// The service account's name, and the object unless the values want none.
pub(super) fn account(release: &Release, values: Values, labels: &Value) -> (String, Vec<Value>) {
    let create = values.flag("create", true);
    let default = if create { release.full() } else { "default".to_owned() };
    let name = values.text("name", &default);
    let made = annotated(service_account(&name, labels), values.at("annotations").0);
    (name, if create { vec![made] } else { Vec::new() })
}

/// Environment variables from a map of names to values, as some charts take them.
pub(super) fn env_map(mut workload: Workload, values: Values, path: &str) -> Workload {
    for (name, value) in values.map(path) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        workload = workload.env(&name, &text);
    }
    workload
}

/// A ServiceMonitor when the values ask for one, with their labels.
pub(super) fn monitor(release: &Release, values: Values, name: &str, labels: &Value, selector: &Value, port: &str) -> Vec<Value> {
    if !values.flag("enabled", false) {
        return Vec::new();
    }
    let mut labels = labels.clone();
    for path in ["additionalLabels", "labels", "extraLabels"] {
        for (key, value) in values.map(path) {
            labels[key.as_str()] = value;
        }
    }
    let mut made = object(
        "monitoring.coreos.com/v1",
        "ServiceMonitor",
        name,
        &labels,
        json!({ "spec": { "selector": { "matchLabels": selector }, "endpoints": [{ "port": port }], "namespaceSelector": { "matchNames": [release.namespace] } } }),
    );
    if let Some(home) = values.at("namespace").0.as_str().filter(|h| !h.is_empty()) {
        made["metadata"]["namespace"] = home.into();
    }
    vec![made]
}

/// Hosts and ports of the URLs in a text, as connections that a pod must be able to make.
pub(super) fn connection(url: &str) -> Option<Value> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?']).next()?;
    let host = authority.rsplit('@').next()?;
    let port = match (host.rsplit_once(':'), scheme) {
        (Some((_, port)), _) => port.parse::<u16>().ok()?,
        (None, "https") => 443,
        (None, "http") => 80,
        (None, _) => return None,
    };
    let name = host.rsplit_once(':').map_or(host, |(h, _)| h);
    if name.is_empty() || name.starts_with('$') || name == "0.0.0.0" || name.starts_with("localhost") || name.starts_with("127.")
    {
        return None;
    }
    Some(json!({ "to": format!("{name}:{port}"), "tls": scheme == "https" }))
}
