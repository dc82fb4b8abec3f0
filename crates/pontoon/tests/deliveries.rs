//! The examples from an empty account to a healthy platform and back, as a person types it: `up`, then `status` waits for
//! nothing, `plan` finds nothing, and `destroy` leaves nothing.

#[path = "deliveries/documents.rs"]
mod documents;
#[path = "deliveries/workflows.rs"]
mod workflows;

use pontoon_test::{binary::Bench, hand::Hand};
use serde_json::{Value, json};

/// Records of the zone that neither the vendor nor the platform's own list of names made: type and name.
fn records(bench: &Bench) -> Vec<String> {
    let all = bench.objects();
    let zones = all.as_object().into_iter().flatten().filter(|(kind, _)| kind.starts_with("domain_records/"));
    let others = zones.flat_map(|(_, list)| list.as_array().cloned().unwrap_or_default());
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    others
        .filter(|r| r["type"] != "NS" && r["type"] != "SOA")
        .map(|r| format!("{} {}", text(&r["type"]), text(&r["name"])))
        .collect()
}

/// Brings an environment of an example up, looks at it, and takes it down. `apps` are asked `why`.
fn delivered(example: &str, environment: &str, units: usize, apps: &[&str], look: impl FnOnce(&Bench)) {
    let bench = Bench::example(env!("CARGO_BIN_EXE_pontoon"), example);
    let type_in = |line: &str| bench.type_in(&line.replace("ENV", environment));
    let up = type_in("up ENV --local --yes").ends_with(0);
    assert!(up.out.contains(&format!("{environment} is there, healthy, on the local cloud")), "{}", up.all());
    let status = type_in("status ENV --local --json").ends_with(0).json();
    let status = &status["environments"][environment];
    let all = status["units"].as_array().expect("it lists the units");
    let unhealthy: Vec<_> = all.iter().filter(|u| u["state"] != "healthy").collect();
    assert!(unhealthy.is_empty() && all.len() >= units, "{} units; not healthy: {unhealthy:?}", all.len());
    for app in apps {
        let why = type_in(&format!("why {app} ENV --local")).ends_with(0);
        assert!(!why.out.contains("BROKEN") && why.out.contains("holds   pods"), "{}", why.all());
    }
    type_in("plan ENV --local --detailed-exitcode").ends_with(0);
    priced(&bench, &type_in("cost ENV --json").ends_with(0).json());
    look(&bench);
    // What its ExternalDNS made in the zone goes with the environment, and what a person made there stays.
    let zone = bench.objects()["domains"][0]["name"].as_str().unwrap_or_default().to_owned();
    let path = format!("/v2/domains/{zone}/records");
    let before = records(&bench);
    assert!(before.iter().any(|r| r.starts_with("A ")), "its hosts are in the zone: {before:?}");
    let mut id = Value::Null;
    bench.meddle(async |hand: &Hand| {
        let theirs = json!({ "type": "TXT", "name": "theirs", "data": "a person's own", "ttl": 1800 });
        id = hand.digitalocean("POST", &path, theirs).await["domain_record"]["id"].clone();
    });
    type_in("destroy ENV --local --yes --include-stateful").ends_with(0);
    // Where there is no other environment, the zone goes as well.
    if bench.objects()["domains"].as_array().is_some_and(|d| !d.is_empty()) {
        assert_eq!(records(&bench), ["TXT theirs"]);
        bench.meddle(async |hand: &Hand| {
            hand.digitalocean("DELETE", &format!("{path}/{id}"), Value::Null).await;
        });
    }
    type_in("destroy --local --all --yes --include-stateful").ends_with(0);
    let left = bench.objects();
    for kind in ["kubernetes_clusters", "droplets", "databases", "load_balancers", "volumes", "domains", "projects"] {
        let own = |o: &&Value| o["is_default"] != true;
        let all: Vec<_> = left[kind].as_array().into_iter().flatten().filter(own).collect();
        assert!(all.is_empty(), "destroy left {kind}: {all:?}");
    }
}

