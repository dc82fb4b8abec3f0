//! Endpoints: from each host to the load balancer's address, its record, its certificate and the pods that answer.

use super::seen::{Seen, items, text};
use crate::{
    health::{Health, judge},
    why,
};
use pontoon_providers::ObjectRef;
use serde_json::Value;

/// A host that the cluster answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The host.
    pub host: String,
    /// The Ingress or HTTPRoute that answers it.
    pub route: ObjectRef,
    /// The addresses that its load balancer has.
    pub addresses: Vec<String>,
    /// Its certificate, as `namespace/name`; none where it is answered without TLS.
    pub certificate: Option<String>,
    /// How many pods answer.
    pub pods: usize,
    /// Each link that does not hold, outermost first; none where a request gets through.
    pub broken: Vec<String>,
}

/// Every host, in order. `records` are the zone's, with whole names; none where the zone is kept elsewhere.
pub fn endpoints(seen: &Seen, records: Option<&[Value]>) -> Vec<Endpoint> {
    let mut all: Vec<Endpoint> = Vec::new();
    for route in &seen.routes {
        for host in items(&route["spec"]["hostnames"]) {
            all.push(by_route(seen, route, &text(host)));
        }
    }
    for ingress in &seen.ingresses {
        // What cert-manager puts up for the length of a proof is nobody's endpoint.
        if !ingress["metadata"]["labels"]["acme.cert-manager.io/http01-solver"].is_null() {
            continue;
        }
        for rule in items(&ingress["spec"]["rules"]).filter(|r| r["host"].is_string()) {
            all.push(by_ingress(seen, ingress, rule));
        }
    }
    for endpoint in &mut all {
        if endpoint.addresses.is_empty() {
            endpoint.broken.insert(0, "its load balancer has no address yet".into());
        } else if let Some(said) = records.and_then(|r| why::name(&endpoint.host, r, &endpoint.addresses).broken) {
            endpoint.broken.insert(0, format!("DNS: {said}"));
        }
    }
    all.sort_by(|a, b| (&a.host, &a.route).cmp(&(&b.host, &b.route)));
    all
}

fn by_route(seen: &Seen, route: &Value, host: &str) -> Endpoint {
    let of = ObjectRef::of(route);
    let mut endpoint = Endpoint {
        host: host.to_owned(),
        addresses: Vec::new(),
        certificate: None,
        pods: 0,
        broken: Vec::new(),
        route: of.clone(),
    };
    for parent in items(&route["spec"]["parentRefs"]) {
        let namespace = parent["namespace"].as_str().unwrap_or(&of.namespace);
        let gateway =
            seen.gateways.iter().find(|g| g["metadata"]["name"] == parent["name"] && g["metadata"]["namespace"] == namespace);
        let Some(gateway) = gateway else {
            endpoint.broken.push(format!("there is no Gateway {namespace}/{}", text(&parent["name"])));
            continue;
        };
        endpoint.addresses.extend(items(&gateway["status"]["addresses"]).map(|a| text(&a["value"])));
        let secret = items(&gateway["spec"]["listeners"])
            .find(|l| l["hostname"] == host && l["tls"].is_object())
            .and_then(|l| l["tls"]["certificateRefs"][0]["name"].as_str());
        if let Some(secret) = secret {
            prove(seen, &mut endpoint, namespace, secret);
        }
    }
    let refused = items(&route["status"]["parents"]).flat_map(|p| items(&p["conditions"])).find(|c| c["status"] != "True");
    if let Some(said) = refused {
        endpoint.broken.push(format!("{of}: {}", text(&said["message"])));
    } else if items(&route["status"]["parents"]).next().is_none() {
        endpoint.broken.push(format!("{of}: no Gateway has taken it"));
    }
    let services: Vec<String> =
        items(&route["spec"]["rules"]).flat_map(|r| items(&r["backendRefs"])).map(|b| text(&b["name"])).collect();
    answer(seen, &mut endpoint, &services);
    endpoint
}

