//! A request to an API server: which cluster, who asks, whether they may, and who answers.

use super::error::{ApiError, Result};
use super::kinds;
use super::place::{Place, of_path};
use super::rbac::{self, Act};
use super::user::User;
use super::{authenticate, discovery, openapi, reviews, verbs};
use crate::cluster::Objects;
use crate::{Cx, Reply, Req};
use serde_json::{Value, json};

const CLUSTERS: &str = crate::digitalocean::kubernetes::CLUSTERS;

/// Answers.
pub(crate) fn answer(cx: &mut Cx, req: &mut Req) -> Reply {
    let Some(cluster) = find(cx, req) else {
        return Reply::raw(404, "text/plain", "no API server answers at this address\n");
    };
    let mut objects = Objects::new(cx, &cluster);
    match route(&mut objects, req) {
        Ok(reply) => reply,
        Err(error) => error.reply(),
    }
}

/// The cluster that the request means, by host or by path; goes on in its team's name.
fn find(cx: &mut Cx, req: &mut Req) -> Option<String> {
    let id = if let Some((id, rest)) = req.path.strip_prefix("/clusters/").and_then(|p| p.split_once('/')) {
        let (id, rest) = (id.to_owned(), format!("/{rest}"));
        // Addresses that replies mention lead back here.
        req.params.push(("prefix", format!("/clusters/{id}")));
        req.path = rest;
        id
    } else {
        req.header("host")?.split('.').next()?.to_owned()
    };
    let teams: Vec<&str> = cx.teams().collect();
    for team in teams {
        cx.as_team(team);
        let found = cx.get(CLUSTERS, &id).is_some_and(|c| c["endpoint"].as_str().is_some_and(|e| !e.is_empty()));
        if found {
            return Some(id);
        }
    }
    None
}

fn route(objects: &mut Objects, req: &Req) -> Result<Reply> {
    let user = authenticate::user(objects, req)?;
    let Some(place) = of_path(&req.path) else {
        let act = Act { verb: req.method.to_lowercase(), path: req.path.clone(), ..Act::default() };
        if !rbac::allowed(objects, &user, &act) {
            return Err(rbac::refusal(&user, &act));
        }
        return other(objects, req, &user);
    };
    let watch = matches!(req.query("watch"), Some("1" | "true"));
    let act = Act {
        verb: verb(&req.method, place.name.is_empty(), watch).to_owned(),
        group: place.group.clone(),
        resource: place.plural.clone(),
        subresource: place.part.clone(),
        namespace: place.namespace.clone(),
        name: place.name.clone(),
        path: String::new(),
    };
    if !rbac::allowed(objects, &user, &act) {
        return Err(rbac::refusal(&user, &act));
    }
    if let Some(reply) = reviews::answer(objects, req, &place, &user)? {
        return Ok(reply);
    }
    let kind = kinds::of_plural(objects, &place.group, &place.version, &place.plural).ok_or_else(ApiError::no_such_path)?;
    if kind.namespaced == place.namespace.is_empty() && !(kind.namespaced && place.name.is_empty() && req.method == "GET") {
        return Err(ApiError::no_such_path());
    }
    let call = verbs::Call { req, place: &place, kind: &kind, user };
    match (req.method.as_str(), place.part.as_str()) {
        ("GET", "") if place.name.is_empty() && watch => verbs::watch::run(objects, &call),
        ("GET", "") if place.name.is_empty() => verbs::read::list(objects, &call),
        ("GET", "") if watch => verbs::watch::run(objects, &call),
        ("GET", "" | "status") => verbs::read::get(objects, &call),
        ("POST", "") if place.name.is_empty() => verbs::write::create(objects, &call),
        ("PUT", "" | "status" | "finalize") => verbs::write::update(objects, &call),
        ("PATCH", "" | "status") => verbs::write::patch(objects, &call),
        ("DELETE", "") if place.name.is_empty() => verbs::delete::collection(objects, &call),
        ("DELETE", "") => verbs::delete::named(objects, &call),
        (_, "") => Err(method_not_allowed()),
        _ => verbs::parts::answer(objects, &call),
    }
}

pub(super) fn method_not_allowed() -> ApiError {
    ApiError::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
}

fn verb(method: &str, collection: bool, watch: bool) -> &'static str {
    match method {
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" if collection => "deletecollection",
        "DELETE" => "delete",
        _ if watch => "watch",
        _ if collection => "list",
        _ => "get",
    }
}

/// Paths that are no resources.
fn other(objects: &mut Objects, req: &Req, _user: &User) -> Result<Reply> {
    if req.method != "GET" && req.method != "HEAD" {
        return Err(method_not_allowed());
    }
    match req.path.trim_end_matches('/') {
        "/version" => Ok(json_reply(200, &version(objects))),
        "/healthz" | "/livez" | "/readyz" => Ok(Reply::raw(200, "text/plain; charset=utf-8", "ok")),
        "/openapi/v2" => Ok(openapi::v2(objects)),
        "/openapi/v3" => Ok(openapi::index(objects, req.param("prefix"))),
        path if path.starts_with("/openapi/v3/") => openapi::group(objects, &path["/openapi/v3/".len()..]),
        path => discovery::answer(objects, req, path),
    }
}

/// `/version` of the cluster's own version: `1.36.1-do.0` runs Kubernetes 1.36.1.
fn version(objects: &Objects) -> Value {
    let cluster = objects.world().get(CLUSTERS, objects.cluster());
    let slug = cluster.and_then(|c| c["version_slug"].as_str().or_else(|| c["version"].as_str())).unwrap_or("1.36.1-do.0");
    let plain = slug.split('-').next().unwrap_or(slug);
    let mut parts = plain.split('.');
    json!({
        "major": parts.next().unwrap_or("1"), "minor": parts.next().unwrap_or("36"), "emulationMajor": "1",
        "emulationMinor": plain.split('.').nth(1).unwrap_or("36"), "gitVersion": format!("v{plain}"),
        "gitCommit": "0000000000000000000000000000000000000000", "gitTreeState": "clean", "buildDate": "2026-06-10T09:00:00Z",
        "goVersion": "go1.25.4", "compiler": "gc", "platform": "linux/amd64",
    })
}

/// A JSON document as it is.
pub(super) fn json_reply(status: u16, document: &Value) -> Reply {
    Reply::raw(status, "application/json", document.to_string())
}

/// The place of an object in words: for messages.
impl Place {
    /// `deployments.apps`.
    pub fn resource(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }
}
