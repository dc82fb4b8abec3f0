//! What components need of each other.

use super::support::{components, each, specs};
use pontoon_catalog::components::access::prometheus;
use pontoon_core::content::{Capability, Component, Field, Party, Piece};
use pontoon_core::record::Recorded;
use pontoon_spec::{Spec, sections::ingress::Controller};
use std::collections::{BTreeMap, BTreeSet};

/// What a cluster has of itself, and of its delivery, before anything is installed.
fn ground(spec: &Spec) -> BTreeSet<Capability> {
    let gateway = ["Gateway", "HTTPRoute"];
    let mut all = BTreeSet::new();
    if *spec.ingress.controller == Controller::Gateway {
        all.extend(gateway.iter().map(|k| Capability::definition(k, "gateway.networking.k8s.io")));
    }
    all
}

/// Apps' and stores' components are not of this list yet: what only they provide.
fn elsewhere(need: &Capability) -> bool {
    matches!(need, Capability::Namespace(_))
}

#[test]
fn every_need_has_one_provider() {
    each(|name, spec, components| {
        let ground = ground(spec);
        for component in components {
            for need in component.needs.iter().filter(|n| !elsewhere(n) && !ground.contains(n)) {
                let providers = components.iter().filter(|c| c.provides.contains(need)).count();
                assert_eq!(providers, 1, "{name}: {} needs the {need}", component.name);
            }
        }
    });
}

#[test]
fn nothing_waits_for_itself() {
    each(|name, _, components| {
        let mut done: BTreeSet<&str> = BTreeSet::new();
        let provider: BTreeMap<&Capability, &str> =
            components.iter().flat_map(|c| c.provides.iter().map(move |p| (p, c.name.as_str()))).collect();
        let mut left: Vec<&Component> = components.iter().collect();
        while !left.is_empty() {
            let ready = |c: &Component| c.needs.iter().filter_map(|n| provider.get(n)).all(|p| done.contains(p) || **p == c.name);
            let (now, later): (Vec<_>, Vec<_>) = left.into_iter().partition(|c| ready(c));
            assert!(!now.is_empty(), "{name}: a circle among {:?}", later.iter().map(|c| &c.name).collect::<Vec<_>>());
            done.extend(now.iter().map(|c| c.name.as_str()));
            left = later;
        }
    });
}

#[test]
fn names_are_unique_and_secrets_are_said_once() {
    each(|name, _, components| {
        let mut names = BTreeSet::new();
        let mut secrets = BTreeSet::new();
        for component in components {
            assert!(names.insert(&component.name), "{name}: two components {}", component.name);
            assert!(!component.title.is_empty() && !component.concern.is_empty());
            for secret in &component.secrets {
                assert!(secrets.insert((&secret.namespace, &secret.name)), "{name}: Secret {} twice", secret.name);
            }
            let mut own = BTreeSet::new();
            for piece in &component.pieces {
                let id = match piece {
                    Piece::Object(o) => format!("{}/{}/{}", o["kind"], o["metadata"]["namespace"], o["metadata"]["name"]),
                    Piece::Release(r) => format!("release {}/{}", r.namespace, r.name),
                    Piece::Published { name, .. } => format!("published {name}"),
                    Piece::Kustomization { path, .. } => format!("folder {path}"),
                };
                assert!(own.insert(id.clone()), "{name}: {} has {id} twice", component.name);
            }
        }
    });
}

/// A component's pods find a definition only because somebody said so.
#[test]
fn custom_resources_need_their_definitions() {
    each(|name, _, components| {
        for component in components {
            for piece in &component.pieces {
                let Piece::Object(object) = piece else { continue };
                let (Some(version), Some(kind)) = (object["apiVersion"].as_str(), object["kind"].as_str()) else {
                    panic!("{name}: an object without kind in {}", component.name)
                };
                let Some((group, _)) = version.split_once('/') else { continue };
                if group.ends_with(".k8s.io") && !group.starts_with("gateway.") && !group.starts_with("snapshot.")
                    || !group.contains('.')
                {
                    continue;
                }
                let need = Capability::definition(kind, group);
                assert!(component.needs.contains(&need), "{name}: {} does not need the {need}", component.name);
            }
        }
    });
}

