//! GitHub: repositories with their Git data, keys, secrets, environments, rulesets, pull requests; Git over HTTP.
//!
//! A request goes to the website ([`web`]: Git, downloads) or to the API; there it is read in this order: whose token
//! ([`access`]), how often ([`rates`]), which operation ([`routes`]), whether token and role allow it, then the
//! operation's own module. There is one GitHub for the whole world: its documents are in `global/_github/…`.
//!
//! Not there, and answered 404 as what GitHub does not have: teams, projects, packages, discussions, apps.

mod access;
mod accounts;
mod ask;
mod contents;
mod git;
mod gitdata;
mod graphql;
mod guard;
mod knobs;
mod meta;
mod page;
mod problem;
mod pulls;
mod rates;
mod read;
mod render;
mod repos;
mod routes;
mod settings;
#[cfg(test)]
pub(crate) mod tests;
mod tracker;
mod web;

pub use knobs::{DEFAULT_GITHUB_TOKEN, DEFAULT_LOGIN, GithubKnobs, GithubToken, Organization, Organizations, Plan};
pub use read::{read_head, read_tree};
pub use routes::operations;

use crate::limits::Counters;
use crate::route::EventHandler;
use crate::{Cx, Reply, Req};
use problem::Problem;

/// Events.
pub(crate) const EVENTS: &[(&str, EventHandler)] = &[];

/// Answers a request to `api.github.com` or `github.com`.
pub(crate) fn dispatch(cx: &mut Cx, counters: &mut Counters, req: &mut Req) -> Reply {
    if let Some(reply) = web::answer(cx, req) {
        return reply;
    }
    routes::answer(cx, counters, req)
}

/// An answer of that status, as GitHub in trouble gives.
pub(crate) fn trouble(status: u16) -> Reply {
    match status {
        401 => Problem::new(401, "Bad credentials"),
        403 | 429 => rates::secondary(status, 60),
        404 => Problem::not_found(),
        500 => Problem::new(500, "Server Error"),
        502 => Problem::new(502, "Server Error"),
        503 => Problem::new(503, "Service unavailable"),
        507 => Problem::new(507, "Insufficient storage"),
        other => Problem::new(other, "Server Error"),
    }
    .reply()
}
