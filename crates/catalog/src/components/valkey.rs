//! Valkey in the cluster, by the chart of the Valkey project: one primary, and replicas behind it where they are asked for.

use super::{
    Site, access, charts,
    site::PRIVATE_ISSUER,
    write::{merged, object, release, resources, secret, stateful},
};
use access::CACHES;
use pontoon_core::content::{Capability, Component, Object, Party, Place, Strictness};
use pontoon_spec::sections::databases::{Cache, CacheUse, Valkey};
use serde_json::{Value, json};

const PORT: u16 = 6379;
/// Thousandths of a core and MiB of each instance; what it may hold is three quarters of that.
const INSTANCE: (u32, u32) = (100, 512);

/// One component for each cache of this kind.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    let caches = site.spec.caches.iter();
    caches
        .filter_map(|(name, cache)| match &cache.value {
            Cache::Valkey(valkey) => Some(one(site, name.as_str(), valkey, cache.trace())),
            Cache::Digitalocean(_) | Cache::ValkeyOperator(_) => None,
        })
        .collect()
}

/// The certificate of a cache, signed by the platform's own authority.
pub fn certificate(name: &str) -> Object {
    let host = format!("{name}.{CACHES}.svc");
    let spec = json!({
        "secretName": format!("{name}-tls"),
        "dnsNames": [name, format!("{name}.{CACHES}"), host, format!("{host}.cluster.local"), "localhost"],
        "issuerRef": { "name": PRIVATE_ISSUER, "kind": "ClusterIssuer", "group": "cert-manager.io" },
    });
    object("cert-manager.io/v1", "Certificate", CACHES, &format!("{name}-tls"), json!({ "spec": spec }))
}

fn one(site: &Site<'_>, name: &str, valkey: &Valkey, origin: pontoon_core::platform::Origin) -> Component {
    let replicas = valkey.replicas.get();
    let size = valkey.storage.size.in_gibibytes();
    let mut installed = release(site, &charts::VALKEY, CACHES, values(site, name, valkey));
    installed.name = name.into();
    let pods = || Party::pods(CACHES, "app.kubernetes.io/instance", name);
    let mut c = Component::new(&format!("cache-{name}"), "cache", &format!("Valkey {name}"), origin)
        .namespace(CACHES, Strictness::Restricted)
        .provides(Capability::endpoint(CACHES, name, PORT))
        .secret(secret(CACHES, name, CACHES, [("default", access::cache_password(name))]))
        .workload(stateful(&format!("cache-{name}"), Place::Data, replicas + 1, INSTANCE.0, INSTANCE.1, size));
    c.needs.extend(site.class_need(&valkey.storage));
    if *valkey.tls {
        c = c
            .needs(Capability::Issuer(PRIVATE_ISSUER.into()))
            .needs(Capability::Webhook("cert-manager".into()))
            .object(certificate(name));
    }
    if replicas > 0 {
        c = c.opening(pods(), pods(), &[PORT]);
    }
    c.release(installed)
}

fn values(site: &Site<'_>, name: &str, valkey: &Valkey) -> Value {
    let memory = INSTANCE.1 * 3 / 4;
    let config = match *valkey.r#use {
        CacheUse::Cache => format!("maxmemory {memory}mb\nmaxmemory-policy allkeys-lru\nsave \"\"\n"),
        CacheUse::Sessions => format!("maxmemory {memory}mb\nmaxmemory-policy noeviction\nappendonly yes\n"),
    };
    let (size, class) = (format!("{}Gi", valkey.storage.size.in_gibibytes()), site.class(&valkey.storage));
    let mut values = json!({
        "fullnameOverride": name,
        "auth": {
            "enabled": true,
            "usersExistingSecret": name,
            "aclUsers": { "default": { "permissions": "~* &* +@all" } },
        },
        "valkeyConfig": config,
        "resources": resources(INSTANCE.0, INSTANCE.1),
        "readinessProbe": { "enabled": true },
    });
    values = match valkey.replicas.get() {
        0 => merged(values, json!({ "dataStorage": { "enabled": true, "requestedSize": size, "className": class } })),
        replicas => merged(
            values,
            json!({
                "replica": { "enabled": true, "replicas": replicas, "persistence": { "size": size, "storageClass": class } },
                "podDisruptionBudget": { "enabled": true, "maxUnavailable": 1 },
                "topologySpreadConstraints": super::write::spread(json!({ "app.kubernetes.io/instance": name })),
            }),
        ),
    };
    if let Some(version) = &valkey.version {
        values = merged(values, json!({ "image": { "tag": version.to_string() } }));
    }
    if *valkey.tls {
        let tls = json!({
            "enabled": true,
            "existingSecret": format!("{name}-tls"),
            "serverPublicKey": "tls.crt",
            "serverKey": "tls.key",
            "caPublicKey": "ca.crt",
        });
        values = merged(values, json!({ "tls": tls }));
    }
    merged(values, Value::Object(site.placement(Place::Data)))
}
