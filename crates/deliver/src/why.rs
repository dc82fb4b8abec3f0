//! The chain from a host to what answers it, link by link, each proven or broken.
//!
//! Every link is looked at where it is: names at the zone, addresses at the Service, routes, endpoints, pods, Secrets and
//! policies in the cluster. Nothing is inferred from another link, so the first broken one is where to look.

use crate::{
    diagnose::cause,
    health::{Health, judge},
};
use pontoon_core::content::{Component, Piece};
use pontoon_engine::Refusal;
use pontoon_providers::{Kubernetes, ObjectRef};
use serde_json::Value;

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it is: `DNS record`, `route`, `pods`.
    pub title: String,
    /// Which one.
    pub which: String,
    /// Why it is broken; none where it holds.
    pub broken: Option<String>,
}

impl Link {
    fn of(title: &str, which: impl Into<String>, broken: Option<String>) -> Link {
        Link { title: title.into(), which: which.into(), broken }
    }
}

/// The links of an app inside of its cluster. `parts` are its components: its access and itself.
///
/// # Errors
/// Where the server does not answer.
pub async fn links(cluster: &Kubernetes, namespace: &str, parts: &[&Component]) -> Result<Vec<Link>, Refusal> {
    let mut links = Vec::new();
    let home = ObjectRef::new("v1", "Namespace", "", namespace);
    let there = cluster.get(&home).await?;
    links.push(Link::of("namespace", namespace, there.is_none().then(|| "is not there".into())));
    if there.is_none() {
        return Ok(links);
    }
    for route in cluster.list("gateway.networking.k8s.io/v1", "HTTPRoute", namespace, "").await? {
        let parents = route["status"]["parents"].as_array().into_iter().flatten();
        let refused = parents.flat_map(|p| p["conditions"].as_array().into_iter().flatten()).find(|c| c["status"] != "True");
        let none = route["status"]["parents"].as_array().is_none_or(Vec::is_empty);
        let broken = refused.map(|c| words(&c["message"])).or_else(|| none.then(|| "no Gateway has taken it".into()));
        links.push(Link::of("route", format!("HTTPRoute {}", host(&route["spec"]["hostnames"][0])), broken));
    }
    for ingress in cluster.list("networking.k8s.io/v1", "Ingress", namespace, "").await? {
        let addressed = ingress["status"]["loadBalancer"]["ingress"].as_array().is_some_and(|a| !a.is_empty());
        let broken = (!addressed).then(|| "its controller has given it no address".into());
        links.push(Link::of("route", format!("Ingress {}", host(&ingress["spec"]["rules"][0]["host"])), broken));
    }
    for certificate in cluster.list("cert-manager.io/v1", "Certificate", namespace, "").await? {
        let broken = deep(cluster, &certificate).await?;
        links.push(Link::of("certificate", words(&certificate["metadata"]["name"]), broken));
    }
    for service in cluster.list("v1", "Service", namespace, "").await? {
        let name = words(&service["metadata"]["name"]);
        if service["spec"]["selector"].as_object().is_none_or(serde_json::Map::is_empty) {
            continue;
        }
        let label = format!("kubernetes.io/service-name={name}");
        let slices = cluster.list("discovery.k8s.io/v1", "EndpointSlice", namespace, &label).await?;
        let ready =
            slices.iter().flat_map(|s| s["endpoints"].as_array().into_iter().flatten()).any(|e| e["conditions"]["ready"] == true);
        links.push(Link::of("Service", name, (!ready).then(|| "has no ready endpoint".into())));
    }
    for secret in parts.iter().flat_map(|c| &c.secrets) {
        let of = ObjectRef::new("v1", "Secret", &secret.namespace, &secret.name);
        let broken = match cluster.get(&of).await? {
            None => Some(undelivered(cluster, secret).await?),
            Some(there) => {
                let lacks: Vec<&str> =
                    secret.fields.keys().filter(|k| there["data"][k.as_str()].is_null()).map(String::as_str).collect();
                (!lacks.is_empty()).then(|| format!("lacks {}", lacks.join(", ")))
            }
        };
        links.push(Link::of("Secret", &secret.name, broken));
    }
    for policy in parts.iter().flat_map(|c| &c.pieces) {
        let Piece::Object(object) = policy else { continue };
        if !matches!(object["kind"].as_str(), Some("NetworkPolicy" | "CiliumNetworkPolicy")) {
            continue;
        }
        let of = ObjectRef::of(object);
        let broken = cluster.get(&of).await?.is_none().then(|| "is not there: this way is closed".into());
        links.push(Link::of("policy", format!("{}/{}", of.namespace, of.name), broken));
    }
    for (kind, version) in [("Deployment", "apps/v1"), ("StatefulSet", "apps/v1"), ("Job", "batch/v1")] {
        for workload in cluster.list(version, kind, namespace, "").await? {
            let broken = deep(cluster, &workload).await?;
            links.push(Link::of("pods", format!("{kind} {}", words(&workload["metadata"]["name"])), broken));
        }
    }
    let pods = links.iter().any(|l| l.title == "pods");
    if !pods {
        links.push(Link::of("pods", "workloads", Some("nothing runs in the namespace yet".into())));
    }
    for part in parts {
        if let Some(application) = cluster.get(&crate::survey::application(&part.name)).await? {
            links.push(Link::of("Application", &part.name, unhealthy(&application)));
        }
    }
    for release in cluster.list("helm.toolkit.fluxcd.io/v2", "HelmRelease", namespace, "").await? {
        let broken = deep(cluster, &release).await?;
        links.push(Link::of("chart", words(&release["metadata"]["name"]), broken));
    }
    Ok(links)
}

