//! PostgreSQL clusters: three instances, an owner, roles, a pooler, an archive; and what stops each.

use super::{condition, install, lab};
use crate::cluster::controllers::tests::Lab;
use crate::cluster::logins;
use crate::cluster::operators::own::secret;
use serde_json::{Value, json};

fn ready() -> Lab {
    let mut lab = lab("");
    install(&mut lab, "cert-manager", "cert-manager", json!({ "crds": { "enabled": true } }));
    install(&mut lab, "cloudnative-pg", "cnpg-system", json!({}));
    install(&mut lab, "plugin-barman-cloud", "cnpg-system", json!({}));
    super::namespace(&mut lab, "databases");
    lab.pass(60);
    lab
}

fn cluster(more: Value) -> Value {
    let mut spec = json!({ "instances": 3, "storage": { "size": "10Gi" }, "bootstrap": { "initdb": { "database": "app", "owner": "app" } } });
    for (key, value) in more.as_object().into_iter().flatten() {
        spec[key] = value.clone();
    }
    json!({ "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "metadata": { "name": "main", "namespace": "databases" }, "spec": spec })
}

fn get(lab: &mut Lab) -> Value {
    lab.get("clusters.postgresql.cnpg.io", "databases", "main")
}

#[test]
fn three_instances_with_roles_databases_and_a_pooler() {
    let mut lab = ready();
    lab.apply(&[
        cluster(json!({ "managed": { "roles": [
            { "name": "api", "login": true, "passwordSecret": { "name": "role-api" } },
            { "name": "lost", "login": true, "passwordSecret": { "name": "role-lost" } },
        ] } })),
        secret("databases", "role-api", "kubernetes.io/basic-auth", &[("username", "api"), ("password", "geheim")]),
        json!({ "apiVersion": "postgresql.cnpg.io/v1", "kind": "Database", "metadata": { "name": "api", "namespace": "databases" },
            "spec": { "name": "api", "owner": "api", "cluster": { "name": "main" } } }),
        json!({ "apiVersion": "postgresql.cnpg.io/v1", "kind": "Database", "metadata": { "name": "other", "namespace": "databases" },
            "spec": { "name": "other", "owner": "nobody", "cluster": { "name": "main" } } }),
        json!({ "apiVersion": "postgresql.cnpg.io/v1", "kind": "Pooler", "metadata": { "name": "main-pooler-rw", "namespace": "databases" },
            "spec": { "cluster": { "name": "main" }, "instances": 2, "type": "rw", "pgbouncer": { "poolMode": "transaction" } } }),
    ]);
    lab.pass(20);
    assert_eq!(get(&mut lab)["status"]["phase"], "Setting up primary");
    lab.pass(600);
    let up = get(&mut lab);
    assert_eq!(condition(&up, "Ready"), "True ClusterIsReady: Cluster is Ready");
    assert_eq!((up["status"]["readyInstances"].clone(), up["status"]["currentPrimary"].clone()), (json!(3), json!("main-1")));
    assert_eq!(lab.names("persistentvolumeclaims", "databases"), ["main-1", "main-2", "main-3"]);
    assert_eq!(lab.names("jobs.batch", "databases"), Vec::<String>::new());
    assert_eq!(up["status"]["managedRolesStatus"]["byStatus"]["reconciled"], json!(["api"]));
    assert_eq!(
        up["status"]["managedRolesStatus"]["cannotReconcile"]["lost"][0],
        "could not get secret databases/role-lost for role lost: secrets \"role-lost\" not found"
    );
    assert_eq!(lab.get("databases.postgresql.cnpg.io", "databases", "api")["status"]["applied"], true);
    assert_eq!(
        lab.get("databases.postgresql.cnpg.io", "databases", "other")["status"]["message"],
        "while creating database \"other\": ERROR: role \"nobody\" does not exist (SQLSTATE 42704)"
    );
    assert_eq!(lab.get("poolers.postgresql.cnpg.io", "databases", "main-pooler-rw")["status"]["phase"], "active");
    let login = lab.k8s(|o| logins::get(o, "main-pooler-rw.databases.svc.cluster.local", 5432).cloned()).unwrap();
    assert_eq!(login["users"]["api"], "geheim");
    assert_eq!(login["databases"], json!(["app", "api"]));
    assert!(!lab.get("secrets", "databases", "main-app").is_null());
    let beats = lab.pass(120);
    assert!(beats < 40, "{beats} beats in two minutes of rest");
}

fn archived(lab: &mut Lab, bucket: bool) {
    if bucket {
        lab.cx(|cx| {
            let team = cx.team_id().to_owned();
            let bucket = json!({ "name": "backups", "region": "fra1", "team": team, "created_at": "2026-11-02T09:00:00.000Z", "versioning": "Off", "acl": "private" });
            cx.put_settled("global/spaces.bucket", "backups", bucket);
        });
    }
    let (key, value) = (crate::spaces::knobs::DEFAULT_ACCESS_KEY, crate::spaces::knobs::DEFAULT_SECRET_KEY);
    let from = |key: &str| json!({ "name": "archive", "key": key });
    lab.apply(&[
        secret("databases", "archive", "Opaque", &[("id", key), ("secret", value)]),
        json!({ "apiVersion": "barmancloud.cnpg.io/v1", "kind": "ObjectStore", "metadata": { "name": "main", "namespace": "databases" },
            "spec": { "retentionPolicy": "30d", "configuration": { "destinationPath": "s3://backups/one/", "endpointURL": "https://fra1.digitaloceanspaces.com",
                "s3Credentials": { "accessKeyId": from("id"), "secretAccessKey": from("secret") } } } }),
        cluster(json!({ "instances": 1, "plugins": [{ "name": "barman-cloud.cloudnative-pg.io", "isWALArchiver": true, "parameters": { "barmanObjectName": "main" } }] })),
        json!({ "apiVersion": "postgresql.cnpg.io/v1", "kind": "ScheduledBackup", "metadata": { "name": "daily", "namespace": "databases" },
            "spec": { "schedule": "0 0 2 * * *", "immediate": true, "cluster": { "name": "main" }, "method": "plugin", "pluginConfiguration": { "name": "barman-cloud.cloudnative-pg.io" } } }),
    ]);
    lab.pass(400);
}

fn keys(lab: &mut Lab) -> Vec<String> {
    lab.cx(|cx| crate::spaces::store::Bucket::get(cx, "backups").unwrap().keys(cx))
}

#[test]
fn an_archive_is_filled_and_backed_up_and_taken_once_only() {
    let mut lab = ready();
    archived(&mut lab, true);
    assert_eq!(
        condition(&get(&mut lab), "ContinuousArchiving"),
        "True ContinuousArchivingSuccess: Continuous archiving is working"
    );
    let all =
        lab.k8s(|o| o.list("backups.postgresql.cnpg.io").into_iter().map(|b| b["status"]["phase"].clone()).collect::<Vec<_>>());
    assert_eq!(all, ["completed"], "{}", get(&mut lab));
    assert!(
        keys(&mut lab).iter().any(|k| k.starts_with("one/main/base/") && k.ends_with("/data.tar.gz")),
        "{:?}",
        keys(&mut lab)
    );
    // Another incarnation that writes to the same place is refused.
    lab.k8s(|o| o.remove("clusters.postgresql.cnpg.io", "databases", "main"));
    lab.pass(60);
    lab.apply(&[cluster(json!({ "instances": 1, "plugins": [{ "name": "barman-cloud.cloudnative-pg.io", "isWALArchiver": true, "parameters": { "barmanObjectName": "main" } }] }))]);
    lab.pass(300);
    let said = condition(&get(&mut lab), "ContinuousArchiving");
    assert!(said.starts_with("False ContinuousArchivingFailing") && said.ends_with("Expected empty archive"), "{said}");
}

/// A cluster that begins from the archive of `main`, and archives under `own`.
fn from_archive(called: &str, own: &str, target: Value) -> Value {
    let plugin = |server: &str, archives: bool| json!({ "name": "barman-cloud.cloudnative-pg.io", "isWALArchiver": archives, "parameters": { "barmanObjectName": "main", "serverName": server } });
    let mut made = cluster(json!({
        "instances": 1, "imageName": "ghcr.io/cloudnative-pg/postgresql:18", "plugins": [plugin(own, true)],
        "bootstrap": { "recovery": { "source": "origin", "recoveryTarget": target } },
        "externalClusters": [{ "name": "origin", "plugin": plugin("main", false) }],
    }));
    made["metadata"]["name"] = called.into();
    made
}

/// What the pods of its recovery said before they gave up.
fn gave_up(lab: &mut Lab, called: &str) -> String {
    let lead = format!("{called}-1-full-recovery");
    lab.k8s(|o| {
        let own = |p: &&Value| p["metadata"]["name"].as_str().is_some_and(|n| n.starts_with(&lead));
        o.list_in("pods", "databases").into_iter().filter(own).map(|p| p["status"].to_string()).collect()
    })
}

#[test]
fn a_cluster_begins_from_an_archive_or_says_why_it_cannot() {
    let mut lab = ready();
    archived(&mut lab, true);
    let backup = lab.k8s(|o| o.list("backups.postgresql.cnpg.io").first().map(|b| (*b).clone())).unwrap();
    let (id, ended) = (backup["status"]["backupId"].clone(), backup["status"]["stoppedAt"].clone());
    let mut newer = from_archive("newer", "newer", json!({ "targetTime": ended }));
    newer["spec"]["imageName"] = "ghcr.io/cloudnative-pg/postgresql:19".into();
    lab.apply(&[
        from_archive("named", "named", json!({ "backupID": id, "targetImmediate": true })),
        from_archive("timed", "timed", json!({ "targetTime": ended })),
        from_archive("early", "early", json!({ "targetTime": "2020-01-01T00:00:00Z" })),
        from_archive("late", "late", json!({ "targetTime": "2030-01-01T00:00:00Z" })),
        from_archive("unknown", "unknown", json!({ "backupID": "20200101T000000" })),
        from_archive("same", "main", json!({ "targetTime": ended })),
        newer,
    ]);
    lab.pass(400);
    for good in ["named", "timed"] {
        let made = lab.get("clusters.postgresql.cnpg.io", "databases", good);
        assert_eq!(condition(&made, "Ready"), "True ClusterIsReady: Cluster is Ready", "{good}");
        assert_eq!(condition(&made, "ContinuousArchiving"), "True ContinuousArchivingSuccess: Continuous archiving is working");
        let first = format!("one/{good}/wals/0000000200000000/000000020000000000000001.gz");
        assert!(keys(&mut lab).contains(&first), "a timeline of its own: {:?}", keys(&mut lab));
    }
    for (bad, says) in [
        ("early", "no target backup found"),
        ("late", "recovery ended before configured recovery target was reached"),
        ("unknown", "no target backup found"),
        ("same", "Expected empty archive"),
        ("newer", "was initialized by PostgreSQL version 18, which is not compatible with this version 19"),
    ] {
        let made = lab.get("clusters.postgresql.cnpg.io", "databases", bad);
        assert_eq!(made["status"]["phase"], "Setting up primary", "{bad}");
        assert!(gave_up(&mut lab, bad).contains(says), "{bad}: {:?}", gave_up(&mut lab, bad));
    }
}

#[test]
fn a_bucket_that_is_not_there_stops_the_archive() {
    let mut lab = ready();
    archived(&mut lab, false);
    let said = condition(&get(&mut lab), "ContinuousArchiving");
    assert!(
        said.contains("An error occurred (404) when calling the HeadBucket operation: Not Found"),
        "{said} {}",
        get(&mut lab)
    );
}

#[test]
fn a_plugin_that_does_not_run_stops_everything() {
    let mut lab = lab("");
    install(&mut lab, "cloudnative-pg", "cnpg-system", json!({}));
    super::namespace(&mut lab, "databases");
    lab.apply(&[cluster(
        json!({ "plugins": [{ "name": "barman-cloud.cloudnative-pg.io", "parameters": { "barmanObjectName": "main" } }] }),
    )]);
    lab.pass(60);
    let one = get(&mut lab);
    assert_eq!(one["status"]["phaseReason"], "Unknown plugin: 'barman-cloud.cloudnative-pg.io'");
    assert_eq!(lab.names("pods", "databases"), Vec::<String>::new());
}
