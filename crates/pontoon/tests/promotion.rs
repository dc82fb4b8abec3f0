//! A change goes from one environment to the next only as what the one before runs, and the pull request says so.

use pontoon_test::binary::{Bench, Serving};
use serde_json::Value;

const WORLD: &str = "[github]\nplan = \"free\"\n";

fn document(tag: &str) -> String {
    format!(
        r#"apiVersion: pontoon.dev/v1alpha1
platform: tiny
domain: tiny.example.com
contact: ops@example.com
environments:
  staging: {{ region: nyc3, network: 10.51.0.0/20 }}
  production: {{ region: nyc3, network: 10.50.0.0/20 }}
cluster: {{ version: "1.36", pools: {{ main: {{ size: s-4vcpu-8gb, nodes: 2 }} }} }}
observability: {{ metrics: {{ provider: none }}, logs: {{ provider: none }}, traces: {{ provider: none }} }}
secrets: {{ git: sops-age }}
delivery:
  gitops: flux
  repository: {{ github: example-org/tiny-gitops }}
  promotion: [ staging, production ]
apps:
  api: {{ image: {{ repository: docker.io/library/nginx, tag: "{tag}" }} }}
"#
    )
}

fn github(bench: &Bench, serving: &Serving, path: &str) -> Value {
    let url = format!("{}/repos/example-org/tiny-gitops{path}", serving.at("github"));
    let ran = bench.script(&format!("curl -s -H 'Authorization: Bearer pontoon-local-github-token' '{url}'"));
    serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{path}: {e}: {}", ran.all()))
}

#[test]
fn only_what_the_environment_before_runs_is_carried_on_and_the_commit_says_so() {
    let bench = Bench::with(env!("CARGO_BIN_EXE_pontoon"), &document("1.28"));
    bench.write("world.toml", WORLD);
    bench.type_in("up --all --local --world world.toml").ends_with(0);
    bench.write("platform.yaml", document("1.29"));
    // The release is written, and nothing of it runs.
    bench.type_in("up staging --local --layer cloud").ends_with(0);
    let early = bench.type_in("promote staging production --local").ends_with(1);
    assert!(early.err.contains("staging does not run revision 2") && early.err.contains("pontoon up staging"), "{}", early.all());
    bench.type_in("up staging --local").ends_with(0);
    bench.type_in("promote staging production --local").ends_with(3);

    let serving = bench.serve(&[]);
    let pulls = github(&bench, &serving, "/pulls?state=open");
    let commit = pulls[0]["head"]["sha"].as_str().unwrap_or_else(|| panic!("no pull request: {pulls}")).to_owned();
    let said = github(&bench, &serving, &format!("/commits/{commit}/status"));
    let gate = &said["statuses"][0];
    assert_eq!(
        (gate["context"].as_str(), gate["state"].as_str(), gate["description"].as_str()),
        (Some("pontoon/healthy-in-staging"), Some("success"), Some("staging runs revision 2 and is healthy")),
        "{said}"
    );
}
