//! The hybrid example's cluster gets its contents through Argo CD, and what keeps them away is told.

use pontoon_test::binary::Bench;
use serde_json::Value;

/// The units of the environment that are in a state, by name.
fn units(status: &Value, state: &str) -> Vec<String> {
    let all = status["environments"]["production"]["units"].as_array().cloned().unwrap_or_default();
    all.iter().filter(|u| u["state"] == state).map(|u| u["unit"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_platform_becomes_healthy_in_waves_and_stays_so() {
    let bench = Bench::example(env!("CARGO_BIN_EXE_pontoon"), "hybrid");
    let ran = bench.type_in("up --local").ends_with(0);
    let place = |line: &str| ran.err.find(line).unwrap_or_else(|| panic!("{line}: {}", ran.all()));
    // The app waits for the public issuer, and that one for cert-manager's whole wave.
    assert!(place("healthy cert-manager\n") < place("progressing public-issuer"));
    assert!(place("healthy public-issuer\n") < place("progressing app-portal:"));
    let status = bench.type_in("status --local --json").json();
    assert_eq!(units(&status, "healthy").len(), status["environments"]["production"]["units"].as_array().map_or(0, Vec::len));
    let again = bench.type_in("up --local").ends_with(0);
    assert!(!again.err.contains("files in commit"), "nothing is left to commit: {}", again.all());
}

#[test]
fn a_chart_that_cannot_be_fetched_is_told_in_argo_cds_words() {
    let bench = Bench::example(env!("CARGO_BIN_EXE_pontoon"), "minimal");
    let document = std::fs::read_to_string(bench.path().join("platform.yaml")).expect("the example can be read");
    bench.write(
        "platform.yaml",
        format!("{document}\ndelivery: {{ gitops: argocd, repository: {{ github: example-org/shop }} }}\n"),
    );
    bench.write("world.toml", "[charts]\nunreachable = [\"https://charts.jetstack.io\"]\n");
    let ran = bench.type_in("up --local --world world.toml").ends_with(1);
    let said = ran.err.lines().find(|l| l.contains("stuck cert-manager")).unwrap_or_default();
    assert!(said.contains("failed to get index: Get \"https://charts.jetstack.io/index.yaml\""), "{}", ran.all());
    let status = bench.type_in("status --local --json").json();
    assert!(units(&status, "waiting").iter().any(|u| u == "public-issuer"), "{status:#}");
}
