//! Limit ranges: defaults for containers that say nothing, and bounds.

use super::super::error::{ApiError, Result};
use super::super::quantity;
use crate::cluster::Objects;
use serde_json::Value;

fn ranges(objects: &Objects, namespace: &str) -> Vec<Value> {
    let found = objects.list_in("limitranges", namespace);
    found.into_iter().flat_map(|r| r["spec"]["limits"].as_array().cloned().unwrap_or_default()).collect()
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    ["initContainers", "containers"].into_iter().flat_map(|list| pod["spec"][list].as_array().into_iter().flatten())
}

/// Puts defaults in.
pub(super) fn complete(objects: &Objects, pod: &mut Value) {
    let namespace = pod["metadata"]["namespace"].as_str().unwrap_or("").to_owned();
    for range in ranges(objects, &namespace).iter().filter(|r| r["type"] == "Container") {
        for list in ["initContainers", "containers"] {
            for container in pod["spec"][list].as_array_mut().into_iter().flatten() {
                for (from, to) in [("defaultRequest", "requests"), ("default", "limits")] {
                    for (name, amount) in range[from].as_object().into_iter().flatten() {
                        // A limit that is given is the request as well; the pod's own defaults have seen to that.
                        if container["resources"][to][name.as_str()].is_null() {
                            container["resources"][to][name.as_str()] = amount.clone();
                        }
                    }
                }
            }
        }
    }
}

/// Refuses what is out of bounds.
pub(super) fn check(objects: &Objects, pod: &Value) -> Result<()> {
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let (namespace, name) = (text(&pod["metadata"]["namespace"]), text(&pod["metadata"]["name"]));
    let mut wrong = Vec::new();
    for range in ranges(objects, &namespace).iter().filter(|r| r["type"] == "Container") {
        for container in containers(pod) {
            for (bound, sort, word) in [("min", "requests", "minimum"), ("max", "limits", "maximum")] {
                for (resource, wanted) in range[bound].as_object().into_iter().flatten() {
                    let given = container["resources"][sort][resource.as_str()].as_str();
                    let usage = format!("{word} {resource} usage per Container is {}", text(wanted));
                    let role = if sort == "limits" { "limit" } else { "request" };
                    let amount = given.and_then(quantity::nanos);
                    let limit = wanted.as_str().and_then(quantity::nanos).unwrap_or(0);
                    match amount {
                        None => wrong.push(format!("{usage}.  No {role} is specified")),
                        Some(n) if (bound == "min" && n < limit) || (bound == "max" && n > limit) => {
                            wrong.push(format!("{usage}, but {role} is {}", given.unwrap_or("")));
                        }
                        Some(_) => {}
                    }
                }
            }
        }
    }
    match wrong.as_slice() {
        [] => Ok(()),
        [one] => Err(ApiError::forbidden("pods", &name, one)),
        all => Err(ApiError::forbidden("pods", &name, &format!("[{}]", all.join(", ")))),
    }
}
