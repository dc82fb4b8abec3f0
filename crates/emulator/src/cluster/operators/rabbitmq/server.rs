//! A RabbitmqCluster: its StatefulSet, services, the first user, its conditions.

use super::CLUSTERS;
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{conditioned, items, name, namespace, number, text};
use crate::cluster::helm::values::merged;
use crate::cluster::operators::own::{headless, keep_all, labelled, make, password, secret, service, with_condition};
use serde_json::{Value, json};

const MANAGER: &str = "rabbitmq-cluster-operator";
/// The image when nobody says. Source: rabbitmq/cluster-operator, its default.
const IMAGE: &str = "rabbitmq:4.2.1-management";

/// Looks at a cluster.
pub(super) fn look(objects: &mut Objects, cluster: &Value) {
    let tls = text(&cluster["spec"]["tls"]["secretName"]);
    if !tls.is_empty() && objects.get("secrets", namespace(cluster), tls).is_none() {
        let message = format!("Failed to get TLS secret {tls} in namespace {}: secrets \"{tls}\" not found", namespace(cluster));
        objects.event(cluster, "Warning", "TLSError", &message);
        status(objects, cluster, Some(("TLSError", &message)));
        return;
    }
    if !credentials(objects, cluster) {
        return;
    }
    let made = keep_all(objects, cluster, MANAGER, children(cluster));
    status(objects, cluster, (!made).then_some(("Error", "creating or updating objects failed")));
}

fn labels(cluster: &Value) -> Value {
    json!({ "app.kubernetes.io/name": name(cluster), "app.kubernetes.io/component": "rabbitmq", "app.kubernetes.io/part-of": "rabbitmq" })
}

fn ports(cluster: &Value) -> Vec<(&'static str, i64)> {
    let tls = &cluster["spec"]["tls"];
    let mut all = Vec::new();
    if tls["disableNonTLSListeners"] != true {
        all.extend([("amqp", 5672), ("management", 15672), ("prometheus", 15692)]);
    }
    if tls["secretName"].is_string() {
        all.extend([("amqps", 5671), ("management-tls", 15671), ("prometheus-tls", 15691)]);
    }
    all
}

/// The first user and the cookie are drawn once.
fn credentials(objects: &mut Objects, cluster: &Value) -> bool {
    let (home, own) = (namespace(cluster).to_owned(), name(cluster).to_owned());
    let default = format!("{own}-default-user");
    if objects.get("secrets", &home, &default).is_some() {
        return true;
    }
    let (user, word, cookie) = (format!("default_user_{}", password(objects, 18)), password(objects, 32), password(objects, 32));
    let server = format!("{own}.{home}.svc");
    let port = if cluster["spec"]["tls"]["disableNonTLSListeners"] == true { "5671" } else { "5672" };
    let uri = format!("amqp://{user}:{word}@{server}:{port}/");
    let conf = format!("default_user = {user}\ndefault_pass = {word}\n");
    let texts = [
        ("username", user.as_str()),
        ("password", &word),
        ("host", &server),
        ("port", port),
        ("provider", "rabbitmq"),
        ("type", "rabbitmq"),
        ("connection_string", &uri),
        ("default_user.conf", &conf),
    ];
    for object in [
        secret(&home, &default, "Opaque", &texts),
        secret(&home, &format!("{own}-erlang-cookie"), "Opaque", &[(".erlang.cookie", &cookie)]),
    ] {
        if let Err(error) = make(objects, cluster, labelled(object, &labels(cluster))) {
            objects.event(cluster, "Warning", "FailedCreate", &error.message);
            return false;
        }
    }
    true
}

