//! Random sequences of writes: few names and few values, so that managers meet in the same fields.

use serde_json::{Map, Value, json};

/// Numbers that differ from call to call and not from run to run.
pub struct Draw(pub u64);

impl Draw {
    /// A number below another.
    pub fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let at = self.below(from.len() as u64);
        from[usize::try_from(at).unwrap_or(0)]
    }

    fn some<'a>(&mut self, from: &[&'a str]) -> Vec<&'a str> {
        from.iter().copied().filter(|_| self.once_in(2)).collect()
    }

    fn texts(&mut self, keys: &[&str]) -> Value {
        let keys = self.some(keys);
        keys.into_iter().map(|k| (k.to_owned(), Value::from(self.pick(&["one", "two"])))).collect::<Map<_, _>>().into()
    }
}

/// A definition with each of the ways in which lists and maps merge.
pub fn definition() -> Value {
    let text = json!({ "type": "string" });
    let item = json!({ "type": "object", "required": ["key"], "properties": { "key": text, "value": text, "kind": { "type": "string", "default": "plain" } } });
    let spec = json!({ "type": "object", "properties": {
        "size": { "type": "integer", "minimum": 0, "default": 1 },
        "mode": { "type": "string", "enum": ["one", "two"] },
        "set": { "type": "array", "items": text, "x-kubernetes-list-type": "set" },
        "atomic": { "type": "array", "items": text },
        "items": { "type": "array", "items": item, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["key"] },
        "map": { "type": "object", "additionalProperties": text },
        "whole": { "type": "object", "x-kubernetes-map-type": "atomic", "properties": { "a": text, "b": text } },
        "any": { "type": "object", "x-kubernetes-preserve-unknown-fields": true },
        "port": { "x-kubernetes-int-or-string": true },
    }});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": "widgets.example.com" },
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": { "kind": "Widget", "listKind": "WidgetList", "plural": "widgets", "singular": "widget" },
            "versions": [{ "name": "v1", "served": true, "storage": true, "schema": { "openAPIV3Schema": { "type": "object", "properties": { "spec": spec } } } }],
        },
    })
}

/// Where the objects of a kind are.
pub const PATHS: &[(&str, &str)] = &[
    ("ConfigMap", "/api/v1/namespaces/default/configmaps/x"),
    ("Deployment", "/apis/apps/v1/namespaces/default/deployments/x"),
    ("Service", "/api/v1/namespaces/default/services/x"),
    ("Widget", "/apis/example.com/v1/namespaces/default/widgets/x"),
];

/// An object of this kind as some manager wants it.
pub fn object(kind: &str, draw: &mut Draw) -> Value {
    let mut object = match kind {
        "ConfigMap" => json!({ "apiVersion": "v1", "data": draw.texts(&["k1", "k2", "k3"]) }),
        "Deployment" => json!({ "apiVersion": "apps/v1", "spec": deployment(draw) }),
        "Service" => json!({ "apiVersion": "v1", "spec": service(draw) }),
        _ => json!({ "apiVersion": "example.com/v1", "spec": widget(draw) }),
    };
    object["kind"] = kind.into();
    object["metadata"] = json!({ "name": "x", "namespace": "default" });
    if draw.once_in(2) {
        object["metadata"]["labels"] = draw.texts(&["l1", "l2"]);
    }
    object
}

fn deployment(draw: &mut Draw) -> Value {
    let mut spec =
        json!({ "selector": { "matchLabels": { "app": "x" } }, "template": { "metadata": { "labels": { "app": "x" } } } });
    if draw.once_in(2) {
        spec["replicas"] = draw.below(3).into();
    }
    let mut containers = Vec::new();
    for name in draw.some(&["web", "side"]) {
        let mut container = json!({ "name": name });
        if !draw.once_in(4) {
            container["image"] = format!("example.com/{name}:{}", draw.pick(&["1", "2"])).into();
        }
        let env = draw.some(&["A", "B"]).into_iter().map(|n| json!({ "name": n, "value": n })).collect::<Vec<_>>();
        if !env.is_empty() {
            container["env"] = env.into();
        }
        let ports = draw.some(&["80/TCP", "80/UDP", "443/TCP"]).into_iter().filter_map(|p| p.split_once('/'));
        let ports = ports.map(|(p, protocol)| json!({ "containerPort": p.parse::<u16>().unwrap_or(0), "protocol": protocol }));
        container["ports"] = ports.collect::<Vec<_>>().into();
        if draw.once_in(3) {
            container["resources"] = json!({ "requests": { "memory": draw.pick(&["64Mi", "1Gi"]) } });
        }
        containers.push(container);
    }
    spec["template"]["spec"] = json!({ "containers": containers });
    if draw.once_in(3) {
        spec["template"]["spec"]["nodeSelector"] = draw.texts(&["n1", "n2"]);
    }
    spec
}

fn service(draw: &mut Draw) -> Value {
    let ports = draw.some(&["80/TCP", "80/UDP", "443/TCP"]).into_iter().filter_map(|p| p.split_once('/'));
    let ports = ports.map(|(p, protocol)| {
        let name = format!("p{p}-{}", protocol.to_lowercase());
        json!({ "name": name, "port": p.parse::<u16>().unwrap_or(0), "protocol": protocol })
    });
    json!({ "ports": ports.collect::<Vec<_>>(), "selector": draw.texts(&["app", "tier"]) })
}

fn widget(draw: &mut Draw) -> Value {
    let mut spec = json!({ "map": draw.texts(&["m1", "m2"]) });
    for key in draw.some(&["size", "mode", "set", "atomic", "items", "whole", "any", "port"]) {
        spec[key] = match key {
            "size" => draw.below(3).into(),
            "mode" => draw.pick(&["one", "two", "three"]).into(),
            "set" | "atomic" => draw.some(&["s1", "s2", "s3"]).into(),
            "items" => {
                draw.some(&["i1", "i2"]).into_iter().map(|k| json!({ "key": k, "value": draw.pick(&["one", "two"]) })).collect()
            }
            "whole" => draw.texts(&["a", "b"]),
            "any" => json!({ "deep": draw.texts(&["d1", "d2"]) }),
            _ => draw.pick(&["http", "https"]).into(),
        };
    }
    spec
}
