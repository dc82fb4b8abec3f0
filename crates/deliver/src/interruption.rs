//! What a change of a database, cache or queue in the cluster does to who is connected to it. What the vendor manages says it
//! in its kind; these say it here, because their operators decide.

use crate::difference::{Difference, Field, What};
use serde_json::Value;

/// Source: CloudNativePG, "Rolling updates".
const ROLLS: &str = "instances restart one after another, the primary last: connections to it break once, for seconds";
/// With one instance nobody takes over. Source: the same.
const MAJOR: &str = "another major version: the database is down while its files are upgraded, for minutes or longer";
/// Source: RabbitMQ's cluster operator, "Update a RabbitMQ instance": the StatefulSet is rolled.
const NODES: &str = "nodes restart one after another: connections to each break when it does";
/// Source: Kubernetes' documentation, "StatefulSets": rolling updates. What is in memory alone is gone.
const PODS: &str =
    "pods restart one after another: connections to each break when it does, and what only its memory holds is gone";

/// What makes an operator restart what it runs: group of the API, kind, beginning of the unit's name and of the field's path.
const RESTARTS: &[(&str, &str, &str, &[&str], &str)] = &[
    ("postgresql.cnpg.io/", "Cluster", "", &["spec.imageName", "spec.resources", "spec.postgresql"], ROLLS),
    (
        "rabbitmq.com/",
        "RabbitmqCluster",
        "",
        &["spec.image", "spec.resources", "spec.rabbitmq", "spec.tls", "spec.override"],
        NODES,
    ),
    ("helm.toolkit.fluxcd.io/", "HelmRelease", "cache-", &["spec.values", "spec.chart"], PODS),
    ("hyperspike.io/", "Valkey", "", &["spec"], PODS),
];

/// What it interrupts, where that is known.
pub fn interruption(difference: &Difference) -> Option<&'static str> {
    let What::Changed(fields) = &difference.what else { return None };
    let of = &difference.object;
    let (.., paths, text) = RESTARTS.iter().find(|(group, kind, unit, ..)| {
        of.api_version.starts_with(group) && of.kind == *kind && difference.unit.starts_with(unit)
    })?;
    if fields.iter().any(upgrades) {
        return Some(MAJOR);
    }
    fields.iter().any(|f| paths.iter().any(|p| below(&f.path, p))).then_some(*text)
}

/// Whether a path is this one or below it.
fn below(path: &str, of: &str) -> bool {
    path.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Whether it is PostgreSQL's image, of another major version.
fn upgrades(field: &Field) -> bool {
    let major = |v: &Option<Value>| {
        let tag = v.as_ref()?.as_str()?.rsplit(':').next()?.split(['.', '-']).next()?;
        tag.parse::<u32>().ok()
    };
    field.path == "spec.imageName" && matches!((major(&field.before), major(&field.after)), (Some(b), Some(a)) if a != b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pontoon_providers::ObjectRef;

    fn changed(api: &str, kind: &str, unit: &str, path: &str, before: &str, after: &str) -> Option<&'static str> {
        let field = Field { path: path.into(), before: Some(before.into()), after: Some(after.into()) };
        let object = ObjectRef::new(api, kind, "databases", "main");
        interruption(&Difference { unit: unit.into(), object, what: What::Changed(vec![field]) })
    }

    #[test]
    fn versions_and_sizes_say_what_they_interrupt() {
        let image = |n: &str| format!("ghcr.io/cloudnative-pg/postgresql:{n}");
        let pg = |path: &str, before: &str, after: &str| {
            changed("postgresql.cnpg.io/v1", "Cluster", "database-main", path, before, after)
        };
        assert_eq!(pg("spec.imageName", &image("17.1"), &image("17.2-bookworm")), Some(ROLLS));
        assert_eq!(pg("spec.imageName", &image("17"), &image("18")), Some(MAJOR));
        assert_eq!(pg("spec.resources.limits.memory", "1Gi", "2Gi"), Some(ROLLS));
        assert_eq!(pg("spec.storage.size", "10Gi", "20Gi"), None, "volumes grow in place");
        assert_eq!(pg("spec.instances", "1", "3"), None);
        let rabbit = changed("rabbitmq.com/v1beta1", "RabbitmqCluster", "queue-events", "spec.resources", "a", "b");
        assert_eq!(rabbit, Some(NODES));
        let release = |unit: &str| changed("helm.toolkit.fluxcd.io/v2", "HelmRelease", unit, "spec.values.replicas", "1", "2");
        assert_eq!((release("cache-sessions"), release("metrics-server")), (Some(PODS), None));
        let of = ObjectRef::new("postgresql.cnpg.io/v1", "Cluster", "databases", "main");
        assert_eq!(interruption(&Difference { unit: "database-main".into(), object: of, what: What::Made }), None);
    }
}
