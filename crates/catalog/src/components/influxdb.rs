//! InfluxDB: a store of metrics for years, filled by Prometheus through Telegraf.
//!
//! InfluxDB 2 does not understand Prometheus's remote write; Telegraf does, and stands between.

use super::{
    Site, access, charts,
    prometheus::own_secret,
    write::{merged, object, release, resources, stateful, workload},
};
use access::{OBSERVABILITY, OBSERVABILITY_STRICTNESS};
use pontoon_core::content::{Capability, Component, Field, Party, Place};
use pontoon_spec::sections::observability::{LongTerm, Metrics};
use serde_json::{Value, json};

/// The Secret of the administrator.
const ADMIN: &str = "influxdb-admin";
/// The keys of it under which the chart looks for password and token.
const PASSWORD_KEY: &str = "admin-password";
const TOKEN_KEY: &str = "admin-token";
const SERVICE: &str = "influxdb2";
const PORT: u16 = 8086;
/// The Service through which metrics come in: the chart of Telegraf makes none for this kind of input.
const RECEIVER: &str = "telegraf-receive";
const RECEIVE: u16 = 1234;
/// GiB of the volume.
const VOLUME: u64 = 50;
const ORGANIZATION: &str = "platform";
const BUCKET: &str = "metrics";

/// Where Prometheus writes to.
pub fn remote_write() -> String {
    format!("http://{RECEIVER}.{OBSERVABILITY}.svc.cluster.local:{RECEIVE}/receive")
}

/// Where metrics have a long-term store.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    match &site.spec.observability.metrics.value {
        Metrics::Prometheus(p) if *p.long_term == LongTerm::Influxdb => vec![store(site), telegraf(site)],
        _ => Vec::new(),
    }
}

fn made(name: &str) -> Field {
    Field::Made { name: name.into(), length: access::PASSWORD }
}

fn store(site: &Site<'_>) -> Component {
    let values = json!({
        // Source: values.yaml of the chart, `adminUser.existingSecret`, with the keys `admin-password` and `admin-token`.
        "adminUser": {
            "organization": ORGANIZATION, "bucket": BUCKET, "user": "admin", "retention_policy": "0s", "existingSecret": ADMIN,
        },
        "resources": resources(100, 768),
        "persistence": { "enabled": true, "size": format!("{VOLUME}Gi") },
        // A budget of one for one pod would keep its node from ever being drained.
        "pdb": { "create": false },
    });
    let values = merged(values, Value::Object(site.placement(Place::Monitoring)));
    let pods = Party::pods(OBSERVABILITY, "app.kubernetes.io/name", SERVICE);
    Component::new("influxdb", "observability", "metrics for years", site.spec.observability.metrics.trace())
        .namespace(OBSERVABILITY, OBSERVABILITY_STRICTNESS)
        .release(release(site, &charts::INFLUXDB2, OBSERVABILITY, values))
        .secret(own_secret(ADMIN, [(PASSWORD_KEY, made("INFLUXDB_PASSWORD")), (TOKEN_KEY, made("INFLUXDB_TOKEN"))]))
        .provides(Capability::endpoint(OBSERVABILITY, SERVICE, 80))
        .opening(Party::namespace(OBSERVABILITY), pods, &[PORT])
        .workload(stateful("influxdb2", Place::Monitoring, 1, 100, 768, VOLUME))
}

fn telegraf(site: &Site<'_>) -> Component {
    let output = json!({ "influxdb_v2": {
        "urls": [format!("http://{SERVICE}.{OBSERVABILITY}.svc.cluster.local")],
        "token": "$INFLUXDB_TOKEN",
        "organization": ORGANIZATION,
        "bucket": BUCKET,
    }});
    let input = json!({ "http_listener_v2": {
        "service_address": format!(":{RECEIVE}"),
        "paths": ["/receive"],
        "data_format": "prometheusremotewrite",
    }});
    let values = json!({
        "replicaCount": 1,
        "resources": resources(50, 192),
        "service": { "enabled": false },
        "pdb": { "create": false },
        "env": [
            { "name": "HOSTNAME", "value": "telegraf" },
            { "name": "INFLUXDB_TOKEN", "valueFrom": { "secretKeyRef": { "name": ADMIN, "key": TOKEN_KEY } } },
        ],
        "config": { "processors": [], "outputs": [output], "inputs": [input] },
    });
    let values = merged(values, Value::Object(site.placement(Place::Monitoring)));
    let service = json!({ "spec": {
        "selector": { "app.kubernetes.io/name": "telegraf", "app.kubernetes.io/instance": "telegraf" },
        "ports": [{ "name": "receive", "port": RECEIVE, "targetPort": RECEIVE }],
    }});
    let pods = || Party::pods(OBSERVABILITY, "app.kubernetes.io/name", "telegraf");
    Component::new("telegraf", "observability", "metrics on their way to InfluxDB", site.spec.observability.metrics.trace())
        .namespace(OBSERVABILITY, OBSERVABILITY_STRICTNESS)
        .needs(Capability::endpoint(OBSERVABILITY, SERVICE, 80))
        .release(release(site, &charts::TELEGRAF, OBSERVABILITY, values))
        .object(object("v1", "Service", OBSERVABILITY, RECEIVER, service))
        .provides(Capability::endpoint(OBSERVABILITY, RECEIVER, RECEIVE))
        .opening(access::prometheus(), pods(), &[RECEIVE])
        .workload(workload("telegraf", Place::Monitoring, 1, 50, 192))
}
