//! How Secrets come where a store outside of the platform holds their values: an ExternalSecret for each.
//!
//! Without a store there is nothing to add: the repository holds them encrypted, or the engine writes them.

use pontoon_catalog::components::{Site, write::object};
use pontoon_core::content::{Capability, Component, Field, Piece, SecretSpec};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The ClusterSecretStore that the platform reads from.
const STORE: &str = "store";

/// Adds an ExternalSecret for each Secret that the store can bring in time: what the store itself stands on comes early.
pub fn add(site: &Site<'_>, all: &mut [Component]) {
    if !site.has_store() {
        return;
    }
    let early = below_the_store(all);
    for component in all.iter_mut() {
        let late = !early.contains(&component.name);
        for secret in &mut component.secrets {
            secret.early |= !late;
        }
        let wanted: Vec<Value> = component.secrets.iter().filter(|s| !s.early).map(|s| external(site, s)).collect();
        if !wanted.is_empty() {
            component.needs.insert(Capability::SecretStore);
            component.needs.insert(Capability::definition("ExternalSecret", "external-secrets.io"));
        }
        // A Secret comes before what reads it.
        let at =
            component.pieces.iter().position(|p| !matches!(p, Piece::Object(o) if o["kind"] == "ServiceAccount")).unwrap_or(0);
        component.pieces.splice(at..at, wanted.into_iter().map(Piece::Object));
    }
}

/// Every component that what brings the store's values needs, itself included.
fn below_the_store(all: &[Component]) -> BTreeSet<String> {
    let mut wanted: BTreeSet<&Capability> = BTreeSet::from([&Capability::SecretStore]);
    let mut below: BTreeSet<String> = BTreeSet::new();
    loop {
        let before = below.len();
        for component in all {
            if component.provides.iter().any(|p| wanted.contains(p)) && below.insert(component.name.clone()) {
                wanted.extend(&component.needs);
            }
        }
        if below.len() == before {
            return below;
        }
    }
}

fn external(site: &Site<'_>, secret: &SecretSpec) -> Value {
    let mut remote: BTreeMap<String, String> = BTreeMap::new();
    let own = site.secret_path(&secret.owner);
    let data: Map<String, Value> = secret
        .fields
        .iter()
        .map(|(key, field)| (key.clone(), Value::from(template(site, field, ("", &own), &mut remote, false))))
        .collect();
    let entries: Vec<Value> =
        remote.iter().map(|(key, path)| json!({ "secretKey": key, "remoteRef": { "key": path, "property": "value" } })).collect();
    let mut template = json!({ "type": secret.kind, "engineVersion": "v2", "data": data });
    if !secret.labels.is_empty() {
        template["metadata"] = json!({ "labels": secret.labels });
    }
    let spec = json!({
        "refreshInterval": "5m",
        "secretStoreRef": { "kind": "ClusterSecretStore", "name": STORE },
        "target": { "name": secret.name, "creationPolicy": "Owner", "template": template },
        "data": entries,
    });
    object("external-secrets.io/v1", "ExternalSecret", &secret.namespace, &secret.name, json!({ "spec": spec }))
}

/// A field as a template over the store's values; the values that it takes are added to `remote`, with their paths.
/// `owner` is what names begin with, and the path of whose values they are.
fn template(site: &Site<'_>, field: &Field, owner: (&str, &str), remote: &mut BTreeMap<String, String>, encoded: bool) -> String {
    match field {
        Field::Text(text) => text.clone(),
        Field::Encoded(inner) => template(site, inner, owner, remote, true),
        Field::Of { owner, field } => {
            let prefix = format!("{}_", owner.replace(['-', '.'], "_"));
            template(site, field, (&prefix, &site.secret_path(owner)), remote, encoded)
        }
        Field::Join(parts) => parts.iter().map(|p| template(site, p, owner, remote, encoded)).collect(),
        kept => match kept.stored() {
            Some(name) => {
                let key = format!("{}{}", owner.0, name.to_lowercase());
                remote.insert(key.clone(), format!("{}/{name}", owner.1));
                if encoded { format!("{{{{ .{key} | urlquery }}}}") } else { format!("{{{{ .{key} }}}}") }
            }
            None => String::new(),
        },
    }
}
