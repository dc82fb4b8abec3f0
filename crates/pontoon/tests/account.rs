//! A real account, which a served world stands in for: what is shown once goes to the platform's own store.

use pontoon_test::binary::{Bench, Ran, Serving};

const DOCUMENT: &str = r#"apiVersion: pontoon.dev/v1alpha1
platform: tiny
domain: tiny.example.com
contact: ops@example.com
environments:
  staging: { region: nyc3, network: 10.51.0.0/20 }
cluster: { version: "1.36", pools: { main: { size: s-4vcpu-8gb, nodes: 2 } } }
buckets: { files: {} }
apps:
  api:
    image: { repository: docker.io/library/nginx, tag: "1.29" }
    uses: [ buckets.files ]
"#;

const VAULT: &str =
    "secrets: { store: { provider: vault, address: \"https://vault.example.com:8200\", auth: { approle: tiny } } }\n";

/// Runs `up` for the key alone, against the served world as if it were DigitalOcean.
fn up(bench: &Bench, serving: &Serving) -> Ran {
    bench.script(&format!(
        "eval \"$(\"$PONTOON\" local env)\"; export DIGITALOCEAN_API_URL={} SPACES_ENDPOINT_URL={}; \
         \"$PONTOON\" up staging --layer cloud --yes --only staging/digitalocean.spaces_key.files-api",
        serving.at("digitalocean"),
        serving.at("spaces"),
    ))
}

fn keys(bench: &Bench) -> usize {
    bench.objects().to_string().matches("tiny-staging-files-api").count()
}

#[test]
fn a_secret_that_is_shown_once_is_kept_and_nothing_shows_one_where_it_cannot_be() {
    let bench = Bench::with(env!("CARGO_BIN_EXE_pontoon"), &format!("{DOCUMENT}{VAULT}"));
    let serving = bench.serve(&["--speed", "100"]);
    let refused = up(&bench, &serving).ends_with(1);
    assert!(
        refused.err.contains("nothing to prove ourselves to Vault") && refused.err.contains("VAULT_TOKEN"),
        "{}",
        refused.all()
    );
    assert_eq!(keys(&bench), 0, "no key is made whose secret has nowhere to go: {}", bench.objects());

    bench.write("platform.yaml", DOCUMENT);
    let made = up(&bench, &serving).ends_with(0);
    let kept = std::fs::read_to_string(bench.path().join(".pontoon/values.json")).expect("it was written");
    assert!(kept.contains("tiny/staging/platform/SPACES_KEY_FILES_API_SECRET_KEY"), "{kept}");
    let kept: serde_json::Value = serde_json::from_str(&kept).expect("JSON");
    let secret = &kept["tiny/staging/platform/SPACES_KEY_FILES_API_SECRET_KEY"]["fields"]["value"];
    let secret = secret.as_str().expect("a value");
    assert!(secret.len() > 10 && !made.all().contains(secret), "it is never shown");
    assert!(keys(&bench) > 0);
}

/// The same platform in a folder of its own, as another operator has it.
fn operator(document: &str) -> Bench {
    Bench::with(env!("CARGO_BIN_EXE_pontoon"), document)
}

/// A command against the served world as if it were DigitalOcean, with nothing else prepared.
fn real(serving: &Serving, line: &str) -> String {
    format!(
        "export DIGITALOCEAN_API_URL={} SPACES_ENDPOINT_URL={} DIGITALOCEAN_TOKEN=pontoon-local-token; exec \"$PONTOON\" {line}",
        serving.at("digitalocean"),
        serving.at("spaces"),
    )
}

const SHARED: &str = "infrastructure: { state: { provider: spaces } }\n";

#[test]
fn two_operators_share_a_state_and_one_of_them_writes() {
    let document = format!("{}{SHARED}", pontoon_test::binary::TINY);
    let world = operator(&document);
    let serving = world.serve(&["--speed", "60"]);
    let (anna, ben) = (operator(&document), operator(&document));
    let type_in = |bench: &Bench, line: &str| bench.script(&real(&serving, line));

    // Looking makes nothing, and a run is killed in the middle of its wait.
    type_in(&anna, "plan --layer cloud").ends_with(0);
    assert!(!world.objects().to_string().contains("tiny-state-"), "a plan makes no bucket");
    let mut run = anna.start_script(&real(&serving, "up --layer cloud --yes"));
    run.wait_for("waiting");
    let refused = type_in(&ben, "up --layer cloud --yes").ends_with(1);
    assert!(refused.err.contains("PONTOON_STATE_KEY"), "nobody reads it without the key: {}", refused.all());
    let key = std::fs::read_to_string(anna.path().join(".pontoon/state.key")).expect("the first up made it");
    ben.write(".pontoon/state.key", &key);
    let refused = type_in(&ben, "up --layer cloud --yes").ends_with(1);
    let who = format!("`pontoon up production` by tester@bench, process {}, since", run.pid());
    assert!(refused.err.contains(&who) && refused.err.contains("add --break-lock"), "{}", refused.all());
    run.kill();

    // Whoever takes over settles what the other left, and nothing is there twice.
    let broken = type_in(&ben, "up --layer cloud --yes --break-lock").ends_with(0);
    assert!(broken.err.contains("took the lock away from `pontoon up production`"), "{}", broken.all());
    let count = |kind: &str| world.objects()[kind].as_array().map_or(0, Vec::len);
    assert_eq!((count("kubernetes_clusters"), count("databases")), (1, 1), "{}", world.objects());
    let same = type_in(&anna, "plan --layer cloud --detailed-exitcode --json").ends_with(0);
    assert_eq!(same.json()["plans"][0]["changes"].as_array().map(Vec::len), Some(0), "{}", same.all());

    // It moves into a folder and back, and is refused where it is not.
    anna.write("platform.yaml", pontoon_test::binary::TINY);
    type_in(&anna, "state move --from spaces").ends_with(0);
    let moved = type_in(&ben, "up --layer cloud --yes").ends_with(1);
    assert!(moved.err.contains("the state has moved to"), "{}", moved.all());
    type_in(&anna, "plan --layer cloud --detailed-exitcode").ends_with(0);
    anna.write("platform.yaml", &document);
    let left = type_in(&anna, "up --layer cloud --yes").ends_with(1);
    assert!(left.err.contains("pontoon state move --from local"), "{}", left.all());
    type_in(&anna, "state move --from local").ends_with(0);
    let shown = type_in(&ben, "state show --json").ends_with(0).json();
    assert_eq!((&shown["locking"], &shown["holder"]), (&"conditional".into(), &serde_json::Value::Null), "{shown}");

    type_in(&ben, "destroy --yes --include-stateful").ends_with(0);
    assert_eq!((count("kubernetes_clusters"), count("databases")), (0, 0), "{}", world.objects());
    let secret = key.lines().find(|l| l.starts_with("AGE-SECRET-KEY-")).expect("a key");
    assert!(!broken.all().contains(secret) && !shown.to_string().contains(secret), "it is never shown");
}