fn children(cluster: &Value) -> Vec<Value> {
    let (home, own, spec) = (namespace(cluster), name(cluster), &cluster["spec"]);
    let labels = labels(cluster);
    let map = |suffix: &str, key: &str, text: String| json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": format!("{own}-{suffix}"), "namespace": home, "labels": labels }, "data": { key: text } });
    let mut plugins = vec!["rabbitmq_peer_discovery_k8s", "rabbitmq_prometheus", "rabbitmq_management"];
    plugins.extend(items(&spec["rabbitmq"]["additionalPlugins"]).iter().map(text));
    let account = format!("{own}-server");
    let mut entry = labelled(service(home, own, json!({ "app.kubernetes.io/name": own }), &ports(cluster)), &labels);
    if let Some(kind) = spec["service"]["type"].as_str() {
        entry["spec"]["type"] = kind.into();
    }
    if let Some(notes) = spec["service"]["annotations"].as_object() {
        entry["metadata"]["annotations"] = Value::Object(notes.clone());
    }
    let nodes = headless(service(
        home,
        &format!("{own}-nodes"),
        json!({ "app.kubernetes.io/name": own }),
        &[("epmd", 4369), ("cluster-rpc", 25672)],
    ));
    vec![
        map("plugins-conf", "enabled_plugins", format!("[{}].", plugins.join(","))),
        map("server-conf", "userDefinedConfiguration.conf", text(&spec["rabbitmq"]["additionalConfig"]).to_owned()),
        json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": account, "namespace": home, "labels": labels } }),
        json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": { "name": format!("{own}-peer-discovery"), "namespace": home, "labels": labels },
            "rules": [{ "apiGroups": [""], "resources": ["endpoints"], "verbs": ["get"] }, { "apiGroups": [""], "resources": ["events"], "verbs": ["create"] }] }),
        json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": { "name": account, "namespace": home, "labels": labels },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": format!("{own}-peer-discovery") },
            "subjects": [{ "kind": "ServiceAccount", "name": account, "namespace": home }] }),
        entry,
        labelled(nodes, &labels),
        stateful_set(cluster, &labels),
    ]
}

fn stateful_set(cluster: &Value, labels: &Value) -> Value {
    let (home, own, spec) = (namespace(cluster), name(cluster), &cluster["spec"]);
    let image = spec["image"].as_str().unwrap_or(IMAGE);
    let secure = json!({ "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] }, "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } });
    let mut listening: Vec<Value> =
        ports(cluster).iter().map(|(n, p)| json!({ "name": n, "containerPort": p, "protocol": "TCP" })).collect();
    listening.push(json!({ "name": "epmd", "containerPort": 4369, "protocol": "TCP" }));
    let resources = if spec["resources"].is_null() {
        json!({ "requests": { "cpu": "1000m", "memory": "2Gi" }, "limits": { "cpu": "2000m", "memory": "2Gi" } })
    } else {
        spec["resources"].clone()
    };
    let probed = if spec["tls"]["disableNonTLSListeners"] == true { "amqps" } else { "amqp" };
    let mut volumes = vec![
        json!({ "name": "plugins-conf", "configMap": { "name": format!("{own}-plugins-conf") } }),
        json!({ "name": "server-conf", "configMap": { "name": format!("{own}-server-conf") } }),
        json!({ "name": "erlang-cookie-secret", "secret": { "secretName": format!("{own}-erlang-cookie") } }),
    ];
    let mut mounts = vec![
        json!({ "name": "persistence", "mountPath": "/var/lib/rabbitmq/mnesia/" }),
        json!({ "name": "server-conf", "mountPath": "/etc/rabbitmq/conf.d/90" }),
    ];
    for (field, called) in [("secretName", "rabbitmq-tls"), ("caSecretName", "rabbitmq-mutual-tls")] {
        if let Some(secret) = spec["tls"][field].as_str() {
            volumes.push(json!({ "name": called, "secret": { "secretName": secret } }));
            mounts.push(json!({ "name": called, "mountPath": format!("/etc/{called}/") }));
        }
    }
    let mut pod = json!({
        "serviceAccountName": format!("{own}-server"),
        "terminationGracePeriodSeconds": number(&spec["terminationGracePeriodSeconds"], 604_800),
        "securityContext": { "fsGroup": 0, "runAsUser": 999 },
        "initContainers": [{ "name": "setup-container", "image": image, "securityContext": secure, "command": ["sh", "-c", "true"],
            "resources": { "requests": { "cpu": "100m", "memory": "500Mi" }, "limits": { "cpu": "100m", "memory": "500Mi" } },
            "volumeMounts": [{ "name": "erlang-cookie-secret", "mountPath": "/tmp/erlang-cookie-secret/" }] }],
        "containers": [{ "name": "rabbitmq", "image": image, "ports": listening, "resources": resources, "securityContext": secure,
            "readinessProbe": { "tcpSocket": { "port": probed }, "initialDelaySeconds": 10 }, "volumeMounts": mounts }],
        "volumes": volumes,
    });
    for field in ["affinity", "tolerations", "imagePullSecrets"] {
        if !spec[field].is_null() {
            pod[field] = spec[field].clone();
        }
    }
    let mut claim = json!({ "metadata": { "name": "persistence" }, "spec": {
        "accessModes": ["ReadWriteOnce"],
        "resources": { "requests": { "storage": spec["persistence"]["storage"].as_str().unwrap_or("10Gi") } },
    } });
    if let Some(class) = spec["persistence"]["storageClassName"].as_str() {
        claim["spec"]["storageClassName"] = class.into();
    }
    // Nodes find each other through the API server.
    let template = json!({ "metadata": { "labels": labels }, "spec": pod, "_connects": [{ "to": "kubernetes" }] });
    let mut set = json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": { "name": format!("{own}-server"), "namespace": home, "labels": labels },
        "spec": {
            "replicas": number(&spec["replicas"], 1), "serviceName": format!("{own}-nodes"), "podManagementPolicy": "Parallel",
            "selector": { "matchLabels": { "app.kubernetes.io/name": own } }, "template": template, "volumeClaimTemplates": [claim],
        },
    });
    let over = &spec["override"]["statefulSet"];
    if over.is_object() {
        overlay(&mut set, over);
    }
    set
}

