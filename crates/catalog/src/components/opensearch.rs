//! OpenSearch: where logs are kept and searched.
//!
//! Three instances where there are three nodes for them, one otherwise. They encrypt and ask for a password; who may connect
//! at all is said by the network policies. A policy of the indexes deletes what is older than the document says.

use super::{
    Site, access, charts,
    prometheus::own_secret,
    write::{merged, object, release, resources, restricted_container, restricted_pod, spread, stateful},
};
use access::{OBSERVABILITY, OBSERVABILITY_STRICTNESS};
use pontoon_core::content::{Capability, Component, Field, Party, Place};
use pontoon_spec::sections::observability::{Logs, Opensearch};
use serde_json::{Value, json};

/// The Secret with the administrator's password, under `password`.
pub const ADMIN: &str = "opensearch-admin";
/// The Service. Source: the chart's defaults for cluster and group of nodes.
const SERVICE: &str = "opensearch-cluster-master";
/// The port.
pub const PORT: u16 = 9200;
const TRANSPORT: u16 = 9300;
/// What deletes old indexes talks to it by this.
const CURL: &str = "docker.io/curlimages/curl:8.21.0";
/// Its user, whom the image names without a number.
const CURL_USER: u32 = 100;

/// Where it answers.
pub fn url() -> String {
    format!("https://{SERVICE}.{OBSERVABILITY}.svc.cluster.local:{PORT}")
}

/// Where it answers, as a capability.
pub fn endpoint() -> Capability {
    Capability::endpoint(OBSERVABILITY, SERVICE, PORT)
}

/// The administrator's password. OpenSearch refuses one without a letter of each case, a digit and a sign.
pub fn password() -> Field {
    let drawn = Field::Made { name: "OPENSEARCH_PASSWORD".into(), length: access::PASSWORD };
    Field::Join(vec![Field::Text("Aa1-".into()), drawn])
}

/// Its pods.
pub fn pods() -> Party {
    Party::pods(OBSERVABILITY, "app.kubernetes.io/name", "opensearch")
}

/// Where logs are kept in OpenSearch.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    let Logs::Opensearch(wanted) = &site.spec.observability.logs.value else { return Vec::new() };
    vec![store(site, wanted), retention(site, wanted)]
}

fn instances(site: &Site<'_>) -> u32 {
    if site.least_nodes(Place::Monitoring) >= 3 { 3 } else { 1 }
}

fn store(site: &Site<'_>, wanted: &Opensearch) -> Component {
    let (count, size) = (instances(site), wanted.storage.size.in_gibibytes());
    let mut component = Component::new("opensearch", "observability", "logs", site.spec.observability.logs.trace())
        .namespace(OBSERVABILITY, OBSERVABILITY_STRICTNESS)
        .release(release(site, &charts::OPENSEARCH, OBSERVABILITY, values(site, wanted, count)))
        .secret(own_secret(ADMIN, [("password", password())]))
        .provides(endpoint())
        .opening(pods(), pods(), &[PORT, TRANSPORT])
        .opening(Party::namespace(OBSERVABILITY), pods(), &[PORT])
        .workload(stateful("opensearch", Place::Monitoring, count, 250, 1536, size))
        .fact("It encrypts with the certificates that its image brings; nobody checks them, and policies say who may connect.");
    component.needs.extend(site.class_need(&wanted.storage));
    component
}

fn values(site: &Site<'_>, wanted: &Opensearch, count: u32) -> Value {
    let yml = "cluster.name: opensearch-cluster\nnetwork.host: 0.0.0.0\n\
               # Otherwise it asks for a setting of the node's kernel that only privileged pods may change.\n\
               node.store.allow_mmap: false\n";
    let mut persistence =
        json!({ "enabled": true, "enableInitChown": false, "size": format!("{}Gi", wanted.storage.size.in_gibibytes()) });
    if let Some(class) = &wanted.storage.class {
        persistence["storageClass"] = class.to_string().into();
    }
    let password = json!({ "name": "OPENSEARCH_INITIAL_ADMIN_PASSWORD", "valueFrom": { "secretKeyRef": { "name": ADMIN, "key": "password" } } });
    let values = json!({
        "replicas": count,
        "singleNode": count == 1,
        "config": { "opensearch.yml": yml },
        "extraEnvs": [password],
        // Half of the memory: the other half is the system's cache of files.
        "opensearchJavaOpts": "-Xms768M -Xmx768M",
        "resources": resources(250, 1536),
        "persistence": persistence,
        "antiAffinity": "soft",
        "topologySpreadConstraints": spread(json!({ "app.kubernetes.io/name": "opensearch" })),
    });
    merged(values, Value::Object(site.placement(Place::Monitoring)))
}

/// Deletes indexes of logs that are too old. The Job's name has the days in it, because Jobs cannot change.
fn retention(site: &Site<'_>, wanted: &Opensearch) -> Component {
    let days = wanted.retention.in_days();
    let name = format!("opensearch-keep-{days}d");
    let policy = json!({ "policy": {
        "description": format!("logs are kept for {days} days"),
        "default_state": "kept",
        "ism_template": [{ "index_patterns": ["logs-*"], "priority": days }],
        "states": [
            { "name": "kept", "actions": [], "transitions": [{ "state_name": "old", "conditions": { "min_index_age": format!("{days}d") } }] },
            { "name": "old", "actions": [{ "delete": {} }], "transitions": [] },
        ],
    }});
    // 409: it is there already.
    let script = format!(
        "code=$(curl --silent --insecure --output /dev/null --write-out '%{{http_code}}' --user \"admin:$PASSWORD\" \
         --request PUT --header 'Content-Type: application/json' --data \"$POLICY\" {}/_plugins/_ism/policies/{name})\n\
         case $code in 200|201|409) ;; *) echo \"OpenSearch answered $code\"; exit 1 ;; esac\n",
        url()
    );
    let container = json!({
        "name": "policy",
        "image": CURL,
        "command": ["sh", "-c", script],
        "env": [
            { "name": "PASSWORD", "valueFrom": { "secretKeyRef": { "name": ADMIN, "key": "password" } } },
            { "name": "POLICY", "value": policy.to_string() },
        ],
        "resources": resources(10, 32),
        "securityContext": restricted_container(),
    });
    let pod = merged(
        json!({ "restartPolicy": "Never", "securityContext": merged(restricted_pod(), json!({ "runAsUser": CURL_USER })), "containers": [container], "automountServiceAccountToken": false }),
        Value::Object(site.placement(Place::Monitoring)),
    );
    let job = json!({ "spec": { "backoffLimit": 10, "ttlSecondsAfterFinished": 86400, "template": { "spec": pod } } });
    Component::new("opensearch-retention", "observability", "how long logs are kept", wanted.retention.trace())
        .needs(Capability::Namespace(OBSERVABILITY.into()))
        .needs(endpoint())
        .object(object("batch/v1", "Job", OBSERVABILITY, &name, job))
}
