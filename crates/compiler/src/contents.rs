//! From a spec to what runs in its cluster: components of the catalog, completed and put in order.
//!
//! Components say what they need and provide, which Secrets they read and what has to be open. Everything that follows
//! from that is added here, once: namespaces that are closed by default, the policies that open them, the objects that
//! bring Secrets, and the order. What needs something that nothing provides is left out, by name.

mod layers;
mod namespaces;
mod policies;
mod secrets;

use pontoon_catalog::components::{self, Site};
use pontoon_core::{
    address::Scope,
    content::{Capability, Component, Contents},
    platform::Deferred,
};
use pontoon_spec::sections::{
    delivery::Gitops,
    secrets::{SecretHome, SecretStore},
};
use std::collections::BTreeSet;

/// Components that no cluster, embedded or real, has brought to health yet: they are named instead of delivered.
const UNTRIED: &[&str] = &["kong", "kong-plugins", "loki", "alloy", "velero"];

/// What the service itself provides in every cluster. Source: DigitalOcean's documentation, "Managed elements".
fn preinstalled(site: &Site<'_>) -> BTreeSet<Capability> {
    let mut all: BTreeSet<Capability> = ["default", "kube-system"].map(|n| Capability::Namespace(n.into())).into_iter().collect();
    let classes = ["do-block-storage", "do-block-storage-retain", "do-block-storage-xfs", "do-block-storage-xfs-retain"];
    all.extend(classes.map(|c| Capability::StorageClass(c.into())));
    all.extend(["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"].map(|k| Capability::definition(k, "cilium.io")));
    let snapshots = ["VolumeSnapshot", "VolumeSnapshotClass", "VolumeSnapshotContent"];
    all.extend(snapshots.map(|k| Capability::definition(k, "snapshot.storage.k8s.io")));
    if site.spec.network.pods.is_some() {
        let kinds = ["Gateway", "GatewayClass", "HTTPRoute", "GRPCRoute", "ReferenceGrant"];
        all.extend(kinds.map(|k| Capability::definition(k, "gateway.networking.k8s.io")));
    }
    all
}

/// Whether Argo CD follows the repository.
fn argo(site: &Site<'_>) -> bool {
    *site.spec.delivery.gitops == Gitops::Argocd
}

/// What is in place before any component: Argo CD's own kinds or Flux's where they follow a repository, and those of Flux's
/// Helm controller where the engine applies the rest itself.
fn delivery(site: &Site<'_>) -> BTreeSet<Capability> {
    if argo(site) {
        let kinds = ["Application", "AppProject"].map(|k| Capability::definition(k, "argoproj.io"));
        return kinds.into_iter().chain([Capability::Namespace(components::site::ARGOCD.into())]).collect();
    }
    let kinds = [
        ("HelmRelease", "helm.toolkit.fluxcd.io"),
        ("HelmRepository", "source.toolkit.fluxcd.io"),
        ("OCIRepository", "source.toolkit.fluxcd.io"),
        ("GitRepository", "source.toolkit.fluxcd.io"),
        ("Kustomization", "kustomize.toolkit.fluxcd.io"),
        ("Provider", "notification.toolkit.fluxcd.io"),
        ("Alert", "notification.toolkit.fluxcd.io"),
        ("Receiver", "notification.toolkit.fluxcd.io"),
    ];
    let mut all: BTreeSet<Capability> = kinds.iter().map(|(k, g)| Capability::definition(k, g)).collect();
    all.insert(Capability::Namespace(components::site::FLUX.into()));
    all
}

/// Takes out what Argo CD cannot install: it gives a chart no values of a Secret.
fn without_secret_values(site: &Site<'_>, all: &mut Vec<Component>) -> Vec<Deferred> {
    if !argo(site) {
        return Vec::new();
    }
    let takes = |c: &Component| c.releases().any(|r| !r.values_from.is_empty());
    let (out, left) = std::mem::take(all).into_iter().partition(takes);
    *all = left;
    let out: Vec<Component> = out;
    out.iter().map(|c| named(site, c, "its chart takes values of a Secret, which Argo CD gives to none: have it take the Secret's name in its values, or let Flux deliver it")).collect()
}

/// Everything that runs in the cluster of an environment, in order, and what is left out because this version brings
/// nothing that it needs.
///
/// # Errors
/// The names of components that need each other in a circle: a mistake of the catalog, never of a document.
pub fn contents(site: &Site<'_>) -> Result<(Contents, Vec<Deferred>), Vec<String>> {
    // Of the stores outside, Vault alone was seen to bring its values.
    let vault = matches!(site.spec.secrets.home(), SecretHome::Store(SecretStore::Vault(_)));
    let (mut all, untried): (Vec<Component>, Vec<Component>) = components::build(site)
        .into_iter()
        .partition(|c| !UNTRIED.contains(&c.name.as_str()) && (vault || c.name != "secret-store"));
    let no_values = without_secret_values(site, &mut all);
    let mut there = preinstalled(site);
    there.extend(delivery(site));
    namespaces::add(site, &mut all);
    secrets::add(site, &mut all);
    policies::add(site, &mut all);
    let mut deferred: Vec<Deferred> = untried.iter().map(|c| named(site, c, "it was never seen to become healthy")).collect();
    deferred.extend(no_values);
    deferred.extend(leave_out(site, &mut all, &there));
    let contents = layers::order(site.spec.environment.as_str(), all)?;
    Ok((contents, deferred))
}

/// What is left out, and why.
fn named(site: &Site<'_>, component: &Component, why: &str) -> Deferred {
    Deferred {
        scope: Scope::environment(site.spec.environment.as_str()),
        path: component.origin.path.clone(),
        what: format!("{} ({why})", component.title),
    }
}

/// Takes out what needs something that nothing provides, and then what needs that.
fn leave_out(site: &Site<'_>, all: &mut Vec<Component>, there: &BTreeSet<Capability>) -> Vec<Deferred> {
    let mut deferred = Vec::new();
    loop {
        let provided: BTreeSet<&Capability> = there.iter().chain(all.iter().flat_map(|c| &c.provides)).collect();
        let missing = |c: &Component| c.needs.iter().find(|n| !provided.contains(n)).cloned();
        let Some((at, need)) = all.iter().enumerate().find_map(|(at, c)| Some((at, missing(c)?))) else {
            return deferred;
        };
        let component = all.remove(at);
        deferred.push(named(site, &component, &format!("{need} is provided by nothing here")));
    }
}
