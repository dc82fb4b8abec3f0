//! Gateways, routes and Ingresses get addresses when everything that they name is there.

use super::*;

fn status(object: &Value, list: &str, kind: &str) -> (String, String) {
    let conditions = object.pointer(list).and_then(Value::as_array).unwrap_or_else(|| panic!("{list}: {object}"));
    let found = conditions.iter().find(|c| c["type"] == kind).unwrap();
    (found["status"].as_str().unwrap().to_owned(), found["reason"].as_str().unwrap().to_owned())
}

fn two(status: &str, reason: &str) -> (String, String) {
    (status.to_owned(), reason.to_owned())
}

fn gateway() -> Value {
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": { "name": "public", "namespace": "edge" },
        "spec": {
            "gatewayClassName": "cilium",
            "infrastructure": { "annotations": { "service.beta.kubernetes.io/do-loadbalancer-name": "edge" } },
            "listeners": [{
                "name": "https", "protocol": "HTTPS", "port": 443, "hostname": "*.shop.test",
                "tls": { "certificateRefs": [{ "name": "tls" }] }, "allowedRoutes": { "namespaces": { "from": "All" } },
            }],
        },
    })
}

fn route(host: &str) -> Value {
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": { "name": "web", "namespace": "shop" },
        "spec": {
            "parentRefs": [{ "name": "public", "namespace": "edge" }], "hostnames": [host],
            "rules": [{ "backendRefs": [{ "name": "web", "port": 80 }] }],
        },
    })
}

#[test]
fn a_gateway_is_programmed_with_an_address_and_its_certificate() {
    let ranges = json!({ "cluster_subnet": "10.60.0.0/16", "service_subnet": "10.61.0.0/16" });
    let mut lab = Lab::new("", json!([{ "name": "work", "size": "s-2vcpu-4gb", "count": 1 }]), ranges);
    lab.pass(60);
    assert_eq!(
        status(&lab.get("gatewayclasses.gateway.networking.k8s.io", "", "cilium"), "/status/conditions", "Accepted").0,
        "True"
    );
    lab.apply(&[namespace("edge"), namespace("shop"), gateway(), route("web.shop.test")]);
    lab.pass(10);
    const GATEWAYS: &str = "gateways.gateway.networking.k8s.io";
    const ROUTES: &str = "httproutes.gateway.networking.k8s.io";
    let object = lab.get(GATEWAYS, "edge", "public");
    assert_eq!(status(&object, "/status/conditions", "Programmed"), two("False", "AddressNotAssigned"));
    assert_eq!(status(&object, "/status/listeners/0/conditions", "ResolvedRefs"), two("False", "InvalidCertificateRef"));
    let object = lab.get(ROUTES, "shop", "web");
    assert_eq!(status(&object, "/status/parents/0/conditions", "Accepted"), two("True", "Accepted"));
    assert_eq!(status(&object, "/status/parents/0/conditions", "ResolvedRefs"), two("False", "BackendNotFound"));
    lab.apply(&[
        json!({ "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": { "name": "tls", "namespace": "edge" }, "data": { "tls.crt": "eA==", "tls.key": "eA==" } }),
        json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": "web", "namespace": "shop" }, "spec": { "selector": { "app": "web" }, "ports": [{ "port": 80 }] } }),
    ]);
    lab.pass(200);
    let object = lab.get(GATEWAYS, "edge", "public");
    assert_eq!(status(&object, "/status/conditions", "Programmed"), two("True", "Programmed"));
    assert_eq!(status(&object, "/status/listeners/0/conditions", "Programmed"), two("True", "Programmed"));
    assert_eq!(object["status"]["listeners"][0]["attachedRoutes"], 1);
    let balancer = lab.call("GET", "/v2/load_balancers", Value::Null)["load_balancers"][0].clone();
    assert_eq!((&balancer["name"], &balancer["ip"]), (&json!("edge"), &object["status"]["addresses"][0]["value"]));
    assert_eq!(status(&lab.get(ROUTES, "shop", "web"), "/status/parents/0/conditions", "ResolvedRefs").0, "True");
    lab.apply(&[route("web.other.test")]);
    lab.pass(10);
    assert_eq!(
        status(&lab.get(ROUTES, "shop", "web"), "/status/parents/0/conditions", "Accepted"),
        two("False", "NoMatchingListenerHostname")
    );
    lab.k8s(|o| o.delete(GATEWAYS, "edge", "public"));
    lab.pass(30);
    assert_eq!(lab.cx(|cx| cx.count("load_balancers")), 0);
}

#[test]
fn clusters_that_are_not_vpc_native_have_no_gateway_api() {
    let mut lab = Lab::small();
    assert_eq!(lab.get("customresourcedefinitions.apiextensions.k8s.io", "", "gateways.gateway.networking.k8s.io"), Value::Null);
    let refused = lab.k8s(|o| crate::cluster::api::write::apply(o, "test", true, gateway())).unwrap_err();
    assert_eq!(refused.code, 404);
}

#[test]
fn an_ingress_has_the_address_of_its_controller() {
    let mut lab = Lab::small();
    let labels = json!({ "app.kubernetes.io/instance": "traefik", "app.kubernetes.io/name": "traefik" });
    lab.apply(&[
        namespace("shop"),
        json!({ "apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": { "name": "traefik", "labels": labels }, "spec": { "controller": "traefik.io/ingress-controller" } }),
        json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": "traefik", "namespace": "shop", "labels": labels }, "spec": { "type": "LoadBalancer", "selector": { "app": "traefik" }, "ports": [{ "port": 443 }] } }),
        json!({ "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": { "name": "web", "namespace": "shop" }, "spec": { "ingressClassName": "traefik", "defaultBackend": { "service": { "name": "web", "port": { "number": 80 } } } } }),
    ]);
    lab.pass(200);
    assert!(
        lab.get("ingresses.networking.k8s.io", "shop", "web")["status"]["loadBalancer"]["ingress"].is_null(),
        "nobody answers"
    );
    lab.apply(&[deployment("shop", "traefik", 1, json!({}))]);
    lab.pass(60);
    let address = lab.get("services", "shop", "traefik")["status"]["loadBalancer"]["ingress"][0]["ip"].clone();
    assert!(address.is_string());
    assert_eq!(lab.get("ingresses.networking.k8s.io", "shop", "web")["status"]["loadBalancer"]["ingress"][0]["ip"], address);
}
