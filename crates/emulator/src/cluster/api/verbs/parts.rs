//! Parts of objects that are asked for by themselves: scale, eviction, log, token.

use super::super::dispatch::{json_reply, method_not_allowed};
use super::super::error::{ApiError, Result};
use super::super::{select, store, token};
use super::{Call, dry_run, show};
use crate::Reply;
use crate::cluster::Objects;
use serde_json::{Value, json};

/// Answers.
pub(crate) fn answer(objects: &mut Objects, call: &Call) -> Result<Reply> {
    match (call.kind.resource().as_str(), call.place.part.as_str(), call.req.method.as_str()) {
        (_, "scale", method) if call.kind.scale => scale(objects, call, method),
        ("pods", "log", "GET") => log(objects, call),
        ("pods", "eviction", "POST") => evict(objects, call),
        ("pods", "binding", "POST") => bind(objects, call),
        ("serviceaccounts", "token", "POST") => make_token(objects, call),
        ("pods", "ephemeralcontainers" | "resize", "GET") => super::read::get(objects, call),
        ("pods", "exec" | "attach" | "portforward", _) => {
            Err(ApiError::new(501, "NotImplemented", "the containers of this cluster run nothing that could be attached to"))
        }
        ("services" | "pods" | "nodes", "proxy", _) => {
            Err(ApiError::new(503, "ServiceUnavailable", "the containers of this cluster run nothing that could answer"))
        }
        (_, "scale" | "log" | "eviction" | "token", _) => Err(method_not_allowed()),
        _ => Err(ApiError::no_such_path()),
    }
}

fn found(objects: &Objects, call: &Call) -> Result<Value> {
    let found = objects.get(&call.kind.resource(), &call.place.namespace, &call.place.name).cloned();
    found.ok_or_else(|| ApiError::not_found(&call.place.resource(), &call.place.name))
}

/// How many there are and shall be.
fn scale(objects: &mut Objects, call: &Call, method: &str) -> Result<Reply> {
    let object = found(objects, call)?;
    let shown = scale_of(&object);
    let wanted = match method {
        "GET" => return Ok(json_reply(200, &shown)),
        "PUT" => super::write::body(call)?,
        "PATCH" => super::write::patched(objects, call, &shown)?,
        _ => return Err(method_not_allowed()),
    };
    let replicas = wanted["spec"]["replicas"].as_i64().unwrap_or(0);
    if replicas < 0 {
        return Err(ApiError::bad("spec.replicas: Invalid value: must be greater than or equal to 0"));
    }
    let mut writer = call.writer()?;
    writer.subresource = "scale".to_owned();
    let mut object = show(call.kind, &object);
    object["spec"]["replicas"] = replicas.into();
    if let Some(version) = wanted["metadata"]["resourceVersion"].as_str() {
        object["metadata"]["resourceVersion"] = version.into();
    }
    let object = store::replace(objects, call.kind, &call.place.namespace, object, &mut writer)?;
    Ok(json_reply(200, &scale_of(&object)))
}

fn scale_of(object: &Value) -> Value {
    let meta = &object["metadata"];
    let labels = object["spec"]["selector"]["matchLabels"].as_object();
    let selector: Vec<String> = labels.into_iter().flatten().map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or(""))).collect();
    json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": {
            "name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"],
            "resourceVersion": meta["resourceVersion"], "creationTimestamp": meta["creationTimestamp"],
        },
        "spec": { "replicas": object["spec"]["replicas"].as_i64().unwrap_or(0) },
        "status": { "replicas": object["status"]["replicas"].as_i64().unwrap_or(0), "selector": selector.join(",") },
    })
}

