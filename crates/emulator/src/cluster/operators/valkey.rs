//! hyperspike's Valkey operator: always a cluster of shards, behind one service and one password.
//!
//! Source: hyperspike/valkey-operator, its controller. `nodes` are shards; `replicas` are added to each (and become
//! primaries of their own: its issue 186).

use super::own::{host, keep_all, labelled, make, password, running, secret, secret_text, service, with_condition};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{conditioned, name, namespace, number, text, uid};
use crate::cluster::logins;
use serde_json::{Value, json};

const RESOURCE: &str = "valkeys.hyperspike.io";
const MANAGER: &str = "valkey-operator";
/// The image when nobody says. Source: hyperspike/valkey-operator, its default.
const IMAGE: &str = "ghcr.io/hyperspike/valkey:8.1.3";
const PORT: u16 = 6379;

/// Looks at every Valkey.
pub(super) fn run(objects: &mut Objects) {
    if running(objects, &[("app.kubernetes.io/name", "valkey-operator"), ("control-plane", "controller-manager")]).is_none() {
        return;
    }
    objects.each_live("valkey", RESOURCE, look);
}

fn labels(one: &Value) -> Value {
    json!({ "app.kubernetes.io/name": "valkey", "app.kubernetes.io/instance": name(one), "app.kubernetes.io/component": "valkey" })
}

/// The Secret and key with the password: its own, or the one that is named.
fn kept(one: &Value) -> (String, String) {
    let given = &one["spec"]["servicePassword"];
    let text = |field: &str, default: &str| given[field].as_str().unwrap_or(default).to_owned();
    (text("name", name(one)), text("key", "password"))
}

fn look(objects: &mut Objects, one: &Value) {
    let (home, own, spec) = (namespace(one).to_owned(), name(one).to_owned(), &one["spec"]);
    let (from, key) = kept(one);
    let anonymous = spec["anonymousAuth"] == true;
    if !anonymous && secret_text(objects, &home, &from, &key).is_none() {
        if spec["servicePassword"].is_object() {
            let message = format!("failed to get service password: secrets \"{from}\" not found");
            objects.event(one, "Warning", "Failed", &message);
            ready(objects, one, false, &message);
            return;
        }
        let drawn = password(objects, 32);
        let object = labelled(secret(&home, &own, "Opaque", &[("password", &drawn)]), &labels(one));
        if let Err(error) = make(objects, one, object) {
            ready(objects, one, false, &error.message);
            return;
        }
    }
    if !keep_all(objects, one, MANAGER, children(one)) {
        ready(objects, one, false, "creating or updating objects failed");
        return;
    }
    let set = objects.get("statefulsets.apps", &home, &own).map(|s| s["status"].clone()).unwrap_or_default();
    let up = number(&set["readyReplicas"], 0) >= servers(spec);
    // Slots are dealt out once, when all servers are up.
    let dealt = up && objects.elapsed(&format!("valkey/{}", uid(one)), "valkey_cluster");
    ready(objects, one, dealt, if dealt { "" } else { "waiting for the cluster to form" });
    if anonymous {
        return;
    }
    let word = secret_text(objects, &home, &from, &key).unwrap_or_default();
    let login = json!({ "protocol": "redis", "users": { "default": word }, "databases": [], "tls": spec["tls"] == true });
    for service in [own.clone(), format!("{own}-headless")] {
        logins::set(objects, &host(&service, &home), PORT, login.clone());
    }
}

fn servers(spec: &Value) -> i64 {
    number(&spec["nodes"], 3) * (1 + number(&spec["replicas"], 0))
}

fn ready(objects: &mut Objects, one: &Value, up: bool, why: &str) {
    let now = objects.world().stamp();
    objects.edit(RESOURCE, namespace(one), name(one), |o| {
        let status = if up { "True" } else { "False" };
        let mut made = conditioned(&o["status"], "Ready", status, if up { "ClusterReady" } else { "ClusterNotReady" }, why, &now);
        made["observedGeneration"] = o["metadata"]["generation"].clone();
        if made["message"].is_null() {
            made["message"] = "".into();
        }
        let conditions = with_condition(&o["status"]["conditions"], made);
        o["status"] = json!({ "ready": up, "conditions": conditions });
    });
}