/// Which components an environment has, apps and their access aside.
fn names(example: &str, environment: &str) -> Vec<String> {
    let spec = specs(example).into_iter().find(|s| s.environment.as_str() == environment).unwrap();
    let mut names: Vec<String> = components(&spec).into_iter().filter(|c| c.concern != "apps").map(|c| c.name).collect();
    names.sort();
    names
}

#[test]
fn the_smallest_platform_has_these() {
    let wanted = [
        "cert-manager",
        "dashboards",
        "exporter-main",
        "external-dns",
        "gateway",
        "grafana-host",
        "managed-database-metrics",
        "metrics-server",
        "node-exporter",
        "private-issuer",
        "prometheus",
        "public-issuer",
        "rules",
        "scrapes",
        "slos",
    ];
    assert_eq!(names("minimal", "production"), wanted);
}

#[test]
fn production_has_what_the_sandbox_leaves_out() {
    let (sandbox, production) = (names("gitops", "sandbox"), names("gitops", "production"));
    let more: Vec<&String> = production.iter().filter(|n| !sandbox.contains(n)).collect();
    assert_eq!(more, ["opensearch", "opensearch-retention", "otel-collector", "otel-logs", "tempo"]);
    for name in ["barman-cloud", "cache-main", "database-main", "external-secrets", "influxdb", "queue-events-access", "traefik"]
    {
        assert!(sandbox.iter().any(|n| n == name), "{name}");
    }
}

/// A webhook that the API server cannot reach refuses everything that it judges.
#[test]
fn webhooks_are_open_to_the_api_server() {
    each(|name, _, components| {
        for component in components.iter().filter(|c| c.provides.iter().any(|p| matches!(p, Capability::Webhook(_)))) {
            let open = component.openings.iter().any(|o| o.from == Party::ApiServer);
            assert!(open, "{name}: {}", component.name);
        }
    });
}

/// What Prometheus asks is open to Prometheus.
#[test]
fn what_is_scraped_is_open() {
    each(|name, _, components| {
        let Some(scrapes) = components.iter().find(|c| c.name == "scrapes") else { return };
        for piece in &scrapes.pieces {
            let Piece::Object(monitor) = piece else { continue };
            let namespace = monitor["spec"]["namespaceSelector"]["matchNames"][0].as_str().unwrap();
            let port = u16::try_from(monitor["spec"]["podMetricsEndpoints"][0]["portNumber"].as_u64().unwrap()).unwrap();
            let open = components.iter().flat_map(|c| &c.openings).any(|o| {
                let there = matches!(&o.to, Party::Pods { namespace: n, .. } if n == namespace) || o.to == Party::Nodes;
                o.from == prometheus() && there && o.ports.contains(&port)
            });
            assert!(open, "{name}: {} of {namespace} on {port}", monitor["metadata"]["name"]);
        }
    });
}

/// What a Secret takes from the cloud is an output of its resource, shown once at its creation, or told by a call.
#[test]
fn what_vendors_say_can_be_asked() {
    each(|name, _, components| {
        for component in components {
            for field in
                component.secrets.iter().flat_map(|s| s.fields.values()).flat_map(|f| f.values("")).map(|(_, field)| field)
            {
                let Field::Output { address, output } = field else { continue };
                let kind = pontoon_catalog::find(address.kind()).unwrap_or_else(|| panic!("{name}: no kind {}", address.kind()));
                let recorded = nothing_yet();
                let known = kind.outputs.iter().chain(kind.secrets).any(|(o, _)| o == output)
                    || kind.fields.iter().any(|f| f.name == output)
                    || pontoon_catalog::reveal::reveal(address.kind(), output, &recorded, "").is_some();
                assert!(known, "{name}: {}: nobody tells {output} of {}", component.name, address.kind());
            }
        }
    });
}

fn nothing_yet() -> Recorded {
    Recorded {
        id: String::new(),
        incarnation: String::new(),
        attributes: BTreeMap::new(),
        outputs: BTreeMap::new(),
        parent: None,
        needs: BTreeSet::new(),
        since: String::new(),
        deposed: Vec::new(),
        restored: Default::default(),
    }
}
