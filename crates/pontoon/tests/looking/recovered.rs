//! A database of the cluster as it was: another one, made from the archive in the bucket, beside the one that is there. What
//! used that one follows, and it stays until it is named.

use pontoon_test::{binary::Bench, hand::Hand};
use serde_json::{Value, json};

const DOCUMENT: &str = r#"apiVersion: pontoon.dev/v1alpha1
platform: tiny
domain: tiny.example.com
contact: ops@example.com
environments:
  production: { region: nyc3, network: 10.50.0.0/20 }
cluster: { version: "1.36", pools: { main: { size: s-8vcpu-16gb, nodes: 3 } } }
databases:
  main: { provider: cloudnative-pg, version: "17", instances: 1, storage: 10Gi, backups: { bucket: backups, keep: 30d } }
  bare: { provider: cloudnative-pg, version: "17", instances: 1, storage: 5Gi }
buckets:
  backups: { versioning: true, keepVersions: 30d }
apps:
  api:
    image: { repository: docker.io/library/nginx, tag: "1.29" }
    uses: [ databases.main ]
"#;

const CLUSTERS: &str = "/apis/postgresql.cnpg.io/v1/namespaces/databases/clusters";

/// The clusters of databases by name, the host in the app's Secret, and what its pods were started with.
struct Seen {
    clusters: Vec<Value>,
    host: Value,
    stamp: Value,
}

impl Seen {
    fn names(&self) -> Vec<&str> {
        self.clusters.iter().filter_map(|c| c["metadata"]["name"].as_str()).collect()
    }
    fn of(&self, name: &str) -> &Value {
        self.clusters.iter().find(|c| c["metadata"]["name"] == name).unwrap_or_else(|| panic!("no {name}: {:?}", self.names()))
    }
    fn server(&self, name: &str) -> &str {
        self.of(name)["spec"]["plugins"][0]["parameters"]["serverName"].as_str().unwrap_or_default()
    }
}

fn look(bench: &Bench) -> Seen {
    let mut seen = Seen { clusters: Vec::new(), host: Value::Null, stamp: Value::Null };
    bench.meddle(async |hand: &Hand| {
        seen.clusters = hand.get(CLUSTERS).await["items"].as_array().cloned().unwrap_or_default();
        seen.host = hand.get("/api/v1/namespaces/api/secrets/databases-main").await["data"]["host"].clone();
        let app = hand.get("/apis/apps/v1/namespaces/api/deployments/api").await;
        seen.stamp = app["spec"]["template"]["metadata"]["annotations"]["pontoon.dev/secrets"].clone();
    });
    seen
}

/// Has a backup made by hand; returns when it ended.
fn back_up(bench: &Bench, name: &str) -> String {
    let mut ended = String::new();
    bench.meddle(async |hand: &Hand| {
        let base = "/apis/postgresql.cnpg.io/v1/namespaces/databases/backups";
        let plugin = json!({ "name": "barman-cloud.cloudnative-pg.io" });
        let spec = json!({ "cluster": { "name": "main" }, "method": "plugin", "pluginConfiguration": plugin });
        let object = json!({ "apiVersion": "postgresql.cnpg.io/v1", "kind": "Backup", "metadata": { "name": name, "namespace": "databases" }, "spec": spec });
        hand.minutes(90).await;
        hand.create(base, object).await;
        hand.minutes(10).await;
        let made = hand.get(&format!("{base}/{name}")).await;
        assert_eq!(made["status"]["phase"], "completed", "{made:#}");
        ended = made["status"]["stoppedAt"].as_str().unwrap_or_default().to_owned();
    });
    ended
}

