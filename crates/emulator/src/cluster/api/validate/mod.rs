//! What the server refuses of built-in kinds, and what may never change.
//!
//! Source: Kubernetes 1.36, the validation packages of each group; not every rule, but those that people meet.

mod change;
mod pods;

pub(crate) use change::forbidden_changes;

use super::error::Cause;
use super::kinds::Kind;
use super::{names, quantity};
use serde_json::{Value, json};

/// What is wrong with the metadata of any object.
pub(crate) fn metadata(resource: &str, object: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    let meta = &object["metadata"];
    if let Some(why) = names::wrong_name(resource, meta["name"].as_str().unwrap_or("")) {
        causes.push(Cause::invalid("metadata.name", &meta["name"], &why));
    }
    labels(&meta["labels"], "metadata.labels", &mut causes);
    for (i, owner) in meta["ownerReferences"].as_array().into_iter().flatten().enumerate() {
        for field in ["apiVersion", "kind", "name", "uid"] {
            if owner[field].as_str().is_none_or(str::is_empty) {
                causes.push(Cause::invalid(format!("metadata.ownerReferences[{i}].{field}"), &owner[field], "must not be empty"));
            }
        }
    }
    causes
}

fn labels(labels: &Value, path: &str, causes: &mut Vec<Cause>) {
    for value in labels.as_object().into_iter().flat_map(serde_json::Map::values) {
        if let Some(why) = names::wrong_label_value(value) {
            causes.push(Cause::invalid(path, value, &why));
        }
    }
}

/// What is wrong with an object of a built-in kind.
pub(crate) fn object(kind: &Kind, object: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    let spec = &object["spec"];
    match kind.resource().as_str() {
        "pods" => pods::spec(spec, "spec", &mut causes),
        "deployments.apps" | "replicasets.apps" | "daemonsets.apps" | "statefulsets.apps" => workload(spec, &mut causes),
        "jobs.batch" => {
            pods::spec(&spec["template"]["spec"], "spec.template.spec", &mut causes);
            let policy = &spec["template"]["spec"]["restartPolicy"];
            if !matches!(policy.as_str(), Some("OnFailure" | "Never")) {
                let possible = ["OnFailure".to_owned(), "Never".to_owned()];
                causes.push(Cause::unsupported("spec.template.spec.restartPolicy", policy, &possible));
            }
        }
        "cronjobs.batch" => {
            pods::spec(&spec["jobTemplate"]["spec"]["template"]["spec"], "spec.jobTemplate.spec.template.spec", &mut causes);
            if spec["schedule"].as_str().is_none_or(str::is_empty) {
                causes.push(Cause::required("spec.schedule", ""));
            }
        }
        "services" => service(spec, &mut causes),
        "configmaps" => keys(object, &["data", "binaryData"], &mut causes),
        "secrets" => keys(object, &["data"], &mut causes),
        "persistentvolumeclaims" => claim(spec, &mut causes),
        "customresourcedefinitions.apiextensions.k8s.io" => definition(object, &mut causes),
        "rolebindings.rbac.authorization.k8s.io" | "clusterrolebindings.rbac.authorization.k8s.io"
            if object["roleRef"]["name"].as_str().is_none_or(str::is_empty) =>
        {
            causes.push(Cause::required("roleRef.name", ""));
        }
        "storageclasses.storage.k8s.io" if object["provisioner"].as_str().is_none_or(str::is_empty) => {
            causes.push(Cause::required("provisioner", ""));
        }
        _ => {}
    }
    causes
}

