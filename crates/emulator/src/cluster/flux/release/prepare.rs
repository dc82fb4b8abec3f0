//! What must be there before Helm does anything: dependencies, the chart, the values.

use super::super::artifact::Content;
use super::super::conditions::is_ready;
use super::super::kinds::HELM_RELEASES;
use super::super::{text, text_or};
use super::{Target, chart, target, values};
use crate::cluster::helm::{Release, folder};
use crate::cluster::{Objects, charts, kustomize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// What is missing, and when to look again: after a wait, or later and later.
pub(super) struct Unmet {
    pub reason: &'static str,
    pub message: String,
    pub again: Option<Duration>,
}

/// Everything that an action needs.
pub(super) struct Prepared {
    pub target: Target,
    pub content: Content,
    pub chart: String,
    pub version: String,
    pub app: String,
    pub values: Value,
    /// Digest of values and post-renderers.
    pub digest: String,
}

/// Checks and collects.
pub(super) fn run(objects: &mut Objects, object: &Value) -> Result<Prepared, Unmet> {
    let again = objects.cx().draw("dependency_retry");
    depends(objects, object).map_err(|message| Unmet { reason: "DependencyNotReady", message, again: Some(again) })?;
    let content = chart::stored(objects, object).map_err(|message| {
        let reason = if message.starts_with("could not get Source") { "ArtifactFailed" } else { "SourceNotReady" };
        Unmet { reason, message, again: Some(super::interval(object)) }
    })?;
    let values = values::compose(objects, object).map_err(|message| Unmet { reason: "ValuesError", message, again: None })?;
    let broken = |why: String| Unmet { reason: "ArtifactFailed", message: format!("Could not load chart: {why}"), again: None };
    let (name, version, app) = match &content {
        Content::Chart(repository, name, version) => {
            let known = charts::published(repository, name).and_then(|c| c.version(version));
            (name.clone(), version.clone(), known.map(|v| v.app.to_owned()).unwrap_or_default())
        }
        Content::Files(files) => {
            let folder = folder::read(files).map_err(broken)?;
            let (_, _, namespace, source) = chart::origin(object);
            let resource = chart::origin(object).0;
            let packaged = objects
                .get(resource, &namespace, &source)
                .map(|s| text(&s["status"]["artifact"]["revision"]))
                .unwrap_or_default();
            (folder.name().to_owned(), packaged, text(&folder.about["appVersion"]))
        }
    };
    let spec = &object["spec"];
    let whole = json!([values, spec["postRenderers"], spec["commonMetadata"]]).to_string();
    let digest = format!("sha256:{}", Sha256::digest(whole.as_bytes()).iter().map(|b| format!("{b:02x}")).collect::<String>());
    Ok(Prepared { target: target(object), content, chart: name, version, app, values, digest })
}

fn depends(objects: &Objects, object: &Value) -> Result<(), String> {
    let home = text(&object["metadata"]["namespace"]);
    for reference in object["spec"]["dependsOn"].as_array().into_iter().flatten() {
        let id = format!("{}/{}", text_or(&reference["namespace"], &home), text(&reference["name"]));
        let (namespace, name) = id.split_once('/').unwrap_or(("", ""));
        let other = objects
            .get(HELM_RELEASES, namespace, name)
            .ok_or_else(|| format!("unable to get '{id}' dependency: {HELM_RELEASES} \"{name}\" not found"))?;
        if !is_ready(other) {
            return Err(format!("dependency '{id}' is not ready"));
        }
    }
    Ok(())
}

/// Definitions of the chart's `crds/`, and the objects that its templates make, hooks among them.
pub(super) struct Rendered {
    pub definitions: Vec<Value>,
    pub objects: Vec<Value>,
}

impl Prepared {
    /// Renders the chart.
    ///
    /// # Errors
    /// What Helm says.
    pub fn render(&self, object: &Value, revision: u64) -> Result<Rendered, String> {
        let (definitions, mut all) = match &self.content {
            Content::Chart(repository, name, version) => {
                let missing = || format!("chart \"{name}\" version \"{version}\" not found in {repository} repository");
                let chart = charts::published(repository, name).ok_or_else(missing)?;
                let version = chart.version(version).ok_or_else(missing)?;
                let release = Release {
                    name: self.target.name.clone(),
                    namespace: self.target.namespace.clone(),
                    chart,
                    version,
                    values: self.values.clone(),
                    revision,
                };
                if let Some(why) = (chart.refuses)(&release) {
                    return Err(why);
                }
                (chart.definitions.iter().map(crate::cluster::helm::Definition::object).collect(), (chart.render)(&release))
            }
            Content::Files(files) => {
                let folder = folder::read(files)?;
                let release = json!({
                    "Name": self.target.name, "Namespace": self.target.namespace, "Service": "Helm", "Revision": revision,
                    "IsInstall": revision == 1, "IsUpgrade": revision > 1,
                });
                let objects = folder.render(&release, &self.version, &self.values)?;
                (folder.definitions, objects)
            }
        };
        all.retain(|o| !o.is_null());
        for renderer in object["spec"]["postRenderers"].as_array().into_iter().flatten() {
            for patch in renderer["kustomize"]["patches"].as_array().into_iter().flatten() {
                kustomize::apply_patches(&mut all, patch["patch"].as_str().unwrap_or(""), &patch["target"])
                    .map_err(|why| format!("error while running post render on files: {why}"))?;
            }
        }
        for item in &mut all {
            self.mark(object, item);
        }
        Ok(Rendered { definitions, objects: all })
    }

    /// Namespace, ownership and common metadata of an object.
    fn mark(&self, owner: &Value, item: &mut Value) {
        let cluster = item["kind"].as_str().is_some_and(|k| CLUSTER.contains(&k));
        if item["metadata"]["namespace"].is_null() && !cluster {
            item["metadata"]["namespace"] = self.target.namespace.as_str().into();
        }
        for (field, key) in [("labels", "labels"), ("annotations", "annotations")] {
            for (name, value) in owner["spec"]["commonMetadata"][field].as_object().into_iter().flatten() {
                item["metadata"][key][name.as_str()] = value.clone();
            }
            if item["metadata"][key].is_null()
                && let Some(metadata) = item["metadata"].as_object_mut()
            {
                metadata.remove(key);
            }
        }
        item["metadata"]["labels"]["app.kubernetes.io/managed-by"] = "Helm".into();
        item["metadata"]["labels"]["helm.toolkit.fluxcd.io/name"] = owner["metadata"]["name"].clone();
        item["metadata"]["labels"]["helm.toolkit.fluxcd.io/namespace"] = owner["metadata"]["namespace"].clone();
        item["metadata"]["annotations"]["meta.helm.sh/release-name"] = self.target.name.as_str().into();
        item["metadata"]["annotations"]["meta.helm.sh/release-namespace"] = self.target.namespace.as_str().into();
    }
}

/// Built-in kinds that belong to the cluster; what a server says of custom ones is asked when they are applied.
const CLUSTER: &[&str] = &[
    "APIService",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "GatewayClass",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "PersistentVolume",
    "PriorityClass",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeSnapshotClass",
];
