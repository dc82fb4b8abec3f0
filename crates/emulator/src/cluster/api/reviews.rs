//! Questions that are asked by creating an object that is never stored: who is behind a token, who may do what.

use super::authenticate;
use super::dispatch::json_reply;
use super::error::Result;
use super::place::Place;
use super::rbac::{self, Act};
use super::user::User;
use crate::cluster::Objects;
use crate::{Reply, Req};
use serde_json::{Value, json};

/// The answer, where the place is one of such questions.
pub(crate) fn answer(objects: &mut Objects, req: &Req, place: &Place, user: &User) -> Result<Option<Reply>> {
    if req.method != "POST" || place.version != "v1" {
        return Ok(None);
    }
    let mut review = req.body.clone();
    let spec = review["spec"].clone();
    let status = match (place.group.as_str(), place.plural.as_str()) {
        ("authentication.k8s.io", "tokenreviews") => {
            match spec["token"].as_str().and_then(|t| authenticate::of_token(objects, t)) {
                Some(found) => json!({ "authenticated": true, "user": authenticate::info(&found) }),
                None => json!({ "authenticated": false, "error": "[invalid bearer token, token lookup failed]" }),
            }
        }
        ("authentication.k8s.io", "selfsubjectreviews") => json!({ "userInfo": authenticate::info(user) }),
        ("authorization.k8s.io", "selfsubjectaccessreviews") => judged(objects, user, &spec),
        ("authorization.k8s.io", "subjectaccessreviews" | "localsubjectaccessreviews") => {
            let groups = spec["groups"].as_array().into_iter().flatten().filter_map(|g| g.as_str().map(str::to_owned)).collect();
            let name = spec["user"].as_str().unwrap_or("").to_owned();
            judged(objects, &User { name, uid: String::new(), groups }, &spec)
        }
        ("authorization.k8s.io", "selfsubjectrulesreviews") => {
            json!({ "resourceRules": [], "nonResourceRules": [], "incomplete": true, "evaluationError": "the rules are not listed" })
        }
        _ => return Ok(None),
    };
    review["status"] = status;
    review["metadata"] = json!({});
    Ok(Some(json_reply(201, &review)))
}

fn judged(objects: &Objects, user: &User, spec: &Value) -> Value {
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let asked = &spec["resourceAttributes"];
    let act = if asked.is_object() {
        Act {
            verb: text(&asked["verb"]),
            group: text(&asked["group"]),
            resource: text(&asked["resource"]),
            subresource: text(&asked["subresource"]),
            namespace: text(&asked["namespace"]),
            name: text(&asked["name"]),
            path: String::new(),
        }
    } else {
        let asked = &spec["nonResourceAttributes"];
        Act { verb: text(&asked["verb"]), path: text(&asked["path"]), ..Act::default() }
    };
    let allowed = rbac::allowed(objects, user, &act);
    if allowed { json!({ "allowed": true, "reason": "RBAC: allowed by a binding" }) } else { json!({ "allowed": false }) }
}
