//! The small objects of charts, written briefly. Labels are those of [`super::Release::labels`].

use serde_json::{Value, json};

/// Any object; `more` gives what stands beside its metadata.
#[must_use]
pub fn object(api: &str, kind: &str, name: &str, labels: &Value, more: Value) -> Value {
    let mut whole = json!({ "apiVersion": api, "kind": kind, "metadata": { "name": name, "labels": labels } });
    if let Value::Object(more) = more {
        for (key, value) in more {
            whole[key.as_str()] = value;
        }
    }
    whole
}

/// The object in a namespace other than the release's.
#[must_use]
pub fn in_namespace(mut object: Value, namespace: &str) -> Value {
    object["metadata"]["namespace"] = namespace.into();
    object
}

/// The object with annotations (a map); none when it is empty.
#[must_use]
pub fn annotated(mut object: Value, annotations: &Value) -> Value {
    for (key, value) in annotations.as_object().into_iter().flatten() {
        object["metadata"]["annotations"][key.as_str()] = value.clone();
    }
    object
}

/// The object as a hook: `hook` such as `post-install,post-upgrade`, its weight, and when it is deleted.
#[must_use]
pub fn hook(object: Value, hook: &str, weight: i64, delete: &str) -> Value {
    annotated(
        object,
        &json!({ "helm.sh/hook": hook, "helm.sh/hook-weight": weight.to_string(), "helm.sh/hook-delete-policy": delete }),
    )
}

/// A service account.
#[must_use]
pub fn service_account(name: &str, labels: &Value) -> Value {
    object("v1", "ServiceAccount", name, labels, json!({}))
}

/// A ClusterRole.
#[must_use]
pub fn cluster_role(name: &str, labels: &Value, rules: Value) -> Value {
    object("rbac.authorization.k8s.io/v1", "ClusterRole", name, labels, json!({ "rules": rules }))
}

/// A binding of the ClusterRole `role` to a service account, in the whole cluster.
#[must_use]
pub fn cluster_role_binding(name: &str, labels: &Value, role: &str, namespace: &str, account: &str) -> Value {
    object(
        "rbac.authorization.k8s.io/v1",
        "ClusterRoleBinding",
        name,
        labels,
        json!({
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role },
            "subjects": [{ "kind": "ServiceAccount", "name": account, "namespace": namespace }],
        }),
    )
}

/// A Role in the release's namespace.
#[must_use]
pub fn role(name: &str, labels: &Value, rules: Value) -> Value {
    object("rbac.authorization.k8s.io/v1", "Role", name, labels, json!({ "rules": rules }))
}

/// A binding of the Role `role` to a service account of `namespace`.
#[must_use]
pub fn role_binding(name: &str, labels: &Value, role: &str, namespace: &str, account: &str) -> Value {
    object(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        name,
        labels,
        json!({
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role },
            "subjects": [{ "kind": "ServiceAccount", "name": account, "namespace": namespace }],
        }),
    )
}

/// One rule of a role.
#[must_use]
pub fn rule(groups: &[&str], resources: &[&str], verbs: &[&str]) -> Value {
    json!({ "apiGroups": groups, "resources": resources, "verbs": verbs })
}

/// A ConfigMap; `data` is a map of texts.
#[must_use]
pub fn config_map(name: &str, labels: &Value, data: Value) -> Value {
    object("v1", "ConfigMap", name, labels, json!({ "data": data }))
}

/// A Secret of type Opaque; `texts` is a map of plain texts, encoded here as a template's `b64enc` does.
#[must_use]
pub fn secret(name: &str, labels: &Value, texts: &Value) -> Value {
    use base64::Engine;
    let mut data = json!({});
    for (key, value) in texts.as_object().into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        data[key.as_str()] = base64::engine::general_purpose::STANDARD.encode(text).into();
    }
    object("v1", "Secret", name, labels, json!({ "type": "Opaque", "data": data }))
}

