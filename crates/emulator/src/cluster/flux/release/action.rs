//! An installation or upgrade, over many beats: work, definitions, hooks before, objects, waiting, hooks after.

use super::super::{text, times};
use super::prepare::{self, Prepared};
use super::{hooks, outcome, timeout, wait};
use crate::cluster::Objects;
use crate::cluster::api::kinds;
use crate::cluster::flux::kstatus::Reference;
use serde_json::{Value, json};

fn key(object: &Value) -> String {
    format!("flux/{}/action", text(&object["metadata"]["uid"]))
}

/// Whether an action of this release has begun and not ended.
pub(super) fn under_way(objects: &Objects, object: &Value) -> bool {
    objects.note(&key(object)).is_some()
}

/// Begins `install` or `upgrade`.
pub(super) fn begin(objects: &mut Objects, object: &Value, action: &str, revision: u64, fingerprint: &str) {
    let timer = format!("{}/timeout", key(object));
    objects.restart(&timer);
    objects.due(&timer, timeout(object, action));
    objects.restart(&format!("{}/work", key(object)));
    objects
        .set_note(&key(object), json!({ "action": action, "revision": revision, "phase": "work", "fingerprint": fingerprint }));
    objects.elapsed(&format!("{}/work", key(object)), "helm_install");
}

/// What it says while it runs.
pub(super) fn running(object: &Value, action: &str) -> String {
    format!("Running '{action}' action with timeout of {}", times::show(timeout(object, action)))
}

/// Forgets the action.
pub(super) fn end(objects: &mut Objects, object: &Value) {
    objects.set_note(&key(object), Value::Null);
    for timer in ["timeout", "work"] {
        objects.restart(&format!("{}/{timer}", key(object)));
    }
}

/// The next step, or none yet.
pub(super) fn goes_on(objects: &mut Objects, object: &Value) {
    let Some(mut note) = objects.note(&key(object)).cloned() else { return };
    if !objects.elapsed(&format!("{}/work", key(object)), "helm_install") {
        return;
    }
    let prepared = match prepare::run(objects, object) {
        Ok(prepared) => prepared,
        Err(_) => {
            // What it needs has gone in between: the next turn says so.
            end(objects, object);
            objects.restart(&format!("flux/{}/next", text(&object["metadata"]["uid"])));
            objects.set_note(&format!("flux/{}", text(&object["metadata"]["uid"])), Value::Null);
            objects.wake();
            return;
        }
    };
    let (action, revision) = (text(&note["action"]), note["revision"].as_u64().unwrap_or(1));
    let rendered = match prepared.render(object, revision) {
        Ok(rendered) => rendered,
        Err(why) => return outcome::failed(objects, object, &prepared, &note, &[], &why),
    };
    let manifest: Vec<Value> = rendered.objects.iter().filter(|o| !hooks::is_hook(o)).cloned().collect();
    let late = objects.due(&format!("{}/timeout", key(object)), timeout(object, &action));
    let fail = |objects: &mut Objects, note: &Value, why: &str| outcome::failed(objects, object, &prepared, note, &manifest, why);
    if note["phase"] == "work" {
        if let Err(why) = namespace(objects, object, &prepared) {
            return fail(objects, &note, &why);
        }
        if let Err(why) = definitions(objects, object, &action, &rendered.definitions) {
            return fail(objects, &note, &why);
        }
        note["phase"] = "definitions".into();
        objects.set_note(&key(object), note.clone());
    }
    if note["phase"] == "definitions" {
        if rendered.definitions.iter().any(|d| !served(objects, d)) {
            objects.wake();
            return;
        }
        if let Err(why) = mapped(objects, &manifest) {
            return fail(objects, &note, &why);
        }
        note["phase"] = "before".into();
    }
    for (phase, moment, next) in [("before", "pre", "objects"), ("after", "post", "done")] {
        if phase == "after" && note["phase"] == "objects" {
            if let Err(why) = write(objects, object, &action, &manifest) {
                return fail(objects, &note, &why);
            }
            note["phase"] = "wait".into();
            note["wanted"] = wait::note(&manifest);
            objects.set_note(&key(object), note.clone());
            objects.wake();
            return;
        }
        if phase == "after" && note["phase"] == "wait" {
            let (short, failed) = waiting(objects, object, &action, &note["wanted"]);
            if !short.is_empty() {
                if late || failed {
                    let why = format!(
                        "{}\n{}",
                        short.join("\n"),
                        if late { "context deadline exceeded" } else { "failed early due to stalled resources" }
                    );
                    fail(objects, &note, &why);
                }
                return;
            }
            note["phase"] = "after".into();
        }
        if note["phase"] == phase {
            let hooks = hooks::of(&rendered.objects, &format!("{moment}-{action}"));
            let moment = format!("{moment}-{action}");
            match hook_step(objects, object, &mut note, &hooks) {
                Err(why) => return fail(objects, &note, &format!("failed {moment}: {why}")),
                Ok(Some(short)) if late => {
                    return fail(objects, &note, &format!("failed {moment}: {short}\ncontext deadline exceeded"));
                }
                Ok(Some(_)) => {
                    objects.set_note(&key(object), note);
                    return;
                }
                Ok(None) => {
                    note["phase"] = next.into();
                    note["begun"] = Value::Null;
                }
            }
        }
    }
    outcome::succeeded(objects, object, &prepared, &note, &manifest);
}

