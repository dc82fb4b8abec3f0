//! The manifest that a release of Flux publishes: everything that its controllers are. Source: Flux's install manifests.

use super::kinds::DEFINITIONS;
use crate::cluster::helm::Workload;
use crate::cluster::helm::object::{annotated, cluster_role, cluster_role_binding, object, rule, service, service_account};
use crate::cluster::yaml;
use serde_json::{Value, json};

const NAMESPACE: &str = "flux-system";

/// Published versions of Flux, newest first, with those of its controllers: source, kustomize, helm, notification.
const VERSIONS: &[(&str, [&str; 4])] = &[
    ("v2.9.0", ["v1.9.0", "v1.9.0", "v1.6.0", "v1.9.0"]),
    ("v2.8.5", ["v1.8.2", "v1.8.3", "v1.5.3", "v1.8.3"]),
    ("v2.8.0", ["v1.8.0", "v1.8.0", "v1.5.0", "v1.8.0"]),
];

/// `install.yaml` of a release (`v2.9.0`, or `latest`): namespace, definitions, rights, policies, services and the four
/// default controllers. None for a version that was never published.
#[must_use]
pub fn install_manifest(version: &str) -> Option<String> {
    Some(yaml::write_all(&objects(version)?))
}

/// The same as objects.
pub(super) fn objects(version: &str) -> Option<Vec<Value>> {
    let (version, controllers) = VERSIONS.iter().find(|(v, _)| version == "latest" || *v == version)?;
    let labels = |component: &str| {
        let mut labels = json!({
            "app.kubernetes.io/instance": NAMESPACE,
            "app.kubernetes.io/part-of": "flux",
            "app.kubernetes.io/version": version,
        });
        if !component.is_empty() {
            labels["app.kubernetes.io/component"] = component.into();
        }
        labels
    };
    let mut namespace = object("v1", "Namespace", NAMESPACE, &labels(""), json!({}));
    namespace["metadata"]["labels"]["pod-security.kubernetes.io/warn"] = "restricted".into();
    namespace["metadata"]["labels"]["pod-security.kubernetes.io/warn-version"] = "latest".into();
    let mut all = vec![namespace];
    all.extend(policies(&labels("")));
    all.push(quota(&labels("")));
    for definition in DEFINITIONS {
        let mut object = definition.object();
        object["metadata"]["labels"] = labels(component_of(definition.group));
        all.push(object);
    }
    all.extend(rights(&labels("")));
    for (name, version) in CONTROLLERS.iter().zip(controllers) {
        all.extend(controller(name, version, labels(name)));
    }
    for object in &mut all {
        let kind = object["kind"].as_str().unwrap_or("");
        let cluster = ["Namespace", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding"];
        if !cluster.contains(&kind) {
            object["metadata"]["namespace"] = NAMESPACE.into();
        }
    }
    Some(all)
}

const CONTROLLERS: [&str; 4] = ["source-controller", "kustomize-controller", "helm-controller", "notification-controller"];

fn component_of(group: &str) -> &'static str {
    match group {
        "kustomize.toolkit.fluxcd.io" => "kustomize-controller",
        "helm.toolkit.fluxcd.io" => "helm-controller",
        "notification.toolkit.fluxcd.io" => "notification-controller",
        _ => "source-controller",
    }
}

fn policies(labels: &Value) -> Vec<Value> {
    let policy = |name: &str, spec: Value| object("networking.k8s.io/v1", "NetworkPolicy", name, labels, json!({ "spec": spec }));
    vec![
        policy(
            "allow-egress",
            json!({
                "podSelector": {},
                "egress": [{}],
                "ingress": [{ "from": [{ "podSelector": {} }] }],
                "policyTypes": ["Ingress", "Egress"],
            }),
        ),
        policy(
            "allow-scraping",
            json!({
                "podSelector": {},
                "ingress": [{ "from": [{ "namespaceSelector": {} }], "ports": [{ "port": 8080, "protocol": "TCP" }] }],
                "policyTypes": ["Ingress"],
            }),
        ),
        policy(
            "allow-webhooks",
            json!({
                "podSelector": { "matchLabels": { "app": "notification-controller" } },
                "ingress": [{ "from": [{ "namespaceSelector": {} }] }],
                "policyTypes": ["Ingress"],
            }),
        ),
    ]
}

fn quota(labels: &Value) -> Value {
    let scope = json!({
        "matchExpressions": [{
            "operator": "In", "scopeName": "PriorityClass", "values": ["system-node-critical", "system-cluster-critical"],
        }],
    });
    object(
        "v1",
        "ResourceQuota",
        "critical-pods-flux-system",
        labels,
        json!({ "spec": { "hard": { "pods": "1000" }, "scopeSelector": scope } }),
    )
}

