//! `patches`: strategic merges and JSON patches, and which objects they change.

use super::{Source, accumulate, beside, id, json_patch, strategic};
use crate::cluster::yaml;
use serde_json::{Value, json};

/// Runs the patches of a Kustomization.
pub(super) fn run(source: &Source, path: &str, kustomization: &Value, objects: &mut Vec<Value>) -> Result<(), String> {
    let mut entries: Vec<Value> = Vec::new();
    for entry in kustomization["patchesStrategicMerge"].as_array().into_iter().flatten() {
        let text = entry.as_str().unwrap_or("");
        entries.push(if text.contains('\n') { json!({ "patch": text }) } else { json!({ "path": text }) });
    }
    entries.extend(kustomization["patches"].as_array().cloned().unwrap_or_default());
    entries.extend(kustomization["patchesJson6902"].as_array().cloned().unwrap_or_default());
    for entry in entries {
        let text = match (entry["patch"].as_str(), entry["path"].as_str()) {
            (Some(text), _) => text.to_owned(),
            (None, Some(file)) => {
                let at = beside(path, file)?;
                accumulate::text(source, &at)
                    .map_err(|_| format!("failed to get the patch file from path({file}): evalsymlink failure on '/{at}' : lstat /{at}: no such file or directory"))?
            }
            (None, None) => return Err("must specify one of patch and path in PatchTransformer".to_owned()),
        };
        apply(objects, &text, &entry["target"])?;
    }
    Ok(())
}

/// Applies one patch, as text, to what its target selects; a strategic merge without a target names its object itself.
///
/// # Errors
/// What kustomize says: a patch that cannot be read, or one that finds no object.
pub(crate) fn apply(objects: &mut Vec<Value>, text: &str, target: &Value) -> Result<(), String> {
    let unreadable = || format!("unable to parse SM or JSON patch from [{text}]");
    let documents = yaml::read(text).map_err(|_| unreadable())?;
    if documents.is_empty() {
        return Err(unreadable());
    }
    if documents.len() > 1 && !target.is_null() {
        return Err(
            "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set `patches.target` field".to_owned()
        );
    }
    for patch in documents {
        if patch.is_array() {
            if target.is_null() {
                return Err(format!("must specify a target for JSON patch {text}"));
            }
            for object in objects.iter_mut().filter(|o| selected(o, target)) {
                json_patch::apply(object, &patch)?;
            }
        } else if target.is_null() {
            if patch["kind"].is_null() || patch["metadata"]["name"].is_null() {
                return Err(unreadable());
            }
            let at: Vec<usize> = (0..objects.len()).filter(|i| same(&objects[*i], &patch)).collect();
            let [at] = at.as_slice() else {
                return Err(format!(
                    "no resource matches strategic merge patch \"{0}\": no matches for Id {0}; failed to find unique target for patch {0}",
                    id::named(&patch)
                ));
            };
            merge(objects, *at, &patch);
        } else {
            let mut i = objects.len();
            while i > 0 {
                i -= 1;
                if selected(&objects[i], target) {
                    let mut patch = patch.clone();
                    // With a target, kind and names of the patch mean nothing.
                    for key in ["apiVersion", "kind"] {
                        if let Some(map) = patch.as_object_mut() {
                            map.remove(key);
                        }
                    }
                    for key in ["name", "namespace"] {
                        if let Some(map) = patch.get_mut("metadata").and_then(Value::as_object_mut) {
                            map.remove(key);
                        }
                    }
                    merge(objects, i, &patch);
                }
            }
        }
    }
    objects.retain(|o| !o.is_null());
    Ok(())
}

/// An object that its patch deletes becomes null, so that the places of the others stay.
fn merge(objects: &mut [Value], at: usize, patch: &Value) {
    if patch["$patch"] == "delete" {
        objects[at] = Value::Null;
        return;
    }
    let builtin = strategic::is_builtin(&objects[at]);
    let merged = strategic::merge(&objects[at], patch, builtin, "");
    objects[at] = merged;
}

fn same(object: &Value, patch: &Value) -> bool {
    let namespace = |o: &Value| o["metadata"]["namespace"].as_str().filter(|n| *n != "default").unwrap_or("").to_owned();
    object["apiVersion"] == patch["apiVersion"]
        && object["kind"] == patch["kind"]
        && object["metadata"]["name"] == patch["metadata"]["name"]
        && (patch["metadata"]["namespace"].is_null() || namespace(object) == namespace(patch))
}

fn selected(object: &Value, target: &Value) -> bool {
    let (group, version) = id::group_version(object);
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let matches =
        |key: &str, value: &str| target[key].as_str().is_none_or(|pattern| pattern.is_empty() || anchored(pattern, value));
    let exact = |key: &str, value: &str| target[key].as_str().is_none_or(|wanted| wanted.is_empty() || wanted == value);
    exact("group", group)
        && exact("version", version)
        && exact("kind", &text(&object["kind"]))
        && matches("name", &text(&object["metadata"]["name"]))
        && matches("namespace", &text(&object["metadata"]["namespace"]))
        && labelled(&target["labelSelector"], &object["metadata"]["labels"])
        && labelled(&target["annotationSelector"], &object["metadata"]["annotations"])
}

/// A regular expression over the whole text, of which `.*`, `.` and `|` are known.
pub(super) fn anchored(pattern: &str, value: &str) -> bool {
    fn one(pattern: &[u8], value: &[u8]) -> bool {
        match pattern {
            [] => value.is_empty(),
            [b'.', b'*', rest @ ..] => (0..=value.len()).any(|i| one(rest, &value[i..])),
            [b'.', rest @ ..] => !value.is_empty() && one(rest, &value[1..]),
            [b'\\', c, rest @ ..] | [c, rest @ ..] => value.first() == Some(c) && one(rest, &value[1..]),
        }
    }
    pattern.trim_start_matches('^').trim_end_matches('$').split('|').any(|p| {
        let p = p.trim_matches(|c| c == '(' || c == ')');
        one(p.as_bytes(), value.as_bytes())
    })
}

/// A label selector written as text: `a=b,c!=d,e`.
fn labelled(selector: &Value, labels: &Value) -> bool {
    selector.as_str().unwrap_or("").split(',').map(str::trim).filter(|t| !t.is_empty()).all(|term| {
        if let Some((key, value)) = term.split_once("!=") {
            return labels[key.trim()] != value.trim();
        }
        if let Some((key, value)) = term.split_once('=') {
            return labels[key.trim()] == value.trim_start_matches('=').trim();
        }
        match term.strip_prefix('!') {
            Some(key) => labels[key].is_null(),
            None => !labels[term].is_null(),
        }
    })
}
