//! The default rules: their names, and which switches turn them off.

use super::{full, labels};
use crate::cluster::helm::Release;
use crate::cluster::helm::object::object;
use serde_json::{Value, json};

/// Name, switch under `defaultRules.rules`, and the component without which it makes no sense.
const RULES: &[(&str, &str, &str)] = &[
    ("alertmanager.rules", "alertmanager", "alertmanager"),
    ("config-reloaders", "configReloaders", ""),
    ("etcd", "etcd", "kubeEtcd"),
    ("general.rules", "general", ""),
    ("k8s.rules.container-cpu-usage-seconds-total", "k8sContainerCpuUsageSecondsTotal", ""),
    ("k8s.rules.container-memory-cache", "k8sContainerMemoryCache", ""),
    ("k8s.rules.container-memory-rss", "k8sContainerMemoryRss", ""),
    ("k8s.rules.container-memory-swap", "k8sContainerMemorySwap", ""),
    ("k8s.rules.container-memory-working-set-bytes", "k8sContainerMemoryWorkingSetBytes", ""),
    ("k8s.rules.container-resource", "k8sContainerResource", ""),
    ("k8s.rules.pod-owner", "k8sPodOwner", ""),
    ("kube-apiserver-availability.rules", "kubeApiserverAvailability", "kubeApiServer"),
    ("kube-apiserver-burnrate.rules", "kubeApiserverBurnrate", "kubeApiServer"),
    ("kube-apiserver-histogram.rules", "kubeApiserverHistogram", "kubeApiServer"),
    ("kube-apiserver-slos", "kubeApiserverSlos", "kubeApiServer"),
    ("kube-prometheus-general.rules", "kubePrometheusGeneral", ""),
    ("kube-prometheus-node-recording.rules", "kubePrometheusNodeRecording", ""),
    ("kube-scheduler.rules", "kubeSchedulerRecording", "kubeScheduler"),
    ("kube-state-metrics", "kubeStateMetrics", ""),
    ("kubelet.rules", "kubelet", "kubelet"),
    ("kubernetes-apps", "kubernetesApps", ""),
    ("kubernetes-resources", "kubernetesResources", ""),
    ("kubernetes-storage", "kubernetesStorage", ""),
    ("kubernetes-system", "kubernetesSystem", ""),
    ("kubernetes-system-apiserver", "kubernetesSystem", ""),
    ("kubernetes-system-controller-manager", "kubeControllerManager", "kubeControllerManager"),
    ("kubernetes-system-kube-proxy", "kubeProxy", "kubeProxy"),
    ("kubernetes-system-kubelet", "kubernetesSystem", ""),
    ("kubernetes-system-scheduler", "kubeSchedulerAlerting", "kubeScheduler"),
    ("node-exporter", "nodeExporterAlerting", ""),
    ("node-exporter.rules", "nodeExporterRecording", ""),
    ("node-network", "network", ""),
    ("node.rules", "node", ""),
    ("prometheus", "prometheus", ""),
    ("prometheus-operator", "prometheusOperator", "prometheusOperator"),
];

/// All that are on.
pub(super) fn objects(release: &Release) -> Vec<Value> {
    let values = release.values();
    if !values.flag("defaultRules.create", true) {
        return Vec::new();
    }
    let on = |switch: &str, part: &str| {
        values.flag(&format!("defaultRules.rules.{switch}"), true)
            && (part.is_empty() || values.flag(&format!("{part}.enabled"), true))
    };
    RULES
        .iter()
        .filter(|(_, switch, part)| on(switch, part))
        .map(|(name, _, _)| {
            let groups = json!([{ "name": name, "rules": [] }]);
            object(
                "monitoring.coreos.com/v1",
                "PrometheusRule",
                &format!("{}-{name}", full(release)),
                &labels(release, "rules"),
                json!({ "spec": { "groups": groups } }),
            )
        })
        .collect()
}
