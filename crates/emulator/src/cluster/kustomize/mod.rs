//! What `kustomize build` makes of a folder. Source: kustomize's reference, version 5.
//!
//! What it does not know it refuses by name. Objects come out in the order in which they were accumulated.

mod accumulate;
mod fields;
mod generate;
mod id;
mod images;
mod json_patch;
mod patch;
mod strategic;
mod transform;

#[cfg(test)]
mod tests;

use serde_json::Value;
use std::collections::BTreeMap;

pub(crate) use id::named;
pub(crate) use patch::apply as apply_patches;

/// Files of a source, by path from its root.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Where files come from.
pub struct Source<'a> {
    /// The files of the artifact.
    pub files: &'a Files,
    /// What lies behind an address; nothing when it cannot be fetched.
    pub fetch: &'a dyn Fn(&str) -> Option<String>,
}

/// Builds the folder `path`. `more` is merged into its kustomization, as a deployer adds namespace, patches, images or
/// components; a folder without a kustomization takes in everything below it.
///
/// # Errors
/// What kustomize says.
pub fn build(source: &Source, path: &str, more: &Value) -> Result<Vec<Value>, String> {
    let path = normal(path)?;
    let mut kustomization = match accumulate::kustomization(source, &path)? {
        Some(found) => found,
        None => accumulate::generated(source, &path)?,
    };
    accumulate::join(&mut kustomization, more);
    accumulate::build(source, &path, &kustomization, &mut vec![path.clone()])
}

/// Whether a folder of that path exists.
#[must_use]
pub fn is_folder(files: &Files, path: &str) -> bool {
    normal(path).is_ok_and(|path| path.is_empty() || files.keys().any(|f| f.starts_with(&format!("{path}/"))))
}

/// A path without `.`, `..` and slashes at its ends.
pub(crate) fn normal(path: &str) -> Result<String, String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or_else(|| format!("security; file '{path}' is not in or below the root of the source"))?;
            }
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

/// `name` as seen from the folder `base`.
pub(crate) fn beside(base: &str, name: &str) -> Result<String, String> {
    if name.starts_with('/') { normal(name) } else { normal(&format!("{base}/{name}")) }
}
