//! A part of what runs in a cluster, taken down alone.

use pontoon_test::{binary::Bench, hand::Hand};

const DOCUMENT: &str = r#"apiVersion: pontoon.dev/v1alpha1
platform: tiny
domain: tiny.example.com
contact: ops@example.com
environments:
  production: { region: nyc3, network: 10.50.0.0/20 }
cluster: { version: "1.36", pools: { main: { size: s-4vcpu-8gb, nodes: 3 } } }
caches:
  sessions: { provider: valkey, use: sessions, storage: 5Gi }
apps:
  api:
    image: { repository: docker.io/library/nginx, tag: "1.29" }
    uses: [ caches.sessions ]
  web:
    image: { repository: docker.io/library/nginx, tag: "1.29" }
"#;

/// The names of the workloads and claims of two namespaces.
fn look(bench: &Bench) -> (Vec<String>, Vec<String>) {
    let (mut running, mut claims) = (Vec::new(), Vec::new());
    bench.meddle(async |hand: &Hand| {
        for path in ["/apis/apps/v1/deployments", "/apis/apps/v1/statefulsets"] {
            let all = hand.get(path).await;
            let own = all["items"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|o| ["api", "web", "caches"].iter().any(|n| o["metadata"]["namespace"] == **n));
            running.extend(own.map(|o| o["metadata"]["name"].as_str().unwrap_or_default().to_owned()));
        }
        let all = hand.get("/api/v1/persistentvolumeclaims").await;
        claims.extend(all["items"].as_array().into_iter().flatten().map(|c| c["metadata"]["name"].to_string()));
    });
    (running, claims)
}

#[test]
fn a_part_goes_with_what_is_its_own_and_what_needs_it_is_named() {
    let bench = Bench::with(env!("CARGO_BIN_EXE_pontoon"), DOCUMENT);
    bench.type_in("up --local").ends_with(0);
    let (before, claims) = look(&bench);
    assert!(before.contains(&"web".to_owned()) && before.len() == 3 && !claims.is_empty(), "{before:?} {claims:?}");
    let wrong = bench.type_in("destroy --local --part apps.wbe").ends_with(1);
    assert!(
        wrong.err.contains("nothing in the cluster comes from apps.wbe") && wrong.err.contains("apps.web"),
        "{}",
        wrong.all()
    );

    let gone = bench.type_in("destroy --local --part apps.web").ends_with(0);
    assert!(gone.err.contains("- Deployment web/web"), "{}", gone.all());
    let (after, _) = look(&bench);
    assert_eq!(after, before.iter().filter(|n| *n != "web").cloned().collect::<Vec<_>>(), "{}", gone.all());

    // The chart made the claim, so it would go with the chart.
    let cache = bench.type_in("destroy --local --part caches.sessions").ends_with(1);
    for part in ["with its data: it goes with what made it", "app-api needs it, and stays", "--include-stateful"] {
        assert!(cache.err.contains(part), "{part}: {}", cache.all());
    }
    assert_eq!(look(&bench).1, claims, "nothing was touched: {}", cache.all());
    bench.type_in("destroy --local --part caches.sessions --include-stateful").ends_with(0);
    assert_eq!(look(&bench), (vec!["api".to_owned()], Vec::new()));

    bench.type_in("up --local").ends_with(0);
    assert_eq!(look(&bench).0, before, "the document asks for it");
    let followed = DOCUMENT.to_owned() + "delivery: { gitops: flux, repository: { github: example-org/tiny } }\n";
    bench.write("platform.yaml", followed);
    let refused = bench.type_in("destroy --local --part apps.web").ends_with(1);
    assert!(refused.err.contains("take it out of platform.yaml, then: pontoon up production --local"), "{}", refused.all());
}
