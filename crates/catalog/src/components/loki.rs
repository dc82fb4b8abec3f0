//! Loki: logs in a bucket, and Alloy, which reads them from every node.
//!
//! One process is enough for the logs of one cluster of this size; the simple scalable mode is at its end. Nothing in the
//! bucket may expire by itself: Loki deletes what is too old, and its index with it.

use super::{
    Site, access, charts,
    prometheus::own_secret,
    scrapes::Scrape,
    write::{merged, release, resources, stateful, workload},
};
use access::{OBSERVABILITY, OBSERVABILITY_STRICTNESS};
use pontoon_core::{
    address::{Address, Scope},
    content::{Capability, Component, Field, Party, Place, Strictness},
};
use pontoon_spec::sections::observability::{Logs, Loki};
use serde_json::{Value, json};

/// The port on which logs come in and are asked for.
const PORT: u16 = 3100;
/// GiB of the volume: what has not reached the bucket yet.
const VOLUME: u64 = 10;
/// The Secret with the bucket's key.
const BUCKET: &str = "loki-bucket";
/// The namespace of what reads the nodes' files.
const AGENT: &str = "logs";
const AGENT_METRICS: u16 = 12345;

/// Where it answers.
pub fn url() -> String {
    format!("http://loki.{OBSERVABILITY}.svc.cluster.local:{PORT}")
}

fn endpoint() -> Capability {
    Capability::endpoint(OBSERVABILITY, "loki", PORT)
}

fn pods() -> Party {
    Party::pods(OBSERVABILITY, "app.kubernetes.io/name", "loki")
}

/// Where logs are kept in Loki.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    let Logs::Loki(wanted) = &site.spec.observability.logs.value else { return Vec::new() };
    vec![store(site, wanted), agent(site)]
}

fn store(site: &Site<'_>, wanted: &Loki) -> Component {
    let bucket = wanted.bucket.to_string();
    let host = site.spaces(&bucket);
    let scope = Scope::environment(site.spec.environment.as_str());
    let key = Address::new(scope, "digitalocean.spaces_key", format!("{bucket}-loki"));
    let of = |output: &str| Field::Output { address: key.clone(), output: output.into() };
    let fields = [("LOKI_ACCESS_KEY", of("access_key")), ("LOKI_SECRET_KEY", of("secret_key"))];
    Component::new("loki", "observability", "logs", site.spec.observability.logs.trace())
        .namespace(OBSERVABILITY, OBSERVABILITY_STRICTNESS)
        .release(release(site, &charts::LOKI, OBSERVABILITY, values(site, wanted, &host)))
        .secret(own_secret(BUCKET, fields))
        .provides(endpoint())
        .opening(Party::namespace(OBSERVABILITY), pods(), &[PORT])
        .opening(pods(), Party::Hosts([host.clone(), format!("*.{host}")].into()), &[443])
        .workload(stateful("loki", Place::Monitoring, 1, 100, 768, VOLUME))
}

fn values(site: &Site<'_>, wanted: &Loki, host: &str) -> Value {
    let bucket = site.outside("spaces.bucket", wanted.bucket.as_str());
    let off = json!({ "enabled": false });
    let s3 = json!({
        "endpoint": host,
        // Spaces signs with any; the clients want one.
        "region": "us-east-1",
        "access_key_id": "${LOKI_ACCESS_KEY}",
        "secret_access_key": "${LOKI_SECRET_KEY}",
    });
    let schema = json!({
        "from": "2024-04-01", "store": "tsdb", "object_store": "s3", "schema": "v13",
        "index": { "prefix": "index_", "period": "24h" },
    });
    let single = json!({
        "replicas": 1,
        "extraArgs": ["-config.expand-env=true"],
        "extraEnvFrom": [{ "secretRef": { "name": BUCKET } }],
        "resources": resources(100, 768),
        "persistence": { "enabled": true, "size": format!("{VOLUME}Gi") },
        // A budget of one for one pod would keep its node from ever being drained.
        "podDisruptionBudget": off,
    });
    json!({
        "deploymentMode": "Monolithic",
        "loki": {
            "auth_enabled": false,
            "commonConfig": { "replication_factor": 1 },
            "storage": {
                "type": "s3",
                "bucketNames": { "chunks": bucket, "ruler": bucket, "admin": bucket },
                "use_thanos_objstore": true,
                "object_store": { "type": "s3", "storage_prefix": "logs", "s3": s3 },
            },
            "schemaConfig": { "configs": [schema] },
            "limits_config": { "retention_period": format!("{}h", wanted.retention.in_hours()) },
            "compactor": { "retention_enabled": true, "delete_request_store": "s3" },
        },
        "singleBinary": merged(single, Value::Object(site.placement(Place::Monitoring))),
        "write": { "replicas": 0 }, "read": { "replicas": 0 }, "backend": { "replicas": 0 },
        // Caches of many GiB, a proxy and a probe that nobody asked for.
        "chunksCache": off, "resultsCache": off, "gateway": off, "lokiCanary": off, "test": off,
    })
}

