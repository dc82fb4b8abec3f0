//! When a custom object is healthy, for kinds whose status does not follow the common conventions.
//!
//! Flux counts an object without a readable status as ready at once. These expressions are what it asks instead, and
//! what the engine asks where it applies the layers itself.

use serde_json::{Value, json};

/// Where the status of a kind says that an object is healthy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// A condition of this type is true.
    Condition(&'static str),
    /// This field of the status is true.
    Flag(&'static str),
}

/// A kind and when it is healthy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expression {
    /// The kind's API version.
    pub api_version: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// What says so.
    pub sign: Sign,
}

/// Kinds by API version and kind. Source: each project's API reference, "status".
pub const EXPRESSIONS: &[Expression] = &[
    of("cert-manager.io/v1", "Certificate", Sign::Condition("Ready")),
    of("cert-manager.io/v1", "ClusterIssuer", Sign::Condition("Ready")),
    of("external-secrets.io/v1", "ClusterSecretStore", Sign::Condition("Ready")),
    of("external-secrets.io/v1", "ExternalSecret", Sign::Condition("Ready")),
    of("gateway.networking.k8s.io/v1", "Gateway", Sign::Condition("Programmed")),
    of("hyperspike.io/v1", "Valkey", Sign::Flag("ready")),
    of("postgresql.cnpg.io/v1", "Cluster", Sign::Condition("Ready")),
    of("postgresql.cnpg.io/v1", "Database", Sign::Flag("applied")),
    of("rabbitmq.com/v1beta1", "Permission", Sign::Condition("Ready")),
    of("rabbitmq.com/v1beta1", "RabbitmqCluster", Sign::Condition("AllReplicasReady")),
    of("rabbitmq.com/v1beta1", "User", Sign::Condition("Ready")),
    of("rabbitmq.com/v1beta1", "Vhost", Sign::Condition("Ready")),
];

const fn of(api_version: &'static str, kind: &'static str, sign: Sign) -> Expression {
    Expression { api_version, kind, sign }
}

impl Expression {
    /// The same in CEL over the object.
    pub fn cel(&self) -> String {
        match self.sign {
            Sign::Condition(kind) => {
                format!("has(status.conditions) && status.conditions.exists(c, c.type == '{kind}' && c.status == 'True')")
            }
            Sign::Flag(field) => format!("has(status.{field}) && status.{field}"),
        }
    }
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
    all.iter().map(|e| json!({ "apiVersion": e.api_version, "kind": e.kind, "current": e.cel() })).collect()
}
