//! A part of what runs in a cluster, taken down alone: the objects of some units, in reverse, until they are gone.

use crate::Setting;
use pontoon_core::content::Object;
use pontoon_engine::Refusal;
use pontoon_providers::{Kubernetes, ObjectRef};
use pontoon_render::Unit;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// Between two looks at what goes.
const PAUSE: Duration = Duration::from_secs(5);
/// So many looks, then whatever still holds something is named: ten minutes.
const LOOKS: u32 = 120;
/// What holds data.
const CLAIM: &str = "PersistentVolumeClaim";
/// Labels by which the claims of a thing name it. Source: the charts' own templates; CloudNativePG, "Labels and annotations".
const OWNERS: &[&str] = &["app.kubernetes.io/instance", "cnpg.io/cluster", "app.kubernetes.io/name"];

/// What belongs to some units, as the cluster has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// The objects that are there, in the order in which they were written.
    pub objects: Vec<ObjectRef>,
    /// Claims of volumes that hold data and stay unless their removal is meant.
    pub claims: Vec<ObjectRef>,
    /// Claims of volumes that go with what made them, whatever one does: a chart's own, and those that an operator owns.
    pub along: Vec<ObjectRef>,
    /// Units that need one of these, and stay.
    pub needed_by: Vec<String>,
}

impl Part {
    /// Looks at what belongs to the units of these names, and is there.
    ///
    /// # Errors
    /// Where the API server refuses.
    pub async fn of(cluster: &Kubernetes, units: &[Unit], names: &BTreeSet<String>) -> Result<Part, Refusal> {
        let mut part = Part { needed_by: needing(units, names), ..Part::default() };
        for of in refs(units, names) {
            // A claim of its own is data, and no object like any other.
            if of.kind != CLAIM && cluster.get(&of).await?.is_some() {
                part.objects.push(of);
            }
        }
        let claims = cluster.list("v1", CLAIM, "", "").await?;
        let own = refs(units, names);
        let alone = alone(units, names);
        let owned = |c: &&Value| own.contains(&claim(c)) || owns(&part.objects, &alone, c);
        let (along, claims): (Vec<&Value>, Vec<&Value>) = claims.iter().filter(owned).partition(|c| goes(c));
        (part.along, part.claims) = (along.into_iter().map(claim).collect(), claims.into_iter().map(claim).collect());
        Ok(part)
    }

    /// Removes the objects, last written first, and waits until each is gone; then the claims, where that is meant. Returns
    /// what is still there when nobody waits any longer.
    ///
    /// # Errors
    /// Where the API server refuses.
    pub async fn take_down(&self, setting: &Setting<'_>, claims: bool) -> Result<Vec<ObjectRef>, Refusal> {
        let claims = if claims { self.claims.as_slice() } else { &[] };
        let mut left = Vec::new();
        for of in self.objects.iter().rev().chain(claims) {
            if setting.stop.asked() {
                left.push(of.clone());
                continue;
            }
            setting.cluster.delete(of).await?;
            let mut looks = 0;
            while looks < LOOKS && setting.cluster.get(of).await?.is_some() {
                setting.clock.sleep(PAUSE).await;
                looks += 1;
            }
            if looks == LOOKS {
                left.push(of.clone());
            }
        }
        Ok(left)
    }
}

/// The objects of the units, with the Secrets that the engine brings.
fn refs(units: &[Unit], names: &BTreeSet<String>) -> Vec<ObjectRef> {
    let chosen = units.iter().filter(|u| names.contains(&u.name));
    let of = |u: &Unit| {
        let secrets = u.secrets.iter().map(|s| ObjectRef::new("v1", "Secret", &s.namespace, &s.name));
        secrets.chain(u.objects.iter().map(|o: &Object| ObjectRef::of(o))).collect::<Vec<_>>()
    };
    chosen.flat_map(of).collect()
}

/// The units that need one of these and are none of them.
fn needing(units: &[Unit], names: &BTreeSet<String>) -> Vec<String> {
    let needs = |u: &&Unit| !names.contains(&u.name) && u.after.iter().any(|n| names.contains(n));
    units.iter().filter(needs).map(|u| u.name.clone()).collect()
}

