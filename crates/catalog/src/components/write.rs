//! Short ways to write what objects of every component have.

use super::{Site, charts::Pin};
use pontoon_core::content::{Field, Object, Piece, Place, Release, SecretSpec, Workload};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// An object with its kind, name and namespace (empty for what belongs to the cluster), and the rest of its keys.
pub fn object(api_version: &str, kind: &str, namespace: &str, name: &str, rest: Value) -> Object {
    let mut metadata = Map::from_iter([("name".to_owned(), Value::from(name))]);
    if !namespace.is_empty() {
        metadata.insert("namespace".into(), namespace.into());
    }
    let mut all = Map::from_iter([
        ("apiVersion".to_owned(), Value::from(api_version)),
        ("kind".to_owned(), kind.into()),
        ("metadata".to_owned(), metadata.into()),
    ]);
    if let Value::Object(rest) = rest {
        all.extend(rest);
    }
    Value::Object(all)
}

/// A chart, installed under its own name.
pub fn release(site: &Site<'_>, pin: &Pin, namespace: &str, values: Value) -> Release {
    Release {
        name: pin.name.into(),
        namespace: namespace.into(),
        chart: pin.chart(site.lock),
        values,
        values_from: Vec::new(),
        pod_annotations: vec![pin.pod_annotations().into()],
        service_account: None,
        minutes: 10,
    }
}

/// `resources` with a limit of memory equal to its request, and no limit of CPU: throttling helps nobody, a leak must end.
/// `cpu` in thousandths of a core, `memory` in MiB.
pub fn resources(cpu: u32, memory: u32) -> Value {
    json!({
        "requests": { "cpu": format!("{cpu}m"), "memory": format!("{memory}Mi") },
        "limits": { "memory": format!("{memory}Mi") },
    })
}

/// The security context of a pod as the restricted standard wants it.
pub fn restricted_pod() -> Value {
    json!({ "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } })
}

/// The security context of a container as the restricted standard wants it.
pub fn restricted_container() -> Value {
    json!({ "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] }, "readOnlyRootFilesystem": true })
}

/// A constraint that spreads pods with these labels over hosts. DigitalOcean has no zones: a zone key would never schedule.
pub fn spread(labels: Value) -> Value {
    json!([{
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": { "matchLabels": labels },
    }])
}

/// `base` with the keys of `more`, maps merged, everything else replaced.
pub fn merged(mut base: Value, more: Value) -> Value {
    merge(&mut base, more);
    base
}

fn merge(base: &mut Value, more: Value) {
    match (base, more) {
        (Value::Object(base), Value::Object(more)) => {
            for (key, value) in more {
                match base.get_mut(&key) {
                    Some(there) => merge(there, value),
                    None => {
                        base.insert(key, value);
                    }
                }
            }
        }
        (base, more) => *base = more,
    }
}

/// A workload without a volume, always of as many pods.
pub fn workload(name: &str, place: Place, pods: u32, cpu: u32, memory: u32) -> Workload {
    Workload { name: name.into(), place, least: pods, most: pods, cpu, memory, volume: 0, spread: false }
}

/// A Secret without labels that may come late.
pub fn secret<const N: usize>(namespace: &str, name: &str, owner: &str, fields: [(&str, Field); N]) -> SecretSpec {
    SecretSpec {
        namespace: namespace.into(),
        name: name.into(),
        kind: "Opaque".into(),
        labels: BTreeMap::new(),
        fields: fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect(),
        owner: owner.into(),
        early: false,
    }
}

/// The same with a volume of so many GiB for each pod.
pub fn stateful(name: &str, place: Place, pods: u32, cpu: u32, memory: u32, volume: u64) -> Workload {
    Workload { volume: u32::try_from(volume).unwrap_or(u32::MAX), ..workload(name, place, pods, cpu, memory) }
}

/// A budget that lets one pod with these labels go at a time.
pub fn budget(namespace: &str, name: &str, labels: Value) -> Object {
    let spec = json!({ "maxUnavailable": 1, "selector": { "matchLabels": labels } });
    object("policy/v1", "PodDisruptionBudget", namespace, name, json!({ "spec": spec }))
}

/// A file of objects that somebody publishes, without its namespace, which is ours to make; its Deployment goes where the
/// platform's own components go, and takes what is said here.
pub fn published(site: &Site<'_>, url: &str, namespace: &str, deployment: &str, container: Value) -> Piece {
    let gone = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": namespace }, "$patch": "delete" });
    let pod = merged(json!({ "containers": [container] }), Value::Object(site.placement(Place::System)));
    let placed = object("apps/v1", "Deployment", namespace, deployment, json!({ "spec": { "template": { "spec": pod } } }));
    Piece::Published { name: deployment.into(), url: url.into(), namespace: namespace.into(), patches: vec![gone, placed] }
}
