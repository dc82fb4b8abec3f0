//! Poolers: PgBouncer in front of a cluster.

use super::{CLUSTERS, MANAGER};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{name, namespace, number, text};
use crate::cluster::operators::own::{host, keep_all, service};
use serde_json::{Value, json};

/// PgBouncer's image when the template names none. Source: CloudNativePG 1.30, default pooler image.
const IMAGE: &str = "ghcr.io/cloudnative-pg/pgbouncer:1.25.1";

/// Looks at a Pooler: nothing is made before its cluster is there.
pub(super) fn look(objects: &mut Objects, pooler: &Value) {
    let (home, own, spec) = (namespace(pooler), name(pooler), &pooler["spec"]);
    let cluster = text(&spec["cluster"]["name"]);
    if objects.get(CLUSTERS, home, cluster).is_none() {
        objects.event(pooler, "Warning", "ClusterNotFound", &format!("Cluster {cluster} not found"));
        return;
    }
    let kind = spec["type"].as_str().unwrap_or("rw");
    let labels = json!({ "cnpg.io/poolerName": own, "cnpg.io/cluster": cluster, "cnpg.io/podRole": "pooler" });
    let mut template = spec["template"].clone();
    if !template.is_object() {
        template = json!({});
    }
    for (key, value) in labels.as_object().into_iter().flatten() {
        template["metadata"]["labels"][key.as_str()] = value.clone();
    }
    let given = template["spec"]["containers"].as_array().cloned().unwrap_or_default();
    let mut main = given.iter().find(|c| c["name"] == "pgbouncer").cloned().unwrap_or_else(|| json!({ "name": "pgbouncer" }));
    if main["image"].is_null() {
        main["image"] = IMAGE.into();
    }
    main["ports"] = json!([{ "name": "pgbouncer", "containerPort": 5432, "protocol": "TCP" }, { "name": "metrics", "containerPort": 9127, "protocol": "TCP" }]);
    if main["securityContext"].is_null() {
        main["securityContext"] =
            json!({ "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] }, "readOnlyRootFilesystem": true });
    }
    let mut containers = vec![main];
    containers.extend(given.into_iter().filter(|c| c["name"] != "pgbouncer"));
    template["spec"]["containers"] = Value::Array(containers);
    template["spec"]["serviceAccountName"] = own.into();
    if template["spec"]["securityContext"].is_null() {
        template["spec"]["securityContext"] =
            json!({ "runAsNonRoot": true, "runAsUser": 998, "runAsGroup": 996, "seccompProfile": { "type": "RuntimeDefault" } });
    }
    template["_connects"] = json!([
        { "to": "kubernetes" },
        { "to": format!("{}:5432", host(&format!("{cluster}-{kind}"), home)), "user": "cnpg_pooler_pgbouncer", "password": super::users::BY_CERTIFICATE, "protocol": "postgres" },
    ]);
    let account = json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": own, "namespace": home } });
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": own, "namespace": home, "labels": labels },
        "spec": { "replicas": number(&spec["instances"], 1), "selector": { "matchLabels": { "cnpg.io/poolerName": own } }, "template": template },
    });
    let mut entry = service(home, own, json!({ "cnpg.io/poolerName": own }), &[("pgbouncer", 5432)]);
    entry["metadata"]["labels"] = labels;
    if let Some(kind) = spec["serviceTemplate"]["spec"]["type"].as_str() {
        entry["spec"]["type"] = kind.into();
    }
    if !keep_all(objects, pooler, MANAGER, vec![account, deployment, entry]) {
        return;
    }
    let up = objects.get("deployments.apps", home, own).map_or(0, |d| number(&d["status"]["readyReplicas"], 0));
    let phase = if up > 0 { "active" } else { "inactive" };
    objects.edit("poolers.postgresql.cnpg.io", home, own, |p| {
        p["status"]["instances"] = up.into();
        p["status"]["phase"] = phase.into();
    });
}
