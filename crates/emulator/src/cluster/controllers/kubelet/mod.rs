//! The kubelets: what becomes of a pod once it has a node.
//!
//! A pod goes through [`stage::Stage`]s; each beat says anew in which one it is, from what exists and from how much time has passed.
//! What takes time is asked before the network is looked at, because asking starts a timer.

mod stage;
mod status;

use super::act::{Act, carry_out};
use super::fields::{items, name, namespace, text, uid};
use super::pods::{over, ready};
use super::readiness::{images, links::Network, references, sql};
use crate::cluster::Objects;
use serde_json::Value;
use stage::Stage;
use std::{sync::Arc, time::Duration};

/// How often something that does not work is tried again: what it waits for may be outside of the cluster.
const PROBE: Duration = Duration::from_secs(30);

/// Brings every pod with a node one step further.
pub(crate) fn run(objects: &mut Objects) {
    let here = |p: &Arc<Value>| p["spec"]["nodeName"].is_string() && !over(p);
    let pods = objects.live("pods").into_iter().filter(here);
    let (well, mut todo): (Vec<_>, Vec<_>) = pods.partition(|p| ready(p) && !runs_once(p));
    todo.extend(broken(objects, well));
    if todo.is_empty() {
        return;
    }
    let begun: Vec<(Arc<Value>, Option<Stage>)> = todo.into_iter().map(|p| prepared(objects, p)).collect();
    let staged: Vec<(Arc<Value>, Stage)> = {
        let network = Network::of(objects);
        begun
            .into_iter()
            .map(|(pod, early)| {
                let stage = early.unwrap_or_else(|| match network.check(&pod) {
                    Ok(()) => Stage::Up,
                    Err(failure) if failure.fatal || runs_once(&pod) => Stage::Crashing(failure.message),
                    Err(failure) => Stage::Unready(failure.message),
                });
                (pod, stage)
            })
            .collect()
    };
    let mut acts = Vec::new();
    for (pod, stage) in staged {
        let stage = if runs_once(&pod) { to_its_end(objects, &pod, stage) } else { stage };
        finish(objects, &pod, &stage, &mut acts);
    }
    carry_out(objects, acts);
}

/// Those of the pods that are Ready which no longer reach what they need. Most stay as they are, and are looked at only
/// when something was touched that they depend on.
fn broken(objects: &mut Objects, well: Vec<Arc<Value>>) -> Vec<Arc<Value>> {
    let named = well.into_iter().map(|pod| (format!("kubelet/{}", uid(&pod)), pod));
    let again: Vec<_> = named.filter(|(look, _)| objects.anew(look)).collect();
    if again.is_empty() {
        return Vec::new();
    }
    let mut looks = Vec::new();
    let mut broken = Vec::new();
    let network = Network::of(objects);
    for (look, pod) in again {
        // The pod itself is part of what is looked at.
        let (fails, reads) =
            objects.watched(|| objects.get("pods", namespace(&pod), name(&pod)).is_some_and(|p| network.check(p).is_err()));
        broken.extend(fails.then_some(pod));
        looks.push((look, reads));
    }
    for (look, reads) in looks {
        objects.seen(look, reads);
    }
    broken
}

fn runs_once(pod: &Value) -> bool {
    matches!(text(&pod["spec"]["restartPolicy"]), "Never" | "OnFailure")
}

/// The stage of a pod that has not started yet; `None` for one that runs.
fn prepared(objects: &mut Objects, mut pod: Arc<Value>) -> (Arc<Value>, Option<Stage>) {
    if status::started(&pod) {
        return (pod, None);
    }
    let stage = early(objects, Arc::make_mut(&mut pod));
    (pod, stage)
}

fn early(objects: &mut Objects, pod: &mut Value) -> Option<Stage> {
    let id = uid(pod).to_owned();
    if let Some(why) = super::volumes::unattached(objects, pod) {
        return Some(Stage::Creating(Some(("FailedAttachVolume", why))));
    }
    if !super::volumes::attached(objects, pod) {
        return Some(Stage::Creating(None));
    }
    if let Some(why) = references::unmounted(objects, pod) {
        return Some(Stage::Creating(Some(("FailedMount", why))));
    }
    status::give_address(objects, pod);
    let init = items(&pod["spec"]["initContainers"]).to_vec();
    let main = items(&pod["spec"]["containers"]).to_vec();
    if let Some((container, why)) = images::unpulled(objects, pod, &init).or_else(|| images::unpulled(objects, pod, &main)) {
        return Some(Stage::Unpulled(container, why));
    }
    if !objects.elapsed(&format!("pod/{id}/pull"), "image_pull") {
        return Some(Stage::Creating(None));
    }
    if let Some((container, why)) = references::unconfigured(objects, pod, &init) {
        return Some(Stage::Unconfigured(container, why));
    }
    for (n, container) in init.iter().enumerate() {
        if !objects.elapsed(&format!("pod/{id}/init/{n}"), "container_start") {
            return Some(Stage::Init(text(&container["name"]).to_owned()));
        }
    }
    if let Some((container, why)) = references::unconfigured(objects, pod, &main) {
        return Some(Stage::Unconfigured(container, why));
    }
    (!objects.elapsed(&format!("pod/{id}/start"), "container_start")).then_some(Stage::Creating(None))
}

/// A pod that runs to its end: it ends some time after everything that it needs is there, and fails some time after it
/// is not.
fn to_its_end(objects: &mut Objects, pod: &Value, stage: Stage) -> Stage {
    let id = uid(pod);
    match stage {
        Stage::Up if objects.elapsed(&format!("pod/{id}/run"), "job_run") => {
            sql::ran(objects, pod);
            Stage::Succeeded
        }
        Stage::Up => Stage::Up,
        Stage::Crashing(why) => {
            objects.restart(&format!("pod/{id}/run"));
            let attempt = status::restarts(pod);
            if !objects.elapsed(&format!("pod/{id}/fail/{attempt}"), "job_failure") {
                return Stage::Unready(why);
            }
            if pod["spec"]["restartPolicy"] == "Never" { Stage::Failed(why) } else { Stage::Crashing(why) }
        }
        other => other,
    }
}

fn finish(objects: &mut Objects, pod: &Value, stage: &Stage, acts: &mut Vec<Act>) {
    let now = objects.world().stamp();
    let made = status::of(pod, stage, &now);
    stage::tell(pod, stage, acts);
    if ready(pod) && !matches!(stage, Stage::Up) {
        acts.push(Act::warning(pod, "Unhealthy", format!("Readiness probe failed: {}", stage.message())));
    }
    if matches!(stage, Stage::Unready(_) | Stage::Unpulled(..) | Stage::Unconfigured(..)) {
        acts.push(Act::Wake(PROBE));
    }
    if let Stage::Crashing(_) = stage {
        // It is tried again after a while, whatever else happens.
        let attempt = format!("pod/{}/crash/{}", uid(pod), status::restarts(pod));
        if objects.elapsed(&attempt, "crash_backoff") {
            let mut again = made;
            status::restart(&mut again);
            acts.extend(Act::status("pods", pod, again));
            return;
        }
    }
    let (stored, home) = (name(pod).to_owned(), namespace(pod).to_owned());
    if objects.get("pods", &home, &stored).is_some_and(|p| p["status"] != made) {
        acts.push(Act::Status { resource: "pods", namespace: home, name: stored, status: made });
    }
}
