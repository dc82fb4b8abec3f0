//! What goes wrong on the way to a healthy platform is shown where it is, with its reason and what to do about it; and when
//! the world is mended, the next run goes on from there.

#[path = "failures/cluster.rs"]
mod cluster;
#[path = "failures/repository.rs"]
mod repository;
#[path = "failures/tokens.rs"]
mod tokens;

use pontoon_test::binary::{Bench, Ran};

/// An app without anything beside it.
const COVE: &str = r#"apiVersion: pontoon.dev/v1alpha1
platform: cove
domain: cove.example.com
contact: ops@example.com
environments:
  production: { region: nyc3, network: 10.50.0.0/20 }
cluster: { version: "1.36", pools: { main: { size: s-4vcpu-8gb, nodes: 2 } } }
registry: { provider: digitalocean }
ingress: { controller: traefik }
apps:
  api:
    image: { name: api, tag: "1.0.0" }
    port: 8080
    host: api
    replicas: 2
    resources: { cpu: 250m, memory: 256Mi }
"#;

/// What the document says besides where a repository is followed.
const FOLLOWED: &str = "delivery: { gitops: flux, repository: { github: example-org/cove-gitops } }\n";

/// What every world of these tests has: the app's image.
const WORLD: &str = "[clusters]\nimages = [\"*\"]\n";

fn cove() -> Bench {
    Bench::with(env!("CARGO_BIN_EXE_pontoon"), COVE)
}

fn followed() -> Bench {
    Bench::with(env!("CARGO_BIN_EXE_pontoon"), &format!("{COVE}{FOLLOWED}"))
}

/// Runs a command in a world with these knobs besides the usual ones; later commands go on in it.
fn within(bench: &Bench, line: &str, knobs: &str) -> Ran {
    bench.write("world.toml", format!("{WORLD}{knobs}"));
    bench.type_in(&format!("{line} --local --world world.toml"))
}

/// Asserts that a command failed and that, in this order, its messages say these things.
#[track_caller]
fn fails(ran: Ran, says: &[&str]) {
    let ran = ran.ends_with(1);
    let mut rest = ran.err.as_str();
    for part in says {
        match rest.find(part) {
            Some(at) => rest = &rest[at..],
            None => panic!("`{part}` is not said, or not in this place: {}", ran.all()),
        }
    }
}

/// Mends the world: the next run ends healthy, and nothing is left to do.
#[track_caller]
fn mended(bench: &Bench) {
    within(bench, "up", "").ends_with(0);
    bench.type_in("plan --local --detailed-exitcode").ends_with(0);
}
