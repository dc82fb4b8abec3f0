//! One wave: everything of it is applied, run or deleted.

use super::super::hooks::{self, Phase};
use super::super::tasks::{State, Task};
use super::super::{compare, manifests, project, text};
use super::goes_first;
use crate::cluster::Objects;
use crate::cluster::api::{kinds, write};
use crate::cluster::flux::Reference;
use serde_json::Value;

/// Who applies. Source: Argo CD, `ArgoCDSSAManager`.
const MANAGER: &str = "argocd-controller";

/// Applies the tasks of a wave, definitions first; what needs a definition that is not served yet stays for the next beat.
pub(super) fn wave(
    objects: &mut Objects,
    home: &str,
    application: &Value,
    all: &mut [Task],
    of: (Phase, i64),
) -> Result<(), String> {
    let revisions = &application["status"]["operationState"]["syncResult"]["revisions"];
    let mut at: Vec<String> = revisions.as_array().into_iter().flatten().map(text).collect();
    if at.is_empty() {
        // The Application as it was handed over may be older than its status.
        let (namespace, name) = crate::cluster::objects::place(application);
        let fresh = objects.get(super::super::kinds::APPLICATIONS, &namespace, &name).cloned().unwrap_or_default();
        at = fresh["status"]["operationState"]["syncResult"]["revisions"].as_array().into_iter().flatten().map(text).collect();
    }
    let generated =
        manifests::run(objects, home, application, &at).map_err(|manifests::Failed(kind, why)| format!("{kind}: {why}"))?;
    let server = text(&application["spec"]["destination"]["server"]);
    for task in all.iter_mut().filter(|t| (t.phase, t.wave) == of && t.state == State::Pending) {
        if task.prune {
            remove(objects, &task.at);
            task.state = State::Running;
            task.message = "pruned".to_owned();
            continue;
        }
        let Some(target) = generated.objects.iter().find(|o| Reference::of(o) == task.at) else {
            task.state = State::Failed;
            task.message = "the manifest is gone".to_owned();
            continue;
        };
        let Some((_, namespaced)) = kinds::resource_of(objects, &task.at.api_version, &task.at.kind) else {
            if generated.objects.iter().any(|o| defines(o, &task.at)) {
                continue;
            }
            let (group, version) = task.at.api_version.split_once('/').unwrap_or(("", &task.at.api_version));
            task.state = State::Failed;
            task.message = format!(
                "The Kubernetes API could not find {group}/{} for requested resource {}/{}. Make sure the \"{}\" CRD is installed on the destination cluster. (version {version})",
                task.at.kind, task.at.namespace, task.at.name, task.at.kind
            );
            continue;
        };
        if let Err(why) = project::permits(&generated.project, &server, target, namespaced) {
            task.state = State::Failed;
            task.message = why;
            continue;
        }
        one(objects, application, task, target);
    }
    Ok(())
}

/// Whether a definition defines the kind of an object.
fn defines(definition: &Value, at: &Reference) -> bool {
    let group = at.api_version.split_once('/').map_or("", |(group, _)| group);
    definition["kind"] == "CustomResourceDefinition"
        && definition["spec"]["group"] == group
        && definition["spec"]["names"]["kind"] == at.kind.as_str()
}

fn one(objects: &mut Objects, application: &Value, task: &mut Task, target: &Value) {
    let before = task.at.get(objects).map(|o| o["metadata"]["resourceVersion"].clone());
    if task.hook && before.is_some() && goes_first(target) {
        remove(objects, &task.at);
        if task.at.get(objects).is_some() {
            // It has finalizers: the next beat looks again.
            return;
        }
    }
    match write::apply(objects, MANAGER, true, target.clone()) {
        Ok(after) => {
            let name = format!("{}/{}", task.at.kind.to_lowercase(), task.at.name);
            task.state = State::Running;
            task.message = match before {
                None => format!("{name} created"),
                Some(old) if old != after["metadata"]["resourceVersion"] => format!("{name} serverside-applied"),
                Some(_) => format!("{name} unchanged"),
            };
            if !task.hook {
                compare::applied(objects, application, target);
            }
        }
        Err(e) => {
            task.state = State::Failed;
            task.message = e.message;
        }
    }
}

/// Deletes an object; what it owns follows.
pub(super) fn remove(objects: &mut Objects, at: &Reference) {
    let Some((resource, namespaced)) = kinds::resource_of(objects, &at.api_version, &at.kind) else { return };
    let namespace = if namespaced { at.namespace.as_str() } else { "" };
    let leaving = at.get(objects).is_none_or(|o| !o["metadata"]["deletionTimestamp"].is_null());
    if !leaving {
        // A webhook that refuses it is asked again by the next sync.
        let _ = write::delete(objects, &resource, namespace, &at.name);
    }
}

/// A hook has run: it goes if it says so.
pub(super) fn done(objects: &mut Objects, at: &Reference) {
    if at.get(objects).is_some_and(|o| hooks::deletes(o, "HookSucceeded")) {
        remove(objects, at);
    }
}
