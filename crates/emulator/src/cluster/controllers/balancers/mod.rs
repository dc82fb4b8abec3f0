//! Services of type LoadBalancer: DigitalOcean's cloud controller.

mod request;

use super::fields::{items, leaving, name, namespace, text, uid};
use crate::cluster::Objects;
use crate::cluster::objects::place;
use crate::digitalocean::{internally, load_balancers};
use serde_json::{Value, json};
use std::time::Duration;

/// Holds a Service until its balancer is gone. Source: Kubernetes documentation, load balancer cleanup.
const FINALIZER: &str = "service.kubernetes.io/load-balancer-cleanup";
/// Names the balancer of a Service. Source: DigitalOcean documentation, Service annotations.
const ID: &str = "kubernetes.digitalocean.com/load-balancer-id";
/// What was asked for last, by the Service's uid.
const ASKED: &str = "_balancers";

/// Makes, changes and deletes balancers.
pub(crate) fn run(objects: &mut Objects) {
    let all: Vec<Value> = objects
        .list("services")
        .into_iter()
        .filter(|s| wants(s) || items(&s["metadata"]["finalizers"]).iter().any(|f| f == FINALIZER))
        .cloned()
        .collect();
    for service in all {
        if wants(&service) && !leaving(&service) {
            ensure(objects, &service);
        } else {
            give_up(objects, &service);
        }
    }
}

fn wants(service: &Value) -> bool {
    service["spec"]["type"] == "LoadBalancer" && service["spec"]["loadBalancerClass"].is_null()
}

/// The annotation `service.beta.kubernetes.io/do-loadbalancer-…`.
fn annotation<'s>(service: &'s Value, name: &str) -> &'s str {
    text(&service["metadata"]["annotations"][format!("service.beta.kubernetes.io/do-loadbalancer-{name}")])
}

fn disowned(service: &Value) -> bool {
    annotation(service, "disown") == "true"
}

/// The balancer's id and whether it exists: by the annotation, or else by its name.
fn found(objects: &Objects, service: &Value) -> Option<String> {
    let id = text(&service["metadata"]["annotations"][ID]);
    if objects.world().get("load_balancers", id).is_some() {
        return Some(id.to_owned());
    }
    let named = request::name_of(service);
    objects.world().list("load_balancers").into_iter().find(|b| b["name"] == named.as_str()).map(|b| text(&b["id"]).to_owned())
}

fn failed(objects: &mut Objects, service: &Value, why: &str) {
    let message = format!("Error syncing load balancer: failed to ensure load balancer: {why}");
    objects.event(service, "Warning", "SyncLoadBalancerFailed", &message);
    objects.wake_in(Duration::from_secs(30));
}

fn ensure(objects: &mut Objects, service: &Value) {
    if disowned(service) {
        return;
    }
    let (home, own) = place(service);
    if !items(&service["metadata"]["finalizers"]).iter().any(|f| f == FINALIZER) {
        objects.edit("services", &home, &own, |s| match s["metadata"]["finalizers"].as_array_mut() {
            Some(all) => all.push(FINALIZER.into()),
            None => s["metadata"]["finalizers"] = json!([FINALIZER]),
        });
        objects.event(service, "Normal", "EnsuringLoadBalancer", "Ensuring load balancer");
    }
    let body = match request::of(objects, service) {
        Ok(body) => body,
        Err(why) => return failed(objects, service, &why),
    };
    let asked = format!("_k8s/{}/{ASKED}", objects.cluster());
    let id = match found(objects, service) {
        Some(id) => {
            if objects.world().get(&asked, uid(service)) != Some(&body) {
                if let Err(refusal) = internally(objects.cx(), "PUT", &format!("/v2/load_balancers/{id}"), &body) {
                    return failed(objects, service, &refusal.message);
                }
                objects.cx().put_settled(&asked, uid(service), body);
            }
            id
        }
        None => match internally(objects.cx(), "POST", "/v2/load_balancers", &body) {
            Ok(made) => {
                objects.cx().put_settled(&asked, uid(service), body);
                text(&made["load_balancer"]["id"]).to_owned()
            }
            Err(refusal) => return failed(objects, service, &refusal.message),
        },
    };
    if text(&service["metadata"]["annotations"][ID]) != id {
        objects.edit("services", &home, &own, |s| {
            if !s["metadata"]["annotations"].is_object() {
                s["metadata"]["annotations"] = json!({});
            }
            s["metadata"]["annotations"][ID] = id.clone().into();
        });
    }
    let balancer = objects.world().get("load_balancers", &id).cloned().unwrap_or_default();
    match text(&balancer["status"]) {
        "active" => {
            let host = annotation(service, "hostname");
            let ingress =
                if host.is_empty() { json!({ "ip": balancer["ip"], "ipMode": "VIP" }) } else { json!({ "hostname": host }) };
            let ingress =
                if text(&balancer["type"]) == "REGIONAL" && host.is_empty() { json!({ "ip": balancer["ip"] }) } else { ingress };
            let status = json!({ "loadBalancer": { "ingress": [ingress] } });
            if service["status"]["loadBalancer"] != status["loadBalancer"] {
                objects.edit("services", &home, &own, |s| s["status"]["loadBalancer"] = status["loadBalancer"].clone());
                objects.event(service, "Normal", "EnsuredLoadBalancer", "Ensured load balancer");
            }
        }
        "errored" => failed(objects, service, "load-balancer is in an error state"),
        _ => {
            // Asked again until it is there.
            objects.wake_in(Duration::from_secs(10));
        }
    }
}

/// The Service goes, or wants no balancer any more.
fn give_up(objects: &mut Objects, service: &Value) {
    if !disowned(service)
        && let Some(id) = found(objects, service)
    {
        load_balancers::destroy(objects.cx(), &id);
        objects.event(service, "Normal", "DeletedLoadBalancer", "Deleted load balancer");
    }
    let asked = format!("_k8s/{}/{ASKED}", objects.cluster());
    objects.cx().remove_settled(&asked, uid(service));
    let (home, own) = (namespace(service).to_owned(), name(service).to_owned());
    if !leaving(service) {
        objects.edit("services", &home, &own, |s| {
            s["status"]["loadBalancer"] = json!({});
            if let Some(all) = s["metadata"]["annotations"].as_object_mut() {
                all.remove(ID);
            }
        });
    }
    objects.finalize("services", &home, &own, FINALIZER);
}