fn workload(spec: &Value, causes: &mut Vec<Cause>) {
    let selector = &spec["selector"];
    if selector.is_null() {
        causes.push(Cause::required("spec.selector", ""));
    } else if selector.as_object().is_some_and(serde_json::Map::is_empty) {
        causes.push(Cause::invalid("spec.selector", selector, "empty selector is invalid for deployment"));
    } else if !super::select::matches(selector, &spec["template"]["metadata"]["labels"]) {
        let labels = &spec["template"]["metadata"]["labels"];
        let labels = if labels.is_null() { &json!({}) } else { labels };
        causes.push(Cause::invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`"));
    }
    if spec["replicas"].as_i64().is_some_and(|r| r < 0) {
        causes.push(Cause::invalid("spec.replicas", &spec["replicas"], "must be greater than or equal to 0"));
    }
    labels(&spec["template"]["metadata"]["labels"], "spec.template.metadata.labels", causes);
    for strategy in ["strategy", "updateStrategy"] {
        for bound in ["maxUnavailable", "maxSurge"] {
            let given = &spec[strategy]["rollingUpdate"][bound];
            let percent = |t: &str| t.strip_suffix('%').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
            if given.as_str().is_some_and(|t| !percent(t)) {
                let why = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used \
                           for validation is '[0-9]+%')";
                causes.push(Cause::invalid(format!("spec.{strategy}.rollingUpdate.{bound}"), given, why));
            }
        }
    }
    pods::spec(&spec["template"]["spec"], "spec.template.spec", causes);
    // The pods of a StatefulSet get a volume for each of its claims.
    for claim in spec["volumeClaimTemplates"].as_array().into_iter().flatten() {
        let missing = format!("Not found: {}", claim["metadata"]["name"]);
        causes.retain(|c| c.reason != "FieldValueNotFound" || c.message != missing);
    }
    let policy = &spec["template"]["spec"]["restartPolicy"];
    if !policy.is_null() && policy != "Always" {
        causes.push(Cause::unsupported("spec.template.spec.restartPolicy", policy, &["Always".to_owned()]));
    }
}

fn service(spec: &Value, causes: &mut Vec<Cause>) {
    let ports = spec["ports"].as_array().map_or(&[][..], Vec::as_slice);
    if ports.is_empty() && spec["type"] != "ExternalName" && spec["clusterIP"] != "None" {
        causes.push(Cause::required("spec.ports", ""));
    }
    for (i, port) in ports.iter().enumerate() {
        let path = format!("spec.ports[{i}]");
        if ports.len() > 1 && port["name"].as_str().is_none_or(str::is_empty) {
            causes.push(Cause::required(format!("{path}.name"), ""));
        }
        if !port["port"].as_i64().is_some_and(|p| (1..=65535).contains(&p)) {
            causes.push(Cause::invalid(format!("{path}.port"), &port["port"], "must be between 1 and 65535, inclusive"));
        }
        if ports[..i].iter().any(|o| !port["name"].is_null() && o["name"] == port["name"]) {
            causes.push(Cause::duplicate(format!("{path}.name"), &port["name"]));
        }
        if ports[..i].iter().any(|o| o["port"] == port["port"] && o["protocol"] == port["protocol"]) {
            causes.push(Cause::duplicate(path, &json!({ "protocol": port["protocol"], "port": port["port"] })));
        }
    }
    let sorts = ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"];
    if !sorts.contains(&spec["type"].as_str().unwrap_or("")) {
        causes.push(Cause::unsupported("spec.type", &spec["type"], &sorts.map(str::to_owned)));
    }
}

fn keys(object: &Value, fields: &[&str], causes: &mut Vec<Cause>) {
    let mut size = 0;
    for field in fields {
        for (key, value) in object[*field].as_object().into_iter().flatten() {
            size += value.as_str().map_or(0, str::len);
            if let Some(why) = names::wrong_key(key) {
                causes.push(Cause::invalid(format!("{field}[{key}]"), &Value::from(key.as_str()), &why));
            }
        }
    }
    if size > 1 << 20 {
        causes.push(Cause {
            reason: "FieldValueTooLong",
            field: String::new(),
            message: "Too long: may not be more than 1048576 bytes".to_owned(),
        });
    }
}

fn claim(spec: &Value, causes: &mut Vec<Cause>) {
    if spec["accessModes"].as_array().is_none_or(Vec::is_empty) {
        causes.push(Cause::required("spec.accessModes", "at least 1 access mode is required"));
    }
    match spec["resources"]["requests"]["storage"].as_str() {
        None => causes.push(Cause::required("spec.resources[storage]", "")),
        Some(size) if quantity::nanos(size).is_none_or(|n| n <= 0) => {
            let value = Value::from(size);
            causes.push(Cause::invalid("spec.resources[storage]", &value, "must be greater than zero"));
        }
        Some(_) => {}
    }
}

fn definition(object: &Value, causes: &mut Vec<Cause>) {
    let spec = &object["spec"];
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let name = format!("{}.{}", text(&spec["names"]["plural"]), text(&spec["group"]));
    if object["metadata"]["name"] != name {
        let why = "must be spec.names.plural+\".\"+spec.group";
        causes.push(Cause::invalid("metadata.name", &object["metadata"]["name"], why));
    }
    for field in ["plural", "kind"] {
        if text(&spec["names"][field]).is_empty() {
            causes.push(Cause::required(format!("spec.names.{field}"), ""));
        }
    }
    let versions = spec["versions"].as_array().map_or(&[][..], Vec::as_slice);
    if versions.iter().filter(|v| v["storage"] == true).count() != 1 {
        let why = "must have exactly one version marked as storage version";
        causes.push(Cause::invalid("spec.versions", &spec["versions"], why));
    }
    for (i, version) in versions.iter().enumerate() {
        if version["schema"].get("openAPIV3Schema").is_none() {
            causes.push(Cause::required(format!("spec.versions[{i}].schema.openAPIV3Schema"), "schemas are required"));
        }
    }
}
