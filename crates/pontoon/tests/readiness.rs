//! A pod is Ready only if everything that it needs is there and lets it through. Each of these is broken here, one at a
//! time, in a cluster that was healthy, the way a person or an accident breaks it; `status` and `why` name that very link.
//!
//! One platform is brought up once; every scenario takes a copy of its folder.

#[path = "readiness/admission.rs"]
mod admission;
#[path = "readiness/network.rs"]
mod network;
#[path = "readiness/parts.rs"]
mod parts;
#[path = "readiness/place.rs"]
mod place;

use pontoon_test::{binary::Bench, hand::Hand};
use std::sync::OnceLock;

/// An app with a managed database outside of the cluster and a cache inside of it.
const BAY: &str = r#"apiVersion: pontoon.dev/v1alpha1
platform: bay
domain: bay.example.com
contact: ops@example.com
environments:
  production: { region: nyc3, network: 10.50.0.0/20 }
cluster: { version: "1.36", pools: { main: { size: s-4vcpu-8gb, nodes: 2 } } }
databases:
  main: { provider: digitalocean, version: "17", size: db-s-1vcpu-2gb, instances: 1 }
caches:
  main: { provider: valkey, version: "8", storage: 1Gi }
registry: { provider: digitalocean }
apps:
  api:
    image: { name: api, tag: "1.0.0" }
    port: 8080
    replicas: 2
    resources: { cpu: 250m, memory: 256Mi }
    uses: [ databases.main, caches.main ]
"#;

/// The app's Deployment.
const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/api/deployments/api";

fn healthy() -> &'static Bench {
    static HEALTHY: OnceLock<Bench> = OnceLock::new();
    HEALTHY.get_or_init(|| {
        let bench = Bench::with(env!("CARGO_BIN_EXE_pontoon"), BAY);
        bench.type_in("up production --local --yes").ends_with(0);
        let why = bench.type_in("why api --local").ends_with(0);
        assert!(!why.out.contains("BROKEN"), "{}", why.all());
        bench
    })
}

/// Breaks something, lets the app's pods start anew, and after ten minutes asks `status` and `why`: both say `link`.
#[track_caller]
fn broken(work: impl AsyncFnOnce(&Hand), link: &[&str]) -> Bench {
    let bench = healthy().again();
    bench.meddle(async |hand: &Hand| {
        work(hand).await;
        hand.restart("api").await;
        hand.minutes(10).await;
    });
    says(&bench, link);
    bench
}

/// `status` and `why` both say that the app is not healthy because of this.
#[track_caller]
fn says(bench: &Bench, link: &[&str]) {
    let why = bench.type_in("why api --local").ends_with(1);
    let status = bench.type_in("status --local").ends_with(1);
    for part in link {
        assert!(why.out.contains(part), "why does not say `{part}`: {}", why.all());
        assert!(status.out.contains(part), "status does not say `{part}`: {}", status.all());
    }
}
