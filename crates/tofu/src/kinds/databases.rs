//! Managed databases and caches.

use super::{How, Kind, Part};
use crate::{
    hcl::{Body, Expr},
    scene::Fields,
};
use pontoon_core::value::Value;

/// `digitalocean_database_cluster`, with its window and eviction policy.
///
/// The provider makes a database cluster that is open to the world until its firewall follows; the engine sends the trusted
/// sources along. So the block waits for the Kubernetes cluster: the firewall can follow at once, and the gap is seconds.
/// Source: the provider's `resource_database_cluster.go`.
pub const CLUSTER: Kind = Kind {
    kind: "digitalocean.database",
    outputs: &[("name", "name"), ("engine", "engine"), ("host", "host"), ("private_host", "private_host"), ("port", "port")],
    how: How::Block { resource: "digitalocean_database_cluster", part: Part::Databases, write: cluster },
};

/// `digitalocean_database_firewall`.
pub const FIREWALL: Kind = Kind {
    kind: "digitalocean.database_firewall",
    outputs: &[],
    how: How::Block {
        resource: "digitalocean_database_firewall",
        part: Part::Databases,
        write: |f| {
            let rules = f.value("rules").and_then(Value::as_list).unwrap_or_default();
            let body = Body::new().set("cluster_id", f.parent());
            Some(rules.iter().fold(body, |body, rule| {
                let part = |key: &str| f.scene.expr(f.resource, rule.at(key).unwrap_or(&Value::Null));
                body.block("rule", &[], Body::new().set("type", part("type")).set("value", part("value")))
            }))
        },
    },
};

/// `digitalocean_database_db`.
pub const DATABASE: Kind = Kind {
    kind: "digitalocean.database_db",
    outputs: &[("name", "name")],
    how: How::Block {
        resource: "digitalocean_database_db",
        part: Part::Databases,
        write: |f| {
            let body = Body::new().set("cluster_id", f.parent()).set("name", f.must("name"));
            Some(body.block("lifecycle", &[], Body::new().set("prevent_destroy", true)))
        },
    },
};

/// `digitalocean_database_user`.
pub const USER: Kind = Kind {
    kind: "digitalocean.database_user",
    outputs: &[("name", "name"), ("role", "role")],
    how: How::Block {
        resource: "digitalocean_database_user",
        part: Part::Databases,
        write: |f| Some(Body::new().set("cluster_id", f.parent()).set("name", f.must("name"))),
    },
};

/// `digitalocean_database_connection_pool`.
pub const POOL: Kind = Kind {
    kind: "digitalocean.database_pool",
    outputs: &[("name", "name"), ("host", "private_host"), ("port", "port")],
    how: How::Block {
        resource: "digitalocean_database_connection_pool",
        part: Part::Databases,
        write: |f| {
            let body = Body::new().set("cluster_id", f.parent()).set("name", f.must("name"));
            let body = body.set("mode", f.must("mode")).set("size", f.must("size"));
            let db = f.through("db", "digitalocean.database_db", "name", "name");
            let user = f.through("user", "digitalocean.database_user", "name", "name");
            Some(body.maybe("db_name", db).maybe("user", user))
        },
    },
};

/// `digitalocean_database_valkey_config`. PostgreSQL's settings have a resource of their own, which nothing needs yet.
pub const CONFIG: Kind = Kind {
    kind: "digitalocean.database_config",
    outputs: &[],
    how: How::Block {
        resource: "digitalocean_database_valkey_config",
        part: Part::Databases,
        write: |f| {
            let mut body = Body::new().set("cluster_id", f.parent());
            for (setting, value) in f.value("config").and_then(Value::as_map).into_iter().flatten() {
                match VALKEY.iter().find(|(api, _)| api == setting) {
                    Some((_, attribute)) => body = body.set(attribute, f.scene.expr(f.resource, value)),
                    None => f.scene.leave_out(f.resource, format!("the engine's setting `{setting}`, which the provider lacks")),
                }
            }
            Some(body)
        },
    },
};

/// The API's settings of Valkey, and the provider's names for them. Source: the provider's
/// `resource_database_valkey_config.go`.
const VALKEY: &[(&str, &str)] = &[
    ("valkey_persistence", "persistence"),
    ("valkey_maxmemory_policy", "valkey_maxmemory_policy"),
    ("valkey_timeout", "timeout"),
    ("valkey_ssl", "ssl"),
    ("valkey_notify_keyspace_events", "notify_keyspace_events"),
    ("valkey_io_threads", "io_threads"),
];

fn cluster(f: &Fields<'_, '_>) -> Option<Body> {
    let scene = f.scene;
    let address = &f.resource.address;
    let policy = scene.inside(address, "digitalocean.database_eviction_policy", |p| p.must("eviction_policy")).pop();
    let mut body = Body::new()
        .set("name", f.must("name"))
        .set("engine", f.must("engine"))
        .maybe("version", f.get("version"))
        .set("region", f.must("region"))
        .set("size", f.must("size"))
        .set("node_count", f.must("num_nodes"))
        .maybe("private_network_uuid", f.get("private_network_uuid"))
        .maybe("eviction_policy", policy)
        .maybe("tags", f.get("tags"));
    let window = |w: &Fields<'_, '_>| Body::new().set("day", w.must("day")).set("hour", w.must("hour"));
    for window in scene.inside(address, "digitalocean.database_maintenance", window) {
        body = body.block("maintenance_window", &[], window);
    }
    let mut waits = Vec::new();
    if f.value("rules").is_some() {
        scene.leave_out(
            f.resource,
            "trusted sources at its creation: the provider sets them right after it, until then it is open",
        );
        let firewalls = scene.children(address, "digitalocean.database_firewall");
        let sources = firewalls.iter().flat_map(|r| r.attributes.values().flat_map(Value::references));
        waits = sources.filter_map(|r| scene.block(&r.address)).map(Expr::path).collect();
        waits.dedup();
    }
    if !waits.is_empty() {
        body = body
            .comment("Open to whoever has a password until its firewall follows: so what the firewall lets in comes first.")
            .set("depends_on", Expr::List(waits));
    }
    Some(body.block("lifecycle", &[], Body::new().set("prevent_destroy", true)))
}
