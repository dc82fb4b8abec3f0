//! DigitalOcean's API: who asks, how often, which route, which scope; then the route's handler.
//!
//! Each module holds one family of resources: `ROUTES`, and `EVENTS` for what it puts off.

pub mod account;
pub mod actions;
pub mod alerts;
pub mod cdn;
pub mod certificates;
pub mod databases;
pub mod domains;
pub mod droplets;
pub mod firewalls;
pub mod images;
pub mod kubernetes;
pub mod load_balancers;
pub mod projects;
pub mod regions;
pub mod registries;
pub mod reserved_ips;
pub mod sizes;
pub mod snapshots;
pub mod spaces_keys;
pub mod tags;
#[cfg(test)]
pub(crate) mod tests;
pub mod uptime;
pub mod volumes;
pub mod vpcs;
pub(crate) mod within;

use crate::clock::Moment;
use crate::limits::{Counters, Limit};
use crate::request::Principal;
use crate::route::EventHandler;
use crate::world::World;
use crate::{Cx, Refusal, Reply, Req, Route};
use serde_json::{Value, json};
use std::time::Duration;

/// Every family's operations.
const TABLES: &[&[Route]] = &[
    account::ROUTES,
    droplets::ROUTES,
    images::ROUTES,
    reserved_ips::ROUTES,
    snapshots::ROUTES,
    volumes::ROUTES,
    kubernetes::ROUTES,
    load_balancers::ROUTES,
    firewalls::ROUTES,
    actions::ROUTES,
    projects::ROUTES,
    sizes::ROUTES,
    tags::ROUTES,
    alerts::ROUTES,
    cdn::ROUTES,
    certificates::ROUTES,
    databases::ROUTES,
    domains::ROUTES,
    regions::ROUTES,
    registries::ROUTES,
    spaces_keys::ROUTES,
    uptime::ROUTES,
    vpcs::ROUTES,
];

/// Every family's events.
const EVENTS: &[&[(&str, EventHandler)]] = &[
    droplets::EVENTS,
    images::EVENTS,
    kubernetes::EVENTS,
    load_balancers::EVENTS,
    firewalls::EVENTS,
    actions::EVENTS,
    alerts::EVENTS,
    cdn::EVENTS,
    certificates::EVENTS,
    databases::EVENTS,
    domains::EVENTS,
    registries::EVENTS,
    spaces_keys::EVENTS,
    uptime::EVENTS,
    vpcs::EVENTS,
];

/// What every team has from the start.
pub(crate) fn begin(cx: &mut Cx) {
    projects::begin(cx);
}

/// The handler of an event.
pub(crate) fn event(kind: &str) -> Option<EventHandler> {
    EVENTS.iter().flat_map(|table| table.iter()).find(|(name, _)| *name == kind).map(|(_, run)| *run)
}

/// Answers one request.
pub(crate) fn dispatch(cx: &mut Cx, counters: &mut Counters, req: &mut Req) -> Reply {
    match attempt(cx, counters, req) {
        Ok(reply) => reply,
        Err(refusal) => refused(&refusal),
    }
}

fn attempt(cx: &mut Cx, counters: &mut Counters, req: &mut Req) -> Result<Reply, Refusal> {
    let token = bearer(req).ok_or_else(Refusal::unauthorized)?;
    let known = cx.world().tokens.iter().find(|t| t.token == token);
    let known = known.ok_or_else(Refusal::unauthorized)?;
    let team = cx.world().team(&known.team).ok_or_else(Refusal::unauthorized)?;
    req.principal = Principal { team: team.uuid.clone(), scopes: known.scopes.clone() };
    cx.as_team(&team.uuid);
    count(counters, cx.world(), &token, req, cx.now())?;
    let (route, params) = find(&req.method, &req.path).ok_or_else(Refusal::not_found)?;
    if !route.allowed_by(&req.principal.scopes) {
        return Err(Refusal::forbidden("You are not authorized to perform this operation"));
    }
    if !req.raw.is_empty() && req.body.is_null() && req.raw.as_ref() != b"null" {
        return Err(Refusal::bad_request("Unable to parse the request body as JSON."));
    }
    req.params = params;
    (route.run)(cx, req)
}

