//! The embedded cluster's API server and a real one, side by side: the same random writes by three managers have the same
//! answers, and leave the same objects with the same owners of fields.
//!
//! `PONTOON_SEEDS` says how many sequences, `PONTOON_SEED` which is the first.

#[path = "twin/embedded.rs"]
mod embedded;
#[path = "twin/sequence.rs"]
mod sequence;

use embedded::Embedded;
use pontoon_test::apiserver::{ApiServer, Reply};
use sequence::{Draw, PATHS, definition, object};
use serde_json::{Value, json};
use std::time::Duration;

/// Writes of one sequence.
const STEPS: usize = 12;

/// One request of a sequence.
struct Step {
    method: &'static str,
    path: String,
    kind: &'static str,
    body: Value,
}

fn step(kind: &str, path: &str, draw: &mut Draw) -> Step {
    let manager = ["a", "b", "c"][usize::try_from(draw.below(3)).unwrap_or(0)];
    let wanted = object(kind, draw);
    match draw.below(12) {
        0 => Step {
            method: "DELETE",
            path: path.into(),
            kind: "application/json",
            body: json!({ "propagationPolicy": "Background" }),
        },
        1 | 2 => {
            let mut patch = wanted;
            patch["metadata"] = json!({ "labels": { "l1": "patched" } });
            let path = format!("{path}?fieldManager={manager}&fieldValidation=Strict");
            Step { method: "PATCH", path, kind: "application/merge-patch+json", body: patch }
        }
        n => {
            let force = if n > 9 { "&force=true" } else { "" };
            let path = format!("{path}?fieldManager={manager}&fieldValidation=Strict{force}");
            Step { method: "PATCH", path, kind: "application/apply-patch+yaml", body: wanted }
        }
    }
}

/// What must be the same: not what each server draws for itself, nor what controllers say later.
fn settled(mut object: Value) -> Value {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        for key in ["uid", "resourceVersion", "creationTimestamp"] {
            metadata.remove(key);
        }
        if let Some(managed) = metadata.get_mut("managedFields").and_then(Value::as_array_mut) {
            managed.retain(|m| m["subresource"].is_null());
            managed.iter_mut().filter_map(Value::as_object_mut).for_each(|m| drop(m.remove("time")));
            managed.sort_by_key(|m| format!("{} {}", m["manager"], m["operation"]));
        }
    }
    if let Some(map) = object.as_object_mut() {
        map.remove("status");
    }
    for key in ["clusterIP", "clusterIPs"] {
        if let Some(spec) = object["spec"].as_object_mut() {
            spec.remove(key);
        }
    }
    object
}

/// An answer, as far as it must be the same.
fn said(reply: &Reply) -> Value {
    if reply.ok() && reply.body["kind"] != "Status" {
        return json!({ "status": reply.status, "object": settled(reply.body.clone()) });
    }
    let mut causes = reply.body["details"]["causes"].as_array().cloned().unwrap_or_default();
    causes.sort_by_key(Value::to_string);
    json!({ "status": reply.status, "reason": reply.body["reason"], "message": reply.body["message"], "causes": causes })
}

/// The first places where two values differ.
fn differences(real: &Value, ours: &Value, path: &str, found: &mut Vec<String>) {
    match (real, ours) {
        (Value::Object(a), Value::Object(b)) => {
            let mut keys: Vec<&String> = a.keys().chain(b.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let (a, b) = (a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null));
                differences(a, b, &format!("{path}/{key}"), found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (i, (a, b)) in a.iter().zip(b).enumerate() {
                differences(a, b, &format!("{path}/{i}"), found);
            }
        }
        (a, b) if a == b => {}
        (a, b) => found.push(format!("{path}\n      real {a}\n      ours {b}")),
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(otherwise)
}

#[tokio::test(start_paused = true)]
#[ignore = "the embedded server still differs in details that this prints"]
async fn the_embedded_server_answers_as_the_real_one() {
    let Some(real) = ApiServer::start_or_skip("twin") else { return };
    let ours = Embedded::start().await;
    let (path, body) = ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition().to_string());
    let made = ours.send("POST", path, &[], body.as_bytes()).await;
    assert!(made.ok(), "{made:?}");
    assert!(real.apply(&[definition()]).refused.is_empty());
    real.established();
    tokio::time::sleep(Duration::from_secs(60)).await;
    let (first, count) = (number("PONTOON_SEED", 1), number("PONTOON_SEEDS", 40));
    let mut differing = Vec::new();
    for seed in first..first + count {
        let mut draw = Draw(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let (kind, path) = PATHS[usize::try_from(seed).unwrap_or(0) % PATHS.len()];
        let mut story = Vec::new();
        for _ in 0..STEPS {
            let step = step(kind, path, &mut draw);
            let (headers, body) = ([("Content-Type", step.kind)], step.body.to_string());
            let a = said(&real.send(step.method, &step.path, &headers, body.as_bytes()));
            let b = said(&ours.send(step.method, &step.path, &headers, body.as_bytes()).await);
            story.push(format!("    {} {} {}", step.method, step.path.rsplit('/').next().unwrap_or_default(), step.body));
            let mut found = Vec::new();
            differences(&a, &b, "", &mut found);
            if !found.is_empty() {
                differing.push(format!("seed {seed}, {kind}:\n{}\n  {}", story.join("\n"), found.join("\n  ")));
                break;
            }
        }
        for send in [real.send("DELETE", path, &[], b""), ours.send("DELETE", path, &[], b"").await] {
            assert!(send.ok() || send.status == 404, "{send:?}");
        }
    }
    assert!(differing.is_empty(), "{} of {count} sequences differ:\n{}", differing.len(), differing.join("\n\n"));
}