/// What a pod says: that it serves, or what keeps it from that.
fn log(objects: &mut Objects, call: &Call) -> Result<Reply> {
    let pod = found(objects, call)?;
    let name = &call.place.name;
    let containers: Vec<&str> =
        pod["spec"]["containers"].as_array().into_iter().flatten().filter_map(|c| c["name"].as_str()).collect();
    let chosen = match call.query("container") {
        "" => containers.first().copied().unwrap_or(""),
        given => given,
    };
    let inits = pod["spec"]["initContainers"].as_array().into_iter().flatten();
    if !containers.contains(&chosen) && !inits.into_iter().any(|c| c["name"] == chosen) {
        return Err(ApiError::bad(format!("container {chosen} is not valid for pod {name}")));
    }
    let states = ["containerStatuses", "initContainerStatuses"];
    let state = states.iter().flat_map(|s| pod["status"][*s].as_array().into_iter().flatten()).find(|s| s["name"] == chosen);
    let waits = state.map_or("ContainerCreating", |s| s["state"]["waiting"]["reason"].as_str().unwrap_or(""));
    let last = state
        .and_then(|s| s["lastState"]["terminated"]["message"].as_str().or_else(|| s["state"]["terminated"]["message"].as_str()));
    if !waits.is_empty() && last.is_none() {
        let why = match waits {
            "ErrImagePull" | "ImagePullBackOff" => "image can't be pulled".to_owned(),
            "CreateContainerConfigError" => {
                state.map_or(String::new(), |s| s["state"]["waiting"]["message"].as_str().unwrap_or(waits).to_owned())
            }
            other => other.to_owned(),
        };
        return Err(ApiError::bad(format!("container \"{chosen}\" in pod \"{name}\" is waiting to start: {why}")));
    }
    let conditions = pod["status"]["conditions"].as_array();
    let unready = conditions
        .into_iter()
        .flatten()
        .find(|c| c["type"] == "Ready" && c["status"] != "True")
        .and_then(|c| c["message"].as_str());
    let line = last.or(unready).unwrap_or("ready");
    Ok(Reply::raw(200, "text/plain", format!("{line}\n")))
}

/// Evicts a pod, unless a disruption budget says that too few would be left.
fn evict(objects: &mut Objects, call: &Call) -> Result<Reply> {
    let pod = found(objects, call)?;
    let budgets = objects.list_in("poddisruptionbudgets.policy", &call.place.namespace);
    let held = budgets.into_iter().find(|b| {
        select::matches(&b["spec"]["selector"], &pod["metadata"]["labels"])
            && b["status"]["disruptionsAllowed"].as_i64().unwrap_or(0) < 1
    });
    if let Some(budget) = held {
        let name = budget["metadata"]["name"].as_str().unwrap_or("");
        let mut error =
            ApiError::new(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.");
        let needs = format!(
            "The disruption budget {name} needs {} healthy pods and has {} currently",
            budget["status"]["desiredHealthy"].as_i64().unwrap_or(0),
            budget["status"]["currentHealthy"].as_i64().unwrap_or(0)
        );
        error.details = json!({ "causes": [{ "reason": "DisruptionBudget", "message": needs }] });
        return Err(error);
    }
    if !dry_run(call.query("dryRun"))? {
        objects.delete("pods", &call.place.namespace, &call.place.name);
    }
    Ok(json_reply(201, &json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201 })))
}

fn bind(objects: &mut Objects, call: &Call) -> Result<Reply> {
    let pod = found(objects, call)?;
    if !pod["spec"]["nodeName"].is_null() {
        let why = format!("pod {} is already assigned to node {}", call.place.name, pod["spec"]["nodeName"]);
        return Err(ApiError::conflict("pods/binding", &call.place.name, &why));
    }
    let node = call.req.body["target"]["name"].clone();
    objects.edit("pods", &call.place.namespace, &call.place.name, |p| p["spec"]["nodeName"] = node);
    Ok(json_reply(201, &json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201 })))
}

/// A token for a service account: at least ten minutes, an hour unless asked.
fn make_token(objects: &mut Objects, call: &Call) -> Result<Reply> {
    let mut request = super::write::body(call)?;
    let seconds = request["spec"]["expirationSeconds"].as_i64().unwrap_or(3600);
    if seconds < 600 {
        let cause = super::super::error::Cause::invalid(
            "spec.expirationSeconds",
            &seconds.into(),
            "may not specify a duration less than 10 minutes",
        );
        return Err(ApiError::invalid("authentication.k8s.io", "TokenRequest", "", &[cause]));
    }
    let (token, until) = token::issue(objects, &call.place.namespace, &call.place.name, seconds, &request["spec"]["audiences"])?;
    request["apiVersion"] = "authentication.k8s.io/v1".into();
    request["kind"] = "TokenRequest".into();
    request["metadata"] =
        json!({ "name": call.place.name, "namespace": call.place.namespace, "creationTimestamp": objects.world().stamp() });
    request["spec"]["expirationSeconds"] = seconds.into();
    request["status"] = json!({ "token": token, "expirationTimestamp": crate::Moment(until * 1000).rfc3339() });
    Ok(json_reply(201, &request))
}
