//! What every workload of every example has: requests and a limit of memory, a restricted security context, and where
//! there are two pods or more, a budget for disruptions and a spread over hosts. Ours by their objects, charts' by their
//! values, where the chart has a value for it.

use pontoon_test::{charts::Chart, judges::contracts_or_skip, platforms::EXAMPLES, trees};
use serde_json::Value;

/// Kinds whose pods are ours to describe, with the path to the pod's spec.
const OWN: &[(&str, &str)] = &[
    ("Deployment", "/spec/template/spec"),
    ("StatefulSet", "/spec/template/spec"),
    ("DaemonSet", "/spec/template/spec"),
    ("Job", "/spec/template/spec"),
    ("CronJob", "/spec/jobTemplate/spec/template/spec"),
];
/// Kinds that an operator turns into pods, with the path to what these may take.
const OPERATED: &[(&str, &str)] = &[
    ("Cluster", "/spec/resources"),
    ("Pooler", "/spec/template/spec/containers/0/resources"),
    ("RabbitmqCluster", "/spec/resources"),
    ("Valkey", "/spec/resources"),
    ("Prometheus", "/spec/resources"),
];

/// What is said of a chart without a budget.
const BUDGET: &str = "several pods have no budget for disruptions";

fn name(object: &Value) -> String {
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    format!("{} {}/{}", text(&object["kind"]), text(&object["metadata"]["namespace"]), text(&object["metadata"]["name"]))
}

/// Whether requests of both and a limit of memory stand there.
fn bounded(resources: &Value) -> bool {
    let (requests, limits) = (&resources["requests"], &resources["limits"]);
    requests["cpu"].is_string() && requests["memory"].is_string() && limits["memory"].is_string()
}

/// `root`: whether the namespace lets containers run as root, as a document may allow for somebody else's image.
fn restricted(pod: &Value, container: &Value, root: bool) -> bool {
    let (whole, own) = (&pod["securityContext"], &container["securityContext"]);
    let root = root || own["runAsNonRoot"] == true || whole["runAsNonRoot"] == true;
    let profile = [own, whole].iter().any(|c| c["seccompProfile"]["type"] == "RuntimeDefault");
    let dropped = own["capabilities"]["drop"].as_array().is_some_and(|d| d.iter().any(|c| c == "ALL"));
    root && profile && dropped && own["allowPrivilegeEscalation"] == false
}

