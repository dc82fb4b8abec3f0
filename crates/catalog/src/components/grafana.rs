//! Grafana, a part of kube-prometheus-stack: what it shows, from where, and its host.

use super::{
    Site, access, loki, opensearch, prometheus, tempo,
    way_in::{Door, open},
    write::{merged, resources},
};
use access::OBSERVABILITY;
use pontoon_core::content::{Capability, Component, Field, Place, SecretSpec};
use pontoon_spec::sections::observability::{Logs, Traces};
use serde_json::{Value, json};

/// The Secret of the first person.
const ADMIN: &str = "grafana-admin";
/// The Service. Source: the chart's names for a release of its own name.
const SERVICE: &str = "kube-prometheus-stack-grafana";

/// The first person's name and password: drawn once.
pub fn admin() -> SecretSpec {
    let password = Field::Made { name: "GRAFANA_PASSWORD".into(), length: access::PASSWORD };
    prometheus::own_secret(ADMIN, [("admin-user", Field::Text("admin".into())), ("admin-password", password)])
}

/// Whether logs are in OpenSearch, for which Grafana has no source of its own.
pub fn wants_plugin(site: &Site<'_>) -> bool {
    matches!(site.spec.observability.logs.value, Logs::Opensearch(_))
}

/// Its values under `grafana`.
pub fn values(site: &Site<'_>) -> Value {
    let mut sources = Vec::new();
    if matches!(site.spec.observability.traces.value, Traces::Tempo(_)) {
        sources.push(json!({ "name": "Tempo", "uid": "tempo", "type": "tempo", "access": "proxy", "url": tempo::url() }));
    }
    if matches!(site.spec.observability.logs.value, Logs::Loki(_)) {
        sources.push(json!({ "name": "Loki", "uid": "loki", "type": "loki", "access": "proxy", "url": loki::url() }));
    }
    let mut values = json!({
        "admin": { "existingSecret": ADMIN, "userKey": "admin-user", "passwordKey": "admin-password" },
        "resources": resources(50, 320),
        "sidecar": { "resources": resources(10, 64) },
        // A test of the chart starts pods that nobody asked for.
        "testFramework": { "enabled": false },
        "initChownData": { "enabled": false },
        "grafana.ini": { "analytics": { "check_for_updates": false } },
    });
    if let Some(host) = site.grafana_host() {
        let scheme = if site.has_tls() { "https" } else { "http" };
        values["grafana.ini"]["server"] = json!({ "domain": host, "root_url": format!("{scheme}://{host}") });
    }
    if wants_plugin(site) {
        values["plugins"] = json!(["grafana-opensearch-datasource"]);
        values["envValueFrom"] =
            json!({ "OPENSEARCH_PASSWORD": { "secretKeyRef": { "name": opensearch::ADMIN, "key": "password" } } });
        sources.push(json!({
            "name": "OpenSearch", "uid": "opensearch", "type": "grafana-opensearch-datasource", "access": "proxy",
            "url": opensearch::url(),
            "basicAuth": true, "basicAuthUser": "admin",
            // Expanded by Grafana itself: the password stands in no ConfigMap.
            "secureJsonData": { "basicAuthPassword": "$OPENSEARCH_PASSWORD" },
            "jsonData": { "database": "logs-*", "flavor": "opensearch", "timeField": "@timestamp", "tlsSkipVerify": true },
        }));
    }
    if !sources.is_empty() {
        values["additionalDataSources"] = sources.into();
    }
    merged(values, Value::Object(site.placement(Place::Monitoring)))
}

/// The host of Grafana: apart from the stack, so that metrics do not wait for the way in.
pub fn door(site: &Site<'_>) -> Option<Component> {
    let host = site.grafana_host()?;
    let component = Component::new("grafana-host", "observability", "host of Grafana", site.spec.observability.metrics.trace())
        .needs(Capability::Namespace(OBSERVABILITY.into()));
    let door = Door { name: "grafana", namespace: OBSERVABILITY, host: &host, service: SERVICE, port: 80, pod_port: 3000 };
    Some(open(site, component, &door))
}
