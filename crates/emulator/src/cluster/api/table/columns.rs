//! The columns of the built-in kinds. Source: Kubernetes 1.36, `pkg/printers/internalversion`.

use super::age;
use crate::clock::Moment;
use serde_json::Value;

/// Name, type, priority (1: only with `-o wide`), and what is shown.
pub(super) type Plain = (&'static str, &'static str, i64, fn(&Value, Moment) -> Value);

/// The first column of all.
pub(super) const NAME: &[Plain] = &[NAMED];
/// The last one of most.
pub(super) const AGE: &[Plain] = &[AGED];

const NAMED: Plain = ("Name", "string", 0, |o, _| o["metadata"]["name"].clone());
const AGED: Plain = ("Age", "string", 0, |o, now| age(o["metadata"]["creationTimestamp"].as_str(), now).into());

fn number(value: &Value) -> Value {
    value.as_i64().unwrap_or(0).into()
}

fn or(value: &Value, none: &str) -> Value {
    match value {
        Value::String(s) if !s.is_empty() => value.clone(),
        Value::Null | Value::String(_) => none.into(),
        other => other.to_string().into(),
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn joined(parts: impl Iterator<Item = String>, none: &str) -> Value {
    let all: Vec<String> = parts.collect();
    if all.is_empty() { none.into() } else { all.join(",").into() }
}

fn pairs(labels: &Value) -> Value {
    joined(labels.as_object().into_iter().flatten().map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or(""))), "<none>")
}

fn template_containers(o: &Value, field: &str) -> Value {
    joined(list(&o["spec"]["template"]["spec"]["containers"]).map(|c| c[field].as_str().unwrap_or("").to_owned()), "<none>")
}

/// What kubectl calls the status of a pod.
fn pod_status(o: &Value) -> String {
    let status = &o["status"];
    let mut text = status["reason"].as_str().or(status["phase"].as_str()).unwrap_or("Unknown").to_owned();
    for (i, s) in list(&status["initContainerStatuses"]).enumerate() {
        let state = &s["state"];
        if state["terminated"]["exitCode"] == 0 || (s["started"] == true && s["ready"] == true) {
            continue;
        }
        let total = list(&o["spec"]["initContainers"]).count();
        return match (state["terminated"]["reason"].as_str(), state["waiting"]["reason"].as_str()) {
            (Some(reason), _) => format!("Init:{reason}"),
            (_, Some(reason)) if reason != "PodInitializing" => format!("Init:{reason}"),
            _ => format!("Init:{i}/{total}"),
        };
    }
    for s in list(&status["containerStatuses"]) {
        if let Some(reason) = s["state"]["waiting"]["reason"].as_str().or(s["state"]["terminated"]["reason"].as_str()) {
            text = reason.to_owned();
        }
    }
    if !o["metadata"]["deletionTimestamp"].is_null() {
        text = "Terminating".to_owned();
    }
    text
}

