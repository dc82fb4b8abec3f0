//! How a Service gets a host: an Ingress of the controller's class, or a route of the Gateway.

use super::{
    Site, access, gateway, ingress_nginx, kong,
    site::{PUBLIC_GATEWAY, PUBLIC_ISSUER},
    traefik,
    write::{merged, object},
};
use pontoon_core::content::{Capability, Component, Object};
use pontoon_spec::sections::ingress::Controller;
use serde_json::json;

/// A Service that gets a host.
pub struct Door<'a> {
    /// The name of the Ingress or route.
    pub name: &'a str,
    /// Its namespace.
    pub namespace: &'a str,
    /// The host, in full.
    pub host: &'a str,
    /// The Service.
    pub service: &'a str,
    /// The Service's port.
    pub port: u16,
    /// The port of the pods.
    pub pod_port: u16,
}

/// The component with the door, what the door needs, and the opening from the way in.
pub fn open(site: &Site<'_>, component: Component, door: &Door<'_>) -> Component {
    let (Some(class), Some(from)) = (class(site), access::way_in(site)) else { return component };
    let mut component = component.object(route(site, class, door)).needs(Capability::IngressClass(class.into())).opening(
        from,
        pontoon_core::content::Party::namespace(door.namespace),
        &[door.pod_port],
    );
    if site.has_tls() && *site.spec.ingress.controller != Controller::Gateway {
        component = component.needs(Capability::Issuer(PUBLIC_ISSUER.into()));
    }
    if *site.spec.ingress.controller == Controller::Nginx {
        component = component.needs(Capability::Webhook("ingress-nginx".into()));
    }
    component
}

/// The class whose controller answers.
pub fn class(site: &Site<'_>) -> Option<&'static str> {
    match *site.spec.ingress.controller {
        Controller::Gateway => Some(gateway::CLASS),
        Controller::Nginx => Some(ingress_nginx::CLASS),
        Controller::Traefik => Some(traefik::CLASS),
        Controller::Kong => Some(kong::CLASS),
        Controller::None => None,
    }
}

fn route(site: &Site<'_>, class: &str, door: &Door<'_>) -> Object {
    if *site.spec.ingress.controller == Controller::Gateway {
        let spec = json!({
            "parentRefs": [{ "name": PUBLIC_GATEWAY, "namespace": access::INGRESS }],
            "hostnames": [door.host],
            "rules": [{ "backendRefs": [{ "name": door.service, "port": door.port }] }],
        });
        return object("gateway.networking.k8s.io/v1", "HTTPRoute", door.namespace, door.name, json!({ "spec": spec }));
    }
    let backend = json!({ "service": { "name": door.service, "port": { "number": door.port } } });
    let paths = json!([{ "path": "/", "pathType": "Prefix", "backend": backend }]);
    let mut spec = json!({ "ingressClassName": class, "rules": [{ "host": door.host, "http": { "paths": paths } }] });
    let mut annotations = json!({});
    if site.has_tls() {
        spec["tls"] = json!([{ "hosts": [door.host], "secretName": format!("{}-tls", door.name) }]);
        annotations = json!({ "cert-manager.io/cluster-issuer": PUBLIC_ISSUER });
    }
    let ingress = object("networking.k8s.io/v1", "Ingress", door.namespace, door.name, json!({ "spec": spec }));
    match annotations == json!({}) {
        true => ingress,
        false => merged(ingress, json!({ "metadata": { "annotations": annotations } })),
    }
}
