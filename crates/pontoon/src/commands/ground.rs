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
use pontoon_engine::{Provider, Refusal, ports::Boxed};
use pontoon_providers::{DigitalOcean, Kubernetes, Login};
use std::{rc::Rc, time::Duration};

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
    /// The cluster's id.
    pub cluster: String,
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
    let call = asking(&cluster.id, seconds);
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
    Ok(Some(Credential { cluster: cluster.id.clone(), server, authority, token: Secret::new(text("token")) }))
}

fn asking(cluster: &str, seconds: u32) -> Call {
    let path = format!("/v2/kubernetes/clusters/{cluster}/credentials");
    Call::new("digitalocean", "GET", path, "kubernetes:access_cluster")
        .query("expiry_seconds", i64::from(seconds))
        .class(412, Class::Conflict)
}

/// Draws tokens for a run that lasts longer than one of them.
struct Vendor {
    digitalocean: Rc<DigitalOcean>,
    cluster: String,
}

impl Login for Vendor {
    fn token(&self) -> Boxed<'_, Result<Secret, Refusal>> {
        Box::pin(async {
            let call = asking(&self.cluster, CREDENTIAL);
            let reply = self.digitalocean.send(&call, Duration::from_secs(60)).await?;
            let token = reply.body.at("token").and_then(|v| v.as_text().map(str::to_owned)).unwrap_or_default();
            Ok(Secret::new(token))
        })
    }
}

/// Opens the way into an environment's cluster with a credential of this run. `None` where there is no cluster.
pub async fn ground(composition: &Composition, session: &Session<'_>, environment: &str) -> Outcome<Option<Ground>> {
    let records = records(composition, environment)?;
    let Some(way) = credential(session, &records, environment, CREDENTIAL).await? else { return Ok(None) };
    let wire = composition.kubernetes(&way.authority)?;
    let login = Vendor { digitalocean: session.vendors.digitalocean.clone(), cluster: way.cluster };
    Ok(Some(Ground { cluster: Kubernetes::new(wire, &way.server, way.token).renewed_by(login), records }))
}
