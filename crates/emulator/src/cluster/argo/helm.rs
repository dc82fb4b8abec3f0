//! Charts as Argo CD uses them: `helm template`, with values from files of any of the Application's sources. Source: Argo
//! CD documentation, Helm and multiple sources.

use super::text;
use crate::cluster::helm::{Definition, Release, folder, range, values::merged};
use crate::cluster::kustomize::{Files, normal};
use crate::cluster::{Objects, charts, yaml};
use serde_json::{Value, json};
use std::{collections::BTreeMap, rc::Rc};

/// Files by the name that a source gives itself.
pub(super) type Named = BTreeMap<String, Rc<Files>>;

/// What a template sees of its Application.
pub(super) struct Place<'a> {
    /// The Application's name.
    pub application: &'a str,
    /// Where it goes.
    pub namespace: &'a str,
    /// What may stand in parameters: `ARGOCD_APP_REVISION` and the like.
    pub environment: &'a [(&'static str, String)],
}

fn release_name(source: &Value, of: &Place) -> String {
    let said = text(&source["helm"]["releaseName"]);
    if said.is_empty() { of.application.to_owned() } else { said }
}

fn namespace(source: &Value, of: &Place) -> String {
    let said = text(&source["helm"]["namespace"]);
    if said.is_empty() { of.namespace.to_owned() } else { said }
}

/// The values: files in order, then what the source says itself, then parameters. `own` are the chart's files.
fn values(source: &Value, named: &Named, own: &Files, of: &Place) -> Result<Value, String> {
    let helm = &source["helm"];
    let mut all = json!({});
    for file in helm["valueFiles"].as_array().into_iter().flatten() {
        let path = text(file);
        let found = match path.strip_prefix('$') {
            Some(rest) => {
                let (name, path) = rest.split_once('/').unwrap_or((rest, ""));
                let files =
                    named.get(name).ok_or_else(|| format!("source referenced \"${name}\", but no source has that ref"))?;
                normal(path).ok().and_then(|p| files.get(&p))
            }
            None => normal(&path).ok().and_then(|p| own.get(&p)),
        };
        let Some(bytes) = found else {
            if helm["ignoreMissingValueFiles"] == true {
                continue;
            }
            return Err(format!("Error: open {path}: no such file or directory"));
        };
        let read = yaml::read_one(&String::from_utf8_lossy(bytes)).map_err(|e| format!("failed to parse {path}: {e}"))?;
        if read.is_object() {
            all = merged(&all, &read);
        }
    }
    if helm["valuesObject"].is_object() {
        all = merged(&all, &helm["valuesObject"]);
    } else if let Some(said) = helm["values"].as_str() {
        let read = yaml::read_one(said).map_err(|e| format!("failed to parse values: {e}"))?;
        if read.is_object() {
            all = merged(&all, &read);
        }
    }
    for parameter in helm["parameters"].as_array().into_iter().flatten() {
        let mut said = text(&parameter["value"]);
        for (name, value) in of.environment {
            said = said.replace(&format!("${{{name}}}"), value).replace(&format!("${name}"), value);
        }
        let typed = match (parameter["forceString"] == true, said.as_str()) {
            (false, "true") => true.into(),
            (false, "false") => false.into(),
            (false, number) => number.parse::<i64>().map_or_else(|_| said.as_str().into(), Value::from),
            _ => said.as_str().into(),
        };
        let mut at = &mut all;
        for key in text(&parameter["name"]).split('.') {
            if !at.is_object() {
                *at = json!({});
            }
            at = &mut at[key];
        }
        *at = typed;
    }
    Ok(all)
}

/// A chart of a repository of charts: its version and what it gives.
///
/// # Errors
/// What Helm says.
pub(super) fn published(objects: &Objects, source: &Value, named: &Named, of: &Place) -> Result<(String, Vec<Value>), String> {
    let (url, name, wanted) = (text(&source["repoURL"]), text(&source["chart"]), text(&source["targetRevision"]));
    let whole = if url.contains("://") { url.clone() } else { format!("oci://{url}") };
    if objects.world().world().charts.is_unreachable(&whole) {
        let host = whole.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or("");
        return Err(format!(
            "error fetching chart: failed to get index: Get \"https://{host}/index.yaml\": dial tcp: i/o timeout"
        ));
    }
    let gone = |what: String| format!("error fetching chart: {what}");
    let chart = charts::published(&whole, &name).ok_or_else(|| gone(format!("chart '{name}' not found in index")))?;
    let version =
        range::best(&wanted, chart.versions).ok_or_else(|| gone(format!("no version matches '{wanted}' for chart '{name}'")))?;
    let release = Release {
        name: release_name(source, of),
        namespace: namespace(source, of),
        chart,
        version,
        values: values(source, named, &Files::new(), of)?,
        revision: 1,
    };
    if let Some(why) = (chart.refuses)(&release) {
        return Err(format!("`helm template` failed exit status 1: Error: {why}"));
    }
    let mut all: Vec<Value> =
        if source["helm"]["skipCrds"] == true { Vec::new() } else { chart.definitions.iter().map(Definition::object).collect() };
    all.extend((chart.render)(&release));
    Ok((version.chart.to_owned(), all))
}

/// A chart that lies in a repository.
///
/// # Errors
/// What Helm says.
pub(super) fn of_folder(source: &Value, named: &Named, own: &Files, of: &Place) -> Result<Vec<Value>, String> {
    let failed = |why: String| format!("`helm template` failed exit status 1: Error: {why}");
    let chart = folder::read(own).map_err(failed)?;
    let values = values(source, named, own, of)?;
    let release = json!({
        "Name": release_name(source, of), "Namespace": namespace(source, of), "Service": "Helm", "Revision": 1,
        "IsInstall": true, "IsUpgrade": false,
    });
    let version = text(&chart.about["version"]);
    let mut all = if source["helm"]["skipCrds"] == true { Vec::new() } else { chart.definitions.clone() };
    all.extend(chart.render(&release, &version, &values).map_err(failed)?);
    Ok(all)
}
