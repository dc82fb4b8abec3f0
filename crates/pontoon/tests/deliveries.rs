//! The examples from an empty account to a healthy platform and back, as a person types it: `up`, then `status` waits for
//! nothing, `plan` finds nothing, and `destroy` leaves nothing.

use pontoon_test::binary::Bench;
use serde_json::Value;

/// Brings an environment of an example up, looks at it, and takes it down. `apps` are asked `why`.
fn delivered(example: &str, environment: &str, units: usize, apps: &[&str]) {
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
    delivered("minimal", "production", 15, &[]);
}

#[test]
fn single_cluster() {
    delivered("single-cluster", "production", 18, &["shop"]);
}

#[test]
fn gitops() {
    delivered("gitops", "sandbox", 25, &["api"]);
}