/// What the cluster ordered by itself stands in the price: each load balancer, and volumes of as many GiB.
fn priced(bench: &Bench, cost: &Value) {
    let there = bench.objects();
    let sold = |kind: &str| there[kind].as_array().cloned().unwrap_or_default();
    let units: f64 = sold("load_balancers").iter().map(|b| b["size_unit"].as_f64().unwrap_or(1.0)).sum();
    let gib: f64 = sold("volumes").iter().filter_map(|v| v["size_gigabytes"].as_f64()).sum();
    let lines = cost["environments"][0]["lines"].as_array().expect("it has lines").iter();
    let (least, most) = lines.filter(|l| l["component"].is_string()).fold((0.0, 0.0), |(least, most), line| {
        let read = |which: &str| line["cost"][which].as_str().and_then(|t| t.parse::<f64>().ok()).expect("it has a price");
        (least + read("minimum"), most + read("maximum"))
    });
    let bought = units * 12.0 + gib * 0.1;
    assert!(least - 0.001 < bought && bought < most + 0.001, "{units} units and {gib} GiB are {bought}: {least} to {most}");
}

#[test]
fn minimal() {
    delivered("minimal", "production", 15, &[], |_| {});
}

#[test]
fn single_cluster() {
    delivered("single-cluster", "production", 18, &["shop"], |_| {});
}

#[test]
fn gitops() {
    delivered("gitops", "sandbox", 25, &["api"], |bench| {
        // The archive of this very cluster: one that is made anew finds an empty one.
        let record = bench.path().join(".pontoon/local/store/records/sandbox.json");
        let record = std::fs::read_to_string(record).expect("there is a record");
        bench.meddle(async |hand: &Hand| {
            let database = hand.get("/apis/postgresql.cnpg.io/v1/namespaces/databases/clusters/main").await;
            let server = database["spec"]["plugins"][0]["parameters"]["serverName"].as_str().unwrap_or_default();
            let incarnation = server.strip_prefix("main-").unwrap_or_default();
            assert!(!incarnation.is_empty() && record.contains(&format!("\"{incarnation}\"")), "{server}");
            // Whoever connects to it trusts the platform's own authority.
            let app = hand.get("/apis/apps/v1/namespaces/api/deployments/api").await;
            let variables = app["spec"]["template"]["spec"]["containers"][0]["env"].to_string();
            for name in ["DATABASES_MAIN_CA", "CACHES_MAIN_CA", "QUEUES_EVENTS_VHOSTS_EPISODIC_CA"] {
                assert!(variables.contains(name), "{name}: {variables}");
            }
            let authority = hand.get("/api/v1/namespaces/api/secrets/private-authority").await;
            let own = hand.get("/api/v1/namespaces/cert-manager/secrets/private-authority").await;
            assert!(authority["data"]["ca.crt"].is_string() && authority["data"]["ca.crt"] == own["data"]["tls.crt"]);
        });
    });
}

/// A queue without a repository: the engine applies what its operators publish as files.
const COVE: &str = r#"apiVersion: pontoon.dev/v1alpha1
platform: cove
domain: cove.example.com
contact: ops@example.com
environments:
  production: { region: nyc3, network: 10.50.0.0/20 }
cluster: { version: "1.36", pools: { main: { size: s-4vcpu-8gb, nodes: 2 } } }
queues:
  events:
    provider: rabbitmq-operator
    instances: 1
    storage: 1Gi
    vhosts: { shop: { users: { shop: { configure: ".*", write: ".*", read: ".*" } } } }
"#;

#[test]
fn what_published_files_hold_and_is_ours_to_make_does_not_change_back_and_forth() {
    let bench = Bench::with(env!("CARGO_BIN_EXE_pontoon"), COVE);
    bench.type_in("up --local --yes").ends_with(0);
    let plan = bench.type_in("plan --local --detailed-exitcode");
    assert!(plan.code == Some(0) && !plan.out.contains("rabbitmq-system"), "{}", plan.all());
}
