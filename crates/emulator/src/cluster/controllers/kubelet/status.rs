//! A pod's status, as its kubelet writes it.

use super::super::fields::{conditioned, items, name, number, text, uid};
use super::super::pods::template_hash;
use super::stage::Stage;
use crate::cluster::Objects;
use crate::digitalocean::kubernetes::CLUSTERS;
use ipnet::Ipv4Net;
use serde_json::{Value, json};

/// Whether the containers of a pod have been started.
pub(super) fn started(pod: &Value) -> bool {
    pod["status"]["phase"] == "Running"
}

/// How often the first container was started again.
pub(super) fn restarts(pod: &Value) -> i64 {
    number(&pod["status"]["containerStatuses"][0]["restartCount"], 0)
}

/// Counts another attempt.
pub(super) fn restart(status: &mut Value) {
    let count = number(&status["containerStatuses"][0]["restartCount"], 0);
    if let Some(first) = status["containerStatuses"].as_array_mut().and_then(|c| c.first_mut()) {
        first["restartCount"] = (count + 1).into();
    }
}

/// The pod's address: of the range of pods, or its node's when it has the node's network.
pub(super) fn give_address(objects: &mut Objects, pod: &mut Value) {
    if pod["status"]["podIP"].is_string() {
        return;
    }
    let node = objects.get("nodes", "", text(&pod["spec"]["nodeName"]));
    let host = node.map_or(String::new(), |n| {
        let inner = items(&n["status"]["addresses"]).iter().find(|a| a["type"] == "InternalIP");
        inner.map_or(String::new(), |a| text(&a["address"]).to_owned())
    });
    let address = if pod["spec"]["hostNetwork"] == true { host.clone() } else { next_address(objects) };
    pod["status"]["hostIP"] = host.into();
    pod["status"]["podIPs"] = json!([{ "ip": address }]);
    pod["status"]["podIP"] = address.into();
}

fn next_address(objects: &mut Objects) -> String {
    let cluster = objects.cluster().to_owned();
    let range = objects.world().get(CLUSTERS, &cluster).and_then(|c| c["cluster_subnet"].as_str()?.parse::<Ipv4Net>().ok());
    let (base, length) =
        range.map_or((u32::from(std::net::Ipv4Addr::new(10, 244, 0, 0)), 16), |r| (u32::from(r.network()), r.prefix_len()));
    let size = 1u64 << (32 - u32::from(length));
    let next = objects.cx().ordinal(&format!("pod addresses of {cluster}"));
    let offset = 4 + next % size.saturating_sub(8).max(1);
    std::net::Ipv4Addr::from(base.wrapping_add(u32::try_from(offset).unwrap_or(4))).to_string()
}

/// The status of a pod in that stage.
pub(super) fn of(pod: &Value, stage: &Stage, now: &str) -> Value {
    let before = &pod["status"];
    let mut made = before.clone();
    let running = matches!(stage, Stage::Unready(_) | Stage::Crashing(_) | Stage::Up);
    made["phase"] = match stage {
        Stage::Succeeded => "Succeeded",
        Stage::Failed(_) => "Failed",
        _ if running => "Running",
        _ => "Pending",
    }
    .into();
    if made["startTime"].is_null() {
        made["startTime"] = now.into();
    }
    if made["qosClass"].is_null() {
        made["qosClass"] = quality(&pod["spec"]).into();
    }
    let init = items(&pod["spec"]["initContainers"]);
    let begun = running || matches!(stage, Stage::Succeeded | Stage::Failed(_));
    if !init.is_empty() {
        made["initContainerStatuses"] = init.iter().map(|c| container(pod, before, c, stage, now, true)).collect();
    }
    made["containerStatuses"] =
        items(&pod["spec"]["containers"]).iter().map(|c| container(pod, before, c, stage, now, false)).collect();
    made["conditions"] = conditions(pod, before, stage, begun, now);
    made
}

fn conditions(pod: &Value, before: &Value, stage: &Stage, begun: bool, now: &str) -> Value {
    let names: Vec<&str> = items(&pod["spec"]["containers"]).iter().map(|c| text(&c["name"])).collect();
    let up = matches!(stage, Stage::Up) && readiness_gates(pod);
    let (state, reason) = match stage {
        _ if up => ("True", ""),
        Stage::Succeeded => ("False", "PodCompleted"),
        Stage::Failed(_) => ("False", "PodFailed"),
        _ => ("False", "ContainersNotReady"),
    };
    let mut message = String::new();
    if reason == "ContainersNotReady" {
        // Why they are not ready is said by their states and by events, never here.
        message = format!("containers with unready status: [{}]", names.join(" "));
    }
    let initialized = if begun || items(&pod["spec"]["initContainers"]).is_empty() {
        conditioned(before, "Initialized", "True", if matches!(stage, Stage::Succeeded) { "PodCompleted" } else { "" }, "", now)
    } else {
        let init: Vec<&str> = items(&pod["spec"]["initContainers"]).iter().map(|c| text(&c["name"])).collect();
        let message = format!("containers with incomplete status: [{}]", init.join(" "));
        conditioned(before, "Initialized", "False", "ContainersNotInitialized", &message, now)
    };
    json!([
        conditioned(before, "PodReadyToStartContainers", if begun { "True" } else { "False" }, "", "", now),
        initialized,
        conditioned(before, "Ready", state, reason, &message, now),
        conditioned(before, "ContainersReady", state, reason, &message, now),
        conditioned(before, "PodScheduled", "True", "", "", now),
    ])
}

