//! GitHub: repositories with their Git data, keys, secrets, environments, rulesets, pull requests; Git over HTTP.

mod read;

pub use read::read_tree;

use crate::route::EventHandler;
use crate::{Cx, Reply, Req};
use serde_json::json;

/// Events.
pub(crate) const EVENTS: &[(&str, EventHandler)] = &[];

/// Answers a request to `api.github.com` or `github.com`.
pub(crate) fn dispatch(_cx: &mut Cx, _req: &mut Req) -> Reply {
    trouble(501)
}

/// An answer of that status, as GitHub in trouble gives.
pub(crate) fn trouble(status: u16) -> Reply {
    Reply::json(status, json!({ "message": "Server Error" }))
}