const POD: &[Plain] = &[
    NAMED,
    ("Ready", "string", 0, |o, _| {
        let ready = list(&o["status"]["containerStatuses"]).filter(|s| s["ready"] == true).count();
        format!("{ready}/{}", list(&o["spec"]["containers"]).count()).into()
    }),
    ("Status", "string", 0, |o, _| pod_status(o).into()),
    ("Restarts", "string", 0, |o, _| {
        let count: i64 = list(&o["status"]["containerStatuses"]).filter_map(|s| s["restartCount"].as_i64()).sum();
        count.to_string().into()
    }),
    AGED,
    ("IP", "string", 1, |o, _| or(&o["status"]["podIP"], "<none>")),
    ("Node", "string", 1, |o, _| or(&o["spec"]["nodeName"], "<none>")),
    ("Nominated Node", "string", 1, |o, _| or(&o["status"]["nominatedNodeName"], "<none>")),
    ("Readiness Gates", "string", 1, |_, _| "<none>".into()),
];
const DEPLOYMENT: &[Plain] = &[
    NAMED,
    ("Ready", "string", 0, |o, _| format!("{}/{}", number(&o["status"]["readyReplicas"]), number(&o["spec"]["replicas"])).into()),
    ("Up-to-date", "integer", 0, |o, _| number(&o["status"]["updatedReplicas"])),
    ("Available", "integer", 0, |o, _| number(&o["status"]["availableReplicas"])),
    AGED,
    ("Containers", "string", 1, |o, _| template_containers(o, "name")),
    ("Images", "string", 1, |o, _| template_containers(o, "image")),
    ("Selector", "string", 1, |o, _| pairs(&o["spec"]["selector"]["matchLabels"])),
];
const REPLICA_SET: &[Plain] = &[
    NAMED,
    ("Desired", "integer", 0, |o, _| number(&o["spec"]["replicas"])),
    ("Current", "integer", 0, |o, _| number(&o["status"]["replicas"])),
    ("Ready", "integer", 0, |o, _| number(&o["status"]["readyReplicas"])),
    AGED,
    ("Containers", "string", 1, |o, _| template_containers(o, "name")),
    ("Images", "string", 1, |o, _| template_containers(o, "image")),
    ("Selector", "string", 1, |o, _| pairs(&o["spec"]["selector"]["matchLabels"])),
];
const STATEFUL_SET: &[Plain] = &[
    NAMED,
    ("Ready", "string", 0, |o, _| format!("{}/{}", number(&o["status"]["readyReplicas"]), number(&o["spec"]["replicas"])).into()),
    AGED,
    ("Containers", "string", 1, |o, _| template_containers(o, "name")),
    ("Images", "string", 1, |o, _| template_containers(o, "image")),
];
const DAEMON_SET: &[Plain] = &[
    NAMED,
    ("Desired", "integer", 0, |o, _| number(&o["status"]["desiredNumberScheduled"])),
    ("Current", "integer", 0, |o, _| number(&o["status"]["currentNumberScheduled"])),
    ("Ready", "integer", 0, |o, _| number(&o["status"]["numberReady"])),
    ("Up-to-date", "integer", 0, |o, _| number(&o["status"]["updatedNumberScheduled"])),
    ("Available", "integer", 0, |o, _| number(&o["status"]["numberAvailable"])),
    ("Node Selector", "string", 0, |o, _| pairs(&o["spec"]["template"]["spec"]["nodeSelector"])),
    AGED,
    ("Containers", "string", 1, |o, _| template_containers(o, "name")),
    ("Images", "string", 1, |o, _| template_containers(o, "image")),
    ("Selector", "string", 1, |o, _| pairs(&o["spec"]["selector"]["matchLabels"])),
];
const JOB: &[Plain] = &[
    NAMED,
    ("Status", "string", 0, |o, _| {
        let is = |kind: &str| list(&o["status"]["conditions"]).any(|c| c["type"] == kind && c["status"] == "True");
        if is("Complete") {
            "Complete"
        } else if is("Failed") {
            "Failed"
        } else if is("Suspended") {
            "Suspended"
        } else {
            "Running"
        }
        .into()
    }),
    ("Completions", "string", 0, |o, _| {
        format!("{}/{}", number(&o["status"]["succeeded"]), o["spec"]["completions"].as_i64().unwrap_or(1)).into()
    }),
    ("Duration", "string", 0, |o, now| {
        let end = o["status"]["completionTime"].as_str().and_then(Moment::parse).unwrap_or(now);
        o["status"]["startTime"].as_str().map_or("".into(), |start| age(Some(start), end).into())
    }),
    AGED,
];
const CRON_JOB: &[Plain] = &[
    NAMED,
    ("Schedule", "string", 0, |o, _| o["spec"]["schedule"].clone()),
    ("Timezone", "string", 0, |o, _| or(&o["spec"]["timeZone"], "<none>")),
    ("Suspend", "boolean", 0, |o, _| if o["spec"]["suspend"] == true { "True" } else { "False" }.into()),
    ("Active", "integer", 0, |o, _| list(&o["status"]["active"]).count().into()),
    ("Last Schedule", "string", 0, |o, now| match o["status"]["lastScheduleTime"].as_str() {
        None => "<none>".into(),
        last => age(last, now).into(),
    }),
    AGED,
];
const SERVICE: &[Plain] = &[
    NAMED,
    ("Type", "string", 0, |o, _| o["spec"]["type"].clone()),
    ("Cluster-IP", "string", 0, |o, _| or(&o["spec"]["clusterIP"], "<none>")),
    ("External-IP", "string", 0, |o, _| {
        let pending = if o["spec"]["type"] == "LoadBalancer" { "<pending>" } else { "<none>" };
        if o["spec"]["type"] == "ExternalName" {
            return o["spec"]["externalName"].clone();
        }
        addresses(o, pending)
    }),
    ("Port(s)", "string", 0, |o, _| {
        let one = |p: &Value| match p["nodePort"].as_i64() {
            Some(node) => format!("{}:{node}/{}", p["port"], p["protocol"].as_str().unwrap_or("TCP")),
            None => format!("{}/{}", p["port"], p["protocol"].as_str().unwrap_or("TCP")),
        };
        joined(list(&o["spec"]["ports"]).map(one), "<none>")
    }),
    AGED,
    ("Selector", "string", 1, |o, _| pairs(&o["spec"]["selector"])),
];

