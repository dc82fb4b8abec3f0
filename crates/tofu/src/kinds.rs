//! What each kind of the catalog is to the DigitalOcean provider: one file a concern, one entry a kind.
//!
//! The provider's names and types are its schema's; where it behaves differently from the API, the entry says so and names
//! the source. What it cannot say is left out by name, never dropped.

mod buckets;
pub(crate) mod cluster;
mod databases;
mod project;
mod shared;

use crate::{
    hcl::{Body, Expr},
    scene::{Fields, Scene},
};
use pontoon_core::platform::Resource;

/// The provider's address at the registries of OpenTofu and Terraform.
pub const SOURCE: &str = "digitalocean/digitalocean";
/// The release of the provider that the stacks are written for.
pub const VERSION: &str = "2.79.0";

/// Which file of a stack a block stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The network.
    Network,
    /// The cluster and its pools.
    Cluster,
    /// Managed databases and caches.
    Databases,
    /// Buckets and their keys.
    Buckets,
    /// The project.
    Project,
    /// The DNS zone.
    Dns,
    /// The registry.
    Registry,
}

impl Part {
    /// The file's name.
    pub fn file(self) -> &'static str {
        match self {
            Part::Network => "network.tf",
            Part::Cluster => "cluster.tf",
            Part::Databases => "databases.tf",
            Part::Buckets => "buckets.tf",
            Part::Project => "project.tf",
            Part::Dns => "dns.tf",
            Part::Registry => "registry.tf",
        }
    }
    /// What stands in it, for the README.
    pub fn text(self) -> &'static str {
        match self {
            Part::Network => "the private network",
            Part::Cluster => "the cluster and its node pools",
            Part::Databases => "managed databases and caches: trusted sources, users, pools, settings",
            Part::Buckets => "buckets, their rules, and a scoped key for each writer",
            Part::Project => "the project that groups everything in the control panel",
            Part::Dns => "the DNS zone",
            Part::Registry => "the container registry",
        }
    }
}

/// How a kind is written.
#[derive(Clone, Copy)]
pub enum How {
    /// As a block of its own. What the function leaves out (`None`) its parent's block holds.
    Block {
        /// The provider's resource.
        resource: &'static str,
        /// Which file.
        part: Part,
        /// Its arguments.
        write: for<'s, 'a> fn(&Fields<'s, 'a>) -> Option<Body>,
    },
    /// Inside of its parent's block.
    Parent,
    /// Not at all: no document of this version makes one.
    Never,
}

/// A kind of the catalog, as the provider sees it.
pub struct Kind {
    /// The catalog's name.
    pub kind: &'static str,
    /// The provider's attributes for the catalog's outputs, besides `id`.
    pub outputs: &'static [(&'static str, &'static str)],
    /// How it is written.
    pub how: How,
}

impl Kind {
    const fn never(kind: &'static str) -> Kind {
        Kind { kind, outputs: &[], how: How::Never }
    }
    const fn parent(kind: &'static str) -> Kind {
        Kind { kind, outputs: &[], how: How::Parent }
    }
    /// The provider's resource, where it is one.
    pub fn resource(&self) -> Option<&'static str> {
        match self.how {
            How::Block { resource, .. } => Some(resource),
            How::Parent | How::Never => None,
        }
    }
}

