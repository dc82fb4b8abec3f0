//! `kill -9` in the middle of a delivery, while the repository is made and filled and while units come up: the last `up` ends
//! healthy, with one repository, one deploy key, one age key from the first moment on, and no content committed twice.
//!
//! `PONTOON_KILLS` says how many kills there are (50 unless told; a fifth of as many here), `PONTOON_SEED` when.
#![expect(clippy::print_stdout, reason = "what was killed when is what a failure is read with")]

use pontoon_emulator::{github::DEFAULT_GITHUB_TOKEN as TOKEN, random::Random};
use pontoon_test::{binary::Bench, hand::Hand};
use serde_json::Value;
use std::{collections::BTreeSet, time::Duration};

/// An app, a repository, and Secrets that stand in it.
const REEF: &str = r#"apiVersion: pontoon.dev/v1alpha1
platform: reef
domain: reef.example.com
contact: ops@example.com
environments:
  production: { region: nyc3, network: 10.50.0.0/20 }
cluster: { version: "1.36", pools: { main: { size: s-4vcpu-8gb, nodes: 2 } } }
registry: { provider: digitalocean }
delivery: { gitops: flux, repository: { github: example-org/reef-gitops } }
apps:
  api: { image: { name: api, tag: "1.0.0" }, port: 8080, replicas: 2, resources: { cpu: 250m, memory: 256Mi } }
"#;

fn variable(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(otherwise)
}

/// What is kept of the platform's age key; none while there is none.
fn age_key(bench: &Bench) -> Option<String> {
    let text = std::fs::read_to_string(bench.path().join(".pontoon/local/secrets.json")).ok()?;
    let at = text.find("AGE-SECRET-KEY-")?;
    assert_eq!(text.matches("AGE-SECRET-KEY-").count(), 1, "there is a second age key");
    text[at..].split('"').next().map(str::to_owned)
}

fn storm(served: bool, world: u64) {
    let seed = variable("PONTOON_SEED", 20_261_121) + world;
    let kills = variable("PONTOON_KILLS", 50) / 10;
    let exe = env!("CARGO_BIN_EXE_pontoon");
    let mut random = Random(seed);
    // Slow enough that a credential of two hours outlives a run on a busy machine.
    let open = |bench: &Bench| served.then(|| bench.serve(&["--speed", "60"]));
    let cloud = Bench::with(exe, REEF);
    cloud.type_in("up --local --layer cloud").ends_with(0);
    let calm = cloud.again();
    let serving = open(&calm);
    let length = calm.type_in("up --local").ends_with(0).took;
    drop(serving);
    let bench = cloud.again();
    let serving = open(&bench);
    let log = bench.path().join("last.log");
    let (mut story, mut killed, mut key) = (Vec::new(), 0, None);
    while killed < kills {
        // The repository is filled in the first moments; every other kill is one of those.
        let part = if killed % 2 == 0 { random.unit() / 4.0 } else { random.unit() };
        let after: Duration = length.mul_f64(part);
        let code = bench.kill_after(["up", "--local"], after, &log);
        story.push(format!("{} ms: {code:?}", after.as_millis()));
        let said = || std::fs::read_to_string(&log).unwrap_or_default();
        assert!(matches!(code, None | Some(0)), "seed {seed}: {story:#?}\n{}", said());
        let now = age_key(&bench);
        assert!(key.is_none() || key == now, "the age key is another one: {story:#?}");
        key = now;
        if code == Some(0) {
            break;
        }
        killed += 1;
    }
    let last = bench.type_in("up --local");
    assert_eq!(last.code, Some(0), "seed {seed}: {story:#?}\n{}", last.all());
    assert!(key.is_none() || key == age_key(&bench), "the age key is another one: {story:#?}");
    bench.type_in("plan --local --detailed-exitcode").ends_with(0);
    drop(serving);
    bench.meddle(async |hand: &Hand| complete(hand).await);
    bench.type_in("destroy --local --yes --include-stateful").ends_with(0);
    for (kind, left) in bench.objects().as_object().expect("it is a list by kind") {
        let kept = matches!(kind.as_str(), "vpcs" | "projects");
        assert!(kept || left.as_array().is_some_and(Vec::is_empty), "destroy left {kind}: {left}");
    }
    println!("{}, seed {seed}: {killed} kills\n{}", if served { "served" } else { "in process" }, story.join("\n"));
}

/// One repository, one key in it, no two commits of the same content.
async fn complete(hand: &Hand) {
    let get = async |path: &str| hand.github("GET", path, TOKEN, Value::Null).await;
    let names = |list: &Value| list.as_array().into_iter().flatten().map(|r| r["full_name"].to_string()).collect::<Vec<_>>();
    assert_eq!(names(&get("/orgs/example-org/repos").await), ["\"example-org/reef-gitops\""]);
    let keys = get("/repos/example-org/reef-gitops/keys").await;
    assert_eq!(keys.as_array().map(Vec::len), Some(1), "{keys}");
    let commits = get("/repos/example-org/reef-gitops/commits?per_page=100").await;
    let commits = commits.as_array().expect("it has commits");
    let trees: BTreeSet<String> = commits.iter().map(|c| c["commit"]["tree"]["sha"].to_string()).collect();
    assert_eq!(trees.len(), commits.len(), "something was committed twice: {commits:#?}");
    let pulls = get("/repos/example-org/reef-gitops/pulls?state=all").await;
    assert_eq!(pulls.as_array().map(Vec::len), Some(0), "{pulls}");
}

#[test]
fn in_process() {
    storm(false, 0);
}

#[test]
fn served() {
    storm(true, 1);
}
