//! A cluster's API server, Kubernetes 1.36: what is served, what is refused, and what becomes of a write.

pub(crate) mod bootstrap;
pub(crate) mod builtin;
pub(crate) mod definitions;
pub(crate) mod error;
pub(crate) mod fields;
pub mod kinds;
pub(crate) mod schema;
pub(crate) mod types;
pub mod write;

pub use error::ApiError;