fn addresses(o: &Value, none: &str) -> Value {
    let all = list(&o["status"]["loadBalancer"]["ingress"]);
    joined(all.filter_map(|i| i["ip"].as_str().or(i["hostname"].as_str())).map(str::to_owned), none)
}

const INGRESS: &[Plain] = &[
    NAMED,
    ("Class", "string", 0, |o, _| or(&o["spec"]["ingressClassName"], "<none>")),
    ("Hosts", "string", 0, |o, _| joined(list(&o["spec"]["rules"]).map(|r| r["host"].as_str().unwrap_or("*").to_owned()), "*")),
    ("Address", "string", 0, |o, _| addresses(o, "")),
    ("Ports", "string", 0, |o, _| if list(&o["spec"]["tls"]).count() > 0 { "80, 443" } else { "80" }.into()),
    AGED,
];
const NODE: &[Plain] = &[
    NAMED,
    ("Status", "string", 0, |o, _| {
        let ready = list(&o["status"]["conditions"]).find(|c| c["type"] == "Ready");
        let word = match ready.map(|c| c["status"] == "True") {
            Some(true) => "Ready",
            Some(false) => "NotReady",
            None => "Unknown",
        };
        if o["spec"]["unschedulable"] == true { format!("{word},SchedulingDisabled").into() } else { word.into() }
    }),
    ("Roles", "string", 0, |o, _| {
        let labels = o["metadata"]["labels"].as_object();
        joined(
            labels.into_iter().flatten().filter_map(|(k, _)| k.strip_prefix("node-role.kubernetes.io/")).map(str::to_owned),
            "<none>",
        )
    }),
    AGED,
    ("Version", "string", 0, |o, _| o["status"]["nodeInfo"]["kubeletVersion"].clone()),
    ("Internal-IP", "string", 1, |o, _| node_address(o, "InternalIP")),
    ("External-IP", "string", 1, |o, _| node_address(o, "ExternalIP")),
];

fn node_address(o: &Value, sort: &str) -> Value {
    list(&o["status"]["addresses"]).find(|a| a["type"] == sort).map_or("<none>".into(), |a| a["address"].clone())
}

const NAMESPACE: &[Plain] = &[NAMED, ("Status", "string", 0, |o, _| o["status"]["phase"].clone()), AGED];
const CONFIG_MAP: &[Plain] = &[
    NAMED,
    ("Data", "integer", 0, |o, _| {
        let count = |f: &str| o[f].as_object().map_or(0, serde_json::Map::len);
        (count("data") + count("binaryData")).into()
    }),
    AGED,
];
const SECRET: &[Plain] = &[
    NAMED,
    ("Type", "string", 0, |o, _| o["type"].clone()),
    ("Data", "integer", 0, |o, _| o["data"].as_object().map_or(0, serde_json::Map::len).into()),
    AGED,
];
const SERVICE_ACCOUNT: &[Plain] = &[NAMED, ("Secrets", "integer", 0, |o, _| list(&o["secrets"]).count().into()), AGED];

