//! Stamps: marks of Secrets' values on whatever runs with them, so that another value restarts it.
//!
//! Kubernetes starts nothing anew because a Secret changed, and a program reads its environment once. So the template of
//! each pod says with which values it is to run. A stamp tells nothing of a value: it is a digest over it and a salt that
//! only the keeper has. An ExternalSecret carries its Secret's stamp as well, and is refreshed at once because of it
//! (Source: External Secrets documentation, "Manually refresh"), instead of after its interval.
//!
//! Flux puts the stamp on what a chart's templates give. Argo CD lets nobody change that, so there the chart is given the
//! stamp as annotations of its pods, under the name by which its values take them.

use crate::units::Unit;
use pontoon_catalog::components::write::merged;
use pontoon_core::{
    content::{Object, Release},
    digest,
};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The annotation.
pub const ANNOTATION: &str = "pontoon.dev/secrets";
/// The folder of files that say which stamps an environment has.
pub const FOLDER: &str = ".pontoon/stamps/";
/// Kinds of charts' workloads.
const WORKLOADS: &[&str] = &["DaemonSet", "Deployment", "StatefulSet"];

/// The stamps of an environment's Secrets, by `namespace/name`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stamps(pub BTreeMap<String, String>);

impl Stamps {
    /// Where an environment's stamps stand in the repository, for whoever does not know its values.
    pub fn path(environment: &str) -> String {
        format!("{FOLDER}{environment}.json")
    }
    /// Reads them; what is not there or cannot be read has none.
    pub fn read(text: Option<&str>) -> Stamps {
        Stamps(text.and_then(|t| serde_json::from_str(t).ok()).unwrap_or_default())
    }
    /// As a file.
    pub fn write(&self) -> String {
        let mut text = serde_json::to_string_pretty(&self.0).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Puts them on everything that runs with a Secret.
    pub fn put_on(&self, units: &mut [Unit]) {
        for unit in units.iter_mut() {
            unit.stamped = unit.releases.iter().filter_map(|r| Some((r.name.clone(), self.values(r)?))).collect();
        }
        for object in units.iter_mut().flat_map(|u| &mut u.objects) {
            let namespace = object["metadata"]["namespace"].as_str().unwrap_or("").to_owned();
            match object["kind"].as_str() {
                Some(kind) if WORKLOADS.contains(&kind) => {
                    if let Some(stamp) = self.of(&namespace, &named(&object["spec"]["template"]["spec"])) {
                        object["spec"]["template"]["metadata"]["annotations"][ANNOTATION] = stamp.into();
                    }
                }
                Some("HelmRelease") => {
                    let mut texts = BTreeSet::new();
                    strings(&object["spec"]["values"], &mut texts);
                    strings(&object["spec"]["valuesFrom"], &mut texts);
                    if let Some(stamp) = self.of(&namespace, &texts) {
                        rendered(object, &stamp);
                    }
                }
                Some("ExternalSecret") => {
                    let target = object["spec"]["target"]["name"].as_str().or(object["metadata"]["name"].as_str());
                    if let Some(stamp) = target.and_then(|t| self.0.get(&format!("{namespace}/{t}"))) {
                        object["metadata"]["annotations"][ANNOTATION] = stamp.as_str().into();
                    }
                }
                _ => {}
            }
        }
    }

    /// What the values of a chart get on top, so that its pods carry the stamp of the Secrets that those values name.
    fn values(&self, release: &Release) -> Option<Value> {
        let one = |path: &String| {
            // What stands beside a part's annotations is that part's own.
            let part = path.rsplit_once('.').map_or("", |(part, _)| part);
            let part = part.split('.').filter(|key| !key.is_empty()).fold(&release.values, |at, key| &at[key]);
            let mut texts = BTreeSet::new();
            strings(part, &mut texts);
            let stamp = self.of(&release.namespace, &texts)?;
            Some(path.rsplit('.').fold(json!({ ANNOTATION: stamp }), |inner, key| json!({ key: inner })))
        };
        release.pod_annotations.iter().filter_map(one).reduce(merged)
    }

    /// The stamp of several Secrets together; none where none of them has one.
    fn of(&self, namespace: &str, names: &BTreeSet<String>) -> Option<String> {
        let found: Vec<&str> = names.iter().filter_map(|n| self.0.get(&format!("{namespace}/{n}"))).map(String::as_str).collect();
        match found.as_slice() {
            [] => None,
            [one] => Some((*one).to_owned()),
            several => Some(digest::hex(several.join(" ").as_bytes(), 12)),
        }
    }
}

/// An object with the stamps of what is there in its place: for whoever compares both and knows no value.
#[must_use]
pub fn kept(mut object: Object, there: &Value) -> Object {
    match object["kind"].as_str() {
        Some(kind) if WORKLOADS.contains(&kind) => {
            let stamp = &there["spec"]["template"]["metadata"]["annotations"][ANNOTATION];
            if stamp.is_string() {
                object["spec"]["template"]["metadata"]["annotations"][ANNOTATION] = stamp.clone();
            }
        }
        Some("HelmRelease") => {
            let stamped = |r: &&Value| r.to_string().contains(ANNOTATION);
            let found = there["spec"]["postRenderers"].as_array().and_then(|list| list.iter().find(stamped));
            if let (Some(found), Some(spec)) = (found, object["spec"].as_object_mut())
                && let Some(list) = spec.entry("postRenderers").or_insert_with(|| json!([])).as_array_mut()
            {
                list.push(found.clone());
            }
        }
        Some("ExternalSecret") => {
            let stamp = &there["metadata"]["annotations"][ANNOTATION];
            if stamp.is_string() {
                object["metadata"]["annotations"][ANNOTATION] = stamp.clone();
            }
        }
        _ => {}
    }
    object
}

/// The Secrets that a pod names.
fn named(pod: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    collect(pod, &mut |key, value| {
        let name = match key {
            "secretKeyRef" | "secretRef" => value["name"].as_str(),
            "secret" => value["secretName"].as_str().or(value["name"].as_str()),
            _ => None,
        };
        names.extend(name.map(str::to_owned));
    });
    names
}

fn collect(value: &Value, found: &mut dyn FnMut(&str, &Value)) {
    match value {
        Value::Object(map) => map.iter().for_each(|(k, v)| {
            found(k, v);
            collect(v, found);
        }),
        Value::Array(list) => list.iter().for_each(|v| collect(v, found)),
        _ => {}
    }
}

/// Every text of a chart's values: where it names a Secret is the chart's own business.
fn strings(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            found.insert(text.clone());
        }
        Value::Object(map) => map.values().for_each(|v| strings(v, found)),
        Value::Array(list) => list.iter().for_each(|v| strings(v, found)),
        _ => {}
    }
}

