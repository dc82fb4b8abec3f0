//! Values of charts and custom objects against what their makers publish.

use super::{
    contracts::{definition, folder, plural},
    schema::{Unknown, judge},
    support::{each, yaml},
};
use pontoon_catalog::components::{Site, charts::Lock, write::merged};
use pontoon_core::content::{Chart, Piece, Place, Release};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path};

/// Maps of charts' values that stand filled in `values.yaml` and are open all the same.
const OPEN: &[&str] = &[
    "grafana.ini",
    "env",
    "trace",
    "extraArgs",
    "annotations",
    "podAnnotations",
    "labels",
    "nodeSelector",
    "resources",
    "config",
    "affinity",
    "securityContext",
    "podSecurityContext",
    "containerSecurityContext",
    "strategy",
    "persistentVolumeClaimRetentionPolicy",
];

/// Values that a chart reads although neither its defaults nor a schema name them: they stand there as comments. Source:
/// README of Kong's chart, `SVC.externalTrafficPolicy`; schema of cert-manager; `values.yaml` of influxdb2; README of Grafana's chart.
const READ: &[&str] = &[
    "kong.proxy.externalTrafficPolicy",
    "cert-manager.podAnnotations",
    "influxdb2.adminUser.existingSecret",
    "kube-prometheus-stack.grafana.podAnnotations",
];

/// Keys of `ours` that neither the chart's values nor its schema have. Defaults leave out what stands in them as a comment.
fn unknown(ours: &Value, theirs: &Value, schema: &Value, at: &str, out: &mut Vec<String>) {
    let (Value::Object(ours), Value::Object(theirs)) = (ours, theirs) else { return };
    let goes_on = schema["description"].as_str().is_some_and(|d| d.starts_with("Additional entries here will be added"));
    if theirs.is_empty() || schema["additionalProperties"] == true || goes_on {
        return;
    }
    for (key, value) in ours {
        let (place, declared) = (format!("{at}.{key}"), &schema["properties"][key]);
        match theirs.get(key) {
            None if READ.contains(&place.as_str()) => {}
            None if declared.is_null() => out.push(format!("{place}: unknown to the chart")),
            None => {}
            Some(_) if OPEN.contains(&key.as_str()) => {}
            Some(there) => unknown(value, there, declared, &place, out),
        }
    }
}

fn judge_release(folder: &Path, release: &Release) -> Vec<String> {
    let Chart::Published { name, .. } = &release.chart else { return Vec::new() };
    let chart = folder.join("charts").join(name);
    let Some(mut theirs) = yaml(&chart.join("values.yaml")) else {
        return vec![format!("no contract for the chart {name}")];
    };
    // Values of a chart inside of the chart stand under its name.
    for sub in ["kube-state-metrics", "grafana"] {
        if name == "kube-prometheus-stack"
            && let Some(own) = yaml(&folder.join("charts").join(sub).join("values.yaml"))
        {
            theirs[sub] = merged(own, theirs[sub].take());
        }
    }
    let mut out = Vec::new();
    let schema = std::fs::read(chart.join("values.schema.json")).ok();
    let schema: Value = schema.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or(Value::Null);
    let mut ours = release.values.clone();
    for path in &release.pod_annotations {
        let place = format!("/{}", path.replace('.', "/"));
        let stamp = json!({ "pontoon.dev/secrets": "0" });
        let whole = path.rsplit('.').fold(stamp, |inner, key| json!({ key: inner }));
        ours = merged(ours, whole);
        assert!(ours.pointer(&place).is_some_and(Value::is_object), "{name}: {path}");
    }
    unknown(&ours, &theirs, &schema, name, &mut out);
    if !schema.is_null() {
        // The chart's own values are there too when Helm judges.
        judge(&schema, &schema, &merged(theirs, ours), Unknown::LetBe, name, &mut out);
    }
    out
}

#[test]
fn every_value_is_known_to_its_chart() {
    let Some(folder) = folder("every_value_is_known_to_its_chart") else { return };
    each(|name, _, components| {
        // What an app's own chart knows is its author's business.
        for component in components.iter().filter(|c| c.concern != "apps") {
            for piece in &component.pieces {
                if let Piece::Release(release) = piece {
                    let problems = judge_release(&folder, release);
                    assert!(problems.is_empty(), "{name}: {}: {problems:#?}", component.name);
                }
            }
        }
    });
}

