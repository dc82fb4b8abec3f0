//! Vault's HTTP API as far as a platform needs it: health, AppRole, tokens, secrets of KV version 2, mounts, policies.
//!
//! Thin: one method is one call, an error has a class, nothing is tried again here.
//! Source: Vault documentation, HTTP API.

mod auth;
mod client;
mod error;
mod health;
mod kv;
mod store;
mod system;

pub use auth::Login;
pub use client::Vault;
pub use error::{Cause, VaultError};
pub use health::Health;
pub use kv::{Kept, KvMetadata};
pub use store::{Proof, VaultStore};
