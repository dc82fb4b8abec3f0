//! Clients on the wire that implement the engine's `Provider` port.
//!
//! They know how a vendor is spoken to (base address, credential, pages, errors, limits), and nothing
//! of its resources: what is sent stands in the call. No HTTP and no token leaves this crate.

pub mod account;
mod bucket;
mod budget;
mod digitalocean;
pub mod github;
mod kubernetes;
mod rest;
mod router;
mod session;
mod spaces;
pub mod vault;
mod xml;

pub use account::{Account, account};
pub use bucket::Bucket;
pub use budget::{Budget, Counts};
pub use digitalocean::DigitalOcean;
pub use github::GitHub;
pub use kubernetes::{FIELD_MANAGER, Kubernetes, Login, ObjectRef};
pub use router::Router;
pub use session::{KeySource, SessionKeys, SpacesKey};
pub use spaces::{Endpoints, Spaces};
pub use vault::Vault;
