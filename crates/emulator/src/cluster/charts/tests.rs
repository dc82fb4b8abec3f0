//! Profiles against what the charts really make of their default values.
//!
//! The charts' own renderings are looked for in `$PONTOON_CONTRACTS/charts`; where they are not, this is skipped, and
//! the contract tests of the workspace fail for it where skipping is not allowed.

use super::CHARTS;
use crate::cluster::helm::{Chart, Release};
use crate::cluster::yaml;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

const WORKLOADS: &[&str] = &["Deployment", "StatefulSet", "DaemonSet", "Job"];
const COUNTED: &[&str] = &[
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "Service",
    "PodDisruptionBudget",
    "PersistentVolumeClaim",
    "Certificate",
    "Issuer",
    "CustomResourceDefinition",
    "Prometheus",
    "Alertmanager",
    "ServiceMonitor",
    "PrometheusRule",
];

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("PONTOON_CONTRACTS")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/contracts")), PathBuf::from);
    folder.join("charts").is_dir().then(|| folder.join("charts"))
}

/// `… with the chart's default values and a.b=x, c[0].d=y` as values.
fn values(how: &str) -> Value {
    let mut values = json!({});
    let Some((_, given)) = how.split_once("default values and ") else {
        return values;
    };
    for pair in given.split(", ") {
        let (path, text) = pair.trim().split_once('=').unwrap();
        let value = match text {
            "true" => true.into(),
            "false" => false.into(),
            text => Value::from(text),
        };
        let mut at = &mut values;
        for key in path.split('.') {
            let (name, index) =
                key.split_once('[').map_or((key, None), |(n, i)| (n, Some(i.trim_end_matches(']').parse::<usize>().unwrap())));
            at = &mut at[name];
            if let Some(index) = index {
                if !at.is_array() {
                    *at = json!([]);
                }
                while at.as_array().unwrap().len() <= index {
                    at.as_array_mut().unwrap().push(json!({}));
                }
                at = &mut at[index];
            }
        }
        *at = value;
    }
    values
}

fn rendered(chart: &Chart, values: Value) -> Vec<Value> {
    let release = Release { name: "r".into(), namespace: "ns".into(), chart, version: chart.versions[0], values, revision: 1 };
    assert_eq!((chart.refuses)(&release), None, "{}", chart.name);
    (chart.render)(&release)
}

/// A container, as the contract writes it.
fn container(c: &Value) -> String {
    let mut ports: Vec<i64> =
        c["ports"].as_array().into_iter().flatten().filter_map(|p| p["containerPort"].as_i64().or(p.as_i64())).collect();
    ports.sort_unstable();
    let asked = c["requests"].as_object().or(c["resources"]["requests"].as_object()).cloned().unwrap_or_default();
    let asked: BTreeMap<String, Value> = asked.into_iter().collect();
    format!("{} {} {ports:?} {asked:?}", c["name"].as_str().unwrap(), c["image"].as_str().unwrap())
}

/// What is compared of a rendering, line by line.
fn lines(objects: &[Value]) -> Vec<String> {
    let mut all = Vec::new();
    for o in objects {
        let kind = o["kind"].as_str().unwrap();
        let name = o["name"].as_str().or(o["metadata"]["name"].as_str()).unwrap();
        if WORKLOADS.contains(&kind) {
            let spec = if o["spec"].is_object() { &o["spec"]["template"]["spec"] } else { o };
            let mut containers: Vec<String> = spec["containers"].as_array().unwrap().iter().map(container).collect();
            containers.sort();
            let replicas = if matches!(kind, "Deployment" | "StatefulSet") {
                o["replicas"].as_i64().or(o["spec"]["replicas"].as_i64()).unwrap_or(1)
            } else {
                0
            };
            let claims =
                o["volumeClaims"].as_array().or(o["spec"]["volumeClaimTemplates"].as_array()).cloned().unwrap_or_default();
            let claims: Vec<String> = claims
                .iter()
                .map(|c| {
                    let size = c["size"].as_str().or(c["spec"]["resources"]["requests"]["storage"].as_str());
                    format!("{}:{}", c["name"].as_str().or(c["metadata"]["name"].as_str()).unwrap(), size.unwrap())
                })
                .collect();
            all.push(format!("{kind} {name} x{replicas} {containers:?} {claims:?}"));
        } else if kind.ends_with("WebhookConfiguration") {
            let mut policies: Vec<String> = match o["failurePolicy"].as_array() {
                Some(list) => list.iter().map(|p| p.as_str().unwrap().to_owned()).collect(),
                None => {
                    o["webhooks"].as_array().unwrap().iter().map(|w| w["failurePolicy"].as_str().unwrap().to_owned()).collect()
                }
            };
            policies.sort();
            policies.dedup();
            all.push(format!("{kind} {name} {policies:?}"));
        }
    }
    all.sort();
    all
}

#[test]
fn profiles_agree_with_the_charts() {
    let Some(folder) = folder() else {
        assert!(std::env::var_os("CI").is_none(), "skipped in CI: no charts in PONTOON_CONTRACTS");
        return;
    };
    let mut wrong = Vec::new();
    let mut judged = 0;
    for chart in CHARTS {
        let home = folder.join(chart.name);
        let Ok(text) = std::fs::read_to_string(home.join("rendered.yaml")) else {
            continue;
        };
        judged += 1;
        let about = yaml::read_one(&std::fs::read_to_string(home.join("chart.yaml")).unwrap()).unwrap();
        let bare = |v: &str| v.trim_start_matches('v').to_owned();
        if about["repository"] != chart.repository || bare(about["version"].as_str().unwrap()) != bare(chart.versions[0].chart) {
            wrong.push(format!("{}: published as {} at {}", chart.name, about["version"], about["repository"]));
        }
        let wanted = yaml::read_one(&text).unwrap();
        let made = rendered(chart, values(wanted["rendered"].as_str().unwrap()));
        let (theirs, ours) = (lines(wanted["objects"].as_array().unwrap()), lines(&made));
        wrong.extend(theirs.iter().filter(|l| !ours.contains(l)).map(|l| format!("{}: missing {l}", chart.name)));
        wrong.extend(ours.iter().filter(|l| !theirs.contains(l)).map(|l| format!("{}: has     {l}", chart.name)));
        for kind in COUNTED {
            let ours = made.iter().filter(|o| o["kind"] == *kind).count();
            let theirs = wanted["kinds"][*kind].as_u64().unwrap_or(0);
            // Where the rendering was made without them, definitions come with the published chart all the same.
            if ours as u64 != theirs && !(*kind == "CustomResourceDefinition" && theirs == 0) {
                wrong.push(format!("{}: {ours} {kind}, the chart has {theirs}", chart.name));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert!(judged > 10, "{judged} charts");
}