fn by_ingress(seen: &Seen, ingress: &Value, rule: &Value) -> Endpoint {
    let of = ObjectRef::of(ingress);
    let host = text(&rule["host"]);
    let addresses = items(&ingress["status"]["loadBalancer"]["ingress"])
        .filter_map(|i| i["ip"].as_str().or(i["hostname"].as_str()))
        .map(str::to_owned)
        .collect();
    let secret = items(&ingress["spec"]["tls"])
        .find(|t| items(&t["hosts"]).any(|h| *h == host.as_str()))
        .and_then(|t| t["secretName"].as_str());
    let mut endpoint = Endpoint { host, addresses, certificate: None, pods: 0, broken: Vec::new(), route: of.clone() };
    if let Some(secret) = secret {
        prove(seen, &mut endpoint, &of.namespace, secret);
    }
    let services: Vec<String> = items(&rule["http"]["paths"]).map(|p| text(&p["backend"]["service"]["name"])).collect();
    answer(seen, &mut endpoint, &services);
    endpoint
}

/// The certificate whose Secret this is.
fn prove(seen: &Seen, endpoint: &mut Endpoint, namespace: &str, secret: &str) {
    let found = seen.certificates.iter().find(|c| c["metadata"]["namespace"] == namespace && c["spec"]["secretName"] == secret);
    match found {
        Some(found) => {
            let name = format!("{namespace}/{}", text(&found["metadata"]["name"]));
            if judge(found) != Health::Current {
                endpoint.broken.push(format!("certificate {name} is not there yet"));
            }
            endpoint.certificate = Some(name);
        }
        None => endpoint.broken.push(format!("nothing brings the certificate of Secret {namespace}/{secret}")),
    }
}

/// How many pods answer: of the Service that has the fewest.
fn answer(seen: &Seen, endpoint: &mut Endpoint, services: &[String]) {
    let namespace = endpoint.route.namespace.clone();
    let mut least: Option<usize> = None;
    for service in services {
        let ready = seen
            .slices
            .iter()
            .filter(|s| s["metadata"]["namespace"] == namespace.as_str())
            .filter(|s| s["metadata"]["labels"]["kubernetes.io/service-name"] == service.as_str())
            .flat_map(|s| items(&s["endpoints"]))
            .filter(|e| e["conditions"]["ready"] == true)
            .count();
        if ready == 0 {
            endpoint.broken.push(format!("Service {namespace}/{service} has no ready pod"));
        }
        least = Some(least.map_or(ready, |l| l.min(ready)));
    }
    endpoint.pods = least.unwrap_or(0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn seen() -> Seen {
        let ready = json!([{ "type": "Ready", "status": "True" }]);
        Seen {
            ingresses: vec![json!({
                "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": { "namespace": "api", "name": "api" },
                "spec": {
                    "rules": [{ "host": "api.example.com", "http": { "paths": [{ "backend": { "service": { "name": "api" } } }] } }],
                    "tls": [{ "hosts": ["api.example.com"], "secretName": "api-tls" }],
                },
                "status": { "loadBalancer": { "ingress": [{ "ip": "203.0.113.7" }] } },
            })],
            certificates: vec![json!({
                "apiVersion": "cert-manager.io/v1", "kind": "Certificate",
                "metadata": { "namespace": "api", "name": "api-tls" }, "spec": { "secretName": "api-tls" },
                "status": { "conditions": ready },
            })],
            slices: vec![json!({
                "metadata": { "namespace": "api", "labels": { "kubernetes.io/service-name": "api" } },
                "endpoints": [{ "conditions": { "ready": true } }, { "conditions": { "ready": false } }],
            })],
            ..Seen::default()
        }
    }

    fn records() -> Vec<Value> {
        vec![json!({ "type": "A", "name": "api.example.com", "data": "203.0.113.7" })]
    }

    #[test]
    fn a_request_gets_through() {
        let all = endpoints(&seen(), Some(&records()));
        assert_eq!(all[0].broken, Vec::<String>::new());
        assert_eq!((all[0].pods, all[0].certificate.as_deref()), (1, Some("api/api-tls")));
    }

    #[test]
    fn each_link_that_does_not_hold_is_named() {
        let mut seen = seen();
        seen.slices.clear();
        seen.certificates.clear();
        let elsewhere = vec![json!({ "type": "A", "name": "api.example.com", "data": "198.51.100.1" })];
        let broken = endpoints(&seen, Some(&elsewhere))[0].broken.join("; ");
        for part in ["points to 198.51.100.1", "Secret api/api-tls", "Service api/api has no ready pod"] {
            assert!(broken.contains(part), "{part}: {broken}");
        }
        seen.ingresses[0]["status"] = json!({});
        assert!(endpoints(&seen, Some(&elsewhere))[0].broken[0].contains("no address"));
    }
}
