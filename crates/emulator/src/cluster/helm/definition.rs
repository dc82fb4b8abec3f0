//! Custom resource definitions, written briefly.

use serde_json::{Value, json};

/// A kind that a chart or a manifest defines.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// Group, such as `cert-manager.io`.
    pub group: &'static str,
    /// Kind.
    pub kind: &'static str,
    /// Plural; also the first half of the definition's name.
    pub plural: &'static str,
    /// Short names.
    pub short: &'static [&'static str],
    /// Whether its objects lie in namespaces.
    pub namespaced: bool,
    /// Served versions, the stored one first.
    pub versions: &'static [&'static str],
    /// Whether the status is a subresource.
    pub status: bool,
    /// Fields that its specification must have.
    pub required: &'static [&'static str],
    /// Whether it can be scaled: `.spec.replicas` and `.status.replicas`.
    pub scale: bool,
}

impl Definition {
    /// A namespaced kind with a status subresource.
    #[must_use]
    pub const fn new(group: &'static str, kind: &'static str, plural: &'static str, versions: &'static [&'static str]) -> Self {
        Self { group, kind, plural, short: &[], namespaced: true, versions, status: true, required: &[], scale: false }
    }

    /// The same, belonging to the cluster.
    #[must_use]
    pub const fn cluster(mut self) -> Self {
        self.namespaced = false;
        self
    }

    /// The same, with short names.
    #[must_use]
    pub const fn short(mut self, names: &'static [&'static str]) -> Self {
        self.short = names;
        self
    }

    /// The same, without a status subresource.
    #[must_use]
    pub const fn no_status(mut self) -> Self {
        self.status = false;
        self
    }

    /// The same, with a scale subresource.
    #[must_use]
    pub const fn scaled(mut self) -> Self {
        self.scale = true;
        self
    }

    /// The same, refused without these fields of `spec`.
    #[must_use]
    pub const fn requires(mut self, fields: &'static [&'static str]) -> Self {
        self.required = fields;
        self
    }

    /// Its resource: `plural.group`.
    #[must_use]
    pub fn resource(&self) -> String {
        format!("{}.{}", self.plural, self.group)
    }

    /// The definition as an object. Its schema takes everything: what a field means, its controller knows.
    #[must_use]
    pub fn object(&self) -> Value {
        let mut subresources = json!({});
        if self.status {
            subresources["status"] = json!({});
        }
        if self.scale {
            subresources["scale"] = json!({ "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas" });
        }
        let mut schema = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
        if !self.required.is_empty() {
            let spec = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true, "required": self.required });
            schema["properties"] = json!({ "spec": spec });
        }
        let versions: Vec<Value> = self
            .versions
            .iter()
            .enumerate()
            .map(|(i, name)| {
                json!({
                    "name": name,
                    "served": true,
                    "storage": i == 0,
                    "schema": { "openAPIV3Schema": schema },
                    "subresources": subresources,
                })
            })
            .collect();
        let mut names = json!({
            "kind": self.kind,
            "listKind": format!("{}List", self.kind),
            "plural": self.plural,
            "singular": self.kind.to_lowercase(),
        });
        if !self.short.is_empty() {
            names["shortNames"] = json!(self.short);
        }
        json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": { "name": self.resource() },
            "spec": {
                "group": self.group,
                "names": names,
                "scope": if self.namespaced { "Namespaced" } else { "Cluster" },
                "versions": versions,
            },
        })
    }
}
