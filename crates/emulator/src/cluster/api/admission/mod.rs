//! Admission: what the cluster's own rules make of a write, after it was read and completed, before it is stored.
//!
//! Source: Kubernetes 1.36, default admission plugins.

mod limits;
pub(crate) mod quota;
mod security;
mod service;
mod webhooks;

pub use quota::{usage as quota_usage, used as quota_used};

use super::error::{ApiError, Result};
use super::kinds::Kind;
use super::quantity;
use crate::cluster::Objects;
use serde_json::Value;

/// What is done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// It is new.
    Create,
    /// It changes.
    Update,
    /// It goes.
    Delete,
}

impl Operation {
    /// The name that webhooks' rules use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }
}

/// Whether the namespace takes new objects.
pub(crate) fn namespace(objects: &Objects, kind: &Kind, namespace: &str, name: &str) -> Result<()> {
    let found = objects.get("namespaces", "", namespace).ok_or_else(|| ApiError::not_found("namespaces", namespace))?;
    if found["metadata"]["deletionTimestamp"].is_null() {
        return Ok(());
    }
    let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
    let mut error = ApiError::forbidden(&kind.resource(), name, &why);
    error.details["causes"] = serde_json::json!([{
        "reason": "NamespaceTerminating", "message": format!("namespace {namespace} is being terminated"), "field": "metadata.namespace",
    }]);
    Err(error)
}

/// Plugins that change what is written.
pub(crate) fn mutate(objects: &mut Objects, kind: &Kind, operation: Operation, object: &mut Value) -> Result<()> {
    match (kind.resource().as_str(), operation) {
        ("pods", Operation::Create) => {
            account(objects, object)?;
            priority(objects, object)?;
            limits::complete(objects, object);
        }
        ("persistentvolumeclaims", Operation::Create) => storage_class(objects, object),
        ("services", Operation::Create | Operation::Update) => service::allocate(objects, object)?,
        ("ingresses.networking.k8s.io", Operation::Create) => ingress_class(objects, object),
        _ => {}
    }
    Ok(())
}

/// Plugins that only refuse; webhooks before quotas, which count what was admitted.
pub(crate) fn validate(
    objects: &mut Objects,
    kind: &Kind,
    operation: Operation,
    before: Option<&Value>,
    object: &Value,
) -> Result<()> {
    webhooks::call(objects, kind, operation, object)?;
    match (kind.resource().as_str(), operation) {
        ("pods", Operation::Create) => {
            limits::check(objects, object)?;
            security::check(objects, object)?;
        }
        ("persistentvolumeclaims", Operation::Update) => resize(objects, before, object)?,
        _ => {}
    }
    if operation != Operation::Delete {
        quota::check(objects, kind, before, object)?;
    }
    Ok(())
}

/// A pod runs as a service account that exists.
fn account(objects: &Objects, pod: &mut Value) -> Result<()> {
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let (namespace, name) = (text(&pod["metadata"]["namespace"]), text(&pod["metadata"]["name"]));
    let mut account = text(&pod["spec"]["serviceAccountName"]);
    if account.is_empty() {
        account = "default".to_owned();
        pod["spec"]["serviceAccountName"] = "default".into();
        pod["spec"]["serviceAccount"] = "default".into();
    }
    let Some(found) = objects.get("serviceaccounts", &namespace, &account) else {
        let why = format!("error looking up service account {namespace}/{account}: serviceaccount \"{account}\" not found");
        return Err(ApiError::forbidden("pods", &name, &why));
    };
    if pod["spec"].get("imagePullSecrets").is_none()
        && let Some(secrets) = found.get("imagePullSecrets").filter(|s| s.as_array().is_some_and(|a| !a.is_empty()))
    {
        pod["spec"]["imagePullSecrets"] = secrets.clone();
    }
    Ok(())
}

fn priority(objects: &Objects, pod: &mut Value) -> Result<()> {
    const CLASSES: &str = "priorityclasses.scheduling.k8s.io";
    let class = pod["spec"]["priorityClassName"].as_str().unwrap_or("").to_owned();
    let found = if class.is_empty() {
        objects.list(CLASSES).into_iter().find(|c| c["globalDefault"] == true)
    } else {
        objects.get(CLASSES, "", &class)
    };
    if found.is_none() && !class.is_empty() {
        let name = pod["metadata"]["name"].as_str().unwrap_or("");
        return Err(ApiError::forbidden("pods", name, &format!("no PriorityClass with name {class} was found")));
    }
    let policy = found.map_or("PreemptLowerPriority".into(), |c| c["preemptionPolicy"].clone());
    if let (true, Some(name)) = (class.is_empty(), found.map(|c| c["metadata"]["name"].clone())) {
        pod["spec"]["priorityClassName"] = name;
    }
    pod["spec"]["priority"] = found.map_or(0.into(), |c| c["value"].clone());
    pod["spec"]["preemptionPolicy"] = if policy.is_null() { "PreemptLowerPriority".into() } else { policy };
    Ok(())
}

fn storage_class(objects: &Objects, claim: &mut Value) {
    if claim["spec"].get("storageClassName").is_some() {
        return;
    }
    const DEFAULT: &str = "storageclass.kubernetes.io/is-default-class";
    let classes = objects.list("storageclasses.storage.k8s.io");
    if let Some(class) = classes.into_iter().find(|c| c["metadata"]["annotations"][DEFAULT] == "true") {
        claim["spec"]["storageClassName"] = class["metadata"]["name"].clone();
    }
}

fn ingress_class(objects: &Objects, ingress: &mut Value) {
    const OLD: &str = "kubernetes.io/ingress.class";
    if ingress["spec"].get("ingressClassName").is_some() || !ingress["metadata"]["annotations"][OLD].is_null() {
        return;
    }
    const DEFAULT: &str = "ingressclass.kubernetes.io/is-default-class";
    let classes = objects.list("ingressclasses.networking.k8s.io");
    if let Some(class) = classes.into_iter().find(|c| c["metadata"]["annotations"][DEFAULT] == "true") {
        ingress["spec"]["ingressClassName"] = class["metadata"]["name"].clone();
    }
}

/// A claim grows only where its class lets it.
fn resize(objects: &Objects, before: Option<&Value>, claim: &Value) -> Result<()> {
    let size = |c: &Value| c["spec"]["resources"]["requests"]["storage"].as_str().and_then(quantity::nanos).unwrap_or(0);
    if before.is_none_or(|b| size(claim) <= size(b)) {
        return Ok(());
    }
    let class = claim["spec"]["storageClassName"].as_str().unwrap_or("");
    let grows = objects.get("storageclasses.storage.k8s.io", "", class).is_some_and(|c| c["allowVolumeExpansion"] == true);
    if grows {
        return Ok(());
    }
    let name = claim["metadata"]["name"].as_str().unwrap_or("");
    let why = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";
    Err(ApiError::forbidden("persistentvolumeclaims", name, why))
}