/// What an own workload lacks; `all` are the objects of its environment.
fn own(object: &Value, pod: &Value, all: &[Value]) -> Vec<String> {
    let mut lacks = Vec::new();
    let containers = ["initContainers", "containers"].into_iter().flat_map(|k| pod[k].as_array().into_iter().flatten());
    let enforced = all
        .iter()
        .find(|o| o["kind"] == "Namespace" && o["metadata"]["name"] == object["metadata"]["namespace"])
        .map(|n| &n["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]);
    let root = enforced.is_some_and(|e| e != "restricted");
    for container in containers {
        if !bounded(&container["resources"]) {
            lacks.push(format!("container {} has no requests or no limit of memory", container["name"]));
        }
        if !restricted(pod, container, root) {
            lacks.push(format!("container {} has no restricted security context", container["name"]));
        }
    }
    let scaled = all.iter().find(|o| {
        o["kind"] == "HorizontalPodAutoscaler"
            && o["metadata"]["namespace"] == object["metadata"]["namespace"]
            && o["spec"]["scaleTargetRef"]["name"] == object["metadata"]["name"]
    });
    let most = scaled.map_or(object["spec"]["replicas"].as_i64(), |h| h["spec"]["maxReplicas"].as_i64()).unwrap_or(1);
    let least = scaled.map_or(object["spec"]["replicas"].as_i64(), |h| h["spec"]["minReplicas"].as_i64()).unwrap_or(1);
    let labels = &object["spec"]["template"]["metadata"]["labels"];
    let budgeted = all.iter().any(|o| {
        let wanted = o["spec"]["selector"]["matchLabels"].as_object();
        o["kind"] == "PodDisruptionBudget"
            && o["metadata"]["namespace"] == object["metadata"]["namespace"]
            && wanted.is_some_and(|w| !w.is_empty() && w.iter().all(|(k, v)| labels[k.as_str()] == *v))
    });
    let replicated = matches!(object["kind"].as_str(), Some("Deployment" | "StatefulSet"));
    if replicated && least > 1 && !budgeted {
        lacks.push(format!("{least} pods have no budget for disruptions"));
    }
    if replicated && most > 1 && !over_hosts(&pod["topologySpreadConstraints"]) {
        lacks.push(format!("{most} pods are not spread over hosts"));
    }
    lacks
}

fn over_hosts(constraints: &Value) -> bool {
    constraints.as_array().is_some_and(|all| all.iter().any(|c| c["topologyKey"] == "kubernetes.io/hostname"))
}

/// What the values of a chart lack: at each place where they ask for several pods, and the chart has a value for it.
fn chart(defaults: &Value, values: &Value, path: &str, lacks: &mut Vec<String>) {
    let (Some(have), Some(give)) = (defaults.as_object(), values.as_object()) else { return };
    let pods = ["replicas", "replicaCount"].iter().find_map(|k| give.get(*k)?.as_i64());
    let at = if path.is_empty() { "its root" } else { path };
    if pods.is_some_and(|n| n > 1) {
        if have.contains_key("topologySpreadConstraints") && !over_hosts(&values["topologySpreadConstraints"]) {
            lacks.push(format!("{at}: several pods are not spread over hosts"));
        }
        for key in ["podDisruptionBudget", "pdb"].into_iter().filter(|k| have.contains_key(*k)) {
            let switched = ["enabled", "create"].iter().any(|s| values[key][s] == true);
            let filled = ["minAvailable", "maxUnavailable"].iter().any(|s| !values[key][s].is_null());
            let switch = ["enabled", "create"].iter().any(|s| defaults[key].get(s).is_some());
            if !(switched || filled && !switch) {
                lacks.push(format!("{at}: {BUDGET}"));
            }
        }
    }
    let off = values["enabled"] == false || (defaults["enabled"] == false && values["enabled"] != true);
    if pods.is_some() && !off && have.contains_key("resources") && !bounded(&values["resources"]) {
        lacks.push(format!("{at}: no requests or no limit of memory"));
    }
    for (key, below) in give {
        if let Some(default) = have.get(key) {
            chart(default, below, &format!("{path}.{key}"), lacks);
        }
    }
}

#[test]
fn every_workload_of_ours_is_bounded_restricted_budgeted_and_spread() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for example in EXAMPLES {
        for (environment, units) in trees::environments(example) {
            let all: Vec<Value> = units.iter().flat_map(|u| u.objects.clone()).collect();
            for object in &all {
                let kind = object["kind"].as_str().unwrap_or("");
                let pod = OWN.iter().find(|(k, _)| *k == kind).and_then(|(_, path)| object.pointer(path));
                let operated = OPERATED.iter().find(|(k, _)| *k == kind);
                let lacks = match (pod, operated) {
                    (Some(pod), _) => own(object, pod, &all),
                    (None, Some((_, path))) if !bounded(object.pointer(path).unwrap_or(&Value::Null)) => {
                        vec!["its pods have no requests or no limit of memory".to_owned()]
                    }
                    (None, Some(_)) => Vec::new(),
                    (None, None) => continue,
                };
                count += 1;
                wrong.extend(lacks.into_iter().map(|l| format!("{example} {environment}: {}: {l}", name(object))));
            }
        }
    }
    assert!(count > 10, "{count} workloads");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_chart_with_several_pods_is_bounded_budgeted_and_spread() {
    let Some(charts) = contracts_or_skip("workloads", "charts") else { return };
    let mut wrong = Vec::new();
    let mut count = 0;
    for example in EXAMPLES {
        for (environment, units) in trees::environments(example) {
            for object in units.iter().flat_map(|u| &u.objects).filter(|o| o["kind"] == "HelmRelease") {
                let of = object["spec"]["chart"]["spec"]["chart"].as_str().unwrap_or("");
                let Some(known) = Chart::read(&charts, of) else { continue };
                count += 1;
                let mut lacks = Vec::new();
                chart(known.values(), &object["spec"]["values"], "", &mut lacks);
                // Where the chart's own budget cannot say what ours does, ours stands beside it.
                let beside = units
                    .iter()
                    .flat_map(|u| &u.objects)
                    .any(|o| o["kind"] == "PodDisruptionBudget" && name(o).split(' ').nth(1) == name(object).split(' ').nth(1));
                lacks.retain(|l| !(beside && l.starts_with("its root") && l.ends_with(BUDGET)));
                wrong.extend(lacks.into_iter().map(|l| format!("{example} {environment}: {}: {l}", name(object))));
            }
        }
    }
    assert!(count > 20, "{count} releases");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The proof that lacks are found at all.
#[test]
fn what_is_missing_is_named() {
    let object = serde_json::json!({
        "kind": "Deployment", "metadata": { "namespace": "x", "name": "y" },
        "spec": { "replicas": 2, "template": { "metadata": { "labels": { "app": "y" } },
            "spec": { "containers": [{ "name": "c", "resources": { "requests": { "cpu": "1" } } }] } } },
    });
    let lacks = own(&object, &object["spec"]["template"]["spec"], std::slice::from_ref(&object)).join("\n");
    for part in ["limit of memory", "restricted", "budget", "spread"] {
        assert!(lacks.contains(part), "{part}: {lacks}");
    }
    let defaults = serde_json::json!({ "a": { "replicas": 1, "resources": {}, "topologySpreadConstraints": [], "pdb": { "create": false } } });
    let mut lacks = Vec::new();
    chart(&defaults, &serde_json::json!({ "a": { "replicas": 2 } }), "", &mut lacks);
    assert_eq!(lacks.len(), 3, "{lacks:?}");
}
