//! Operators in small clusters: installed by their charts, given custom resources, judged by what comes of them.

mod cert_manager;
mod cnpg;
mod external_dns;
mod external_secrets;
mod prometheus;
mod queues;

use crate::cluster::charts;
use crate::cluster::controllers::tests::Lab;
use crate::cluster::helm::Release;
use serde_json::{Value, json};

/// A cluster of three larger nodes.
pub(super) fn lab(world: &str) -> Lab {
    Lab::new(world, json!([{ "name": "work", "size": "s-8vcpu-16gb", "count": 3 }]), json!({}))
}

/// Installs a published chart as Helm does: its definitions first, then its objects, hooks aside.
pub(super) fn install(lab: &mut Lab, chart: &str, home: &str, values: Value) {
    let profile = charts::CHARTS.iter().find(|c| c.name == chart).unwrap_or_else(|| panic!("no chart {chart}"));
    let release = Release {
        name: chart.to_owned(),
        namespace: home.to_owned(),
        chart: profile,
        version: profile.versions[0],
        values,
        revision: 1,
    };
    namespace(lab, home);
    let definitions: Vec<Value> = profile.definitions.iter().map(crate::cluster::helm::Definition::object).collect();
    let (first, rest): (Vec<Value>, Vec<Value>) =
        definitions.into_iter().chain((profile.render)(&release)).partition(|o| o["kind"] == "CustomResourceDefinition");
    lab.apply(&first);
    lab.pass(3);
    for mut object in rest {
        if !object["metadata"]["annotations"]["helm.sh/hook"].is_null() {
            continue;
        }
        let (version, kind) = (object["apiVersion"].as_str().unwrap().to_owned(), object["kind"].as_str().unwrap().to_owned());
        let namespaced = lab.k8s(|o| crate::cluster::api::kinds::resource_of(o, &version, &kind)).is_some_and(|(_, n)| n);
        if namespaced && object["metadata"]["namespace"].is_null() {
            object["metadata"]["namespace"] = home.into();
        }
        lab.apply(&[object]);
    }
    lab.pass(60);
}

/// Applies a release's manifest, definitions first.
pub(super) fn install_manifest(lab: &mut Lab, path: &str) {
    let text = crate::cluster::operators::release_manifest(path).unwrap_or_else(|| panic!("no {path}"));
    let all = crate::cluster::yaml::read(&text).unwrap();
    let (first, rest): (Vec<Value>, Vec<Value>) =
        all.into_iter().partition(|o| matches!(o["kind"].as_str(), Some("CustomResourceDefinition" | "Namespace")));
    lab.apply(&first);
    lab.pass(3);
    lab.apply(&rest);
    lab.pass(60);
}

/// Makes a namespace unless it is there.
pub(super) fn namespace(lab: &mut Lab, name: &str) {
    if lab.get("namespaces", "", name).is_null() {
        lab.apply(&[json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } })]);
        lab.pass(2);
    }
}

/// The message of a condition, with its status in front.
pub(super) fn condition(object: &Value, kind: &str) -> String {
    let all = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let found = all.iter().find(|c| c["type"] == kind).cloned().unwrap_or_default();
    format!(
        "{} {}: {}",
        found["status"].as_str().unwrap_or("-"),
        found["reason"].as_str().unwrap_or(""),
        found["message"].as_str().unwrap_or("")
    )
}
