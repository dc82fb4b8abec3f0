//! GitHub's REST API as far as a platform needs it: repositories, commits made in one piece, deploy keys, Actions
//! secrets, environments, rulesets, pull requests, commit statuses.
//!
//! Thin and typed: one method is one call, but for commits and for what is found by name. Never retries: an error has a
//! class, as those of every client have, and says which permission is missing where GitHub says so.
//! Source: GitHub documentation, REST API, version 2022-11-28.

mod account;
mod actions;
mod client;
mod commit;
mod environments;
mod error;
mod keys;
mod pulls;
mod refs;
mod repository;
mod rulesets;
mod statuses;
mod tree;

pub use account::{Owner, OwnerKind};
pub use actions::{PublicKey, SecretsOf};
pub use client::{GitHub, RepositoryName};
pub use commit::{Changes, Committed};
pub use environments::{Environment, ReviewerKind};
pub use error::{GitHubError, Reason};
pub use keys::DeployKey;
pub use pulls::{MergeState, Pull, PullText};
pub use repository::{NewRepository, Repository, RepositorySettings};
pub use rulesets::{Bypass, Put, Ruleset};
pub use statuses::{State, Status};
pub use tree::{Entry, Tree, blob_id};
