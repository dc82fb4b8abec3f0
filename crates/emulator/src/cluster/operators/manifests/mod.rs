//! Manifests that projects publish with their releases, for operators that have no chart.

mod rabbitmq;
mod topology;
mod valkey;

use crate::cluster::helm::definition::Definition;
use crate::cluster::helm::object::object;
use crate::cluster::yaml;
use serde_json::{Value, json};

/// What makes a manifest of a release's version (without `v`); none for a version that was never published.
type Manifest = fn(&str) -> Option<Vec<Value>>;

/// Repository, file, and what is in it.
const PUBLISHED: &[(&str, &str, Manifest)] = &[
    ("rabbitmq/cluster-operator", "cluster-operator.yml", rabbitmq::objects),
    ("rabbitmq/messaging-topology-operator", "messaging-topology-operator-with-certmanager.yaml", topology::objects),
    ("hyperspike/valkey-operator", "install.yaml", valkey::objects),
];

/// The file behind `https://github.com/OWNER/REPOSITORY/releases/download/vX/FILE`, or its path alone, as YAML; none when
/// nothing is published there.
#[must_use]
pub fn release_manifest(path: &str) -> Option<String> {
    let path = path.trim_start_matches("https://github.com").trim_start_matches('/');
    let (repository, rest) = path.split_once("/releases/download/")?;
    let (tag, file) = rest.split_once('/')?;
    let (_, _, objects) = PUBLISHED.iter().find(|(r, f, _)| *r == repository && *f == file)?;
    let mut all = objects(tag.strip_prefix('v')?)?;
    for object in &mut all {
        // What a pod must reach is no field of Kubernetes: a published file has none.
        if let Some(template) = object["spec"]["template"].as_object_mut() {
            template.remove("_connects");
        }
    }
    Some(yaml::write_all(&all))
}

/// Three numbers, the first of which is `major`.
fn version(text: &str, major: u64) -> Option<()> {
    let parts: Vec<u64> = text.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
    (parts.len() == 3 && parts[0] == major).then_some(())
}

fn namespace(name: &str, labels: &Value) -> Value {
    object("v1", "Namespace", name, labels, json!({}))
}

fn definitions(all: &[Definition], labels: &Value) -> Vec<Value> {
    let labelled = |d: &Definition| {
        let mut object = d.object();
        object["metadata"]["labels"] = labels.clone();
        object
    };
    all.iter().map(labelled).collect()
}

/// Puts what belongs into one into the namespace.
fn placed(mut all: Vec<Value>, home: &str) -> Vec<Value> {
    for object in &mut all {
        let cluster =
            ["Namespace", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding", "ValidatingWebhookConfiguration"];
        if !cluster.contains(&object["kind"].as_str().unwrap_or("")) {
            object["metadata"]["namespace"] = home.into();
        }
    }
    all
}
