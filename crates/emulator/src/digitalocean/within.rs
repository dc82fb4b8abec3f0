//! A request from inside of a cluster: with a token of its own, and without a socket in between.

use super::find;
use crate::reply::Body;
use crate::request::Principal;
use crate::{Cx, Refusal, Req, Vendor};
use bytes::Bytes;
use serde_json::Value;

/// Answers one request as [`super::dispatch`] does, rate limits aside, and gives the body (Null when there is none).
///
/// # Errors
/// The vendor's refusal. The transaction goes on; what the handler changed before it refused stays changed.
pub(crate) fn call(cx: &mut Cx, token: &str, method: &str, path: &str, body: &Value) -> Result<Value, Refusal> {
    let raw = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let request = http::Request::builder().method(method).uri(path).body(raw);
    let request = request.map_err(|_| Refusal::bad_request("Unable to parse the request."))?;
    let mut req = Req::new(Vendor::DigitalOcean, request);
    let known = cx.world().tokens.iter().find(|t| t.token == token).ok_or_else(Refusal::unauthorized)?;
    let team = cx.world().team(&known.team).ok_or_else(Refusal::unauthorized)?;
    req.principal = Principal { team: team.uuid.clone(), scopes: known.scopes.clone() };
    let (route, params) = find(method, &req.path).ok_or_else(Refusal::not_found)?;
    if !route.allowed_by(&req.principal.scopes) {
        return Err(Refusal::forbidden("You are not authorized to perform this operation"));
    }
    req.params = params;
    let home = cx.team_id().to_owned();
    cx.as_team(&team.uuid);
    let answer = (route.run)(cx, &req);
    cx.as_team(&home);
    match answer?.body {
        Body::Json(document) => Ok(document),
        Body::Empty | Body::Raw(..) => Ok(Value::Null),
    }
}

/// A refusal in the words of the vendor's Go client, as operators log it.
pub(crate) fn in_words(method: &str, path: &str, refusal: &Refusal) -> String {
    format!("{method} https://api.digitalocean.com{path}: {} {}", refusal.status, refusal.message)
}
