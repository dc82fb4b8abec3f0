//! What the operator is to run: one Prometheus, one Alertmanager.

use super::super::common::image;
use super::{full, labels};
use crate::cluster::helm::object::{
    annotated, cluster_role, cluster_role_binding, config_map, object, rule, secret, service, service_account,
};
use crate::cluster::helm::{Release, Values};
use crate::cluster::yaml;
use serde_json::{Value, json};

const API: &str = "monitoring.coreos.com/v1";

/// Both, with their services.
pub(super) fn objects(release: &Release) -> Vec<Value> {
    let mut all = Vec::new();
    if release.at("prometheus").flag("enabled", true) {
        all.extend(prometheus(release));
    }
    if release.at("alertmanager").flag("enabled", true) {
        all.extend(alertmanager(release));
    }
    if release.at("grafana").flag("enabled", true)
        && release.at("grafana.sidecar.datasources").flag("defaultDatasourceEnabled", true)
    {
        let mut labels = labels(release, "grafana");
        labels["grafana_datasource"] = "1".into();
        let url = format!("http://{}-prometheus.{}:9090/", full(release), release.namespace);
        let mut sources = vec![
            json!({ "name": "Prometheus", "type": "prometheus", "uid": "prometheus", "url": url, "access": "proxy", "isDefault": true }),
        ];
        sources.extend(release.at("grafana").list("additionalDataSources"));
        let text = yaml::write(&json!({ "apiVersion": 1, "datasources": sources }));
        all.push(config_map(&format!("{}-grafana-datasource", full(release)), &labels, json!({ "datasource.yaml": text })));
    }
    all
}

/// A selector of the specification: as given; or of the release's own, unless nothing means everything.
fn selector(spec: Values, what: &str, release: &Release) -> Value {
    let given = spec.at(&format!("{what}Selector")).0;
    if given.as_object().is_some_and(|g| !g.is_empty()) {
        return given.clone();
    }
    if spec.flag(&format!("{what}SelectorNilUsesHelmValues"), true) {
        json!({ "matchLabels": { "release": release.name } })
    } else {
        json!({})
    }
}

fn prometheus(release: &Release) -> Vec<Value> {
    let (values, spec) = (release.at("prometheus"), release.at("prometheus.prometheusSpec"));
    let name = format!("{}-prometheus", full(release));
    let labels = labels(release, "prometheus");
    let account = values.text("serviceAccount.name", &name);
    let mut body = json!({
        "replicas": spec.number("replicas", 1),
        "shards": spec.number("shards", 1),
        "image": image(spec.at("image"), "quay.io", "prometheus/prometheus", "v3.14.0"),
        "version": spec.text("image.tag", "v3.14.0"),
        "serviceAccountName": account,
        "retention": spec.text("retention", "10d"),
        "portName": spec.text("portName", "http-web"),
        "routePrefix": spec.text("routePrefix", "/"),
        "securityContext": spec.or("securityContext", json!({ "runAsGroup": 2000, "runAsNonRoot": true, "runAsUser": 1000, "fsGroup": 2000, "seccompProfile": { "type": "RuntimeDefault" } })),
    });
    for (what, field) in [
        ("rule", "ruleSelector"),
        ("serviceMonitor", "serviceMonitorSelector"),
        ("podMonitor", "podMonitorSelector"),
        ("probe", "probeSelector"),
        ("scrapeConfig", "scrapeConfigSelector"),
    ] {
        body[field] = selector(spec, what, release);
        let namespaces = format!("{what}NamespaceSelector");
        body[namespaces.as_str()] = spec.or(&namespaces, json!({}));
    }
    for field in [
        "resources",
        "nodeSelector",
        "tolerations",
        "affinity",
        "topologySpreadConstraints",
        "retentionSize",
        "externalLabels",
        "remoteWrite",
        "enableRemoteWriteReceiver",
        "enableFeatures",
        "secrets",
        "configMaps",
        "priorityClassName",
        "scrapeInterval",
        "evaluationInterval",
        "externalUrl",
        "podMetadata",
        "walCompression",
        "containers",
        "web",
    ] {
        if spec.has(field) {
            body[field] = spec.at(field).0.clone();
        }
    }
    if !spec.map("storageSpec").is_empty() {
        body["storage"] = spec.at("storageSpec").0.clone();
    }
    if release.at("alertmanager").flag("enabled", true) {
        body["alerting"] = json!({ "alertmanagers": [{ "name": format!("{}-alertmanager", full(release)), "namespace": release.namespace, "port": "http-web", "apiVersion": "v2" }] });
    }
    let rights = json!([
        rule(&[""], &["nodes", "nodes/metrics", "services", "endpoints", "pods"], &["get", "list", "watch"]),
        rule(&["discovery.k8s.io"], &["endpointslices"], &["get", "list", "watch"])
    ]);
    let selects = json!({ "app.kubernetes.io/name": "prometheus", "operator.prometheus.io/name": name });
    let ports = [("http-web", values.number("service.port", 9090), json!(9090)), ("reloader-web", 8080, json!("reloader-web"))];
    let mut all = vec![
        service_account(&account, &labels),
        cluster_role(&name, &labels, rights),
        cluster_role_binding(&name, &labels, &name, &release.namespace, &account),
        annotated(object(API, "Prometheus", &name, &labels, json!({ "spec": body })), values.at("annotations").0),
        service(&name, &labels, &selects, &values.text("service.type", "ClusterIP"), &ports),
    ];
    for (field, kind) in [("additionalServiceMonitors", "ServiceMonitor"), ("additionalPodMonitors", "PodMonitor")] {
        for item in values.list(field) {
            let mut spec = item.clone();
            spec.as_object_mut().map(|s| s.remove("name"));
            all.push(object(API, kind, item["name"].as_str().unwrap_or(""), &labels, json!({ "spec": spec })));
        }
    }
    all
}

