//! Metrics Server: what pods and nodes use, as an API of its own. Source: metrics-server's chart.

use super::common::{account, image, monitor};
use crate::cluster::helm::object::{
    cluster_role, cluster_role_binding, disruption_budget, in_namespace, object, role_binding, rule, service,
};
use crate::cluster::helm::{Chart, Release, Version, Workload};
use serde_json::{Value, json};

/// The chart.
pub(crate) const CHART: Chart = Chart {
    name: "metrics-server",
    repository: "https://kubernetes-sigs.github.io/metrics-server",
    versions: &[Version { chart: "3.13.1", app: "0.8.1" }, Version { chart: "3.13.0", app: "0.8.0" }],
    definitions: &[],
    refuses: |_| None,
    render,
};

fn render(release: &Release) -> Vec<Value> {
    let values = release.values();
    let (name, labels, selector) = (release.full(), release.labels(""), release.selector(""));
    let (account, mut all) = account(release, values.at("serviceAccount"), &labels);
    let system = format!("system:{name}");
    let reader = format!("{system}-aggregated-reader");
    let mut aggregated =
        cluster_role(&reader, &labels, json!([rule(&["metrics.k8s.io"], &["pods", "nodes"], &["get", "list", "watch"])]));
    for to in ["admin", "edit", "view"] {
        aggregated["metadata"]["labels"][format!("rbac.authorization.k8s.io/aggregate-to-{to}")] = "true".into();
    }
    let mut auth = role_binding(
        &format!("{name}-auth-reader"),
        &labels,
        "extension-apiserver-authentication-reader",
        &release.namespace,
        &account,
    );
    auth = in_namespace(auth, "kube-system");
    all.extend([
        aggregated,
        cluster_role(
            &system,
            &labels,
            json!([
                rule(&[""], &["nodes/metrics"], &["get"]),
                rule(&[""], &["pods", "nodes", "namespaces", "configmaps"], &["get", "list", "watch"])
            ]),
        ),
        cluster_role_binding(
            &format!("{name}:system:auth-delegator"),
            &labels,
            "system:auth-delegator",
            &release.namespace,
            &account,
        ),
        cluster_role_binding(&system, &labels, &system, &release.namespace, &account),
        auth,
        service(
            &name,
            &labels,
            &selector,
            &values.text("service.type", "ClusterIP"),
            &[("https", values.number("service.port", 443), "https".into())],
        ),
    ]);
    let port = values.number("containerPort", 10250);
    let probe = |path: &str| json!({ "httpGet": { "path": path, "port": "https", "scheme": "HTTPS" } });
    let mut deployment = Workload::deployment(
        &name,
        labels.clone(),
        &selector,
        &image(values.at("image"), "", "registry.k8s.io/metrics-server/metrics-server", &format!("v{}", release.version.app)),
    )
    .container("metrics-server")
    .account(&account)
    .replicas(values.number("replicas", 1))
    .args([
        format!("--secure-port={port}"),
        "--cert-dir=/tmp".into(),
        "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname".into(),
        "--kubelet-use-node-status-port".into(),
        "--metric-resolution=15s".into(),
    ])
    .args(values.list("args"))
    .port("https", port)
    .volume("tmp", "/tmp", json!({ "emptyDir": {} }))
    .resources(json!({ "requests": { "cpu": "100m", "memory": "200Mi" } }))
    .pod("priorityClassName", json!(values.text("priorityClassName", "system-cluster-critical")))
    .restricted()
    .pod_security(values.at("podSecurityContext").0)
    .container_security(values.at("securityContext").0)
    .needs_api()
    .values(values)
    .build();
    let container = &mut deployment["spec"]["template"]["spec"]["containers"][0];
    container["readinessProbe"] = probe("/readyz");
    container["livenessProbe"] = probe("/livez");
    all.push(deployment);
    if values.flag("podDisruptionBudget.enabled", false) {
        all.push(disruption_budget(&name, &labels, &selector, values.at("podDisruptionBudget")));
    }
    all.extend(monitor(release, values.at("serviceMonitor"), &name, &labels, &selector, "https"));
    if values.flag("apiService.create", true) {
        let spec = json!({
            "group": "metrics.k8s.io", "groupPriorityMinimum": 100, "insecureSkipTLSVerify": true, "version": "v1beta1", "versionPriority": 100,
            "service": { "name": name, "namespace": release.namespace, "port": values.number("service.port", 443) },
        });
        all.push(object("apiregistration.k8s.io/v1", "APIService", "v1beta1.metrics.k8s.io", &labels, json!({ "spec": spec })));
    }
    all
}
