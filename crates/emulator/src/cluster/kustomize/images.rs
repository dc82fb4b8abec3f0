//! `images`: other names, tags and digests for the images of containers.

use serde_json::Value;

/// Changes the images that the Kustomization names.
pub(super) fn run(kustomization: &Value, objects: &mut [Value]) {
    for entry in kustomization["images"].as_array().into_iter().flatten() {
        for object in objects.iter_mut() {
            walk(object, entry);
        }
    }
}

fn walk(value: &mut Value, entry: &Value) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map.iter_mut() {
                if matches!(key.as_str(), "containers" | "initContainers" | "ephemeralContainers") {
                    for container in inner.as_array_mut().into_iter().flatten() {
                        change(container, entry);
                    }
                }
                walk(inner, entry);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|i| walk(i, entry)),
        _ => {}
    }
}

fn change(container: &mut Value, entry: &Value) {
    let Some(image) = container["image"].as_str() else { return };
    let (name, rest) = split(image);
    if entry["name"] != name {
        return;
    }
    let name = entry["newName"].as_str().unwrap_or(name);
    let text = |v: &Value| v.as_str().map(str::to_owned).or_else(|| v.as_number().map(ToString::to_string));
    let rest = match (text(&entry["newTag"]), entry["digest"].as_str()) {
        (_, Some(digest)) => format!("@{digest}"),
        (Some(tag), None) => format!(":{tag}"),
        (None, None) => rest.to_owned(),
    };
    container["image"] = format!("{name}{rest}").into();
}

/// Name, and tag or digest with their sign.
fn split(image: &str) -> (&str, &str) {
    let start = image.rfind('/').map_or(0, |i| i + 1);
    let end = image[start..].find(['@', ':']).map_or(image.len(), |i| start + i);
    image.split_at(end)
}
