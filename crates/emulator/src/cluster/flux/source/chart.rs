//! HelmChart: a version of a published chart, or a folder of a repository as a chart.

use super::{Failed, Fetched};
use crate::cluster::flux::artifact::{self, Content};
use crate::cluster::flux::kinds::{GIT_REPOSITORIES, HELM_REPOSITORIES};
use crate::cluster::flux::{text, text_or};
use crate::cluster::helm::range;
use crate::cluster::kustomize::{Files, normal};
use crate::cluster::{Objects, charts, yaml};
use serde_json::Value;

/// What a chart depends on beside its own fields: the revision of its source.
pub(super) fn fingerprint(objects: &Objects, object: &Value) -> String {
    let (resource, namespace, name) = source(object);
    objects
        .get(resource, &namespace, &name)
        .map(|s| format!("{}{}", text(&s["status"]["artifact"]["revision"]), s["spec"]["url"]))
        .unwrap_or_default()
}

fn source(object: &Value) -> (&'static str, String, String) {
    let reference = &object["spec"]["sourceRef"];
    let resource = if reference["kind"] == "GitRepository" { GIT_REPOSITORIES } else { HELM_REPOSITORIES };
    (resource, text(&object["metadata"]["namespace"]), text(&reference["name"]))
}

pub(super) fn fetch(objects: &mut Objects, object: &Value) -> Result<Fetched, Failed> {
    let (resource, namespace, name) = source(object);
    let kind = text(&object["spec"]["sourceRef"]["kind"]);
    if !["HelmRepository", "GitRepository"].contains(&kind.as_str()) {
        return Err(Failed::new(
            "SourceUnavailable",
            format!("failed to get source: the embedded source-controller makes no charts of '{kind}'"),
        )
        .end());
    }
    let source = objects
        .get(resource, &namespace, &name)
        .cloned()
        .ok_or_else(|| Failed::new("SourceUnavailable", format!("failed to get source: {} \"{name}\" not found", resource)))?;
    if resource == GIT_REPOSITORIES {
        return of_folder(objects, object, &namespace, &name);
    }
    of_repository(objects, object, &source)
}

fn of_repository(objects: &Objects, object: &Value, repository: &Value) -> Result<Fetched, Failed> {
    let url = text(&repository["spec"]["url"]);
    let oci = repository["spec"]["type"] == "oci";
    let (name, wanted) = (text(&object["spec"]["chart"]), text_or(&object["spec"]["version"], "*"));
    if !oci && repository["status"]["artifact"].is_null() {
        return Err(Failed::new(
            "NoSourceArtifact",
            format!("no artifact available for HelmRepository source '{}'", text(&repository["metadata"]["name"])),
        ));
    }
    let invalid = |why: String| Failed {
        condition: "BuildFailed",
        ..Failed::new(
            "InvalidChartReference",
            format!("invalid chart reference: failed to get chart version for remote reference: {why}"),
        )
    };
    if objects.world().world().charts.is_unreachable(&url) {
        let host = url.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or("");
        return Err(Failed {
            condition: "BuildFailed",
            ..Failed::new(
                "ChartPullError",
                format!(
                    "chart pull error: failed to download chart for remote reference: Get \"https://{host}/\": dial tcp: i/o timeout"
                ),
            )
        });
    }
    let Some(chart) = charts::published(&url, &name) else {
        return Err(if oci {
            invalid(format!(
                "could not get tags for \"{name}\": could not fetch tags for \"{url}/{name}\": unexpected status code 404: not found"
            ))
        } else {
            invalid("no chart name found".to_owned())
        });
    };
    let version = range::best(&wanted, chart.versions)
        .ok_or_else(|| invalid(format!("no '{name}' chart with version matching '{wanted}' found")))?;
    let message = format!("pulled '{name}' chart with version '{}'", version.chart);
    let content = Content::Chart(chart.repository.to_owned(), name, version.chart.to_owned());
    Ok(Fetched { revision: version.chart.to_owned(), content: Some(content), reason: "ChartPullSucceeded", message })
}

fn of_folder(objects: &Objects, object: &Value, namespace: &str, source: &str) -> Result<Fetched, Failed> {
    let Some((revision, Content::Files(files))) = artifact::read(objects, GIT_REPOSITORIES, namespace, source) else {
        return Err(Failed::new("NoSourceArtifact", format!("no artifact available for GitRepository source '{source}'")));
    };
    let asked = text(&object["spec"]["chart"]);
    let folder = normal(&asked).map_err(|why| build_failed(&why))?;
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let own: Files =
        files.into_iter().filter_map(|(path, bytes)| Some((path.strip_prefix(&prefix)?.to_owned(), bytes))).collect();
    if own.is_empty() {
        return Err(build_failed(&format!("stat /tmp/{folder}: no such file or directory")));
    }
    let about = own
        .get("Chart.yaml")
        .and_then(|b| String::from_utf8(b.clone()).ok())
        .ok_or_else(|| build_failed(&format!("failed to load chart metadata from '{asked}': Chart.yaml file is missing")))?;
    let about = yaml::read_one(&about).map_err(|e| build_failed(&format!("cannot load Chart.yaml: {e}")))?;
    let (name, version) = (text(&about["name"]), text(&about["version"]));
    if name.is_empty() || version.is_empty() {
        return Err(build_failed("validation: chart.metadata.name and chart.metadata.version are required"));
    }
    let commit = revision.rsplit(':').next().unwrap_or("");
    let version = if object["spec"]["reconcileStrategy"] == "Revision" {
        format!("{version}+{}", &commit[..commit.len().min(12)])
    } else {
        version
    };
    let message = format!("packaged '{name}' chart with version '{version}'");
    Ok(Fetched { revision: version, content: Some(Content::Files(own)), reason: "ChartPackageSucceeded", message })
}

fn build_failed(why: &str) -> Failed {
    Failed { condition: "BuildFailed", ..Failed::new("ChartPackageError", format!("chart package error: {why}")) }
}

/// What the status says beside the artifact.
pub(super) fn observe(objects: &Objects, object: &Value, status: &mut Value, content: &Content) {
    let (resource, namespace, name) = source(object);
    status["observedSourceArtifactRevision"] =
        objects.get(resource, &namespace, &name).map(|s| s["status"]["artifact"]["revision"].clone()).unwrap_or_default();
    status["observedChartName"] = match content {
        Content::Chart(_, name, _) => name.as_str().into(),
        Content::Files(files) => files
            .get("Chart.yaml")
            .and_then(|b| String::from_utf8(b.clone()).ok())
            .and_then(|t| yaml::read_one(&t).ok())
            .map(|about| about["name"].clone())
            .unwrap_or_default(),
    };
}
