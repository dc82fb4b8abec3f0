//! The examples from an empty account to a healthy platform and back, as a person types it: `up`, then `status` waits for
//! nothing, `plan` finds nothing, and `destroy` leaves nothing.

use pontoon_test::binary::Bench;

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
    type_in("destroy --local --all --yes --include-stateful").ends_with(0);
    let left = bench.objects();
    for kind in ["kubernetes_clusters", "droplets", "databases", "load_balancers", "volumes", "domains", "projects"] {
        let own = |o: &&serde_json::Value| o["is_default"] != true;
        let all: Vec<_> = left[kind].as_array().into_iter().flatten().filter(own).collect();
        assert!(all.is_empty(), "destroy left {kind}: {all:?}");
    }
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
