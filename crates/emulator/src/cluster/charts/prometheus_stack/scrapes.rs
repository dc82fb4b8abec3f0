//! ServiceMonitors of the cluster's own parts, and the services in `kube-system` that they need.

use super::{full, labels};
use crate::cluster::helm::Release;
use crate::cluster::helm::object::{headless, in_namespace, object, service, service_monitor};
use serde_json::{Value, json};

/// Key of the values, name, port, what its pods are labelled with; no port where the service is there already.
const PARTS: &[(&str, &str, i64, &str)] = &[
    ("coreDns", "coredns", 9153, "kube-dns"),
    ("kubeControllerManager", "kube-controller-manager", 10257, "kube-controller-manager"),
    ("kubeEtcd", "kube-etcd", 2381, "etcd"),
    ("kubeProxy", "kube-proxy", 10249, "kube-proxy"),
    ("kubeScheduler", "kube-scheduler", 10259, "kube-scheduler"),
];

/// All of them that the values leave on.
pub(super) fn objects(release: &Release) -> Vec<Value> {
    let values = release.values();
    let full = full(release);
    let mut all = Vec::new();
    for (key, part, port, pods) in PARTS {
        if !values.flag(&format!("{key}.enabled"), true) {
            continue;
        }
        let (name, mut labels) = (format!("{full}-{part}"), labels(release, part));
        labels["jobLabel"] = (*part).into();
        if values.flag(&format!("{key}.service.enabled"), true) {
            let made = headless(service(
                &name,
                &labels,
                &json!({ "k8s-app": pods }),
                "ClusterIP",
                &[("http-metrics", *port, json!(port))],
            ));
            all.push(in_namespace(made, "kube-system"));
        }
        if values.flag(&format!("{key}.serviceMonitor.enabled"), true) {
            all.push(of_namespace(
                service_monitor(&name, &labels, &json!({ "app": labels["app"], "release": release.name }), "http-metrics"),
                "kube-system",
            ));
        }
    }
    if values.flag("kubeApiServer.enabled", true) {
        let monitor = service_monitor(
            &format!("{full}-apiserver"),
            &labels(release, "apiserver"),
            &json!({ "component": "apiserver", "provider": "kubernetes" }),
            "https",
        );
        all.push(of_namespace(monitor, "default"));
    }
    if values.flag("kubelet.enabled", true) {
        let monitor = service_monitor(
            &format!("{full}-kubelet"),
            &labels(release, "kubelet"),
            &json!({ "app.kubernetes.io/name": "kubelet", "k8s-app": "kubelet" }),
            "https-metrics",
        );
        all.push(of_namespace(monitor, "kube-system"));
    }
    for (key, part, port) in [
        ("prometheusOperator", "operator", "https"),
        ("prometheus", "prometheus", "http-web"),
        ("alertmanager", "alertmanager", "http-web"),
    ] {
        if values.flag(&format!("{key}.enabled"), true) && values.flag(&format!("{key}.serviceMonitor.selfMonitor"), true) {
            let labels = labels(release, part);
            let monitor = service_monitor(
                &format!("{full}-{part}"),
                &labels,
                &json!({ "app": labels["app"], "release": release.name }),
                port,
            );
            all.push(of_namespace(monitor, &release.namespace));
        }
    }
    for (name, rules) in values.map("additionalPrometheusRulesMap") {
        all.push(object(
            "monitoring.coreos.com/v1",
            "PrometheusRule",
            &format!("{full}-{name}"),
            &labels(release, "rules"),
            json!({ "spec": { "groups": rules["groups"] } }),
        ));
    }
    all
}

fn of_namespace(mut monitor: Value, home: &str) -> Value {
    monitor["spec"]["namespaceSelector"] = json!({ "matchNames": [home] });
    monitor
}
