//! From the compiled platform to OpenTofu stacks and modules: the same resources and the same contents of clusters that the
//! engine makes, as code that a team can take over.
//!
//! Pure: the same platform gives the same bytes, formatted as `tofu fmt` leaves them. [`tree()`] writes, for each environment,
//! a folder with its stacks, and one for what exists once. What a stack cannot say is a [`LeftOut`], never dropped.
//!
//! Written for OpenTofu 1.10 and Terraform 1.11 and later. What only OpenTofu knows (encryption of the state) stands in a
//! file that ends in `.tofu`, which Terraform does not read.

pub mod backend;
mod cluster;
pub mod frame;
pub mod hcl;
pub mod imports;
pub mod inside;
pub mod kinds;
pub mod modules;
mod names;
mod readme;
mod scene;
mod secrets;
mod stack;

pub use backend::Backend;
pub use inside::{Follower, Inside, Unit};
pub use scene::LeftOut;

use pontoon_core::{address::Scope, platform::Platform, record::Record};
use std::collections::{BTreeMap, BTreeSet};

/// The folder that holds all stacks; the paths of a [`Tree`] begin inside of it.
pub const ROOT: &str = "infra";

/// One scope of a platform, and where its state is kept.
pub struct Part<'a> {
    /// What the platform compiled to for an environment; the shared scope may be in it.
    pub platform: &'a Platform,
    /// The environment, or `shared`.
    pub scope: Scope,
    /// Where the state of its stacks is kept.
    pub backend: Backend,
    /// What runs in its cluster; nothing where it has none.
    pub inside: Option<Inside<'a>>,
    /// What exists already and is taken over; nothing where everything is made.
    pub record: Option<&'a Record>,
}

/// The files of all stacks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    /// Text by path.
    pub files: BTreeMap<String, String>,
    /// What the engine makes and the stacks cannot say.
    pub left_out: BTreeSet<LeftOut>,
}

/// Where the stacks of a scope stand in [`ROOT`]: `clusters/ENVIRONMENT`, or `shared`.
pub fn folder(scope: &Scope) -> String {
    if scope.is_shared() { "shared".into() } else { format!("clusters/{scope}") }
}

/// Writes the stacks of these scopes, and the modules that they call. A scope without resources has none.
pub fn tree(parts: &[Part<'_>]) -> Tree {
    let mut tree = Tree::default();
    let insides: Vec<&Inside<'_>> = parts.iter().filter_map(|p| p.inside.as_ref()).collect();
    let modules = modules::modules(&insides);
    for part in parts {
        stack::infra(part, &mut tree);
        if let Some(inside) = &part.inside {
            cluster::write(part, inside, &modules, &mut tree);
        }
    }
    modules::write(&insides, &mut tree);
    tree
}
