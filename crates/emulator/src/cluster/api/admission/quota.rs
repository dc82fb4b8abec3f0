//! Resource quotas: what a namespace's objects may ask for together.

use super::super::error::{ApiError, Result};
use super::super::kinds::Kind;
use super::super::quantity;
use crate::cluster::Objects;
use serde_json::Value;
use std::collections::BTreeMap;

/// Amounts in billionths, by the name that quotas use.
type Usage = BTreeMap<String, i128>;

/// What one object counts for in quotas; nothing when it counts for nothing (any more).
#[must_use]
pub fn usage(resource: &str, object: &Value) -> BTreeMap<String, i128> {
    const ONE: i128 = 1_000_000_000;
    let mut usage = Usage::new();
    let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
    usage.insert(if group.is_empty() { format!("count/{plural}") } else { format!("count/{plural}.{group}") }, ONE);
    match resource {
        "pods" => {
            if matches!(object["status"]["phase"].as_str(), Some("Succeeded" | "Failed")) {
                return Usage::new();
            }
            usage.insert("pods".to_owned(), ONE);
            for sort in ["requests", "limits"] {
                for (name, amount) in pod(object, sort) {
                    if sort == "requests" {
                        usage.insert(name.clone(), amount);
                    }
                    usage.insert(format!("{sort}.{name}"), amount);
                }
            }
        }
        "persistentvolumeclaims" => {
            let size = object["spec"]["resources"]["requests"]["storage"].as_str().and_then(quantity::nanos).unwrap_or(0);
            usage.insert(plural.to_owned(), ONE);
            usage.insert("requests.storage".to_owned(), size);
            if let Some(class) = object["spec"]["storageClassName"].as_str() {
                usage.insert(format!("{class}.storageclass.storage.k8s.io/requests.storage"), size);
                usage.insert(format!("{class}.storageclass.storage.k8s.io/persistentvolumeclaims"), ONE);
            }
        }
        "services" => {
            usage.insert(plural.to_owned(), ONE);
            let ports = object["spec"]["ports"].as_array().map_or(0, Vec::len) as i128;
            match object["spec"]["type"].as_str() {
                Some("LoadBalancer") => {
                    usage.insert("services.loadbalancers".to_owned(), ONE);
                    if object["spec"]["allocateLoadBalancerNodePorts"] != false {
                        usage.insert("services.nodeports".to_owned(), ports * ONE);
                    }
                }
                Some("NodePort") => {
                    usage.insert("services.nodeports".to_owned(), ports * ONE);
                }
                _ => {}
            }
        }
        "configmaps" | "secrets" | "replicationcontrollers" | "resourcequotas" => {
            usage.insert(plural.to_owned(), ONE);
        }
        _ => {}
    }
    usage
}

/// What a pod's containers ask for: the sum of those that run together, or the largest init container. Init containers
/// that go on running (sidecars) count with the others.
fn pod(object: &Value, sort: &str) -> Usage {
    let mut sum = Usage::new();
    let amounts = |container: &Value| -> Usage {
        let given = container["resources"][sort].as_object();
        given.into_iter().flatten().filter_map(|(k, v)| Some((k.clone(), quantity::nanos(v.as_str()?)?))).collect()
    };
    for container in object["spec"]["containers"].as_array().into_iter().flatten() {
        for (name, amount) in amounts(container) {
            *sum.entry(name).or_default() += amount;
        }
    }
    let inits = object["spec"]["initContainers"].as_array();
    for container in inits.into_iter().flatten().filter(|c| c["restartPolicy"] == "Always") {
        for (name, amount) in amounts(container) {
            *sum.entry(name).or_default() += amount;
        }
    }
    for container in inits.into_iter().flatten().filter(|c| c["restartPolicy"] != "Always") {
        for (name, amount) in amounts(container) {
            let most = sum.entry(name).or_default();
            *most = amount.max(*most);
        }
    }
    for (name, amount) in object["spec"]["overhead"].as_object().into_iter().flatten() {
        *sum.entry(name.clone()).or_default() += amount.as_str().and_then(quantity::nanos).unwrap_or(0);
    }
    sum
}

/// Whether a quota speaks of this object; scopes are those of pods.
fn covers(quota: &Value, resource: &str, object: &Value) -> bool {
    let scopes: Vec<&str> = quota["spec"]["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if scopes.is_empty() && quota["spec"].get("scopeSelector").is_none() {
        return true;
    }
    if resource != "pods" {
        return false;
    }
    let ends = !object["spec"]["activeDeadlineSeconds"].is_null();
    let asks = ["initContainers", "containers"]
        .iter()
        .flat_map(|l| object["spec"][*l].as_array().into_iter().flatten())
        .any(|c| ["requests", "limits"].iter().any(|s| c["resources"][*s].as_object().is_some_and(|m| !m.is_empty())));
    let class = object["spec"]["priorityClassName"].as_str().unwrap_or("");
    let plain = scopes.iter().all(|scope| match *scope {
        "Terminating" => ends,
        "NotTerminating" => !ends,
        "BestEffort" => !asks,
        "NotBestEffort" => asks,
        _ => true,
    });
    let rules = quota["spec"]["scopeSelector"]["matchExpressions"].as_array();
    plain
        && rules.into_iter().flatten().filter(|r| r["scopeName"] == "PriorityClass").all(|r| {
            let among = r["values"].as_array().is_some_and(|all| all.iter().any(|v| v == class));
            match r["operator"].as_str() {
                Some("In") => among,
                Some("NotIn") => !among,
                Some("Exists") => !class.is_empty(),
                _ => class.is_empty(),
            }
        })
}

