//! Metrics of what is managed outside of the cluster: an exporter for each database and cache, and the vendor's own endpoint.

use super::{
    Site, access, charts,
    prometheus::{self, own_secret},
    scrapes::Scrape,
    write::{merged, object, release, resources, workload},
};
use access::{MANAGED_PORT, MANAGED_VALKEY_PORT, OBSERVABILITY, OBSERVABILITY_STRICTNESS, private_range};
use pontoon_core::{
    address::{Address, Scope},
    content::{Capability, Component, Field, Party, Place, Release},
    platform::Origin,
};
use pontoon_spec::sections::databases::{Cache, Database};
use serde_json::{Value, json};

/// The Secret with the hosts and credentials of the vendor's endpoint.
pub const ENDPOINTS: &str = "managed-databases";
/// Where Prometheus finds the list of them.
pub const FOLDER: &str = "/etc/prometheus/managed-databases";
/// The vendor's endpoint. Source: DigitalOcean's documentation, "Monitor databases with Prometheus".
const VENDOR_METRICS: u16 = 9273;
const POSTGRES: u16 = 9187;
const VALKEY: u16 = 9121;
/// The user of the image of the exporter of Valkey.
const USER: u32 = 59000;

/// A database or cache that the vendor manages.
struct Managed<'a> {
    name: &'a str,
    is_valkey: bool,
    origin: Origin,
}

fn managed<'a>(site: &Site<'a>) -> Vec<Managed<'a>> {
    let databases = site.spec.databases.iter().filter(|(_, d)| matches!(d.value, Database::Digitalocean(_)));
    let caches = site.spec.caches.iter().filter(|(_, c)| matches!(c.value, Cache::Digitalocean(_)));
    let databases = databases.map(|(n, d)| Managed { name: n.as_str(), is_valkey: false, origin: d.trace() });
    databases.chain(caches.map(|(n, c)| Managed { name: n.as_str(), is_valkey: true, origin: c.trace() })).collect()
}

/// Whether Prometheus has a list of endpoints to read.
pub fn has_endpoints(site: &Site<'_>) -> bool {
    site.has_metrics() && !managed(site).is_empty()
}

/// Where metrics are collected and something is managed outside.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    if !has_endpoints(site) {
        return Vec::new();
    }
    let all = managed(site);
    let mut components: Vec<Component> = all.iter().map(|m| exporter(site, m)).collect();
    components.push(endpoints(site, &all));
    components
}

fn output(site: &Site<'_>, name: &str, output: &str) -> Field {
    let address = Address::new(Scope::environment(site.spec.environment.as_str()), "digitalocean.database", name);
    Field::Output { address, output: output.into() }
}

fn text(text: &str) -> Field {
    Field::Text(text.into())
}

fn exporter(site: &Site<'_>, managed: &Managed<'_>) -> Component {
    let name = format!("exporter-{}", managed.name);
    let of = |what: &str| output(site, managed.name, what);
    let (title, installed, fields) = if managed.is_valkey {
        let address = Field::Join(vec![text("rediss://"), of("private_host"), text(&format!(":{MANAGED_VALKEY_PORT}"))]);
        ("Valkey", valkey(site, &name), vec![("address", address), ("password", of("password"))])
    } else {
        ("PostgreSQL", postgres(site, &name), vec![("uri", of("admin_uri"))])
    };
    let mut secret = own_secret(&name, []);
    secret.fields = fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
    let port = if managed.is_valkey { MANAGED_VALKEY_PORT } else { MANAGED_PORT };
    let pods = Party::pods(OBSERVABILITY, "app.kubernetes.io/instance", &name);
    Component::new(&name, "observability", &format!("metrics of {title} {}", managed.name), managed.origin.clone())
        .namespace(OBSERVABILITY, OBSERVABILITY_STRICTNESS)
        .release(Release { name: name.clone(), ..installed })
        .secret(secret)
        .opening(pods, private_range(site), &[port])
        .workload(workload(&name, Place::Monitoring, 1, 10, 48))
        .fact("It signs in as the administrator: the vendor's API makes no user that may only look.")
}