/// What reads the logs of every pod on its node. The files are root's alone.
fn agent(site: &Site<'_>) -> Component {
    let values = json!({
        "alloy": {
            "configMap": { "content": configuration() },
            "mounts": { "varlog": true },
            "enableReporting": false,
            "resources": resources(50, 160),
            "securityContext": { "runAsUser": 0 },
        },
        "controller": { "type": "daemonset", "tolerations": site.tolerations(Place::EveryNode) },
        "configReloader": { "enabled": false },
        // Monitors stand elsewhere; without these definitions the release waits for nobody.
        "crds": { "create": false },
    });
    let agent = || Party::namespace(AGENT);
    Component::new("alloy", "observability", "what reads logs", site.spec.observability.logs.trace())
        .namespace(AGENT, Strictness::Privileged)
        .needs(endpoint())
        .release(release(site, &charts::ALLOY, AGENT, values))
        .opening(agent(), Party::ApiServer, &[])
        .opening(agent(), pods(), &[PORT])
        .workload(workload("alloy", Place::EveryNode, 1, 50, 160))
}

/// The agent's own language: pods of this node, their files, and where the lines go.
fn configuration() -> String {
    format!(
        r#"discovery.kubernetes "pods" {{
  role = "pod"
  selectors {{
    role  = "pod"
    field = "spec.nodeName=" + coalesce(sys.env("HOSTNAME"), constants.hostname)
  }}
}}
discovery.relabel "pods" {{
  targets = discovery.kubernetes.pods.targets
  rule {{
    source_labels = ["__meta_kubernetes_namespace"]
    target_label  = "namespace"
  }}
  rule {{
    source_labels = ["__meta_kubernetes_pod_name"]
    target_label  = "pod"
  }}
  rule {{
    source_labels = ["__meta_kubernetes_pod_container_name"]
    target_label  = "container"
  }}
  rule {{
    source_labels = ["__meta_kubernetes_pod_uid", "__meta_kubernetes_pod_container_name"]
    separator     = "/"
    target_label  = "__path__"
    replacement   = "/var/log/pods/*$1/*.log"
  }}
}}
local.file_match "pods" {{
  path_targets = discovery.relabel.pods.output
}}
loki.source.file "pods" {{
  targets    = local.file_match.pods.targets
  forward_to = [loki.process.pods.receiver]
}}
loki.process "pods" {{
  stage.cri {{ }}
  forward_to = [loki.write.store.receiver]
}}
loki.write "store" {{
  endpoint {{
    url = "{}/loki/api/v1/push"
  }}
}}
"#,
        url()
    )
}

/// Their own metrics.
pub fn scrapes(site: &Site<'_>) -> Vec<Scrape> {
    if !matches!(site.spec.observability.logs.value, Logs::Loki(_)) {
        return Vec::new();
    }
    let loki = Scrape::new("loki", OBSERVABILITY, &[("app.kubernetes.io/name", "loki")], PORT);
    vec![loki, Scrape::new("alloy", AGENT, &[("app.kubernetes.io/name", "alloy")], AGENT_METRICS)]
}
