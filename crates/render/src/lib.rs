//! From what runs in a cluster to the objects that Flux or Argo CD reconciles, and to a tree of files.
//!
//! Pure: the same contents give the same bytes. [`units()`] turns components into units of objects, one for each thing
//! that is applied and judged healthy as a whole; [`tree()`] writes the units of all environments as files.

pub mod argo;
pub mod flux;
pub mod health;
pub mod inventory;
pub mod stamps;
pub mod tree;
pub mod units;
pub mod workflows;
pub mod yaml;

pub use argo::argo_units;
pub use tree::{Follower, Tree, tree};
pub use units::{Unit, units};