/// Lays an override over the set: lists of things with names are merged by name, everything else as maps are.
fn overlay(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                overlay(base.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(base), Value::Array(over)) if over.iter().all(|o| o["name"].is_string()) => {
            for item in over {
                match base.iter_mut().find(|b| b["name"] == item["name"]) {
                    Some(same) => *same = merged(same, item),
                    None => base.push(item.clone()),
                }
            }
        }
        (base, over) => *base = over.clone(),
    }
}

fn status(objects: &mut Objects, cluster: &Value, wrong: Option<(&str, &str)>) {
    let (home, own) = (namespace(cluster), name(cluster));
    let set = objects.get("statefulsets.apps", home, &format!("{own}-server")).map(|s| s["status"].clone()).unwrap_or_default();
    let (ready, wanted) = (number(&set["readyReplicas"], 0), number(&cluster["spec"]["replicas"], 1));
    let now = objects.world().stamp();
    let yes = |b: bool| if b { "True" } else { "False" };
    let lacking = format!("{ready}/{wanted} Pods ready");
    let reconciled = wrong.map_or(("True", "Success", "Finish reconciling"), |(reason, message)| ("False", reason, message));
    objects.edit(CLUSTERS, home, own, |c| {
        let before = c["status"].clone();
        if !c["status"].is_object() {
            c["status"] = json!({});
        }
        for (kind, (status, reason, message)) in [
            ("AllReplicasReady", (yes(ready >= wanted), if ready >= wanted { "AllPodsAreReady" } else { "NotAllPodsReady" }, if ready >= wanted { "" } else { lacking.as_str() })),
            ("ClusterAvailable", (yes(ready > 0), if ready > 0 { "AtLeastOneEndpointAvailable" } else { "NoEndpointsAvailable" }, if ready > 0 { "" } else { "The service has no endpoints available" })),
            ("NoWarnings", ("True", "NoWarnings", "")),
            ("ReconcileSuccess", reconciled),
        ] {
            let made = conditioned(&before, kind, status, reason, message, &now);
            c["status"]["conditions"] = with_condition(&c["status"]["conditions"], made);
        }
        c["status"]["observedGeneration"] = c["metadata"]["generation"].clone();
        c["status"]["defaultUser"] = json!({
            "secretReference": { "name": format!("{own}-default-user"), "namespace": home, "keys": { "username": "username", "password": "password" } },
            "serviceReference": { "name": own, "namespace": home },
        });
        c["status"]["binding"] = json!({ "name": format!("{own}-default-user") });
    });
}
