//! Ingresses: they get the address of the Service in front of their class's controller, whichever controller it is.

use super::endpoints::answered;
use super::fields::{leaving, name, namespace, text};
use crate::cluster::Objects;
use crate::cluster::objects::place;
use serde_json::{Value, json};

const INGRESSES: &str = "ingresses.networking.k8s.io";
const CLASSES: &str = "ingressclasses.networking.k8s.io";
/// The label by which Helm's objects of one release belong together.
const INSTANCE: &str = "app.kubernetes.io/instance";

/// Writes addresses.
pub(crate) fn run(objects: &mut Objects) {
    let mut wanted = Vec::new();
    for ingress in objects.list(INGRESSES).into_iter().filter(|i| !leaving(i)) {
        let old = text(&ingress["metadata"]["annotations"]["kubernetes.io/ingress.class"]);
        let class = ingress["spec"]["ingressClassName"].as_str().unwrap_or(old);
        let Some(class) = objects.get(CLASSES, "", class) else {
            continue;
        };
        if let Some(service) = front(objects, class) {
            let addresses = service["status"]["loadBalancer"]["ingress"].clone();
            let status = if addresses.is_null() { json!({}) } else { json!({ "ingress": without_mode(addresses) }) };
            if ingress["status"]["loadBalancer"] != status {
                wanted.push((place(ingress), status));
            }
        }
    }
    for ((home, own), status) in wanted {
        objects.edit(INGRESSES, &home, &own, |i| i["status"]["loadBalancer"] = status);
    }
}

fn without_mode(mut addresses: Value) -> Value {
    for address in addresses.as_array_mut().into_iter().flatten() {
        if let Some(map) = address.as_object_mut() {
            map.remove("ipMode");
        }
    }
    addresses
}

/// The Service of type LoadBalancer in front of a class's controller, when somebody answers behind it: of the same
/// release as the class, or else named like the controller.
fn front<'o>(objects: &'o Objects, class: &Value) -> Option<&'o Value> {
    let services = || objects.list("services").into_iter().filter(|s| s["spec"]["type"] == "LoadBalancer");
    let instance = &class["metadata"]["labels"][INSTANCE];
    let controller = text(&class["spec"]["controller"]);
    let same = |s: &&Value| instance.is_string() && s["metadata"]["labels"][INSTANCE] == *instance;
    let called = |s: &&Value| {
        let software = text(&s["metadata"]["labels"]["app.kubernetes.io/name"]);
        !software.is_empty() && controller.contains(software)
    };
    services().find(same).or_else(|| services().find(called)).filter(|s| answered(objects, namespace(s), name(s)))
}
