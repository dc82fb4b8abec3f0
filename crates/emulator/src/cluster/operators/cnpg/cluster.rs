//! A Cluster: what it needs before anything can be made, its objects, its status.

use super::{CLUSTERS, MANAGER, archive, instances, roles, users};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{conditioned, name, namespace, text};
use crate::cluster::controllers::pods::ready;
use crate::cluster::operators::own::{keep_all, labelled, service, with_condition};
use serde_json::{Value, json};

/// Looks at a Cluster.
pub(super) fn look(objects: &mut Objects, cluster: &Value) {
    if let Err((phase, reason)) = archive::plugin(objects, cluster) {
        status(objects, cluster, phase, &reason);
        return;
    }
    if !users::keep(objects, cluster) {
        return;
    }
    if !keep_all(objects, cluster, MANAGER, children(cluster)) {
        return;
    }
    let (phase, reason) = instances::step(objects, cluster);
    status(objects, cluster, phase, &reason);
    archive::look(objects, cluster);
    roles::look(objects, cluster);
    users::logins(objects, cluster);
}

/// Labels of everything that belongs to it.
pub(super) fn labels(cluster: &Value) -> Value {
    json!({ "cnpg.io/cluster": name(cluster), "app.kubernetes.io/managed-by": "cloudnative-pg", "app.kubernetes.io/name": "postgresql", "app.kubernetes.io/instance": name(cluster), "app.kubernetes.io/component": "database" })
}

fn children(cluster: &Value) -> Vec<Value> {
    let (home, own) = (namespace(cluster), name(cluster));
    let labels = labels(cluster);
    let account = json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": own, "namespace": home } });
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": { "name": own, "namespace": home },
        "rules": [{ "apiGroups": ["postgresql.cnpg.io"], "resources": ["clusters", "clusters/status", "backups", "databases"], "verbs": ["get", "list", "watch", "update", "patch"] },
            { "apiGroups": [""], "resources": ["secrets", "configmaps"], "verbs": ["get", "watch"] }],
    });
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": { "name": own, "namespace": home },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": own },
        "subjects": [{ "kind": "ServiceAccount", "name": own, "namespace": home }],
    });
    let mut all = vec![account, role, binding];
    for (suffix, selector) in [
        ("rw", json!({ "cnpg.io/cluster": own, "cnpg.io/instanceRole": "primary" })),
        ("ro", json!({ "cnpg.io/cluster": own, "cnpg.io/instanceRole": "replica" })),
        ("r", json!({ "cnpg.io/cluster": own, "cnpg.io/podRole": "instance" })),
    ] {
        all.push(labelled(service(home, &format!("{own}-{suffix}"), selector, &[("postgres", 5432)]), &labels));
    }
    if cluster["spec"]["enablePDB"] != false {
        let replicas = cluster["spec"]["instances"].as_i64().unwrap_or(1);
        let budget = |called: &str, role: &str, least: i64| {
            json!({
                "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": { "name": called, "namespace": home, "labels": labels },
                "spec": { "minAvailable": least, "selector": { "matchLabels": { "cnpg.io/cluster": own, "cnpg.io/instanceRole": role } } },
            })
        };
        all.push(budget(&format!("{own}-primary"), "primary", 1));
        if replicas > 2 {
            all.push(budget(own, "replica", replicas - 2));
        }
    }
    all
}

/// Writes phase, instances and the condition `Ready`.
pub(super) fn status(objects: &mut Objects, cluster: &Value, phase: &str, reason: &str) {
    let (home, own) = (namespace(cluster), name(cluster));
    let pods = instances::pods(objects, cluster);
    let up: Vec<String> = pods.iter().filter(|p| ready(p)).map(|p| name(p).to_owned()).collect();
    let names: Vec<String> = pods.iter().map(|p| name(p).to_owned()).collect();
    let primary = pods.iter().find(|p| p["metadata"]["labels"]["cnpg.io/instanceRole"] == "primary").map(|p| name(p).to_owned());
    let claims = objects
        .list_in("persistentvolumeclaims", home)
        .iter()
        .filter(|c| c["metadata"]["labels"]["cnpg.io/cluster"] == own)
        .count();
    let now = objects.world().stamp();
    let well = phase == "Cluster in healthy state";
    let image = instances::image(objects, cluster);
    objects.edit(CLUSTERS, home, own, |c| {
        let before = c["status"].clone();
        if !c["status"].is_object() {
            c["status"] = json!({});
        }
        let status = &mut c["status"];
        status["phase"] = phase.into();
        status["phaseReason"] = reason.into();
        status["instances"] = names.len().into();
        status["readyInstances"] = up.len().into();
        status["instanceNames"] = json!(names);
        status["instancesStatus"] = if up.is_empty() { json!({}) } else { json!({ "healthy": up }) };
        status["pvcCount"] = claims.into();
        status["image"] = image.into();
        status["writeService"] = format!("{own}-rw").into();
        status["readService"] = format!("{own}-r").into();
        if let Some(primary) = primary {
            status["targetPrimary"] = primary.clone().into();
            status["currentPrimary"] = primary.into();
        }
        let (state, why, message) = if well {
            ("True", "ClusterIsReady", "Cluster is Ready")
        } else {
            ("False", "ClusterIsNotReady", "Cluster Is Not Ready")
        };
        let made = conditioned(&before, "Ready", state, why, message, &now);
        status["conditions"] = with_condition(&status["conditions"], made);
    });
    if text(&cluster["status"]["phase"]) != phase && well {
        objects.event(cluster, "Normal", "ClusterHealthy", "Cluster in healthy state");
    }
}
