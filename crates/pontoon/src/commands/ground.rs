//! What a command stands on in an environment: its records, and the way into its cluster.

use super::run::Session;
use crate::{
    compose::{Composition, trouble_of_store},
    exit::{Outcome, Trouble},
};
use pontoon_core::{
    address::{Address, Scope},
    call::{Call, Class},
    record::Record,
    secret::Secret,
};
use pontoon_engine::Provider;
use pontoon_providers::Kubernetes;
use std::time::Duration;

/// How long a credential of a run lives, in seconds: a run's length, and no more.
const CREDENTIAL: u32 = 7200;

/// Everything that a delivery into one environment stands on.
pub struct Ground {
    /// The cluster.
    pub cluster: Kubernetes,
    /// The environment's record, and the shared one.
    pub records: Vec<Record>,
}

/// A short-lived credential of a cluster.
pub struct Credential {
    /// The address of the API server.
    pub server: String,
    /// The authority that signed its certificate: PEM, in base64.
    pub authority: String,
    /// The token.
    pub token: Secret,
}

/// An environment's record and the shared one, as far as there are any.
pub fn records(composition: &Composition, environment: &str) -> Outcome<Vec<Record>> {
    let mut records = Vec::new();
    for scope in [Scope::environment(environment), Scope::shared()] {
        records.extend(composition.store.load(&scope).map_err(|e| trouble_of_store(&e))?);
    }
    Ok(records)
}

/// A credential of an environment's cluster, for so many seconds. `None` where there is no cluster, or one that is still
/// being made. Source: DigitalOcean's API reference, "Retrieve Credentials for a Kubernetes Cluster".
pub async fn credential(
    session: &Session<'_>,
    records: &[Record],
    environment: &str,
    seconds: u32,
) -> Outcome<Option<Credential>> {
    let address = Address::new(Scope::environment(environment), "digitalocean.cluster", "main");
    let Some(cluster) = records.iter().find_map(|r| r.resources.get(&address)) else { return Ok(None) };
    let path = format!("/v2/kubernetes/clusters/{}/credentials", cluster.id);
    let call = Call::new("digitalocean", "GET", path, "kubernetes:access_cluster")
        .query("expiry_seconds", i64::from(seconds))
        .class(412, Class::Conflict);
    let reply = match session.vendors.digitalocean.send(&call, Duration::from_secs(60)).await {
        Ok(reply) => reply,
        // It is still being made.
        Err(r) if r.class == Class::Conflict => return Ok(None),
        Err(r) => {
            return Err(Trouble::new(
                format!("no credential for the cluster of {environment}: {}", r.message),
                "the token needs the scope kubernetes:access_cluster; all that are needed: pontoon doctor --scopes",
            ));
        }
    };
    let text = |path: &str| reply.body.at(path).and_then(|v| v.as_text().map(str::to_owned)).unwrap_or_default();
    let (server, authority) = (text("server"), text("certificate_authority_data"));
    Ok(Some(Credential { server, authority, token: Secret::new(text("token")) }))
}

/// Opens the way into an environment's cluster with a credential of this run. `None` where there is no cluster.
pub async fn ground(composition: &Composition, session: &Session<'_>, environment: &str) -> Outcome<Option<Ground>> {
    let records = records(composition, environment)?;
    let Some(way) = credential(session, &records, environment, CREDENTIAL).await? else { return Ok(None) };
    let wire = composition.kubernetes(&way.authority)?;
    Ok(Some(Ground { cluster: Kubernetes::new(wire, &way.server, way.token), records }))
}
