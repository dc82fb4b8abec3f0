//! The sections of the document. Each is written once, with its keys, types, defaults, scopes and
//! texts; everything else about it is generated.

pub mod apps;
pub mod backups;
pub mod buckets;
pub mod cluster;
pub mod databases;
pub mod delivery;
pub mod dns;
pub mod email;
pub mod identity;
pub mod infrastructure;
pub mod ingress;
pub mod links;
pub mod network;
pub mod objectives;
pub mod observability;
pub mod queues;
pub mod registry;
pub mod secrets;
pub mod security;
pub mod sites;
pub mod spec;
pub mod storage;

use crate::{
    decode::{Cx, Kind, Located},
    section::section,
    shape::Shape,
    tree::Node,
};
use indexmap::IndexMap;
use pontoon_core::name::Name;

/// Entries by names that the document chooses, in its order.
pub type Map<T> = IndexMap<Name, Located<T>>;
/// Entries by words that need be no names, such as labels.
pub type Words<T> = IndexMap<String, Located<T>>;
/// Several, in order.
pub type List<T> = Vec<Located<T>>;

section! {
    /// Turned off.
    pub struct Off {}
}

/// Anything at all: the values of a chart, with the places of each.
#[derive(Debug, Clone)]
pub struct Values(pub Node);

impl PartialEq for Values {
    fn eq(&self, other: &Values) -> bool {
        self.0.same(&other.0)
    }
}

impl Kind for Values {
    const SHAPE: Shape = Shape::Any;
    fn decode(node: &Node, _: &mut Cx) -> Option<Self> {
        Some(Values(node.clone()))
    }
}
