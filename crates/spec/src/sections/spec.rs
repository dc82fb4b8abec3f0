//! The whole: one environment of the platform, everything resolved.

use super::{
    List, Map,
    apps::App,
    backups::Backups,
    buckets::Bucket,
    cluster::Cluster,
    databases::{Cache, Database},
    delivery::Delivery,
    dns::Dns,
    email::Email,
    identity::Identity,
    infrastructure::Infrastructure,
    ingress::{Certificates, Ingress},
    links::Link,
    network::{Account, Network},
    objectives::Objectives,
    observability::Observability,
    queues::Queue,
    registry::Registry,
    secrets::Secrets,
    security::Security,
    sites::Site,
    storage::Storage,
};
use crate::{
    section::section,
    types::{ApiVersion, CorsOrigin, DomainName, Host, MailAddress, MailName, Region, Text},
};
use pontoon_core::name::{Name, PlatformName};

section! {
    /// A platform. In the document, keys of an environment stand under `environments.<name>`; keys
    /// of environment scope may stand in both, and the environment wins.
    pub struct Spec {
        /// The language's version: `pontoon.dev/v1alpha1`.
        api_version "apiVersion": ApiVersion = required @ Platform,
        /// The platform's name, 3 to 30 characters. Every outside name begins with it.
        platform "platform": PlatformName = required @ Platform,
        /// What gives the values that the document does not: a built-in name (single-cluster,
        /// isolated-pools, enterprise, hybrid, gitops), or the path of a document without names.
        blueprint "blueprint": Text = optional @ Platform,
        /// The environment's name.
        environment "environment": Name = required @ Derived,
        /// The environments, in the order of promotion.
        order "order": List<Name> = required @ Derived,
        /// The domain. An environment's is the document's for the last of the promotion order, or
        /// the only one, and `<environment>.<domain>` for the others, unless it writes its own.
        domain "domain": DomainName = required,
        /// The DNS zone: the document's domain.
        zone "zone": DomainName = required @ Derived,
        /// The mail address for certificates and accounts.
        contact "contact": MailAddress = required @ Platform,
        /// The region of the cloud. A cluster stays in its region.
        region "region": Region = required @ Own,
        /// The address ranges. They can never change.
        network "network": Network = required @ Own,
        /// An account (a team) of the environment's own.
        account "account": Account = optional @ Own,
        /// The managed Kubernetes cluster.
        cluster "cluster": Cluster = required,
        /// Sites outside of the cloud, by name.
        sites "sites": Map<Site> = default "{}",
        /// Tunnels between the cloud and sites, by name.
        links "links": Map<Link> = default "{}",
        /// Storage in the cluster.
        storage "storage": Storage = default "{}",
        /// Databases, by name.
        databases "databases": Map<Database> = default "{}",
        /// Caches, by name.
        caches "caches": Map<Cache> = default "{}",
        /// Message queues, by name.
        queues "queues": Map<Queue> = default "{}",
        /// Buckets of object storage, by name.
        buckets "buckets": Map<Bucket> = default "{}",
        /// The registry of the platform's images.
        registry "registry": Registry = optional @ Platform,
        /// Outgoing mail.
        email "email": Email = optional @ Platform,
        /// How requests come in.
        ingress "ingress": Ingress = default "{}",
        /// The certificates of hosts.
        certificates "certificates": Certificates = default "{}",
        /// The zone of the platform's domain.
        dns "dns": Dns = default "{}" @ Platform,
        /// Single sign-on.
        identity "identity": Identity = optional,
        /// Where secrets live.
        secrets "secrets": Secrets = default "{}",
        /// What is measured, kept and told.
        observability "observability": Observability = default "{}",
        /// Backups of the cluster's contents.
        backups "backups": Backups = default "{}",
        /// What is allowed inside of the cluster.
        security "security": Security = default "{}",
        /// How changes reach the cluster.
        delivery "delivery": Delivery = default "{}" @ Platform,
        /// What makes the infrastructure, and where it is remembered.
        infrastructure "infrastructure": Infrastructure = default "{}" @ Platform,
        /// What the platform promises.
        objectives "objectives": Objectives = default "{}",
        /// Apps, by name.
        apps "apps": Map<App> = default "{}",
    }
}

impl Spec {
    /// Whether this is the last environment of the order, which has the platform's own domain and
    /// the sites that name no other.
    pub fn is_last(&self) -> bool {
        self.order.last().is_some_and(|last| last.value == self.environment.value)
    }
    /// A host in full: `cloud` is `cloud.storefront.example.com`, `@` is the domain itself.
    pub fn host(&self, host: &Host) -> String {
        if host.as_str() == "@" { self.domain.to_string() } else { format!("{host}.{}", *self.domain) }
    }
    /// A mail address in full: at the environment's domain unless it names another.
    pub fn mail(&self, name: &MailName) -> String {
        if name.contains('@') { name.to_string() } else { format!("{name}@{}", *self.domain) }
    }
    /// An origin in full: `apps.web` is its host with `https://`. None where that app has no host.
    pub fn origin(&self, origin: &CorsOrigin) -> Option<String> {
        if origin.as_str() == "*" || origin.contains("://") {
            return Some(origin.to_string());
        }
        if let Some(app) = origin.strip_prefix("apps.") {
            let host = self.apps.get(app)?.host.as_ref()?;
            return Some(format!("https://{}", self.host(host)));
        }
        let host = if origin.as_str() == "@" { self.domain.to_string() } else { format!("{}.{}", origin.as_str(), *self.domain) };
        Some(format!("https://{host}"))
    }
    /// The sites of this environment, by name: those that name it, and for the last one those that
    /// name none.
    pub fn own_sites(&self) -> impl Iterator<Item = (&Name, &super::sites::Talos)> {
        self.sites.iter().filter_map(|(name, site)| match &site.value {
            Site::Talos(talos) => {
                let own = talos.environment.as_ref().map_or(self.is_last(), |e| ***e == self.environment.value);
                own.then_some((name, talos))
            }
            Site::None(_) => None,
        })
    }
}

/// The shape of the whole.
pub(crate) const SHAPE: crate::shape::Shape = crate::shape::Shape::Section(Spec::SECTION);
