//! Small platforms of examples: whatever it takes to make one thing of a kind.

use crate::{
    find,
    resource::{Attributes, ResourceType, sample_address},
};
use pontoon_core::{
    address::Address,
    platform::{Origin, Resource},
};
use std::collections::BTreeSet;

/// The example of a kind and everything that it needs, in an order in which they can be made: what it
/// lives in, what it refers to, what those need. Empty where there is no such kind.
pub fn samples_for(kind: &str) -> Vec<Resource> {
    let mut platform = Builder::default();
    if let Some(kind) = find(kind) {
        platform.add(kind);
    }
    platform.order
}

/// The examples of all kinds, in an order in which they can be made.
pub fn samples() -> Vec<Resource> {
    let mut platform = Builder::default();
    for kind in crate::resource_types() {
        platform.add(kind);
    }
    platform.order
}

#[derive(Default)]
struct Builder {
    order: Vec<Resource>,
    made: BTreeSet<Address>,
    begun: BTreeSet<&'static str>,
}

impl Builder {
    fn add(&mut self, kind: &'static ResourceType) {
        if !self.begun.insert(kind.kind) {
            return;
        }
        let parent = kind.parent.and_then(find).map(|parent| match kind.sample_parent {
            None => {
                self.add(parent);
                sample_address(parent.kind)
            }
            Some(attributes) => {
                let name = kind.kind.rsplit('.').next().unwrap_or_default().replace('_', "-");
                let address = Address::new(sample_address(parent.kind).scope().clone(), parent.kind, format!("for-{name}"));
                self.put(address.clone(), &attributes(), None);
                address
            }
        });
        self.put(sample_address(kind.kind), &(kind.sample)(), parent);
        // The vendor makes no such thing without one of these.
        if let Some(child) = kind.embed.and_then(|e| find(e.kind)) {
            self.add(child);
        }
    }

    fn put(&mut self, address: Address, attributes: &Attributes, parent: Option<Address>) {
        if !self.made.insert(address.clone()) {
            return;
        }
        let references = attributes.values().flat_map(|v| v.references());
        for needed in references.map(|r| r.address.kind().to_owned()).collect::<Vec<_>>() {
            if let Some(needed) = find(&needed) {
                self.add(needed);
            }
        }
        let mut resource = Resource::new(address, Origin::default());
        resource.attributes = attributes.clone();
        resource.parent = parent;
        self.order.push(resource);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_needed_comes_before() {
        let all = samples();
        for (i, r) in all.iter().enumerate() {
            for needed in r.dependencies() {
                assert!(all.iter().take(i).any(|e| e.address == needed), "{} needs {needed}", r.address);
            }
        }
    }

    #[test]
    fn one_kind_brings_what_it_needs_and_no_more() {
        let kinds = |kind: &str| samples_for(kind).iter().map(|r| r.address.kind().to_owned()).collect::<Vec<_>>();
        assert_eq!(kinds("digitalocean.vpc"), ["digitalocean.vpc"]);
        assert_eq!(kinds("digitalocean.cdn"), ["spaces.bucket", "digitalocean.cdn"]);
        assert_eq!(kinds("digitalocean.node_pool"), ["digitalocean.cluster", "digitalocean.node_pool"]);
        assert_eq!(
            kinds("digitalocean.registry_attachment"),
            ["digitalocean.cluster", "digitalocean.node_pool", "digitalocean.registry", "digitalocean.registry_attachment"]
        );
        let valkey = samples_for("digitalocean.database_eviction_policy");
        assert_eq!(valkey[0].attributes["engine"].as_text(), Some("valkey"));
        assert_eq!(valkey[1].parent.as_ref(), Some(&valkey[0].address));
        assert!(samples_for("digitalocean.nothing").is_empty());
    }
}
