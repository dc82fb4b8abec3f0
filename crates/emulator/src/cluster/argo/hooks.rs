//! Hooks, Helm's among them, and the order in which objects come. Source: Argo CD documentation, sync phases and waves;
//! gitops-engine, packages `hook` and `syncwaves`.

use super::text;
use serde_json::Value;

/// The phases of a sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Before.
    PreSync,
    /// The sync itself.
    Sync,
    /// After everything is healthy.
    PostSync,
}

impl Phase {
    /// As Argo CD writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::PreSync => "PreSync",
            Self::Sync => "Sync",
            Self::PostSync => "PostSync",
        }
    }

    /// The phase of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::PreSync, Self::Sync, Self::PostSync].into_iter().find(|p| p.name() == name)
    }
}

fn annotation(object: &Value, key: &str) -> String {
    text(&object["metadata"]["annotations"][key])
}

fn moments(object: &Value) -> Vec<String> {
    let own = annotation(object, "argocd.argoproj.io/hook");
    let said = if own.is_empty() { annotation(object, "helm.sh/hook") } else { own };
    said.split(',').map(|m| m.trim().to_owned()).filter(|m| !m.is_empty()).collect()
}

/// Whether an object is a hook; a definition that Helm installs before is an object like others.
pub(super) fn is_hook(object: &Value) -> bool {
    moments(object).iter().any(|m| m != "crd-install")
}

/// Whether an object is nothing for a sync: tests, and hooks of moments that are none here.
pub(super) fn is_ignored(object: &Value) -> bool {
    is_hook(object) && phases(object).is_empty()
}

/// When a hook runs.
pub(super) fn phases(object: &Value) -> Vec<Phase> {
    let mut all: Vec<Phase> = moments(object)
        .iter()
        .filter_map(|m| match m.as_str() {
            "PreSync" | "pre-install" | "pre-upgrade" => Some(Phase::PreSync),
            "Sync" => Some(Phase::Sync),
            "PostSync" | "post-install" | "post-upgrade" => Some(Phase::PostSync),
            _ => None,
        })
        .collect();
    all.sort();
    all.dedup();
    all
}

/// The wave of an object.
pub(super) fn wave(object: &Value) -> i64 {
    let read = |key: &str| annotation(object, key).trim().parse::<i64>().ok();
    read("argocd.argoproj.io/sync-wave").or_else(|| read("helm.sh/hook-weight").filter(|_| is_hook(object))).unwrap_or(0)
}

/// When a hook goes away.
pub(super) fn deletes(object: &Value, policy: &str) -> bool {
    let own = annotation(object, "argocd.argoproj.io/hook-delete-policy");
    let said = if own.is_empty() { annotation(object, "helm.sh/hook-delete-policy") } else { own };
    let said = if said.is_empty() { "BeforeHookCreation".to_owned() } else { said };
    let plain = |t: &str| t.replace('-', "").to_lowercase();
    said.split(',').any(|p| plain(p.trim()) == plain(policy))
}

/// Kinds in the order in which they are applied; all others come after. Source: gitops-engine, `sync_tasks.go`.
const ORDER: &[&str] = &[
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
];

/// The place of a kind in that order.
pub(super) fn rank(kind: &str) -> usize {
    ORDER.iter().position(|k| *k == kind).unwrap_or(ORDER.len())
}
