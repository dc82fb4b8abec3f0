//! Endpoints of Services: which pods answer, as slices and in the old form.

use super::act::{Act, carry_out};
use super::fields::{items, leaving, name, namespace, number, reference, text, uid};
use super::pods::{over, ready, template_hash};
use super::select;
use crate::cluster::Objects;
use serde_json::{Value, json};

const SLICES: &str = "endpointslices.discovery.k8s.io";

/// Keeps one slice and one Endpoints object for each Service with a selector.
pub(crate) fn run(objects: &mut Objects) {
    let mut acts = Vec::new();
    let all: Vec<(String, String, String)> = {
        let all = objects.list("services").into_iter().filter(|s| !leaving(s) && has_selector(s));
        all.map(|s| (uid(s).to_owned(), namespace(s).to_owned(), name(s).to_owned())).collect()
    };
    for (uid, home, called) in all {
        objects.look(format!("endpoints/{uid}"), |objects| {
            let Some(service) = objects.get("services", &home, &called) else { return };
            let chosen: Vec<&Value> = objects.list_in("pods", &home).into_iter().filter(|p| serves(service, p)).collect();
            keep(objects, service, &chosen, &mut acts);
        });
    }
    let managed = |e: &&Value| e["metadata"]["labels"]["endpoints.kubernetes.io/managed-by"] == "endpoint-controller";
    for object in objects.list("endpoints").into_iter().filter(managed) {
        if objects.get("services", namespace(object), name(object)).is_none() {
            acts.push(Act::delete("endpoints", object));
        }
    }
    carry_out(objects, acts);
}

/// Whether a Service chooses its pods itself.
pub(crate) fn has_selector(service: &Value) -> bool {
    service["spec"]["selector"].as_object().is_some_and(|s| !s.is_empty()) && service["spec"]["type"] != "ExternalName"
}

/// Whether a pod is behind a Service, ready or not.
pub(crate) fn serves(service: &Value, pod: &Value) -> bool {
    namespace(service) == namespace(pod) && !over(pod) && select::subset(&service["spec"]["selector"], &pod["metadata"]["labels"])
}

/// The number of the port on a pod to which a Service sends what comes to one of its own.
pub(crate) fn target_port(port: &Value, pod: &Value) -> Option<u16> {
    let target = &port["targetPort"];
    let number = match target {
        Value::String(wanted) => match wanted.parse::<i64>() {
            Ok(number) => Some(number),
            Err(_) => items(&pod["spec"]["containers"])
                .iter()
                .chain(items(&pod["spec"]["initContainers"]))
                .flat_map(|c| items(&c["ports"]))
                .find(|p| p["name"] == wanted.as_str())
                .and_then(|p| p["containerPort"].as_i64()),
        },
        Value::Number(n) => n.as_i64(),
        _ => port["port"].as_i64(),
    };
    u16::try_from(number?).ok()
}

fn keep(objects: &Objects, service: &Value, chosen: &[&Value], acts: &mut Vec<Act>) {
    let early = service["spec"]["publishNotReadyAddresses"] == true;
    let with_address: Vec<&Value> = chosen.iter().copied().filter(|p| p["status"]["podIP"].is_string()).collect();
    let endpoints: Vec<Value> = with_address
        .iter()
        .map(|p| {
            let mut made = json!({
                "addresses": [p["status"]["podIP"]],
                "conditions": { "ready": early || ready(p), "serving": ready(p), "terminating": leaving(p) },
                "nodeName": p["spec"]["nodeName"],
                "targetRef": { "kind": "Pod", "name": name(p), "namespace": namespace(p), "uid": uid(p) },
            });
            if let Some(hostname) = p["spec"]["hostname"].as_str().filter(|_| p["spec"]["subdomain"] == name(service)) {
                made["hostname"] = hostname.into();
            }
            made
        })
        .collect();
    let ports: Vec<Value> = items(&service["spec"]["ports"])
        .iter()
        .filter_map(|p| {
            let number =
                with_address.first().map_or_else(|| p["port"].as_u64().map(|_| 0), |pod| target_port(p, pod).map(u64::from))?;
            let mut made = json!({ "name": text(&p["name"]), "protocol": p["protocol"].as_str().unwrap_or("TCP") });
            if number > 0 {
                made["port"] = number.into();
            }
            Some(made)
        })
        .collect();
    let slice =
        format!("{}-{}", name(service), &template_hash(&service["metadata"]["uid"], 0).chars().take(5).collect::<String>());
    let old = objects.get(SLICES, namespace(service), &slice);
    let mut labels = service["metadata"]["labels"].clone();
    if !labels.is_object() {
        labels = json!({});
    }
    labels["kubernetes.io/service-name"] = name(service).into();
    labels["endpointslice.kubernetes.io/managed-by"] = "endpointslice-controller.k8s.io".into();
    let (endpoints, ports) = (Value::from(endpoints), Value::from(ports));
    if old.is_none_or(|o| o["endpoints"] != endpoints || o["ports"] != ports || o["metadata"]["labels"] != labels) {
        let object = json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": { "name": slice, "namespace": namespace(service), "labels": labels, "ownerReferences": [reference(service)] },
            "addressType": "IPv4", "endpoints": endpoints, "ports": ports,
        });
        acts.push(Act::Put { resource: SLICES, object });
    }
    old_form(objects, service, &with_address, early, &ports, acts);
}

fn old_form(objects: &Objects, service: &Value, pods: &[&Value], early: bool, ports: &Value, acts: &mut Vec<Act>) {
    let address = |p: &&&Value| {
        json!({
            "ip": p["status"]["podIP"], "nodeName": p["spec"]["nodeName"],
            "targetRef": { "kind": "Pod", "name": name(p), "namespace": namespace(p), "uid": uid(p) },
        })
    };
    let up: Vec<Value> = pods.iter().filter(|p| early || ready(p)).map(|p| address(&p)).collect();
    let down: Vec<Value> = pods.iter().filter(|p| !early && !ready(p)).map(|p| address(&p)).collect();
    let mut subset = json!({ "ports": ports });
    if !up.is_empty() {
        subset["addresses"] = up.into();
    }
    if !down.is_empty() {
        subset["notReadyAddresses"] = down.into();
    }
    let subsets = if pods.is_empty() { Value::Null } else { json!([subset]) };
    let old = objects.get("endpoints", namespace(service), name(service));
    if old.is_none_or(|o| o["subsets"] != subsets) {
        let mut object = json!({
            "apiVersion": "v1", "kind": "Endpoints",
            "metadata": {
                "name": name(service), "namespace": namespace(service),
                "labels": { "endpoints.kubernetes.io/managed-by": "endpoint-controller" },
            },
        });
        if !subsets.is_null() {
            object["subsets"] = subsets;
        }
        acts.push(Act::Put { resource: "endpoints", object });
    }
}

/// Whether somebody answers behind a Service.
#[allow(dead_code, reason = "for webhooks and ingress controllers")]
pub(crate) fn answered(objects: &Objects, namespace: &str, service: &str) -> bool {
    objects.get("services", namespace, service).is_some_and(|service| {
        if !has_selector(service) {
            return number(&service["spec"]["ports"][0]["port"], 0) > 0;
        }
        objects.list_in("pods", namespace).into_iter().any(|p| serves(service, p) && ready(p))
    })
}
