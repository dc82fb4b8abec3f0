//! How requests reach an app: an HTTPRoute or an Ingress, and the opening for the way in.

use super::image::{LABEL, PORT};
use crate::components::{
    Site, access,
    site::{PUBLIC_GATEWAY, PUBLIC_ISSUER},
    write::object,
};
use pontoon_core::content::{Capability, Component, Party};
use pontoon_spec::sections::{apps::App, ingress::Controller};
use serde_json::{Value, json};

/// Chart, Service, its port, label of its pods, their port.
type FrontDoor = (&'static str, &'static str, u16, (&'static str, &'static str), u16);

/// Charts whose front door does not carry the release's name: Service, its port, a label of its pods, their port.
/// Source: the chart's own templates.
const FRONT_DOORS: &[FrontDoor] = &[("oci://ghcr.io/do-solutions/microservices-demo", "frontend", 80, ("app", "frontend"), 8080)];

/// The Service, its port, the label of its pods, and the port that they listen on.
fn door(name: &str, app: &App) -> (String, u16, (String, String), u16) {
    let chart = app.chart.as_ref().and_then(|c| c.name.as_ref().map(|n| n.to_string())).unwrap_or_default();
    let port = app.port.as_ref().map_or(PORT, |p| p.get()) as u16;
    match FRONT_DOORS.iter().find(|(known, ..)| *known == chart) {
        Some((_, service, at, (key, value), inside)) => ((*service).into(), *at, ((*key).into(), (*value).into()), *inside),
        None if app.image.is_some() => (name.into(), 80, (LABEL.into(), name.into()), port),
        None => (name.into(), 80, (String::new(), String::new()), port),
    }
}

/// Adds what makes the app's host answer.
pub fn add(site: &Site<'_>, c: Component, name: &str, app: &App) -> Component {
    let (Some(host), Some(way_in)) = (&app.host, access::way_in(site)) else { return c };
    let host = site.spec.host(host);
    let (service, port, (key, value), inside) = door(name, app);
    let pods = if key.is_empty() { Party::namespace(name) } else { Party::pods(name, &key, &value) };
    let paths: Vec<String> =
        if app.routes.is_empty() { vec!["/".into()] } else { app.routes.iter().map(|r| r.path.to_string()).collect() };
    let class = match *site.spec.ingress.controller {
        Controller::Gateway => "cilium",
        Controller::Nginx => "nginx",
        Controller::Traefik => "traefik",
        Controller::Kong => "kong",
        Controller::None => return c,
    };
    // Traefik and Kong go to the pods' own ports, the Gateway too: all follow the Service's endpoints.
    let mut c = c.opening(way_in, pods, &[inside]).needs(Capability::IngressClass(class.into()));
    if *site.spec.ingress.controller == Controller::Gateway {
        let rules: Vec<Value> = if app.routes.is_empty() {
            vec![json!({ "backendRefs": [{ "name": service, "port": port }] })]
        } else {
            app.routes.iter().map(|r| rule(r, &service, port)).collect()
        };
        let parent = json!([{ "name": PUBLIC_GATEWAY, "namespace": access::INGRESS }]);
        let spec = json!({ "parentRefs": parent, "hostnames": [host], "rules": rules });
        return c.needs(Capability::definition("HTTPRoute", "gateway.networking.k8s.io")).object(object(
            "gateway.networking.k8s.io/v1",
            "HTTPRoute",
            name,
            name,
            json!({ "spec": spec }),
        ));
    }
    let backend = json!({ "service": { "name": service, "port": { "number": port } } });
    let paths: Vec<Value> = paths.iter().map(|p| json!({ "path": p, "pathType": "Prefix", "backend": backend })).collect();
    let mut spec = json!({ "ingressClassName": class, "rules": [{ "host": host, "http": { "paths": paths } }] });
    let mut annotations = json!({});
    if site.has_tls() {
        spec["tls"] = json!([{ "hosts": [host], "secretName": format!("{name}-tls") }]);
        annotations["cert-manager.io/cluster-issuer"] = PUBLIC_ISSUER.into();
        c = c.needs(Capability::Issuer(PUBLIC_ISSUER.into()));
    }
    let mut ingress = object("networking.k8s.io/v1", "Ingress", name, name, json!({ "spec": spec }));
    if annotations.as_object().is_some_and(|a| !a.is_empty()) {
        ingress["metadata"]["annotations"] = annotations;
    }
    c.object(ingress)
}

fn rule(route: &pontoon_spec::sections::apps::Route, service: &str, port: u16) -> Value {
    let path = json!({ "type": "PathPrefix", "value": route.path.to_string() });
    let headers: Vec<Value> = route.headers.iter().map(|(k, v)| json!({ "name": k, "value": v.to_string() })).collect();
    let base = |method: Option<String>| {
        let mut one = json!({ "path": path });
        if let Some(method) = method {
            one["method"] = method.into();
        }
        if !headers.is_empty() {
            one["headers"] = headers.clone().into();
        }
        one
    };
    let matches: Vec<Value> = if route.methods.is_empty() {
        vec![base(None)]
    } else {
        route.methods.iter().map(|m| base(Some(m.to_string()))).collect()
    };
    json!({ "matches": matches, "backendRefs": [{ "name": service, "port": port }] })
}
