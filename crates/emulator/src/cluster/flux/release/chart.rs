//! The HelmChart that a HelmRelease asks source-controller for.

use super::super::conditions::{Status, is_ready};
use super::super::kinds::{HELM_CHARTS, OCI_REPOSITORIES};
use super::super::{artifact, text, text_or};
use crate::cluster::Objects;
use crate::cluster::api::write;
use serde_json::{Value, json};

/// Where the chart comes from: resource, kind, namespace, name.
pub(super) fn origin(object: &Value) -> (&'static str, &'static str, String, String) {
    let home = text(&object["metadata"]["namespace"]);
    let reference = &object["spec"]["chartRef"];
    if !reference.is_null() {
        let (resource, kind) =
            if reference["kind"] == "HelmChart" { (HELM_CHARTS, "HelmChart") } else { (OCI_REPOSITORIES, "OCIRepository") };
        return (resource, kind, text_or(&reference["namespace"], &home), text(&reference["name"]));
    }
    let source = &object["spec"]["chart"]["spec"]["sourceRef"];
    let name = format!("{home}-{}", text(&object["metadata"]["name"]));
    (HELM_CHARTS, "HelmChart", text_or(&source["namespace"], &home), name)
}

/// What the release follows: the revision of its chart, and whether that is Ready.
pub(super) fn fingerprint(objects: &Objects, object: &Value) -> String {
    let (resource, _, namespace, name) = origin(object);
    match objects.get(resource, &namespace, &name) {
        Some(source) => {
            let artifact = &source["status"]["artifact"];
            format!("{}|{}|{}", text(&artifact["revision"]), text(&artifact["digest"]), ready(source).err().unwrap_or_default())
        }
        None => String::new(),
    }
}

/// Writes the HelmChart as the release's `chart` says.
pub(super) fn ensure(objects: &mut Objects, object: &Value, status: &mut Status) {
    let template = &object["spec"]["chart"];
    if template.is_null() {
        return;
    }
    let (_, _, namespace, name) = origin(object);
    let wanted = &template["spec"];
    let mut spec = json!({
        "chart": wanted["chart"],
        "interval": if wanted["interval"].is_null() { &object["spec"]["interval"] } else { &wanted["interval"] },
        "reconcileStrategy": text_or(&wanted["reconcileStrategy"], "ChartVersion"),
        "sourceRef": { "kind": wanted["sourceRef"]["kind"], "name": wanted["sourceRef"]["name"] },
        "version": text_or(&wanted["version"], "*"),
    });
    for key in ["valuesFiles", "ignoreMissingValuesFiles", "verify"] {
        if !wanted[key].is_null() {
            spec[key] = wanted[key].clone();
        }
    }
    let (home, own) = (text(&object["metadata"]["namespace"]), text(&object["metadata"]["name"]));
    let chart = json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "HelmChart",
        "metadata": { "name": name, "namespace": namespace, "labels": { "helm.toolkit.fluxcd.io/name": own, "helm.toolkit.fluxcd.io/namespace": home } },
        "spec": spec,
    });
    let before = objects.get(HELM_CHARTS, &namespace, &name).map(|c| c["spec"] == spec);
    if before != Some(true) && write::apply(objects, super::MANAGER, true, chart).is_ok() {
        let verb = if before.is_none() { "Created" } else { "Updated" };
        objects.event(
            object,
            "Normal",
            &format!("HelmChart{verb}"),
            &format!(
                "{verb} HelmChart/{namespace}/{name} with SourceRef '{}/{namespace}/{}'",
                text(&wanted["sourceRef"]["kind"]),
                text(&wanted["sourceRef"]["name"])
            ),
        );
    }
    status.value["helmChart"] = format!("{namespace}/{name}").into();
}

/// The stored chart, once it is Ready.
///
/// # Errors
/// Why it is not.
pub(super) fn stored(objects: &Objects, object: &Value) -> Result<artifact::Content, String> {
    let (resource, kind, namespace, name) = origin(object);
    let source = objects
        .get(resource, &namespace, &name)
        .ok_or_else(|| format!("could not get Source object: {resource} \"{name}\" not found"))?;
    ready(source).map_err(|why| format!("{kind} '{namespace}/{name}' is not ready: {why}"))?;
    match artifact::read(objects, resource, &namespace, &name) {
        Some((_, content)) => Ok(content),
        None => Err(format!("{kind} '{namespace}/{name}' is not ready: does not have an artifact")),
    }
}

fn ready(source: &Value) -> Result<(), String> {
    if source["status"]["observedGeneration"] != source["metadata"]["generation"] {
        return Err("latest generation of object has not been reconciled".to_owned());
    }
    if is_ready(source) {
        return Ok(());
    }
    let message = super::condition(source, "Ready").map(|c| text(&c["message"])).filter(|m| !m.is_empty());
    Err(message.unwrap_or_else(|| "does not have an artifact".to_owned()))
}