/// Has the stamp put on each workload of a chart once it is rendered.
fn rendered(release: &mut Object, stamp: &str) {
    let patch = |kind: &&str| {
        let patch = json!({
            "apiVersion": "apps/v1",
            "kind": kind,
            "metadata": { "name": "any" },
            "spec": { "template": { "metadata": { "annotations": { ANNOTATION: stamp } } } },
        });
        json!({ "target": { "kind": kind }, "patch": crate::yaml::document(&patch) })
    };
    let patches: Vec<Value> = WORKLOADS.iter().map(patch).collect();
    let Some(spec) = release["spec"].as_object_mut() else { return };
    let renderers = spec.entry("postRenderers").or_insert_with(|| json!([]));
    if let Some(list) = renderers.as_array_mut() {
        list.push(Value::Object(Map::from_iter([("kustomize".to_owned(), json!({ "patches": patches }))])));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(object: Object) -> Unit {
        Unit {
            name: "u".into(),
            concern: "apps".into(),
            title: String::new(),
            layer: 0,
            after: BTreeSet::new(),
            objects: vec![object],
            published: Vec::new(),
            kustomizations: Vec::new(),
            releases: Default::default(),
            stamped: BTreeMap::new(),
            secrets: Vec::new(),
            account: None,
            minutes: 5,
        }
    }

    #[test]
    fn a_chart_is_given_the_stamp_where_it_takes_annotations() {
        let stamps = Stamps(BTreeMap::from([("web/keys".into(), "abc".into()), ("web/other".into(), "def".into())]));
        let given = |values: Value, at: &str| {
            let mut units = [unit(json!({}))];
            units[0].releases.push(Release {
                name: "w".into(),
                namespace: "web".into(),
                chart: pontoon_core::content::Chart::Folder { path: "w".into() },
                values,
                values_from: Vec::new(),
                pod_annotations: vec![at.into()],
                service_account: None,
                minutes: 5,
            });
            stamps.put_on(&mut units);
            units[0].stamped.get("w").cloned().unwrap_or_default()
        };
        let named = |name: &str| json!({ "auth": { "existingSecret": name } });
        assert_eq!(given(named("keys"), "podAnnotations"), json!({ "podAnnotations": { ANNOTATION: "abc" } }));
        assert_eq!(given(named("another"), "podAnnotations"), Value::Null);
        // What stands beside a part is not that part's.
        let parts = json!({ "main": named("keys"), "side": named("other") });
        assert_eq!(given(parts, "main.podAnnotations"), json!({ "main": { "podAnnotations": { ANNOTATION: "abc" } } }));
    }

    #[test]
    fn what_runs_with_a_secret_is_stamped_and_nothing_else() {
        let stamps = Stamps(BTreeMap::from([("web/keys".into(), "abc".into()), ("web/other".into(), "def".into())]));
        let pod = |spec: Value| json!({ "kind": "Deployment", "metadata": { "namespace": "web", "name": "w" }, "spec": { "template": { "spec": spec } } });
        let on = |object: Object| {
            let mut units = [unit(object)];
            stamps.put_on(&mut units);
            let [Unit { objects, .. }] = units;
            objects.into_iter().next().unwrap_or_default()
        };
        let stamp = |o: &Value| o["spec"]["template"]["metadata"]["annotations"][ANNOTATION].clone();
        let env = |name: &str| json!({ "containers": [{ "name": "keys", "envFrom": [{ "secretRef": { "name": name } }] }] });
        assert_eq!(stamp(&on(pod(env("keys")))), "abc");
        assert_eq!(stamp(&on(pod(env("another")))), Value::Null);
        let both = json!({ "containers": [{ "env": [{ "valueFrom": { "secretKeyRef": { "name": "keys", "key": "a" } } }] }], "volumes": [{ "secret": { "secretName": "other" } }] });
        assert_eq!(stamp(&on(pod(both))), digest::hex(b"abc def", 12));
        let chart = json!({ "kind": "HelmRelease", "metadata": { "namespace": "web", "name": "w" }, "spec": { "values": { "auth": { "existingSecret": "keys" } } } });
        let patches = on(chart.clone())["spec"]["postRenderers"][0]["kustomize"]["patches"].clone();
        assert_eq!(patches.as_array().map(Vec::len), Some(3));
        assert!(patches[1]["patch"].as_str().is_some_and(|p| p.contains("pontoon.dev/secrets: abc")), "{patches}");
        let external = json!({ "kind": "ExternalSecret", "metadata": { "namespace": "web", "name": "x" }, "spec": { "target": { "name": "keys" } } });
        assert_eq!(on(external)["metadata"]["annotations"][ANNOTATION], "abc");
        assert_eq!(Stamps::read(Some(&stamps.write())), stamps);
        for object in [pod(env("keys")), chart] {
            assert_eq!(kept(object.clone(), &on(object.clone())), on(object), "what is there is compared with its stamp");
        }
    }
}