#[test]
fn what_used_a_database_of_the_cluster_follows_the_recovered_one_and_the_one_before_stays_until_it_is_named() {
    let bench = Bench::with(env!("CARGO_BIN_EXE_pontoon"), DOCUMENT);
    let early = bench.type_in("restore databases.main --local").ends_with(1);
    assert!(early.err.contains("production has no cluster yet"), "{}", early.all());
    bench.type_in("up --local").ends_with(0);
    let first = look(&bench);
    assert_eq!(first.names(), ["bare", "main"]);
    let ended = back_up(&bench, "by-hand");
    for (line, says) in [
        ("databases.mian", "one of these: databases.main, databases.bare"),
        ("databases.bare", "databases.bare keeps no backups"),
        ("databases.main --at 2020-01-01T00:00:00Z", "that is before its first backup ended"),
        ("databases.main --at 2030-01-01T00:00:00Z", "that is after the last change that is archived"),
        ("databases.main --at 2030-01-01T00:00:00Z", "next: it can be restored from 20"),
        ("databases.main --backup 20200101T000000", "there is no backup 20200101T000000 of databases.main"),
        ("databases.main --remove-before", "nothing stands before databases.main"),
    ] {
        let ran = bench.type_in(&format!("restore {line} --local")).ends_with(1);
        assert!(ran.err.contains(says), "{line}: {}", ran.all());
    }
    let newer = DOCUMENT.replacen("version: \"17\", instances", "version: \"18\", instances", 1);
    bench.write("platform.yaml", newer);
    let ran = bench.type_in("restore databases.main --local").ends_with(1);
    assert!(ran.err.contains("is of PostgreSQL 17, and platform.yaml asks for 18"), "{}", ran.all());
    bench.write("platform.yaml", DOCUMENT);
    let calm = look(&bench);
    assert_eq!((calm.names(), &calm.host, &calm.stamp), (first.names(), &first.host, &first.stamp), "nothing was made");

    let ran = bench.type_in(&format!("restore databases.main --at {ended} --local")).ends_with(0);
    for part in ["main-r2 is made beside main, as it was at", "is in main only, which stays", "PT6017"] {
        assert!(ran.err.contains(part), "{part}: {}", ran.all());
    }
    let second = look(&bench);
    assert_eq!(second.names(), ["bare", "main", "main-r2"], "the one before stays: {}", ran.all());
    assert_eq!(second.of("main")["metadata"]["uid"], first.of("main")["metadata"]["uid"]);
    let new = second.of("main-r2");
    assert_eq!(new["spec"]["bootstrap"]["recovery"]["recoveryTarget"], json!({ "targetTime": ended }));
    let from = &new["spec"]["externalClusters"][0]["plugin"]["parameters"];
    assert_eq!(from["serverName"], first.server("main"));
    assert_ne!(second.server("main-r2"), first.server("main"), "it archives elsewhere");
    let archiving = |c: &Value| c["status"]["conditions"].to_string().contains("Continuous archiving is working");
    assert!(archiving(new) && archiving(second.of("main")), "{new:#}");
    assert_ne!((&second.host, &second.stamp), (&first.host, &first.stamp));
    assert_ne!(second.host, first.host);
    assert_ne!(second.stamp, first.stamp, "the app was started anew");
    let calm = bench.type_in("plan --local --detailed-exitcode").ends_with(0);
    assert!(calm.out.contains("restore databases.main production --remove-before"), "{}", calm.all());
    bench.type_in("drift --local").ends_with(0);

    // Once more, from what the first one wrote: the newest that knows the time is asked first.
    let ran = bench.type_in(&format!("restore databases.main --at {ended} --local")).ends_with(0);
    assert!(ran.err.contains("main-r3 is made beside main-r2"), "{}", ran.all());
    let third = look(&bench);
    assert_eq!(
        third.of("main-r3")["spec"]["externalClusters"],
        second.of("main-r2")["spec"]["externalClusters"]
            .to_string()
            .replace("main-r2", "main-r3")
            .parse::<Value>()
            .expect("JSON")
    );

    let named = bench.type_in("restore databases.main --remove-before --local").ends_with(0);
    assert!(named.err.contains("main and main-r2 goes with its volumes"), "{}", named.all());
    let fourth = look(&bench);
    assert_eq!((fourth.names(), &fourth.host), (vec!["bare", "main-r3"], &third.host), "{}", named.all());
    let calm = bench.type_in("plan --local --detailed-exitcode").ends_with(0);
    assert!(!calm.out.contains("PT6017"), "{}", calm.all());
    bench.type_in("destroy --local --include-stateful").ends_with(0);
}
