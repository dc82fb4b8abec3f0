//! An app that is an image: Deployment, Service, disruption budget, autoscaler.

use super::{environment, measured, one, prefix, secret};
use crate::{
    components::{
        Site,
        write::{merged, object, resources, restricted_container, restricted_pod, spread},
    },
    names::outside,
};
use pontoon_core::content::{Component, Place};
use pontoon_spec::sections::apps::App;
use serde_json::{Value, json};

/// The label of an app's pods.
pub const LABEL: &str = "app.kubernetes.io/name";
/// What an app listens on where the document does not say.
pub const PORT: u32 = 8080;

/// Adds the image's objects. `secrets` are the Secrets whose keys become environment variables, `variables` further ones.
pub fn add(site: &Site<'_>, mut c: Component, name: &str, app: &App, secrets: &[String], variables: &[Value]) -> Component {
    let Some(image) = &app.image else { return c };
    let whole = match (&image.name, &image.repository) {
        (Some(own), _) => {
            let registry = outside("digitalocean.registry", site.spec.platform.as_str(), "", "").unwrap_or_default();
            format!("registry.digitalocean.com/{registry}/{}:{}", **own, *image.tag)
        }
        (None, Some(foreign)) => format!("{}:{}", **foreign, *image.tag),
        (None, None) => return c,
    };
    let (mut env, kept) = environment(site, name, app);
    // What a person writes comes last, and counts.
    env.splice(0..0, variables.iter().filter(|v| !app.env.iter().any(|(key, _)| v["name"] == key.as_str())).cloned());
    if !kept.is_empty() {
        c = c.secret(secret(name, &format!("{name}-env"), kept));
    }
    let port = app.port.as_ref().map_or(PORT, |p| p.get());
    let (cpu, memory) = app
        .resources
        .as_ref()
        .map_or((50, 128), |r| (r.cpu.millis(), u32::try_from(r.memory.in_mebibytes()).unwrap_or(u32::MAX)));
    let from: Vec<Value> = secrets.iter().map(|s| json!({ "secretRef": { "name": s }, "prefix": prefix(s) })).collect();
    let probe = json!({ "tcpSocket": { "port": "http" } });
    let container = json!({
        "name": name,
        "image": whole,
        "ports": [{ "name": "http", "containerPort": port }],
        "env": env,
        "envFrom": from,
        "resources": resources(cpu, memory),
        "startupProbe": merged(probe.clone(), json!({ "periodSeconds": 2, "failureThreshold": 60 })),
        "readinessProbe": merged(probe.clone(), json!({ "periodSeconds": 5 })),
        "livenessProbe": merged(probe, json!({ "periodSeconds": 20, "failureThreshold": 6 })),
        "securityContext": merged(restricted_container(), json!({ "readOnlyRootFilesystem": false })),
    });
    let labels = Value::Object(one(LABEL, name));
    let mut pod = json!({
        "automountServiceAccountToken": false,
        "containers": [container],
        "topologySpreadConstraints": spread(labels.clone()),
        "securityContext": restricted_pod(),
    });
    if site.app_strictness() != pontoon_core::content::Strictness::Restricted {
        // Somebody else's image may need root, and the document allows it.
        pod["securityContext"] = json!({ "seccompProfile": { "type": "RuntimeDefault" } });
    }
    let pod = merged(pod, Value::Object(site.placement(Place::Workload)));
    let mut spec = json!({
        "selector": { "matchLabels": labels },
        "template": { "metadata": { "labels": labels }, "spec": pod },
    });
    let least = app.replicas.as_ref().map_or(1, |r| r.least());
    let scaled = app.replicas.as_ref().is_some_and(|r| r.most() > r.least());
    if !scaled {
        // Where the autoscaler counts, the number is not ours to say.
        spec["replicas"] = least.into();
    }
    let service = json!({ "spec": { "selector": labels, "ports": [{ "name": "http", "port": 80, "targetPort": "http" }] } });
    c = c
        .object(object("apps/v1", "Deployment", name, name, json!({ "spec": spec })))
        .object(object("v1", "Service", name, name, service))
        .provides(pontoon_core::content::Capability::endpoint(name, name, 80));
    if least >= 2 {
        let budget = json!({ "spec": { "maxUnavailable": 1, "selector": { "matchLabels": labels } } });
        c = c.object(object("policy/v1", "PodDisruptionBudget", name, name, budget));
    }
    if scaled { autoscaled(c, name, app) } else { c }
}

/// Adds the autoscaler of the app's Deployment.
pub fn autoscaled(c: Component, name: &str, app: &App) -> Component {
    let Some(replicas) = &app.replicas else { return c };
    let use_of_cpu = replicas.cpu.as_ref().map_or_else(|| "70%".to_owned(), |p| p.to_string());
    let percent: u32 = use_of_cpu.trim_end_matches('%').split('.').next().and_then(|n| n.parse().ok()).unwrap_or(70);
    let metric = json!({ "type": "Resource", "resource": { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": percent } } });
    let spec = json!({
        "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": name },
        "minReplicas": replicas.least().max(1),
        "maxReplicas": replicas.most(),
        "metrics": [metric],
    });
    measured(c).object(object("autoscaling/v2", "HorizontalPodAutoscaler", name, name, json!({ "spec": spec })))
}
