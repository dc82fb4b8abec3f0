//! Horizontal autoscalers: nothing loads a cluster here, so each keeps its target between its bounds and says why.

use super::act::{Act, carry_out};
use super::fields::{conditioned, items, leaving, namespace, number, text};
use crate::cluster::Objects;
use serde_json::{Value, json};

const AUTOSCALERS: &str = "horizontalpodautoscalers.autoscaling";

/// Keeps targets between their bounds.
pub(crate) fn run(objects: &mut Objects) {
    let mut acts = Vec::new();
    {
        let now = objects.world().stamp();
        for scaler in objects.list(AUTOSCALERS) {
            if !leaving(scaler) {
                step(objects, scaler, &now, &mut acts);
            }
        }
    }
    carry_out(objects, acts);
}

fn target_resource(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "Deployment" => "deployments.apps",
        "StatefulSet" => "statefulsets.apps",
        "ReplicaSet" => "replicasets.apps",
        _ => return None,
    })
}

fn step(objects: &Objects, scaler: &Value, now: &str, acts: &mut Vec<Act>) {
    let spec = &scaler["spec"];
    let before = &scaler["status"];
    let reference = &spec["scaleTargetRef"];
    let found = target_resource(text(&reference["kind"]))
        .and_then(|r| Some((r, objects.get(r, namespace(scaler), text(&reference["name"]))?)));
    let mut status = json!({ "currentReplicas": 0, "desiredReplicas": 0 });
    let Some((resource, target)) = found else {
        let (kind, name) = (text(&reference["kind"]).to_lowercase(), text(&reference["name"]));
        let message =
            format!("the HPA controller was unable to get the target's current scale: {kind}s.apps \"{name}\" not found");
        status["conditions"] = json!([conditioned(before, "AbleToScale", "False", "FailedGetScale", &message, now)]);
        acts.extend(Act::status(AUTOSCALERS, scaler, status));
        return;
    };
    let current = number(&target["spec"]["replicas"], 1);
    let (least, most) = (number(&spec["minReplicas"], 1), number(&spec["maxReplicas"], 1));
    let desired = if current == 0 { 0 } else { current.clamp(least, most.max(least)) };
    if desired != current {
        let (home, name) = crate::cluster::objects::place(target);
        acts.push(Act::Spec { resource, namespace: home, name, field: "replicas", value: desired.into() });
        let bound = if desired > current {
            "Current number of replicas below Spec.MinReplicas"
        } else {
            "Current number of replicas above Spec.MaxReplicas"
        };
        acts.push(Act::normal(scaler, "SuccessfulRescale", format!("New size: {desired}; reason: {bound}")));
    }
    let able = conditioned(before, "AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size", now);
    let active = match unmetered(objects, spec) {
        Some((reason, message)) => conditioned(before, "ScalingActive", "False", reason, &message, now),
        None if current == 0 => conditioned(
            before,
            "ScalingActive",
            "False",
            "ScalingDisabled",
            "scaling is disabled since the replica count of the target is zero",
            now,
        ),
        None => conditioned(
            before,
            "ScalingActive",
            "True",
            "ValidMetricFound",
            "the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)",
            now,
        ),
    };
    let limited = if desired == least {
        conditioned(
            before,
            "ScalingLimited",
            "True",
            "TooFewReplicas",
            "the desired replica count is less than the minimum replica count",
            now,
        )
    } else {
        conditioned(
            before,
            "ScalingLimited",
            "False",
            "DesiredWithinRange",
            "the desired count is within the acceptable range",
            now,
        )
    };
    status = json!({
        "currentReplicas": number(&target["status"]["replicas"], 0), "desiredReplicas": desired,
        "observedGeneration": scaler["metadata"]["generation"],
        "conditions": [able, active, limited],
    });
    acts.extend(Act::status(AUTOSCALERS, scaler, status));
}

/// Metrics come from metrics-server, which is not preinstalled. Source: DigitalOcean documentation, DOKS.
fn unmetered(objects: &Objects, spec: &Value) -> Option<(&'static str, String)> {
    let metric = items(&spec["metrics"]).iter().find(|m| m["type"] == "Resource").map(|m| text(&m["resource"]["name"]))?;
    let served = objects.get("apiservices.apiregistration.k8s.io", "", "v1beta1.metrics.k8s.io");
    let answered = served.is_some_and(|s| {
        super::endpoints::answered(objects, text(&s["spec"]["service"]["namespace"]), text(&s["spec"]["service"]["name"]))
    });
    (!answered).then(|| {
        let why = "unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)";
        let message = format!("the HPA was unable to compute the replica count: failed to get {metric} utilization: unable to get metrics for resource {metric}: {why}");
        ("FailedGetResourceMetric", message)
    })
}
