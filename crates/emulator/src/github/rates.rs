//! Rate limits: so many requests an hour and user, and so many that make content.

use super::knobs::GithubKnobs;
use super::problem::Problem;
use crate::clock::Moment;
use crate::limits::{Counters, Limit};
use serde_json::{Value, json};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

/// Requests an hour without a token. Source: GitHub documentation, rate limits for the REST API.
const ANONYMOUS: usize = 60;

fn primary(knobs: &GithubKnobs, login: &str) -> Limit {
    Limit { requests: if login.is_empty() { ANONYMOUS } else { knobs.requests_per_hour }, within: HOUR }
}

/// Counts a request.
pub(crate) fn count(counters: &mut Counters, knobs: &GithubKnobs, login: &str, method: &str, now: Moment) -> Result<(), Problem> {
    let who = if login.is_empty() { "an address without a token".to_owned() } else { format!("user {login}") };
    counters
        .take(&format!("github:{login}"), primary(knobs, login), now)
        .map_err(|_| Problem::forbidden(format!("API rate limit exceeded for {who}.")))?;
    if method == "GET" || method == "HEAD" {
        return Ok(());
    }
    let limits = [("minute", knobs.writes_per_minute, MINUTE), ("hour", knobs.writes_per_hour, HOUR)];
    for (name, requests, within) in limits {
        counters.take(&format!("github-{name}:{login}"), Limit { requests, within }, now).map_err(|wait| secondary(403, wait))?;
    }
    Ok(())
}

/// The secondary limit's refusal. Source: GitHub documentation, rate limits for the REST API, exceeding the limit.
pub(crate) fn secondary(status: u16, wait: u64) -> Problem {
    let text = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. \
                If you reach out to GitHub Support for help, please include the request ID.";
    Problem::new(status, text).with("retry-after", wait.to_string())
}

/// `x-ratelimit-*` of every reply.
pub(crate) fn headers(counters: &mut Counters, knobs: &GithubKnobs, login: &str, now: Moment) -> Vec<(String, String)> {
    let limit = primary(knobs, login);
    let (left, reset) = counters.left(&format!("github:{login}"), limit, now);
    let pairs = [
        ("x-ratelimit-limit", limit.requests.to_string()),
        ("x-ratelimit-remaining", left.to_string()),
        ("x-ratelimit-reset", reset.seconds().to_string()),
        ("x-ratelimit-used", (limit.requests - left).to_string()),
        ("x-ratelimit-resource", "core".to_owned()),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

/// The document of `GET /rate_limit`.
pub(crate) fn document(counters: &mut Counters, knobs: &GithubKnobs, login: &str, now: Moment) -> Value {
    let limit = primary(knobs, login);
    let (left, reset) = counters.left(&format!("github:{login}"), limit, now);
    let rate =
        |limit: usize, left: usize| json!({ "limit": limit, "remaining": left, "reset": reset.seconds(), "used": limit - left });
    let core = rate(limit.requests, left);
    json!({ "resources": { "core": core, "search": rate(30, 30), "graphql": rate(5000, 5000) }, "rate": core })
}
