//! What is refused of pods and of their templates.

use super::super::{names, quantity};
use super::Cause;
use serde_json::Value;

/// Checks the spec of a pod that stands at `path`.
pub(super) fn spec(spec: &Value, path: &str, causes: &mut Vec<Cause>) {
    let list = |name: &str| spec[name].as_array().map_or(&[][..], Vec::as_slice);
    if list("containers").is_empty() {
        causes.push(Cause::required(format!("{path}.containers"), ""));
    }
    let mut volumes: Vec<&str> = Vec::new();
    for (i, volume) in list("volumes").iter().enumerate() {
        let name = volume["name"].as_str().unwrap_or("");
        named(&volume["name"], &format!("{path}.volumes[{i}].name"), causes);
        if volumes.contains(&name) {
            causes.push(Cause::duplicate(format!("{path}.volumes[{i}].name"), &volume["name"]));
        }
        if volume.as_object().is_some_and(|v| v.keys().filter(|k| *k != "name").count() > 1) {
            causes.push(Cause::forbidden(format!("{path}.volumes[{i}]"), "may not specify more than 1 volume type"));
        }
        volumes.push(name);
    }
    let mut seen: Vec<&str> = Vec::new();
    for sort in ["initContainers", "containers"] {
        for (i, container) in list(sort).iter().enumerate() {
            let at = format!("{path}.{sort}[{i}]");
            named(&container["name"], &format!("{at}.name"), causes);
            let name = container["name"].as_str().unwrap_or("");
            if seen.contains(&name) {
                causes.push(Cause::duplicate(format!("{at}.name"), &container["name"]));
            }
            seen.push(name);
            self::container(container, &at, &volumes, causes);
        }
    }
    if let Some(policy) = spec["restartPolicy"].as_str()
        && !["Always", "OnFailure", "Never"].contains(&policy)
    {
        let possible = ["Always", "OnFailure", "Never"].map(str::to_owned);
        causes.push(Cause::unsupported(format!("{path}.restartPolicy"), &spec["restartPolicy"], &possible));
    }
}

fn named(name: &Value, path: &str, causes: &mut Vec<Cause>) {
    match name.as_str() {
        None | Some("") => causes.push(Cause::required(path, "")),
        Some(text) => causes.extend(names::wrong_label(text).map(|why| Cause::invalid(path, name, &why))),
    }
}

fn container(container: &Value, at: &str, volumes: &[&str], causes: &mut Vec<Cause>) {
    if container["image"].as_str().is_none_or(str::is_empty) {
        causes.push(Cause::required(format!("{at}.image"), ""));
    }
    for (i, mount) in container["volumeMounts"].as_array().into_iter().flatten().enumerate() {
        let path = format!("{at}.volumeMounts[{i}]");
        if !volumes.contains(&mount["name"].as_str().unwrap_or("")) {
            let message = format!("Not found: {}", mount["name"]);
            causes.push(Cause { reason: "FieldValueNotFound", field: format!("{path}.name"), message });
        }
        if mount["mountPath"].as_str().is_none_or(str::is_empty) {
            causes.push(Cause::required(format!("{path}.mountPath"), ""));
        }
    }
    for (i, variable) in container["env"].as_array().into_iter().flatten().enumerate() {
        if variable["name"].as_str().is_none_or(str::is_empty) {
            causes.push(Cause::required(format!("{at}.env[{i}].name"), ""));
        }
    }
    for (i, port) in container["ports"].as_array().into_iter().flatten().enumerate() {
        if !port["containerPort"].as_i64().is_some_and(|p| (1..=65535).contains(&p)) {
            let path = format!("{at}.ports[{i}].containerPort");
            causes.push(Cause::invalid(path, &port["containerPort"], "must be between 1 and 65535, inclusive"));
        }
        if port["name"].as_str().is_some_and(|n| n.len() > 15) {
            causes.push(Cause::invalid(format!("{at}.ports[{i}].name"), &port["name"], "must be no more than 15 characters"));
        }
    }
    for sort in ["requests", "limits"] {
        for (name, amount) in container["resources"][sort].as_object().into_iter().flatten() {
            let path = format!("{at}.resources.{sort}[{name}]");
            let limit = container["resources"]["limits"][name.as_str()].as_str().and_then(quantity::nanos);
            match amount.as_str().map(quantity::nanos) {
                Some(Some(given)) if given < 0 => {
                    causes.push(Cause::invalid(path, amount, "must be greater than or equal to 0"));
                }
                Some(Some(given)) if sort == "requests" && limit.is_some_and(|l| given > l) => {
                    let limit = container["resources"]["limits"][name.as_str()].as_str().unwrap_or("");
                    let why = format!("must be less than or equal to {name} limit of {limit}");
                    causes.push(Cause::invalid(format!("{at}.resources.requests"), amount, &why));
                }
                Some(Some(_)) => {}
                _ => causes.push(Cause::invalid(
                    path,
                    amount,
                    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
                )),
            }
        }
    }
}
