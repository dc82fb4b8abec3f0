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