fn children(one: &Value) -> Vec<Value> {
    let (home, own, spec) = (namespace(one), name(one), &one["spec"]);
    let labels = labels(one);
    let tls = spec["tls"] == true;
    let meta = |called: &str| json!({ "name": called, "namespace": home, "labels": labels });
    let mut all = vec![
        json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": meta(own), "data": { "valkey.conf": "cluster-enabled yes\nport 6379\n" } }),
        json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta(own) }),
        labelled(service(home, own, labels.clone(), &[("valkey", 6379)]), &labels),
        labelled(
            super::own::headless(service(
                home,
                &format!("{own}-headless"),
                labels.clone(),
                &[("valkey", 6379), ("valkey-bus", 16379)],
            )),
            &labels,
        ),
        json!({ "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta(own), "spec": { "maxUnavailable": 1, "selector": { "matchLabels": labels } } }),
    ];
    let certificate = format!("{own}-tls");
    if tls {
        let kind = spec["certIssuerType"].as_str().unwrap_or("ClusterIssuer");
        let names = [
            own.to_owned(),
            format!("{own}.{home}"),
            format!("{own}.{home}.svc"),
            host(own, home),
            format!("*.{own}-headless.{home}.svc.cluster.local"),
        ];
        all.push(json!({ "apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": meta(own),
            "spec": { "secretName": certificate, "commonName": own, "dnsNames": names, "issuerRef": { "name": spec["certIssuer"], "kind": kind } } }));
    }
    all.push(stateful_set(one, &labels, tls.then_some(certificate.as_str())));
    all
}

fn stateful_set(one: &Value, labels: &Value, certificate: Option<&str>) -> Value {
    let (home, own, spec) = (namespace(one), name(one), &one["spec"]);
    let (from, key) = kept(one);
    let secure = json!({ "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] }, "readOnlyRootFilesystem": true, "runAsNonRoot": true, "runAsUser": 1001, "seccompProfile": { "type": "RuntimeDefault" } });
    let mut volumes = vec![json!({ "name": "valkey-conf", "configMap": { "name": own } })];
    let mut mounts = vec![
        json!({ "name": "valkey-data", "mountPath": "/valkey/data" }),
        json!({ "name": "valkey-conf", "mountPath": "/valkey/conf" }),
    ];
    if let Some(certificate) = certificate {
        volumes.push(json!({ "name": "valkey-tls", "secret": { "secretName": certificate } }));
        mounts.push(json!({ "name": "valkey-tls", "mountPath": "/etc/valkey/certs" }));
    }
    let env = if spec["anonymousAuth"] == true {
        json!([{ "name": "ALLOW_EMPTY_PASSWORD", "value": "yes" }])
    } else {
        json!([{ "name": "VALKEY_PASSWORD", "valueFrom": { "secretKeyRef": { "name": from, "key": key } } }])
    };
    let image = match text(&spec["image"]) {
        "" => IMAGE,
        given => given,
    };
    let mut containers = vec![json!({
        "name": "valkey", "image": image, "env": env, "resources": spec["resources"], "securityContext": secure, "volumeMounts": mounts,
        "ports": [{ "name": "valkey", "containerPort": 6379 }, { "name": "valkey-bus", "containerPort": 16379 }],
        "readinessProbe": { "exec": { "command": ["sh", "-c", "/valkey/ping_readiness_local.sh"] } },
    })];
    if spec["prometheus"] == true {
        let image = match text(&spec["exporterImage"]) {
            "" => "oliver006/redis_exporter:v1.89.0",
            given => given,
        };
        containers.push(json!({ "name": "metrics", "image": image, "ports": [{ "name": "metrics", "containerPort": 9121 }], "securityContext": secure,
            "resources": { "requests": { "cpu": "10m", "memory": "32Mi" }, "limits": { "cpu": "100m", "memory": "64Mi" } } }));
    }
    let mut pod = json!({
        "serviceAccountName": own, "containers": containers, "volumes": volumes,
        "securityContext": { "fsGroup": 1001, "runAsNonRoot": true, "runAsUser": 1001, "seccompProfile": { "type": "RuntimeDefault" } },
        "affinity": { "podAntiAffinity": { "preferredDuringSchedulingIgnoredDuringExecution": [{ "weight": 1,
            "podAffinityTerm": { "labelSelector": { "matchLabels": labels }, "topologyKey": "kubernetes.io/hostname" } }] } },
    });
    for field in ["nodeSelector", "tolerations"] {
        if !spec[field].is_null() {
            pod[field] = spec[field].clone();
        }
    }
    let given = &spec["storage"]["spec"];
    let mut claim = json!({ "metadata": { "name": "valkey-data" }, "spec": given });
    if !given.is_object() {
        claim["spec"] = json!({ "resources": { "requests": { "storage": "1Gi" } } });
    }
    if claim["spec"]["accessModes"].is_null() {
        claim["spec"]["accessModes"] = json!(["ReadWriteOnce"]);
    }
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": { "name": own, "namespace": home, "labels": labels },
        "spec": {
            "replicas": servers(spec), "serviceName": format!("{own}-headless"), "podManagementPolicy": "Parallel",
            "selector": { "matchLabels": labels }, "template": { "metadata": { "labels": labels }, "spec": pod }, "volumeClaimTemplates": [claim],
        },
    })
}
