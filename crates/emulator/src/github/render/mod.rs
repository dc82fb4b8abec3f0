//! Stored documents in the form that clients see.

mod account;
mod commit;
mod repository;

pub(crate) use account::{brief_organization, full_organization, full_user, user};
pub(crate) use commit::{commit, git_commit, person};
pub(crate) use repository::{full, minimal};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The global node id of something.
pub(crate) fn node(kind: &str, id: impl std::fmt::Display) -> String {
    STANDARD.encode(format!("{:03}:{kind}{id}", kind.len()))
}
