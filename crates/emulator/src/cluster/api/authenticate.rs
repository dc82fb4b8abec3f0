//! Who asks: the account's own people by tokens of the cloud's API, service accounts by the cluster's own, and those
//! whom one of them impersonates.

use super::error::{ApiError, Result};
use super::rbac::{self, Act};
use super::token;
use super::user::User;
use crate::Req;
use crate::clock::Moment;
use crate::cluster::Objects;
use serde_json::Value;

/// Tokens that the cloud gave out, by token.
const GIVEN: &str = "_cluster_tokens";

/// The user of a request.
pub(crate) fn user(objects: &Objects, req: &Req) -> Result<User> {
    let bearer = req.header("authorization").and_then(|a| a.strip_prefix("Bearer ").or_else(|| a.strip_prefix("bearer ")));
    let user = match bearer {
        None | Some("") => User::anonymous(),
        Some(token) => of_token(objects, token).ok_or_else(|| ApiError::new(401, "Unauthorized", "Unauthorized"))?,
    };
    impersonated(objects, req, user)
}

/// The user behind a token.
pub(crate) fn of_token(objects: &Objects, token: &str) -> Option<User> {
    if let Some(given) = objects.world().get(GIVEN, token) {
        let until = given["expires_at"].as_str().and_then(Moment::parse)?;
        let good = given["cluster"] == objects.cluster() && objects.world().now() < until;
        let email = objects.world().team().map_or("", |t| t.email.as_str());
        return good.then(|| User {
            name: email.to_owned(),
            uid: objects.world().team_id().to_owned(),
            groups: ["k8saas:authenticated", "system:authenticated"].map(str::to_owned).to_vec(),
        });
    }
    token::read(objects, token).or_else(|| token::read_kept(objects, token))
}

/// Whom the user stands for, where the headers say so and a role lets them.
fn impersonated(objects: &Objects, req: &Req, user: User) -> Result<User> {
    let Some(name) = req.header("impersonate-user").map(str::to_owned) else {
        if req.header("impersonate-group").is_some() || req.header("impersonate-uid").is_some() {
            return Err(ApiError::new(500, "InternalError", "requested [{Group }] without impersonating a user"));
        }
        return Ok(user);
    };
    let groups: Vec<String> =
        req.headers.get_all("impersonate-group").iter().filter_map(|g| g.to_str().ok()).map(str::to_owned).collect();
    let mut acts = Vec::new();
    let impersonate = |resource: &str, namespace: &str, name: &str| Act {
        verb: "impersonate".to_owned(),
        resource: resource.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        ..Act::default()
    };
    match name.strip_prefix("system:serviceaccount:").and_then(|n| n.split_once(':')) {
        Some((namespace, account)) => acts.push(impersonate("serviceaccounts", namespace, account)),
        None => acts.push(impersonate("users", "", &name)),
    }
    acts.extend(groups.iter().map(|g| impersonate("groups", "", g)));
    for act in acts {
        if !rbac::allowed(objects, &user, &act) {
            return Err(rbac::refusal(&user, &act));
        }
    }
    let mut other = User::account(&name).unwrap_or(User { name, uid: String::new(), groups: Vec::new() });
    if !groups.is_empty() {
        other.groups = groups;
    }
    if !other.groups.iter().any(|g| g == "system:authenticated") {
        other.groups.push("system:authenticated".to_owned());
    }
    Ok(other)
}

/// `userInfo` as reviews show it.
pub(crate) fn info(user: &User) -> Value {
    let mut info = serde_json::json!({ "username": user.name, "groups": user.groups });
    if !user.uid.is_empty() {
        info["uid"] = user.uid.clone().into();
    }
    info
}