/// Runs hooks one after the other; gives what is still running.
fn hook_step(objects: &mut Objects, object: &Value, note: &mut Value, all: &[Value]) -> Result<Option<String>, String> {
    loop {
        let at = usize::try_from(note["hook"].as_u64().unwrap_or(0)).unwrap_or(0);
        let Some(hook) = all.get(at) else {
            note["hook"] = Value::Null;
            hooks::succeeded(objects, all);
            return Ok(None);
        };
        if note["begun"] != at {
            hooks::before(objects, hook);
            super::apply(objects, object, hook.clone()).map_err(|e| e.message)?;
            note["begun"] = at.into();
        }
        if matches!(hook["kind"].as_str(), Some("Job" | "Pod")) {
            let (short, failed) = wait::short(objects, &Value::Null, &[Reference::of(hook)], true);
            if failed {
                return Err(short.join("\n"));
            }
            if !short.is_empty() {
                return Ok(Some(short.join("\n")));
            }
        }
        note["hook"] = (at + 1).into();
    }
}

fn waiting(objects: &Objects, object: &Value, action: &str, wanted: &Value) -> (Vec<String>, bool) {
    let options = &object["spec"][action];
    if options["disableWait"] == true {
        return (Vec::new(), false);
    }
    wait::short(objects, object, &wait::references(wanted), options["disableWaitForJobs"] != true)
}

fn namespace(objects: &mut Objects, object: &Value, prepared: &Prepared) -> Result<(), String> {
    let name = &prepared.target.namespace;
    if objects.get("namespaces", "", name).is_some() {
        return Ok(());
    }
    if object["spec"]["install"]["createNamespace"] != true {
        return Err(format!("create: failed to create: namespaces \"{name}\" not found"));
    }
    let made = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name, "labels": { "name": name } } });
    super::apply(objects, object, made).map(|_| ()).map_err(|e| format!("create: failed to create: {}", e.message))
}

/// Definitions of `crds/`, as the release's policy says: Helm itself only ever creates them.
fn definitions(objects: &mut Objects, object: &Value, action: &str, all: &[Value]) -> Result<(), String> {
    let default = if action == "install" { "Create" } else { "Skip" };
    let policy = object["spec"][action]["crds"].as_str().unwrap_or(default);
    for definition in all {
        let name = text(&definition["metadata"]["name"]);
        let there = objects.get(kinds::DEFINITIONS, "", &name).is_some();
        if policy == "Skip" || policy == "Create" && there {
            continue;
        }
        super::apply(objects, object, definition.clone())
            .map_err(|e| format!("failed to create CustomResourceDefinition {name}: {}", e.message))?;
    }
    Ok(())
}

fn served(objects: &Objects, definition: &Value) -> bool {
    let name = text(&definition["metadata"]["name"]);
    objects.get(kinds::DEFINITIONS, "", &name).is_none_or(kinds::established)
}

/// Helm asks for every kind before it writes anything.
fn mapped(objects: &Objects, manifest: &[Value]) -> Result<(), String> {
    for item in manifest {
        let at = Reference::of(item);
        let own =
            manifest.iter().any(|d| d["kind"] == "CustomResourceDefinition" && d["spec"]["names"]["kind"] == at.kind.as_str());
        if kinds::resource_of(objects, &at.api_version, &at.kind).is_none() && !own {
            return Err(format!(
                "unable to build kubernetes objects from release manifest: resource mapping not found for name: \"{}\" namespace: \"{}\" from \"\": no matches for kind \"{}\" in version \"{}\"\nensure CRDs are installed first",
                at.name, at.namespace, at.kind, at.api_version
            ));
        }
    }
    Ok(())
}

/// Applies the objects in Helm's order, and on an upgrade deletes what is no longer among them.
fn write(objects: &mut Objects, object: &Value, action: &str, manifest: &[Value]) -> Result<(), String> {
    let mut all: Vec<&Value> = manifest.iter().collect();
    all.sort_by_key(|o| ORDER.iter().position(|k| *k == o["kind"].as_str().unwrap_or("")).unwrap_or(ORDER.len()));
    for item in all {
        let at = Reference::of(item);
        let mut item = item.clone();
        // What belongs to the cluster has no namespace.
        if let Some((_, false)) = kinds::resource_of(objects, &at.api_version, &at.kind)
            && let Some(metadata) = item["metadata"].as_object_mut()
        {
            metadata.remove("namespace");
        }
        let foreign = at.get(objects).is_some_and(|o| o["metadata"]["annotations"]["meta.helm.sh/release-name"].is_null());
        if foreign && object["spec"][action]["disableTakeOwnership"] == true {
            return Err(format!(
                "Unable to continue with {action}: {} \"{}\" in namespace \"{}\" exists and cannot be imported into the current release: invalid ownership metadata; label validation error: missing key \"app.kubernetes.io/managed-by\": must be set to \"Helm\"",
                at.kind, at.name, at.namespace
            ));
        }
        let verb = if action == "install" { "create" } else { "apply" };
        super::apply(objects, object, item).map_err(|e| format!("failed to {verb} resource {}: {}", at.show(), e.message))?;
    }
    if action == "upgrade"
        && let Some(before) = super::storage::last(objects, &super::target(object), true)
    {
        let gone: Vec<Value> =
            before.manifest.into_iter().filter(|o| !manifest.iter().any(|m| Reference::of(m) == Reference::of(o))).collect();
        super::uninstall::delete(objects, &gone);
    }
    Ok(())
}

/// Helm's order of installation.
const ORDER: &[&str] = &[
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];
