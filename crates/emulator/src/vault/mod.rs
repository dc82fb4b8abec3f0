//! HashiCorp Vault: health, AppRole, tokens, the key-value store of version 2.

mod read;

pub use read::{login_approle, read_kv};

use crate::route::EventHandler;
use crate::{Cx, Reply, Req};
use serde_json::json;

/// Events.
pub(crate) const EVENTS: &[(&str, EventHandler)] = &[];

/// Answers a request.
pub(crate) fn dispatch(_cx: &mut Cx, _req: &mut Req) -> Reply {
    trouble(501)
}

/// An answer of that status, as Vault in trouble gives.
pub(crate) fn trouble(status: u16) -> Reply {
    Reply::json(status, json!({ "errors": ["internal error"] }))
}
