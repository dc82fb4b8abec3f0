//! From a folder of the artifact to the objects that are applied: kustomize, decryption, substitution.

use super::{Failure, substitute};
use crate::cluster::flux::{install, sops, text, text_or};
use crate::cluster::kustomize::{self, Files, Source, is_folder, named, normal};
use crate::cluster::{Objects, operators};
use serde_json::{Value, json};

/// Builds the Kustomization's folder.
pub(super) fn run(objects: &Objects, object: &Value, files: &Files) -> Result<Vec<Value>, Failure> {
    let spec = &object["spec"];
    let path = text_or(&spec["path"], "./");
    let folder = normal(&path).unwrap_or_default();
    if !is_folder(files, &folder) {
        let message = format!("kustomization path not found: stat /tmp/kustomization/{folder}: no such file or directory");
        return Err(Failure { reason: "ArtifactFailed", message });
    }
    let failed = |message: String| Failure { reason: "BuildFailed", message };
    let fetch = |url: &str| download(objects, url);
    let built = kustomize::build(&Source { files, fetch: &fetch }, &path, &additions(spec))
        .map_err(|e| failed(format!("kustomize build failed: {e}")))?;
    let keys = sops::keys(objects, object).map_err(failed)?;
    let mut all = Vec::new();
    for mut item in built {
        if item.get("sops").is_some() && !spec["decryption"].is_null() {
            item =
                sops::decrypt(&item, &keys).map_err(|why| failed(format!("decryption failed for '{}': {why}", named(&item))))?;
        }
        if !spec["postBuild"].is_null() {
            item = substitute::run(objects, object, item)
                .map_err(|(id, why)| failed(format!("post build failed for '{id}': {why}")))?;
        }
        all.push(item);
    }
    Ok(all)
}

/// What the Kustomization's own fields add to the folder's.
fn additions(spec: &Value) -> Value {
    let mut more = json!({});
    for key in ["patches", "images", "components", "namePrefix", "nameSuffix"] {
        if !spec[key].is_null() {
            more[key] = spec[key].clone();
        }
    }
    let namespace = text(&spec["targetNamespace"]);
    if !namespace.is_empty() {
        more["namespace"] = namespace.into();
    }
    more
}

/// What lies behind an address that a folder names: published manifests.
fn download(objects: &Objects, url: &str) -> Option<String> {
    if objects.world().world().charts.is_unreachable(url) {
        return None;
    }
    let path = url.strip_prefix("https://github.com/")?;
    if let Some(rest) = path.strip_prefix("fluxcd/flux2/releases/download/") {
        return install::install_manifest(rest.strip_suffix("/install.yaml")?);
    }
    operators::release_manifest(path)
}