/// Every kind of the catalog.
pub const KINDS: &[Kind] = &[
    cluster::VPC,
    cluster::CLUSTER,
    cluster::NODE_POOL,
    Kind::parent("digitalocean.registry_attachment"),
    databases::CLUSTER,
    databases::FIREWALL,
    databases::DATABASE,
    databases::USER,
    databases::POOL,
    databases::CONFIG,
    Kind::parent("digitalocean.database_maintenance"),
    Kind::parent("digitalocean.database_eviction_policy"),
    buckets::BUCKET,
    Kind::parent("spaces.bucket_versioning"),
    Kind::parent("spaces.bucket_lifecycle"),
    buckets::CORS,
    Kind::never("spaces.bucket_policy"),
    buckets::CDN,
    buckets::KEY,
    project::PROJECT,
    project::MEMBERS,
    shared::ZONE,
    shared::REGISTRY,
    Kind::never("digitalocean.record"),
    Kind::never("digitalocean.certificate"),
    Kind::never("digitalocean.tag"),
    Kind::never("digitalocean.ssh_key"),
    Kind::never("digitalocean.droplet"),
    Kind::never("digitalocean.reserved_ip"),
    Kind::never("digitalocean.firewall"),
    Kind::never("digitalocean.load_balancer"),
    Kind::never("digitalocean.volume"),
    Kind::never("digitalocean.volume_snapshot"),
    Kind::never("digitalocean.uptime_check"),
    Kind::never("digitalocean.uptime_alert"),
    Kind::never("digitalocean.alert_policy"),
];

/// The entry of a kind.
pub fn find(kind: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|k| k.kind == kind)
}

/// A resource's block: its file, the provider's resource, its local name, its arguments. None where its parent's block holds
/// it, or where nothing can.
pub fn write<'a>(scene: &Scene<'a>, resource: &'a Resource) -> Option<(Part, &'static str, Body)> {
    match find(resource.address.kind()).map(|k| k.how) {
        Some(How::Block { resource: kind, part, write }) => {
            let fields = scene.fields(resource);
            let body = write(&fields)?;
            fields.finish();
            Some((part, kind, body))
        }
        Some(How::Parent) => None,
        Some(How::Never) | None => {
            scene.leave_out(resource, format!("{}: no stack is written for this kind", resource.address));
            None
        }
    }
}

/// What stands at the beginning of a file.
pub fn before(scene: &Scene<'_>, part: Part) -> Body {
    match part {
        Part::Cluster => cluster::versions(scene).unwrap_or_default(),
        _ => Body::new(),
    }
}

/// What other stacks and people may know of the resources: addresses and names, never a password, a token or a kubeconfig.
pub fn outputs(scene: &Scene<'_>) -> Body {
    let mut body = Body::new();
    for kind in KINDS {
        for resource in scene.resources().filter(|r| r.address.kind() == kind.kind) {
            let name = scene.name(&resource.address);
            let Some((what, text, attributes)) = shown(kind.kind) else { continue };
            let of = |attribute: &str| scene.attribute(&resource.address, attribute);
            let entries = attributes.iter().filter_map(|a| Some(((*a).to_owned(), of(a)?)));
            let output = Body::new().set("description", text).set("value", Expr::Map(entries.collect()));
            body = body.block("output", &[&format!("{what}_{name}")], output);
        }
    }
    body
}

/// What is shown of a kind: the output's name, its text, the provider's attributes.
fn shown(kind: &str) -> Option<(&'static str, &'static str, &'static [&'static str])> {
    Some(match kind {
        "digitalocean.vpc" => ("vpc", "The private network.", &["id", "ip_range"]),
        "digitalocean.cluster" => {
            ("cluster", "The cluster, without any credential.", &["id", "name", "region", "endpoint", "version"])
        }
        "digitalocean.database" => {
            ("database", "Where the database answers inside of the network.", &["id", "name", "private_host", "port"])
        }
        "spaces.bucket" => ("bucket", "The bucket.", &["name", "region", "endpoint"]),
        "digitalocean.cdn" => ("cdn", "The CDN endpoint.", &["endpoint"]),
        "digitalocean.domain" => ("zone", "The DNS zone.", &["name"]),
        "digitalocean.registry" => ("registry", "The container registry.", &["name", "endpoint"]),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_of_the_catalog_has_an_entry() {
        let ours: Vec<&str> = KINDS.iter().map(|k| k.kind).collect();
        let known: BTreeSet<&str> = pontoon_catalog::resource_types().iter().map(|t| t.kind).collect();
        assert_eq!(ours.iter().copied().collect::<BTreeSet<_>>(), known);
        assert_eq!(ours.len(), known.len(), "an entry stands there twice");
    }
}