/// Why a Secret is not there: what brings it says so.
async fn undelivered(cluster: &Kubernetes, secret: &pontoon_core::content::SecretSpec) -> Result<String, Refusal> {
    let of = ObjectRef::new("external-secrets.io/v1", "ExternalSecret", &secret.namespace, &secret.name);
    let said = cluster.get(&of).await?.and_then(|e| unhealthy(&e));
    Ok(said.map_or_else(|| "is not there".into(), |s| format!("is not there: {s}")))
}

/// Who answers a host: the record of the zone against the address of the way in.
pub fn name(host: &str, records: &[Value], addresses: &[String]) -> Link {
    let own: Vec<&str> = records
        .iter()
        .filter(|r| r["name"] == host && matches!(r["type"].as_str(), Some("A" | "CNAME")))
        .filter_map(|r| r["data"].as_str())
        .collect();
    let broken = match own.as_slice() {
        [] => Some("the zone has no record of it".to_owned()),
        some if some.iter().any(|a| addresses.iter().any(|b| b == a)) => None,
        some => Some(format!("points to {}, and the way in is at {}", some.join(", "), addresses.join(", "))),
    };
    Link::of("DNS record", host, broken)
}

/// The addresses of the load balancers of a cluster, and their links.
///
/// # Errors
/// Where the server does not answer.
pub async fn way_in(cluster: &Kubernetes) -> Result<(Vec<Link>, Vec<String>), Refusal> {
    let mut links = Vec::new();
    let mut addresses = Vec::new();
    for service in cluster.list("v1", "Service", "", "").await? {
        if service["spec"]["type"] != "LoadBalancer" {
            continue;
        }
        addresses.extend(
            service["status"]["loadBalancer"]["ingress"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|i| i["ip"].as_str())
                .map(str::to_owned),
        );
        let name = format!("{}/{}", words(&service["metadata"]["namespace"]), words(&service["metadata"]["name"]));
        links.push(Link::of("load balancer", name, unhealthy(&service)));
    }
    for gateway in cluster.list("gateway.networking.k8s.io/v1", "Gateway", "", "").await? {
        links.push(Link::of("Gateway", words(&gateway["metadata"]["name"]), unhealthy(&gateway)));
    }
    if links.is_empty() {
        links.push(Link::of("load balancer", "none", Some("the cluster has none".into())));
    }
    Ok((links, addresses))
}

/// What is at the bottom of an object's being unhealthy.
async fn deep(cluster: &Kubernetes, object: &Value) -> Result<Option<String>, Refusal> {
    let Some(said) = unhealthy(object) else { return Ok(None) };
    let deep = cause(cluster, std::slice::from_ref(object)).await?;
    Ok(Some(deep.map_or(said, |c| c.to_string())))
}

fn unhealthy(object: &Value) -> Option<String> {
    match judge(object) {
        Health::Current => None,
        Health::Progressing(said) | Health::Failed(said) => Some(said),
    }
}

fn words(v: &Value) -> String {
    v.as_str().unwrap_or("").to_owned()
}

fn host(v: &Value) -> String {
    v.as_str().unwrap_or("without a host").to_owned()
}
