//! The API's table: from a request to its operation, and what every reply carries.

use super::access::{self, Need};
use super::ask::Ask;
use super::problem::{Problem, document};
use super::{contents, gitdata, graphql, meta, pulls, rates, repos, settings, tracker};
use crate::limits::Counters;
use crate::reply::Body;
use crate::{Cx, Reply, Req};
use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};

/// Carries out one request.
pub(crate) type Run = fn(&mut Cx, &Ask) -> Result<Reply, Problem>;

/// One operation.
pub(crate) struct Op {
    /// Method, in capitals.
    pub method: &'static str,
    /// Path with parameters in braces; `{name*}` takes several parts.
    pub path: &'static str,
    /// What the caller needs: a permission with its level, `login` for any user, or nothing.
    pub needs: &'static str,
    /// What it does.
    pub run: Run,
}

const TABLES: &[&[Op]] = &[
    meta::OPS,
    repos::OPS,
    contents::OPS,
    gitdata::blobs::OPS,
    gitdata::trees::OPS,
    gitdata::commits::OPS,
    gitdata::refs::OPS,
    gitdata::tags::OPS,
    gitdata::log::OPS,
    gitdata::branches::OPS,
    settings::collaborators::OPS,
    settings::environments::OPS,
    settings::hooks::OPS,
    settings::keys::OPS,
    settings::protection::OPS,
    settings::rulesets::OPS,
    settings::secrets::OPS,
    settings::variables::OPS,
    settings::workflows::OPS,
    pulls::OPS,
    pulls::merge::OPS,
    pulls::reviews::OPS,
    tracker::checks::OPS,
    tracker::issues::OPS,
    tracker::statuses::OPS,
    graphql::OPS,
];

/// Every operation that is answered, as method and path.
pub fn operations() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLES.iter().flat_map(|table| table.iter()).map(|op| (op.method, op.path))
}

/// Answers a request to the API.
pub(crate) fn answer(cx: &mut Cx, counters: &mut Counters, req: &mut Req) -> Reply {
    if let Some(path) = req.path.strip_prefix("/api/v3") {
        req.path = path.to_owned();
    } else if req.path == "/api/graphql" {
        "/graphql".clone_into(&mut req.path);
    }
    let token = match access::token(cx, req) {
        Ok(token) => token,
        Err(problem) => return dressed(problem.reply(), counters, cx, ""),
    };
    let login = token.as_ref().map(|t| t.login.clone()).unwrap_or_default();
    let mut reply = attempt(cx, counters, req, Ask::new(req, token.clone())).unwrap_or_else(Problem::reply);
    if let Some(token) = &token
        && token.permissions.is_empty()
    {
        reply = reply.with("x-oauth-scopes", token.scopes.join(", "));
    }
    dressed(tagged(req, reply), counters, cx, &login)
}

/// With the rate limit's headers and what else every reply has.
fn dressed(mut reply: Reply, counters: &mut Counters, cx: &Cx, login: &str) -> Reply {
    reply.headers.extend(rates::headers(counters, &cx.world().github, login, cx.now()));
    reply.with("server", "github.com").with("x-github-media-type", "github.v3; format=json")
}

/// With an `ETag`; 304 when the client has the same.
fn tagged(req: &Req, reply: Reply) -> Reply {
    let Body::Raw(_, bytes) = &reply.body else { return reply };
    if req.method != "GET" || reply.status != 200 {
        return reply;
    }
    let tag = format!("W/\"{}\"", super::git::object::hex(&Sha256::digest(bytes)));
    if req.header("if-none-match").is_some_and(|known| known.split(',').any(|k| k.trim() == tag)) {
        return Reply { status: 304, headers: reply.headers, body: Body::Empty }.with("etag", tag);
    }
    reply.with("etag", tag).with("cache-control", "private, max-age=60, s-maxage=60")
}

/// Versions of the API. Source: GitHub documentation, API versions.
const VERSIONS: &[&str] = &["2022-11-28", "2026-03-10"];