/// A call that the service makes itself in the name of the team that `cx` runs in: with every right, and not counted.
///
/// # Errors
/// What the operation refuses.
pub(crate) fn internally(cx: &mut Cx, method: &str, path: &str, body: &Value) -> Result<Value, Refusal> {
    let (bare, query) = path.split_once('?').unwrap_or((path, ""));
    let (route, params) = find(method, bare).ok_or_else(Refusal::not_found)?;
    let request = http::Request::builder().method(method).uri(path).body(bytes::Bytes::new());
    let mut req = Req::new(crate::Vendor::DigitalOcean, request.map_err(|e| Refusal::bad_request(e.to_string()))?);
    req.body = body.clone();
    req.raw_query = query.to_owned();
    req.params = params;
    req.principal = Principal { team: cx.team_id().to_owned(), scopes: vec!["*".to_owned()] };
    match (route.run)(cx, &req)?.body {
        crate::reply::Body::Json(document) => Ok(document),
        _ => Ok(Value::Null),
    }
}

fn find(method: &str, path: &str) -> Option<(&'static Route, Vec<(&'static str, String)>)> {
    TABLES
        .iter()
        .flat_map(|table| table.iter())
        .filter(|route| route.method == method)
        .filter_map(|route| Some((route, route.matches(path)?)))
        .max_by_key(|(route, _)| route.fixed_parts())
}

/// Every route, for tests that compare the tables with the contract.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    TABLES.iter().flat_map(|table| table.iter())
}

fn bearer(req: &Req) -> Option<String> {
    let (kind, token) = req.header("authorization")?.split_once(' ')?;
    kind.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

/// Source: DigitalOcean documentation, API: 5,000 an hour, 250 a minute, CDN endpoints 5 in 10 s, `GET /v2/account/keys`
/// 10 a minute.
fn count(counters: &mut Counters, world: &World, token: &str, req: &Req, now: Moment) -> Result<(), Refusal> {
    let rates = &world.rates;
    let mut special = Vec::new();
    if req.path.starts_with("/v2/cdn/endpoints") {
        special.push(("cdn", rates.cdn, Duration::from_secs(10)));
    }
    if req.path == "/v2/account/keys" && req.method == "GET" {
        special.push(("account_keys", rates.account_keys, MINUTE));
    }
    special.push(("minute", rates.minute, MINUTE));
    special.push(("hour", rates.hour, HOUR));
    for (name, requests, within) in special {
        counters.take(&format!("{name}:{token}"), Limit { requests, within }, now).map_err(Refusal::too_many_requests)?;
    }
    Ok(())
}

/// `ratelimit-*` of every reply: the hour's limit, what is left of it, and when the oldest request is forgotten.
pub(crate) fn limit_headers(counters: &mut Counters, world: &World, req: &Req, now: Moment) -> [(&'static str, String); 3] {
    let limit = Limit { requests: world.rates.hour, within: HOUR };
    let token = bearer(req).unwrap_or_default();
    let (left, reset) = counters.left(&format!("hour:{token}"), limit, now);
    [
        ("ratelimit-limit", limit.requests.to_string()),
        ("ratelimit-remaining", left.to_string()),
        ("ratelimit-reset", reset.seconds().to_string()),
    ]
}

/// The reply that the world file's fault asks for, in the vendor's form.
pub(crate) fn trouble(status: u16) -> Reply {
    refused(&match status {
        401 => Refusal::unauthorized(),
        404 => Refusal::not_found(),
        429 => Refusal::too_many_requests(5),
        500 => Refusal::server_error(),
        502 => Refusal::new(502, "bad_gateway", "Bad gateway"),
        503 => Refusal::new(503, "service_unavailable", "The service is temporarily unavailable."),
        504 => Refusal::new(504, "gateway_timeout", "Gateway timeout"),
        other => Refusal::new(other, "server_error", "Unexpected server-side error"),
    })
}

/// The reply for a refusal, in DigitalOcean's form.
pub(crate) fn refused(refusal: &Refusal) -> Reply {
    let reply = Reply::json(refusal.status, json!({ "id": refusal.id, "message": refusal.message }));
    match refusal.retry_after {
        Some(seconds) => reply.with("retry-after", seconds.to_string()),
        None => reply,
    }
}