/// What a namespace's objects use of a quota, by name, in billionths.
#[must_use]
pub fn used(objects: &Objects, quota: &Value) -> BTreeMap<String, i128> {
    let namespace = quota["metadata"]["namespace"].as_str().unwrap_or("");
    let hard = quota["spec"]["hard"].as_object();
    let names: Vec<&String> = hard.into_iter().flat_map(serde_json::Map::keys).collect();
    let mut sum: Usage = names.iter().map(|n| ((*n).clone(), 0)).collect();
    let mut resources: Vec<String> =
        ["pods", "persistentvolumeclaims", "services", "configmaps", "secrets", "resourcequotas"].map(str::to_owned).to_vec();
    resources.extend(names.iter().filter_map(|n| n.strip_prefix("count/")).map(str::to_owned));
    resources.sort();
    resources.dedup();
    for resource in resources {
        for object in objects.list_in(&resource, namespace) {
            if covers(quota, &resource, object) {
                for (name, amount) in usage(&resource, object) {
                    if let Some(total) = sum.get_mut(&name) {
                        *total += amount;
                    }
                }
            }
        }
    }
    sum
}

/// What would exceed a quota: its name, what is asked for, what is used (in billionths), and the limit as it is written.
type Excess = (String, i128, i128, String);

/// Refuses what would exceed a quota.
pub(super) fn check(objects: &Objects, kind: &Kind, before: Option<&Value>, object: &Value) -> Result<()> {
    let resource = kind.resource();
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let (namespace, name) = (text(&object["metadata"]["namespace"]), text(&object["metadata"]["name"]));
    if !kind.namespaced || objects.list_in("resourcequotas", &namespace).is_empty() {
        return Ok(());
    }
    let wanted = usage(&resource, object);
    let had = before.map(|b| usage(&resource, b)).unwrap_or_default();
    for quota in objects.list_in("resourcequotas", &namespace) {
        if !covers(quota, &resource, object) {
            continue;
        }
        let quota_name = text(&quota["metadata"]["name"]);
        let hard = quota["spec"]["hard"].as_object();
        if resource == "pods" && before.is_none() {
            let missing = unsaid(object, hard.into_iter().flat_map(serde_json::Map::keys));
            if !missing.is_empty() {
                let why = format!("failed quota: {quota_name}: must specify {missing}");
                return Err(ApiError::forbidden(&resource, &name, &why));
            }
        }
        let mut over = Vec::new();
        for (what, limit) in hard.into_iter().flatten() {
            let more = wanted.get(what).copied().unwrap_or(0) - had.get(what).copied().unwrap_or(0);
            if more <= 0 {
                continue;
            }
            let used = used(objects, quota).get(what).copied().unwrap_or(0);
            let most = limit.as_str().and_then(quantity::nanos).unwrap_or(0);
            if used + more > most {
                over.push((what.clone(), more, used, text(limit)));
            }
        }
        if !over.is_empty() {
            over.sort();
            let list = |pick: &dyn Fn(&Excess) -> String| {
                over.iter().map(|o| format!("{}={}", o.0, pick(o))).collect::<Vec<_>>().join(",")
            };
            let binary = |what: &str| what.contains("memory") || what.contains("storage");
            let why = format!(
                "exceeded quota: {quota_name}, requested: {}, used: {}, limited: {}",
                list(&|o| quantity::text(o.1, binary(&o.0))),
                list(&|o| quantity::text(o.2, binary(&o.0))),
                list(&|o| o.3.clone()),
            );
            return Err(ApiError::forbidden(&resource, &name, &why));
        }
    }
    Ok(())
}

/// Of what a quota limits for computing, what a container leaves unsaid: `limits.cpu for: web; limits.memory for: web`.
fn unsaid<'q>(pod: &Value, hard: impl Iterator<Item = &'q String>) -> String {
    let mut missing = Vec::new();
    for what in hard {
        let (sort, resource) = match what.as_str() {
            "cpu" | "memory" => ("requests", what.as_str()),
            other => match other.split_once('.') {
                Some((sort @ ("requests" | "limits"), resource @ ("cpu" | "memory"))) => (sort, resource),
                _ => continue,
            },
        };
        let silent: Vec<&str> = pod["spec"]["containers"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|c| c["resources"][sort][resource].is_null())
            .filter_map(|c| c["name"].as_str())
            .collect();
        if !silent.is_empty() {
            missing.push(format!("{what} for: {}", silent.join(",")));
        }
    }
    missing.sort();
    missing.join("; ")
}
