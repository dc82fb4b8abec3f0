//! A Prometheus or Alertmanager: its StatefulSet, its services, its status.

use super::{MANAGER, references};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{conditioned, items, name, namespace, number, text};
use crate::cluster::operators::own::{encoded, headless, keep_all, labelled, service, with_condition};
use serde_json::{Value, json};

/// What differs between the two.
pub(super) struct Sort {
    /// `prometheus`, `alertmanager`.
    pub word: &'static str,
    /// The resource.
    pub resource: &'static str,
    /// The port of its own interface.
    pub port: i64,
    /// Further ports of its pods.
    pub more: &'static [(&'static str, i64)],
    /// Where its data lies.
    pub data: &'static str,
}

const PROMETHEUS: Sort =
    Sort { word: "prometheus", resource: "prometheuses.monitoring.coreos.com", port: 9090, more: &[], data: "/prometheus" };

/// Looks at a Prometheus.
pub(super) fn prometheus(objects: &mut Objects, one: &Value) {
    let wrong = references::selected(objects, one);
    keep(objects, one, &PROMETHEUS, wrong.as_deref());
}

/// The StatefulSet's name: `prometheus-NAME`.
fn own(one: &Value, sort: &Sort) -> String {
    format!("{}-{}", sort.word, name(one))
}

/// Makes what is missing, and writes the status. `wrong` is why the configuration could not be made.
pub(super) fn keep(objects: &mut Objects, one: &Value, sort: &Sort, wrong: Option<&str>) {
    if one["spec"]["paused"] == true {
        return;
    }
    let made = wrong.is_none() && keep_all(objects, one, MANAGER, children(one, sort));
    status(objects, one, sort, wrong, made);
}

fn labels(one: &Value, sort: &Sort) -> Value {
    json!({
        "app.kubernetes.io/name": sort.word, "app.kubernetes.io/instance": name(one),
        "app.kubernetes.io/managed-by": "prometheus-operator",
        format!("operator.prometheus.io/{}", if sort.word == "prometheus" { "name" } else { "alertmanager" }): name(one),
        sort.word: name(one),
    })
}

fn children(one: &Value, sort: &Sort) -> Vec<Value> {
    let (home, own, spec) = (namespace(one), own(one, sort), &one["spec"]);
    let labels = labels(one, sort);
    let port = text(&spec["portName"]);
    let port = if port.is_empty() { "web" } else { port };
    let secret = |suffix: &str, key: &str| {
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": { "name": format!("{own}{suffix}"), "namespace": home, "labels": { "managed-by": "prometheus-operator" } },
            "data": { key: encoded("") },
        })
    };
    let config = if sort.word == "prometheus" { "" } else { "-generated" };
    let mut offered = vec![(port, sort.port)];
    offered.extend(sort.more);
    let mut governing =
        headless(service(home, &format!("{}-operated", sort.word), json!({ "app.kubernetes.io/name": sort.word }), &offered));
    for port in governing["spec"]["ports"].as_array_mut().into_iter().flatten().filter(|p| text(&p["name"]).starts_with("udp")) {
        port["protocol"] = "UDP".into();
    }
    governing["metadata"]["labels"] = json!({ format!("operated-{}", sort.word): "true" });
    let mut all = vec![
        secret(config, &format!("{}.yaml.gz", sort.word)),
        secret("-tls-assets-0", "ca.pem"),
        secret("-web-config", "web-config.yaml"),
        governing,
        stateful_set(one, sort, &labels, port, &format!("{own}{config}")),
    ];
    if sort.word == "prometheus" {
        all.push(labelled(
            json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": format!("{own}-rulefiles-0"), "namespace": home }, "data": {} }),
            &json!({ "managed-by": "prometheus-operator", "prometheus-name": name(one) }),
        ));
    }
    all
}