fn alertmanager(release: &Release) -> Vec<Value> {
    let (values, spec) = (release.at("alertmanager"), release.at("alertmanager.alertmanagerSpec"));
    let name = format!("{}-alertmanager", full(release));
    let labels = labels(release, "alertmanager");
    let mut body = json!({
        "replicas": spec.number("replicas", 1),
        "image": image(spec.at("image"), "quay.io", "prometheus/alertmanager", "v0.34.0"),
        "version": spec.text("image.tag", "v0.34.0"),
        "serviceAccountName": values.text("serviceAccount.name", &name),
        "retention": spec.text("retention", "120h"),
        "portName": spec.text("portName", "http-web"),
        "routePrefix": spec.text("routePrefix", "/"),
        "alertmanagerConfigSelector": spec.or("alertmanagerConfigSelector", json!({})),
        "alertmanagerConfigNamespaceSelector": spec.or("alertmanagerConfigNamespaceSelector", json!({})),
        "securityContext": spec.or("securityContext", json!({ "runAsGroup": 2000, "runAsNonRoot": true, "runAsUser": 1000, "fsGroup": 2000, "seccompProfile": { "type": "RuntimeDefault" } })),
    });
    for field in [
        "resources",
        "nodeSelector",
        "tolerations",
        "affinity",
        "topologySpreadConstraints",
        "storage",
        "secrets",
        "configMaps",
        "externalUrl",
        "podMetadata",
        "configSecret",
        "alertmanagerConfigMatcherStrategy",
        "priorityClassName",
        "useExistingSecret",
    ] {
        if spec.has(field) {
            body[field] = spec.at(field).0.clone();
        }
    }
    let config = values.or("config", json!({ "route": { "receiver": "null" }, "receivers": [{ "name": "null" }] }));
    let selects = json!({ "app.kubernetes.io/name": "alertmanager", "alertmanager": name });
    let ports = [("http-web", values.number("service.port", 9093), json!(9093)), ("reloader-web", 8080, json!("reloader-web"))];
    let mut all = vec![
        service_account(&values.text("serviceAccount.name", &name), &labels),
        object(API, "Alertmanager", &name, &labels, json!({ "spec": body })),
        service(&name, &labels, &selects, &values.text("service.type", "ClusterIP"), &ports),
    ];
    if !spec.flag("useExistingSecret", false) {
        all.push(secret(&format!("alertmanager-{name}"), &labels, &json!({ "alertmanager.yaml": yaml::write(&config) })));
    }
    all
}