fn modes(value: &Value) -> Value {
    let short = |m: &Value| match m.as_str() {
        Some("ReadWriteOnce") => "RWO",
        Some("ReadOnlyMany") => "ROX",
        Some("ReadWriteMany") => "RWX",
        _ => "RWOP",
    };
    joined(list(value).map(|m| short(m).to_owned()), "")
}

const CLAIM: &[Plain] = &[
    NAMED,
    ("Status", "string", 0, |o, _| {
        if o["metadata"]["deletionTimestamp"].is_null() { o["status"]["phase"].clone() } else { "Terminating".into() }
    }),
    ("Volume", "string", 0, |o, _| or(&o["spec"]["volumeName"], "")),
    ("Capacity", "string", 0, |o, _| or(&o["status"]["capacity"]["storage"], "")),
    ("Access Modes", "string", 0, |o, _| modes(&o["status"]["accessModes"])),
    ("StorageClass", "string", 0, |o, _| or(&o["spec"]["storageClassName"], "")),
    ("VolumeAttributesClass", "string", 0, |o, _| or(&o["spec"]["volumeAttributesClassName"], "<unset>")),
    AGED,
];
const VOLUME: &[Plain] = &[
    NAMED,
    ("Capacity", "string", 0, |o, _| o["spec"]["capacity"]["storage"].clone()),
    ("Access Modes", "string", 0, |o, _| modes(&o["spec"]["accessModes"])),
    ("Reclaim Policy", "string", 0, |o, _| o["spec"]["persistentVolumeReclaimPolicy"].clone()),
    ("Status", "string", 0, |o, _| o["status"]["phase"].clone()),
    ("Claim", "string", 0, |o, _| {
        let claim = &o["spec"]["claimRef"];
        claim["name"].as_str().map_or("".into(), |n| format!("{}/{n}", claim["namespace"].as_str().unwrap_or("")).into())
    }),
    ("StorageClass", "string", 0, |o, _| or(&o["spec"]["storageClassName"], "")),
    AGED,
];
const STORAGE_CLASS: &[Plain] = &[
    ("Name", "string", 0, |o, _| {
        let name = o["metadata"]["name"].as_str().unwrap_or("");
        let standard = o["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true";
        if standard { format!("{name} (default)").into() } else { name.into() }
    }),
    ("Provisioner", "string", 0, |o, _| o["provisioner"].clone()),
    ("ReclaimPolicy", "string", 0, |o, _| o["reclaimPolicy"].clone()),
    ("VolumeBindingMode", "string", 0, |o, _| o["volumeBindingMode"].clone()),
    ("AllowVolumeExpansion", "string", 0, |o, _| (o["allowVolumeExpansion"] == true).to_string().into()),
    AGED,
];
const EVENT: &[Plain] = &[
    ("Last Seen", "string", 0, |o, now| age(o["lastTimestamp"].as_str().or(o["eventTime"].as_str()), now).into()),
    ("Type", "string", 0, |o, _| o["type"].clone()),
    ("Reason", "string", 0, |o, _| o["reason"].clone()),
    ("Object", "string", 0, |o, _| {
        let about = &o["involvedObject"];
        format!("{}/{}", about["kind"].as_str().unwrap_or("").to_lowercase(), about["name"].as_str().unwrap_or("")).into()
    }),
    ("Message", "string", 0, |o, _| o["message"].as_str().unwrap_or("").trim().into()),
];
const AUTOSCALER: &[Plain] = &[
    NAMED,
    ("Reference", "string", 0, |o, _| {
        let target = &o["spec"]["scaleTargetRef"];
        format!("{}/{}", target["kind"].as_str().unwrap_or(""), target["name"].as_str().unwrap_or("")).into()
    }),
    ("Targets", "string", 0, |o, _| {
        let one = |m: &Value| {
            let target = &m["resource"]["target"];
            let wanted = target["averageUtilization"]
                .as_i64()
                .map_or_else(|| or(&target["averageValue"], "<auto>").as_str().unwrap_or("").to_owned(), |n| format!("{n}%"));
            format!("{}: <unknown>/{wanted}", m["resource"]["name"].as_str().unwrap_or("metric"))
        };
        joined(list(&o["spec"]["metrics"]).map(one), "<none>")
    }),
    ("MinPods", "string", 0, |o, _| number(&o["spec"]["minReplicas"]).to_string().into()),
    ("MaxPods", "integer", 0, |o, _| number(&o["spec"]["maxReplicas"])),
    ("Replicas", "integer", 0, |o, _| number(&o["status"]["currentReplicas"])),
    AGED,
];
const BUDGET: &[Plain] = &[
    NAMED,
    ("Min Available", "string", 0, |o, _| or(&o["spec"]["minAvailable"], "N/A")),
    ("Max Unavailable", "string", 0, |o, _| or(&o["spec"]["maxUnavailable"], "N/A")),
    ("Allowed Disruptions", "integer", 0, |o, _| number(&o["status"]["disruptionsAllowed"])),
    AGED,
];
const POLICY: &[Plain] = &[NAMED, ("Pod-Selector", "string", 0, |o, _| pairs(&o["spec"]["podSelector"]["matchLabels"])), AGED];
const BINDING: &[Plain] = &[
    NAMED,
    ("Role", "string", 0, |o, _| {
        let role = &o["roleRef"];
        format!("{}/{}", role["kind"].as_str().unwrap_or(""), role["name"].as_str().unwrap_or("")).into()
    }),
    AGED,
];
const CREATED: &[Plain] = &[NAMED, ("Created At", "string", 0, |o, _| o["metadata"]["creationTimestamp"].clone())];
const INGRESS_CLASS: &[Plain] = &[NAMED, ("Controller", "string", 0, |o, _| o["spec"]["controller"].clone()), AGED];
const PRIORITY: &[Plain] = &[
    NAMED,
    ("Value", "integer", 0, |o, _| number(&o["value"])),
    ("Global-Default", "boolean", 0, |o, _| (o["globalDefault"] == true).into()),
    AGED,
];
const PLAIN: &[Plain] = &[NAMED, AGED];

/// The columns of a built-in resource.
pub(super) fn of(resource: &str) -> &'static [Plain] {
    match resource {
        "pods" => POD,
        "deployments.apps" => DEPLOYMENT,
        "replicasets.apps" | "replicationcontrollers" => REPLICA_SET,
        "statefulsets.apps" => STATEFUL_SET,
        "daemonsets.apps" => DAEMON_SET,
        "jobs.batch" => JOB,
        "cronjobs.batch" => CRON_JOB,
        "services" => SERVICE,
        "ingresses.networking.k8s.io" => INGRESS,
        "nodes" => NODE,
        "namespaces" => NAMESPACE,
        "configmaps" => CONFIG_MAP,
        "secrets" => SECRET,
        "serviceaccounts" => SERVICE_ACCOUNT,
        "persistentvolumeclaims" => CLAIM,
        "persistentvolumes" => VOLUME,
        "storageclasses.storage.k8s.io" => STORAGE_CLASS,
        "events" => EVENT,
        "horizontalpodautoscalers.autoscaling" => AUTOSCALER,
        "poddisruptionbudgets.policy" => BUDGET,
        "networkpolicies.networking.k8s.io" => POLICY,
        "rolebindings.rbac.authorization.k8s.io" | "clusterrolebindings.rbac.authorization.k8s.io" => BINDING,
        "roles.rbac.authorization.k8s.io"
        | "clusterroles.rbac.authorization.k8s.io"
        | "customresourcedefinitions.apiextensions.k8s.io" => CREATED,
        "ingressclasses.networking.k8s.io" => INGRESS_CLASS,
        "priorityclasses.scheduling.k8s.io" => PRIORITY,
        _ => PLAIN,
    }
}
