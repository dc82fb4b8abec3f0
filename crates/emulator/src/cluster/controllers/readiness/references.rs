//! Secrets and ConfigMaps that a pod names: mounted before its containers are made, or read into their environment.

use super::super::fields::{items, name, namespace, text};
use crate::cluster::Objects;
use serde_json::Value;

/// What is missing for the mounts: the volume and the kubelet's words.
pub(crate) fn unmounted(objects: &Objects, pod: &Value) -> Option<String> {
    items(&pod["spec"]["volumes"]).iter().find_map(|volume| {
        let why = volume_problem(objects, namespace(pod), volume)?;
        Some(format!("MountVolume.SetUp failed for volume \"{}\" : {why}", name_of(volume)))
    })
}

fn name_of(volume: &Value) -> &str {
    text(&volume["name"])
}

fn volume_problem(objects: &Objects, home: &str, volume: &Value) -> Option<String> {
    let secret = &volume["secret"];
    let map = &volume["configMap"];
    let own = mounted(objects, home, "secret", "secretName", secret).or_else(|| mounted(objects, home, "configmap", "name", map));
    own.or_else(|| {
        items(&volume["projected"]["sources"]).iter().find_map(|source| {
            mounted(objects, home, "secret", "name", &source["secret"])
                .or_else(|| mounted(objects, home, "configmap", "name", &source["configMap"]))
        })
    })
}

fn mounted(objects: &Objects, home: &str, kind: &str, field: &str, source: &Value) -> Option<String> {
    let wanted = source[field].as_str()?;
    let resource = if kind == "secret" { "secrets" } else { "configmaps" };
    let Some(object) = objects.get(resource, home, wanted) else {
        return (source["optional"] != true).then(|| format!("{kind} \"{wanted}\" not found"));
    };
    if source["optional"] == true {
        return None;
    }
    let missing = items(&source["items"]).iter().map(|i| text(&i["key"])).find(|k| !has(object, k))?;
    let what = if kind == "secret" { "secret" } else { "config" };
    Some(format!("references non-existent {what} key: {missing}"))
}

fn has(object: &Value, key: &str) -> bool {
    ["data", "binaryData", "stringData"].iter().any(|f| object[*f].get(key).is_some())
}

/// The first container whose environment cannot be made, and the kubelet's words.
pub(crate) fn unconfigured(objects: &Objects, pod: &Value, containers: &[Value]) -> Option<(String, String)> {
    containers.iter().find_map(|c| Some((text(&c["name"]).to_owned(), container_problem(objects, namespace(pod), c)?)))
}

fn container_problem(objects: &Objects, home: &str, container: &Value) -> Option<String> {
    let whole = items(&container["envFrom"]).iter().find_map(|source| {
        missing(objects, home, "secret", &source["secretRef"])
            .or_else(|| missing(objects, home, "configmap", &source["configMapRef"]))
    });
    whole.or_else(|| {
        items(&container["env"]).iter().find_map(|entry| {
            let from = &entry["valueFrom"];
            missing(objects, home, "secret", &from["secretKeyRef"])
                .or_else(|| missing(objects, home, "configmap", &from["configMapKeyRef"]))
        })
    })
}

fn missing(objects: &Objects, home: &str, kind: &str, reference: &Value) -> Option<String> {
    let wanted = reference["name"].as_str().filter(|_| reference["optional"] != true)?;
    let (resource, shown) = if kind == "secret" { ("secrets", "Secret") } else { ("configmaps", "ConfigMap") };
    let Some(object) = objects.get(resource, home, wanted) else {
        return Some(format!("{kind} \"{wanted}\" not found"));
    };
    let key = reference["key"].as_str()?;
    (!has(object, key)).then(|| format!("couldn't find key {key} in {shown} {home}/{}", name(object)))
}
