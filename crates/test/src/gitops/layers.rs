//! The layers of an environment: Flux Kustomizations, what each applies, and what has to be Ready before.

use super::{Built, Tree, brings, is};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const FLUX: &str = "kustomize.toolkit.fluxcd.io";
const HELM: &str = "helm.toolkit.fluxcd.io";
const SOURCE: &str = "source.toolkit.fluxcd.io";

/// What one Flux Kustomization applies.
#[derive(Debug, Clone)]
pub struct Layer {
    /// Its `namespace/name`; the root's is the folder of the environment.
    pub name: String,
    /// The layers that have to be Ready before.
    pub after: BTreeSet<String>,
    /// The layer that it stands in: it does not exist before that one is applied.
    pub parent: Option<String>,
    /// In whose name it is applied, as Kubernetes calls a service account; the controller's own where there is none.
    pub account: Option<String>,
    /// Its objects.
    pub objects: Vec<Value>,
    /// The definitions that are there once it is Ready: names, or `*.group`.
    pub brings: BTreeSet<&'static str>,
}

impl Tree {
    /// Every layer of an environment, the root first.
    ///
    /// # Errors
    /// A folder that cannot be built, a layer that waits for nobody, two layers of one name.
    pub fn layers(&self, environment: &str) -> Result<Vec<Layer>, String> {
        let folder = format!("clusters/{environment}");
        let root = self.build(&folder, &Value::Null)?;
        let mut layers = vec![layer(folder, None, &Value::Null, root)];
        let mut at = 0;
        while at < layers.len() {
            let parent = layers[at].clone();
            for object in parent.objects.iter().filter(|o| is(o, FLUX, "Kustomization")) {
                let name = full(&object["metadata"]["namespace"], &object["metadata"]["name"]);
                if layers.iter().any(|l| l.name == name) {
                    return Err(format!("two Kustomizations are called {name}"));
                }
                let spec = &object["spec"];
                let path = spec["path"].as_str().unwrap_or("./");
                // The root that a bootstrap writes into the folder that it follows.
                if path.trim_start_matches("./").trim_end_matches('/') == layers[0].name {
                    continue;
                }
                let built = match outside(&layers, object) {
                    Some(address) => Built { objects: Vec::new(), outside: vec![address] },
                    None => self.build(path, spec).map_err(|e| format!("{name}: {e}"))?,
                };
                layers.push(layer(name, Some(&parent.name), object, built));
            }
            at += 1;
        }
        let names: BTreeSet<&String> = layers.iter().map(|l| &l.name).collect();
        for layer in &layers {
            if let Some(missing) = layer.after.iter().find(|n| !names.contains(n)) {
                return Err(format!("{} waits for {missing}, which is nowhere", layer.name));
            }
        }
        Ok(layers)
    }
}

/// `namespace/name`.
fn full(namespace: &Value, name: &Value) -> String {
    format!("{}/{}", namespace.as_str().unwrap_or("default"), name.as_str().unwrap_or_default())
}

/// A service account's name as a user.
pub fn account_name(namespace: &str, name: &str) -> String {
    format!("system:serviceaccount:{namespace}:{name}")
}

fn layer(name: String, parent: Option<&String>, object: &Value, built: Built) -> Layer {
    let own = &object["metadata"]["namespace"];
    let after = object["spec"]["dependsOn"].as_array().into_iter().flatten();
    let after = after.map(|d| full(d.get("namespace").unwrap_or(own), &d["name"])).collect();
    let mut brought: BTreeSet<&'static str> = BTreeSet::new();
    for address in &built.outside {
        brought.extend(brings(address, &Value::Null));
    }
    for release in built.objects.iter().filter(|o| is(o, HELM, "HelmRelease")) {
        let spec = &release["spec"];
        let name = [&spec["chart"]["spec"]["chart"], &spec["chartRef"]["name"]].into_iter().find_map(Value::as_str);
        brought.extend(brings(name.unwrap_or_default(), spec));
    }
    let account = object["spec"]["serviceAccountName"].as_str();
    let account = account.map(|a| account_name(own.as_str().unwrap_or("default"), a));
    Layer { name, after, parent: parent.cloned(), account, objects: built.objects, brings: brought }
}

/// The address of a Kustomization's source where that is not the tree itself.
fn outside(layers: &[Layer], object: &Value) -> Option<String> {
    let source = &object["spec"]["sourceRef"];
    let mut sources = layers.iter().flat_map(|l| &l.objects).filter(|o| {
        let kind = source["kind"].as_str().unwrap_or_default();
        is(o, SOURCE, kind) && o["metadata"]["name"] == source["name"]
    });
    let address = sources.next()?["spec"]["url"].as_str()?.to_owned();
    (source["kind"] != "GitRepository" || source["name"] != "flux-system").then_some(address)
}

/// An order that Flux may take: parents before their children, and `dependsOn` kept. Where several may be next, the one
/// that `draw` picks (a number below the given one).
///
/// # Errors
/// A cycle, with those that wait in it.
pub fn ordered(layers: &[Layer], mut draw: impl FnMut(usize) -> usize) -> Result<Vec<Layer>, String> {
    let mut left: BTreeMap<&str, &Layer> = layers.iter().map(|l| (l.name.as_str(), l)).collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let ready: Vec<&Layer> =
            left.values().filter(|l| !l.after.iter().chain(&l.parent).any(|n| left.contains_key(n.as_str()))).copied().collect();
        if ready.is_empty() {
            return Err(format!("these wait for each other: {:?}", left.keys().collect::<Vec<_>>()));
        }
        let next = ready[draw(ready.len()) % ready.len()];
        left.remove(next.name.as_str());
        order.push(next.clone());
    }
    Ok(order)
}

/// What of a layer is applied before the rest, as Flux does it: definitions, namespaces and what belongs to the cluster's
/// own classes; then everything else. Encrypted values are replaced, because the age key is not here.
pub fn objects(layer: &Layer) -> [Vec<Value>; 2] {
    let first = ["CustomResourceDefinition", "Namespace", "ClusterRole", "StorageClass", "PriorityClass"];
    let (early, late) = layer.objects.iter().cloned().map(decrypted).partition(|o| first.iter().any(|k| o["kind"] == *k));
    [early, late]
}

fn decrypted(mut object: Value) -> Value {
    let sealed = object.as_object_mut().and_then(|o| o.remove("sops")).is_some();
    for (part, plain) in [("data", json!("eA==")), ("stringData", json!("x"))] {
        if let Some(values) = object.get_mut(part).and_then(Value::as_object_mut).filter(|_| sealed) {
            values.values_mut().for_each(|v| *v = plain.clone());
        }
    }
    object
}
