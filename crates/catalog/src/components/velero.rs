//! Velero: backups of the cluster's objects and of the volumes of apps, in a bucket.
//!
//! Databases in the cluster have backups of their own, and so do managed ones. Volumes are read file by file by an agent on
//! every node, encrypted with a password of the platform's own: the one that Velero would take otherwise is public.

use super::{
    Site, access, charts,
    scrapes::Scrape,
    write::{merged, release, resources, secret, workload},
};
use pontoon_core::{
    address::{Address, Scope},
    content::{Capability, Component, Field, Party, Place, Strictness},
};
use pontoon_spec::sections::backups::Velero;
use serde_json::{Map, Value, json};

/// The namespace. The agents of the nodes read every pod's volumes.
pub const NAMESPACE: &str = "velero";
/// The Secret with the bucket's key, as Velero's plugin for S3 reads it.
const KEY: &str = "velero-bucket";
/// The Secret with the password of the repository. Source: Velero, "File system backup".
const REPOSITORY: &str = "velero-repo-credentials";
/// Reads and writes buckets that speak S3.
const PLUGIN: &str = "docker.io/velero/velero-plugin-for-aws:v1.13.0";
const METRICS: u16 = 8085;

/// Where backups are asked for.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    site.spec.backups.velero.as_ref().map(|v| one(site, &v.value, v.trace())).into_iter().collect()
}

fn one(site: &Site<'_>, wanted: &Velero, origin: pontoon_core::platform::Origin) -> Component {
    let bucket = wanted.bucket.to_string();
    let host = site.spaces(&bucket);
    let scope = Scope::environment(site.spec.environment.as_str());
    let key = Address::new(scope, "digitalocean.spaces_key", format!("{bucket}-velero"));
    let of = |output: &str| Field::Output { address: key.clone(), output: output.into() };
    let file = Field::Join(vec![
        Field::Text("[default]\naws_access_key_id=".into()),
        of("access_key"),
        Field::Text("\naws_secret_access_key=".into()),
        of("secret_key"),
        Field::Text("\n".into()),
    ]);
    let password = Field::Made { name: "VELERO_REPOSITORY_PASSWORD".into(), length: access::PASSWORD };
    let pods = || Party::namespace(NAMESPACE);
    let kinds = ["Backup", "BackupStorageLocation", "Restore", "Schedule", "VolumeSnapshotLocation"];
    Component::new("velero", "backups", "Velero", origin)
        .namespace(NAMESPACE, Strictness::Privileged)
        .release(release(site, &charts::VELERO, NAMESPACE, values(site, wanted, &host)))
        .secret(secret(NAMESPACE, KEY, "velero", [("cloud", file)]))
        .secret(secret(NAMESPACE, REPOSITORY, "velero", [("repository-password", password)]))
        .defines("velero.io", &kinds)
        .provides(Capability::endpoint(NAMESPACE, "velero", METRICS))
        .opening(pods(), Party::ApiServer, &[])
        .opening(pods(), Party::Hosts([host.clone(), format!("*.{host}")].into()), &[443])
        .workload(workload("velero", Place::System, 1, 50, 256))
        .workload(workload("velero-node-agent", Place::EveryNode, 1, 25, 192))
        .fact("Without the repository's password no backup of a volume can be read: it is kept in the store of secrets.")
        .fact("A restore of 300 MB file by file takes 15 to 20 minutes. Source: Velero, \"File system backup\".")
}

fn values(site: &Site<'_>, wanted: &Velero, host: &str) -> Value {
    let schedules: Map<String, Value> = wanted
        .schedules
        .iter()
        .map(|(name, schedule)| {
            let template = json!({
                "ttl": format!("{}h0m0s", schedule.keep.in_hours()),
                "storageLocation": "default",
                // Databases and telemetry have their own.
                "excludedNamespaces": [access::DATABASES, access::OBSERVABILITY],
                "defaultVolumesToFsBackup": true,
                "snapshotVolumes": false,
            });
            (name.to_string(), json!({ "disabled": false, "schedule": schedule.cron.to_string(), "template": template }))
        })
        .collect();
    let location = json!({
        "name": "default",
        "provider": "aws",
        "default": true,
        "bucket": site.outside("spaces.bucket", wanted.bucket.as_str()),
        // The bucket may have other writers.
        "prefix": "velero",
        "credential": { "name": KEY, "key": "cloud" },
        "config": {
            "region": "us-east-1",
            "s3ForcePathStyle": "true",
            "s3Url": format!("https://{host}"),
            // Spaces does not know the checksums of newer clients.
            "checksumAlgorithm": "",
        },
    });
    let plugin = json!({
        "name": "aws",
        "image": PLUGIN,
        "resources": resources(10, 32),
        "volumeMounts": [{ "name": "plugins", "mountPath": "/target" }],
    });
    let values = json!({
        "resources": resources(50, 256),
        "initContainers": [plugin],
        "configuration": {
            "backupStorageLocation": [location],
            "volumeSnapshotLocation": [],
            "uploaderType": "kopia",
            "defaultVolumesToFsBackup": true,
        },
        "credentials": { "useSecret": false },
        "snapshotsEnabled": false,
        "deployNodeAgent": true,
        "nodeAgent": { "resources": resources(25, 192), "tolerations": site.tolerations(Place::EveryNode) },
        "schedules": schedules,
        "kubectl": { "resources": resources(10, 32) },
    });
    merged(values, Value::Object(site.placement(Place::System)))
}

/// Its own metrics.
pub fn scrape(site: &Site<'_>) -> Option<Scrape> {
    let labels = [("app.kubernetes.io/name", "velero"), ("name", "velero")];
    site.spec.backups.velero.is_some().then(|| Scrape::new("velero", NAMESPACE, &labels, METRICS))
}