/// Namespaces in which nothing but these units has anything.
fn alone(units: &[Unit], names: &BTreeSet<String>) -> BTreeSet<String> {
    let mut users: BTreeMap<&str, bool> = BTreeMap::new();
    // What makes namespaces, and closes them, is in all of them.
    for unit in units.iter().filter(|u| u.name != "namespaces") {
        for object in &unit.objects {
            let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
            let only = users.entry(namespace).or_insert(true);
            *only &= names.contains(&unit.name);
        }
    }
    users.into_iter().filter(|(namespace, only)| *only && !namespace.is_empty()).map(|(n, _)| n.to_owned()).collect()
}

/// Whether a claim is one of what these objects run: by its label, or because nothing else is in its namespace.
fn owns(objects: &[ObjectRef], alone: &BTreeSet<String>, claim: &Value) -> bool {
    let namespace = claim["metadata"]["namespace"].as_str().unwrap_or_default();
    let label = |key: &str| claim["metadata"]["labels"].get(key).and_then(Value::as_str);
    let named = |o: &ObjectRef| o.namespace == namespace && OWNERS.iter().any(|key| label(key) == Some(o.name.as_str()));
    alone.contains(namespace) || objects.iter().any(named)
}

/// Whether a claim goes with what made it. Source: Helm's documentation, "helm uninstall"; Kubernetes', "Garbage Collection".
fn goes(claim: &Value) -> bool {
    let owners = claim["metadata"]["ownerReferences"].as_array();
    owners.is_some_and(|o| !o.is_empty()) || claim["metadata"]["annotations"].get("meta.helm.sh/release-name").is_some()
}

fn claim(object: &Value) -> ObjectRef {
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    ObjectRef::new("v1", CLAIM, &text("namespace"), &text("name"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn unit(name: &str, after: &[&str], objects: &[(&str, &str, &str)]) -> Unit {
        let object = |(kind, namespace, name): &(&str, &str, &str)| json!({ "apiVersion": "v1", "kind": kind, "metadata": { "namespace": namespace, "name": name } });
        Unit {
            name: name.into(),
            concern: String::new(),
            title: String::new(),
            layer: 0,
            after: after.iter().map(|a| (*a).to_owned()).collect(),
            objects: objects.iter().map(object).collect(),
            releases: Vec::new(),
            stamped: Default::default(),
            published: Vec::new(),
            kustomizations: Vec::new(),
            secrets: Vec::new(),
            account: None,
            minutes: 1,
        }
    }

    #[test]
    fn what_belongs_to_a_part_is_its_own_and_nobody_elses() {
        let units = [
            unit("namespaces", &[], &[("NetworkPolicy", "web", "default-deny"), ("NetworkPolicy", "shared", "default-deny")]),
            unit("tempo", &["namespaces"], &[("HelmRelease", "shared", "tempo")]),
            unit("loki", &["namespaces"], &[("HelmRelease", "shared", "loki")]),
            unit("app-web", &["tempo"], &[("Deployment", "web", "web")]),
        ];
        let names = |all: &[&str]| all.iter().map(|a| (*a).to_owned()).collect::<BTreeSet<String>>();
        assert_eq!(needing(&units, &names(&["tempo"])), ["app-web"]);
        assert_eq!(needing(&units, &names(&["tempo", "app-web"])), Vec::<String>::new());
        let claim = |namespace: &str, instance: &str| json!({ "metadata": { "namespace": namespace, "name": "c", "labels": { "app.kubernetes.io/instance": instance } } });
        let owned = |part: &str, claim: &Value| {
            let names = names(&[part]);
            owns(&refs(&units, &names), &alone(&units, &names), claim)
        };
        assert!(owned("tempo", &claim("shared", "tempo")) && !owned("tempo", &claim("shared", "loki")));
        let mut own = claim("shared", "tempo");
        assert!(!goes(&own), "a StatefulSet leaves its claims");
        own["metadata"]["annotations"] = json!({ "meta.helm.sh/release-name": "tempo" });
        assert!(goes(&own), "a chart takes what it made");
        let owner = json!({ "metadata": { "ownerReferences": [{ "kind": "Cluster" }] } });
        assert!(goes(&owner) && !goes(&json!({ "metadata": { "ownerReferences": [] } })));
        assert!(owned("app-web", &claim("web", "whatever")) && !owned("tempo", &claim("web", "tempo")));
    }
}
