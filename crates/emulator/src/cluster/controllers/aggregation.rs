//! APIServices: whether the server behind a group of the API answers. Source: kube-aggregator, `available_controller.go`.

use super::endpoints::answered;
use super::fields::{conditioned, leaving, text};
use crate::cluster::Objects;
use crate::cluster::objects::place;
use serde_json::json;

const SERVICES: &str = "apiservices.apiregistration.k8s.io";

/// Writes the condition `Available`.
pub(crate) fn run(objects: &mut Objects) {
    let now = objects.world().stamp();
    let mut wanted = Vec::new();
    for api in objects.list(SERVICES).into_iter().filter(|a| !leaving(a)) {
        let behind = &api["spec"]["service"];
        let (namespace, name) = (text(&behind["namespace"]), text(&behind["name"]));
        let (status, reason, message) = if behind.is_null() {
            ("True", "Local", "Local APIServices are always available".to_owned())
        } else if objects.get("services", namespace, name).is_none() {
            ("False", "ServiceNotFound", format!("service/{name} in \"{namespace}\" is not present"))
        } else if answered(objects, namespace, name) {
            ("True", "Passed", "all checks passed".to_owned())
        } else {
            (
                "False",
                "MissingEndpoints",
                format!("endpoints for service/{name} in \"{namespace}\" have no addresses with port name \"https\""),
            )
        };
        let condition = conditioned(&api["status"], "Available", status, reason, &message, &now);
        if api["status"]["conditions"] != json!([condition]) {
            wanted.push((place(api).1, condition));
        }
    }
    for (name, condition) in wanted {
        objects.set_status(SERVICES, "", &name, json!({ "conditions": [condition] }));
    }
}
