//! Folders of a tree, built with kustomize as Flux's kustomize-controller builds them.

use crate::{
    context::Folder,
    judges::{run, tool_or_skip},
    yaml,
};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// What stands for a file of the world outside, which no test fetches.
const OUTSIDE: &str = "witness-outside-";

/// A copy of a tree, with the means to build its folders.
pub struct Tree {
    folder: Folder,
    kubectl: PathBuf,
}

/// A folder, built.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Built {
    /// Its objects.
    pub objects: Vec<Value>,
    /// Addresses of files that it takes from the world outside.
    pub outside: Vec<String>,
}

impl Tree {
    /// Copies a tree; nothing where `kubectl` is missing.
    ///
    /// # Panics
    /// Where it cannot be copied.
    pub fn open_or_skip(test: &str, from: &Path) -> Option<Tree> {
        let kubectl = tool_or_skip(test, "kubectl")?;
        let folder = Folder::new();
        copy(from, folder.path());
        Some(Tree { folder, kubectl })
    }

    /// Where the copy is.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// The environments: what has a folder below `clusters/`.
    pub fn environments(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.root().join("clusters")) else { return Vec::new() };
        let folders = entries.flatten().filter(|e| e.path().is_dir());
        let mut all: Vec<String> = folders.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        all.sort();
        all
    }

    /// Every folder with a kustomization of its own, relative to the root.
    pub fn kustomizations(&self) -> Vec<String> {
        let mut all = Vec::new();
        walk(self.root(), &mut |path| {
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
            if matches!(name, "kustomization.yaml" | "kustomization.yml" | "Kustomization") {
                let folder = path.parent().and_then(|p| p.strip_prefix(self.root()).ok());
                all.extend(folder.map(|f| f.display().to_string()));
            }
        });
        all.sort();
        all
    }

    /// Builds a folder with what a Flux Kustomization's `spec` puts on top: `patches`, `components`, `targetNamespace`,
    /// `commonMetadata`, `images`, `postBuild.substitute`.
    ///
    /// # Errors
    /// What kustomize says.
    pub fn build(&self, folder: &str, spec: &Value) -> Result<Built, String> {
        let folder = folder.trim_start_matches("./").trim_end_matches('/');
        let at = if folder.is_empty() { self.root().to_owned() } else { self.root().join(folder) };
        if !at.is_dir() {
            return Err(format!("kustomization path not found: {folder}"));
        }
        self.complete(&at)?;
        let above = self.root().join(".witness");
        let _ = std::fs::remove_dir_all(&above);
        std::fs::create_dir_all(&above).map_err(|e| e.to_string())?;
        let up = |path: &str| format!("../{}", path.trim_start_matches("./"));
        let mut top = Map::from_iter([("resources".to_owned(), json!([up(folder)]))]);
        for key in ["patches", "images"] {
            if let Some(value) = spec.get(key) {
                top.insert(key.into(), value.clone());
            }
        }
        if let Some(namespace) = spec.get("targetNamespace") {
            top.insert("namespace".into(), namespace.clone());
        }
        if let Some(parts) = spec["components"].as_array() {
            // Relative to the folder, as Flux has it.
            let parts = parts.iter().filter_map(Value::as_str).map(|c| up(&format!("{folder}/{c}")));
            top.insert("components".into(), parts.collect());
        }
        if let Some(labels) = spec["commonMetadata"].get("labels") {
            top.insert("labels".into(), json!([{ "pairs": labels }]));
        }
        if let Some(annotations) = spec["commonMetadata"].get("annotations") {
            top.insert("commonAnnotations".into(), annotations.clone());
        }
        std::fs::write(above.join("kustomization.yaml"), Value::Object(top).to_string()).map_err(|e| e.to_string())?;
        let said = run(&self.kubectl, self.root(), &[], ["kustomize", "--load-restrictor=LoadRestrictionsNone", ".witness"]);
        let _ = std::fs::remove_dir_all(&above);
        if !said.ok {
            return Err(format!("kustomize {folder}: {}", said.err.trim()));
        }
        if !said.err.trim().is_empty() {
            // Deprecated fields of kustomize.
            return Err(format!("kustomize {folder} warns: {}", said.err.trim()));
        }
        let text = substituted(said.out, &spec["postBuild"]["substitute"]);
        let mut built = Built::default();
        for object in yaml::documents(&text)? {
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            match object["data"]["address"].as_str().filter(|_| name.starts_with(OUTSIDE)) {
                Some(address) => built.outside.push(address.to_owned()),
                None => built.objects.push(object),
            }
        }
        Ok(built)
    }

    /// What Flux does before it builds: a folder without a kustomization takes in everything below it; and files of the
    /// world outside are replaced by an object that says where they are.
    fn complete(&self, folder: &Path) -> Result<(), String> {
        let own = folder.join("kustomization.yaml");
        if !own.exists() {
            let mut files = Vec::new();
            walk(folder, &mut |path| {
                if path.extension().is_some_and(|e| e == "yaml" || e == "yml") {
                    files.extend(path.strip_prefix(folder).ok().map(|p| p.display().to_string()));
                }
            });
            files.sort();
            std::fs::write(&own, json!({ "resources": files }).to_string()).map_err(|e| e.to_string())?;
        }
        for relative in self.kustomizations() {
            let path = self.root().join(relative).join("kustomization.yaml");
            let Some(mut document) = yaml::file(&path)?.pop() else { continue };
            let mut changed = false;
            for resource in document["resources"].as_array_mut().into_iter().flatten() {
                let Some(address) = resource.as_str().filter(|a| a.contains("://")).map(str::to_owned) else { continue };
                let plain: String =
                    address.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
                let file = format!("{OUTSIDE}{plain}");
                let object = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": file }, "data": { "address": address } });
                let beside = path.with_file_name(format!("{file}.yaml"));
                std::fs::write(beside, object.to_string()).map_err(|e| e.to_string())?;
                *resource = format!("{file}.yaml").into();
                changed = true;
            }
            if changed {
                std::fs::write(&path, document.to_string()).map_err(|e| e.to_string())?;
            }
        }
        Ok(())
    }
}

/// `${name}` and `${name:=default}`, as Flux replaces them after building.
fn substituted(text: String, values: &Value) -> String {
    let Some(values) = values.as_object() else { return text };
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("${") {
        let Some((inner, behind)) = after.split_once('}') else { break };
        let (name, default) = inner.split_once(":=").unwrap_or((inner, ""));
        out.push_str(before);
        out.push_str(values.get(name).and_then(Value::as_str).unwrap_or(default));
        rest = behind;
    }
    out.push_str(rest);
    out
}

fn walk(folder: &Path, each: &mut dyn FnMut(&Path)) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|e| e.path()) {
        let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if path.is_dir() && !hidden {
            walk(&path, each);
        } else if path.is_file() {
            each(&path);
        }
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap_or_else(|e| panic!("{}: {e}", from.display())).flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).expect("a folder can be made");
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a file can be copied");
        }
    }
}
