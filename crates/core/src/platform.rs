//! The compiled platform: every resource that should exist, with its values known or pending.

use crate::{
    address::{Address, Scope},
    money::Cost,
    value::Value,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Where in the document something comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Origin {
    /// The path in the document, such as `databases.main`.
    pub path: String,
    /// `platform.yaml:12`, or the blueprint's name, or empty where it follows from other sections.
    pub place: String,
}

/// One thing that should exist at a vendor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// Its address.
    pub address: Address,
    /// Its attributes by the catalog's field names.
    pub attributes: BTreeMap<String, Value>,
    /// The resource that it lives in, for kinds that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Address>,
    /// What must exist first, besides what the attributes refer to.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub needs: BTreeSet<Address>,
    /// Where in the document it comes from.
    #[serde(default)]
    pub origin: Origin,
}

impl Resource {
    /// A resource without attributes.
    pub fn new(address: Address, origin: Origin) -> Resource {
        Resource { address, attributes: BTreeMap::new(), parent: None, needs: BTreeSet::new(), origin }
    }
    /// With an attribute; null leaves it out.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Resource {
        match value.into() {
            Value::Null => {}
            value => {
                self.attributes.insert(field.into(), value);
            }
        }
        self
    }
    /// Inside of another resource.
    #[must_use]
    pub fn inside(mut self, parent: &Address) -> Resource {
        self.parent = Some(parent.clone());
        self
    }
    /// After another resource.
    #[must_use]
    pub fn after(mut self, other: &Address) -> Resource {
        self.needs.insert(other.clone());
        self
    }
    /// Everything that must exist before it: parent, needs, references.
    pub fn dependencies(&self) -> BTreeSet<Address> {
        let mut all = self.needs.clone();
        all.extend(self.parent.clone());
        all.extend(self.attributes.values().flat_map(Value::references).map(|r| r.address.clone()));
        all.remove(&self.address);
        all
    }
}

/// Something that the document asks for and that this version does not build.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Deferred {
    /// Which environment, or `shared`.
    pub scope: Scope,
    /// The path in the document, such as `apps.shop`.
    pub path: String,
    /// What is not built, as a person would name it.
    pub what: String,
}

/// Everything that should exist, for one or more scopes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Platform {
    /// The platform's name.
    pub name: String,
    /// Which scopes were compiled, shared first.
    pub scopes: Vec<Scope>,
    /// The resources by address.
    pub resources: BTreeMap<Address, Resource>,
    /// What is asked for and not built.
    pub deferred: Vec<Deferred>,
    /// What the cluster buys at the vendor by itself, beside the nodes that everything runs on.
    #[serde(default)]
    pub purchases: Vec<Purchase>,
}

/// What a component makes the vendor sell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// The environment's component.
    pub component: String,
    /// What is sold: `load balancer`, `volumes of 30 GiB`.
    pub title: String,
    /// At how much a month.
    pub cost: Cost,
}

impl Platform {
    /// Adds a resource.
    pub fn add(&mut self, resource: Resource) {
        self.resources.insert(resource.address.clone(), resource);
    }
}
