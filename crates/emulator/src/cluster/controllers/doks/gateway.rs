//! The Gateway API: preinstalled with its class on VPC-native clusters only.

use crate::cluster::Objects;
use crate::cluster::controllers::fields::name;
use serde_json::json;

const DEFINITIONS: &str = "customresourcedefinitions.apiextensions.k8s.io";

pub(super) fn begin(objects: &mut Objects, native: bool) {
    if !native {
        let all = objects.list(DEFINITIONS).into_iter().map(|d| name(d).to_owned());
        let gateway: Vec<String> = all.filter(|n| n.ends_with(".gateway.networking.k8s.io")).collect();
        for name in gateway {
            objects.remove(DEFINITIONS, "", &name);
        }
        return;
    }
    objects.put(
        "gatewayclasses.gateway.networking.k8s.io",
        json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass",
            "metadata": { "name": "cilium" },
            "spec": { "controllerName": "io.cilium/gateway-controller", "description": "The default Cilium GatewayClass" },
        }),
    );
}
