//! The GitOps trees of the examples, written as files with everything that a repository has beside them.
//!
//! What `pontoon` would encrypt stands there in plain text with a value of no meaning: a judge has no key.

use crate::{context::Folder, platforms::example_path};
use pontoon_catalog::components::{Site, charts::Lock};
use pontoon_core::content::{Field, SecretSpec};
use pontoon_render::{Follower, Tree, argo::Git, argo_units, tree, tree::Environment, units};
use pontoon_spec::{Document, Files, sections::delivery::Gitops};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

struct Beside(PathBuf);

impl Files for Beside {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.0.join(path)).map_err(|e| e.to_string())
    }
    fn exists(&self, path: &str) -> Option<bool> {
        Some(self.0.join(path).exists())
    }
}

/// The units of each environment of an example, and what is left out of it by name.
///
/// # Panics
/// Where the example has an error.
pub fn rendered(example: &str) -> (Tree, Vec<String>) {
    let (environments, follower, left_out) = compiled(example);
    (tree(example, &environments, &follower), left_out)
}

/// The units of each environment of an example.
///
/// # Panics
/// Where the example has an error.
pub fn environments(example: &str) -> Vec<Environment> {
    compiled(example).0
}

fn compiled(example: &str) -> (Vec<Environment>, Follower, Vec<String>) {
    let path = example_path(example);
    let folder = path.parent().expect("an example is in a folder").to_owned();
    let bytes = std::fs::read(&path).expect("the example can be read");
    let document = Document::parse("platform.yaml", &bytes, &Beside(folder)).document.expect("the example is a tree");
    let (resolved, diagnostics) = document.resolve_all();
    assert!(!diagnostics.has_errors(), "{:#?}", diagnostics.errors().collect::<Vec<_>>());
    let (lock, mut left_out, mut environments) = (Lock::new(), Vec::new(), Vec::new());
    let mut follower = Follower::Flux { encrypted: true };
    for spec in resolved.into_iter().filter_map(|(_, r)| Some(r?.spec)) {
        let site = Site::new(&spec, &lock);
        let (contents, deferred) = pontoon_compiler::contents::contents(&site).expect("no component waits for itself");
        left_out.extend(deferred.into_iter().map(|d| format!("{} {}: {}", spec.environment, d.path, d.what)));
        let argo = *spec.delivery.gitops == Gitops::Argocd;
        if let (true, Some(repository)) = (argo, &spec.delivery.repository) {
            let url = format!("ssh://git@github.com/{}.git", repository.github);
            follower = Follower::Argo(Git { url, branch: repository.branch.to_string() });
        }
        let of = if argo { argo_units } else { units };
        environments.push((spec.environment.to_string(), of(&contents, site.has_store())));
    }
    (environments, follower, left_out)
}

/// The same as files, beside the example's own.
///
/// # Panics
/// Where they cannot be written.
pub fn written(example: &str) -> Folder {
    let folder = Folder::new();
    let (tree, left_out) = rendered(example);
    for line in left_out {
        // Not judged, because it is not there.
        std::io::Write::write_all(&mut std::io::stderr(), format!("left out of {example}: {line}\n").as_bytes()).expect("stderr");
    }
    let from = example_path(example);
    beside(from.parent().expect("an example is in a folder"), folder.path());
    for (path, text) in &tree.files {
        write(&folder, path, text);
    }
    for (path, (_, spec)) in &tree.secrets {
        write(&folder, path, &secret(spec).to_string());
    }
    folder
}

fn secret(spec: &SecretSpec) -> Value {
    let data: serde_json::Map<String, Value> = spec.fields.iter().map(|(k, f)| (k.clone(), Value::from(value(f)))).collect();
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": { "name": spec.name, "namespace": spec.namespace, "labels": spec.labels },
        "type": spec.kind,
        "stringData": data,
    })
}

fn value(field: &Field) -> String {
    match field {
        Field::Text(text) => text.clone(),
        Field::Encoded(inner) => value(inner),
        Field::Join(parts) => parts.iter().map(value).collect(),
        _ => "placeholder".into(),
    }
}

fn write(folder: &Folder, path: &str, text: &str) {
    let path = folder.path().join(path);
    std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder can be made");
    std::fs::write(path, text).expect("a file can be written");
}

fn beside(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("the example can be read").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).expect("a folder can be made");
            beside(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a file can be copied");
        }
    }
}
