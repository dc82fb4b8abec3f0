//! The examples from an empty account to a healthy platform, as a person types it: `up`, then `plan` finds nothing, `status`
//! waits for nothing but the domain's delegation, and once that is done and certificates have come, for nothing at all.

use pontoon_test::{binary::Bench, hand::Hand};

/// Brings an environment of an example up and looks at it. `apps` are asked `why`.
fn delivered(example: &str, environment: &str, units: usize, apps: &[&str]) -> Bench {
    let bench = Bench::example(env!("CARGO_BIN_EXE_pontoon"), example);
    let type_in = |line: &str| bench.type_in(&line.replace("ENV", environment));
    let up = type_in("up ENV --local --yes").ends_with(0);
    assert!(up.out.contains(&format!("{environment} is there, healthy, on the local cloud")), "{}", up.all());
    // Nobody has delegated the domain when the last unit gets healthy, so certificates are still waited for.
    let status = type_in("status ENV --local --json").ends_with(3).json();
    let status = &status["environments"][environment];
    let all = status["units"].as_array().expect("it lists the units");
    let unhealthy: Vec<_> = all.iter().filter(|u| u["state"] != "healthy").collect();
    assert!(unhealthy.is_empty() && all.len() >= units, "{} units; not healthy: {unhealthy:?}", all.len());
    bench.meddle(async |hand: &Hand| hand.minutes(60).await);
    let later = type_in("status ENV --local").ends_with(0);
    assert!(!later.out.contains("waits for a person"), "{}", later.all());
    for app in apps {
        let why = type_in(&format!("why {app} ENV --local")).ends_with(0);
        assert!(!why.out.contains("BROKEN") && why.out.contains("holds   pods"), "{}", why.all());
    }
    type_in("plan ENV --local --detailed-exitcode").ends_with(0);
    bench
}

#[test]
fn minimal() {
    let bench = delivered("minimal", "production", 15, &[]);
    bench.type_in("destroy --local --all --yes --include-stateful").ends_with(0);
    let left = bench.objects();
    for kind in ["kubernetes_clusters", "droplets", "databases", "load_balancers", "volumes", "domains"] {
        assert!(left[kind].as_array().is_none_or(Vec::is_empty), "destroy left {kind}: {}", left[kind]);
    }
}

#[test]
fn single_cluster() {
    delivered("single-cluster", "production", 18, &["shop"]);
}

#[test]
fn gitops() {
    delivered("gitops", "sandbox", 25, &["api"]);
}
