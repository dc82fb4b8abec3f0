//! Helm's storage: each revision of a release is a Secret. Source: Helm's documentation, "Storage backends".

use super::Target;
use super::prepare::Prepared;
use crate::cluster::{Objects, yaml};
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde_json::{Value, json};
use std::io::{Read, Write};

/// A stored revision.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub revision: u64,
    pub status: String,
    pub chart: String,
    pub version: String,
    pub digest: String,
    pub manifest: Vec<Value>,
    pub first: Value,
}

fn secret_name(release: &str, revision: u64) -> String {
    format!("sh.helm.release.v1.{release}.v{revision}")
}

/// Names of the Secrets of a release with their revisions, oldest first.
pub(super) fn revisions(objects: &Objects, target: &Target) -> Vec<(u64, String)> {
    let mut all: Vec<(u64, String)> = objects
        .list_in("secrets", &target.storage)
        .into_iter()
        .filter(|s| s["type"] == "helm.sh/release.v1" && s["metadata"]["labels"]["name"] == target.name.as_str())
        .filter_map(|s| {
            let name = s["metadata"]["name"].as_str()?;
            Some((name.rsplit(".v").next()?.parse().ok()?, name.to_owned()))
        })
        .collect();
    all.sort_by_key(|(revision, _)| *revision);
    all
}

/// The last revision, or the last one that was deployed.
pub(super) fn last(objects: &Objects, target: &Target, deployed: bool) -> Option<Stored> {
    let mut all = revisions(objects, target);
    all.reverse();
    all.into_iter()
        .filter_map(|(_, name)| read(objects.get("secrets", &target.storage, &name)?))
        .find(|s| !deployed || ["deployed", "superseded"].contains(&s.status.as_str()))
}

fn read(secret: &Value) -> Option<Stored> {
    let inner = STANDARD.decode(secret["data"]["release"].as_str()?).ok()?;
    let packed = STANDARD.decode(inner).ok()?;
    let mut text = String::new();
    GzDecoder::new(packed.as_slice()).read_to_string(&mut text).ok()?;
    let release: Value = serde_json::from_str(&text).ok()?;
    let words = |v: &Value| v.as_str().unwrap_or("").to_owned();
    Some(Stored {
        revision: release["version"].as_u64()?,
        status: words(&release["info"]["status"]),
        chart: words(&release["chart"]["metadata"]["name"]),
        version: words(&release["chart"]["metadata"]["version"]),
        digest: words(&release["info"]["_digest"]),
        manifest: yaml::read(release["manifest"].as_str()?).ok()?,
        first: release["info"]["first_deployed"].clone(),
    })
}

/// Stores a revision with its outcome; older ones are superseded, and the oldest forgotten.
pub(super) fn write(
    objects: &mut Objects,
    prepared: &Prepared,
    revision: u64,
    status: &str,
    description: &str,
    manifest: &[Value],
    keep: u64,
) {
    let target = &prepared.target;
    let now = objects.world().stamp();
    let first = last(objects, target, false).map_or_else(|| now.clone().into(), |s| s.first);
    let release = json!({
        "name": target.name,
        "namespace": target.namespace,
        "version": revision,
        "info": { "first_deployed": first, "last_deployed": now, "deleted": "", "description": description, "status": status, "_digest": prepared.digest },
        "chart": { "metadata": { "name": prepared.chart, "version": prepared.version, "appVersion": prepared.app } },
        "config": prepared.values,
        "manifest": yaml::write_all(manifest),
    });
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    let packed = packer.write_all(release.to_string().as_bytes()).and_then(|()| packer.finish()).unwrap_or_default();
    if status == "deployed" {
        for (old, name) in revisions(objects, target) {
            if old < revision {
                relabel(objects, target, &name);
            }
        }
    }
    let secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "helm.sh/release.v1",
        "metadata": {
            "name": secret_name(&target.name, revision),
            "namespace": target.storage,
            "labels": { "name": target.name, "owner": "helm", "status": status, "version": revision.to_string(), "modifiedAt": (objects.world().now().0 / 1000).to_string() },
        },
        "data": { "release": STANDARD.encode(STANDARD.encode(packed)) },
    });
    objects.put("secrets", secret);
    let all = revisions(objects, target);
    let surplus = all.len().saturating_sub(usize::try_from(keep.max(1)).unwrap_or(5));
    for (_, name) in all.into_iter().take(if keep == 0 { 0 } else { surplus }) {
        objects.remove("secrets", &target.storage, &name);
    }
}

/// An older revision is superseded, unless it failed. What it holds stays as it was.
fn relabel(objects: &mut Objects, target: &Target, name: &str) {
    objects.edit("secrets", &target.storage, name, |s| {
        if s["metadata"]["labels"]["status"] == "deployed" {
            s["metadata"]["labels"]["status"] = "superseded".into();
        }
    });
}

/// Forgets a release altogether.
pub(super) fn clear(objects: &mut Objects, target: &Target) {
    for (_, name) in revisions(objects, target) {
        objects.remove("secrets", &target.storage, &name);
    }
}
