//! What Pontoon knows of the world: resource types of the vendors, and their prices.
//!
//! A resource type is one file that reads like its own documentation: its fields and which of them
//! can change, how it is recognized, how it is made, changed and removed, when it is ready, what it
//! costs, what it holds. Calls are written here as data and nowhere else. Does no I/O.

pub mod digitalocean;
pub mod field;
pub mod mark;
pub mod prices;
pub mod resource;

pub use field::{Compare, Field};
pub use resource::{Args, Create, Delete, Embed, Identity, List, MarkAt, Read, ResourceType, Update};

/// Every resource type, by kind.
pub fn resource_types() -> &'static [&'static ResourceType] {
    digitalocean::TYPES
}

/// The resource type of a kind.
pub fn find(kind: &str) -> Option<&'static ResourceType> {
    resource_types().iter().find(|t| t.kind == kind).copied()
}