fn attempt<'a>(cx: &mut Cx, counters: &mut Counters, req: &'a Req, ask: Ask<'a>) -> Result<Reply, Problem> {
    if req.header("user-agent").is_none_or(str::is_empty) {
        return Err(Problem::forbidden(
            "Request forbidden by administrative rules. Please make sure your request has a User-Agent header \
             (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required).",
        ));
    }
    if let Some(version) = req.header("x-github-api-version")
        && !VERSIONS.contains(&version)
    {
        return Err(Problem::new(400, format!("API version {version} is not supported. Use one of {}.", VERSIONS.join(", "))));
    }
    let knobs = &cx.world().github;
    if req.path == "/rate_limit" {
        return Ok(document(200, &rates::document(counters, knobs, ask.login(), cx.now())));
    }
    rates::count(counters, knobs, ask.login(), &req.method, cx.now())?;
    if !req.raw.is_empty() && req.body.is_null() && req.raw.as_ref() != b"null" {
        return Err(Problem::new(400, "Problems parsing JSON"));
    }
    if !(req.body.is_null() || req.body.is_object() || req.body.is_array()) {
        return Err(Problem::new(400, "Body should be a JSON object"));
    }
    let (op, params) = find(&req.method, trimmed(&req.path)).ok_or_else(Problem::not_found)?;
    let mut inner = req.clone();
    inner.params = params;
    let mut ask = Ask::new(&inner, ask.token);
    if op.path.starts_with("/repos/{owner}/{repo}") {
        let (owner, name) = (inner.param("owner"), inner.param("repo"));
        ask.repo = repos::stored(cx, owner, name).cloned().ok_or_else(|| repos::missing(cx, &ask, owner, name))?;
        access::repository(cx, &ask, Need::of(op.needs))?;
    } else if !op.needs.is_empty() && ask.token.is_none() {
        return Err(Problem::new(401, "Requires authentication"));
    }
    (op.run)(cx, &ask)
}

/// A path without the slash that some clients leave at its end.
fn trimmed(path: &str) -> &str {
    if path.len() > 1 { path.trim_end_matches('/') } else { path }
}

fn find(method: &str, path: &str) -> Option<(&'static Op, Vec<(&'static str, String)>)> {
    let fixed = |op: &Op| op.path.split('/').filter(|p| !p.starts_with('{')).count();
    TABLES
        .iter()
        .flat_map(|table| table.iter())
        .filter(|op| op.method == method)
        .filter_map(|op| Some((op, matches(op.path, path)?)))
        .max_by_key(|(op, _)| (fixed(op), !op.path.contains("*}")))
}

/// The path's parameters when it fits the pattern.
fn matches(pattern: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let wanted: Vec<&'static str> = pattern.split('/').collect();
    let given: Vec<&str> = path.split('/').collect();
    let many = wanted.iter().position(|w| w.ends_with("*}"));
    let fits = if many.is_some() { given.len() >= wanted.len() } else { given.len() == wanted.len() };
    if !fits {
        return None;
    }
    let extra = given.len() - wanted.len();
    let mut params = Vec::new();
    let mut at = 0;
    for (index, part) in wanted.iter().enumerate() {
        let take = if many == Some(index) { extra + 1 } else { 1 };
        let text = given.get(at..at + take)?.join("/");
        at += take;
        match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
            Some(name) if !text.is_empty() => {
                params.push((name.trim_end_matches('*'), percent_decode_str(&text).decode_utf8_lossy().into_owned()));
            }
            None if *part == text => {}
            _ => return None,
        }
    }
    Some(params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_of_several_parts_takes_what_is_between() {
        let path = "/repos/a/b/branches/feature/x/protection";
        let (op, params) = find("GET", path).unwrap();
        assert!(op.path.ends_with("/protection"));
        assert_eq!(params[2], ("branch", "feature/x".to_owned()));
        assert_eq!(find("GET", "/repos/a/b/contents/a%20b/c").unwrap().1[2].1, "a b/c");
        assert!(find("GET", "/nothing").is_none());
    }
}
