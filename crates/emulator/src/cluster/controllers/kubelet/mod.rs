//! The kubelets: what becomes of a pod once it has a node.
//!
//! A pod goes through [`stage::Stage`]s; each beat says anew in which one it is, from what exists and from how much time has passed.
//! What takes time is asked before the network is looked at, because asking starts a timer.

mod stage;
mod status;

use super::act::{Act, carry_out};
use super::fields::{items, leaving, name, namespace, text, uid};
use super::pods::{over, ready};
use super::readiness::{images, links::Network, references, sql};
use crate::cluster::Objects;
use serde_json::Value;
use stage::Stage;
use std::time::Duration;

/// How often something that does not work is tried again: what it waits for may be outside of the cluster.
const PROBE: Duration = Duration::from_secs(30);

/// What the readiness of running pods depends on, beside other pods.
const WATCHED: [&str; 7] = [
    "services",
    "secrets",
    "configmaps",
    "namespaces",
    "networkpolicies.networking.k8s.io",
    "ciliumnetworkpolicies.cilium.io",
    "ciliumclusterwidenetworkpolicies.cilium.io",
];

/// Where it is noted how the pods stood.
const PODS: &str = "kubelet/pods";

/// What it depends on beside the cluster.
const OUTSIDE: [&str; 4] = ["databases", "database_users", "database_rules", "database_dbs"];

/// Brings every pod with a node one step further.
pub(crate) fn run(objects: &mut Objects) {
    let again = changed(objects);
    let todo: Vec<Value> = {
        let pods = objects.list("pods");
        let here = |p: &&Value| p["spec"]["nodeName"].is_string() && !over(p) && !leaving(p);
        let (well, open): (Vec<&Value>, Vec<&Value>) = pods.into_iter().filter(here).partition(|p| ready(p) && !runs_once(p));
        let mut todo: Vec<&Value> = open;
        if again {
            // Most pods that are Ready stay so: they are looked at where they are.
            let network = Network::of(objects);
            todo.extend(well.into_iter().filter(|p| network.check(p).is_err()));
        }
        todo.into_iter().cloned().collect()
    };
    if todo.is_empty() {
        return;
    }
    let begun: Vec<(Value, Option<Stage>)> = todo.into_iter().map(|p| prepared(objects, p)).collect();
    let staged: Vec<(Value, Stage)> = {
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

/// Whether anything changed on which the readiness of pods that run depends: of the cluster, or a managed database
/// beside it. Of the other pods it is only who they are and whether they answer; most that is written of a pod that
/// starts is neither.
fn changed(objects: &mut Objects) -> bool {
    let elsewhere = objects.touched_since("kubelet/network", |o| {
        for resource in WATCHED {
            let _ = o.list(resource);
        }
        let _ = (crate::cluster::logins::count(o), OUTSIDE.map(|c| o.world().count(c)));
    });
    let mut hash = Hash::default();
    for pod in objects.list("pods") {
        let (meta, status) = (&pod["metadata"], &pod["status"]);
        hash.take(uid(pod).as_bytes());
        hash.take(meta["labels"].to_string().as_bytes());
        hash.take(text(&status["phase"]).as_bytes());
        hash.take(text(&status["podIP"]).as_bytes());
        hash.take(&[u8::from(ready(pod)), u8::from(leaving(pod))]);
    }
    let pods = Value::from(hash.0);
    let same = objects.note(PODS) == Some(&pods);
    objects.set_note(PODS, pods);
    elsewhere || !same
}

/// A 64-bit FNV hash: the same in every process.
struct Hash(u64);

impl Default for Hash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hash {
    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().chain(&[0xff]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

fn runs_once(pod: &Value) -> bool {
    matches!(text(&pod["spec"]["restartPolicy"]), "Never" | "OnFailure")
}

/// The stage of a pod that has not started yet; `None` for one that runs.
fn prepared(objects: &mut Objects, mut pod: Value) -> (Value, Option<Stage>) {
    if status::started(&pod) {
        return (pod, None);
    }
    let stage = early(objects, &mut pod);
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
