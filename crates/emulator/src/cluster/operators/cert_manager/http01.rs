//! HTTP-01: a pod that answers, behind a path of the ingress or gateway.

use crate::cluster::Objects;
use crate::cluster::controllers::fields::{items, namespace, text, uid};
use crate::cluster::controllers::pods::ready;
use crate::cluster::operators::own::{make, service};
use serde_json::{Value, json};

const PORT: i64 = 8089;

fn solver_name(challenge: &Value) -> String {
    let uid: String = uid(challenge).chars().filter(char::is_ascii_alphanumeric).take(5).collect();
    format!("cm-acme-http-solver-{uid}")
}

/// Makes the pod, its service, and the way to it.
pub(super) fn present(objects: &mut Objects, challenge: &Value) -> Result<Value, String> {
    let (home, called, spec) = (namespace(challenge), solver_name(challenge), &challenge["spec"]);
    let labels = json!({ "acme.cert-manager.io/http01-solver": "true", "acme.cert-manager.io/http-solver-of": called });
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": called, "namespace": home, "labels": labels },
        "spec": {
            "automountServiceAccountToken": false, "enableServiceLinks": false, "restartPolicy": "OnFailure",
            "securityContext": { "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } },
            "containers": [{
                "name": "acmesolver", "image": "quay.io/jetstack/cert-manager-acmesolver:v1.21.1",
                "ports": [{ "name": "http", "containerPort": PORT }],
                "resources": { "requests": { "cpu": "10m", "memory": "64Mi" }, "limits": { "cpu": "100m", "memory": "64Mi" } },
                "securityContext": { "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": { "drop": ["ALL"] } },
            }],
        },
    });
    let path = format!("/.well-known/acme-challenge/{}", text(&spec["token"]));
    let http = &spec["solver"]["http01"];
    let way = if http["gatewayHTTPRoute"].is_object() {
        json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
            "metadata": { "name": called, "namespace": home, "labels": labels },
            "spec": {
                "parentRefs": http["gatewayHTTPRoute"]["parentRefs"], "hostnames": [spec["dnsName"]],
                "rules": [{ "matches": [{ "path": { "type": "Exact", "value": path } }], "backendRefs": [{ "name": called, "port": PORT }] }],
            },
        })
    } else {
        let class = ["ingressClassName", "class"].iter().find_map(|k| http["ingress"][*k].as_str());
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": { "name": called, "namespace": home, "labels": labels },
            "spec": {
                "ingressClassName": class,
                "rules": [{ "host": spec["dnsName"], "http": { "paths": [{
                    "path": path, "pathType": "ImplementationSpecific",
                    "backend": { "service": { "name": called, "port": { "number": PORT } } },
                }] } }],
            },
        })
    };
    for object in [pod, service(home, &called, labels.clone(), &[("http", PORT)]), way] {
        make(objects, challenge, object).map_err(|e| e.message)?;
    }
    Ok(Value::Null)
}

/// Whether a request for the host comes to the pod: its name leads to the address of this cluster, and the pod answers.
pub(super) fn reachable(objects: &mut Objects, challenge: &Value) -> Result<(), String> {
    let (home, called, domain) = (namespace(challenge), solver_name(challenge), text(&challenge["spec"]["dnsName"]));
    let url = format!("http://{domain}/.well-known/acme-challenge/{}", text(&challenge["spec"]["token"]));
    let get = |why: String| format!("failed to perform self check GET request '{url}': Get \"{url}\": {why}");
    let zone = crate::digitalocean::domains::zone_of(objects.world(), domain);
    let addresses = zone.as_deref().map(|z| addresses(objects, z, domain)).unwrap_or_default();
    let delegated = zone.is_some_and(|z| crate::cluster::operators::delegation::delegated(objects, &z));
    if addresses.is_empty() || !delegated {
        return Err(get(format!("dial tcp: lookup {domain} on 10.245.0.10:53: no such host")));
    }
    let ours: Vec<String> = objects
        .list("services")
        .into_iter()
        .flat_map(|s| items(&s["status"]["loadBalancer"]["ingress"]).iter().map(|i| text(&i["ip"]).to_owned()))
        .collect();
    if !addresses.iter().any(|a| ours.contains(a)) {
        return Err("wrong status code '404', expected '200'".to_owned());
    }
    if !objects.get("pods", home, &called).is_some_and(ready) {
        return Err("wrong status code '503', expected '200'".to_owned());
    }
    let timer = format!("http01/{}", uid(challenge));
    if objects.elapsed(&timer, "acme_http01") { Ok(()) } else { Err(get("context deadline exceeded".to_owned())) }
}

/// Addresses of the host in the account's zone.
fn addresses(objects: &Objects, zone: &str, host: &str) -> Vec<String> {
    let relative = host.strip_suffix(zone).map_or("", |r| r.trim_end_matches('.'));
    let wanted = if relative.is_empty() { "@" } else { relative };
    let wild = relative.split_once('.').map_or("*".to_owned(), |(_, rest)| format!("*.{rest}"));
    let records = objects.world().list(&format!("domain_records/{zone}"));
    let of = |n: &str| -> Vec<String> {
        records.iter().filter(|r| r["type"] == "A" && r["name"] == n).map(|r| text(&r["data"]).to_owned()).collect()
    };
    let own = of(wanted);
    if own.is_empty() { of(&wild) } else { own }
}

/// Takes the pod, the service and the way away.
pub(super) fn clean(objects: &mut Objects, challenge: &Value) {
    let (home, called) = (namespace(challenge), solver_name(challenge));
    for resource in ["ingresses.networking.k8s.io", "httproutes.gateway.networking.k8s.io", "services", "pods"] {
        objects.delete(resource, home, &called);
    }
}
