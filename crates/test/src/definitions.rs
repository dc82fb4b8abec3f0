//! The published definitions of custom resources, and who brings which of them into a cluster.
//!
//! They stand in the contracts, one file each, with descriptions dropped; Cilium's come from its own module.

use crate::{
    judges::{contracts_or_skip, tool_or_skip, tools_dir},
    yaml,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Every definition, by its name: `certificates.cert-manager.io`.
#[derive(Debug, Clone)]
pub struct Definitions(BTreeMap<String, Value>);

impl Definitions {
    /// Reads them; nothing where they are missing.
    ///
    /// # Panics
    /// Where a file cannot be read.
    pub fn read_or_skip(test: &str) -> Option<Definitions> {
        let contracts = contracts_or_skip(test, "crds")?;
        tool_or_skip(test, "definitions/ciliumnetworkpolicies.yaml")?;
        let mut all = BTreeMap::new();
        for folder in [contracts, tools_dir().join("definitions")] {
            for entry in std::fs::read_dir(folder).expect("definitions can be listed") {
                let path = entry.expect("definitions can be listed").path();
                for mut definition in yaml::file(&path).unwrap_or_else(|e| panic!("{e}")) {
                    let name = definition["metadata"]["name"].as_str().expect("a definition has a name").to_owned();
                    approve(&mut definition);
                    all.insert(name, definition);
                }
            }
        }
        Some(Definitions(all))
    }

    /// All of them.
    pub fn all(&self) -> Vec<Value> {
        self.0.values().cloned().collect()
    }

    /// Those whose names are given, or whose group is, as `*.group`.
    pub fn of(&self, wanted: impl IntoIterator<Item = &'static str>) -> Vec<Value> {
        let wanted: BTreeSet<&str> = wanted.into_iter().collect();
        let group = |d: &Value| format!("*.{}", d["spec"]["group"].as_str().unwrap_or_default());
        let among = |(name, d): &(&String, &Value)| wanted.contains(name.as_str()) || wanted.contains(group(d).as_str());
        self.0.iter().filter(among).map(|(_, d)| d.clone()).collect()
    }

    /// The schema of a kind at a version, and whether its objects have a namespace.
    pub fn schema(&self, api_version: &str, kind: &str) -> Option<&Value> {
        let (group, version) = api_version.split_once('/')?;
        let definition = self.0.values().find(|d| d["spec"]["group"] == group && d["spec"]["names"]["kind"] == kind)?;
        let versions = definition["spec"]["versions"].as_array()?;
        let served = versions.iter().find(|v| v["name"] == version && v["served"] == true)?;
        served.get("schema").map(|s| &s["openAPIV3Schema"])
    }
}

/// The contracts drop annotations; a group of Kubernetes's own is not taken without this one.
fn approve(definition: &mut Value) {
    let protected = definition["spec"]["group"].as_str().is_some_and(|g| g.ends_with(".k8s.io"));
    let key = "api-approved.kubernetes.io";
    if protected && definition["metadata"]["annotations"].get(key).is_none() {
        definition["metadata"]["annotations"][key] = json!("unapproved, the contracts drop the address");
    }
}
