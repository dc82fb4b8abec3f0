//! The roles that every API server makes for itself. Source: Kubernetes documentation, default roles and role bindings.

use crate::cluster::Objects;
use serde_json::{Value, json};

const GROUP: &str = "rbac.authorization.k8s.io";
const READ: [&str; 3] = ["get", "list", "watch"];
const CHANGE: [&str; 5] = ["create", "delete", "deletecollection", "patch", "update"];

fn rule(groups: &[&str], resources: &[&str], verbs: &[&str]) -> Value {
    json!({ "apiGroups": groups, "resources": resources, "verbs": verbs })
}

fn role(name: &str, labels: Value, rules: Value) -> Value {
    let mut own = json!({ "kubernetes.io/bootstrapping": "rbac-defaults" });
    for (key, value) in labels.as_object().into_iter().flatten() {
        own[key.as_str()] = value.clone();
    }
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": { "name": name, "labels": own }, "rules": rules,
    })
}

fn gathered(name: &str, labels: Value) -> Value {
    let wanted = format!("rbac.authorization.k8s.io/aggregate-to-{name}");
    let mut role = role(name, labels, json!([]));
    role["aggregationRule"] = json!({ "clusterRoleSelectors": [{ "matchLabels": { wanted: "true" } }] });
    role
}

fn binding(name: &str, role: &str, groups: &[&str]) -> Value {
    let subjects: Vec<Value> = groups.iter().map(|g| json!({ "kind": "Group", "apiGroup": GROUP, "name": g })).collect();
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": { "name": name },
        "roleRef": { "apiGroup": GROUP, "kind": "ClusterRole", "name": role }, "subjects": subjects,
    })
}

/// Puts them in.
pub(super) fn begin(objects: &mut Objects) {
    let core = ["configmaps", "endpoints", "persistentvolumeclaims", "pods", "replicationcontrollers", "services"];
    let parts = [
        "configmaps",
        "endpoints",
        "persistentvolumeclaims",
        "persistentvolumeclaims/status",
        "pods",
        "pods/log",
        "pods/status",
        "replicationcontrollers",
        "serviceaccounts",
        "services",
        "services/status",
        "bindings",
        "events",
        "limitranges",
        "namespaces/status",
        "resourcequotas",
        "resourcequotas/status",
        "namespaces",
    ];
    let apps = [
        "controllerrevisions",
        "daemonsets",
        "daemonsets/status",
        "deployments",
        "deployments/scale",
        "deployments/status",
        "replicasets",
        "replicasets/scale",
        "replicasets/status",
        "statefulsets",
        "statefulsets/scale",
        "statefulsets/status",
    ];
    let view = json!([
        rule(&[""], &parts, &READ),
        rule(&["apps"], &apps, &READ),
        rule(&["autoscaling"], &["horizontalpodautoscalers", "horizontalpodautoscalers/status"], &READ),
        rule(&["batch"], &["cronjobs", "cronjobs/status", "jobs", "jobs/status"], &READ),
        rule(&["discovery.k8s.io"], &["endpointslices"], &READ),
        rule(&["networking.k8s.io"], &["ingresses", "ingresses/status", "networkpolicies"], &READ),
        rule(&["policy"], &["poddisruptionbudgets", "poddisruptionbudgets/status"], &READ),
    ]);
    let edit = json!([
        rule(&[""], &core, &CHANGE),
        rule(&[""], &["secrets"], &["get", "list", "watch", "create", "delete", "deletecollection", "patch", "update"]),
        rule(&[""], &["serviceaccounts"], &["impersonate", "create", "delete", "deletecollection", "patch", "update"]),
        rule(&[""], &["serviceaccounts/token", "pods/eviction"], &["create"]),
        rule(&[""], &["pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "services/proxy"], &["get", "create"]),
        rule(&[""], &["events"], &CHANGE),
        rule(
            &["apps"],
            &[
                "daemonsets",
                "deployments",
                "deployments/scale",
                "replicasets",
                "replicasets/scale",
                "statefulsets",
                "statefulsets/scale"
            ],
            &CHANGE
        ),
        rule(&["autoscaling"], &["horizontalpodautoscalers"], &CHANGE),
        rule(&["batch"], &["cronjobs", "jobs"], &CHANGE),
        rule(&["networking.k8s.io"], &["ingresses", "networkpolicies"], &CHANGE),
        rule(&["policy"], &["poddisruptionbudgets"], &CHANGE),
        rule(
            &["coordination.k8s.io"],
            &["leases"],
            &["get", "list", "watch", "create", "delete", "deletecollection", "patch", "update"]
        ),
    ]);
    let admin = json!([
        rule(
            &[GROUP],
            &["roles", "rolebindings"],
            &["get", "list", "watch", "create", "delete", "deletecollection", "patch", "update"]
        ),
        rule(&["authorization.k8s.io"], &["localsubjectaccessreviews"], &["create"]),
    ]);
    let paths = [
        "/api",
        "/api/*",
        "/apis",
        "/apis/*",
        "/healthz",
        "/livez",
        "/openapi",
        "/openapi/*",
        "/readyz",
        "/version",
        "/version/",
    ];
    let public = ["/healthz", "/livez", "/readyz", "/version", "/version/"];
    let to = |name: &str| json!({ format!("rbac.authorization.k8s.io/aggregate-to-{name}"): "true" });
    let all = [
        role("cluster-admin", json!({}), json!([rule(&["*"], &["*"], &["*"]), { "nonResourceURLs": ["*"], "verbs": ["*"] }])),
        gathered("admin", json!({})),
        gathered("edit", to("admin")),
        gathered("view", to("edit")),
        role("system:aggregate-to-view", to("view"), view.clone()),
        role("system:aggregate-to-edit", to("edit"), edit.clone()),
        role("system:aggregate-to-admin", to("admin"), admin),
        role("system:discovery", json!({}), json!([{ "nonResourceURLs": paths, "verbs": ["get"] }])),
        role("system:public-info-viewer", json!({}), json!([{ "nonResourceURLs": public, "verbs": ["get"] }])),
        role(
            "system:basic-user",
            json!({}),
            json!([
                rule(&["authorization.k8s.io"], &["selfsubjectaccessreviews", "selfsubjectrulesreviews"], &["create"]),
                rule(&["authentication.k8s.io"], &["selfsubjectreviews"], &["create"]),
            ]),
        ),
        role(
            "system:auth-delegator",
            json!({}),
            json!([
                rule(&["authentication.k8s.io"], &["tokenreviews"], &["create"]),
                rule(&["authorization.k8s.io"], &["subjectaccessreviews"], &["create"]),
            ]),
        ),
    ];
    for role in all {
        objects.put("clusterroles.rbac.authorization.k8s.io", role);
    }
    let bindings = [
        binding("cluster-admin", "cluster-admin", &["system:masters"]),
        binding("system:discovery", "system:discovery", &["system:authenticated"]),
        binding("system:basic-user", "system:basic-user", &["system:authenticated"]),
        binding("system:public-info-viewer", "system:public-info-viewer", &["system:authenticated", "system:unauthenticated"]),
        // DOKS: whoever the account lets in may do everything.
        binding("k8saas:authenticated", "cluster-admin", &["k8saas:authenticated"]),
    ];
    for binding in bindings {
        objects.put("clusterrolebindings.rbac.authorization.k8s.io", binding);
    }
    for (name, value) in [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)] {
        let class = json!({
            "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": { "name": name }, "value": value,
            "preemptionPolicy": "PreemptLowerPriority",
        });
        objects.put("priorityclasses.scheduling.k8s.io", class);
    }
}