fn postgres(site: &Site<'_>, name: &str) -> Release {
    let values = json!({
        "config": { "datasourceSecret": { "name": name, "key": "uri" } },
        "resources": resources(10, 48),
    });
    release(site, &charts::POSTGRES_EXPORTER, OBSERVABILITY, merged(values, Value::Object(site.placement(Place::Monitoring))))
}

fn valkey(site: &Site<'_>, name: &str) -> Release {
    let values = json!({
        "redisAddressConfig": { "enabled": true, "isSecret": true, "source": { "name": name, "key": "address" } },
        "auth": { "enabled": true, "secret": { "name": name, "key": "password" } },
        // The vendor signs with an authority of the account's own; the address is one of the private network.
        "redisTlsConfig": { "enabled": true, "skipTlsVerification": true },
        "podSecurityContext": { "runAsNonRoot": true, "runAsUser": USER, "seccompProfile": { "type": "RuntimeDefault" } },
        "resources": resources(10, 48),
    });
    release(site, &charts::REDIS_EXPORTER, OBSERVABILITY, merged(values, Value::Object(site.placement(Place::Monitoring))))
}

/// The vendor's own metrics of each: CPU, memory, disk. Hosts are known once the databases are, so they stand in a Secret that
/// Prometheus reads as a list of targets.
fn endpoints(site: &Site<'_>, all: &[Managed<'_>]) -> Component {
    let mut targets = vec![text("[")];
    for (index, m) in all.iter().enumerate() {
        let before = if index == 0 { "{\"targets\":[\"" } else { ",{\"targets\":[\"" };
        let after = format!(":{VENDOR_METRICS}\"],\"labels\":{{\"database\":\"{}\"}}}}", m.name);
        targets.extend([text(before), output(site, m.name, "private_host"), text(&after)]);
    }
    targets.push(text("]"));
    let first = all.first().map_or("", |m| m.name);
    let fields = [
        ("targets.json", Field::Join(targets)),
        ("username", output(site, first, "metrics_username")),
        ("password", output(site, first, "metrics_password")),
    ];
    let key = |key: &str| json!({ "name": ENDPOINTS, "key": key });
    let spec = json!({
        "jobName": "managed-databases",
        "scheme": "HTTPS",
        "metricsPath": "/metrics",
        "fileSDConfigs": [{ "files": [format!("{FOLDER}/targets.json")] }],
        "basicAuth": { "username": key("username"), "password": key("password") },
        "tlsConfig": { "insecureSkipVerify": true },
    });
    Component::new(
        "managed-database-metrics",
        "observability",
        "metrics of managed databases",
        all.first().map(|m| m.origin.clone()).unwrap_or_default(),
    )
    .needs(Capability::Namespace(OBSERVABILITY.into()))
    .needs(Capability::Webhook(prometheus::WEBHOOK.into()))
    .secret(own_secret(ENDPOINTS, fields))
    .object(object("monitoring.coreos.com/v1alpha1", "ScrapeConfig", OBSERVABILITY, ENDPOINTS, json!({ "spec": spec })))
    .opening(access::prometheus(), private_range(site), &[VENDOR_METRICS])
    .fact("The credentials of these metrics are the whole account's. Source: API reference, \"Databases\", metrics credentials.")
}

/// What Prometheus mounts for them; nothing is there until the databases are.
pub fn mounts() -> Value {
    json!({
        "volumes": [{ "name": ENDPOINTS, "secret": { "secretName": ENDPOINTS, "optional": true, "items": [{ "key": "targets.json", "path": "targets.json" }] } }],
        "volumeMounts": [{ "name": ENDPOINTS, "mountPath": FOLDER, "readOnly": true }],
    })
}

/// The metrics of each exporter.
pub fn scrapes(site: &Site<'_>) -> Vec<Scrape> {
    let one = |m: &Managed<'_>| {
        let name = format!("exporter-{}", m.name);
        let port = if m.is_valkey { VALKEY } else { POSTGRES };
        Scrape::new(&name, OBSERVABILITY, &[("app.kubernetes.io/instance", &name)], port)
    };
    managed(site).iter().map(one).collect()
}
