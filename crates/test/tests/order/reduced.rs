//! An example's units with only what their order can be wrong about: one object of each kind in each namespace, the
//! definitions that each brings, and the webhook behind them.
//!
//! Which definitions a chart brings is asked of the judges' table, not of the components' own words.

use pontoon_catalog::components::site::FLUX;
use pontoon_render::Unit;
use pontoon_test::gitops::{bootstrap, brings, preinstalled};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Charts and published files whose webhooks judge their own kinds, and where the webhook is answered.
/// Source: the charts' own templates; the topology operator's release.
const HOOKS: &[(&str, &str, &str)] = &[
    ("cert-manager", "cert-manager", "cert-manager-webhook"),
    ("cloudnative-pg", "cnpg-system", "cnpg-webhook-service"),
    ("external-secrets", "external-secrets", "external-secrets-webhook"),
    ("rabbitmq/messaging-topology-operator/", "rabbitmq-system", "webhook-service"),
];

/// A unit, reduced.
#[derive(Debug, Clone)]
pub struct Reduced {
    pub name: String,
    pub after: BTreeSet<String>,
    pub objects: Vec<Value>,
    /// Definitions that its charts install.
    pub definitions: Vec<Value>,
    /// The Service of the webhook that judges their objects: namespace and name.
    pub hook: Option<(String, String)>,
}

/// Where an object is written: the path of its collection, and its name.
pub fn place(object: &Value) -> (String, String) {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let version = text(&object["apiVersion"]);
    let root = if version.contains('/') { format!("/apis/{version}") } else { format!("/api/{version}") };
    let plural = plural(&text(&object["kind"]));
    let path = match object["metadata"]["namespace"].as_str() {
        Some(namespace) => format!("{root}/namespaces/{namespace}/{plural}"),
        None => format!("{root}/{plural}"),
    };
    (path, text(&object["metadata"]["name"]))
}

/// The plural of a kind, as all kinds here form it.
fn plural(kind: &str) -> String {
    let kind = kind.to_lowercase();
    match kind.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if kind.ends_with('s') => format!("{kind}es"),
        _ => format!("{kind}s"),
    }
}

fn group(object: &Value) -> &str {
    object["apiVersion"].as_str().and_then(|v| v.split_once('/')).map_or("", |(group, _)| group)
}

/// Whether a definition is what gives the server a kind of this group.
fn custom(group: &str) -> bool {
    let built_in = ["", "apps", "batch", "autoscaling", "policy"];
    let of_kubernetes = group.ends_with(".k8s.io") && !group.starts_with("gateway.") && !group.starts_with("snapshot.");
    !built_in.contains(&group) && !of_kubernetes || group == "externaldns.k8s.io" || group == "k8s.keycloak.org"
}

/// Whether one of these names or `*.group`s is the definition of this object.
fn among(names: &[&str], object: &Value) -> bool {
    let group = group(object);
    let name = format!("{}.{group}", plural(object["kind"].as_str().unwrap_or_default()));
    names.iter().any(|n| *n == name || n.strip_prefix("*.") == Some(group))
}

/// A definition that takes any object of the kind.
fn definition(object: &Value) -> Value {
    let (group, kind) = (group(object), object["kind"].as_str().unwrap_or_default());
    let version = object["apiVersion"].as_str().and_then(|v| v.split_once('/')).map_or("v1", |(_, version)| version);
    let scope = if object["metadata"]["namespace"].is_null() { "Cluster" } else { "Namespaced" };
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": format!("{}.{group}", plural(kind)) },
        "spec": {
            "group": group, "scope": scope, "names": { "kind": kind, "plural": plural(kind), "singular": kind.to_lowercase() },
            "versions": [{ "name": version, "served": true, "storage": true, "schema": { "openAPIV3Schema": {
                "type": "object", "x-kubernetes-preserve-unknown-fields": true,
            } } }],
        },
    })
}

/// The reduced units of an environment, and what is there before any of them: Flux's definitions and its namespace.
pub fn reduced(units: &[Unit]) -> (Vec<Reduced>, Vec<Value>) {
    let mut kinds: BTreeMap<String, Value> = BTreeMap::new();
    for object in units.iter().flat_map(|u| &u.objects).filter(|o| custom(group(o))) {
        kinds.entry(format!("{}/{}", group(object), object["kind"])).or_insert_with(|| object.clone());
    }
    let mut there: Vec<Value> = kinds.values().filter(|o| among(bootstrap(), o)).map(definition).collect();
    there.push(json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": FLUX } }));
    kinds.retain(|_, o| !among(bootstrap(), o) && !among(preinstalled(), o));
    let all: Vec<Reduced> = units.iter().map(|u| one(u, &mut kinds)).collect();
    assert!(kinds.is_empty(), "nothing brings {:?}", kinds.keys());
    (all, there)
}

fn one(unit: &Unit, kinds: &mut BTreeMap<String, Value>) -> Reduced {
    let mut seen = BTreeSet::new();
    let mut objects = Vec::new();
    for object in &unit.objects {
        let kind = object["kind"].as_str().unwrap_or_default();
        // What starts pods says nothing of the order, and takes a cluster's time.
        if ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "PersistentVolumeClaim"].contains(&kind) {
            continue;
        }
        let home = object["metadata"]["namespace"].as_str().unwrap_or_default();
        let of_its_own = custom(group(object)) || kind == "Namespace";
        let what = if of_its_own { kind } else { "" };
        let once = if kind == "Namespace" { object["metadata"]["name"].as_str().unwrap_or_default() } else { home };
        if seen.insert((what.to_owned(), once.to_owned())) {
            // What DOKS defines has a schema to keep to.
            let ours = custom(group(object)) && !among(preinstalled(), object);
            objects.push(if ours { bare(object) } else { object.clone() });
        }
    }
    let charts = unit.objects.iter().filter(|o| o["kind"] == "HelmRelease");
    let charts = charts.map(|r| (r["spec"]["chart"]["spec"]["chart"].as_str().unwrap_or_default().to_owned(), r["spec"].clone()));
    let sources: Vec<(String, Value)> =
        charts.chain(unit.published.iter().map(|(_, url, _)| (url.clone(), Value::Null))).collect();
    let names: Vec<&str> = sources.iter().flat_map(|(who, spec)| brings(who, spec)).copied().collect();
    let own: Vec<String> = kinds.iter().filter(|(_, o)| among(&names, o)).map(|(k, _)| k.clone()).collect();
    let definitions: Vec<Value> = own.iter().filter_map(|k| kinds.remove(k)).map(|o| definition(&o)).collect();
    let hook =
        HOOKS.iter().find(|(who, ..)| sources.iter().any(|(w, _)| if who.contains('/') { w.contains(who) } else { w == who }));
    Reduced {
        name: unit.name.clone(),
        after: unit.after.clone(),
        objects,
        definitions,
        hook: hook.map(|(_, namespace, name)| ((*namespace).to_owned(), (*name).to_owned())),
    }
}

/// An object without what its controller would read: nothing looks at it here but the API server.
fn bare(object: &Value) -> Value {
    let meta = &object["metadata"];
    let mut bare = json!({ "apiVersion": object["apiVersion"], "kind": object["kind"], "metadata": { "name": meta["name"] } });
    if !meta["namespace"].is_null() {
        bare["metadata"]["namespace"] = meta["namespace"].clone();
    }
    bare
}