fn stateful_set(one: &Value, sort: &Sort, labels: &Value, port: &str, config: &str) -> Value {
    let (home, own, spec) = (namespace(one), own(one, sort), &one["spec"]);
    let mut ports = vec![json!({ "name": port, "containerPort": sort.port, "protocol": "TCP" })];
    ports.extend(
        sort.more
            .iter()
            .map(|(n, p)| json!({ "name": n, "containerPort": p, "protocol": if n.starts_with("udp") { "UDP" } else { "TCP" } })),
    );
    let secure =
        json!({ "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": { "drop": ["ALL"] } });
    let storage = &spec["storage"]["volumeClaimTemplate"];
    let volume = match text(&storage["metadata"]["name"]) {
        "" => format!("{own}-db"),
        given => given.to_owned(),
    };
    let probe = |path: &str| json!({ "httpGet": { "path": path, "port": port } });
    let main = json!({
        "name": sort.word, "image": spec["image"], "ports": ports, "resources": spec["resources"], "securityContext": secure,
        "readinessProbe": probe("/-/ready"), "livenessProbe": probe("/-/healthy"),
        "volumeMounts": [{ "name": "config", "mountPath": "/etc/config" }, { "name": volume, "mountPath": sort.data }],
    });
    let reloader = json!({
        "name": "config-reloader", "image": "quay.io/prometheus-operator/prometheus-config-reloader:v0.93.1",
        "ports": [{ "name": "reloader-web", "containerPort": 8080 }], "securityContext": secure,
        "resources": { "requests": { "cpu": "10m", "memory": "50Mi" }, "limits": { "cpu": "10m", "memory": "50Mi" } },
    });
    let mut volumes = vec![json!({ "name": "config", "secret": { "secretName": config } })];
    // Secrets and ConfigMaps that the pods are to see, under their own names.
    for (field, kind, key) in [("secrets", "secret", "secretName"), ("configMaps", "configMap", "name")] {
        for given in items(&spec[field]) {
            volumes.push(json!({ "name": format!("{}-{}", kind.to_lowercase(), text(given)), kind: { key: given } }));
        }
    }
    let mut pod = json!({
        "serviceAccountName": spec["serviceAccountName"], "containers": [main, reloader], "volumes": volumes,
        "terminationGracePeriodSeconds": if sort.word == "prometheus" { 600 } else { 120 },
    });
    for field in ["securityContext", "nodeSelector", "tolerations", "affinity", "topologySpreadConstraints", "priorityClassName"]
    {
        if !spec[field].is_null() {
            pod[field] = spec[field].clone();
        }
    }
    let mut template = json!({ "metadata": { "labels": labels }, "spec": pod });
    for (key, value) in spec["podMetadata"]["labels"].as_object().into_iter().flatten() {
        template["metadata"]["labels"][key.as_str()] = value.clone();
    }
    // Prometheus finds its targets through the API server.
    if sort.word == "prometheus" {
        template["_connects"] = json!([{ "to": "kubernetes" }]);
    }
    let mut made = json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet",
        "metadata": { "name": own, "namespace": home, "labels": labels },
        "spec": {
            "replicas": spec["replicas"].as_i64().unwrap_or(1), "serviceName": format!("{}-operated", sort.word),
            "podManagementPolicy": "Parallel", "selector": { "matchLabels": labels }, "template": template,
        },
    });
    if storage.is_object() {
        let claim = json!({ "metadata": { "name": volume }, "spec": storage["spec"] });
        made["spec"]["volumeClaimTemplates"] = json!([claim]);
    } else if let Some(volumes) = made["spec"]["template"]["spec"]["volumes"].as_array_mut() {
        volumes.push(json!({ "name": volume, "emptyDir": {} }));
    }
    made
}

fn status(objects: &mut Objects, one: &Value, sort: &Sort, wrong: Option<&str>, made: bool) {
    let now = objects.world().stamp();
    let set = objects.get("statefulsets.apps", namespace(one), &own(one, sort)).map(|s| s["status"].clone()).unwrap_or_default();
    let wanted = one["spec"]["replicas"].as_i64().unwrap_or(1);
    let ready = number(&set["readyReplicas"], 0);
    let (available, why, message) = if ready >= wanted {
        ("True", "", String::new())
    } else if ready > 0 {
        ("Degraded", "SomePodsNotReady", format!("{ready} of {wanted} pods are ready"))
    } else {
        ("False", "NoPodReady", "none of the pods is ready".to_owned())
    };
    let reconciled = match wrong {
        Some(message) => ("False", "ReconciliationFailed", message.to_owned()),
        None if !made => ("False", "ReconciliationFailed", "creating or updating objects failed".to_owned()),
        None => ("True", "", String::new()),
    };
    let before = &one["status"];
    let mut conditions = before["conditions"].clone();
    for (kind, (status, reason, message)) in [("Available", (available, why, message)), ("Reconciled", reconciled)] {
        let mut condition = conditioned(before, kind, status, reason, &message, &now);
        condition["observedGeneration"] = one["metadata"]["generation"].clone();
        conditions = with_condition(&conditions, condition);
    }
    let status = json!({
        "paused": false, "replicas": number(&set["replicas"], 0), "updatedReplicas": number(&set["updatedReplicas"], 0),
        "availableReplicas": ready, "unavailableReplicas": (wanted - ready).max(0), "conditions": conditions,
    });
    objects.set_status(sort.resource, namespace(one), name(one), status);
}
