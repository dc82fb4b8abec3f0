//! What Pontoon knows of the world: resource types of the vendors, and their prices.
//!
//! A resource type is one file that reads like its own documentation: its fields and which of them
//! can change, how it is recognized, how it is made, changed and removed, when it is ready, what it
//! costs, what it holds. Calls are written here as data and nowhere else. Does no I/O.

pub mod calls;
pub mod checks;
pub mod components;
pub mod digitalocean;
pub mod field;
pub mod mark;
pub mod names;
pub mod prices;
pub mod reference;
pub mod resource;
pub mod reveal;
pub mod samples;
pub mod spaces;
pub mod versions;

pub use field::{Compare, Field};
pub use names::Names;
pub use reference::reference;
pub use resource::{Args, Create, Delete, Embed, Identity, List, MarkAt, Read, ResourceType, Update};

const COUNT: usize = digitalocean::TYPES.len() + spaces::TYPES.len();

const ALL: [&ResourceType; COUNT] = {
    let mut all = [digitalocean::TYPES[0]; COUNT];
    let mut i = 0;
    while i < COUNT {
        let own = digitalocean::TYPES.len();
        all[i] = if i < own { digitalocean::TYPES[i] } else { spaces::TYPES[i - own] };
        i += 1;
    }
    all
};

/// Every resource type of every vendor, parents before children.
pub fn resource_types() -> &'static [&'static ResourceType] {
    &ALL
}

/// The resource type of a kind.
pub fn find(kind: &str) -> Option<&'static ResourceType> {
    resource_types().iter().find(|t| t.kind == kind).copied()
}
