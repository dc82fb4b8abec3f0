//! Velero with its node agent. Source: the velero chart; its definitions are applied by a hook's Job in the real one.

use super::common::image;
use crate::cluster::helm::object::{cluster_role_binding, hook, object, secret, service, service_account};
use crate::cluster::helm::{Chart, Definition, Release, Version, Workload};
use serde_json::{Value, json};

const GROUP: &str = "velero.io";

/// The chart.
pub(crate) const CHART: Chart = Chart {
    name: "velero",
    repository: "https://vmware-tanzu.github.io/helm-charts",
    versions: &[Version { chart: "12.1.0", app: "1.18.1" }],
    definitions: DEFINITIONS,
    refuses: |_| None,
    render,
};

const fn kind(kind: &'static str, plural: &'static str, versions: &'static [&'static str]) -> Definition {
    Definition::new(GROUP, kind, plural, versions).no_status()
}

const DEFINITIONS: &[Definition] = &[
    kind("BackupRepository", "backuprepositories", &["v1"]),
    kind("Backup", "backups", &["v1"]),
    kind("BackupStorageLocation", "backupstoragelocations", &["v1"]).short(&["bsl"]),
    kind("DataDownload", "datadownloads", &["v2alpha1"]),
    kind("DataUpload", "datauploads", &["v2alpha1"]),
    kind("DeleteBackupRequest", "deletebackuprequests", &["v1"]),
    kind("DownloadRequest", "downloadrequests", &["v1"]),
    kind("PodVolumeBackup", "podvolumebackups", &["v1"]),
    kind("PodVolumeRestore", "podvolumerestores", &["v1"]),
    kind("Restore", "restores", &["v1"]),
    kind("Schedule", "schedules", &["v1"]),
    kind("ServerStatusRequest", "serverstatusrequests", &["v1"]).short(&["ssr"]),
    kind("VolumeSnapshotLocation", "volumesnapshotlocations", &["v1"]).short(&["vsl"]),
];

fn render(release: &Release) -> Vec<Value> {
    let values = release.values();
    let (full, labels) = (release.full(), release.labels(""));
    let selector = json!({ "app.kubernetes.io/instance": release.name, "app.kubernetes.io/name": release.short() });
    let mut named = labels.clone();
    named["name"] = "velero".into();
    let account = values.text("serviceAccount.server.name", &format!("{full}-server"));
    let picture = image(values.at("image"), "docker.io", "velero/velero", &format!("v{}", release.version.app));
    let configuration = values.at("configuration");
    let kept = values.text("credentials.existingSecret", &full);
    let used = values.flag("credentials.useSecret", true);
    let mut server = Workload::deployment("velero", named.clone(), &selector, &picture)
        .container("velero")
        .account(&account)
        .args(["server", "--uploader-type=kopia"])
        .port("http-monitoring", 8085)
        .probe("/metrics", "http-monitoring")
        .volume("plugins", "/plugins", json!({ "emptyDir": {} }))
        .volume("scratch", "/scratch", json!({ "emptyDir": {} }))
        .needs_api();
    if used {
        server = server.volume("cloud-credentials", "/credentials", json!({ "secret": { "secretName": kept } }));
    }
    for init in values.list("initContainers") {
        server = server.init(init);
    }
    let mut all = vec![
        service_account(&account, &labels),
        cluster_role_binding(&format!("{full}-server"), &labels, "cluster-admin", &release.namespace, &account),
        server.values(values).build(),
        service(&full, &labels, &selector, "ClusterIP", &[("http-monitoring", 8085, "http-monitoring".into())]),
    ];
    if used && values.text("credentials.existingSecret", "").is_empty() {
        all.push(secret(&full, &labels, &json!(values.map("credentials.secretContents"))));
    }
    if values.flag("deployNodeAgent", false) {
        let agent = values.at("nodeAgent");
        let mut selector = selector.clone();
        selector["name"] = "node-agent".into();
        let mut named = labels.clone();
        named["name"] = "node-agent".into();
        let daemon = Workload::daemon_set("node-agent", named, &selector, &picture)
            .container("node-agent")
            .account(&account)
            .args(["node-agent", "server"])
            .port("http-monitoring", 8085)
            .volume("host-pods", "/host_pods", json!({ "hostPath": { "path": "/var/lib/kubelet/pods" } }))
            .pod("securityContext", json!({ "runAsUser": 0 }))
            .needs_api();
        all.push(daemon.values(agent).build());
    }
    for (kind, path, enabled) in [
        ("BackupStorageLocation", "backupStorageLocation", values.flag("backupsEnabled", true)),
        ("VolumeSnapshotLocation", "volumeSnapshotLocation", values.flag("snapshotsEnabled", true)),
    ] {
        for location in configuration.list(path).into_iter().filter(|_| enabled) {
            all.push(place(kind, &location, &labels));
        }
    }
    for (name, schedule) in values.map("schedules") {
        if schedule["disabled"] != true {
            let spec = json!({ "schedule": schedule["schedule"], "template": schedule["template"] });
            all.push(object("velero.io/v1", "Schedule", &format!("{full}-{name}"), &labels, json!({ "spec": spec })));
        }
    }
    if values.flag("upgradeCRDs", true) {
        let job = Workload::job(&format!("{full}-upgrade-crds"), labels.clone(), &picture)
            .container("velero")
            .account(&format!("{full}-server-upgrade-crds"))
            .needs_api()
            .build();
        let before = |o, weight| hook(o, "pre-install,pre-upgrade,pre-rollback", weight, "before-hook-creation,hook-succeeded");
        let own = format!("{full}-server-upgrade-crds");
        all.push(before(service_account(&own, &labels), -5));
        all.push(before(cluster_role_binding(&own, &labels, "cluster-admin", &release.namespace, &own), -4));
        all.push(before(job, 0));
    }
    all
}

/// A location, as the chart writes it from values.
fn place(kind: &str, location: &Value, labels: &Value) -> Value {
    let mut spec = json!({ "provider": location["provider"], "config": location["config"] });
    if kind == "BackupStorageLocation" {
        spec["objectStorage"] = json!({ "bucket": location["bucket"], "prefix": location["prefix"] });
        spec["default"] = location["default"].clone();
        spec["accessMode"] = location["accessMode"].as_str().unwrap_or("ReadWrite").into();
    }
    if location["credential"].is_object() {
        spec["credential"] = location["credential"].clone();
    }
    if let Some(fields) = spec.as_object_mut() {
        fields.retain(|_, v| !v.is_null());
    }
    object("velero.io/v1", kind, location["name"].as_str().unwrap_or("default"), labels, json!({ "spec": spec }))
}
