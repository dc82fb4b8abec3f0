//! A cluster's API server, Kubernetes 1.36: what is served, what is refused, and what becomes of a write.
//!
//! A write is read with its kind's schema ([`decode`], [`structural`]), completed ([`defaults`]), judged
//! ([`admission`], [`validate`]), given its owners ([`fields`]) and stored ([`store`]). What runs in the cluster writes
//! through [`mod@write`], with the same checks.

mod admission;
mod authenticate;
pub(crate) mod bootstrap;
pub(crate) mod builtin;
mod decode;
mod defaults;
pub(crate) mod definitions;
mod discovery;
pub(crate) mod dispatch;
pub(crate) mod error;
mod fields;
pub mod kinds;
mod names;
mod openapi;
mod patch;
mod place;
pub mod quantity;
mod rbac;
mod reviews;
mod roles;
mod schema;
pub mod select;
mod store;
mod structural;
mod table;
mod token;
mod types;
mod user;
mod validate;
mod verbs;
pub mod write;

pub use admission::{quota_usage, quota_used};
pub use error::ApiError;
