//! The six examples: each parses, resolves for each environment, and explains itself.

mod common;

use common::{EXAMPLES, example};
use pontoon_core::quantity::KubernetesVersion;
use pontoon_spec::sections::{databases::Database, ingress::Controller, observability::Logs, secrets::SecretHome};

#[test]
fn every_example_resolves_for_each_environment() {
    for (name, environments) in EXAMPLES {
        let document = example(name);
        let names: Vec<String> = document.environments().iter().map(ToString::to_string).collect();
        assert_eq!(names, *environments, "{name}");
        let (all, problems) = document.resolve_all();
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "{name}: {lines:#?}");
        for (environment, resolved) in all {
            let spec = resolved.unwrap().spec;
            assert_eq!(spec.environment.value, environment);
            let explained = document.explain(&environment, "").unwrap();
            assert!(explained.entries.len() > 25 && explained.render().lines().count() > 60, "{name}");
        }
    }
}

#[test]
fn the_smallest_has_a_cluster_a_network_and_a_database() {
    let document = example("minimal");
    let spec = document.resolve("production").0.unwrap().spec;
    assert_eq!(spec.network.vpc.to_string(), "10.20.0.0/20");
    assert_eq!(spec.cluster.pools.len(), 1);
    assert_eq!(*spec.cluster.version, KubernetesVersion::Stable);
    assert_eq!(*spec.ingress.controller, Controller::Gateway);
    assert_eq!(spec.domain.as_str(), "hello.example.com");
    let (name, main) = spec.databases.first().unwrap();
    assert_eq!(name.as_str(), "main");
    match &main.value {
        Database::Digitalocean(pg) => {
            assert_eq!((pg.size.as_str(), pg.instances.get()), ("db-s-1vcpu-1gb", 1));
            assert_eq!(pg.size.trace().place, "blueprint single-cluster");
            assert_eq!(pg.size.trace().path, "databases.main.size");
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(spec.secrets.home(), SecretHome::Cluster));
    assert_eq!(spec.region.trace().place, "platform.yaml:8");
}

#[test]
fn environments_differ_where_they_say_so() {
    let document = example("gitops");
    let of = |environment: &str| document.resolve(environment).0.unwrap().spec;
    let (sandbox, production) = (of("sandbox"), of("production"));
    assert_eq!(sandbox.domain.as_str(), "sandbox.episodic.example.com");
    assert_eq!(production.domain.as_str(), "episodic.example.com");
    let nodes = |spec: &pontoon_spec::Spec| spec.cluster.pools.get("system").map(|p| (p.nodes.least(), p.nodes.most()));
    assert_eq!((nodes(&sandbox), nodes(&production)), (Some((2, 4)), Some((3, 6))));
    assert!(matches!(*sandbox.observability.logs, Logs::None(_)));
    assert!(matches!(*production.observability.logs, Logs::Opensearch(_)));
    assert!(*production.cluster.high_availability && !*sandbox.cluster.high_availability);
    assert_eq!(sandbox.zone.as_str(), "episodic.example.com");
}

#[test]
fn sites_and_hosts_belong_to_the_last_environment() {
    let spec = example("hybrid").resolve("production").0.unwrap().spec;
    assert_eq!(spec.own_sites().map(|(n, _)| n.to_string()).collect::<Vec<_>>(), ["onprem"]);
    let portal = spec.apps.get("portal").unwrap();
    assert_eq!(spec.host(portal.host.as_ref().unwrap()), "atlas.example.com");
    assert!(matches!(spec.secrets.home(), SecretHome::Git));

    let enterprise = example("enterprise").resolve("staging").0.unwrap().spec;
    let bucket = enterprise.buckets.get("nextcloud").unwrap();
    let origin = &bucket.cors.first().unwrap().origins.first().unwrap().value;
    assert_eq!(enterprise.origin(origin).as_deref(), Some("https://cloud.staging.acme.example.com"));
    assert_eq!(enterprise.apps.get("nextcloud").and_then(|a| a.replicas.as_ref()).map(|r| r.most()), Some(1));
}
