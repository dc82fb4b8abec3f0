//! When a custom object is healthy, for kinds whose status does not follow the common conventions.
//!
//! Flux counts an object without a readable status as ready at once. These expressions are what it asks instead, and
//! what the engine asks where it applies the layers itself.

use serde_json::{Value, json};

/// A kind and when it is healthy or has failed, in CEL over the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expression {
    /// The kind's API version.
    pub api_version: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// True once it is healthy.
    pub current: &'static str,
    /// True where it will not become healthy by itself; empty where nothing says so.
    pub failed: &'static str,
}

const READY: &str = "has(status.conditions) && status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')";

/// Kinds by API version and kind. Source: each project's API reference, "status".
pub const EXPRESSIONS: &[Expression] = &[
    of("cert-manager.io/v1", "Certificate", READY),
    of("cert-manager.io/v1", "ClusterIssuer", READY),
    of("external-secrets.io/v1", "ClusterSecretStore", READY),
    of("external-secrets.io/v1", "ExternalSecret", READY),
    of(
        "gateway.networking.k8s.io/v1",
        "Gateway",
        "has(status.conditions) && status.conditions.exists(c, c.type == 'Programmed' && c.status == 'True')",
    ),
    of("hyperspike.io/v1", "Valkey", "has(status.ready) && status.ready"),
    of("postgresql.cnpg.io/v1", "Cluster", READY),
    of("postgresql.cnpg.io/v1", "Database", "has(status.applied) && status.applied"),
    of("rabbitmq.com/v1beta1", "Permission", READY),
    of(
        "rabbitmq.com/v1beta1",
        "RabbitmqCluster",
        "has(status.conditions) && status.conditions.exists(c, c.type == 'AllReplicasReady' && c.status == 'True')",
    ),
    of("rabbitmq.com/v1beta1", "User", READY),
    of("rabbitmq.com/v1beta1", "Vhost", READY),
];

const fn of(api_version: &'static str, kind: &'static str, current: &'static str) -> Expression {
    Expression { api_version, kind, current, failed: "" }
}

/// The expression of an object's kind.
pub fn expression(object: &Value) -> Option<&'static Expression> {
    EXPRESSIONS.iter().find(|e| object["apiVersion"] == e.api_version && object["kind"] == e.kind)
}

/// `healthCheckExprs` for these objects, each kind once.
pub fn checks(objects: &[Value]) -> Vec<Value> {
    let mut all: Vec<&Expression> = objects.iter().filter_map(expression).collect();
    all.sort_by_key(|e| (e.api_version, e.kind));
    all.dedup();
    all.iter().map(|e| json!({ "apiVersion": e.api_version, "kind": e.kind, "current": e.current })).collect()
}
