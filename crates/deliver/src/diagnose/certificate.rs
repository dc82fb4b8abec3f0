//! What keeps a certificate from being issued: the challenge that its authority has set, and what it waits for.

use super::{Cause, events};
use pontoon_engine::Refusal;
use pontoon_providers::{Kubernetes, ObjectRef};
use serde_json::Value;

/// The kinds that cert-manager works an ACME certificate off with, the deepest first.
const STEPS: &[&str] = &["Challenge", "Order"];

/// The challenge or order for a name of this certificate that says why it is not done.
pub(super) async fn of_certificate(cluster: &Kubernetes, certificate: &Value) -> Result<Option<Cause>, Refusal> {
    let namespace = certificate["metadata"]["namespace"].as_str().unwrap_or("default");
    let names: Vec<&str> = certificate["spec"]["dnsNames"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let asks = |name: &Value| name.as_str().is_some_and(|n| names.iter().any(|w| w.trim_start_matches("*.") == n || *w == n));
    for kind in STEPS {
        for step in cluster.list("acme.cert-manager.io/v1", kind, namespace, "").await? {
            let asked = asks(&step["spec"]["dnsName"]) || step["spec"]["dnsNames"].as_array().is_some_and(|a| a.iter().any(asks));
            let Some(reason) = step["status"]["reason"].as_str().filter(|r| asked && !r.is_empty()) else { continue };
            if step["status"]["state"] == "valid" {
                continue;
            }
            let state = step["status"]["state"].as_str().unwrap_or("").to_owned();
            let events = events(cluster, &step).await?;
            return Ok(Some(Cause { object: ObjectRef::of(&step), reason: state, message: reason.into(), events }));
        }
    }
    Ok(None)
}
