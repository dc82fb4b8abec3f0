//! Hooks: objects that Helm applies before or after the others, and Jobs whose end it waits for.

use crate::cluster::Objects;
use crate::cluster::api::kinds::resource_of;
use serde_json::Value;

use super::super::kstatus::Reference;

/// Whether an object is a hook of any kind.
pub(super) fn is_hook(object: &Value) -> bool {
    object["metadata"]["annotations"]["helm.sh/hook"].is_string()
}

/// The hooks of a moment such as `post-install`, by weight, then by name.
pub(super) fn of(all: &[Value], moment: &str) -> Vec<Value> {
    let mut hooks: Vec<Value> = all
        .iter()
        .filter(|o| {
            o["metadata"]["annotations"]["helm.sh/hook"].as_str().is_some_and(|h| h.split(',').any(|m| m.trim() == moment))
        })
        .cloned()
        .collect();
    let weight =
        |o: &Value| o["metadata"]["annotations"]["helm.sh/hook-weight"].as_str().and_then(|w| w.parse::<i64>().ok()).unwrap_or(0);
    hooks.sort_by_key(|o| (weight(o), o["metadata"]["name"].as_str().unwrap_or("").to_owned()));
    hooks
}

fn policy(hook: &Value, wanted: &str) -> bool {
    hook["metadata"]["annotations"]["helm.sh/hook-delete-policy"]
        .as_str()
        .unwrap_or("before-hook-creation")
        .split(',')
        .any(|p| p.trim() == wanted)
}

/// Takes away what a hook of the last time left behind.
pub(super) fn before(objects: &mut Objects, hook: &Value) {
    if policy(hook, "before-hook-creation") {
        take(objects, hook);
    }
}

/// Takes away the hooks that are to go when they succeeded.
pub(super) fn succeeded(objects: &mut Objects, hooks: &[Value]) {
    for hook in hooks.iter().filter(|h| policy(h, "hook-succeeded")) {
        take(objects, hook);
    }
}

fn take(objects: &mut Objects, hook: &Value) {
    let at = Reference::of(hook);
    let Some((resource, namespaced)) = resource_of(objects, &at.api_version, &at.kind) else { return };
    let namespace = if namespaced { at.namespace.as_str() } else { "" };
    if objects.get(&resource, namespace, &at.name).is_some() {
        // A Job takes its pods with it.
        let _ = crate::cluster::api::write::delete(objects, &resource, namespace, &at.name);
    }
}
