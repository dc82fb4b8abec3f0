//! Pod Security: what a namespace's label `pod-security.kubernetes.io/enforce` forbids.
//!
//! Source: Kubernetes documentation, Pod Security Standards.

use super::super::error::{ApiError, Result};
use crate::cluster::Objects;
use serde_json::Value;

const CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];
const VOLUMES: &[&str] =
    &["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];

/// Refuses pods that the namespace does not take.
pub(super) fn check(objects: &Objects, pod: &Value) -> Result<()> {
    let namespace = pod["metadata"]["namespace"].as_str().unwrap_or("");
    let Some(found) = objects.get("namespaces", "", namespace) else {
        return Ok(());
    };
    let labels = &found["metadata"]["labels"];
    let level = labels["pod-security.kubernetes.io/enforce"].as_str().unwrap_or("privileged");
    let version = labels["pod-security.kubernetes.io/enforce-version"].as_str().unwrap_or("latest");
    let wrong = violations(level, pod);
    if wrong.is_empty() {
        return Ok(());
    }
    let name = pod["metadata"]["name"].as_str().unwrap_or("");
    let why = format!("violates PodSecurity \"{level}:{version}\": {}", wrong.join(", "));
    Err(ApiError::forbidden("pods", name, &why))
}

fn containers(pod: &Value) -> Vec<&Value> {
    ["initContainers", "containers", "ephemeralContainers"]
        .iter()
        .flat_map(|l| pod["spec"][*l].as_array().into_iter().flatten())
        .collect()
}

/// `container "a"`, `containers "a", "b"`.
fn those(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|n| format!("\"{n}\"")).collect();
    format!("container{} {}", if names.len() == 1 { "" } else { "s" }, quoted.join(", "))
}

fn violations(level: &str, pod: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    if !matches!(level, "baseline" | "restricted") {
        return wrong;
    }
    let all = containers(pod);
    let bad = |test: &dyn Fn(&Value) -> bool| -> Vec<&str> {
        all.iter().filter(|c| test(c)).filter_map(|c| c["name"].as_str()).collect()
    };
    let hosts: Vec<String> =
        ["hostNetwork", "hostPID", "hostIPC"].iter().filter(|f| pod["spec"][**f] == true).map(|f| format!("{f}=true")).collect();
    if !hosts.is_empty() {
        wrong.push(format!("host namespaces ({})", hosts.join(", ")));
    }
    let privileged = bad(&|c| c["securityContext"]["privileged"] == true);
    if !privileged.is_empty() {
        wrong.push(format!("privileged ({} must not set securityContext.privileged=true)", those(&privileged)));
    }
    let ports = bad(&|c| c["ports"].as_array().is_some_and(|p| p.iter().any(|p| p["hostPort"].as_i64().is_some_and(|n| n > 0))));
    if !ports.is_empty() {
        wrong.push(format!("hostPort ({} use hostPorts)", those(&ports)));
    }
    let volumes: Vec<(&str, bool, bool)> = pod["spec"]["volumes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|v| {
            let host = v.get("hostPath").is_some();
            let known = VOLUMES.iter().any(|s| v.get(*s).is_some());
            Some((v["name"].as_str()?, host, known))
        })
        .collect();
    let quoted = |names: Vec<&str>| names.iter().map(|n| format!("\"{n}\"")).collect::<Vec<_>>().join(", ");
    let on_host: Vec<&str> = volumes.iter().filter(|v| v.1).map(|v| v.0).collect();
    if !on_host.is_empty() && level == "baseline" {
        wrong.push(format!("hostPath volumes (volume{} {})", if on_host.len() == 1 { "" } else { "s" }, quoted(on_host)));
    }
    let added = |c: &Value, allowed: &[&str]| {
        let list = c["securityContext"]["capabilities"]["add"].as_array();
        list.is_some_and(|a| a.iter().filter_map(Value::as_str).any(|n| !allowed.contains(&n)))
    };
    if level == "baseline" {
        let capabilities = bad(&|c| added(c, CAPABILITIES));
        if !capabilities.is_empty() {
            wrong.push(format!(
                "non-default capabilities ({} must not include more in securityContext.capabilities.add)",
                those(&capabilities)
            ));
        }
        return wrong;
    }
    restricted(pod, &bad, &added, &mut wrong);
    let kinds: Vec<&str> = volumes.iter().filter(|v| !v.2).map(|v| v.0).collect();
    if !kinds.is_empty() {
        let plural = if kinds.len() == 1 { "volume" } else { "volumes" };
        wrong.push(format!("restricted volume types ({plural} {} use restricted volume types)", quoted(kinds)));
    }
    wrong
}

type Bad<'p> = dyn Fn(&dyn Fn(&Value) -> bool) -> Vec<&'p str> + 'p;

fn restricted<'p>(pod: &'p Value, bad: &Bad<'p>, added: &dyn Fn(&Value, &[&str]) -> bool, wrong: &mut Vec<String>) {
    let context = &pod["spec"]["securityContext"];
    let escalation = bad(&|c| c["securityContext"]["allowPrivilegeEscalation"] != false);
    if !escalation.is_empty() {
        let those = those(&escalation);
        wrong
            .push(format!("allowPrivilegeEscalation != false ({those} must set securityContext.allowPrivilegeEscalation=false)"));
    }
    let capabilities = bad(&|c| {
        let dropped = c["securityContext"]["capabilities"]["drop"].as_array();
        !dropped.is_some_and(|d| d.iter().any(|n| n == "ALL")) || added(c, &["NET_BIND_SERVICE"])
    });
    if !capabilities.is_empty() {
        let those = those(&capabilities);
        wrong.push(format!("unrestricted capabilities ({those} must set securityContext.capabilities.drop=[\"ALL\"])"));
    }
    let root = bad(&|c| {
        let own = &c["securityContext"]["runAsNonRoot"];
        own == false || (own.is_null() && context["runAsNonRoot"] != true)
    });
    if !root.is_empty() {
        let those = those(&root);
        wrong.push(format!("runAsNonRoot != true (pod or {those} must set securityContext.runAsNonRoot=true)"));
    }
    let zero = bad(&|c| c["securityContext"]["runAsUser"] == 0);
    if context["runAsUser"] == 0 || !zero.is_empty() {
        wrong.push("runAsUser=0 (pod must not set runAsUser=0)".to_owned());
    }
    let fine = |profile: &Value| matches!(profile["type"].as_str(), Some("RuntimeDefault" | "Localhost"));
    let seccomp = bad(&|c| {
        let own = &c["securityContext"]["seccompProfile"];
        if own.is_null() { !fine(&context["seccompProfile"]) } else { !fine(own) }
    });
    if !seccomp.is_empty() {
        let those = those(&seccomp);
        wrong.push(format!(
            "seccompProfile (pod or {those} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")"
        ));
    }
}
