//! Cilium's Gateway controller: a Service and an address for each Gateway, listeners and routes.
//! Source: Gateway API documentation; Cilium's, for names and messages.

mod listeners;
mod routes;

use super::fields::{condition, items, leaving, name, namespace, observed, reference, text};
use super::pods::workload_ready;
use crate::cluster::Objects;
use crate::cluster::api::write;
use crate::cluster::objects::place;
use serde_json::{Value, json};

const CLASSES: &str = "gatewayclasses.gateway.networking.k8s.io";
const GATEWAYS: &str = "gateways.gateway.networking.k8s.io";
/// The controller's name in classes and in the status of routes.
const CONTROLLER: &str = "io.cilium/gateway-controller";

/// Classes, Gateways, routes.
pub(crate) fn run(objects: &mut Objects) {
    let ours: Vec<Value> =
        objects.list(CLASSES).into_iter().filter(|c| c["spec"]["controllerName"] == CONTROLLER).cloned().collect();
    if ours.is_empty() || !workload_ready(objects, "kube-system", "deployments.apps", "cilium-operator") {
        return;
    }
    let now = objects.world().stamp();
    for class in &ours {
        let accepted = observed(class, &class["status"], "Accepted", "True", "Accepted", "Valid GatewayClass", &now);
        objects.edit(CLASSES, "", name(class), |c| c["status"]["conditions"] = json!([accepted]));
    }
    let gateways: Vec<Value> = objects
        .list(GATEWAYS)
        .into_iter()
        .filter(|g| !leaving(g) && ours.iter().any(|c| g["spec"]["gatewayClassName"] == c["metadata"]["name"]))
        .cloned()
        .collect();
    let attached = routes::run(objects, &gateways, &now);
    for gateway in &gateways {
        step(objects, gateway, &attached, &now);
    }
}

/// The name of a Gateway's Service.
fn service_name(gateway: &Value) -> String {
    format!("cilium-gateway-{}", name(gateway))
}

fn step(objects: &mut Objects, gateway: &Value, attached: &routes::Attached, now: &str) {
    serve(objects, gateway);
    let before = &gateway["status"];
    let home = namespace(gateway);
    let service = objects.get("services", home, &service_name(gateway));
    let ingress = service.map_or(&Value::Null, |s| &s["status"]["loadBalancer"]["ingress"]);
    let addresses: Vec<Value> = items(ingress)
        .iter()
        .map(|i| match i["ip"].as_str() {
            Some(ip) => json!({ "type": "IPAddress", "value": ip }),
            None => json!({ "type": "Hostname", "value": i["hostname"] }),
        })
        .collect();
    let listeners = listeners::status(objects, gateway, attached, now);
    let programmed = if addresses.is_empty() {
        observed(gateway, before, "Programmed", "False", "AddressNotAssigned", "Gateway waiting for address", now)
    } else {
        observed(gateway, before, "Programmed", "True", "Programmed", "Gateway successfully reconciled", now)
    };
    let status = json!({
        "addresses": addresses,
        "conditions": [observed(gateway, before, "Accepted", "True", "Accepted", "Gateway successfully scheduled", now), programmed],
        "listeners": listeners,
    });
    let (home, own) = place(gateway);
    objects.edit(GATEWAYS, &home, &own, |g| g["status"] = status);
}

/// Keeps the Service of a Gateway: a port for each port of its listeners.
fn serve(objects: &mut Objects, gateway: &Value) {
    let mut ports: Vec<Value> = Vec::new();
    for listener in items(&gateway["spec"]["listeners"]) {
        let number = &listener["port"];
        if !ports.iter().any(|p| p["port"] == *number) {
            ports.push(json!({ "name": format!("port-{number}"), "port": number, "protocol": "TCP", "targetPort": number }));
        }
    }
    let infrastructure = &gateway["spec"]["infrastructure"];
    let mut labels = json!({
        "io.cilium.gateway/owning-gateway": name(gateway),
        "gateway.networking.k8s.io/gateway-name": name(gateway),
    });
    for (key, value) in infrastructure["labels"].as_object().into_iter().flatten() {
        labels[key.as_str()] = value.clone();
    }
    let (home, own) = (namespace(gateway), service_name(gateway));
    match objects.get("services", home, &own) {
        None => {
            let mut object = json!({
                "apiVersion": "v1", "kind": "Service",
                "metadata": { "name": own, "namespace": home, "labels": labels, "ownerReferences": [reference(gateway)] },
                "spec": { "type": "LoadBalancer", "ports": ports },
            });
            if infrastructure["annotations"].is_object() {
                object["metadata"]["annotations"] = infrastructure["annotations"].clone();
            }
            if let Err(refusal) = write::create(objects, object) {
                objects.event(gateway, "Warning", "FailedCreate", &refusal.message);
            }
        }
        Some(service) => {
            let mut wanted = service.clone();
            for (key, value) in infrastructure["annotations"].as_object().into_iter().flatten() {
                if !wanted["metadata"]["annotations"].is_object() {
                    wanted["metadata"]["annotations"] = json!({});
                }
                wanted["metadata"]["annotations"][key.as_str()] = value.clone();
            }
            let numbers = |list: &[Value]| list.iter().map(|p| p["port"].clone()).collect::<Vec<_>>();
            if numbers(items(&service["spec"]["ports"])) != numbers(&ports) {
                wanted["spec"]["ports"] = ports.into();
            }
            if wanted != *service
                && let Err(refusal) = write::update(objects, wanted)
            {
                objects.event(gateway, "Warning", "FailedUpdate", &refusal.message);
            }
        }
    }
    // Cilium catches what comes to the Service itself: its endpoint is nobody.
    if objects.get("endpoints", home, &own).is_none() {
        let subset = json!({ "addresses": [{ "ip": "192.192.192.192" }], "ports": [{ "port": 9999, "protocol": "TCP" }] });
        let meta = json!({ "name": own, "namespace": home, "labels": labels, "ownerReferences": [reference(gateway)] });
        objects.put("endpoints", json!({ "apiVersion": "v1", "kind": "Endpoints", "metadata": meta, "subsets": [subset] }));
    }
}

/// Whether something of `from` may refer to an object of another namespace. Source: Gateway API, ReferenceGrant.
fn granted(objects: &Objects, from: (&str, &str, &str), to: (&str, &str, &str)) -> bool {
    let ((from_group, from_kind, from_home), (to_kind, to_home, to_name)) = (from, to);
    from_home == to_home
        || objects.list_in("referencegrants.gateway.networking.k8s.io", to_home).into_iter().any(|g| {
            let from = items(&g["spec"]["from"])
                .iter()
                .any(|f| f["group"] == from_group && f["kind"] == from_kind && f["namespace"] == from_home);
            let to =
                items(&g["spec"]["to"]).iter().any(|t| t["kind"] == to_kind && (t["name"].is_null() || t["name"] == to_name));
            from && to
        })
}

/// Whether a Gateway is programmed.
#[allow(dead_code, reason = "for operators that wait for a Gateway")]
pub(crate) fn programmed(gateway: &Value) -> bool {
    condition(gateway, "Programmed") == "True" && !text(&gateway["status"]["addresses"][0]["value"]).is_empty()
}
