//! `dependsOn`: other Kustomizations that must be Ready, at the same revision where they have the same source.

use super::{Origin, origin};
use crate::cluster::Objects;
use crate::cluster::flux::conditions::is_ready;
use crate::cluster::flux::kinds::KUSTOMIZATIONS;
use crate::cluster::flux::{cel, text, text_or};
use serde_json::{Value, json};

/// Whether every dependency is met.
///
/// # Errors
/// The first that is not, in Flux's words.
pub(super) fn check(objects: &Objects, object: &Value, own: &Origin, revision: &str) -> Result<(), String> {
    let home = text(&object["metadata"]["namespace"]);
    for reference in object["spec"]["dependsOn"].as_array().into_iter().flatten() {
        let (namespace, name) = (text_or(&reference["namespace"], &home), text(&reference["name"]));
        let id = format!("{namespace}/{name}");
        let dependency = objects
            .get(KUSTOMIZATIONS, &namespace, &name)
            .ok_or_else(|| format!("dependency '{id}' not found: {KUSTOMIZATIONS} \"{name}\" not found"))?;
        if let Some(expression) = reference["readyExpr"].as_str().filter(|e| !e.is_empty()) {
            match cel::holds(expression, &json!({ "self": object, "dep": dependency })) {
                Ok(true) => continue,
                Ok(false) => return Err(format!("dependency '{id}' is not ready according to readyExpr eval")),
                Err(why) => return Err(format!("failed to evaluate dependency {name}: {why}")),
            }
        }
        if !is_ready(dependency) {
            return Err(format!("dependency '{id}' is not ready"));
        }
        let other = origin(dependency);
        let same = (&other.kind, &other.namespace, &other.name) == (&own.kind, &own.namespace, &own.name);
        if same && dependency["status"]["lastAppliedRevision"] != revision {
            return Err(format!("dependency '{id}' revision is not up to date"));
        }
    }
    Ok(())
}