/// Readiness gates: conditions that others must set.
fn readiness_gates(pod: &Value) -> bool {
    items(&pod["spec"]["readinessGates"])
        .iter()
        .all(|g| super::super::fields::condition(pod, text(&g["conditionType"])) == "True")
}

fn container(pod: &Value, before: &Value, container: &Value, stage: &Stage, now: &str, init: bool) -> Value {
    let own = text(&container["name"]);
    let list = if init { "initContainerStatuses" } else { "containerStatuses" };
    let old = items(&before[list]).iter().find(|c| c["name"] == own).unwrap_or(&Value::Null);
    let count = number(&old["restartCount"], 0);
    let waiting = |reason: &str, message: &str| {
        let mut waiting = json!({ "reason": reason });
        if !message.is_empty() {
            waiting["message"] = message.into();
        }
        json!({ "waiting": waiting })
    };
    // A container that ran to its end began when it began, not now.
    let began = ["running", "terminated"].iter().find_map(|s| old["state"][*s]["startedAt"].as_str());
    let since = began.unwrap_or(now).to_owned();
    let terminated = |code: i64, reason: &str, message: &str| {
        let at = old["state"]["terminated"]["finishedAt"].as_str().unwrap_or(now);
        let mut ended = json!({ "exitCode": code, "reason": reason, "startedAt": since, "finishedAt": at });
        if !message.is_empty() {
            ended["message"] = message.into();
        }
        ended
    };
    let sidecar = init && container["restartPolicy"] == "Always";
    let idle = if items(&pod["spec"]["initContainers"]).is_empty() || init { "ContainerCreating" } else { "PodInitializing" };
    let done = matches!(stage, Stage::Unready(_) | Stage::Crashing(_) | Stage::Up | Stage::Succeeded | Stage::Failed(_));
    let mut last = old["lastState"].clone();
    let state = match stage {
        _ if init && done && !sidecar => json!({ "terminated": terminated(0, "Completed", "") }),
        Stage::Unpulled(name, why) if name == own => {
            let reason = if why.reason == "ErrImagePull" { "ImagePullBackOff" } else { why.reason };
            let message = if why.reason == "ErrImagePull" {
                format!("Back-off pulling image \"{}\": ErrImagePull: {}", text(&container["image"]), why.message)
            } else {
                why.message.clone()
            };
            waiting(reason, &message)
        }
        Stage::Unconfigured(name, why) if name == own => waiting("CreateContainerConfigError", why),
        Stage::Init(name) if init && name == own => json!({ "running": { "startedAt": since } }),
        Stage::Crashing(why) => {
            let at = last["terminated"]["finishedAt"]
                .as_str()
                .filter(|_| last["terminated"]["message"] == why.as_str())
                .unwrap_or(now)
                .to_owned();
            last =
                json!({ "terminated": { "exitCode": 1, "reason": "Error", "message": why, "startedAt": at, "finishedAt": at } });
            let message = format!(
                "back-off 10s restarting failed container={own} pod={}_{}({})",
                name(pod),
                super::namespace(pod),
                uid(pod)
            );
            waiting("CrashLoopBackOff", &message)
        }
        Stage::Unready(_) | Stage::Up => json!({ "running": { "startedAt": since } }),
        Stage::Succeeded => json!({ "terminated": terminated(0, "Completed", "") }),
        Stage::Failed(why) => json!({ "terminated": terminated(1, "Error", why) }),
        _ => waiting(idle, ""),
    };
    let up = matches!(stage, Stage::Up) || (init && done);
    let image = text(&container["image"]);
    let mut made = json!({
        "name": own, "image": image, "ready": up, "started": matches!(stage, Stage::Up | Stage::Unready(_)) && !init,
        "restartCount": count, "state": state, "lastState": if last.is_null() { json!({}) } else { last },
        "imageID": "",
    });
    if done {
        let hash = template_hash(&image.into(), 1);
        made["imageID"] = format!(
            "{image}@sha256:{}",
            hash.bytes().cycle().take(64).map(|b| char::from(b"0123456789abcdef"[usize::from(b) % 16])).collect::<String>()
        )
        .into();
        made["containerID"] = format!("containerd://{}{own}", uid(pod).replace('-', "")).into();
    }
    made
}

/// Source: Kubernetes documentation, quality of service of pods.
fn quality(spec: &Value) -> &'static str {
    let mut any = false;
    let mut all = true;
    for container in super::super::pods::containers(spec) {
        let resources = &container["resources"];
        let (requests, limits) = (&resources["requests"], &resources["limits"]);
        any |= ["cpu", "memory"].iter().any(|r| !requests[*r].is_null() || !limits[*r].is_null());
        all &= ["cpu", "memory"].iter().all(|r| !limits[*r].is_null() && (requests[*r].is_null() || requests[*r] == limits[*r]));
    }
    if all {
        "Guaranteed"
    } else if any {
        "Burstable"
    } else {
        "BestEffort"
    }
}
