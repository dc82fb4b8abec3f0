//! source-controller: fetches what the others read, and says at which revision.

mod chart;
mod git;
mod helm;
mod ignore;
mod oci;

use super::conditions::Status;
use super::kinds::{BUCKETS, GIT_REPOSITORIES, HELM_CHARTS, HELM_REPOSITORIES, OCI_REPOSITORIES};
use super::turn::{Turn, forget};
use super::{artifact, times};
use crate::cluster::Objects;
use crate::cluster::objects::place;
use serde_json::Value;
use std::time::Duration;

const FINALIZER: &str = "finalizers.fluxcd.io";

/// What a fetch gives: revision, content, and the sentence and reason of success.
struct Fetched {
    revision: String,
    /// Nothing where what is stored already is of that revision.
    content: Option<artifact::Content>,
    reason: &'static str,
    message: String,
}

/// What went wrong: the reason and sentence of the condition; final when only a change can help.
struct Failed {
    condition: &'static str,
    reason: &'static str,
    message: String,
    end: bool,
}

impl Failed {
    fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Self { condition: "FetchFailed", reason, message: message.into(), end: false }
    }

    fn end(mut self) -> Self {
        self.end = true;
        self
    }
}

type Fetch = fn(&mut Objects, &Value) -> Result<Fetched, Failed>;

/// The controller.
pub(super) fn run(objects: &mut Objects) {
    let kinds: [(&str, Fetch, &str); 5] = [
        (GIT_REPOSITORIES, git::fetch, "git_fetch"),
        (OCI_REPOSITORIES, oci::fetch, "oci_fetch"),
        (HELM_REPOSITORIES, helm::fetch, "chart_index"),
        (HELM_CHARTS, chart::fetch, "chart_fetch"),
        (BUCKETS, bucket, "oci_fetch"),
    ];
    if kinds.iter().all(|(resource, ..)| objects.list(resource).is_empty()) || !super::runs(objects, "source-controller") {
        return;
    }
    for (resource, fetch, work) in kinds {
        objects.each("flux", resource, |objects, object| one(objects, resource, object, fetch, work));
    }
}

fn bucket(_: &mut Objects, _: &Value) -> Result<Fetched, Failed> {
    Err(Failed::new("BucketOperationFailed", "the embedded source-controller does not have buckets").end())
}

fn one(objects: &mut Objects, resource: &str, object: &Value, fetch: Fetch, work: &str) {
    let (namespace, name) = place(object);
    if !object["metadata"]["deletionTimestamp"].is_null() {
        artifact::remove(objects, resource, &namespace, &name);
        forget(objects, object);
        objects.finalize(resource, &namespace, &name, FINALIZER);
        return;
    }
    // A HelmRepository of a registry is data for others: nothing is fetched, and it has no status.
    if resource == HELM_REPOSITORIES && object["spec"]["type"] == "oci" || object["spec"]["suspend"] == true {
        return;
    }
    let fingerprint = if resource == HELM_CHARTS { chart::fingerprint(objects, object) } else { String::new() };
    let Some(turn) = Turn::now(objects, object, &fingerprint, work) else { return };
    objects.edit(resource, &namespace, &name, |o| finalizer(o, FINALIZER));
    let mut status = Status::of(object, objects.world().stamp());
    turn.handled(&mut status.value);
    match fetch(objects, object) {
        Ok(found) => {
            let before = &object["status"]["artifact"];
            let fresh = found.content.as_ref().filter(|content| {
                before["revision"] != found.revision
                    || artifact::read(objects, resource, &namespace, &name).is_none_or(|(_, stored)| stored != **content)
            });
            if let Some(content) = fresh {
                status.value["artifact"] = artifact::store(objects, resource, object, &found.revision, content);
                objects.event(
                    object,
                    "Normal",
                    if before.is_null() || before["revision"] != found.revision { "NewArtifact" } else { found.reason },
                    &found.message,
                );
            }
            if let (HELM_CHARTS, Some(content)) = (resource, &found.content) {
                chart::observe(objects, object, &mut status.value, content);
            }
            for condition in ["FetchFailed", "BuildFailed", "ArtifactOutdated"] {
                status.remove(condition);
            }
            status.set("ArtifactInStorage", "True", found.reason, &found.message);
            status.ready(found.reason, &found.message);
            turn.done(objects, times::of(&object["spec"]["interval"], Duration::from_secs(60)));
        }
        Err(failed) => {
            objects.event(object, "Warning", failed.reason, &failed.message);
            if failed.end {
                status.stalled(failed.reason, &failed.message);
                turn.failed(objects, Duration::from_secs(86_400));
            } else {
                status.failed(failed.reason, &failed.message);
                turn.backoff(objects);
            }
            status.set(failed.condition, "True", failed.reason, &failed.message);
        }
    }
    objects.set_status(resource, &namespace, &name, status.value);
}

/// Puts a finalizer on an object.
pub(super) fn finalizer(object: &mut Value, name: &str) {
    let list = &mut object["metadata"]["finalizers"];
    if !list.as_array().is_some_and(|l| l.iter().any(|f| f == name)) {
        crate::cluster::helm::workload::push(list, name.into());
    }
}

/// A Secret's decoded text.
pub(super) fn secret_text(secret: &Value, key: &str) -> Option<String> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    if let Some(plain) = secret["stringData"][key].as_str() {
        return Some(plain.to_owned());
    }
    let data = secret["data"][key].as_str()?;
    String::from_utf8(STANDARD.decode(data).ok()?).ok()
}