/// A service of type `kind` with `ports` of `(name, port, target)`; a target is a port's name or number.
#[must_use]
pub fn service(name: &str, labels: &Value, selector: &Value, kind: &str, ports: &[(&str, i64, Value)]) -> Value {
    let ports: Vec<Value> = ports
        .iter()
        .map(|(name, port, target)| json!({ "name": name, "port": port, "targetPort": target, "protocol": "TCP" }))
        .collect();
    object("v1", "Service", name, labels, json!({ "spec": { "type": kind, "selector": selector, "ports": ports } }))
}

/// The service without an address of its own, as StatefulSets have.
#[must_use]
pub fn headless(mut service: Value) -> Value {
    service["spec"]["clusterIP"] = "None".into();
    service["spec"]["publishNotReadyAddresses"] = true.into();
    service
}

/// A webhook configuration of `kind` (`Validating` or `Mutating`) with one webhook for `rules` (`apiGroups`,
/// `apiVersions`, `operations`, `resources` each), answered by `service` of `namespace` at `path`, which fails closed.
#[must_use]
pub fn webhook(
    kind: &str,
    name: &str,
    labels: &Value,
    hook: &str,
    (namespace, service, path): (&str, &str, &str),
    rules: Value,
) -> Value {
    object(
        "admissionregistration.k8s.io/v1",
        &format!("{kind}WebhookConfiguration"),
        name,
        labels,
        json!({ "webhooks": [{
            "name": hook,
            "admissionReviewVersions": ["v1"],
            "clientConfig": { "service": { "name": service, "namespace": namespace, "path": path, "port": 443 } },
            "failurePolicy": "Fail",
            "matchPolicy": "Equivalent",
            "sideEffects": "None",
            "timeoutSeconds": 10,
            "rules": rules,
        }] }),
    )
}

/// An IngressClass; `default` makes it the cluster's.
#[must_use]
pub fn ingress_class(name: &str, labels: &Value, controller: &str, default: bool) -> Value {
    let class = object("networking.k8s.io/v1", "IngressClass", name, labels, json!({ "spec": { "controller": controller } }));
    if default { annotated(class, &json!({ "ingressclass.kubernetes.io/is-default-class": "true" })) } else { class }
}

/// A claim of `size` (as text); an empty class is the cluster's default.
#[must_use]
pub fn claim(name: &str, labels: &Value, class: &str, size: &str) -> Value {
    object("v1", "PersistentVolumeClaim", name, labels, json!({ "spec": claim_spec(class, size) }))
}

/// The specification of a claim that one node at a time mounts.
#[must_use]
pub fn claim_spec(class: &str, size: &str) -> Value {
    let mut spec = json!({ "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": size } } });
    if !class.is_empty() {
        spec["storageClassName"] = class.into();
    }
    spec
}

/// A PodDisruptionBudget from values as charts take them (`minAvailable` or `maxUnavailable`; 1 available otherwise).
#[must_use]
pub fn disruption_budget(name: &str, labels: &Value, selector: &Value, values: super::Values) -> Value {
    let mut spec = json!({ "selector": { "matchLabels": selector } });
    if values.has("maxUnavailable") {
        spec["maxUnavailable"] = values.at("maxUnavailable").0.clone();
    } else {
        spec["minAvailable"] = values.or("minAvailable", json!(1));
    }
    object("policy/v1", "PodDisruptionBudget", name, labels, json!({ "spec": spec }))
}

/// A ServiceMonitor of the services with `selector`, scraping the port of that name.
#[must_use]
pub fn service_monitor(name: &str, labels: &Value, selector: &Value, port: &str) -> Value {
    object(
        "monitoring.coreos.com/v1",
        "ServiceMonitor",
        name,
        labels,
        json!({ "spec": { "selector": { "matchLabels": selector }, "endpoints": [{ "port": port }] } }),
    )
}