#[test]
fn every_custom_object_is_valid() {
    let Some(folder) = folder("every_custom_object_is_valid") else { return };
    let mut judged: BTreeMap<String, Value> = BTreeMap::new();
    let mut seen = 0;
    let judged = std::cell::RefCell::new(&mut judged);
    let seen = std::cell::RefCell::new(&mut seen);
    each(|name, _, components| {
        for component in components {
            for piece in &component.pieces {
                let Piece::Object(object) = piece else { continue };
                let (version, kind) = (object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
                let Some((group, version)) = version.split_once('/') else { continue };
                let built_in = group.ends_with(".k8s.io") && !group.starts_with("gateway.") && !group.starts_with("snapshot.");
                if built_in || !group.contains('.') {
                    continue;
                }
                let mut all = judged.borrow_mut();
                let schema = all.entry(format!("{group}/{version}/{kind}")).or_insert_with(|| {
                    definition(&folder, &plural(kind), group, version)
                        .unwrap_or_else(|| panic!("{name}: no definition of {kind}.{group} {version}"))
                });
                let mut bare = object.clone();
                bare.as_object_mut().unwrap().retain(|k, _| !["apiVersion", "kind"].contains(&k.as_str()));
                bare["metadata"] = json!({});
                let mut problems = Vec::new();
                judge(schema, schema, &bare, Unknown::Refused, kind, &mut problems);
                assert!(problems.is_empty(), "{name}: {}: {problems:#?}", component.name);
                **seen.borrow_mut() += 1;
            }
        }
    });
    assert!(**seen.borrow() > 0);
}

/// What stands where somebody else says which nodes it goes to.
const UNPLACED: &[&str] = &["apps"];

#[test]
fn every_workload_is_placed_and_limited() {
    each(|name, spec, components| {
        let lock = Lock::new();
        let site = Site::new(spec, &lock);
        let somewhere = |place: Place| site.selector(place).as_object().is_some_and(|s| !s.is_empty());
        for component in components.iter().filter(|c| !UNPLACED.contains(&c.concern.as_str())) {
            let text = serde_json::to_string(&component.pieces).unwrap();
            assert!(!text.contains("bitnami"), "{name}: {}", component.name);
            // What is published as one file brings its own.
            let published = component.pieces.iter().any(|p| matches!(p, Piece::Published { .. }));
            let placed = component.footprint.iter().any(|w| somewhere(w.place));
            if published || component.footprint.is_empty() {
                continue;
            }
            assert!(text.contains("\"limits\""), "{name}: {} has no limits", component.name);
            assert!(!placed || text.contains("pontoon.dev/role"), "{name}: {} goes anywhere", component.name);
        }
    });
}

/// A null takes a chart's default away, and is lost as soon as values pass a patch.
#[test]
fn no_value_is_null() {
    each(|name, _, components| {
        for component in components.iter().filter(|c| c.concern != "apps") {
            for piece in &component.pieces {
                if let Piece::Release(release) = piece {
                    let text = release.values.to_string();
                    assert!(!text.contains(":null"), "{name}: {}", component.name);
                }
            }
        }
    });
}

#[test]
fn two_or_more_have_a_budget() {
    // These have one by their chart, operator or subchart, without a word in the values.
    let by_itself =
        ["\"chart\":{\"published\":{\"name\":\"ingress-nginx", "\"name\":\"opensearch\"", "postgresql.cnpg.io", "hyperspike.io"];
    each(|name, _, components| {
        for component in components.iter().filter(|c| c.concern != "apps") {
            let several = component.footprint.iter().any(|w| w.place != Place::EveryNode && w.least > 1);
            let text = serde_json::to_string(&component.pieces).unwrap().to_lowercase();
            let kept = text.contains("poddisruptionbudget") || by_itself.iter().any(|b| text.contains(b));
            assert!(!several || kept, "{name}: {}", component.name);
        }
    });
}
