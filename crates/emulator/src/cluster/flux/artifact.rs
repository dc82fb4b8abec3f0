//! What source-controller stores: the files or the chart behind a source, at one revision.

use crate::cluster::Objects;
use crate::cluster::kustomize::Files;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// What is stored for a source.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    /// A tree of files.
    Files(Files),
    /// A published chart: repository, name and version.
    Chart(String, String, String),
}

fn key(resource: &str, namespace: &str, name: &str) -> String {
    format!("artifact/{resource}/{namespace}/{name}")
}

/// Stores an artifact and gives the `artifact` of the source's status.
pub(super) fn store(objects: &mut Objects, resource: &str, object: &Value, revision: &str, content: &Content) -> Value {
    let (namespace, name) = crate::cluster::objects::place(object);
    let (note, digest) = written(content);
    objects.set_note(&key(resource, &namespace, &name), json!({ "revision": revision, "content": note }));
    let plural = resource.split('.').next().unwrap_or("");
    let kind = plural.trim_end_matches('s');
    let kind = if kind.ends_with("repositorie") { kind.replace("repositorie", "repository") } else { kind.to_owned() };
    let path = format!("{kind}/{namespace}/{name}/{}.tar.gz", &digest[..12]);
    json!({
        "digest": format!("sha256:{digest}"),
        "lastUpdateTime": objects.world().stamp(),
        "path": path,
        "revision": revision,
        "url": format!("http://source-controller.flux-system.svc.cluster.local./{path}"),
    })
}

/// The revision of what is stored for a source.
pub(super) fn revision<'o>(objects: &'o Objects, resource: &str, namespace: &str, name: &str) -> Option<&'o str> {
    objects.note(&key(resource, namespace, name))?["revision"].as_str()
}

/// What is stored for a source, with its revision. A copy of all of it: for when something is done with it.
pub(super) fn read(objects: &Objects, resource: &str, namespace: &str, name: &str) -> Option<(String, Content)> {
    let note = objects.note(&key(resource, namespace, name))?;
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let content = &note["content"];
    let content = match content["chart"].as_array() {
        Some(chart) => Content::Chart(text(chart.first()?), text(chart.get(1)?), text(chart.get(2)?)),
        None => {
            Content::Files(content["files"].as_object().into_iter().flatten().map(|(path, v)| (path.clone(), bytes(v))).collect())
        }
    };
    Some((text(&note["revision"]), content))
}

/// Takes an artifact away.
pub(super) fn remove(objects: &mut Objects, resource: &str, namespace: &str, name: &str) {
    objects.set_note(&key(resource, namespace, name), Value::Null);
}

fn written(content: &Content) -> (Value, String) {
    let note = match content {
        Content::Chart(repository, name, version) => json!({ "chart": [repository, name, version] }),
        Content::Files(files) => {
            let files: Map<String, Value> = files
                .iter()
                .map(|(path, bytes)| {
                    let value =
                        std::str::from_utf8(bytes).map_or_else(|_| json!({ "base64": STANDARD.encode(bytes) }), Value::from);
                    (path.clone(), value)
                })
                .collect();
            json!({ "files": files })
        }
    };
    let digest = Sha256::digest(note.to_string().as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    (note, digest)
}

fn bytes(value: &Value) -> Vec<u8> {
    match value.as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => STANDARD.decode(value["base64"].as_str().unwrap_or("")).unwrap_or_default(),
    }
}
