//! The lists of a cluster that more than one question is answered from, fetched once.

use crate::apply::Failed;
use pontoon_core::call::Class;
use pontoon_providers::Kubernetes;
use serde_json::Value;

/// Everything in a cluster that leads from outside to pods, and what proves and saves it.
#[derive(Debug, Default)]
pub struct Seen {
    /// Routes of the Gateway API.
    pub routes: Vec<Value>,
    /// Ingresses.
    pub ingresses: Vec<Value>,
    /// Gateways.
    pub gateways: Vec<Value>,
    /// cert-manager's certificates.
    pub certificates: Vec<Value>,
    /// What cert-manager has to prove to an authority, while it proves it.
    pub challenges: Vec<Value>,
    /// Where Services' pods are.
    pub slices: Vec<Value>,
    /// CloudNativePG's backups.
    pub backups: Vec<Value>,
    /// When CloudNativePG backs up.
    pub scheduled: Vec<Value>,
    /// Velero's backups.
    pub saved: Vec<Value>,
    /// When Velero backs up.
    pub schedules: Vec<Value>,
}

impl Seen {
    /// Fetches all of it. A kind that the cluster does not have is an empty list.
    ///
    /// # Errors
    /// Where the server refuses this run, or does not answer.
    pub async fn fetch(cluster: &Kubernetes) -> Result<Seen, Failed> {
        let list = async |version: &str, kind: &str| {
            cluster.list(version, kind, "", "").await.or_else(|r| match r.class {
                // Who may not list a kind is shown without it.
                Class::NotFound => Ok(Vec::new()),
                _ => Err(Failed::Server(r.message)),
            })
        };
        Ok(Seen {
            routes: list("gateway.networking.k8s.io/v1", "HTTPRoute").await?,
            ingresses: list("networking.k8s.io/v1", "Ingress").await?,
            gateways: list("gateway.networking.k8s.io/v1", "Gateway").await?,
            certificates: list("cert-manager.io/v1", "Certificate").await?,
            challenges: list("acme.cert-manager.io/v1", "Challenge").await?,
            slices: list("discovery.k8s.io/v1", "EndpointSlice").await?,
            backups: list("postgresql.cnpg.io/v1", "Backup").await?,
            scheduled: list("postgresql.cnpg.io/v1", "ScheduledBackup").await?,
            saved: list("velero.io/v1", "Backup").await?,
            schedules: list("velero.io/v1", "Schedule").await?,
        })
    }
}

/// A text in an object; empty where there is none.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or("").to_owned()
}

/// The items of a list in an object; none where there is no list.
pub(super) fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