fn rights(labels: &Value) -> Vec<Value> {
    let groups =
        ["source.toolkit.fluxcd.io", "kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io", "notification.toolkit.fluxcd.io"];
    let mut controller_rules: Vec<Value> = groups.iter().map(|g| rule(&[g], &["*"], &["*"])).collect();
    controller_rules.extend([
        rule(&[""], &["namespaces", "secrets", "configmaps", "serviceaccounts"], &["get", "list", "watch"]),
        rule(&[""], &["events"], &["create", "patch"]),
        rule(&[""], &["configmaps", "configmaps/status"], &["*"]),
        rule(&["coordination.k8s.io"], &["leases"], &["*"]),
        rule(&[""], &["serviceaccounts/token"], &["create"]),
    ]);
    let aggregated = |role: Value, to: &[&str]| {
        let mut role = role;
        for name in to {
            role["metadata"]["labels"][format!("rbac.authorization.k8s.io/aggregate-to-{name}")] = "true".into();
        }
        role
    };
    let everything: Vec<&str> = groups.to_vec();
    let mut bound =
        cluster_role_binding("cluster-reconciler-flux-system", labels, "cluster-admin", NAMESPACE, "kustomize-controller");
    bound["subjects"] =
        CONTROLLERS[1..3].iter().map(|name| json!({ "kind": "ServiceAccount", "name": name, "namespace": NAMESPACE })).collect();
    let mut reading =
        cluster_role_binding("crd-controller-flux-system", labels, "crd-controller-flux-system", NAMESPACE, "source-controller");
    reading["subjects"] =
        CONTROLLERS.iter().map(|name| json!({ "kind": "ServiceAccount", "name": name, "namespace": NAMESPACE })).collect();
    vec![
        cluster_role("crd-controller-flux-system", labels, controller_rules.into()),
        aggregated(
            cluster_role(
                "flux-edit-flux-system",
                labels,
                json!([rule(&everything, &["*"], &["create", "delete", "deletecollection", "patch", "update"])]),
            ),
            &["admin", "edit"],
        ),
        aggregated(
            cluster_role("flux-view-flux-system", labels, json!([rule(&everything, &["*"], &["get", "list", "watch"])])),
            &["admin", "edit", "view"],
        ),
        bound,
        reading,
    ]
}

fn controller(name: &str, version: &str, labels: Value) -> Vec<Value> {
    let selector = json!({ "app": name });
    let mut all = vec![service_account(name, &labels)];
    let mut pods = Workload::deployment(name, labels.clone(), &selector, &format!("ghcr.io/fluxcd/{name}:{version}"))
        .container("manager")
        .account(name)
        .args(["--watch-all-namespaces=true", "--log-level=info", "--log-encoding=json", "--enable-leader-election"])
        .restricted()
        .pod("nodeSelector", json!({ "kubernetes.io/os": "linux" }))
        .pod("priorityClassName", json!("system-cluster-critical"))
        .pod("terminationGracePeriodSeconds", json!(if name == "helm-controller" { 600 } else { 60 }))
        .env("GOMEMLIMIT", "966367641")
        .volume("temp", "/tmp", json!({ "emptyDir": {} }))
        .needs_api();
    let storage = match name {
        "source-controller" => {
            pods = pods
                .args(["--events-addr=http://notification-controller.flux-system.svc.cluster.local./", "--storage-path=/data"]);
            pods = pods.volume("data", "/data", json!({ "emptyDir": {} })).port("http", 9090);
            vec![("source-controller", "http", 80, "http")]
        }
        "notification-controller" => {
            pods = pods.port("http", 9090).port("http-webhook", 9292);
            vec![("notification-controller", "http", 80, "http"), ("webhook-receiver", "http", 80, "http-webhook")]
        }
        _ => {
            pods = pods.args(["--events-addr=http://notification-controller.flux-system.svc.cluster.local./"]);
            Vec::new()
        }
    };
    let requests = json!({ "cpu": if name == "source-controller" { "50m" } else { "100m" }, "memory": "64Mi" });
    let mut deployment = pods
        .port("http-prom", 8080)
        .port("healthz", 9440)
        .resources(json!({ "limits": { "cpu": "1000m", "memory": "1Gi" }, "requests": requests }))
        .build();
    deployment["metadata"]["labels"]["control-plane"] = "controller".into();
    let template = &mut deployment["spec"]["template"];
    template["metadata"]["labels"]["app"] = name.into();
    template["metadata"] = annotated(
        json!({ "metadata": template["metadata"] }),
        &json!({ "prometheus.io/port": "8080", "prometheus.io/scrape": "true" }),
    )["metadata"]
        .take();
    let container = &mut template["spec"]["containers"][0];
    container["livenessProbe"] = json!({ "httpGet": { "path": "/healthz", "port": "healthz" } });
    container["readinessProbe"] = if name == "source-controller" {
        json!({ "httpGet": { "path": "/", "port": "http" } })
    } else {
        json!({ "httpGet": { "path": "/readyz", "port": "healthz" } })
    };
    for (service_name, port_name, port, target) in storage {
        let mut labels = labels.clone();
        labels["control-plane"] = "controller".into();
        all.push(service(service_name, &labels, &selector, "ClusterIP", &[(port_name, port, target.into())]));
    }
    all.push(deployment);
    all
}
