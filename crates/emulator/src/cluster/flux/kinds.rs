//! The kinds that Flux defines. Source: Flux's API reference, version 2.9.

use crate::cluster::helm::Definition;

const SOURCE: &str = "source.toolkit.fluxcd.io";
const NOTIFICATION: &str = "notification.toolkit.fluxcd.io";

/// Sources, Kustomizations, releases, notifications.
pub(super) const DEFINITIONS: &[Definition] = &[
    Definition::new(NOTIFICATION, "Alert", "alerts", &["v1beta3"]).no_status().requires(&["eventSources", "providerRef"]),
    Definition::new(SOURCE, "Bucket", "buckets", &["v1"]).requires(&["bucketName", "endpoint", "interval"]),
    Definition::new(SOURCE, "ExternalArtifact", "externalartifacts", &["v1"]),
    Definition::new(SOURCE, "GitRepository", "gitrepositories", &["v1"]).short(&["gitrepo"]).requires(&["interval", "url"]),
    Definition::new(SOURCE, "HelmChart", "helmcharts", &["v1"]).short(&["hc"]).requires(&["chart", "interval", "sourceRef"]),
    Definition::new("helm.toolkit.fluxcd.io", "HelmRelease", "helmreleases", &["v2"]).short(&["hr"]).requires(&["interval"]),
    Definition::new(SOURCE, "HelmRepository", "helmrepositories", &["v1"]).short(&["helmrepo"]).requires(&["url"]),
    Definition::new("kustomize.toolkit.fluxcd.io", "Kustomization", "kustomizations", &["v1"]).short(&["ks"]).requires(&[
        "interval",
        "prune",
        "sourceRef",
    ]),
    Definition::new(SOURCE, "OCIRepository", "ocirepositories", &["v1"]).short(&["ocirepo"]).requires(&["interval", "url"]),
    Definition::new(NOTIFICATION, "Provider", "providers", &["v1beta3"]).no_status().requires(&["type"]),
    Definition::new(NOTIFICATION, "Receiver", "receivers", &["v1"]).requires(&["resources", "secretRef", "type"]),
];

/// `gitrepositories.source.toolkit.fluxcd.io`
pub(super) const GIT_REPOSITORIES: &str = "gitrepositories.source.toolkit.fluxcd.io";
/// `helmrepositories.source.toolkit.fluxcd.io`
pub(super) const HELM_REPOSITORIES: &str = "helmrepositories.source.toolkit.fluxcd.io";
/// `helmcharts.source.toolkit.fluxcd.io`
pub(super) const HELM_CHARTS: &str = "helmcharts.source.toolkit.fluxcd.io";
/// `ocirepositories.source.toolkit.fluxcd.io`
pub(super) const OCI_REPOSITORIES: &str = "ocirepositories.source.toolkit.fluxcd.io";
/// `buckets.source.toolkit.fluxcd.io`
pub(super) const BUCKETS: &str = "buckets.source.toolkit.fluxcd.io";
/// `kustomizations.kustomize.toolkit.fluxcd.io`
pub(super) const KUSTOMIZATIONS: &str = "kustomizations.kustomize.toolkit.fluxcd.io";
/// `helmreleases.helm.toolkit.fluxcd.io`
pub(super) const HELM_RELEASES: &str = "helmreleases.helm.toolkit.fluxcd.io";
/// `receivers.notification.toolkit.fluxcd.io`
pub(super) const RECEIVERS: &str = "receivers.notification.toolkit.fluxcd.io";
