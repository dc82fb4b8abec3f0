//! Tempo: traces, in one process, on a volume or in a bucket.
//!
//! One process is enough for what one cluster of this size traces; the distributed edition needs Kafka from 3 on.

use super::{
    Site, access, charts,
    prometheus::own_secret,
    scrapes::Scrape,
    write::{merged, release, resources, stateful},
};
use access::{OBSERVABILITY, OBSERVABILITY_STRICTNESS};
use pontoon_core::{
    address::{Address, Scope},
    content::{Capability, Component, Field, Party, Place, SecretSpec},
};
use pontoon_spec::sections::observability::{Tempo, Traces};
use serde_json::{Value, json};

/// The port on which spans come in (OTLP over gRPC).
pub const OTLP: u16 = 4317;
/// The port on which it is asked.
const HTTP: u16 = 3200;
/// GiB of its volume: traces, or what has not reached the bucket yet.
const VOLUME: u64 = 10;
/// The Secret with the bucket's key.
const BUCKET: &str = "tempo-bucket";

/// Where it is asked.
pub fn url() -> String {
    format!("http://tempo.{OBSERVABILITY}.svc.cluster.local:{HTTP}")
}

/// Where traces are kept.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    let Traces::Tempo(wanted) = &site.spec.observability.traces.value else { return Vec::new() };
    let pods = || Party::pods(OBSERVABILITY, "app.kubernetes.io/name", "tempo");
    let mut component = Component::new("tempo", "observability", "traces", site.spec.observability.traces.trace())
        .namespace(OBSERVABILITY, OBSERVABILITY_STRICTNESS)
        .release(release(site, &charts::TEMPO, OBSERVABILITY, values(site, wanted)))
        .provides(Capability::endpoint(OBSERVABILITY, "tempo", OTLP))
        .opening(Party::namespace(OBSERVABILITY), pods(), &[OTLP, HTTP])
        .workload(stateful("tempo", Place::Monitoring, 1, 100, 512, VOLUME));
    if let Some(bucket) = &wanted.bucket {
        let endpoint = site.spaces(bucket.as_str());
        let hosts = Party::Hosts([endpoint.clone(), format!("*.{endpoint}")].into());
        component = component.secret(key(site, bucket.as_str())).opening(pods(), hosts, &[443]);
    }
    vec![component]
}

fn key(site: &Site<'_>, bucket: &str) -> SecretSpec {
    let address = |kind: &str, name: &str| Address::new(Scope::environment(site.spec.environment.as_str()), kind, name);
    let of = |address: Address, output: &str| Field::Output { address, output: output.into() };
    let key = || address("digitalocean.spaces_key", &format!("{bucket}-tempo"));
    let fields = [
        ("TEMPO_BUCKET", of(address("spaces.bucket", bucket), "name")),
        ("TEMPO_ACCESS_KEY", of(key(), "access_key")),
        ("TEMPO_SECRET_KEY", of(key(), "secret_key")),
    ];
    own_secret(BUCKET, fields)
}

fn values(site: &Site<'_>, wanted: &Tempo) -> Value {
    let mut values = json!({
        "tempo": {
            "retention": format!("{}h", wanted.retention.in_hours()),
            "reportingEnabled": false,
            "resources": resources(100, 512),
        },
        "persistence": { "enabled": true, "size": format!("{VOLUME}Gi") },
    });
    if let Some(bucket) = &wanted.bucket {
        let s3 = json!({
            "bucket": "${TEMPO_BUCKET}",
            "endpoint": site.spaces(bucket.as_str()),
            "access_key": "${TEMPO_ACCESS_KEY}",
            "secret_key": "${TEMPO_SECRET_KEY}",
            "prefix": "traces",
        });
        let more = json!({ "tempo": {
            "storage": { "trace": { "backend": "s3", "s3": s3 } },
            "extraArgs": { "config.expand-env": "true" },
            "extraEnvFrom": [{ "secretRef": { "name": BUCKET } }],
        }});
        values = merged(values, more);
    }
    merged(values, Value::Object(site.placement(Place::Monitoring)))
}

/// Its own metrics.
pub fn scrape(site: &Site<'_>) -> Option<Scrape> {
    let labels = [("app.kubernetes.io/name", "tempo")];
    matches!(site.spec.observability.traces.value, Traces::Tempo(_)).then(|| Scrape::new("tempo", OBSERVABILITY, &labels, HTTP))
}
